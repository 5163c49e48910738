/* SPDX-License-Identifier: GPL-2.0-only */
/* What the programs of pcsc_trace.bpf.c share: their tables and counters. */
#ifndef PCSC_BPF_MAPS_H
#define PCSC_BPF_MAPS_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "pcsc_events.h"

/*
 * Sizes of the tables that grow with the host are set by user space. Those do
 * not preallocate: a host has millions of registers and reads few of them.
 */
#define HASH_TABLE(name, key_type, value_type, entries) \
	struct {                                        \
		__uint(type, BPF_MAP_TYPE_HASH);        \
		__uint(max_entries, entries);           \
		__uint(map_flags, BPF_F_NO_PREALLOC);   \
		__type(key, key_type);                  \
		__type(value, value_type);              \
	} name SEC(".maps")

/* What was begun on a processor, and where there is no room for it there. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pcsc_slot);
} begun SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct pcsc_start);
} inflight SEC(".maps");

HASH_TABLE(registers, struct pcsc_reg_key, struct pcsc_reg_value, 262144);
HASH_TABLE(uses, struct pcsc_use_key, struct pcsc_use_value, 262144);
HASH_TABLE(write_seqs, struct pcsc_dword_key, __u32, 262144);
HASH_TABLE(hist_numbers, struct pcsc_hist_key, __u32, 16384);
HASH_TABLE(functions, struct pcsc_fn_key, struct pcsc_fn_value, 16384);
HASH_TABLE(drivers, struct pcsc_driver_key, __u32, 16384);
HASH_TABLE(buses, struct pcsc_bus_key, struct pcsc_reset_state, 4096);
HASH_TABLE(processes, struct pcsc_process_key, struct pcsc_process, 65536);
HASH_TABLE(visit_numbers, struct pcsc_visit_key, __u32, 65536);
HASH_TABLE(callers, struct pcsc_caller_key, __u32, 16384);

/* By the number that hist_numbers gives, less one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct pcsc_hist_value);
} hists SEC(".maps");

/* By the number that visit_numbers gives, less one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct pcsc_visit);
} visits SEC(".maps");

/* Functions whose capabilities were looked for; to forget one costs time only. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct pcsc_fn_key);
	__type(value, __u8);
} looked_for SEC(".maps");

volatile __u64 counting_since; /* 0: not counting */
/* When counting has ended: which accesses were to be counted. */
volatile __u64 counted_from;
volatile __u64 counted_to;
__u32 own_tgid;
__u32 reset_seq;

__u32 last_register; /* numbers given so far */
__u32 last_hist;
__u32 last_visit;
__u32 last_caller = PCSC_CALLER_OTHERS;

__u64 lost_map_full;
__u64 lost_inflight;
__u64 lost_own;
__u64 processes_left_out;
__u64 visits_left_out;

#define EEXIST 17

/*
 * For a function that is not static: the verifier looks at it once, and not again on
 * each path to each of its calls. It is given nothing but memory and numbers, and
 * must not take memory for granted.
 */
#define VERIFIED_ONCE __attribute__((noinline))

#define count(p, n) ((void)__sync_fetch_and_add((p), (n)))

static __always_inline void *find_or_add(void *map, const void *key,
					 const void *init)
{
	void *value = bpf_map_lookup_elem(map, key);

	if (value)
		return value;
	/* Another CPU may add it first: then that one's is ours too. */
	bpf_map_update_elem(map, key, init, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, key);
}

/* The number in @place, from 1 on; given now if there is none yet. */
static __always_inline __u32 number_of(__u32 *place, __u32 *last)
{
	__u32 number = *place, before;

	if (number)
		return number;
	number = __sync_fetch_and_add(last, 1) + 1;
	before = __sync_val_compare_and_swap(place, 0, number);
	return before ?: number;
}

static __always_inline void raise(__u64 *max, __u64 ns)
{
	__u64 old = *max;

	/* Bounded for the verifier; each round that fails saw a larger one. */
	for (int i = 0; i < 4 && ns > old; i++) {
		__u64 seen = __sync_val_compare_and_swap(max, old, ns);

		if (seen == old)
			return;
		old = seen;
	}
}

static __always_inline __u32 domain_of(struct pci_bus *bus)
{
	if (bpf_core_field_exists(bus->domain_nr))
		return bus->domain_nr;
	if (bpf_core_type_exists(struct pci_sysdata))
		return BPF_CORE_READ((struct pci_sysdata *)bus->sysdata,
				     domain);
	return 0;
}

/* The same of a bus that the verifier knows nothing about. */
static __always_inline __u32 read_domain(struct pci_bus *bus)
{
	struct pci_sysdata *sysdata = BPF_CORE_READ(bus, sysdata);

	if (bpf_core_field_exists(bus->domain_nr))
		return BPF_CORE_READ(bus, domain_nr);
	if (bpf_core_type_exists(struct pci_sysdata))
		return BPF_CORE_READ(sysdata, domain);
	return 0;
}

#endif
