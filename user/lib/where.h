/* SPDX-License-Identifier: GPL-2.0-only */
/* What places in configuration space are called. */
#ifndef PCSC_WHERE_H
#define PCSC_WHERE_H

#include "core/walk.h"

#define PCSC_PLACE_SIZE 48

/* "ECAP_AER", or "0x0001" if the table has no name for it. */
const char *pcsc_cap_string(u8 space, u16 cap, char buf[16]);

/* "CAP_EXP+0x4", "header 0x34", "raw 0x400". */
const char *pcsc_place(u8 space, u16 cap, u16 offset,
		       char buf[PCSC_PLACE_SIZE]);

/* The byte at @where of a function, in @cap; NULL: in none. */
const char *pcsc_place_of(const struct pcsc_cap *cap, u16 where,
			  char buf[PCSC_PLACE_SIZE]);

#endif
