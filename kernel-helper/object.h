/* SPDX-License-Identifier: GPL-2.0-only */
/* One function of a device, as every part of the helper knows it. */
#ifndef PCSC_OBJECT_H
#define PCSC_OBJECT_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/cache.h>
#include <linux/types.h>

#include "core/handover.h"
#include "core/line.h"
#include "core/map.h"
#include "core/meaning.h"
#include "core/walk.h"

/* struct pcsc_function.open: PCSC_OPEN_SBR to PCSC_OPEN_POWER, and these. */
#define PCSC_OPEN_VFS BIT(4) /* a PF was reset: are its VFs still enabled? */
#define PCSC_OPEN_PERHAPS \
	BIT(5) /* perhaps not in D0: the first write of D0 is a transition */

/* What is known of a PF's VFs. */
enum pcsc_vfs {
	PCSC_VFS_UNKNOWN, /* perhaps from before we looked, or a template is theirs */
	PCSC_VFS_NONE,
	PCSC_VFS_CREATED, /* since then, before our eyes */
};

/* A function that was handed over, as long as this kernel has no device for it. */
enum pcsc_early {
	PCSC_EARLY_NOT, /* it waits for its device */
	PCSC_EARLY_WAITS, /* its first access shows whether it is the same */
	PCSC_EARLY_LOOKED_AT, /* that access is under way */
	PCSC_EARLY_IN_USE,
};

struct pci_dev;
struct pcsc_template;

/*
 * One function: its line and what is known of it. It lives in the pool, at one
 * address for good: another device that appears there takes over the same
 * object, emptied. It is never freed while interposed, so readers hold no
 * reference.
 */
struct pcsc_function {
	struct pcsc_line line;
	u32 index; /* in the pool */
	u32 domain;
	u8 bus;
	u8 devfn;
	u8 phase; /* enum pcsc_phase */
	u8 walk_status; /* enum pcsc_walk_status */
	u8 mode; /* PCSC_MODE_*, the least of host's, model's and its own */
	bool left_open; /* already reported as left open */
	bool lost; /* state may really have been lost */
	atomic_t open; /* PCSC_OPEN_* */
	atomic_t hooked; /* brackets that the kernel's functions hold open */
	unsigned long opened; /* jiffies: the first of them */
	u8 secondary; /* bridges: the buses below, 0: none */
	u8 subordinate;
	bool ari; /* its bus is one device, devfn its function */
	bool user_filled; /* evidence was kept while user space could write */
	bool vf;
	bool touched; /* user space may have had it since it was created */
	bool tainted; /* and what its siblings could be asked for was filled since */
	u8 vfs; /* a PF's: enum pcsc_vfs */
	struct pcsc_template
		*template; /* a PF's: what its VFs have in common */
	/*
	 * What hardware must show: dword 0 after a bracket, all after a kexec.
	 */
	u32 id[PCSC_ID_DWORDS];
	unsigned long quiet_until; /* jiffies: no identity is believed before */
	u8 early; /* enum pcsc_early */
	u8 looked; /* times that we looked for the identity in vain */
	u32 verified; /* pcsc_now(): hardware agreed with a hit; 0: never */
	struct pcsc_function *pf; /* a VF's PF */
	/* a PF's VFs, as it last enabled them: routing ID, step, number */
	u16 vf_first;
	u16 vf_stride;
	u16 vf_count;
	u32 vf_page_size;
	u32 handed_vfs; /* a PF's: VFs to adopt when it enables them */
	struct pcsc_identity identity;
	const struct pcsc_map
		*vf_map; /* a PF's: its VFs', once one was walked */
	/* Of a bridge: the one that was found before it. */
	struct pcsc_function *next_bridge;
	bool is_bridge;
	u8 was_secondary; /* before the write that is under way */
	u8 was_subordinate;
	atomic_t writing; /* writes through the bus that are under way */
	struct pci_dev *pdev; /* NULL: no device is there; under pcsc_mutex */
	u64 sealed_state; /* of its line, when it was last sealed */
	atomic64_t hits; /* less what hits.h has not handed on */
	/* Counted only when hardware is accessed, never on a hit. */
	atomic64_t hardware_reads;
	atomic64_t background_reads;
	atomic64_t writes; /* begun */
	atomic64_t demotions;
	atomic64_t mismatches;
} ____cacheline_aligned;

typedef void (*pcsc_visit)(struct pcsc_function *f, void *arg);

#endif
