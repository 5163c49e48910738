/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses that have begun and not ended. The kernel hands fentry and fexit of
 * one call the same context, which lies in that call's stack frame, so its
 * address is a key that neither nesting nor preemption can make ambiguous. One
 * access is kept in a slot of its processor, because that costs least; one that
 * nests in it or was preempted beside it is kept in a hash table. Of kprobes the
 * stack pointer at entry is as good a key.
 */
#ifndef PCSC_BPF_BEGUN_H
#define PCSC_BPF_BEGUN_H

#include "maps.bpf.h"

/* An access whose end was missed must not keep a slot for ever. */
#define STALE_NS 2000000000ull

/* When counting has ended, those that it has not seen the end of can still be found. */
static __always_inline bool is_counted(__u64 ns)
{
	return counting_since ? ns >= counting_since :
				ns >= counted_from && ns < counted_to;
}

static __always_inline void lose_stale(const struct pcsc_start *stale)
{
	if (is_counted(stale->ns))
		count(&lost_inflight, 1);
}

static __noinline void keep_in_table(__u64 key, const struct pcsc_start *start)
{
	struct pcsc_start *stale;
	/* Before Linux 6.4 a map's error has 32 bits, and the rest of a long is anything. */
	const int err =
		bpf_map_update_elem(&inflight, &key, start, BPF_NOEXIST);

	if (err != -EEXIST)
		return;
	/* The end of an earlier access on this stack was not seen. */
	stale = bpf_map_lookup_elem(&inflight, &key);
	if (stale)
		lose_stale(stale);
	bpf_map_update_elem(&inflight, &key, start, BPF_ANY);
}

/*
 * Take what is in the slot, if it is @key's still. Two may try: its processor, which makes
 * room, and the one on which the access ends. Who exchanges the time has it; no two accesses
 * of a key have the same.
 */
static __always_inline bool take(struct pcsc_slot *slot, __u64 key,
				 struct pcsc_start *out)
{
	*out = slot->start;
	if (!out->ns || slot->key != key ||
	    __sync_val_compare_and_swap(&slot->start.ns, out->ns, 0) != out->ns)
		return false;
	*(volatile __u64 *)&slot->key = 0;
	return true;
}

static __noinline void make_room(struct pcsc_slot *slot, __u64 now)
{
	struct pcsc_start old;
	__u64 key = slot->key, since = slot->start.ns;

	/* Written last: a slot without it is being filled at this moment. */
	if (!key || !since || now - since < STALE_NS)
		return;
	if (take(slot, key, &old))
		keep_in_table(key, &old);
}

/* The end of what began on this stack before was not seen. False: somebody takes it. */
static __always_inline bool lose_own(struct pcsc_slot *slot)
{
	struct pcsc_start old = slot->start;

	if (!old.ns ||
	    __sync_val_compare_and_swap(&slot->start.ns, old.ns, 0) != old.ns)
		return false;
	lose_stale(&old);
	return true;
}

static __always_inline void begin(__u64 key, struct pcsc_start *start)
{
	__u32 zero = 0;
	struct pcsc_slot *slot = bpf_map_lookup_elem(&begun, &zero);
	__u64 before;

	if (!slot)
		return;
	before = __sync_val_compare_and_swap(&slot->key, 0, key);
	if (before && before != key) {
		make_room(slot, start->ns);
		keep_in_table(key, start);
		return;
	}
	if (before && !lose_own(slot)) {
		keep_in_table(key, start);
		return;
	}
	slot->start.domain = start->domain;
	slot->start.write_seq = start->write_seq;
	slot->start.reset_seq = start->reset_seq;
	barrier();
	slot->start.ns = start->ns;
}

static __always_inline bool is_stale(const struct pcsc_start *start, __u64 now)
{
	return !start->ns || (__s64)(now - start->ns) >= (__s64)STALE_NS;
}

/* A stack is used again, so of several that begin there the newest is under way. */
static __always_inline void keep_newest(struct pcsc_start *best,
					const struct pcsc_start *other)
{
	if (other->ns <= best->ns) {
		lose_stale(other);
		return;
	}
	if (best->ns)
		lose_stale(best);
	*best = *other;
}

struct search {
	__u64 key;
	struct pcsc_start best;
};

static long search_processor(__u32 cpu, void *data)
{
	struct search *s = data;
	__u32 zero = 0;
	struct pcsc_slot *slot = bpf_map_lookup_percpu_elem(&begun, &zero, cpu);
	struct pcsc_start there;

	if (!slot)
		return 1; /* there are no more */
	if (slot->key == s->key && take(slot, s->key, &there))
		keep_newest(&s->best, &there);
	return 0;
}

#define MOST_PROCESSORS 8192

/* Nested or preempted, or moved to another processor in between. */
static __noinline void find_begun(__u64 key, __u64 now, struct pcsc_start *best)
{
	struct pcsc_start *kept = bpf_map_lookup_elem(&inflight, &key);
	struct search s = { .key = key, .best = *best };

	if (kept) {
		keep_newest(&s.best, kept);
		bpf_map_delete_elem(&inflight, &key);
	}
	if (is_stale(&s.best, now))
		bpf_loop(MOST_PROCESSORS, search_processor, &s, 0);
	*best = s.best;
}

/* When the access began that ends now; false: nobody saw it. */
static __always_inline bool end(__u64 key, __u64 now, struct pcsc_start *out)
{
	__u32 zero = 0;
	struct pcsc_slot *slot = bpf_map_lookup_elem(&begun, &zero);

	__builtin_memset(out, 0, sizeof(*out));
	if (slot && slot->key == key && !take(slot, key, out))
		out->ns = 0;
	if (is_stale(out, now))
		find_begun(key, now, out);
	return out->ns;
}

#endif
