/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The prototypes of the running kernel's own functions. Hooks take arguments
 * from registers, where no compiler looks whether they are what we think.
 */
#ifndef PCSC_PROTOTYPES_H
#define PCSC_PROTOTYPES_H

#include "core/btf.h"

#define PCSC_PROTOTYPE_SIZE 160 /* bytes */

struct pcsc_prototypes {
	void *file;
	u32 *index;
	struct pcsc_btf btf;
};

/* Process context. 0, or a negative errno: this kernel does not say. */
int pcsc_prototypes_open(struct pcsc_prototypes *prototypes);
void pcsc_prototypes_close(struct pcsc_prototypes *prototypes);

/* @function's, as pcsc_btf_prototype() writes it; "unknown" if it is. */
void pcsc_prototypes_find(const struct pcsc_prototypes *prototypes,
			  const char *function, char to[PCSC_PROTOTYPE_SIZE]);

#endif
