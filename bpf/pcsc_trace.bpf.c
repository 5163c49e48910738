// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts, times and compares every access to configuration space, in the
 * kernel. No policy: what a count means is for user space to say.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "pcsc_events.h"

/*
 * Sizes of the tables that grow with the host are set by user space. Those do
 * not preallocate: a host has millions of registers and reads few of them.
 */
#define TABLE(name, key_type, value_type, entries, flags) \
	struct {                                          \
		__uint(type, BPF_MAP_TYPE_HASH);          \
		__uint(max_entries, entries);             \
		__uint(map_flags, flags);                 \
		__type(key, key_type);                    \
		__type(value, value_type);                \
	} name SEC(".maps")

TABLE(inflight, __u64, struct pcsc_start, 16384, 0);
TABLE(registers, struct pcsc_reg_key, struct pcsc_reg_value, 262144,
      BPF_F_NO_PREALLOC);
TABLE(write_seqs, struct pcsc_dword_key, __u32, 262144, BPF_F_NO_PREALLOC);
TABLE(hists, struct pcsc_hist_key, struct pcsc_hist_value, 16384,
      BPF_F_NO_PREALLOC);
TABLE(functions, struct pcsc_fn_key, struct pcsc_fn_value, 16384,
      BPF_F_NO_PREALLOC);
TABLE(drivers, struct pcsc_driver_key, __u32, 16384, BPF_F_NO_PREALLOC);
TABLE(buses, struct pcsc_bus_key, struct pcsc_reset_state, 4096,
      BPF_F_NO_PREALLOC);

volatile __u64 counting_since; /* 0: not counting */
__u32 own_tgid;
__u32 reset_seq;

__u64 lost_map_full;
__u64 lost_inflight;
__u64 lost_own;

/* What new entries start as; too large for the stack in inlined code. */
static const struct pcsc_reg_value new_register;
static const struct pcsc_hist_value new_hist;
static const struct pcsc_fn_value new_function;
static const struct pcsc_reset_state new_bus;
static const __u32 new_write_seq;

#define EEXIST 17

struct access {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 offset;
	__u8 width;
	__u8 family;
	bool is_write;
};

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

/*
 * The kernel's own calls may come in an interrupt, and whom that interrupts has
 * nothing to do with them.
 */
