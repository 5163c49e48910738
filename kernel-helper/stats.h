/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters: one set for each CPU, summed when they are read. */
#ifndef PCSC_STATS_H
#define PCSC_STATS_H

#include <linux/percpu.h>
#include <linux/minmax.h>
#include <linux/sched/clock.h>
#include <linux/types.h>

/* What a function is going through when it is accessed. */
enum pcsc_phase {
	PCSC_PHASE_UNKNOWN, /* no line: empty slots, functions not listed yet */
	PCSC_PHASE_ENUMERATION, /* has a line, is not a device yet */
	PCSC_PHASE_KERNEL, /* a device of the kernel's */
	PCSC_PHASE_USER, /* a user-space driver's */
	PCSC_PHASES,
};

enum pcsc_counter {
	/* reads that others asked for, by answer */
	PCSC_N_HIT,
	PCSC_N_SHADOW_HIT, /* a hit, had the mode been on */
	PCSC_N_VERIFIED, /* a hit that hardware was asked about */
	PCSC_N_MISS,
	PCSC_N_UNCACHABLE,
	PCSC_N_BYPASS,
	PCSC_N_SIBLING, /* hits, would-be ones too, that siblings answered */
	PCSC_N_DROPPED, /* templates */
	PCSC_N_SHADOW, /* those of them that were made in shadow */
	PCSC_N_WRITE,
	PCSC_N_INVALIDATION,
	PCSC_N_RESET,
	PCSC_N_DEMOTED, /* bytes */
	PCSC_N_MISMATCH,
	PCSC_N_FILLED,
	/* our own reads of hardware */
	PCSC_N_WALK,
	PCSC_N_IDENTITY,
	PCSC_N_POPULATE,
	PCSC_N_SCRUB,
	PCSC_COUNTERS,
};

struct pcsc_counters {
	u64 n[PCSC_PHASES][PCSC_COUNTERS];
};

extern struct pcsc_counters __percpu *pcsc_counters;

#define pcsc_count(phase, counter) pcsc_count_n(phase, counter, 1)
#define pcsc_count_n(phase, counter, by) \
	this_cpu_add(pcsc_counters->n[phase][counter], by)

/* How long a hit and a hardware read take, measured when interposing. */
struct pcsc_times {
	u64 hit_ns;
	u64 hardware_ns;
};

extern struct pcsc_times pcsc_times;

int pcsc_stats_create(void);
void pcsc_stats_destroy(void);
void pcsc_stats_sum(struct pcsc_counters *sum);

/* How many functions there can be lines for. */
#define PCSC_MAX_FUNCTIONS (128 * 1024)

/*
 * Nanoseconds since @start, which local_clock() gave. ktime knows jiffies alone until
 * fs_initcall (clocksource_done_booting()), and built in the helper begins before that.
 * Another CPU's clock may be behind, and nothing takes less than no time.
 */
static inline u64 pcsc_ns_since(u64 start)
{
	return max_t(s64, local_clock() - start, 0);
}

#endif
