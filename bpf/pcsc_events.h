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

/* By kprobes, one program watches all accessors: this tells it which one. */
#define PCSC_ACCESSOR_WIDTH 0x7
#define PCSC_ACCESSOR_USER 0x8
#define PCSC_ACCESSOR_WRITE 0x10

/* One access between its beginning and its end. */
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

/* ---- what is wanted ---- */

/* pcsc_wanted.flags: which parts of it count. All of those must fit. */
#define PCSC_WANTED_ADDRESS (1u << 0)
#define PCSC_WANTED_IDENTITY (1u << 1) /* vendor to class_mask, or a VF */
#define PCSC_WANTED_VFS (1u << 2)
#define PCSC_WANTED_PID (1u << 3)
#define PCSC_WANTED_COMM (1u << 4)
#define PCSC_WANTED_EVENTS (1u << 5) /* a row of each access, in events */

/* -1 in a signed field: any. */
struct pcsc_wanted {
	__u32 flags;
	__s32 domain;
	__s32 bus;
	__s32 slot;
	__s32 func;
	__s32 vendor;
	__s32 device;
	__u32 class_code; /* of 24 bits, those in class_mask */
	__u32 class_mask;
	__u32 pid; /* of a process */
	char comm[16];
};

/* One access, as it goes through the ring. */
struct pcsc_access_event {
	__u64 begin_ns; /* CLOCK_MONOTONIC */
	__u64 ns;
	struct pcsc_fn_key function;
	__u32 pid; /* of the process; 0: an interrupt */
	__u32 caller; /* enum pcsc_caller */
	__u32 value; /* read or written */
	__u16 offset;
	__u8 width;
	__u8 flags; /* PCSC_EVENT_* */
};

#define PCSC_EVENT_WRITE (1u << 0)
#define PCSC_EVENT_USER (1u << 1) /* PCSC_USER */
#define PCSC_EVENT_FAILED (1u << 2)

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

/* A command, and the attribute of sysfs through which it does what it does. */
struct pcsc_caller_key {
	struct pcsc_comm comm;
	char attribute[24]; /* empty: none */
};

