/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a capability reaches, by its header and the registers that decide its
 * length. For core/walk.c, whose walk this reads on.
 */
#ifndef PCSC_CORE_EXTENT_H
#define PCSC_CORE_EXTENT_H

#include "caps.h"
#include "walk.h"

/* It may reach to where the next structure begins. */
#define PCSC_TO_THE_NEXT 0xffff

/*
 * How far a structure reaches: it needs so many bytes, and may take so many if
 * nothing else begins there. Optional tails are claimed rather than left to
 * evidence. An opaque body needs its header only.
 */
struct pcsc_extent {
	u16 need;
	u16 may;
	u32 length_bits; /* as pcsc_cap.length_bits */
};

/*
 * Which bits of which dword say how long a capability is, if @dword is what that one
 * holds. The mask is 0 where no register says it, or several do
 * (pcsc_length_is_spread()).
 */
struct pcsc_length_field {
	u16 offset; /* bytes from the header, dword-aligned */
	u32 mask;
};

struct pcsc_length_field pcsc_length_field(bool ext, u16 id, u32 dword);

/* Does each of Enhanced Allocation's entries have a length of its own (7.8.5.3)? */
static inline bool pcsc_length_is_spread(bool ext, u16 id)
{
	return !ext && id == PCSC_CAP_EA;
}

/* A walk under way; its first failure ends it. */
struct pcsc_walking {
	pcsc_read_fn read;
	void *ctx;
	struct pcsc_layout *layout;
	u32 visited[PCSC_CFG_SIZE_EXT / 4 / 32];
};

static inline void pcsc_walk_stop(struct pcsc_walking *w,
				  enum pcsc_walk_status status, u16 where)
{
	if (w->layout->status != PCSC_WALK_OK)
		return;
	w->layout->status = status;
	w->layout->where = where;
}

static inline bool pcsc_walk_stopped(const struct pcsc_walking *w)
{
	return w->layout->status != PCSC_WALK_OK;
}

/* False if the walk is over: an absent function answers all-ones. */
static inline bool pcsc_walk_read(struct pcsc_walking *w, u16 offset,
				  u32 *value)
{
	if (!w->read(w->ctx, offset, value) && *value != ~0u)
		return true;
	pcsc_walk_stop(w, PCSC_WALK_READ, offset);
	return false;
}

/* The capability @id at @offset, whose first dword is @header. */
struct pcsc_extent pcsc_extent_cap(struct pcsc_walking *w, u16 id, u16 offset,
				   u32 header);

/* The extended capability @id at @offset; some need another read. */
struct pcsc_extent pcsc_extent_ecap(struct pcsc_walking *w, u16 id, u16 offset,
				    u8 version);

/* The bytes that PCI Express of @version needs for a port of @type. */
u16 pcsc_extent_exp_need(u8 version, u8 type);

#endif
