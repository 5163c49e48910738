// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts, times and compares every access to configuration space, in the
 * kernel. No policy: what a count means is for user space to say.
 */
#include "maps.bpf.h"

#include "attributes.bpf.h"
#include "begun.bpf.h"
#include "callers.bpf.h"
#include "events.bpf.h"
#include "functions.bpf.h"
#include "resets.bpf.h"
#include "stacks.bpf.h"
#include "waits.bpf.h"

/* What new entries start as; too large for the stack in inlined code. */
static const struct pcsc_reg_value new_register;
static const struct pcsc_use_value new_use;
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

/* ---- counts ---- */

/* All registers of a function that are as wide share one histogram. */
static __noinline __u32 new_hist(__u32 *place, const struct access *a)
{
	struct pcsc_hist_key key = {
		.domain = a->domain,
		.bus = a->bus,
		.devfn = a->devfn,
		.width = a->width,
		.is_write = a->is_write,
	};
	__u32 *number = find_or_add(&hist_numbers, &key, &no_number);

	if (number)
		*place = number_of(number, &last_hist);
	return *place;
}

VERIFIED_ONCE int account_hist(__u32 *place, const struct access *a, __u64 ns)
{
	struct pcsc_hist_value *h;
	__u32 index, slot;

	if (!place || !a)
		return false;
	index = (*place ?: new_hist(place, a)) - 1;
	h = bpf_map_lookup_elem(&hists, &index);
	if (!h)
		return false;
	count(&h->count, 1);
	count(&h->sum_ns, ns);
	raise(&h->max_ns, ns);
	slot = pcsc_slot_of(ns);
	if (slot < PCSC_SLOTS) /* always, but the verifier cannot know */
		count(&h->slots[slot], 1);
	return true;
}

/* ---- callers ---- */

struct span {
	__u64 begin_ns;
	__u64 end_ns;
};

/* The number of this access's caller, whose visit to the function it belongs to. */
VERIFIED_ONCE int account_visit(struct pcsc_reg_value *r,
				const struct access *a, const struct span *span)
{
	struct pcsc_visit_key key;
	struct pcsc_visit *v;
	__u32 number, caller;
	bool fresh;
	__u64 ns;

	if (!r || !a || !span || in_interrupt())
		return PCSC_CALLER_INTERRUPT;
	key = visit_key(a->domain, a->bus, a->devfn);
	ns = span->end_ns - span->begin_ns;
	number = r->visit;
	v = visit_of(&key, span->begin_ns, &number, &fresh);
	if (number != r->visit)
		r->visit = number;
	if (!(waits_open && access_in_wait(ns)) && fresh)
		take_lock_wait(&key.function, v);
	if (v) {
		v->last_ns = span->end_ns;
		add_use(&v->use, a->is_write, a->failed, ns);
		caller = v->caller;
	} else {
		caller = nameless_caller();
	}
	return attributes_open ? caller_of_attribute(caller) : caller;
}

static __noinline void account_slow(void *ctx, const struct access *a,
				    __u32 caller, const struct span *span)
{
	struct pcsc_slow_access slow = {
		.end_ns = span->end_ns,
		.ns = span->end_ns - span->begin_ns,
		.function = function_of(a),
		.caller = caller,
		.offset = a->offset,
		.width = a->width,
		.family = a->family,
		.is_write = a->is_write,
	};

	if (caller != PCSC_CALLER_INTERRUPT)
		slow.process = current_process();
	keep_slow(ctx, &slow);
}

static __noinline void account_event(const struct access *a, __u32 caller,
				     const struct span *span)
{
	struct pcsc_access_event e = {
		.begin_ns = span->begin_ns,
		.ns = span->end_ns - span->begin_ns,
		.function = function_of(a),
		.caller = caller,
		.value = a->value,
		.offset = a->offset,
		.width = a->width,
	};

	if (caller != PCSC_CALLER_INTERRUPT)
		e.pid = bpf_get_current_pid_tgid() >> 32;
	if (a->is_write)
		e.flags |= PCSC_EVENT_WRITE;
	if (a->family == PCSC_USER)
		e.flags |= PCSC_EVENT_USER;
	if (a->failed)
		e.flags |= PCSC_EVENT_FAILED;
	send_event(&e);
}