static __always_inline bool is_own(const struct access *a)
{
	return a->family == PCSC_USER &&
	       bpf_get_current_pid_tgid() >> 32 == own_tgid;
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

/* ---- accesses ---- */

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

static __always_inline __u32 write_seq(const struct access *a)
{
	struct pcsc_dword_key key = dword_of(a);
	__u32 *seq = bpf_map_lookup_elem(&write_seqs, &key);

	return seq ? *seq : 0;
}

/*
 * Once when a write begins and once when it ends: a read that overlaps it may
 * return either value, and neither is a surprise.
 */
static __always_inline bool bump_write_seq(const struct access *a)
{
	struct pcsc_dword_key key = dword_of(a);
	__u32 *seq = find_or_add(&write_seqs, &key, &new_write_seq);

	if (seq)
		count(seq, 1);
	return seq;
}

/*
 * The kernel hands fentry and fexit of one call the same context, which lies
 * in that call's stack frame: its address is a key that neither nesting nor
 * preemption can make ambiguous.
 */
static __noinline void enter(void *ctx, const struct access *a)
{
	__u64 key = (__u64)ctx;
	struct pcsc_start start = {}, *stale;

	if (is_own(a) || a->offset >= PCSC_CFG_SIZE)
		return;
	if (a->is_write)
		bump_write_seq(a);
	start.write_seq = write_seq(a);
	start.reset_seq = reset_seq;

	start.ns = bpf_ktime_get_ns();
	if (bpf_map_update_elem(&inflight, &key, &start, BPF_NOEXIST) !=
	    -EEXIST)
		return;
	/* Of whoever had this stack before, the end was not seen. */
	stale = bpf_map_lookup_elem(&inflight, &key);
	if (stale && counting_since && stale->ns >= counting_since)
		count(&lost_inflight, 1);
	bpf_map_update_elem(&inflight, &key, &start, BPF_ANY);
}

/* How often the function was reset; true while one is under way. */
static __always_inline bool get_resets(const struct access *a,
				       __u32 counts[PCSC_RESETS])
{
	struct pcsc_fn_key fn_key = {
		.domain = a->domain,
		.bus = a->bus,
		.devfn = a->devfn,
	};
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
						bool same, bool straddles)
{
	__u32 now[PCSC_RESETS];
	bool busy = get_resets(a, now);

	if (busy || straddles) {
		if (!same)
			v->flags |= PCSC_REG_BROKEN;
		return;
	}
	for (int i = 0; i < PCSC_RESETS; i++) {
		if (now[i] == v->seen[i])
			continue;
		if (same && !(v->flags & PCSC_REG_BROKEN))
			v->survived[i]++;
		v->seen[i] = now[i];
	}
	v->flags &= ~PCSC_REG_BROKEN;
}

static __always_inline void first_value(struct pcsc_reg_value *v,
					const struct access *a, __u32 value)
{
	v->first = value;
	v->flags |= PCSC_REG_VALUED;
	/* Read in the midst of a reset, it is not a value from before it. */
	if (reset_seq && get_resets(a, v->seen))
		v->flags |= PCSC_REG_BROKEN;
}

static __always_inline void account_value(struct pcsc_reg_value *v,
					  const struct access *a, __u32 value,
					  const struct pcsc_start *start)
{
	__u32 ones = a->width == 4 ? ~0u : (1u << 8 * a->width) - 1;
	bool same = value == v->last;

	if (value == ones) {
		count(&v->all_ones, 1);
		return;
	}
	if (!(v->flags & PCSC_REG_VALUED)) {
		first_value(v, a, value);
	} else {
		if (!same) {
			count(&v->changes, 1);
			if (write_seq(a) == v->write_seq)
				count(&v->silent_changes, 1);
		}
		if (reset_seq)
			compare_over_resets(v, a, same,
					    start->reset_seq != reset_seq);
	}
	v->last = value;
	v->write_seq = start->write_seq;
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

static __always_inline bool account_hist(const struct access *a, __u64 ns)
{
	struct pcsc_hist_key key = {
		.domain = a->domain,
		.bus = a->bus,
		.devfn = a->devfn,
		.width = a->width,
		.is_write = a->is_write,
	};
	struct pcsc_hist_value *h = find_or_add(&hists, &key, &new_hist);
	__u32 slot;

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

static __always_inline bool account(const struct access *a, __u32 value,
				    int err, const struct pcsc_start *start,
				    __u64 ns)
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

	if (!v)
		return false;
	count(&v->latency_sum_ns, ns);
	raise(&v->latency_max_ns, ns);
	if (err) {
		count(&v->errors, 1);
	} else if (a->is_write) {
		count(&v->writes, 1);
	} else {
		count(&v->reads, 1);
		account_value(v, a, value, start);
	}
	return account_hist(a, ns);
}

static __noinline void leave(void *ctx, const struct access *a, __u32 value,
			     int err)
{
	__u64 now = bpf_ktime_get_ns(), key = (__u64)ctx;
	struct pcsc_start *found, start;
	bool room = true;

	/* Outside of configuration space there is no register to name. */
	if (a->offset >= PCSC_CFG_SIZE)
		return;
	if (is_own(a)) {
		if (counting_since)
			count(&lost_own, 1);
		return;
	}
	if (a->is_write)
		room = bump_write_seq(a);

	found = bpf_map_lookup_elem(&inflight, &key);
	if (found) {
		start = *found;
		bpf_map_delete_elem(&inflight, &key);
	}
	if (!counting_since)
		return;
	if (!found)
		count(&lost_inflight, 1);
	else if (!account(a, value, err, &start, now - start.ns) || !room)
		count(&lost_map_full, 1);
}

/* A negative or absurd offset stays absurd in 16 bits. */
#define ACCESS(_bus, _devfn, _pos, _width, _family, _write)                   \
	{                                                                     \
		.domain = domain_of(_bus), .bus = (_bus)->number,             \
		.devfn = (_devfn),                                            \
		.offset = (__u32)(_pos) < PCSC_CFG_SIZE ? (_pos) : 0xffff,    \
		.width = (_width), .family = (_family), .is_write = (_write), \
	}

#define READER(name, family, type, args, bus, devfn)                          \
	SEC("fentry/" #name)                                                  \
	int BPF_PROG(name##_in, UNPAREN args, int pos)                        \
	{                                                                     \
		struct access a =                                             \
			ACCESS(bus, devfn, pos, sizeof(type), family, false); \
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
		leave(ctx, &a, value, err);                                   \
		return 0;                                                     \
	}

#define WRITER(name, family, type, args, bus, devfn)                         \
	SEC("fentry/" #name)                                                 \
	int BPF_PROG(name##_in, UNPAREN args, int pos)                       \
	{                                                                    \
		struct access a =                                            \
			ACCESS(bus, devfn, pos, sizeof(type), family, true); \
		enter(ctx, &a);                                              \
		return 0;                                                    \
	}                                                                    \
	SEC("fexit/" #name)                                                  \
	int BPF_PROG(name##_out, UNPAREN args, int pos, type value, int err) \
	{                                                                    \
		struct access a =                                            \
			ACCESS(bus, devfn, pos, sizeof(type), family, true); \
		leave(ctx, &a, value, err);                                  \
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

/* ---- functions ---- */

static __always_inline struct pcsc_fn_key fn_key_of(struct pci_dev *dev)
{
	struct pcsc_fn_key key = {
		.domain = domain_of(dev->bus),
		.bus = dev->bus->number,
		.devfn = dev->devfn,
	};

	return key;
}

/* VFs may sit on a bus of their own, without a bridge, beside their PF's. */
static __always_inline bool on_root_bus(struct pci_dev *dev)
{
	struct pci_bus *bus = dev->bus;

	if (!bus->parent)
		return true;
	return !bus->self && !bus->parent->parent;
}

static __always_inline void identify(struct pcsc_fn_value *v,
				     struct pci_dev *dev)
{
	v->class_code = dev->class;
	v->vendor = dev->vendor;
	v->device = dev->device;
	v->subvendor = dev->subsystem_vendor;
	v->subdevice = dev->subsystem_device;
	v->cfg_size = dev->cfg_size;
	v->revision = dev->revision;
	v->header_type = dev->hdr_type & 0x7f;
	v->flags |= PCSC_FN_SEEN;
	if (BPF_CORE_READ_BITFIELD_PROBED(dev, is_virtfn))
		v->flags |= PCSC_FN_VF;
	if (BPF_CORE_READ_BITFIELD_PROBED(dev, is_physfn))
		v->flags |= PCSC_FN_PF;
	if (on_root_bus(dev))
		v->flags |= PCSC_FN_ROOT_BUS;
}

/*
 * Functions that come and go between two looks at sysfs. At the exit: quirks
 * that change an identity have run.
 */
SEC("fexit/pci_bus_add_device")
int BPF_PROG(function_added, struct pci_dev *dev)
{
	struct pcsc_fn_key key = fn_key_of(dev);
	struct pcsc_fn_value *v = find_or_add(&functions, &key, &new_function);

	if (!v)
		return 0;
	if (v->flags & PCSC_FN_SEEN &&
	    (v->vendor != dev->vendor || v->device != dev->device ||
	     v->subvendor != dev->subsystem_vendor ||
	     v->subdevice != dev->subsystem_device ||
	     v->class_code != dev->class || v->revision != dev->revision))
		v->flags |= PCSC_FN_REPLACED;
	identify(v, dev);
	return 0;
}

/* ---- drivers ---- */

/*
 * A driver that is bound at any time while we watch binds then, or unbinds, or
 * is still bound when sysfs is looked at in the end: no polling is needed.
 */
static __always_inline void note_driver(struct device *dev)
{
	/*
	 * The verifier lets nobody read through a pointer that was moved back,
	 * so everything is read by a helper.
	 */
	struct pci_dev *pdev =
		(void *)dev - bpf_core_field_offset(struct pci_dev, dev);
	struct pci_bus *bus = BPF_CORE_READ(pdev, bus);
	struct pcsc_driver_key key = {};
	__u32 one = 1;

	key.domain = read_domain(bus);
	key.bus = BPF_CORE_READ(bus, number);
	key.devfn = BPF_CORE_READ(pdev, devfn);
	bpf_probe_read_kernel_str(key.name, sizeof(key.name),
				  BPF_CORE_READ(dev, driver, name));
	bpf_map_update_elem(&drivers, &key, &one, BPF_ANY);
}

SEC("fexit/pci_device_probe")
int BPF_PROG(driver_bound, struct device *dev, int err)
{
	if (!err)
		note_driver(dev);
	return 0;
}

SEC("fentry/pci_device_remove")
int BPF_PROG(driver_unbound, struct device *dev)
{
	note_driver(dev);
	return 0;
}

/* ---- resets ---- */

static __always_inline void reset_begins(struct pcsc_reset_state *s)
{
	count(&s->begun, 1);
	count(&reset_seq, 1);
}

static __always_inline void reset_ends(struct pcsc_reset_state *s, int err)
{
	if (!err)
		count(&s->count, 1);
	count(&s->ended, 1);
	count(&reset_seq, 1);
}

static __always_inline void function_reset(struct pci_dev *dev, int kind,
					   bool begins, int err)
{
	struct pcsc_fn_key key = fn_key_of(dev);
	struct pcsc_fn_value *v = find_or_add(&functions, &key, &new_function);

	if (!v)
		return;
	if (begins)
		reset_begins(&v->resets[kind]);
	else
		reset_ends(&v->resets[kind], err);
}

SEC("fentry/pcie_flr")
int BPF_PROG(pcie_flr_in, struct pci_dev *dev)
{
	function_reset(dev, PCSC_RESET_FLR, true, 0);
	return 0;
}

SEC("fexit/pcie_flr")
int BPF_PROG(pcie_flr_out, struct pci_dev *dev, int err)
{
	function_reset(dev, PCSC_RESET_FLR, false, err);
	return 0;
}

SEC("fentry/pci_af_flr")
int BPF_PROG(pci_af_flr_in, struct pci_dev *dev, bool probe)
{
	if (!probe)
		function_reset(dev, PCSC_RESET_FLR, true, 0);
	return 0;
}

SEC("fexit/pci_af_flr")
int BPF_PROG(pci_af_flr_out, struct pci_dev *dev, bool probe, int err)
{
	if (!probe)
		function_reset(dev, PCSC_RESET_FLR, false, err);
	return 0;
}

SEC("fentry/pci_pm_reset")
int BPF_PROG(pci_pm_reset_in, struct pci_dev *dev, bool probe)
{
	if (!probe)
		function_reset(dev, PCSC_RESET_PM, true, 0);
	return 0;
}

SEC("fexit/pci_pm_reset")
int BPF_PROG(pci_pm_reset_out, struct pci_dev *dev, bool probe, int err)
{
	if (!probe)
		function_reset(dev, PCSC_RESET_PM, false, err);
	return 0;
}

struct bus_reset {
	struct pcsc_bus_key first;
	bool begins;
	int err;
};

static long reset_one_bus(__u32 i, void *data)
{
	struct bus_reset *r = data;
	struct pcsc_bus_key key = r->first;
	struct pcsc_reset_state *s;

	key.bus += i;
	s = find_or_add(&buses, &key, &new_bus);
	if (!s)
		return 0;
	if (r->begins)
		reset_begins(s);
	else
		reset_ends(s, r->err);
	return 0;
}

/* A reset goes down through every bridge below. */
static __always_inline void bus_reset(struct pci_dev *bridge, bool begins,
				      int err)
{
	struct pci_bus *bus = bridge->subordinate;
	struct bus_reset r = { .begins = begins, .err = err };
	__u64 last;

	if (!bus)
		return;
	r.first.domain = domain_of(bus);
	r.first.bus = bus->number;
	last = bus->busn_res.end & 0xff;
	if (last >= r.first.bus)
		bpf_loop(last - r.first.bus + 1, reset_one_bus, &r, 0);
}

SEC("fentry/pci_bridge_secondary_bus_reset")
int BPF_PROG(bus_reset_in, struct pci_dev *bridge)
{
	bus_reset(bridge, true, 0);
	return 0;
}

SEC("fexit/pci_bridge_secondary_bus_reset")
int BPF_PROG(bus_reset_out, struct pci_dev *bridge, int err)
{
	bus_reset(bridge, false, err);
	return 0;
}

/* ---- oneself ---- */

/* Run once by pcsc-trace: its tgid as the kernel sees it, namespaces or not. */
SEC("raw_tp")
int learn_self(void *ctx)
{
	own_tgid = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