/* What a thread reads or writes at this moment. */
struct pcsc_attribute {
	__u64 name; /* the kernel's address of it */
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

/* What a process does to one function. Aligned, since it is compared by 64 bits. */
struct pcsc_visit_key {
	struct pcsc_process_key process;
	struct pcsc_fn_key function;
} __attribute__((aligned(8)));

struct pcsc_visit {
	struct pcsc_visit_key key;
	__u64 exec_id; /* changes when it becomes another program */
	__u64 first_ns; /* CLOCK_MONOTONIC, of its first and last access or wait */
	__u64 last_ns;
	__u64 pause_ns; /* what last_ns was before the first long pause; 0: none */
	__u64 pause_access_ns; /* time in accesses before it */
	struct pcsc_use_value use;
	__u32 caller; /* enum pcsc_caller, without an attribute; 0: not yet known */
	__u32 pad;
};

struct pcsc_process {
	__u64 exec_id;
	struct pcsc_visit rest; /* of functions for which there was no room */
	struct pcsc_comm comm;
	__u32 caller; /* enum pcsc_caller; 0: not yet known */
	struct pcsc_ancestor ancestors[PCSC_ANCESTORS]; /* parent first */
};

/* ---- waits ---- */

/* What a thread waits for, besides accesses. */
enum pcsc_wait_kind {
	PCSC_WAIT_RESUME, /* pci_config_pm_runtime_get(), pci_pm_runtime_resume() */
	PCSC_WAIT_FLR, /* pcie_flr(), pci_af_flr() */
	PCSC_WAIT_PM, /* pci_pm_reset() */
	PCSC_WAIT_BUS, /* pci_bridge_secondary_bus_reset() */
	PCSC_WAIT_LOCK, /* a mutex, before it touches the function */
	PCSC_WAIT_BLOCKED, /* in an access: pci_wait_cfg(), while a reset has the device */
	PCSC_WAITS,
};

struct pcsc_wait {
	__u64 begin_ns; /* 0: the row is not filled in */
	__u64 ns;
	__u64 access_ns; /* of that, in accesses by the same thread */
	struct pcsc_process_key process;
	struct pcsc_fn_key function;
	__u32 caller; /* enum pcsc_caller */
	__s32 stack; /* of stacks; negative: unknown */
	__u8 kind; /* enum pcsc_wait_kind */
	__u8 from; /* the power state: 0 D0, 3 D3hot, 4 D3cold */
	__u8 nested; /* in another wait, or in an access, whose time it is */
	__u8 pad[5];
};

/* How many waits of a thread can be one inside the other. */
#define PCSC_WAIT_DEPTH 4

struct pcsc_open_wait {
	__u64 begin_ns;
	__u64 access_ns;
	struct pcsc_fn_key function;
	__u32 kind;
	__u32 from;
};

struct pcsc_thread_waits {
	__u64 depth;
	__u64 get_ns; /* when pci_config_pm_runtime_get() began; 0: it has not */
	__u64 get_known_ns; /* of its time, in waits that have rows */
	__u64 get_row; /* 1 + index of the last of these; 0: none */
	struct pcsc_fn_key get_function;
	__u32 get_from; /* its power state then; if it is awake, the bridge's */
	__u32 get_asleep; /* how many of it and the bridge above slept then */
	struct pcsc_open_wait open[PCSC_WAIT_DEPTH];
};

/* The mutex that a thread waits for, and the longest wait for one that is over. */
struct pcsc_lock_wait {
	__u64 lock; /* 0: it waits for none */
	__u64 since_ns;
	__u64 begin_ns;
	__u64 ns; /* 0: there was none */
	__s32 stack;
	__u32 pad;
};

/* ---- stacks ---- */

#define PCSC_FRAMES 16

/* By which way a caller gets to a register. */
struct pcsc_path_key {
	__u32 caller; /* enum pcsc_caller */
	__u16 offset;
	__u8 width;
	__u8 family;
	__u8 is_write;
	__u8 pad[3];
};

struct pcsc_slow_access {
	__u64 end_ns;
	__u64 ns;
	struct pcsc_process_key process;
	struct pcsc_fn_key function;
	__u32 caller;
	__s32 stack;
	__u16 offset;
	__u8 width;
	__u8 family;
	__u8 is_write;
	__u8 pad[3];
};

#define PCSC_SLOWEST 16

/* A processor's slowest accesses. */
struct pcsc_slowest {
	__u32 busy;
	__u32 nr;
	__u32 least; /* the row that took least, if all are filled in */
	__u32 pad;
	struct pcsc_slow_access rows[PCSC_SLOWEST];
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
	__u32 visit; /* 1 + index into visits, of the last access; 0: none yet */
	__u32 pad;
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
_Static_assert(sizeof(struct pcsc_reg_value) == 192, "pcsc_reg_value");
_Static_assert(sizeof(struct pcsc_slot) == 32, "pcsc_slot");
_Static_assert(sizeof(struct pcsc_use_key) == 8, "pcsc_use_key");
_Static_assert(sizeof(struct pcsc_use_value) == 40, "pcsc_use_value");
_Static_assert(sizeof(struct pcsc_process_key) == 8, "pcsc_process_key");
_Static_assert(sizeof(struct pcsc_caller_key) == 40, "pcsc_caller_key");
_Static_assert(sizeof(struct pcsc_attribute) == 8, "pcsc_attribute");
_Static_assert(sizeof(struct pcsc_visit_key) == 16, "pcsc_visit_key");
_Static_assert(sizeof(struct pcsc_visit) == 104, "pcsc_visit");
_Static_assert(sizeof(struct pcsc_process) == 216, "pcsc_process");
_Static_assert(sizeof(struct pcsc_wait) == 56, "pcsc_wait");
_Static_assert(sizeof(struct pcsc_open_wait) == 32, "pcsc_open_wait");
_Static_assert(sizeof(struct pcsc_thread_waits) == 176, "pcsc_thread_waits");
_Static_assert(sizeof(struct pcsc_lock_wait) == 40, "pcsc_lock_wait");
_Static_assert(sizeof(struct pcsc_path_key) == 12, "pcsc_path_key");
_Static_assert(sizeof(struct pcsc_slow_access) == 48, "pcsc_slow_access");
_Static_assert(sizeof(struct pcsc_slowest) == 784, "pcsc_slowest");
_Static_assert(sizeof(struct pcsc_wanted) == 56, "pcsc_wanted");
_Static_assert(sizeof(struct pcsc_access_event) == 40, "pcsc_access_event");
_Static_assert(sizeof(struct pcsc_hist_value) == 440, "pcsc_hist_value");

#endif
