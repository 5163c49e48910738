/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The contract between the helper and user space: /dev/pci_pcsc.
 *
 * Every structure has a fixed size and begins with that size, set by the
 * caller: a helper that knows a larger one fills in what the caller has room
 * for, one that knows a smaller one refuses a caller that sets fields it does
 * not know (-E2BIG). Opening needs CAP_SYS_ADMIN; the node is 0600.
 */
#ifndef _UAPI_PCSC_H
#define _UAPI_PCSC_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PCSC_DEVICE "/dev/pci_pcsc"
#define PCSC_ABI 1

/* Modes. Numbers never change their meaning. */
#define PCSC_MODE_OFF 0 /* not interposed */
#define PCSC_MODE_SHADOW 1 /* consulted and compared; hardware answers */
#define PCSC_MODE_ON 2 /* hits are answered from memory */

/* Do the kernel's probes work, of which the hooks are made? */
#define PCSC_HOOKS_WORK 0
#define PCSC_HOOKS_OFF 1 /* somebody has switched them off */
#define PCSC_HOOKS_WERE_OFF \
	2 /* they are on again, but evidence is not served */

/* The helper and its state at the moment. */
struct pcsc_info {
	__u32 size; /* in: sizeof; out: what was filled in */
	__u32 abi; /* PCSC_ABI */
	__u32 mode; /* PCSC_MODE_* */
	__u32 functions; /* that have a line */
	__u32 maps;
	__u32 models; /* of the profile in force; 0: none loaded */
	__u32 profile_crc32;
	__u32 table_hash; /* of the helper's register table */
	__u32 foreign_ops; /* buses whose operations were left alone */
	__u32 locked_off; /* pci_pcsc.mode=off on the kernel command line */
	char profile[32]; /* its name, NUL-terminated */
	char version[16];
	__u32 hooks_missing; /* resets not hooked: evidence is not served */
	__u32 mismatched; /* registers of models that are not served any more */
	__u32 limits; /* models and functions with a mode of their own */
	__u32 quarantined; /* functions with a mismatch, until they are flushed */
	/*
	 * Why mismatches, quarantine or limits of the last kernel may be missing
	 * here: they were handed over, but could not be trusted, or not all of
	 * them were. Empty: none is missing.
	 */
	char lost[96];
	__u32 no_room; /* times a function found none and is not served */
	__u32 hooks_off; /* PCSC_HOOKS_* */
};

/* Load a compiled profile: all of it, or nothing. */
struct pcsc_load {
	__u32 size;
	__s32 fd; /* in: open for reading, at most 1 MiB */
	__u32 models; /* out */
	__u32 rules; /* out */
	__u32 error_offset; /* out, on -EINVAL: bytes from the file's start */
	__u32 reserved; /* 0 */
	char reason[96]; /* out, on any error: NUL-terminated */
};

/*
 * What a mode is for. A function's is the least of host's, model's and its own.
 */
#define PCSC_SCOPE_HOST 0
#define PCSC_SCOPE_MODEL 1 /* every function with these IDs; a VF has its own */
#define PCSC_SCOPE_FUNCTION 2

struct pcsc_mode {
	__u32 size;
	__u32 mode; /* in: PCSC_MODE_*; of a function or model, on: no limit */
	char reason[96]; /* out, on any error: NUL-terminated */
	__u32 scope; /* in: PCSC_SCOPE_* */
	__u32 domain; /* of a function; 0 otherwise, as bus and devfn */
	__u8 bus;
	__u8 devfn;
	__u16 reserved; /* 0 */
	__u16 vendor; /* of a model; 0 otherwise, as device */
	__u16 device;
};

/* Why a function is not served at the moment. */
#define PCSC_WHY_PENDING (1u << 0)
#define PCSC_WHY_RESET (1u << 1)
#define PCSC_WHY_POWER (1u << 2)
#define PCSC_WHY_ABOVE (1u << 3)
#define PCSC_WHY_LAYOUT (1u << 4)
#define PCSC_WHY_MOVED (1u << 5)
#define PCSC_WHY_QUARANTINE (1u << 6)
#define PCSC_WHY_GONE (1u << 7)
#define PCSC_WHY_EVALUATING (1u << 8) /* its lists are being walked */
#define PCSC_WHY_HANDED (1u << 9) /* handed over, waiting to be adopted */
#define PCSC_WHY_SUSPEND (1u << 10) /* the host goes to sleep, or wakes */
#define PCSC_WHY_DISABLED (1u << 11) /* its mode, or its model's, is off */
#define PCSC_WHY_ABSENT (1u << 12) /* hardware denied that it is there */
#define PCSC_WHY_ADOPTING (1u << 13) /* its seal is being looked at */
#define PCSC_WHY_NO_MAP (1u << 16) /* not evaluated: see walk_status */
#define PCSC_WHY_NO_EVIDENCE (1u << 17) /* evidence-only bytes demoted */

