/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What callers wait for besides accesses: a device that wakes, a reset, a lock.
 * A wait in another one is kept, and is marked, since its time is the outer's.
 */
#ifndef PCSC_BPF_WAITS_H
#define PCSC_BPF_WAITS_H

#include "callers.bpf.h"
#include "stacks.bpf.h"

/* The waits in the order in which they ended; those behind the last are counted. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct pcsc_wait);
} waits SEC(".maps");

HASH_TABLE(thread_waits, __u32, struct pcsc_thread_waits, 16384);

/* Most mutexes have nothing to do with PCI: the oldest are forgotten. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, struct pcsc_lock_wait);
} lock_waits SEC(".maps");

__u32 last_wait; /* numbers given so far */
static __u64 waits_open; /* so that most accesses need not look */

static const struct pcsc_thread_waits no_waits;
static const struct pcsc_lock_wait no_lock_wait;

/* The current process's visit to @function, which begins at @begin_ns or before. */
static __noinline struct pcsc_visit *touch(const struct pcsc_fn_key *function,
					   __u64 begin_ns, __u64 now)
{
	struct pcsc_visit_key key = {
		.process = current_process(),
		.function = *function,
	};
	__u32 number = 0;
	bool fresh;
	struct pcsc_visit *v = visit_of(&key, begin_ns, &number, &fresh);

	if (!v)
		return NULL;
	note_pause(v, begin_ns);
	if ((__s64)(now - v->last_ns) > 0)
		v->last_ns = now;
	return v;
}

/* 1 + the index of its row, or 0 if there is no room. */
static __noinline __u32 keep_wait(const struct pcsc_open_wait *w, __u64 now,
				  __u32 nested, __s32 stack,
				  struct pcsc_visit *v)
{
	__u32 index = __sync_fetch_and_add(&last_wait, 1);
	struct pcsc_wait *row = bpf_map_lookup_elem(&waits, &index);
	__u32 caller = v ? v->caller : PCSC_CALLER_OTHERS;

	if (v && (__s64)(v->first_ns - w->begin_ns) > 0)
		v->first_ns = w->begin_ns;
	if (!row)
		return 0;
	row->ns = now - w->begin_ns;
	row->access_ns = w->access_ns;
	row->process = current_process();
	row->function = w->function;
	row->caller = attributes_open ? caller_of_attribute(caller) : caller;
	row->stack = stack;
	row->kind = w->kind;
	row->from = w->from;
	row->nested = nested;
	barrier();
	row->begin_ns = w->begin_ns;
	return index + 1;
}

/* ---- locks ---- */

/* lock:contention_begin's flag for a mutex: LCB_F_MUTEX (trace/events/lock.h) */
#define OF_MUTEX (1u << 5)

/* Shorter waits for a mutex are not kept. */
#define LOCK_NS 100000
/* A function that is touched later was not the reason for the lock. */
#define LOCK_AGE_NS 300000000ull

static __always_inline bool waits_already(__u32 thread)
{
	struct pcsc_thread_waits *t;

	if (!waits_open)
		return false;
	t = bpf_map_lookup_elem(&thread_waits, &thread);
	return t && t->depth;
}

SEC("tp_btf/contention_begin")
int BPF_PROG(lock_wait_begins, void *lock, unsigned int flags)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct pcsc_lock_wait *w;

	if (!(flags & OF_MUTEX) || !counting_since || waits_already(thread))
		return 0;
	w = find_or_add(&lock_waits, &thread, &no_lock_wait);
	/* It spins first, and then it sleeps. */
	if (!w || w->lock == (__u64)lock)
		return 0;
	w->since_ns = bpf_ktime_get_ns();
	w->lock = (__u64)lock;
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(lock_wait_ends, void *lock, int err)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct pcsc_lock_wait *w = bpf_map_lookup_elem(&lock_waits, &thread);
	__u64 now = bpf_ktime_get_ns(), ns;

	if (!w || w->lock != (__u64)lock)
		return 0;
	w->lock = 0;
	ns = now - w->since_ns;
	if (ns >= LOCK_NS &&
	    (ns > w->ns || now - w->begin_ns - w->ns > LOCK_AGE_NS)) {
		w->begin_ns = w->since_ns;
		w->ns = ns;
		w->stack = current_stack(ctx);
	} else if (!w->ns) {
		bpf_map_delete_elem(&lock_waits, &thread);
	}
	return 0;
}

/* The function that is touched next is why a lock was waited for, but is not wanted. */
static __always_inline void forget_lock_wait(void)
{
	__u32 thread = bpf_get_current_pid_tgid();

	bpf_map_delete_elem(&lock_waits, &thread);
}

/*
 * A lock was waited for because of the function that is touched next. How long; 0 if
 * there was no such wait.
 */
