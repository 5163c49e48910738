// SPDX-License-Identifier: GPL-2.0-only
/* Counters: one set for each CPU, summed when they are read. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "stats.h"

struct pcsc_counters __percpu *pcsc_counters;
struct pcsc_times pcsc_times;

/* alloc_percpu() takes at most 32 KiB at a time. */
#define HITS_CHUNK 2048
#define HITS_CHUNKS (PCSC_MAX_FUNCTIONS / HITS_CHUNK)

struct hits {
	u64 n[HITS_CHUNK];
};

static struct hits __percpu *hits[HITS_CHUNKS];

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
