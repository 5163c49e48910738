// SPDX-License-Identifier: GPL-2.0-only
#include "walk.h"

#include "caps.h"
#include "hash.h"
#include "regs.h"

#define COMMAND 0x04
#define STATUS_CAP_LIST (0x10u << 16) /* in Command's dword */
#define CACHE_LINE_SIZE 0x0c
#define CAPABILITIES 0x34

/* PCIe device/port types (7.5.3.2) */
#define TYPE_ROOT_PORT 4
#define TYPE_DOWNSTREAM 6
#define TYPE_RC_ENDPOINT 9
#define TYPE_RC_EVENT_COLLECTOR 10

#define TO_THE_NEXT 0xffff

const char *const pcsc_walk_names[PCSC_WALK_STATUSES] = {
	[PCSC_WALK_OK] = "ok",
	[PCSC_WALK_READ] = "unreadable",
	[PCSC_WALK_LOOP] = "loop",
	[PCSC_WALK_OUTSIDE] = "outside",
	[PCSC_WALK_OVERLAP] = "overlap",
	[PCSC_WALK_TOO_MANY] = "too many capabilities",
	[PCSC_WALK_HEADER] = "unknown header type",
};

/*
 * How far a structure reaches: it needs so many bytes, and may take so many if
 * nothing else begins there. Optional tails are claimed rather than left to
 * evidence. An opaque body needs its header only.
 */
struct extent {
	u16 need;
	u16 may;
};

struct walk {
	pcsc_read_fn read;
	void *ctx;
	struct pcsc_layout *layout;
	u32 visited[PCSC_CFG_SIZE_EXT / 4 / 32];
	u16 need[PCSC_MAX_CAPS];
};

/* Lengths that no register decides; for opaque bodies the most they take. */
static const struct fixed_extent {
	u16 id;
	bool ext;
	struct extent extent;
} fixed_extents[] = {
	{ PCSC_CAP_NULL, false, { 2, 4 } },
	{ PCSC_CAP_PM, false, { 8, 8 } },
	{ PCSC_CAP_VPD, false, { 8, 8 } },
	{ PCSC_CAP_SSVID, false, { 2, 8 } },
	{ PCSC_CAP_MSIX, false, { 12, 12 } },
	{ PCSC_CAP_SATA, false, { 2, 16 } },
	{ PCSC_CAP_AF, false, { 6, 8 } },
	{ PCSC_ECAP_NULL, true, { 4, 4 } },
	{ PCSC_ECAP_DSN, true, { 12, 12 } },
	{ PCSC_ECAP_PB, true, { 4, 16 } },
	{ PCSC_ECAP_ARI, true, { 8, 8 } },
	{ PCSC_ECAP_ATS, true, { 8, 8 } },
	{ PCSC_ECAP_SRIOV, true, { 0x40, 0x40 } },
	{ PCSC_ECAP_MCAST, true, { 4, 0x30 } },
	{ PCSC_ECAP_PRI, true, { 16, 16 } },
	{ PCSC_ECAP_DPA, true, { 4, 0x30 } },
	{ PCSC_ECAP_TPH, true, { 4, 12 + 64 * 2 } },
	{ PCSC_ECAP_LTR, true, { 8, 8 } },
	{ PCSC_ECAP_SECPCI, true, { 4, 12 + 32 * 2 } },
	{ PCSC_ECAP_PASID, true, { 8, 8 } },
	{ PCSC_ECAP_PTM, true, { 12, 12 } },
	{ PCSC_ECAP_FRS, true, { 4, 16 } },
	{ PCSC_ECAP_RTR, true, { 4, 12 } },
	{ PCSC_ECAP_VF_REBAR, true, { 4, 4 + 6 * 8 } },
	{ PCSC_ECAP_DLNK, true, { 4, 12 } },
	{ PCSC_ECAP_16GT, true, { 4, 0x20 + 32 } },
	{ PCSC_ECAP_LMR, true, { 4, 8 + 32 * 4 } },
	{ PCSC_ECAP_NPEM, true, { 4, 16 } },
	{ PCSC_ECAP_32GT, true, { 4, 0x20 + 32 } },
	{ PCSC_ECAP_DOE, true, { 4, 24 } },
	{ PCSC_ECAP_64GT, true, { 4, 0x20 + 32 } },
};

