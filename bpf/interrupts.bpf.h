/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether a program runs in an interrupt, which has nothing to do with whom it interrupts. */
#ifndef PCSC_BPF_INTERRUPTS_H
#define PCSC_BPF_INTERRUPTS_H

#include "maps.bpf.h"

/*
 * Where a processor keeps its preempt count (include/linux/preempt.h): in a
 * variable of its own, or from 6.2 to 6.14 in pcpu_hot.
 */
struct pcpu_hot___counted {
	int preempt_count;
} __attribute__((preserve_access_index));

/* Or, on arm64, in the task's structure. */
struct thread_info___counted {
	struct {
		__u32 count;
	} preempt;
} __attribute__((preserve_access_index));

struct task_struct___counted {
	struct thread_info___counted thread_info;
} __attribute__((preserve_access_index));

extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot___counted pcpu_hot __ksym __weak;

#define IN_SOFTIRQ 0x00000100 /* serving one; SOFTIRQ_OFFSET */
#define IN_HARDIRQ 0x000f0000 /* HARDIRQ_MASK */
#define IN_NMI 0x00f00000 /* NMI_MASK */

static __always_inline int count_of_task(void)
{
	const struct task_struct___counted *task =
		(void *)bpf_get_current_task_btf();

	if (!bpf_core_field_exists(task->thread_info.preempt))
		return 0;
	return BPF_CORE_READ(task, thread_info.preempt.count);
}

static __always_inline bool in_interrupt(void)
{
	int preempt_count = 0;

	if (&__preempt_count) {
		const int *p = bpf_this_cpu_ptr(&__preempt_count);

		preempt_count = *p;
	} else if (&pcpu_hot) {
		const struct pcpu_hot___counted *hot =
			bpf_this_cpu_ptr(&pcpu_hot);

		preempt_count = hot->preempt_count;
	} else {
		preempt_count = count_of_task();
	}
	return preempt_count & (IN_SOFTIRQ | IN_HARDIRQ | IN_NMI);
}

#endif
