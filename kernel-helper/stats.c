// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "handover.h"
#include "pcsc.h"
#include "uapi/stats.h"

struct pcsc_counters __percpu *pcsc_counters;
struct pcsc_times pcsc_times;

/* alloc_percpu() takes at most 32 KiB at a time. */
#define HITS_CHUNK 2048
#define HITS_CHUNKS (PCSC_MAX_FUNCTIONS / HITS_CHUNK)

struct hits {
	u64 n[HITS_CHUNK];
};

static struct hits __percpu *hits[HITS_CHUNKS];

static const char *const line_names[] = { PCSC_STATS(PCSC_STAT_NAME) };
static const char *const line_units[] = { PCSC_STATS(PCSC_STAT_UNIT) };

int pcsc_stats_create(void)
{
	pcsc_counters = alloc_percpu(struct pcsc_counters);
	return pcsc_counters ? 0 : -ENOMEM;
}

void pcsc_stats_destroy(void)
{
	free_percpu(pcsc_counters);
}

void pcsc_stats_sum(struct pcsc_counters *sum)
{
	const struct pcsc_counters *of_cpu;
	int cpu, phase, counter;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		of_cpu = per_cpu_ptr(pcsc_counters, cpu);
		for (phase = 0; phase < PCSC_PHASES; phase++)
			for (counter = 0; counter < PCSC_COUNTERS; counter++)
				sum->n[phase][counter] +=
					READ_ONCE(of_cpu->n[phase][counter]);
	}
}

int pcsc_hits_create(u32 functions)
{
	u32 i;

	for (i = 0; i < DIV_ROUND_UP(functions, HITS_CHUNK); i++) {
		hits[i] = alloc_percpu(struct hits);
		if (!hits[i]) {
			pcsc_hits_destroy();
			return -ENOMEM;
		}
	}
	return 0;
}

void pcsc_hits_destroy(void)
{
	int i;

	for (i = 0; i < HITS_CHUNKS; i++) {
		free_percpu(hits[i]);
		hits[i] = NULL;
	}
}

u64 __percpu *pcsc_hits_at(u32 index)
{
	return &hits[index / HITS_CHUNK]->n[index % HITS_CHUNK];
}

u64 pcsc_hits_of(u32 index)
{
	u64 n = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		n += READ_ONCE(per_cpu_ptr(hits[index / HITS_CHUNK], cpu)
				       ->n[index % HITS_CHUNK]);
	return n;
}

static u64 over_phases(const struct pcsc_counters *sum,
		       enum pcsc_counter counter)
{
	u64 n = 0;
	int phase;

	for (phase = 0; phase < PCSC_PHASES; phase++)
		n += sum->n[phase][counter];
	return n;
}

static u64 reads_of(const u64 *n)
{
	return n[PCSC_N_HIT] + n[PCSC_N_SHADOW_HIT] + n[PCSC_N_VERIFIED] +
	       n[PCSC_N_MISS] + n[PCSC_N_UNCACHABLE] + n[PCSC_N_BYPASS];
}

static u64 percent(u64 part, u64 whole)
{
	return whole ? div64_u64(part * 100, whole) : 0;
}

/*
 * Of the mode in force; in off that of on, if anything was read there. Reads
 * made in shadow could not be hits, and would-be hits were none in on.
 */
static u64 hit_rate(const struct pcsc_counters *sum, u64 reads)
{
	const u32 mode = READ_ONCE(pcsc_mode);
	const u64 shadow = over_phases(sum, PCSC_N_SHADOW);
	/* The sum is not taken at one instant. */
	const u64 on = reads > shadow ? reads - shadow : 0;

	if (mode == PCSC_MODE_SHADOW || (mode == PCSC_MODE_OFF && !on))
		return percent(over_phases(sum, PCSC_N_SHADOW_HIT), shadow);
	return percent(over_phases(sum, PCSC_N_HIT), on);
}

static u64 us(u64 count, u64 ns)
{
	return div_u64(count * ns, 1000);
}

/*
 * The RFC's times were taken by the clock on every access; ours are counts
 * times what one access takes, measured apart, so that the path of an access
 * reads no clock.
 */
static void reckon_rfc(u64 *line, const struct pcsc_counters *sum)
{
	const u64 hits = over_phases(sum, PCSC_N_HIT);
	const u64 misses = over_phases(sum, PCSC_N_MISS);
	const u64 uncachable = over_phases(sum, PCSC_N_UNCACHABLE) +
			       over_phases(sum, PCSC_N_BYPASS) +
			       over_phases(sum, PCSC_N_SHADOW_HIT) +
			       over_phases(sum, PCSC_N_VERIFIED);
	const u64 writes = over_phases(sum, PCSC_N_WRITE);
	const u64 reads = hits + misses + uncachable;
	const u64 cache_us = us(hits + misses, READ_ONCE(pcsc_times.hit_ns));
	const u64 hardware_ns = READ_ONCE(pcsc_times.hardware_ns);
	const u64 miss_us = us(misses, hardware_ns);

	line[PCSC_STAT_HITS] = hits;
	line[PCSC_STAT_MISSES] = misses;
	line[PCSC_STAT_UNCACHABLE] = uncachable;
	line[PCSC_STAT_WRITES] = writes;
	line[PCSC_STAT_INVALIDATIONS] = over_phases(sum, PCSC_N_INVALIDATION);
	line[PCSC_STAT_RESETS] = over_phases(sum, PCSC_N_RESET);
	line[PCSC_STAT_READS] = reads;
	line[PCSC_STAT_HARDWARE_READS] = reads - hits;
	line[PCSC_STAT_HIT_RATE] = hit_rate(sum, reads);
	line[PCSC_STAT_CACHE_TIME] = cache_us + miss_us;
	line[PCSC_STAT_LOOKUP_TIME] = cache_us;
	line[PCSC_STAT_MISS_TIME] = miss_us;
	line[PCSC_STAT_HARDWARE_TIME] = us(reads - hits + writes, hardware_ns);
}