static __noinline __u64 take_lock_wait(const struct pcsc_fn_key *function,
				       struct pcsc_visit *v)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct pcsc_lock_wait *l = bpf_map_lookup_elem(&lock_waits, &thread);
	struct pcsc_open_wait w = { .kind = PCSC_WAIT_LOCK };
	__u64 end;
	__s32 stack;

	if (!l || !l->ns)
		return 0;
	w.begin_ns = l->begin_ns;
	w.function = *function;
	end = l->begin_ns + l->ns;
	stack = l->stack;
	bpf_map_delete_elem(&lock_waits, &thread);
	if (bpf_ktime_get_ns() - end >= LOCK_AGE_NS)
		return 0;
	keep_wait(&w, end, false, stack, v);
	return end - w.begin_ns;
}

/* ---- a wait ---- */

/* Nothing that is waited for takes so long: its end was missed. */
#define LONGEST_WAIT_NS 120000000000ull

VERIFIED_ONCE int wait_begins(const struct pcsc_fn_key *function, __u32 kind,
			      __u32 from)
{
	__u64 self = bpf_get_current_pid_tgid();
	__u32 thread = self;
	struct pcsc_thread_waits *t;
	struct pcsc_open_wait *w;
	__u64 now = bpf_ktime_get_ns(), locked;

	if (!function || !counting_since || self >> 32 == own_tgid ||
	    in_interrupt())
		return 0;
	if (!is_wanted(function)) {
		forget_lock_wait();
		return 0;
	}
	t = find_or_add(&thread_waits, &thread, &no_waits);
	if (!t)
		return 0;
	if (t->depth && now - t->open[0].begin_ns > LONGEST_WAIT_NS) {
		count(&waits_open, -t->depth);
		t->depth = 0;
	}
	if (!t->depth) {
		locked = take_lock_wait(function, touch(function, now, now));
		/* A lock that was waited for before is no part of it. */
		if (t->get_ns && locked <= now - t->get_ns)
			t->get_known_ns += locked;
	}
	if (t->depth >= PCSC_WAIT_DEPTH)
		return 0;
	w = &t->open[t->depth];
	w->function = *function;
	w->kind = kind;
	w->from = from;
	w->access_ns = 0;
	w->begin_ns = now;
	t->depth++;
	count(&waits_open, 1);
	return 0;
}

static __always_inline bool is_same_function(const struct pcsc_fn_key *a,
					     const struct pcsc_fn_key *b)
{
	return a->domain == b->domain && a->bus == b->bus &&
	       a->devfn == b->devfn;
}

/*
 * The innermost wait of this kind for this function; what is in it has ended with it.
 * One for another function may not have been wanted, and has no beginning here.
 */
static __always_inline bool pop_wait(struct pcsc_thread_waits *t,
				     const struct pcsc_fn_key *function,
				     __u32 kind, struct pcsc_open_wait *out)
{
	__u64 before = t->depth;

	for (int i = PCSC_WAIT_DEPTH - 1; i >= 0; i--) {
		if (i >= before || t->open[i].kind != kind ||
		    !is_same_function(&t->open[i].function, function))
			continue;
		*out = t->open[i];
		t->depth = i;
		count(&waits_open, i - before);
		return true;
	}
	return false;
}

static __always_inline void drop_if_idle(const struct pcsc_thread_waits *t,
					 __u32 thread)
{
	if (!t->depth && !t->get_ns)
		bpf_map_delete_elem(&thread_waits, &thread);
}

VERIFIED_ONCE int wait_ends(const struct pcsc_fn_key *function, __u32 kind,
			    __u32 nested)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 thread = bpf_get_current_pid_tgid(), row;
	struct pcsc_thread_waits *t;
	struct pcsc_open_wait w;

	t = bpf_map_lookup_elem(&thread_waits, &thread);
	if (!function || !t || !pop_wait(t, function, kind, &w))
		return 0;
	if (counting_since && w.begin_ns >= counting_since) {
		nested |= !!t->depth;
		row = keep_wait(&w, now, nested, -1,
				touch(&w.function, w.begin_ns, now));
		if (t->get_ns && !nested) {
			t->get_known_ns += now - w.begin_ns;
			t->get_row = row;
		}
	}
	drop_if_idle(t, thread);
	return 0;
}

/* An access that is made in a wait is no wait of its own. Was it in one? */
static __noinline bool access_in_wait(__u64 ns)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct pcsc_thread_waits *t =
		bpf_map_lookup_elem(&thread_waits, &thread);

	for (int i = 0; t && i < PCSC_WAIT_DEPTH; i++)
		if (i < t->depth)
			t->open[i].access_ns += ns;
	return t && t->depth;
}

/* ---- devices that wake ---- */

static __always_inline struct pcsc_fn_key read_fn_key(struct pci_dev *dev)
{
	struct pci_bus *bus = BPF_CORE_READ(dev, bus);
	struct pcsc_fn_key key = {
		.domain = read_domain(bus),
		.bus = BPF_CORE_READ(bus, number),
		.devfn = BPF_CORE_READ(dev, devfn),
	};

	return key;
}

/* As pci_power_t counts. */
#define PCI_D1 1
#define PCI_D3COLD 4

