/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hits of single functions. A counter for each function and CPU would be megabytes
 * on a large host, and one for each function would make CPUs meet on every hit.
 * So a CPU counts for the functions that it has just had hits of, and hands the
 * number on when another function takes the place.
 */
#ifndef PCSC_HITS_H
#define PCSC_HITS_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "object.h"

#define PCSC_RECENT 64 /* a power of two */

struct pcsc_recent {
	u32 nth; /* hit of this CPU */
	u64 of[PCSC_RECENT]; /* index in the pool << 32 | hits not handed on */
};

DECLARE_PER_CPU(struct pcsc_recent, pcsc_recent);

void pcsc_hit_first(const struct pcsc_function *f);

/*
 * Count a hit of @f. Returns how many hits this CPU has had, which wraps. Any context:
 * an interrupt in between, or another CPU, makes the exchange fail.
 */
static inline u32 pcsc_hit(const struct pcsc_function *f)
{
	u64 __percpu *slot = &pcsc_recent.of[f->index & (PCSC_RECENT - 1)];
	const u64 old = this_cpu_read(*slot);

	/* The hits must not run over into the index. */
	if (unlikely(old - ((u64)f->index << 32) >= U32_MAX ||
		     this_cpu_cmpxchg(*slot, old, old + 1) != old))
		pcsc_hit_first(f);
	return this_cpu_inc_return(pcsc_recent.nth);
}

/* Hand on what CPUs have counted so far: f->hits has all of it then. May sleep. */
void pcsc_hits_collect(void);

/* Forget it: no access finds a function any more, and the pool goes. */
void pcsc_hits_forget(void);

#endif
