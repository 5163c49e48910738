/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps that the programs of pcsc_trace.bpf.c fill and pcsc-trace reads. */
#ifndef PCSC_EVENTS_H
#define PCSC_EVENTS_H

#ifndef __bpf__
#include <linux/types.h>
#endif

#include "pcsc_slots.h"

#define PCSC_CONFIG_BYTES 4096

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
	__u64 ns; /* 0: not yet known */
	__u32 write_seq; /* of the dword */
	__u32 reset_seq; /* of all functions */
	__u32 domain;
	__u32 pad;
};

struct pcsc_slot {
	__u64 key; /* the access's; 0: none */
	struct pcsc_start start;
};

/* ---- callers ---- */

#define PCSC_ANCESTORS 4

/* Numbers of callers; a command's name gets one above these when it is met. */
enum pcsc_caller {
	PCSC_CALLER_NONE,
	PCSC_CALLER_INTERRUPT, /* an interrupt handler, not the interrupted process */
	PCSC_CALLER_OTHERS, /* names that the table had no room for */
};

struct pcsc_comm {
	char name[16];
};

struct pcsc_use_key {
	__u32 reg; /* pcsc_reg_value.number */
	__u32 caller;
};

struct pcsc_use_value {
	__u64 reads;
	__u64 writes;
	__u64 errors;
	__u64 read_ns;
	__u64 write_ns;
};

struct pcsc_process_key {
	__u32 tgid;
	__u32 started; /* about a millisecond; IDs are given again */
};

struct pcsc_ancestor {
	__u32 tgid; /* 0: there is no more */
	struct pcsc_comm comm;
};

struct pcsc_process {
	__u64 exec_id; /* changes when it becomes another program */
	__u64 first_ns; /* CLOCK_MONOTONIC, of its first and last access */
	__u64 last_ns;
	struct pcsc_use_value use;
	struct pcsc_comm comm;
	__u32 caller; /* enum pcsc_caller; 0: not yet known */
	struct pcsc_ancestor ancestors[PCSC_ANCESTORS]; /* parent first */
};

/* ---- functions and resets ---- */

/* Capabilities whose place the kernel knows. */
enum pcsc_at {
	PCSC_AT_PM,
	PCSC_AT_VPD,
	PCSC_AT_MSI,
	PCSC_AT_EXP,
	PCSC_AT_MSIX,
	PCSC_AT_AER,
	PCSC_AT_ATS,
	PCSC_AT_PRI,
	PCSC_AT_PASID,
	PCSC_AT_DPC,
	PCSC_AT_L1PM,
	PCSC_AT_PTM,
	PCSC_AT_SRIOV,
	PCSC_ATS,
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
#define PCSC_FN_CAPS (1u << 5) /* the capabilities are filled in */

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
	__u16 caps[PCSC_ATS]; /* offsets; 0: none */
	__u16 pad;
};

/* pcsc_reg_value.flags */
#define PCSC_REG_BROKEN (1u << 0) /* changed while a reset was under way */

/* Set in a 64-bit word beside the 32 bits of a value; 0: there is none yet. */
#define PCSC_VALUED (1ull << 32)

#define PCSC_WRITTEN_VALUES 4

struct pcsc_reg_value {
	__u64 reads;
	__u64 writes;
	__u64 errors;
	__u64 all_ones;
	__u64 changes;
	__u64 silent_changes;
	__u64 read_ns;
	__u64 write_ns;
	__u64 read_max_ns;
	__u64 write_max_ns;
	__u64 written[PCSC_WRITTEN_VALUES]; /* distinct, | PCSC_VALUED */
	__u64 first; /* value read, | PCSC_VALUED; claimed by one reader */
	__u64 last; /* likewise; set when all that belongs to the first is */
	__u32 write_seq; /* of the dword, when the last read began */
	__u32 flags;
	__u32 survived[PCSC_RESETS];
	__u32 seen[PCSC_RESETS]; /* pcsc_reset_state.count at the last read */
	__u32 reset_seq; /* at the last read that was compared over resets */
	__u32 more_written; /* than pcsc_reg_value.written has room for */
	__u32 number; /* this register's, if it has rows in uses; else 0 */
	__u32 caller; /* enum pcsc_caller: the first one, which has no row */
	__u32 read_hist; /* 1 + index into hists; 0: none yet */
	__u32 write_hist;
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
_Static_assert(sizeof(struct pcsc_start) == 24, "pcsc_start");
_Static_assert(sizeof(struct pcsc_reset_state) == 12, "pcsc_reset_state");
_Static_assert(sizeof(struct pcsc_fn_value) == 84, "pcsc_fn_value");
_Static_assert(sizeof(struct pcsc_reg_value) == 184, "pcsc_reg_value");
_Static_assert(sizeof(struct pcsc_slot) == 32, "pcsc_slot");
_Static_assert(sizeof(struct pcsc_use_key) == 8, "pcsc_use_key");
_Static_assert(sizeof(struct pcsc_use_value) == 40, "pcsc_use_value");
_Static_assert(sizeof(struct pcsc_process_key) == 8, "pcsc_process_key");
_Static_assert(sizeof(struct pcsc_process) == 168, "pcsc_process");
_Static_assert(sizeof(struct pcsc_hist_value) == 440, "pcsc_hist_value");

#endif
