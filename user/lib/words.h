/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the helper's numbers (uapi/pcsc.h) are called, in every tool that prints
 * them. A number that a newer helper says, and this program does not know, is
 * "unknown".
 */
#ifndef PCSC_WORDS_H
#define PCSC_WORDS_H

#include <stddef.h>

#include "uapi/pcsc.h"

/* Of PCSC_MODE_*. */
const char *pcsc_mode_name(__u32 mode);

/* A bit of PCSC_WHY_*: its word, and a sentence for people. */
struct pcsc_why {
	__u32 bit;
	const char *name;
	const char *sentence;
};

#define PCSC_WHYS 16
extern const struct pcsc_why pcsc_whys[PCSC_WHYS];

/* Of PCSC_HANDOVER_NONE and so on, and of PCSC_REGION_*. */
const char *pcsc_handover_name(__u32 state);
const char *pcsc_handover_words(__u32 state);
const char *pcsc_region_name(__u32 region);

#endif
