/* SPDX-License-Identifier: GPL-2.0-only */
/* An access, from its beginning to its end, when it is counted with all that belongs to it. */
#ifndef PCSC_BPF_ACCESSES_H
#define PCSC_BPF_ACCESSES_H

#include "begun.bpf.h"
#include "events.bpf.h"
#include "functions.bpf.h"
#include "stacks.bpf.h"
#include "values.bpf.h"
#include "waits.bpf.h"

/* What new entries start as; too large for the stack in inlined code. */
static const struct pcsc_reg_value new_register;
static const struct pcsc_use_value new_use;

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
	bool fresh, in_wait;
	__u64 ns;

	if (!r || !a || !span || in_interrupt())
		return PCSC_CALLER_INTERRUPT;
	key = visit_key(a->domain, a->bus, a->devfn);
	ns = span->end_ns - span->begin_ns;
	number = r->visit;
	v = visit_of(&key, span->begin_ns, &number, &fresh);
	if (number != r->visit)
		r->visit = number;
	in_wait = waits_open && access_in_wait(ns);
	if (!in_wait && fresh)
		take_lock_wait(&key.function, v);
	if (v) {
		/* The kernel may ask a device that is being reset once in two seconds. */
		if (!in_wait)
			note_pause(v, span->begin_ns);
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

static __noinline void enter(__u64 key, const struct access *a)
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
	begin(key, &start);
}

static __noinline void leave(void *ctx, __u64 key, struct access *a,
			     struct pci_bus *bus)
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
	found = end(key, now, &start);
	a->domain = found ? start.domain : read_domain(bus);
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
#define OFFSET(_pos) ((__u32)(_pos) < PCSC_CONFIG_BYTES ? (_pos) : 0xffff)

#endif
