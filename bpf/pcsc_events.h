/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps that the programs of pcsc_trace.bpf.c fill and pcsc-trace reads. */
#ifndef PCSC_EVENTS_H
#define PCSC_EVENTS_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "pcsc_slots.h"

#define PCSC_CFG_SIZE 4096

/* As enum pcsc_rec_family and enum pcsc_rec_reset of a recording. */
enum pcsc_family {
	PCSC_BUS,
	PCSC_USER,
};

enum pcsc_reset {
	PCSC_RESET_FLR,
	PCSC_RESET_PM,
	PCSC_RESET_BUS,
	PCSC_RESETS,
};

struct pcsc_fn_key {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 pad;
};

/* Secondary bus resets: what they hit is a bus. */
struct pcsc_bus_key {
	__u32 domain;
	__u32 bus;
};

/* A driver that a function was bound to while it was watched. */
struct pcsc_driver_key {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 pad;
	char name[32];
};

struct pcsc_reg_key {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 offset;
	__u8 width;
	__u8 family;
	__u16 pad;
};

struct pcsc_dword_key {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 dword;
};

struct pcsc_hist_key {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u8 width;
	__u8 is_write;
};

/* One access between its fentry and its fexit. */
struct pcsc_start {
	__u64 ns;
	__u32 write_seq; /* of the dword */
	__u32 reset_seq; /* of all functions */
};

struct pcsc_reset_state {
	__u32 begun;
	__u32 ended; /* differs from begun: one is under way */
	__u32 count; /* that succeeded */
};

/* pcsc_fn_value.flags */
#define PCSC_FN_SEEN (1u << 0) /* the identity is filled in */
#define PCSC_FN_VF (1u << 1)
#define PCSC_FN_PF (1u << 2)
#define PCSC_FN_ROOT_BUS (1u << 3)
#define PCSC_FN_REPLACED (1u << 4) /* two identities had this address */

struct pcsc_fn_value {
	__u32 flags;
	__u32 class_code;
	__u16 vendor;
	__u16 device;
	__u16 subvendor;
	__u16 subdevice;
	__u16 cfg_size;
	__u8 revision;
	__u8 header_type;
	struct pcsc_reset_state
		resets[PCSC_RESETS]; /* the bus's are elsewhere */
};

/* pcsc_reg_value.flags */
#define PCSC_REG_VALUED (1u << 0) /* first, last and seen are filled in */
#define PCSC_REG_BROKEN (1u << 1) /* changed while a reset was under way */

struct pcsc_reg_value {
	__u64 reads;
	__u64 writes;
	__u64 errors;
	__u64 all_ones;
	__u64 changes;
	__u64 silent_changes;
	__u64 latency_sum_ns;
	__u64 latency_max_ns;
	__u32 first;
	__u32 last;
	__u32 write_seq; /* of the dword, when the last read began */
	__u32 flags;
	__u32 survived[PCSC_RESETS];
	__u32 seen[PCSC_RESETS]; /* pcsc_reset_state.count at the last read */
};

struct pcsc_hist_value {
	__u64 count;
	__u64 sum_ns;
	__u64 max_ns;
	__u32 slots[PCSC_SLOTS];
};

/* Two compilers lay these out; neither may add padding of its own. */
_Static_assert(sizeof(struct pcsc_fn_key) == 8, "pcsc_fn_key");
_Static_assert(sizeof(struct pcsc_bus_key) == 8, "pcsc_bus_key");
_Static_assert(sizeof(struct pcsc_driver_key) == 40, "pcsc_driver_key");
_Static_assert(sizeof(struct pcsc_reg_key) == 12, "pcsc_reg_key");
_Static_assert(sizeof(struct pcsc_dword_key) == 8, "pcsc_dword_key");
_Static_assert(sizeof(struct pcsc_hist_key) == 8, "pcsc_hist_key");
_Static_assert(sizeof(struct pcsc_start) == 16, "pcsc_start");
_Static_assert(sizeof(struct pcsc_reset_state) == 12, "pcsc_reset_state");
_Static_assert(sizeof(struct pcsc_fn_value) == 56, "pcsc_fn_value");
_Static_assert(sizeof(struct pcsc_reg_value) == 104, "pcsc_reg_value");
_Static_assert(sizeof(struct pcsc_hist_value) == 440, "pcsc_hist_value");

#endif