/* The newest version of an extended capability whose length is known here. */
static u8 newest_version(u16 id)
{
	switch (id) {
	case PCSC_ECAP_AER:
	case PCSC_ECAP_L1PM:
		return 2;
	}
	return 1;
}

/*
 * The null capability is its header; the other two have a length of their own.
 */
static bool length_needs_version(u16 id)
{
	return id != PCSC_ECAP_NULL && id != PCSC_ECAP_VNDR &&
	       id != PCSC_ECAP_DVSEC;
}

static struct extent exactly(u16 length)
{
	return (struct extent){ length, length };
}

static struct extent opaque_body(bool ext, u16 length, u16 least)
{
	const u16 header = ext ? 4 : 2;

	/* A length that cannot be true says nothing. */
	return (struct extent){ header, length < least ? TO_THE_NEXT : length };
}

static void stop(struct walk *w, enum pcsc_walk_status status, u16 where)
{
	if (w->layout->status != PCSC_WALK_OK)
		return;
	w->layout->status = status;
	w->layout->where = where;
}

static bool stopped(const struct walk *w)
{
	return w->layout->status != PCSC_WALK_OK;
}

/* False if the walk is over: an absent function answers all-ones. */
static bool read_dword(struct walk *w, u16 offset, u32 *value)
{
	if (!w->read(w->ctx, offset, value) && *value != ~0u)
		return true;
	stop(w, PCSC_WALK_READ, offset);
	return false;
}

/* What bounds a walk: no dword is a header twice. */
static bool visit(struct walk *w, u16 offset)
{
	const unsigned int dword = offset / 4;
	u32 *word = &w->visited[dword / 32];
	const u32 bit = 1u << (dword % 32);

	if (*word & bit) {
		stop(w, PCSC_WALK_LOOP, offset);
		return false;
	}
	*word |= bit;
	return true;
}

static struct extent fixed_extent(bool ext, u16 id)
{
	const size_t nr = sizeof(fixed_extents) / sizeof(fixed_extents[0]);
	size_t i;

	for (i = 0; i < nr; i++)
		if (fixed_extents[i].ext == ext && fixed_extents[i].id == id)
			return fixed_extents[i].extent;
	return opaque_body(ext, 0, 1);
}

/*
 * The vector's extension for data of 32 bits is claimed, used or not (7.7.1).
 */
static struct extent msi_extent(u32 header)
{
	const bool wide = header & (0x80u << 16);
	const bool masks = header & (0x100u << 16);

	if (masks)
		return exactly(wide ? 0x18 : 0x14);
	return wide ? (struct extent){ 0x0e, 0x10 } :
		      (struct extent){ 0x0a, 0x0c };
}

/*
 * Version 1 has only what its type uses (PCIe 1.1, 7.8); later ones have all
 * of it, though some devices put other structures where they had nothing.
 */
static u16 exp_need(u8 version, u8 type)
{
	const bool has_link = type < TYPE_RC_ENDPOINT;
	const bool has_slot = type == TYPE_ROOT_PORT || type == TYPE_DOWNSTREAM;

	if (version >= 2) {
		if (has_slot)
			return 0x3c;
		return has_link ? 0x34 : 0x2c;
	}
	if (type == TYPE_ROOT_PORT || type == TYPE_RC_EVENT_COLLECTOR)
		return 0x24;
	if (has_slot)
		return 0x1c;
	return has_link ? 0x14 : 0x0c;
}

/* Some devices of version 1 have data of their own behind what they need. */
static struct extent exp_extent(u32 header)
{
	const u8 version = (header >> 16) & 0xf;
	const u8 type = (header >> 20) & 0xf;

	return (struct extent){ exp_need(version, type),
				version <= 2 ? 0x3c : TO_THE_NEXT };
}

/* Each entry's first dword says how many follow it (7.8.5.3). */
static struct extent ea_extent(struct walk *w, u16 offset, u32 header)
{
	unsigned int entries = (header >> 16) & 0x3f;
	u16 length = w->layout->header_type == 1 ? 8 : 4;
	u32 entry;

