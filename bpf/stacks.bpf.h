/* SPDX-License-Identifier: GPL-2.0-only */
/* The way through the kernel by which an access came, and the slowest accesses. */
#ifndef PCSC_BPF_STACKS_H
#define PCSC_BPF_STACKS_H

#include "maps.bpf.h"

struct stack_frames {
	__u64 address[PCSC_FRAMES];
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct stack_frames);
} stacks SEC(".maps");

HASH_TABLE(paths, struct pcsc_path_key, __s32, 16384);

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pcsc_slowest);
} slowest SEC(".maps");

/* No access that took less is among the slowest; it only rises. */
static __u64 slow_floor;

static const __s32 no_stack = -1;

/* Frames of ours, which user space leaves out by their names, come first. */
static __always_inline __s32 current_stack(void *ctx)
{
	return bpf_get_stackid(ctx, &stacks, 0);
}

/* Once for a caller, a register and an operation, of whatever function. */
static __noinline void learn_path(void *ctx, const struct pcsc_path_key *key)
{
	__s32 stack;

	if (bpf_map_update_elem(&paths, key, &no_stack, BPF_NOEXIST))
		return;
	stack = current_stack(ctx);
	bpf_map_update_elem(&paths, key, &stack, BPF_ANY);
}

/* Finds the fastest of the slowest: what takes less time need not be kept. */
VERIFIED_ONCE int find_least(struct pcsc_slowest *s)
{
	__u64 least_ns = ~0ull;

	if (!s || s->nr < PCSC_SLOWEST)
		return 0;
	for (__u32 i = 0; i < PCSC_SLOWEST; i++) {
		if (s->rows[i].ns >= least_ns)
			continue;
		least_ns = s->rows[i].ns;
		s->least = i;
	}
	if (least_ns > slow_floor)
		slow_floor = least_ns;
	return 0;
}

/* An access in an interrupt that comes in the midst of this is not kept. */
static __noinline void keep_slow(void *ctx, struct pcsc_slow_access *a)
{
	__u32 zero = 0, place;
	struct pcsc_slowest *s = bpf_map_lookup_elem(&slowest, &zero);

	if (!s || __sync_lock_test_and_set(&s->busy, 1))
		return;
	place = s->nr < PCSC_SLOWEST ? s->nr : s->least;
	/* The verifier sees the bound only of the register that is used below. */
	asm volatile("" : "+r"(place));
	if (place < PCSC_SLOWEST) {
		a->stack = current_stack(ctx);
		s->rows[place] = *a;
		if (s->nr < PCSC_SLOWEST)
			s->nr++;
		find_least(s);
	}
	s->busy = 0;
}

#endif
