// SPDX-License-Identifier: GPL-2.0-only
/* Counters: one set for each CPU, summed when they are read. */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "stats.h"

struct pcsc_counters __percpu *pcsc_counters;
struct pcsc_times pcsc_times;

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
