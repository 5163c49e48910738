/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording made up in memory: functions of one model, every dword read.
 *
 *	0x40 CAP_EXP (endpoint)	 0x100 ECAP_AER
 *	0x80 CAP_MSIX		 0x150 ECAP_DSN
 *	0x90 CAP_VNDR, 16 bytes	 0x160 ECAP_VNDR, 32 bytes
 *
 * 0x35 to 0x3b, 0x7c to 0x7f, 0x8c to 0x8f, 0xa0 to 0xff, 0x15c to 0x15f and
 * 0x180 to the end are described by nobody.
 */
#ifndef PCSC_SYNTH_H
#define PCSC_SYNTH_H

#include "recording.h"

#define SYNTH_DWORDS 1024
#define SYNTH_NONZERO 0x200 /* a dword that is not zero, undescribed */

struct synth {
	struct pcsc_rec rec;
	unsigned int nr;
};

/* @nr virtual functions, each dword read 3 times, 1 FLR survived. */
void synth_make(struct synth *s, unsigned int nr);
void synth_free(struct synth *s);

/* The 4-byte register at @offset of function @fn. */
struct pcsc_rec_register *synth_reg(struct synth *s, unsigned int fn,
				    unsigned int offset);

/* What every function reads at @offset. */
void synth_value(struct synth *s, unsigned int offset, uint32_t value);

#endif
