/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The caller of an access: the process, by its command's name, its ancestors, and
 * the attribute of sysfs that it reads or writes.
 */
#ifndef PCSC_BPF_CALLERS_H
#define PCSC_BPF_CALLERS_H

#include "attributes.bpf.h"
#include "filter.bpf.h"

static const struct pcsc_process new_process;
static const struct pcsc_visit new_visit;
static const __u32 no_number;

/* ---- names ---- */

static __always_inline __u32 number_of_caller(const struct pcsc_caller_key *key)
{
	__u32 *number = find_or_add(&callers, key, &no_number);

	return number ? number_of(number, &last_caller) : PCSC_CALLER_OTHERS;
}

static __always_inline __u32 caller_named(const struct pcsc_comm *comm)
{
	struct pcsc_caller_key key = { .comm = *comm };

	return number_of_caller(&key);
}

/* The current process's number, when it uses an attribute; else @plain. */
static __noinline __u32 caller_of_attribute(__u32 plain)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pcsc_caller_key key = {};

	attribute_of_thread(key.attribute, sizeof(key.attribute));
	if (!key.attribute[0])
		return plain;
	BPF_CORE_READ_INTO(&key.comm.name, task, group_leader, comm);
	return number_of_caller(&key);
}

/* ---- processes ---- */

static __always_inline struct pcsc_process_key current_process(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pcsc_process_key key = {
		.tgid = task->tgid,
		.started = task->group_leader->start_time >> 20,
	};

	return key;
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

static __always_inline struct pcsc_process *
process_of(const struct pcsc_process_key *key)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *leader = task->group_leader;
	struct pcsc_process *p = find_or_add(&processes, key, &new_process);

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

/* ---- visits ---- */

/* An opening is over when nothing is done to the function for so long. */
#define PAUSE_NS 1000000000ull

static __always_inline struct pcsc_visit_key visit_key(__u32 domain, __u8 bus,
						       __u8 devfn)
{
	struct pcsc_visit_key key = {
		.process = current_process(),
		.function = { .domain = domain, .bus = bus, .devfn = devfn },
	};

	return key;
}

/* Where there is no room for a visit, it is counted with the process's rest. */
static __noinline struct pcsc_visit *
learn_visit(struct pcsc_visit *v, const struct pcsc_visit_key *key)
{
	struct pcsc_process *p = process_of(&key->process);

	if (!p)
		return NULL;
	if (!v) {
		count(&visits_left_out, 1);
		v = &p->rest;
	}
	v->exec_id = p->exec_id;
	v->caller = p->caller;
	return v;
}

static __always_inline struct pcsc_visit *visit_numbered(__u32 number)
{
	__u32 index = number - 1;

	return bpf_map_lookup_elem(&visits, &index);
}

static __noinline struct pcsc_visit *
look_up_visit(const struct pcsc_visit_key *key, __u32 *number)
{
	__u32 *place = find_or_add(&visit_numbers, key, &no_number);

	*number = place ? number_of(place, &last_visit) : 0;
	return visit_numbered(*number);
}

static __always_inline bool is_visit(const struct pcsc_visit *v,
				     const struct pcsc_visit_key *key)
{
	const __u64 *a = (const __u64 *)&v->key, *b = (const __u64 *)key;

	return a[0] == b[0] && a[1] == b[1];
}

/*
 * @number: of the visit that is probably meant, or 0; then of the one that is.
 * @fresh: the process has not touched the function before.
 */
static __always_inline struct pcsc_visit *
visit_of(const struct pcsc_visit_key *key, __u64 begin_ns, __u32 *number,
	 bool *fresh)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pcsc_visit *v = visit_numbered(*number);

	if (!v || !is_visit(v, key))
		v = look_up_visit(key, number);
	*fresh = !v || !v->caller;
	if (*fresh || v->exec_id != task->group_leader->self_exec_id)
		v = learn_visit(v, key);
	if (!v)
		return NULL;
	if (!v->first_ns) {
		v->key = *key;
		v->first_ns = begin_ns;
		v->last_ns = begin_ns;
	}
	return v;
}

/* Notes the first pause; @begin_ns is of something that is no part of a wait. */
static __always_inline void note_pause(struct pcsc_visit *v, __u64 begin_ns)
{
	if ((__s64)(begin_ns - v->last_ns) > (__s64)PAUSE_NS && !v->pause_ns) {
		v->pause_access_ns = v->use.read_ns + v->use.write_ns;
		v->pause_ns = v->last_ns;
	}
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

#endif
