/* SPDX-License-Identifier: GPL-2.0-only */
/* The caller of an access: the process, by its command's name, and its ancestors. */
#ifndef PCSC_BPF_CALLERS_H
#define PCSC_BPF_CALLERS_H

#include "maps.bpf.h"

static const struct pcsc_process new_process;
static const __u32 no_number;

/*
 * Where a processor keeps its preempt count (include/linux/preempt.h): in a
 * variable of its own, or from 6.2 to 6.14 in pcpu_hot.
 */
struct pcpu_hot___counted {
	int preempt_count;
} __attribute__((preserve_access_index));

extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot___counted pcpu_hot __ksym __weak;

#define IN_SOFTIRQ 0x00000100 /* serving one; SOFTIRQ_OFFSET */
#define IN_HARDIRQ 0x000f0000 /* HARDIRQ_MASK */
#define IN_NMI 0x00f00000 /* NMI_MASK */

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
	}
	return preempt_count & (IN_SOFTIRQ | IN_HARDIRQ | IN_NMI);
}

static __always_inline __u32 caller_named(const struct pcsc_comm *comm)
{
	__u32 *number = find_or_add(&comms, comm, &no_number);

	return number ? number_of(number, &last_caller) : PCSC_CALLER_OTHERS;
}

/* Once for each process, and once more when it has become another program. */
static __noinline void learn_process(struct pcsc_process *p,
				     struct task_struct *leader)
{
	struct task_struct *parent = BPF_CORE_READ(leader, real_parent);

	BPF_CORE_READ_INTO(&p->comm.name, leader, comm);
	p->exec_id = BPF_CORE_READ(leader, self_exec_id);
	for (int i = 0; i < PCSC_ANCESTORS; i++) {
		struct pcsc_ancestor *a = &p->ancestors[i];

		a->tgid = BPF_CORE_READ(parent, tgid);
		if (!a->tgid)
			break;
		BPF_CORE_READ_INTO(&a->comm.name, parent, group_leader, comm);
		parent = BPF_CORE_READ(parent, group_leader, real_parent);
	}
	p->caller = caller_named(&p->comm);
}

static __always_inline struct pcsc_process *current_process(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *leader = task->group_leader;
	struct pcsc_process_key key = {
		.tgid = task->tgid,
		.started = leader->start_time >> 20,
	};
	struct pcsc_process *p = find_or_add(&processes, &key, &new_process);

	if (p && (!p->caller || p->exec_id != leader->self_exec_id))
		learn_process(p, leader);
	return p;
}

/* A process without a row, since the table is full, is known by its name still. */
static __noinline __u32 nameless_caller(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pcsc_comm comm = {};

	count(&processes_left_out, 1);
	BPF_CORE_READ_INTO(&comm.name, task, group_leader, comm);
	return caller_named(&comm);
}

static __always_inline void add_use(struct pcsc_use_value *use, bool is_write,
				    bool failed, __u64 ns)
{
	if (is_write)
		count(&use->write_ns, ns);
	else
		count(&use->read_ns, ns);
	if (failed)
		count(&use->errors, 1);
	else if (is_write)
		count(&use->writes, 1);
	else
		count(&use->reads, 1);
}

/* The number of this access's caller; the access took @ns. */
static __noinline __u32 account_caller(bool is_write, bool failed, __u64 now,
				       __u64 ns)
{
	struct pcsc_process *p;

	if (in_interrupt())
		return PCSC_CALLER_INTERRUPT;
	p = current_process();
	if (!p)
		return nameless_caller();
	if (!p->first_ns)
		p->first_ns = now - ns;
	p->last_ns = now;
	add_use(&p->use, is_write, failed, ns);
	return p->caller;
}

#endif
