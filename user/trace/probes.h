/* SPDX-License-Identifier: GPL-2.0-only */
/* Accessors that are watched by kprobes, where there is no fentry. */
#ifndef PCSC_PROBES_H
#define PCSC_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_link;
struct pcsc_trace; /* the BPF skeleton */

#define PCSC_ACCESSORS 12

/*
 * Attach to the @ends, or to the beginnings, of all of them: PCSC_ACCESSORS more links,
 * of which there are *@nr. 0, or a negative errno after a sentence.
 */
int pcsc_probes_attach(const struct pcsc_trace *skel, bool ends,
		       struct bpf_link **links, size_t *nr);

/* How often the kernel skipped it; 0 if it is no kprobe, or before Linux 6.7. */
uint64_t pcsc_probe_missed(const struct bpf_link *link);

#endif