	for (; entries && offset + length < PCSC_CFG_SIZE; entries--) {
		if (!read_dword(w, offset + length, &entry))
			break;
		length += 4 + 4 * (entry & 7);
	}
	if (entries && !stopped(w))
		length = PCSC_CFG_SIZE;
	return exactly(length);
}

static struct extent cap_extent(struct walk *w, u16 id, u16 offset, u32 header)
{
	switch (id) {
	case PCSC_CAP_MSI:
		return msi_extent(header);
	case PCSC_CAP_VNDR:
		return opaque_body(false, (header >> 16) & 0xff, 3);
	case PCSC_CAP_EXP:
		return exp_extent(header);
	case PCSC_CAP_EA:
		return ea_extent(w, offset, header);
	}
	return fixed_extent(false, id);
}

static struct extent acs_extent(u32 capability)
{
	const bool has_vector = capability & 0x20;
	unsigned int bits = (capability >> 8) & 0xff;

	if (!has_vector)
		return exactly(8);
	if (!bits)
		bits = 256;
	return exactly(8 + (bits + 31) / 32 * 4);
}

static struct extent dpc_extent(u32 capability)
{
	const bool root_port = capability & 0x20;
	const unsigned int log_dwords = (capability >> 8) & 0xf;
	/* The size's fifth bit counts in Flit Mode only, which may be left. */
	const unsigned int more_dwords = (capability >> 9) & 0x10;
	const u16 need = 0x20 + 4 * log_dwords;

	if (!root_port)
		return exactly(0x0c);
	return (struct extent){ need, need + 4 * more_dwords };
}

/*
 * In Flit Mode 10 dwords of a header are logged from 0x38 on (PCIe 6.2, 7.8.4).
 */
static struct extent aer_extent(u8 pcie_type)
{
	const bool root = pcie_type == TYPE_ROOT_PORT ||
			  pcie_type == TYPE_RC_EVENT_COLLECTOR;

	return (struct extent){ root ? 0x38 : 0x2c, 0x60 };
}

/* Lengths that a register behind the header decides: one more read. */
static struct extent ecap_extent(struct walk *w, u16 id, u16 offset, u8 version)
{
	u32 dword;

	switch (id) {
	case PCSC_ECAP_AER:
		return aer_extent(w->layout->pcie_type);
	case PCSC_ECAP_L1PM:
		return exactly(version >= 2 ? 0x14 : 0x10);
	case PCSC_ECAP_VNDR:
	case PCSC_ECAP_DVSEC:
	case PCSC_ECAP_ACS:
	case PCSC_ECAP_DPC:
	case PCSC_ECAP_REBAR:
		break;
	default:
		return fixed_extent(true, id);
	}

	offset += id == PCSC_ECAP_REBAR ? 8 : 4;
	if (offset >= w->layout->cfg_size || !read_dword(w, offset, &dword))
		return opaque_body(true, 0, 1);
	switch (id) {
	case PCSC_ECAP_VNDR:
		return opaque_body(true, dword >> 20, 8);
	case PCSC_ECAP_DVSEC:
		return opaque_body(true, dword >> 20, 10);
	case PCSC_ECAP_ACS:
		return acs_extent(dword);
	case PCSC_ECAP_DPC:
		return dpc_extent(dword);
	}
	return exactly(4 + 8 * ((dword >> 5) & 7));
}

/* Room for one more, or NULL. */
static struct pcsc_cap *new_cap(struct walk *w, u16 offset)
{
	if (w->layout->nr_caps == PCSC_MAX_CAPS) {
		stop(w, PCSC_WALK_TOO_MANY, offset);
		return NULL;
	}
	return &w->layout->caps[w->layout->nr_caps];
}

static void keep_cap(struct walk *w, struct pcsc_cap *cap, struct extent extent)
{
	w->need[w->layout->nr_caps++] = extent.need;
	cap->opaque = !pcsc_cap_known(cap->ext, cap->id);
	/*
	 * Structures begin at dwords: what is left of the last one is theirs.
	 */
	cap->length =
		extent.may == TO_THE_NEXT ? TO_THE_NEXT : (extent.may + 3) & ~3;
}