static __noinline void account_path(void *ctx, const struct access *a,
				    __u32 caller)
{
	struct pcsc_path_key key = {
		.caller = caller,
		.offset = a->offset,
		.width = a->width,
		.family = a->family,
		.is_write = a->is_write,
	};

	learn_path(ctx, &key);
}

/*
 * Most registers are used by one caller. The first caller's part is what the
 * others leave of the register's own counts, so only the others need a row.
 */
static __always_inline bool account_use(void *ctx, struct pcsc_reg_value *v,
					const struct access *a, __u64 now,
					__u64 ns)
{
	const struct span span = { now - ns, now };
	__u32 caller = account_visit(v, a, &span);
	__u32 first =
		v->caller ?: __sync_val_compare_and_swap(&v->caller, 0, caller);
	struct pcsc_use_key key = { .caller = caller };
	struct pcsc_use_value *use;

	if (wanted.flags & PCSC_WANTED_EVENTS)
		account_event(a, caller, &span);
	if (ns > slow_floor)
		account_slow(ctx, a, caller, &span);
	if (!first || first == caller) {
		if (!(a->is_write ? v->write_ns : v->read_ns))
			account_path(ctx, a, caller);
		return true;
	}
	key.reg = number_of(&v->number, &last_register);
	use = find_or_add(&uses, &key, &new_use);
	if (!use)
		return false;
	if (!(a->is_write ? use->write_ns : use->read_ns))
		account_path(ctx, a, caller);
	add_use(use, a->is_write, a->failed, ns);
	return true;
}

static __always_inline bool account_latency(struct pcsc_reg_value *v,
					    const struct access *a, __u64 ns)
{
	if (a->is_write) {
		count(&v->write_ns, ns);
		raise(&v->write_max_ns, ns);
		return account_hist(&v->write_hist, a, ns);
	}
	count(&v->read_ns, ns);
	raise(&v->read_max_ns, ns);
	return account_hist(&v->read_hist, a, ns);
}

static __noinline void first_access(const struct access *a, struct pci_bus *bus)
{
	struct pcsc_fn_key key = function_of(a);

	look_for_capabilities(&key, bus);
}

static __always_inline bool account(void *ctx, const struct access *a,
				    const struct pcsc_start *start, __u64 now,
				    struct pci_bus *bus)
{
	struct pcsc_reg_key key = {
		.domain = a->domain,
		.bus = a->bus,
		.devfn = a->devfn,
		.offset = a->offset,
		.width = a->width,
		.family = a->family,
	};
	struct pcsc_reg_value *v = find_or_add(&registers, &key, &new_register);
	__u64 ns = now - start->ns;
	bool room;

	if (!v)
		return false;
	if (!v->caller)
		first_access(a, bus);
	if (a->failed) {
		count(&v->errors, 1);
	} else if (a->is_write) {
		count(&v->writes, 1);
		account_written(v, a->value);
	} else {
		count(&v->reads, 1);
		account_value(v, a, a->value, start);
	}
	room = account_use(ctx, v, a, now, ns);
	return account_latency(v, a, ns) && room;
}

/* ---- accesses ---- */

static __noinline void enter(void *ctx, const struct access *a)
{
	struct pcsc_start start = {
		.reset_seq = reset_seq,
		.domain = a->domain,
	};

	if (is_own(a) || a->offset >= PCSC_CONFIG_BYTES)
		return;
	if (a->is_write)
		bump_write_seq(a);
	start.write_seq = write_seq(a);
	start.ns = bpf_ktime_get_ns();
	begin((__u64)ctx, &start);
}

