/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether what was read as a recording can be one: every index, order and text. A
 * checksum finds accidents only, since anybody can compute one.
 */
#ifndef PCSC_RECORDING_CHECK_H
#define PCSC_RECORDING_CHECK_H

#include "recording_tables.h"

struct pcsc_rec_check {
	const char *what; /* a row of the table is, for messages */
	/* @h is the header; unless @first, the row before is in front of @row. */
	bool (*sane)(const struct pcsc_rec_header *h, const void *row,
		     bool first);
};

extern const struct pcsc_rec_check pcsc_rec_checks[PCSC_TABLES];

bool pcsc_rec_header_is_sane(const struct pcsc_rec_header *h);

#endif
