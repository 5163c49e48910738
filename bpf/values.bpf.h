/* SPDX-License-Identifier: GPL-2.0-only */
/* What an access was, and what becomes of the values that registers have. */
#ifndef PCSC_BPF_VALUES_H
#define PCSC_BPF_VALUES_H

#include "maps.bpf.h"

static const __u32 new_write_seq;

struct access {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 offset;
	__u8 width;
	__u8 family;
	bool is_write;
	bool failed; /* from here on: known at its end */
	__u32 value;
};

/*
 * The kernel's own calls may come in an interrupt, and whom that interrupts has
 * nothing to do with them.
 */
static __always_inline bool is_own(const struct access *a)
{
	return a->family == PCSC_USER &&
	       bpf_get_current_pid_tgid() >> 32 == own_tgid;
}

static __always_inline struct pcsc_fn_key function_of(const struct access *a)
{
	struct pcsc_fn_key key = {
		.domain = a->domain,
		.bus = a->bus,
		.devfn = a->devfn,
	};

	return key;
}

/* ---- writes ---- */

static __always_inline struct pcsc_dword_key dword_of(const struct access *a)
{
	struct pcsc_dword_key key = {
		.domain = a->domain,
		.bus = a->bus,
		.devfn = a->devfn,
		.dword = a->offset & ~3,
	};

	return key;
}

/*
 * A bit for each dword that was ever written, several dwords to a bit: most are
 * not, and then nothing has to be looked up.
 */
#define WRITTEN_BITS 20
static __u64 written_bits[1 << (WRITTEN_BITS - 6)];

static __always_inline __u32 bit_of(const struct access *a)
{
	__u32 function = a->domain << 16 | a->bus << 8 | a->devfn;

	return (function * 0x9e3779b1u ^ (a->offset >> 2) * 0x85ebca6bu) >>
	       (32 - WRITTEN_BITS);
}

static __always_inline __u32 write_seq(const struct access *a)
{
	struct pcsc_dword_key key;
	__u32 bit = bit_of(a), *seq;

	if (!(written_bits[bit / 64] & 1ull << (bit & 63)))
		return 0;
	key = dword_of(a);
	seq = bpf_map_lookup_elem(&write_seqs, &key);
	return seq ? *seq : 0;
}

/*
 * Once when a write begins and once when it ends: a read that overlaps it may
 * return either value, and neither is a surprise.
 */
VERIFIED_ONCE int bump_write_seq(const struct access *a)
{
	struct pcsc_dword_key key;
	__u32 *seq, bit;

	if (!a)
		return false;
	key = dword_of(a);
	seq = find_or_add(&write_seqs, &key, &new_write_seq);
	bit = bit_of(a);
	if (!seq)
		return false;
	count(seq, 1);
	(void)__sync_fetch_and_or(&written_bits[bit / 64], 1ull << (bit & 63));
	return true;
}

/* Which values are written, the first four of them. */
static __always_inline void account_written(struct pcsc_reg_value *v,
					    __u32 value)
{
	__u64 mine = value | PCSC_VALUED;

	for (int i = 0; i < PCSC_WRITTEN_VALUES; i++) {
		__u64 there = v->written[i];

		if (!there)
			there = __sync_val_compare_and_swap(&v->written[i], 0,
							    mine);
		if (!there || there == mine)
			return;
	}
	v->more_written = 1;
}

/* ---- values ---- */

/* How often the function was reset; true while one is under way. */
static __always_inline bool get_resets(const struct access *a,
				       __u32 counts[PCSC_RESETS])
{
	struct pcsc_fn_key fn_key = function_of(a);
	struct pcsc_bus_key bus_key = { .domain = a->domain, .bus = a->bus };
	struct pcsc_fn_value *fn = bpf_map_lookup_elem(&functions, &fn_key);
	struct pcsc_reset_state *bus = bpf_map_lookup_elem(&buses, &bus_key);
	bool busy = false;

	for (int i = 0; i < PCSC_RESETS; i++) {
		struct pcsc_reset_state *s;

		s = i == PCSC_RESET_BUS ? bus : fn ? &fn->resets[i] : NULL;
		counts[i] = s ? s->count : 0;
		busy |= s && s->begun != s->ended;
	}
	return busy;
}

