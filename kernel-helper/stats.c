// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "handover.h"
#include "pcsc.h"

struct pcsc_counters __percpu *pcsc_counters;
struct pcsc_times pcsc_times;

/* alloc_percpu() takes at most 32 KiB at a time. */
#define HITS_CHUNK 2048
#define HITS_CHUNKS 64

struct hits {
	u64 n[HITS_CHUNK];
};

static struct hits __percpu *hits[HITS_CHUNKS];

static const char *const phase_names[PCSC_PHASES] = {
	[PCSC_PHASE_UNKNOWN] = "Unlisted",
	[PCSC_PHASE_ENUMERATION] = "Enumeration",
	[PCSC_PHASE_KERNEL] = "Kernel",
	[PCSC_PHASE_USER] = "User Driver",
};

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
		if (i < HITS_CHUNKS)
			hits[i] = alloc_percpu(struct hits);
		if (i >= HITS_CHUNKS || !hits[i]) {
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

static u64 us(u64 count, u64 ns)
{
	return div_u64(count * ns, 1000);
}

/*
 * The RFC's lines, its names, its order. Its times were taken by the clock on
 * every access; ours are counts times what one access takes, measured apart:
 * the path of an access reads no clock.
 */
static int print_rfc(char *buf, const struct pcsc_counters *sum)
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
	int at = 0;

	at += sysfs_emit_at(buf, at, "Cache Hits: %llu\n", hits);
	at += sysfs_emit_at(buf, at, "Cache Misses: %llu\n", misses);
	at += sysfs_emit_at(buf, at, "Uncachable Reads: %llu\n", uncachable);
	at += sysfs_emit_at(buf, at, "Writes: %llu\n", writes);
	at += sysfs_emit_at(buf, at, "Cache Invalidations: %llu\n",
			    over_phases(sum, PCSC_N_INVALIDATION));
	at += sysfs_emit_at(buf, at, "Device Resets: %llu\n",
			    over_phases(sum, PCSC_N_RESET));
	at += sysfs_emit_at(buf, at, "Total Reads: %llu\n", reads);
	at += sysfs_emit_at(buf, at, "Hardware Reads: %llu\n", reads - hits);
	at += sysfs_emit_at(buf, at, "Hit Rate: %llu%%\n",
			    percent(hits, reads));
	at += sysfs_emit_at(buf, at, "Total Cache Access Time: %llu us\n",
			    cache_us + miss_us);
	at += sysfs_emit_at(
		buf, at,
		"Cache Access Time (without HW reads due to Misses): %llu us\n",
		cache_us);
	at += sysfs_emit_at(buf, at, "HW Access Time due to misses: %llu us\n",
			    miss_us);
	at += sysfs_emit_at(buf, at, "Total Hardware Access Time: %llu us\n",
			    us(reads - hits + writes, hardware_ns));
	return at;
}

/* The RFC's lines for what came over a kexec; none if nothing did. */
static int print_restored(char *buf, int at)
{
	const u64 index_us = div_u64(READ_ONCE(pcsc_handed.index_ns), 1000);
	const u32 with_line = READ_ONCE(pcsc_handed.with_line);
	const u64 adopt_us =
		div_u64(atomic64_read(&pcsc_handed.adopt_ns), 1000);
	int start = at;

	if (!with_line)
		return 0;
	at += sysfs_emit_at(buf, at, "KHO Restore Statistics:\n");
	at += sysfs_emit_at(buf, at, "  Restored Devices: %u\n",
			    atomic_read(&pcsc_handed.adopted));
	at += sysfs_emit_at(buf, at, "  Total Restore Time: %llu us\n",
			    index_us + adopt_us);
	at += sysfs_emit_at(buf, at, "  Hashtable Initial Entries: %u\n",
			    with_line);
	at += sysfs_emit_at(buf, at, "  Hashtable Build Time: %llu us\n",
			    index_us);
	at += sysfs_emit_at(buf, at, "Refused Lines: %u\n",
			    atomic_read(&pcsc_handed.refused));
	return at - start;
}

static int print_ours(char *buf, int at, const struct pcsc_counters *sum)
{
	static const struct {
		const char *name;
		enum pcsc_counter counter;
	} lines[] = {
		{ "Would-be Hits", PCSC_N_SHADOW_HIT },
		{ "Verified Hits", PCSC_N_VERIFIED },
		{ "Bypassed Reads", PCSC_N_BYPASS },
		{ "Fills", PCSC_N_FILLED },
		{ "Mismatches", PCSC_N_MISMATCH },
		{ "Demoted Bytes", PCSC_N_DEMOTED },
		{ "Walk Reads", PCSC_N_WALK },
		{ "Identity Reads", PCSC_N_IDENTITY },
		{ "Populate Reads", PCSC_N_POPULATE },
		{ "Scrub Reads", PCSC_N_SCRUB },
	};
	int start = at;
	int i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		at += sysfs_emit_at(buf, at, "%s: %llu\n", lines[i].name,
				    over_phases(sum, lines[i].counter));
	at += sysfs_emit_at(buf, at, "Suspect Registers: %u\n",
			    pcsc_suspects());
	at += sysfs_emit_at(buf, at, "Lies Not Told On: %u\n",
			    pcsc_lies_lost());
	at += sysfs_emit_at(buf, at, "Missing Hooks: %u\n",
			    pcsc_hooks_missing());
	at += sysfs_emit_at(buf, at, "Missed Hook Calls: %llu\n",
			    pcsc_hooks_missed());
	for (i = 0; i < PCSC_PHASES; i++) {
		at += sysfs_emit_at(buf, at, "%s Reads: %llu\n", phase_names[i],
				    reads_of(sum->n[i]));
		at += sysfs_emit_at(buf, at, "%s Hits: %llu\n", phase_names[i],
				    sum->n[i][PCSC_N_HIT]);
	}
	return at - start;
}

int pcsc_stats_print(char *buf)
{
	struct pcsc_counters *sum = kmalloc(sizeof(*sum), GFP_KERNEL);
	int at;

	if (!sum)
		return -ENOMEM;
	pcsc_stats_sum(sum);
	at = print_rfc(buf, sum);
	at += print_restored(buf, at);
	at += print_ours(buf, at, sum);
	kfree(sum);
	return at;
}
