/* SPDX-License-Identifier: GPL-2.0-only */
/* Accessors that are watched by kprobes, where there is no fentry. */
#ifndef PCSC_BPF_PROBES_H
#define PCSC_BPF_PROBES_H

#include "accesses.bpf.h"

/* What an accessor was called with: at its end that is gone. */
struct call {
	struct access access;
	__u64 bus;
	__u64 last; /* the value that is written, or where one is read to */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct call);
} calls SEC(".maps");

/* A function's end has popped its return address, where that was on the stack. */
#if defined(__TARGET_ARCH_x86)
#define POPPED 8
#else
#define POPPED 0
#endif

/* What user space attached the program to: PCSC_ACCESSOR_WIDTH and its neighbours. */
static __always_inline struct access accessor_of(void *ctx)
{
	const __u64 cookie = bpf_get_attach_cookie(ctx);
	struct access a = {
		.width = cookie & PCSC_ACCESSOR_WIDTH,
		.family = cookie & PCSC_ACCESSOR_USER ? PCSC_USER : PCSC_BUS,
		.is_write = cookie & PCSC_ACCESSOR_WRITE,
	};

	return a;
}

#define ARGUMENTS 4

/* Here, or the compiler makes one load of several, whose place no verifier takes. */
static __always_inline void read_arguments(struct pt_regs *ctx,
					   __u64 args[ARGUMENTS])
{
	args[0] = PT_REGS_PARM1(ctx);
	args[1] = PT_REGS_PARM2(ctx);
	args[2] = PT_REGS_PARM3(ctx);
	args[3] = PT_REGS_PARM4(ctx);
	for (int i = 0; i < ARGUMENTS; i++)
		barrier_var(args[i]);
}

static __always_inline void set_call(struct call *c, struct pci_bus *bus,
				     __u32 devfn, __u32 pos, __u64 last)
{
	c->access.domain = read_domain(bus);
	c->access.bus = BPF_CORE_READ(bus, number);
	c->access.devfn = devfn;
	c->access.offset = OFFSET(pos);
	c->bus = (__u64)bus;
	c->last = last;
}

/* The stack pointer tells accesses from each other as the context of fentry does. */
SEC("kprobe")
int accessor_entered(struct pt_regs *ctx)
{
	struct call c = { .access = accessor_of(ctx) };
	struct access a;
	__u64 key = PT_REGS_SP(ctx), args[ARGUMENTS];
	struct pci_dev *dev;

	read_arguments(ctx, args);
	dev = (struct pci_dev *)args[0];
	if (c.access.family == PCSC_USER)
		set_call(&c, BPF_CORE_READ(dev, bus), BPF_CORE_READ(dev, devfn),
			 args[1], args[2]);
	else
		set_call(&c, (struct pci_bus *)args[0], args[1], args[2],
			 args[3]);
	/* Without room it ends as one whose beginning was missed. */
	if (bpf_map_update_elem(&calls, &key, &c, BPF_ANY))
		return 0;
	a = c.access;
	enter(key, &a);
	return 0;
}

static __always_inline __u32 value_of(const struct call *c)
{
	const void *place = (const void *)c->last;
	__u32 dword = 0;
	__u16 word = 0;
	__u8 byte = 0;

	if (c->access.is_write)
		return c->last;
	if (c->access.width == 4)
		bpf_probe_read_kernel(&dword, sizeof(dword), place);
	else if (c->access.width == 2)
		bpf_probe_read_kernel(&word, sizeof(word), place);
	else
		bpf_probe_read_kernel(&byte, sizeof(byte), place);
	return dword | word | byte;
}

/* Its function is unknown, so it may have been wanted. */
static __always_inline void left_unseen(const struct access *a)
{
	if (counting_since)
		count(is_own(a) ? &lost_own : &lost_inflight, 1);
}

SEC("kretprobe")
int accessor_left(struct pt_regs *ctx)
{
	const struct access kind = accessor_of(ctx);
	__u64 key = PT_REGS_SP(ctx) - POPPED;
	struct call *kept = bpf_map_lookup_elem(&calls, &key);
	struct call c;

	if (!kept) {
		left_unseen(&kind);
		return 0;
	}
	c = *kept;
	bpf_map_delete_elem(&calls, &key);
	c.access.value = value_of(&c);
	c.access.failed = (int)PT_REGS_RC(ctx);
	leave(ctx, key, &c.access, (struct pci_bus *)c.bus);
	return 0;
}

#endif
