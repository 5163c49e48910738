// SPDX-License-Identifier: GPL-2.0-only
#include "walk.h"

#include "caps.h"
#include "extent.h"
#include "hash.h"
#include "regs.h"

#define COMMAND 0x04
#define STATUS_CAP_LIST (0x10u << 16) /* in Command's dword */
#define CACHE_LINE_SIZE 0x0c
#define CAPABILITIES 0x34
#define EXP_LNKCTL2 0x30 /* in PCI Express */
#define EXP_LNKSTA2 0x32

const char *const pcsc_walk_names[PCSC_WALK_STATUSES] = {
	[PCSC_WALK_OK] = "ok",
	[PCSC_WALK_READ] = "unreadable",
	[PCSC_WALK_LOOP] = "loop",
	[PCSC_WALK_OUTSIDE] = "outside",
	[PCSC_WALK_OVERLAP] = "overlap",
	[PCSC_WALK_TOO_MANY] = "too many capabilities",
	[PCSC_WALK_HEADER] = "unknown header type",
};

/* What bounds a walk: no dword is a header twice. */
static bool visit(struct pcsc_walking *w, u16 offset)
{
	const unsigned int dword = offset / 4;
	u32 *word = &w->visited[dword / 32];
	const u32 bit = 1u << (dword % 32);

	if (*word & bit) {
		pcsc_walk_stop(w, PCSC_WALK_LOOP, offset);
		return false;
	}
	*word |= bit;
	return true;
}

/* Room for one more, or NULL. */
static struct pcsc_cap *new_cap(struct pcsc_walking *w, u16 offset)
{
	if (w->layout->nr_caps == PCSC_MAX_CAPS) {
		pcsc_walk_stop(w, PCSC_WALK_TOO_MANY, offset);
		return NULL;
	}
	return &w->layout->caps[w->layout->nr_caps];
}

static void keep_cap(struct pcsc_walking *w, struct pcsc_cap *cap,
		     struct pcsc_extent extent)
{
	w->layout->nr_caps++;
	cap->opaque = !pcsc_cap_known(cap->ext, cap->id);
	/*
	 * Structures begin at dwords: what is left of the last one is theirs.
	 */
	cap->need = (extent.need + 3) & ~3;
	cap->length = extent.may == PCSC_TO_THE_NEXT ? PCSC_TO_THE_NEXT :
						       (extent.may + 3) & ~3;
	cap->length_bits = extent.length_bits;
}

static bool add_cap(struct pcsc_walking *w, u16 offset, u32 header)
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
	keep_cap(w, cap, pcsc_extent_cap(w, cap->id, offset, header));
	return !pcsc_walk_stopped(w);
}

static bool add_ecap(struct pcsc_walking *w, u16 offset, u32 header)
{
	struct pcsc_cap *cap = new_cap(w, offset);

	if (!cap)
		return false;
	cap->id = header & 0xffff;
	cap->next = header >> 20;
	cap->offset = offset;
	cap->version = (header >> 16) & 0xf;
	cap->ext = true;
	keep_cap(w, cap, pcsc_extent_ecap(w, cap->id, offset, cap->version));
	return !pcsc_walk_stopped(w);
}

static void walk_caps(struct pcsc_walking *w)
{
	u32 header;
	u16 offset;

	if (!pcsc_walk_read(w, CAPABILITIES, &header))
		return;
	offset = header & 0xfc;
	w->layout->cap_pointer = offset;
	while (offset) {
		if (offset < PCSC_CAP_BASE) {
			pcsc_walk_stop(w, PCSC_WALK_OUTSIDE, offset);
			return;
		}
		if (!visit(w, offset) || !pcsc_walk_read(w, offset, &header))
			return;
		if ((header & 0xff) == 0xff) {
			pcsc_walk_stop(w, PCSC_WALK_READ, offset);
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
static void walk_ecaps(struct pcsc_walking *w)
{
	u16 offset = w->layout->cfg_size > PCSC_ECAP_BASE ? PCSC_ECAP_BASE : 0;
	u32 header;

	while (offset) {
		if (offset < PCSC_ECAP_BASE) {
			pcsc_walk_stop(w, PCSC_WALK_OUTSIDE, offset);
			return;
		}
		if (!visit(w, offset) || !pcsc_walk_read(w, offset, &header) ||
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

static void bound_lengths(struct pcsc_walking *w)
{
	struct pcsc_layout *layout = w->layout;
	struct pcsc_cap *cap;
	u16 end, room;

	for (cap = layout->caps; cap < layout->caps + layout->nr_caps; cap++) {
		end = next_start(layout, cap);
		room = end - cap->offset;
		if (cap->length > room)
			cap->length = room;
		if (cap->need <= room)
			continue;
		pcsc_walk_stop(w,
			       end == PCSC_CFG_SIZE || end == layout->cfg_size ?
				       PCSC_WALK_OUTSIDE :
				       PCSC_WALK_OVERLAP,
			       cap->offset);
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

static void walk_all(struct pcsc_walking *w)
{
	u32 status, type;

	if (!pcsc_walk_read(w, COMMAND, &status) ||
	    !pcsc_walk_read(w, CACHE_LINE_SIZE, &type))
		return;
	w->layout->header_type = (type >> 16) & 0x7f;
	if (w->layout->header_type > 1) {
		pcsc_walk_stop(w, PCSC_WALK_HEADER, CACHE_LINE_SIZE + 2);
		return;
	}
	if (status & STATUS_CAP_LIST)
		walk_caps(w);
	if (!pcsc_walk_stopped(w))
		walk_ecaps(w);
}

enum pcsc_walk_status pcsc_walk(pcsc_read_fn read, void *ctx, u16 cfg_size,
				struct pcsc_layout *layout)
{
	struct pcsc_walking w = { .read = read, .ctx = ctx, .layout = layout };

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

/*
 * Registers that came with version 2 are not in PCI Express of version 1, and
 * what lies behind the registers of a function's type may be another structure's.
 * Of a second one, whose type nobody keeps, only the header is known.
 */
static bool is_beyond_type(const struct pcsc_layout *layout,
			   const struct pcsc_cap *cap, u16 offset)
{
	const u8 version = cap->version == 1 ? 1 : 2;

	if (cap->ext || cap->id != PCSC_CAP_EXP)
		return false;
	if (cap != pcsc_layout_find(layout, false, PCSC_CAP_EXP))
		return offset >= 2;
	return offset >= pcsc_extent_exp_need(version, layout->pcie_type);
}

/*
 * pci_restore_pcie_state() of older kernels writes LnkCtl2 of any type, which must
 * not be taken for a write to unknown bytes. So it is on the floor there.
 */
static const struct pcsc_reg *beyond_type(const struct pcsc_layout *layout,
					  const struct pcsc_cap *cap,
					  u16 offset)
{
	if (cap != pcsc_layout_find(layout, false, PCSC_CAP_EXP) ||
	    cap->version == 1 || (offset & ~3) != EXP_LNKCTL2)
		return NULL;
	return pcsc_reg_find(PCSC_SPACE_CAP, PCSC_CAP_EXP, EXP_LNKSTA2);
}

const struct pcsc_reg *pcsc_layout_reg(const struct pcsc_layout *layout,
				       u16 offset, const struct pcsc_cap **cap)
{
	*cap = NULL;
	if (offset < PCSC_CAP_BASE)
		return pcsc_reg_find(header_space(layout), 0, offset);
	*cap = cap_at(layout, offset);
	if (!*cap)
		return NULL;
	if (is_beyond_type(layout, *cap, offset - (*cap)->offset))
		return beyond_type(layout, *cap, offset - (*cap)->offset);
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
