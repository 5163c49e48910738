/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The prototypes of the running kernel's own functions. Hooks take arguments
 * from registers, where no compiler checks whether they are what we expect.
 */
#ifndef PCSC_PROTOTYPES_H
#define PCSC_PROTOTYPES_H

#include "core/btf.h"

#define PCSC_PROTOTYPE_SIZE 160 /* bytes */

struct pcsc_prototypes {
	void *file; /* a copy, or NULL */
	u32 *index;
	struct pcsc_btf btf;
};

/* 0, or a negative errno if this kernel does not tell. Process context. */
int pcsc_prototypes_open(struct pcsc_prototypes *prototypes);
void pcsc_prototypes_close(struct pcsc_prototypes *prototypes);

/* @function's prototype as pcsc_btf_prototype() writes it, or "unknown". */
void pcsc_prototypes_find(const struct pcsc_prototypes *prototypes,
			  const char *function, char to[PCSC_PROTOTYPE_SIZE]);

#endif
