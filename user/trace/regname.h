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

/* What is known of one function's capabilities, by their offsets. */
struct pcsc_known {
	unsigned int nr;
	struct pcsc_known_cap {
		uint16_t id;
		uint16_t offset;
	} caps[];
};

struct pcsc_regnames {
	const struct pcsc_rec *rec;
	struct pcsc_known **known; /* by function; NULL: not looked at yet */
};

/* 0 or -ENOMEM, said. Free with pcsc_regnames_free() in either case. */
int pcsc_regnames_init(struct pcsc_regnames *n, const struct pcsc_rec *rec);
void pcsc_regnames_free(struct pcsc_regnames *n);

/*
 * "LnkSta", "COMMAND", "ECAP header 0x100", or the offset where nobody knows a
 * name. Several registers that are read at once have all their names.
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