static bool add_cap(struct walk *w, u16 offset, u32 header)
{
	struct pcsc_cap *cap = new_cap(w, offset);

	if (!cap)
		return false;
	cap->id = header & 0xff;
	cap->next = (header >> 8) & 0xff;
	cap->offset = offset;
	cap->version = 0;
	cap->ext = false;
	if (cap->id == PCSC_CAP_EXP) {
		cap->version = ((header >> 16) & 0xf) < 2;
		if (w->layout->pcie_type == PCSC_NO_PCIE)
			w->layout->pcie_type = (header >> 20) & 0xf;
	}
	keep_cap(w, cap, cap_extent(w, cap->id, offset, header));
	return !stopped(w);
}

static bool add_ecap(struct walk *w, u16 offset, u32 header)
{
	struct pcsc_cap *cap = new_cap(w, offset);
	struct extent extent;

	if (!cap)
		return false;
	cap->id = header & 0xffff;
	cap->next = header >> 20;
	cap->offset = offset;
	cap->version = (header >> 16) & 0xf;
	cap->ext = true;
	extent = ecap_extent(w, cap->id, offset, cap->version);
	/* The end of other versions is not known here. */
	if (length_needs_version(cap->id) &&
	    (!cap->version || cap->version > newest_version(cap->id)))
		extent.may = TO_THE_NEXT;
	keep_cap(w, cap, extent);
	return !stopped(w);
}

static void walk_caps(struct walk *w)
{
	u32 header;
	u16 offset;

	if (!read_dword(w, CAPABILITIES, &header))
		return;
	offset = header & 0xfc;
	w->layout->cap_pointer = offset;
	while (offset) {
		if (offset < PCSC_CAP_BASE) {
			stop(w, PCSC_WALK_OUTSIDE, offset);
			return;
		}
		if (!visit(w, offset) || !read_dword(w, offset, &header))
			return;
		if ((header & 0xff) == 0xff) {
			stop(w, PCSC_WALK_READ, offset);
			return;
		}
		if (!add_cap(w, offset, header))
			return;
		offset = (header >> 8) & 0xfc;
	}
}

/*
 * The list always begins at 0x100; a header of zeroes there is the null
 * capability that says there are none (7.6.3), and proves it.
 */
static void walk_ecaps(struct walk *w)
{
	u16 offset = w->layout->cfg_size > PCSC_ECAP_BASE ? PCSC_ECAP_BASE : 0;
	u32 header;

	while (offset) {
		if (offset < PCSC_ECAP_BASE) {
			stop(w, PCSC_WALK_OUTSIDE, offset);
			return;
		}
		if (!visit(w, offset) || !read_dword(w, offset, &header) ||
		    !add_ecap(w, offset, header))
			return;
		offset = (header >> 20) & 0xffc;
	}
}

/* Where the next structure of the same space begins, or the space ends. */
static u16 next_start(const struct pcsc_layout *layout,
		      const struct pcsc_cap *cap)
{
	u16 next = cap->ext ? layout->cfg_size : PCSC_CFG_SIZE;
	const struct pcsc_cap *other;

	for (other = layout->caps; other < layout->caps + layout->nr_caps;
	     other++)
		if (other->offset > cap->offset && other->offset < next)
			next = other->offset;
	return next;
}

static void bound_lengths(struct walk *w)
{
	struct pcsc_layout *layout = w->layout;
	unsigned int i;
	u16 end, room;

	for (i = 0; i < layout->nr_caps; i++) {
		end = next_start(layout, &layout->caps[i]);
		room = end - layout->caps[i].offset;
		if (layout->caps[i].length > room)
			layout->caps[i].length = room;
		if (w->need[i] <= room)
			continue;
		stop(w,
		     end == PCSC_CFG_SIZE || end == layout->cfg_size ?
			     PCSC_WALK_OUTSIDE :
			     PCSC_WALK_OVERLAP,
		     layout->caps[i].offset);
	}
}