/* Why evidence-only bytes are demoted: the worst that happened. */
#define PCSC_EVIDENCE_RESET 1 /* an event it says nothing of: it is not wrong */
#define PCSC_EVIDENCE_READ 2 /* hardware contradicted it */
#define PCSC_EVIDENCE_WRITTEN 3 /* bytes that nobody describes were written */

/* One function. Counters since the mode was last off. */
struct pcsc_function_state {
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u8 is_vf;
	__u8 walk_status; /* enum pcsc_walk_status */
	__u32 why; /* PCSC_WHY_* */
	__s32 model; /* index in the profile, -1: none matched */
	__u32 const_bytes; /* that the map calls const */
	__u32 valid_bytes; /* of them, cached */
	__u64 hits; /* in shadow: would-be hits */
	__u64 hardware_reads; /* asked for by others, answered by hardware */
	__u64 background_reads; /* the helper's own */
	__u64 writes;
	__u64 demotions; /* bytes */
	__u64 mismatches;
	__u32 mode; /* PCSC_MODE_*: its own, as limited */
	__u32 evidence; /* PCSC_EVIDENCE_*, 0: not demoted, or an older helper */
};

/* All functions, in no order. count is the room, then how many there are. */
struct pcsc_state {
	__u32 size;
	__u32 count; /* in, out */
	__u32 item_size; /* in: sizeof(struct pcsc_function_state) */
	__u32 reserved; /* 0 */
	__u64 items; /* in: pointer; 0: only count them */
};

/* What is known of one byte of a function's configuration space. */
#define PCSC_BYTE_CONST (1u << 0) /* it may be cached */
#define PCSC_BYTE_EVIDENCE (1u << 1) /* by evidence alone */
#define PCSC_BYTE_CACHED (1u << 2) /* a value is in memory */
#define PCSC_BYTE_DEMOTED (1u << 3) /* not constant after all; see below */
#define PCSC_BYTE_SHARED (1u << 4) /* the VF's siblings may answer for it */
#define PCSC_BYTE_DESCRIBED (1u << 5) /* in a header or a capability */
#define PCSC_BYTE_OPAQUE (1u << 6) /* of unknown meaning */
#define PCSC_BYTE_UNPROVED (1u << 7) /* its headers were not seen yet */
/*
 * DEMOTED without EVIDENCE: software or hardware contradicted this byte, or one of its
 * register. With EVIDENCE: all evidence of the function was dropped, and why is in
 * pcsc_function_state.evidence.
 */

#define PCSC_NEVER (~0u)

/* Where a function's capability is, as its evaluation has found it. */
struct pcsc_capability {
	__u16 id;
	__u16 offset;
	__u16 length; /* bytes, its header included */
	__u8 extended;
	__u8 reserved;
};

/* All bytes of one function; no values. -ENODEV: it has no line. */
struct pcsc_bytes {
	__u32 size;
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 reserved; /* 0 */
	__u32 count; /* in: room, in bytes; out: those of its space */
	__u64 items; /* in: pointer to a __u8 each, PCSC_BYTE_* */
	__u32 emptied_s; /* out: seconds since its values were last forgotten */
	__u32 verified_s; /* since hardware last agreed with a hit, or NEVER */
	__u32 nr_caps; /* in: room; out: how many there are */
	__u8 header_type; /* out */
	__u8 reserved2[3]; /* 0 */
	__u64 caps; /* in: pointer to a struct pcsc_capability each */
};

/* Forget the values of one function, or of all; of one: its quarantine too. */
struct pcsc_flush {
	__u32 size;
	__u32 all; /* 1: every function; the address is not looked at */
	__u32 domain;
	__u8 bus;
	__u8 devfn;
	__u16 reserved; /* 0 */
};

/* What happened. Numbers never change their meaning. */
#define PCSC_EVENT_MODE 1 /* detail: the host's mode now */
#define PCSC_EVENT_PROFILE 2 /* loaded; detail: its CRC */
#define PCSC_EVENT_MISMATCH 3 /* the function is quarantined */
#define PCSC_EVENT_DEMOTED 4 /* not const; detail: bytes; cause: by what */
#define PCSC_EVENT_LEFT_OPEN 5 /* a reset that does not end */
#define PCSC_EVENT_HOOKS_MISSING 6 /* detail: how many */
#define PCSC_EVENT_FOREIGN_OPS 7 /* a bus with operations we leave alone */
#define PCSC_EVENT_FLUSHED 8 /* detail: 1 all, 0 the function */
#define PCSC_EVENT_NO_ROOM 9 /* detail: functions that found none, in all */
#define PCSC_EVENT_STOPPED \
	10 /* a mismatch, and on_mismatch=off: none is served */
#define PCSC_EVENT_HOOKS_OFF 11 /* the kernel's probes; detail: 1 off, 0 on */
#define PCSC_EVENT_ODD_VF \
	12 /* it differs from its siblings, which answer for none any more */

/*
 * What demoted bytes; where and width are those of that access. 0: the helper
 * is older and does not say.
 */
