/* SPDX-License-Identifier: GPL-2.0-only */
/* What the registers of a recording are called, wherever a function has them. */
#ifndef PCSC_REGNAME_H
#define PCSC_REGNAME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/regs.h"
#include "core/walk.h"
#include "recording.h"

#define PCSC_REGNAME_SIZE 64

struct pcsc_regnames {
	const struct pcsc_rec *rec;
	uint32_t function; /* whose capabilities these are */
	bool is_vf;
	uint8_t header_type;
	unsigned int nr_caps;
	/* By offset; the recording's and those that its values show. */
	struct pcsc_rec_cap caps[2 * PCSC_MAX_CAPS];
};

void pcsc_regnames_init(struct pcsc_regnames *n, const struct pcsc_rec *rec);

/*
 * "LnkSta", "COMMAND", "ECAP header 0x100", or the offset where nobody knows a
 * name. Several registers that are read at once have all their names. Cheap if
 * @r belongs to the function of the call before.
 */
void pcsc_regname(struct pcsc_regnames *n, const struct pcsc_rec_register *r,
		  char out[static PCSC_REGNAME_SIZE]);

/* "CAP_EXP", "header", or "undescribed": what holds the first byte of @r. */
void pcsc_regname_holder(struct pcsc_regnames *n,
			 const struct pcsc_rec_register *r,
			 char out[static PCSC_REGNAME_SIZE]);

/* Is all of @r constant by the specification's word, so that it may be cached? */
bool pcsc_regname_is_const(struct pcsc_regnames *n,
			   const struct pcsc_rec_register *r);

#endif
