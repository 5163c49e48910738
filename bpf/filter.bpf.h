/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which accesses are wanted. User space sets this before the programs are loaded, so
 * the verifier takes away what was not asked for, and it costs nothing.
 */
#ifndef PCSC_BPF_FILTER_H
#define PCSC_BPF_FILTER_H

#include "interrupts.bpf.h"

const volatile struct pcsc_wanted wanted;

HASH_TABLE(chosen, struct pcsc_fn_key, __u8, 16384);

#define ANY_OR(_wanted, _is) ((_wanted) < 0 || (_wanted) == (__s64)(_is))

static __always_inline bool wanted_address(const struct pcsc_fn_key *key)
{
	return ANY_OR(wanted.domain, key->domain) &&
	       ANY_OR(wanted.bus, key->bus) &&
	       ANY_OR(wanted.slot, key->devfn >> 3) &&
	       ANY_OR(wanted.func, key->devfn & 7);
}

static __always_inline bool wanted_function(const struct pcsc_fn_key *key)
{
	/* Linux 6.1 looks up nothing by an argument's memory. */
	struct pcsc_fn_key mine = *key;

	if (wanted.flags & PCSC_WANTED_ADDRESS && !wanted_address(key))
		return false;
	return !(wanted.flags & PCSC_WANTED_IDENTITY) ||
	       bpf_map_lookup_elem(&chosen, &mine);
}

static __always_inline bool wanted_identity(const struct pcsc_fn_value *v)
{
	return ANY_OR(wanted.vendor, v->vendor) &&
	       ANY_OR(wanted.device, v->device) &&
	       !((v->class_code ^ wanted.class_code) & wanted.class_mask) &&
	       (!(wanted.flags & PCSC_WANTED_VFS) || v->flags & PCSC_FN_VF);
}

/* A function that comes, or is another one from now on. */
static __always_inline void choose(const struct pcsc_fn_key *key,
				   const struct pcsc_fn_value *v)
{
	__u8 yes = 1;

	if (!(wanted.flags & PCSC_WANTED_IDENTITY))
		return;
	if (!wanted_identity(v))
		bpf_map_delete_elem(&chosen, key);
	else if (bpf_map_update_elem(&chosen, key, &yes, BPF_ANY))
		count(&lost_map_full, 1);
}

/* The process by its name: that of its first thread, as callers are named. */
static __always_inline bool wanted_comm(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pcsc_comm comm = {};

	BPF_CORE_READ_INTO(&comm.name, task, group_leader, comm);
	for (int i = 0; i < (int)sizeof(comm.name); i++) {
		if (comm.name[i] != wanted.comm[i])
			return false;
		if (!comm.name[i])
			break;
	}
	return true;
}

/* What an interrupt does is not done by the process that it interrupts. */
static __always_inline bool wanted_process(void)
{
	if (!(wanted.flags & (PCSC_WANTED_PID | PCSC_WANTED_COMM)))
		return true;
	if (in_interrupt())
		return false;
	if (wanted.flags & PCSC_WANTED_PID &&
	    bpf_get_current_pid_tgid() >> 32 != wanted.pid)
		return false;
	return !(wanted.flags & PCSC_WANTED_COMM) || wanted_comm();
}

#define WANTED_SOME                                                     \
	(PCSC_WANTED_ADDRESS | PCSC_WANTED_IDENTITY | PCSC_WANTED_PID | \
	 PCSC_WANTED_COMM)

VERIFIED_ONCE int check_wanted(const struct pcsc_fn_key *key)
{
	return key && wanted_function(key) && wanted_process();
}

static __always_inline bool is_wanted(const struct pcsc_fn_key *key)
{
	return !(wanted.flags & WANTED_SOME) || check_wanted(key);
}

#endif
