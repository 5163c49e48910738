/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The prototypes of a kernel's functions, from its BTF (the kernel's
 * Documentation/bpf/btf.rst). Nothing in the bytes is trusted.
 */
#ifndef PCSC_CORE_BTF_H
#define PCSC_CORE_BTF_H

#include "port.h"

struct pcsc_btf {
	const u8 *types;
	u32 types_size; /* bytes */
	const char *strings; /* the last byte is NUL */
	u32 strings_size; /* bytes */
	u32 nr_types; /* type 0 is void and has no record */
	u32 *at; /* the caller's: where type n begins is at[n] */
};

/*
 * Look at the @size bytes at @data, which must stay in place, and count the
 * types. False if they are no BTF, or hold a kind of type that is not known
 * here.
 */
bool pcsc_btf_open(struct pcsc_btf *btf, const void *data, u32 size);

/* Give @btf room for nr_types + 1 offsets at @at, and fill it. */
void pcsc_btf_index(struct pcsc_btf *btf, u32 *at);

/*
 * @function's prototype as C writes it without names, such as
 * "int (struct pci_dev *, bool)", into @to of @room bytes. Typedefs keep their
 * names; a pointer to a function is "function *". False if there is no such
 * function, if functions of that name differ in their prototypes, or if there is no
 * room.
 */
bool pcsc_btf_prototype(const struct pcsc_btf *btf, const char *function,
			char *to, u32 room);

/*
 * Are both prototypes the same? A @known one may end in ", ...)": then the
 * arguments from there on are not compared.
 */
bool pcsc_btf_prototype_is(const char *prototype, const char *known);

#endif