static __noinline void leave(void *ctx, struct access *a, struct pci_bus *bus,
			     __u32 value, int err)
{
	__u64 now = bpf_ktime_get_ns();
	struct pcsc_start start;
	struct pcsc_fn_key function;
	bool found, room = true;

	/* Outside of configuration space there is no register to name. */
	if (a->offset >= PCSC_CONFIG_BYTES)
		return;
	if (is_own(a)) {
		if (counting_since)
			count(&lost_own, 1);
		return;
	}
	found = end((__u64)ctx, now, &start);
	a->domain = found ? start.domain : domain_of(bus);
	a->value = value;
	a->failed = err;
	if (a->is_write)
		room = bump_write_seq(a);
	function = function_of(a);
	if (!counting_since)
		return;
	if (!is_wanted(&function)) {
		forget_lock_wait();
		return;
	}
	if (!found)
		count(&lost_inflight, 1);
	else if (!account(ctx, a, &start, now, bus) || !room)
		count(&lost_map_full, 1);
}

/* A negative or absurd offset stays absurd in 16 bits. */
#define ACCESS(_bus, _devfn, _pos, _width, _family, _write)                    \
	{                                                                      \
		.bus = (_bus)->number, .devfn = (_devfn),                      \
		.offset = (__u32)(_pos) < PCSC_CONFIG_BYTES ? (_pos) : 0xffff, \
		.width = (_width), .family = (_family), .is_write = (_write),  \
	}

#define READER(name, family, type, args, bus, devfn)                          \
	SEC("fentry/" #name)                                                  \
	int BPF_PROG(name##_in, UNPAREN args, int pos)                        \
	{                                                                     \
		struct access a =                                             \
			ACCESS(bus, devfn, pos, sizeof(type), family, false); \
		a.domain = domain_of(bus);                                    \
		enter(ctx, &a);                                               \
		return 0;                                                     \
	}                                                                     \
	SEC("fexit/" #name)                                                   \
	int BPF_PROG(name##_out, UNPAREN args, int pos, type *p, int err)     \
	{                                                                     \
		struct access a =                                             \
			ACCESS(bus, devfn, pos, sizeof(type), family, false); \
		type value = 0;                                               \
		bpf_probe_read_kernel(&value, sizeof(value), p);              \
		leave(ctx, &a, bus, value, err);                              \
		return 0;                                                     \
	}

#define WRITER(name, family, type, args, bus, devfn)                         \
	SEC("fentry/" #name)                                                 \
	int BPF_PROG(name##_in, UNPAREN args, int pos)                       \
	{                                                                    \
		struct access a =                                            \
			ACCESS(bus, devfn, pos, sizeof(type), family, true); \
		a.domain = domain_of(bus);                                   \
		enter(ctx, &a);                                              \
		return 0;                                                    \
	}                                                                    \
	SEC("fexit/" #name)                                                  \
	int BPF_PROG(name##_out, UNPAREN args, int pos, type value, int err) \
	{                                                                    \
		struct access a =                                            \
			ACCESS(bus, devfn, pos, sizeof(type), family, true); \
		leave(ctx, &a, bus, value, err);                             \
		return 0;                                                    \
	}

#define UNPAREN(...) __VA_ARGS__
#define BUS_ARGS (struct pci_bus * bus, unsigned int devfn)
#define USER_ARGS (struct pci_dev * dev)

#define WIDTH(size, type)                                                  \
	READER(pci_bus_read_config_##size, PCSC_BUS, type, BUS_ARGS, bus,  \
	       devfn)                                                      \
	WRITER(pci_bus_write_config_##size, PCSC_BUS, type, BUS_ARGS, bus, \
	       devfn)                                                      \
	READER(pci_user_read_config_##size, PCSC_USER, type, USER_ARGS,    \
	       dev->bus, dev->devfn)                                       \
	WRITER(pci_user_write_config_##size, PCSC_USER, type, USER_ARGS,   \
	       dev->bus, dev->devfn)

WIDTH(byte, u8)
WIDTH(word, u16)
WIDTH(dword, u32)

/* ---- oneself ---- */

/* Run once by pcsc-trace: its tgid as the kernel sees it, namespaces or not. */
SEC("raw_tp")
int learn_self(void *ctx)
{
	own_tgid = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

/* ---- names of addresses ---- */

__u64 symbol_address;
char symbol_name[64];

/* Run by pcsc-trace when it has stopped: "vfio_df_open [vfio]". */
SEC("raw_tp")
int name_symbol(void *ctx)
{
	BPF_SNPRINTF(symbol_name, sizeof(symbol_name), "%ps", symbol_address);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