/* A function that no driver has is in PCI_UNKNOWN, which is behind these: it is awake. */
static __always_inline bool is_asleep(struct pci_dev *dev)
{
	int state = BPF_CORE_READ(dev, current_state);

	return state >= PCI_D1 && state <= PCI_D3COLD;
}

/* How many of the function and the bridge above it are asleep */
static __always_inline __u32 count_asleep(struct pci_dev *dev)
{
	struct pci_dev *bridge = BPF_CORE_READ(dev, bus, self);

	return is_asleep(dev) + (bridge && is_asleep(bridge));
}

/*
 * What a file of sysfs or procfs does before it looks at a register. If something
 * is resumed in it, all of its time is the resume's: runtime PM's own part is long.
 */
SEC("fentry/pci_config_pm_runtime_get")
int BPF_PROG(config_get_in, struct pci_dev *dev)
{
	__u64 self = bpf_get_current_pid_tgid();
	__u32 thread = self;
	struct pcsc_thread_waits *t;
	struct pcsc_fn_key key;
	__u32 asleep;

	if (!counting_since || self >> 32 == own_tgid)
		return 0;
	asleep = count_asleep(dev);
	if (!asleep)
		return 0;
	key = read_fn_key(dev);
	if (!is_wanted(&key))
		return 0;
	t = find_or_add(&thread_waits, &thread, &no_waits);
	if (!t || t->depth)
		return 0;
	t->get_known_ns = 0;
	t->get_row = 0;
	t->get_function = key;
	if (is_asleep(dev))
		t->get_from = BPF_CORE_READ(dev, current_state);
	else
		t->get_from = BPF_CORE_READ(dev, bus, self, current_state);
	t->get_asleep = asleep;
	t->get_ns = bpf_ktime_get_ns();
	return 0;
}

/*
 * Somebody else may have resumed it, while this thread waited for that. A thread that
 * only lost the processor for so long has waited for nobody: what slept sleeps on.
 */
#define LONG_GET_NS 1000000

static __noinline void get_ends(struct pcsc_thread_waits *t, bool woken)
{
	__u64 now = bpf_ktime_get_ns(), ns = now - t->get_ns, rest;
	struct pcsc_open_wait w = {
		.begin_ns = t->get_ns,
		.function = t->get_function,
		.kind = PCSC_WAIT_RESUME,
		.from = t->get_from,
	};
	__u32 index = t->get_row - 1;
	struct pcsc_wait *row = bpf_map_lookup_elem(&waits, &index);

	if (ns > LONGEST_WAIT_NS || t->get_known_ns > ns)
		return;
	rest = ns - t->get_known_ns;
	if (row)
		row->ns += rest;
	else if (woken && !t->get_row && rest >= LONG_GET_NS)
		keep_wait(&w, now, false, -1, touch(&w.function, now, now));
}

SEC("fexit/pci_config_pm_runtime_get")
int BPF_PROG(config_get_out, struct pci_dev *dev)
{
	__u32 thread = bpf_get_current_pid_tgid();
	struct pcsc_thread_waits *t;

	t = bpf_map_lookup_elem(&thread_waits, &thread);
	if (!t || !t->get_ns)
		return 0;
	get_ends(t, count_asleep(dev) < t->get_asleep);
	t->get_ns = 0;
	drop_if_idle(t, thread);
	return 0;
}

static __always_inline struct pci_dev *pci_dev_of(struct device *dev)
{
	return (void *)dev - bpf_core_field_offset(struct pci_dev, dev);
}

SEC("fentry/pci_pm_runtime_resume")
int BPF_PROG(resume_in, struct device *dev)
{
	struct pci_dev *pdev = pci_dev_of(dev);
	struct pcsc_fn_key key = read_fn_key(pdev);

	wait_begins(&key, PCSC_WAIT_RESUME, BPF_CORE_READ(pdev, current_state));
	return 0;
}

SEC("fexit/pci_pm_runtime_resume")
int BPF_PROG(resume_out, struct device *dev)
{
	struct pcsc_fn_key key;

	if (!waits_open)
		return 0;
	key = read_fn_key(pci_dev_of(dev));
	wait_ends(&key, PCSC_WAIT_RESUME, false);
	return 0;
}

/* ---- devices that a reset has ---- */

SEC("fentry/pci_wait_cfg")
int BPF_PROG(blocked_in, struct pci_dev *dev)
{
	struct pcsc_fn_key key = read_fn_key(dev);

	wait_begins(&key, PCSC_WAIT_BLOCKED, 0);
	return 0;
}

/* The caller is in an access already, or on its way to a reset. */
SEC("fexit/pci_wait_cfg")
int BPF_PROG(blocked_out, struct pci_dev *dev)
{
	struct pcsc_fn_key key;

	if (!waits_open)
		return 0;
	key = read_fn_key(dev);
	wait_ends(&key, PCSC_WAIT_BLOCKED, true);
	return 0;
}

#endif
