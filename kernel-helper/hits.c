// SPDX-License-Identifier: GPL-2.0-only
/* Hits of single functions: what CPUs have counted is handed on to them. */
#include <linux/cpu.h>
#include <linux/smp.h>

#include "find.h"
#include "hits.h"

DEFINE_PER_CPU(struct pcsc_recent, pcsc_recent);

static void hand_on(u64 counted)
{
	if ((u32)counted)
		atomic64_add((u32)counted, &pcsc_pool_at(counted >> 32)->hits);
}

void pcsc_hit_first(const struct pcsc_function *f)
{
	u64 __percpu *slot = &pcsc_recent.of[f->index & (PCSC_RECENT - 1)];

	hand_on(this_cpu_xchg(*slot, (u64)f->index << 32 | 1));
}

/* On the CPU itself, since its own exchanges are atomic for nobody else. */
static void collect(void *unused)
{
	int i;

	for (i = 0; i < PCSC_RECENT; i++)
		hand_on(this_cpu_xchg(pcsc_recent.of[i], 0));
}

static void collect_offline(int cpu)
{
	struct pcsc_recent *recent = per_cpu_ptr(&pcsc_recent, cpu);
	int i;

	for (i = 0; i < PCSC_RECENT; i++)
		hand_on(xchg(&recent->of[i], 0));
}

void pcsc_hits_collect(void)
{
	int cpu;

	cpus_read_lock();
	on_each_cpu(collect, NULL, true);
	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			collect_offline(cpu);
	cpus_read_unlock();
}

void pcsc_hits_forget(void)
{
	int cpu;

	/* Nobody counts any more, so the CPUs need not do this themselves. */
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(&pcsc_recent, cpu)->of, 0,
		       sizeof(pcsc_recent.of));
}
