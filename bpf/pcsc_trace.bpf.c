// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts, times and compares every access to configuration space, in the
 * kernel. No policy: what a count means is for user space to say.
 */
#include "maps.bpf.h"

#include "accesses.bpf.h"
#include "attributes.bpf.h"
#include "probes.bpf.h"
#include "resets.bpf.h"
#include "spares.bpf.h"

#define ACCESS(_bus, _devfn, _pos, _width, _family, _write) \
	{                                                   \
		.bus = (_bus)->number, .devfn = (_devfn),   \
		.offset = OFFSET(_pos), .width = (_width),  \
		.family = (_family), .is_write = (_write),  \
	}

#define READER(name, family, type, args, bus, devfn)                          \
	SEC("fentry/" #name)                                                  \
	int BPF_PROG(name##_in, UNPAREN args, int pos)                        \
	{                                                                     \
		struct access a =                                             \
			ACCESS(bus, devfn, pos, sizeof(type), family, false); \
		a.domain = domain_of(bus);                                    \
		enter((__u64)ctx, &a);                                        \
		return 0;                                                     \
	}                                                                     \
	SEC("fexit/" #name)                                                   \
	int BPF_PROG(name##_out, UNPAREN args, int pos, type *p, int err)     \
	{                                                                     \
		struct access a =                                             \
			ACCESS(bus, devfn, pos, sizeof(type), family, false); \
		type value = 0;                                               \
		bpf_probe_read_kernel(&value, sizeof(value), p);              \
		a.value = value;                                              \
		a.failed = err;                                               \
		leave(ctx, (__u64)ctx, &a, bus);                              \
		return 0;                                                     \
	}

#define WRITER(name, family, type, args, bus, devfn)                         \
	SEC("fentry/" #name)                                                 \
	int BPF_PROG(name##_in, UNPAREN args, int pos)                       \
	{                                                                    \
		struct access a =                                            \
			ACCESS(bus, devfn, pos, sizeof(type), family, true); \
		a.domain = domain_of(bus);                                   \
		enter((__u64)ctx, &a);                                       \
		return 0;                                                    \
	}                                                                    \
	SEC("fexit/" #name)                                                  \
	int BPF_PROG(name##_out, UNPAREN args, int pos, type value, int err) \
	{                                                                    \
		struct access a =                                            \
			ACCESS(bus, devfn, pos, sizeof(type), family, true); \
		a.value = value;                                             \
		a.failed = err;                                              \
		leave(ctx, (__u64)ctx, &a, bus);                             \
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
