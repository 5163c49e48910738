/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel command line, read as the kernel reads it: what it says of memory
 * that is set aside or kept (memmap=, reserve_mem=, kho=), and of where the helper hands over
 * (pci_pcsc.handover=). What is read is not judged here: see check.h. Sources:
 * parse_args() in kernel/params.c, memparse() in lib/cmdline.c,
 * parse_memmap_one() in arch/x86/kernel/e820.c, reserve_mem() in mm/memblock.c.
 */
#ifndef PCSC_CTL_CMDLINE_H
#define PCSC_CTL_CMDLINE_H

#include <stdbool.h>
#include <stdint.h>

#define CMDLINE_MEMMAPS 256 /* a command line has 2,048 bytes */
#define CMDLINE_RESERVATIONS 8 /* the kernel takes no more */

/* One range of memmap=: SIZE, a character, ADDRESS; both in bytes. */
struct cmdline_memmap {
	const char *text; /* what follows memmap=, or a comma */
	int size_length; /* of the size in it, in characters */
	uint64_t size, address;
	char form; /* what follows the size; ' ': nothing */
};

/* reserve_mem=SIZE:ALIGN:NAME */
struct cmdline_reservation {
	const char *text; /* all of it */
	uint64_t size, align; /* bytes */
	const char *name;
};

/* Its texts point into what it was parsed from. What is beyond the room is left out. */
struct cmdline {
	struct cmdline_memmap memmaps[CMDLINE_MEMMAPS];
	unsigned int nr_memmaps;
	struct cmdline_reservation reservations[CMDLINE_RESERVATIONS];
	unsigned int nr_reservations;
	const char *handover; /* NULL: none; the last one counts */
	const char *kho; /* kho=, likewise */
};

/* Take @text apart, which is changed. What follows -- is for init. */
void cmdline_parse(struct cmdline *c, char *text);

/* A number of any base with a suffix, K to E; *end == s: there is none. */
uint64_t cmdline_number(const char *s, const char **end);

/* Does @text name a region in pci_pcsc.handover=? False without memory, too. */
bool cmdline_has_handover(const char *text);

#endif