/* A register survived a reset if its first settled read after it says so. */
static __always_inline void compare_over_resets(struct pcsc_reg_value *v,
						const struct access *a,
						bool same,
						const struct pcsc_start *start)
{
	bool straddles = start->reset_seq != reset_seq;
	__u32 now[PCSC_RESETS];
	bool busy = get_resets(a, now);

	if (busy || straddles) {
		if (!same)
			v->flags |= PCSC_REG_BROKEN;
		return;
	}
	for (int i = 0; i < PCSC_RESETS; i++) {
		__u32 seen = v->seen[i];

		if (now[i] == seen)
			continue;
		/* Of two readers at once, one has seen it. */
		if (__sync_val_compare_and_swap(&v->seen[i], seen, now[i]) ==
			    seen &&
		    same && !(v->flags & PCSC_REG_BROKEN))
			count(&v->survived[i], 1);
	}
	v->flags &= ~PCSC_REG_BROKEN;
	/* As it was before the resets were looked at: one that came since is new. */
	v->reset_seq = start->reset_seq;
}

/* Nothing was reset since this register's last read, and it has that value. */
static __always_inline bool nothing_to_compare(const struct pcsc_reg_value *v,
					       bool same,
					       const struct pcsc_start *start)
{
	return same && v->reset_seq == reset_seq &&
	       start->reset_seq == reset_seq;
}

/* Last of all the value itself, so that nobody compares with what is not there yet. */
static __noinline void first_value(struct pcsc_reg_value *v,
				   const struct access *a, __u64 value,
				   const struct pcsc_start *start)
{
	__u32 seq = reset_seq;

	/* Read in the midst of a reset, it is not a value from before it. */
	if (seq && get_resets(a, v->seen))
		v->flags |= PCSC_REG_BROKEN;
	v->reset_seq = seq;
	v->write_seq = start->write_seq;
	(void)__sync_lock_test_and_set(&v->last, value);
}

/* The first reader is not done yet; a value that differs from its own is a change. */
static __always_inline void beside_first(struct pcsc_reg_value *v,
					 const struct access *a, bool same,
					 const struct pcsc_start *start)
{
	if (same)
		return;
	count(&v->changes, 1);
	if (write_seq(a) == start->write_seq)
		count(&v->silent_changes, 1);
}

static __always_inline void next_value(struct pcsc_reg_value *v,
				       const struct access *a, __u64 value,
				       const struct pcsc_start *start)
{
	bool same = value == v->last;

	if (!same) {
		count(&v->changes, 1);
		if (write_seq(a) == v->write_seq)
			count(&v->silent_changes, 1);
	}
	if (!nothing_to_compare(v, same, start))
		compare_over_resets(v, a, same, start);
	v->last = value;
	v->write_seq = start->write_seq;
}

VERIFIED_ONCE int account_value(struct pcsc_reg_value *v,
				const struct access *a, __u32 value,
				const struct pcsc_start *start)
{
	__u64 mine = value | PCSC_VALUED, first;

	if (!v || !a || !start)
		return 0;
	if (value == (a->width == 4 ? ~0u : (1u << 8 * a->width) - 1)) {
		count(&v->all_ones, 1);
		return 0;
	}
	first = v->first;
	if (!first)
		first = __sync_val_compare_and_swap(&v->first, 0, mine);
	if (!first)
		first_value(v, a, mine, start);
	else if (!v->last)
		beside_first(v, a, mine == first, start);
	else
		next_value(v, a, mine, start);
	return 0;
}

#endif
