/* SPDX-License-Identifier: GPL-2.0-only */
/* Where a function's capabilities are. */
#ifndef PCSC_CORE_WALK_H
#define PCSC_CORE_WALK_H

#include "port.h"

/* More in both lists together is refused; the kernel follows 48 and 480. */
#define PCSC_MAX_CAPS 40

/* To be raised whenever a walk of the same lists gives another layout. */
#define PCSC_WALK_VERSION 6

enum pcsc_walk_status {
	PCSC_WALK_OK,
	PCSC_WALK_READ, /* a dword could not be read, or read as all-ones */
	PCSC_WALK_LOOP, /* a list visits an offset twice */
	PCSC_WALK_OUTSIDE, /* a pointer leads outside its list's space */
	PCSC_WALK_OVERLAP, /* a capability reaches into the next one */
	PCSC_WALK_TOO_MANY, /* more than PCSC_MAX_CAPS capabilities */
	PCSC_WALK_HEADER, /* a header type that is neither 0 nor 1 */
	PCSC_WALK_STATUSES,
};

struct pcsc_cap {
	u16 id;
	u16 offset; /* bytes, absolute */
	u16 length; /* bytes its structure takes, header included */
	u16 need; /* the first of them that nothing else can be in */
	u16 next; /* as the header says; 0: the last of its list */
	u8 version; /* extended ones; 1 if it is PCI Express of version 1 */
	bool ext;
	bool opaque; /* vendor-specific, or an ID the table does not know */
	u32 length_bits; /* of pcsc_length_field(), as they were read */
};

struct pcsc_layout {
	u16 cfg_size; /* 256 or 4096 bytes */
	u8 header_type; /* 0 or 1 */
	u8 pcie_type; /* PCIe device/port type; PCSC_NO_PCIE if none */
	u8 cap_pointer; /* byte 0x34, low two bits cleared */
	u8 nr_caps; /* in list order, conventional ones first */
	u8 status; /* enum pcsc_walk_status */
	u16 where; /* the offset status speaks of */
	u32 fingerprint; /* of IDs, offsets, versions and lengths; never 0 */
	struct pcsc_cap caps[PCSC_MAX_CAPS];
};

#define PCSC_NO_PCIE 0xff

/*
 * Read the aligned dword at @offset into @value. 0, or non-zero if it cannot be
 * read, which ends the walk.
 */
typedef int (*pcsc_read_fn)(void *ctx, u16 offset, u32 *value);

/*
 * Walk both lists. Always ends, and always leaves a usable @layout: status says
 * why it ended early, and what was found before that stands. Returns the
 * status. Nothing may be cached by a layout whose status is not OK.
 */
enum pcsc_walk_status pcsc_walk(pcsc_read_fn read, void *ctx, u16 cfg_size,
				struct pcsc_layout *layout);

/* The first capability of this ID, or NULL. */
const struct pcsc_cap *pcsc_layout_find(const struct pcsc_layout *layout,
					bool ext, u16 id);

/*
 * What byte @offset is: its register (or NULL) and, in *cap, the capability
 * that holds it (or NULL: header, or described by nothing).
 */
const struct pcsc_reg *pcsc_layout_reg(const struct pcsc_layout *layout,
				       u16 offset, const struct pcsc_cap **cap);

/*
 * True if no header, no capability and no opaque body describes byte @offset,
 * so only evidence can speak for it.
 */
bool pcsc_layout_undescribed(const struct pcsc_layout *layout, u16 offset);

extern const char *const pcsc_walk_names[PCSC_WALK_STATUSES];

#endif