#define PCSC_CAUSE_WRITE 1 /* a write to the function */
#define PCSC_CAUSE_SLOT_WRITE 2 /* a write to function 0 of its slot */
#define PCSC_CAUSE_READ 3 /* hardware answered something else than is cached */

/*
 * read() gives whole events, at least one or -EAGAIN (O_NONBLOCK); poll() tells
 * when. Each opener gets all events, also the last 256 from before it opened.
 */
struct pcsc_event {
	__u32 size; /* of this structure, in the helper */
	__u32 kind; /* PCSC_EVENT_* */
	__u64 seq; /* counts up; a gap: that many were lost */
	__u64 time_ns; /* CLOCK_MONOTONIC */
	__u32 domain; /* the function, where there is one */
	__u8 bus;
	__u8 devfn;
	__u16 where; /* the bytes, where there are some */
	__u32 width;
	__u32 detail;
	__u32 cached; /* of a mismatch: what was in memory */
	__u32 found; /* and what hardware answered */
	__u32 cause; /* of a demotion: PCSC_CAUSE_* */
	__u32 reserved[3];
};

/* Where lines are kept so that the next kernel finds them. */
#define PCSC_REGION_NONE 0
#define PCSC_REGION_MEMMAP 1 /* a hole: memmap=SIZE$ADDRESS */
#define PCSC_REGION_RESERVE_MEM 2 /* reserve_mem=SIZE:ALIGN:NAME */
#define PCSC_REGION_KHO 3 /* pages that kexec handover keeps: kho=on */

/* pci_pcsc.handover=kho:SIZE */
#define PCSC_KHO_PREFIX "kho:"

/* What the region is used for at the moment. */
#define PCSC_HANDOVER_NONE 0 /* no region: reason says why */
#define PCSC_HANDOVER_IDLE 1 /* a region, and nothing in it: the mode is off */
#define PCSC_HANDOVER_TAKEN 2 /* from the last kernel, not in use yet */
#define PCSC_HANDOVER_LIVE 3 /* lines live in it: a kexec hands them over */

#define PCSC_HANDOVER_STATUS 0
#define PCSC_HANDOVER_FORGET \
	1 /* lines handed over, or to be; and what was lost */

/* Whether a kexec takes place that cannot have the lines sealed. */
#define PCSC_SESSION_NONE 0 /* it does */
#define PCSC_SESSION_HOLDS 1 /* no: a session of the orchestrator holds them */

/* The handover from the last kernel, and to the next. */
struct pcsc_handover {
	__u32 size;
	__u32 command; /* in: PCSC_HANDOVER_STATUS or _FORGET */
	__u32 state; /* out, as all that follows: PCSC_HANDOVER_* */
	__u32 region; /* PCSC_REGION_* */
	__u64 address; /* physical */
	__u64 bytes;
	__u32 capacity; /* functions that the region has room for */
	__u32 wanted; /* functions that this host may have */
	__u64 wanted_bytes; /* a region for so many */
	__u32 handed; /* functions whose lines the last kernel sealed */
	__u32 adopted; /* of them, in use now */
	__u32 refused; /* of them, cold: damaged, another device or profile */
	__u32 gap_ms; /* from the last kernel's end to this one's start */
	char reason[96]; /* why there is no region, or nothing was taken */
	__u32 session; /* PCSC_SESSION_* */
	__u32 reserved;
};

/*
 * Both sides of the node must agree on the sizes, whatever compiled them. They
 * only grow.
 */
#ifndef __cplusplus
_Static_assert(sizeof(struct pcsc_info) == 208, "ABI");
_Static_assert(sizeof(struct pcsc_load) == 120, "ABI");
_Static_assert(sizeof(struct pcsc_mode) == 120, "ABI");
_Static_assert(sizeof(struct pcsc_event) == 64, "ABI");
_Static_assert(sizeof(struct pcsc_function_state) == 80, "ABI");
_Static_assert(sizeof(struct pcsc_state) == 24, "ABI");
_Static_assert(sizeof(struct pcsc_capability) == 8, "ABI");
_Static_assert(sizeof(struct pcsc_bytes) == 48, "ABI");
_Static_assert(sizeof(struct pcsc_flush) == 16, "ABI");
_Static_assert(sizeof(struct pcsc_handover) == 168, "ABI");
#endif

#define PCSC_IOC_INFO _IOWR('%', 0x50, struct pcsc_info)
#define PCSC_IOC_LOAD _IOWR('%', 0x51, struct pcsc_load)
#define PCSC_IOC_MODE _IOWR('%', 0x52, struct pcsc_mode)
#define PCSC_IOC_STATE _IOWR('%', 0x53, struct pcsc_state)
#define PCSC_IOC_FLUSH _IOW('%', 0x54, struct pcsc_flush)
#define PCSC_IOC_HANDOVER _IOWR('%', 0x55, struct pcsc_handover)
#define PCSC_IOC_BYTES _IOWR('%', 0x56, struct pcsc_bytes)

#endif