static u32 fingerprint(const struct pcsc_layout *layout)
{
	u32 hash = pcsc_hash8(PCSC_HASH_START, layout->header_type);
	const struct pcsc_cap *cap;

	for (cap = layout->caps; cap < layout->caps + layout->nr_caps; cap++) {
		hash = pcsc_hash8(hash, cap->ext);
		hash = pcsc_hash16(hash, cap->id);
		hash = pcsc_hash16(hash, cap->offset);
		hash = pcsc_hash8(hash, cap->version);
		hash = pcsc_hash16(hash, cap->length);
	}
	return hash ? hash : 1;
}

static void walk_all(struct walk *w)
{
	u32 status, type;

	if (!read_dword(w, COMMAND, &status) ||
	    !read_dword(w, CACHE_LINE_SIZE, &type))
		return;
	w->layout->header_type = (type >> 16) & 0x7f;
	if (w->layout->header_type > 1) {
		stop(w, PCSC_WALK_HEADER, CACHE_LINE_SIZE + 2);
		return;
	}
	if (status & STATUS_CAP_LIST)
		walk_caps(w);
	if (!stopped(w))
		walk_ecaps(w);
}

enum pcsc_walk_status pcsc_walk(pcsc_read_fn read, void *ctx, u16 cfg_size,
				struct pcsc_layout *layout)
{
	struct walk w = { .read = read, .ctx = ctx, .layout = layout };

	__builtin_memset(layout, 0, sizeof(*layout));
	layout->cfg_size = cfg_size >= PCSC_CFG_SIZE_EXT ? PCSC_CFG_SIZE_EXT :
							   PCSC_CFG_SIZE;
	layout->pcie_type = PCSC_NO_PCIE;
	walk_all(&w);
	bound_lengths(&w);
	layout->fingerprint = fingerprint(layout);
	return layout->status;
}

const struct pcsc_cap *pcsc_layout_find(const struct pcsc_layout *layout,
					bool ext, u16 id)
{
	unsigned int i;

	for (i = 0; i < layout->nr_caps; i++)
		if (layout->caps[i].ext == ext && layout->caps[i].id == id)
			return &layout->caps[i];
	return NULL;
}

static const struct pcsc_cap *cap_at(const struct pcsc_layout *layout,
				     u16 offset)
{
	const struct pcsc_cap *cap;

	for (cap = layout->caps; cap < layout->caps + layout->nr_caps; cap++)
		if (offset >= cap->offset && offset - cap->offset < cap->length)
			return cap;
	return NULL;
}

static u8 header_space(const struct pcsc_layout *layout)
{
	switch (layout->header_type) {
	case 0:
		return PCSC_SPACE_HEADER0;
	case 1:
		return PCSC_SPACE_HEADER1;
	}
	return PCSC_SPACE_HEADER;
}

/* Registers that came with version 2 are not in PCI Express of version 1. */
static bool came_later(const struct pcsc_layout *layout,
		       const struct pcsc_cap *cap, u16 offset)
{
	return !cap->ext && cap->id == PCSC_CAP_EXP && cap->version == 1 &&
	       offset >= exp_need(1, layout->pcie_type);
}

const struct pcsc_reg *pcsc_layout_reg(const struct pcsc_layout *layout,
				       u16 offset, const struct pcsc_cap **cap)
{
	*cap = NULL;
	if (offset < PCSC_CAP_BASE)
		return pcsc_reg_find(header_space(layout), 0, offset);
	*cap = cap_at(layout, offset);
	if (!*cap || came_later(layout, *cap, offset - (*cap)->offset))
		return NULL;
	return pcsc_reg_find((*cap)->ext ? PCSC_SPACE_ECAP : PCSC_SPACE_CAP,
			     (*cap)->id, offset - (*cap)->offset);
}

bool pcsc_layout_undescribed(const struct pcsc_layout *layout, u16 offset)
{
	/* Of a broken layout nobody knows what it describes. */
	if (layout->status != PCSC_WALK_OK || offset >= layout->cfg_size)
		return false;
	if (offset < PCSC_CAP_BASE)
		return !pcsc_reg_find(header_space(layout), 0, offset);
	return !cap_at(layout, offset);
}
