/* SPDX-License-Identifier: GPL-2.0-only */
/* Which accesses are to be recorded. */
#ifndef PCSC_WANTED_H
#define PCSC_WANTED_H

#include <pci/pci.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inventory.h"

struct pcsc_trace; /* the BPF skeleton */

struct pcsc_wanted_options {
	struct pci_filter filter; /* -s and -d */
	uint32_t pid; /* of a process; 0: any */
	const char *comm; /* its name; NULL: any */
	bool vfs; /* no function but VFs */
	bool events; /* each access on its own, too */
	bool kprobes; /* even where there is fentry */
};

/* -c, into a const char *. 0, or -EINVAL after a sentence: no process has that name. */
int pcsc_wanted_comm(void *field, const char *text);

/*
 * Can accesses to a register that is recorded be left out? Those of other callers, or
 * those that were made before the function was known by its IDs, or as a VF.
 */
bool pcsc_wanted_partial(const struct pcsc_wanted_options *o);
bool pcsc_wanted_some_functions(const struct pcsc_wanted_options *o);

/* "-s 01:00.0 -c lspci": as text of @size bytes; empty: all. */
void pcsc_wanted_format(const struct pcsc_wanted_options *o, char *out,
			size_t size);

/* Is there something that could be recorded? 0 or a negative errno, said. */
int pcsc_wanted_check(const struct pcsc_wanted_options *o);

/* Before the programs are loaded. */
void pcsc_wanted_set(const struct pcsc_wanted_options *o,
		     struct pcsc_trace *skel);
/* When the programs know whose they are: does the kernel know a process by -p's number? */
int pcsc_wanted_check_pid(const struct pcsc_wanted_options *o,
			  const struct pcsc_trace *skel);
/* And then which of the functions in @inv, once more. 0 or a negative errno, said. */
int pcsc_wanted_choose(const struct pcsc_wanted_options *o,
		       const struct pcsc_inventory *inv,
		       const struct pcsc_trace *skel);

#endif
