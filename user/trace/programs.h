/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of our BPF programs this kernel can run, and how it watches the accessors. */
#ifndef PCSC_PROGRAMS_H
#define PCSC_PROGRAMS_H

#include <stdbool.h>

struct bpf_program;
struct pcsc_trace; /* the BPF skeleton */

/* It watches one of the twelve functions that are what we are for; others are extras. */
bool pcsc_program_is_accessor(const struct bpf_program *prog);
/* A skipped run of it loses no access. */
bool pcsc_program_is_of_waits(const struct pcsc_trace *skel,
			      const struct bpf_program *prog);

/*
 * Before the programs are loaded: nothing is loaded that this kernel lacks, and the
 * accessors are watched by kprobes if it has no fentry, or if that is wanted, which
 * *@kprobes says and is told. 0, or a negative errno after a sentence.
 */
int pcsc_programs_select(struct pcsc_trace *skel, bool *kprobes);

/* Which of the kernel's functions that we trace there are, and how. */
struct pcsc_targets {
	bool no_fentry; /* then only the accessors and locks are seen */
	unsigned int accessors; /* without these there is no recording */
	unsigned int all_accessors;
	char missing[256]; /* names, with commas; of the others, too */
};

/* 0 or -EOPNOTSUPP, not said. */
int pcsc_programs_targets(struct pcsc_targets *out);

#endif