static void reckon_restored(u64 *line)
{
	const u64 index_us = div_u64(READ_ONCE(pcsc_handed.index_ns), 1000);
	const u64 adopt_us =
		div_u64(atomic64_read(&pcsc_handed.adopt_ns), 1000);

	line[PCSC_STAT_RESTORED] = atomic_read(&pcsc_handed.adopted);
	line[PCSC_STAT_RESTORE_TIME] = index_us + adopt_us;
	line[PCSC_STAT_RESTORED_ENTRIES] = READ_ONCE(pcsc_handed.with_line);
	line[PCSC_STAT_RESTORE_BUILD_TIME] = index_us;
	line[PCSC_STAT_REFUSED] = atomic_read(&pcsc_handed.refused);
}

static void reckon_ours(u64 *line, const struct pcsc_counters *sum)
{
	static const struct {
		enum pcsc_stat line;
		enum pcsc_counter counter;
	} counted[] = {
		{ PCSC_STAT_WOULD_BE_HITS, PCSC_N_SHADOW_HIT },
		{ PCSC_STAT_SHADOW_READS, PCSC_N_SHADOW },
		{ PCSC_STAT_VERIFIED, PCSC_N_VERIFIED },
		{ PCSC_STAT_BYPASSED, PCSC_N_BYPASS },
		{ PCSC_STAT_FILLS, PCSC_N_FILLED },
		{ PCSC_STAT_MISMATCHES, PCSC_N_MISMATCH },
		{ PCSC_STAT_DEMOTED, PCSC_N_DEMOTED },
		{ PCSC_STAT_WALK_READS, PCSC_N_WALK },
		{ PCSC_STAT_IDENTITY_READS, PCSC_N_IDENTITY },
		{ PCSC_STAT_POPULATE_READS, PCSC_N_POPULATE },
		{ PCSC_STAT_SCRUB_READS, PCSC_N_SCRUB },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(counted); i++)
		line[counted[i].line] = over_phases(sum, counted[i].counter);
	line[PCSC_STAT_SUSPECTS] = pcsc_suspects();
	line[PCSC_STAT_LIES_LOST] = pcsc_lies_lost();
	line[PCSC_STAT_HOOKS_MISSING] = pcsc_hooks_missing();
	line[PCSC_STAT_HOOKS_MISSED] = pcsc_hooks_missed();
}

static void reckon_phases(u64 *line, const struct pcsc_counters *sum)
{
	static const struct {
		enum pcsc_stat reads;
		enum pcsc_stat hits;
	} of[PCSC_PHASES] = {
		[PCSC_PHASE_UNKNOWN] = { PCSC_STAT_UNLISTED_READS,
					 PCSC_STAT_UNLISTED_HITS },
		[PCSC_PHASE_ENUMERATION] = { PCSC_STAT_ENUMERATION_READS,
					     PCSC_STAT_ENUMERATION_HITS },
		[PCSC_PHASE_KERNEL] = { PCSC_STAT_KERNEL_READS,
					PCSC_STAT_KERNEL_HITS },
		[PCSC_PHASE_USER] = { PCSC_STAT_USER_READS,
				      PCSC_STAT_USER_HITS },
	};
	int i;

	for (i = 0; i < PCSC_PHASES; i++) {
		line[of[i].reads] = reads_of(sum->n[i]);
		line[of[i].hits] = sum->n[i][PCSC_N_HIT];
	}
}

static int print(char *buf, const u64 *line)
{
	const char *indent;
	int at = 0;
	int i;

	for (i = PCSC_STAT_NONE + 1; i < PCSC_STATS_END; i++) {
		/* Without a handover there is nothing to say of one. */
		if (i >= PCSC_STAT_RESTORED && i <= PCSC_STAT_REFUSED &&
		    !line[PCSC_STAT_RESTORED_ENTRIES])
			continue;
		if (i == PCSC_STAT_RESTORED)
			at += sysfs_emit_at(buf, at, "%s:\n",
					    PCSC_STAT_RESTORE_HEADING);
		indent = i >= PCSC_STAT_RESTORED &&
					 i <= PCSC_STAT_RESTORE_BUILD_TIME ?
				 "  " :
				 "";
		at += sysfs_emit_at(buf, at, "%s%s: %llu%s\n", indent,
				    line_names[i], line[i], line_units[i]);
	}
	return at;
}

int pcsc_stats_print(char *buf)
{
	struct {
		struct pcsc_counters sum;
		u64 line[PCSC_STATS_END];
	} *all = kzalloc(sizeof(*all), GFP_KERNEL);
	int at;

	if (!all)
		return -ENOMEM;
	pcsc_stats_sum(&all->sum);
	reckon_rfc(all->line, &all->sum);
	reckon_restored(all->line);
	reckon_ours(all->line, &all->sum);
	reckon_phases(all->line, &all->sum);
	at = print(buf, all->line);
	kfree(all);
	return at;
}
