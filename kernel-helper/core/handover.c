// SPDX-License-Identifier: GPL-2.0-only
#include "handover.h"

#include "caps.h"
#include "hash.h"
#include "regs.h"
#include "text.h"

#define HEADER_ROOM 4096
#define PART_ALIGN 64

static_assert(sizeof(struct pcsc_handover_header) <= HEADER_ROOM, "header");
static_assert(sizeof(struct pcsc_handover_header) % 8 == 0, "whole words");
static_assert(sizeof(struct pcsc_handover_restrictions) % 8 == 0,
	      "whole words");
static_assert(sizeof(struct pcsc_layout) % 8 == 0, "whole words");
static_assert(sizeof(struct pcsc_handover_function) % 8 == 0, "whole words");

static u64 aligned(u64 bytes)
{
	return (bytes + PART_ALIGN - 1) & ~(u64)(PART_ALIGN - 1);
}

#define RESTRICTIONS_ROOM sizeof(struct pcsc_handover_restrictions)
#define LAYOUTS_ROOM \
	(PCSC_HANDOVER_MAX_LAYOUTS * (u64)sizeof(struct pcsc_layout))
#define PER_FUNCTION \
	(sizeof(struct pcsc_handover_function) + sizeof(struct pcsc_cells))
#define FIXED_ROOM \
	(HEADER_ROOM + RESTRICTIONS_ROOM + LAYOUTS_ROOM + 3 * PART_ALIGN)

struct pcsc_handover_places pcsc_handover_places(u64 size)
{
	struct pcsc_handover_places p = { .restrictions = HEADER_ROOM };

	p.layouts = aligned(p.restrictions + RESTRICTIONS_ROOM);
	p.index = aligned(p.layouts + LAYOUTS_ROOM);
	p.cells = p.index;
	if (size < FIXED_ROOM + PER_FUNCTION || size > (u64)1 << 30)
		return p;
	/* A shift rather than a division: 32-bit kernels lack that of u64. */
	p.capacity = (u32)(size - FIXED_ROOM) / (u32)PER_FUNCTION;
	p.cells = aligned(p.index +
			  p.capacity *
				  (u64)sizeof(struct pcsc_handover_function));
	return p;
}

u64 pcsc_handover_size(u32 functions)
{
	return FIXED_ROOM + functions * (u64)PER_FUNCTION;
}

static const void *at(const struct pcsc_handover_header *header, u64 offset)
{
	return (const u8 *)header + offset;
}

static u64 header_sum(const struct pcsc_handover_header *header)
{
	const unsigned int skip = offsetof(struct pcsc_handover_header, size);

	return pcsc_mix_words(PCSC_MIX_START, at(header, skip),
			      (sizeof(*header) - skip) / 8);
}

static const struct pcsc_handover_restrictions *
restrictions_of(const struct pcsc_handover_header *header)
{
	return at(header, pcsc_handover_places(header->size).restrictions);
}

static u64 restrictions_sum(const struct pcsc_handover_header *header)
{
	return pcsc_mix_words(PCSC_MIX_START, restrictions_of(header),
			      sizeof(struct pcsc_handover_restrictions) / 8);
}

static u64 lines_sum(const struct pcsc_handover_header *header)
{
	const struct pcsc_handover_places p =
		pcsc_handover_places(header->size);
	u64 sum;

	sum = pcsc_mix_words(PCSC_MIX_START, at(header, p.layouts),
			     header->nr_layouts * sizeof(struct pcsc_layout) /
				     8);
	return pcsc_mix_words(sum, at(header, p.index),
			      header->nr_functions *
				      sizeof(struct pcsc_handover_function) /
				      8);
}

void pcsc_handover_sum(struct pcsc_handover_header *header)
{
	header->restrictions_sum = restrictions_sum(header);
	header->lines_sum = lines_sum(header);
	header->sum = header_sum(header);
}

u64 pcsc_handover_salt(const struct pcsc_handover_function *entry)
{
	return pcsc_mix_words(PCSC_MIX_START, entry,
			      offsetof(struct pcsc_handover_function, seal) /
				      8);
}

/* The memory may have been written by anybody, so a bool may hold any value. */
static bool is_bool(const bool *b)
{
	return *(const u8 *)b <= 1;
}

static bool cap_fits(const struct pcsc_layout *layout,
		     const struct pcsc_cap *cap)
{
	const u32 end = (u32)cap->offset + cap->length;
	u16 first;

	if (!is_bool(&cap->ext) || !is_bool(&cap->opaque))
		return false;
	first = cap->ext ? PCSC_ECAP_BASE : PCSC_CAP_BASE;
	return cap->offset >= first && !(cap->offset & 3) && cap->need &&
	       !(cap->need & 3) && cap->need <= cap->length &&
	       end <= (cap->ext ? layout->cfg_size : PCSC_ECAP_BASE);
}

bool pcsc_handover_takes(const struct pcsc_layout *layout)
{
	return layout->status == PCSC_WALK_OK && layout->header_type <= 1;
}

/* One of a function that could not be walked is of no line, so what it says is not used. */
static bool layout_fits(const struct pcsc_layout *layout)
{
	unsigned int i;

	if (!pcsc_handover_takes(layout))
		return true;
	if ((layout->cfg_size != PCSC_ECAP_BASE &&
	     layout->cfg_size != 4 * PCSC_DWORDS) ||
	    layout->cap_pointer & 3 || layout->nr_caps > PCSC_MAX_CAPS)
		return false;
	for (i = 0; i < layout->nr_caps; i++)
		if (!cap_fits(layout, &layout->caps[i]))
			return false;
	return true;
}

/* Is @vf's address one of those where @pf puts its VFs? */
static bool is_vf_of(const struct pcsc_handover_function *pf,
		     const struct pcsc_handover_function *vf)
{
	const u32 rid = (u32)vf->bus << 8 | vf->devfn;
	const u32 step = pf->vf_stride ? pf->vf_stride : 1;

	return rid >= pf->vf_first && (rid - pf->vf_first) % step == 0 &&
	       (rid - pf->vf_first) / step < pf->vf_count;
}

static bool function_fits(const struct pcsc_handover_header *header,
			  const struct pcsc_layout *layouts,
			  const struct pcsc_handover_function *index, u32 i)
{
	const struct pcsc_handover_function *f = &index[i];
	const struct pcsc_handover_function *pf;

	if (f->flags & ~PCSC_HANDOVER_FLAGS ||
	    f->bridges > PCSC_HANDOVER_MAX_BRIDGES)
		return false;
	if (!(f->flags & PCSC_HANDOVER_HAS_LINE))
		return true;
	if (f->layout >= header->nr_layouts ||
	    !pcsc_handover_takes(&layouts[f->layout]) ||
	    f->domain >= PCSC_HANDOVER_SOFTWARE_DOMAINS)
		return false;
	if (!(f->flags & PCSC_HANDOVER_VF))
		return true;
	if (f->pf >= header->nr_functions)
		return false;
	pf = &index[f->pf];
	return (pf->flags & (PCSC_HANDOVER_HAS_LINE | PCSC_HANDOVER_VF)) ==
		       PCSC_HANDOVER_HAS_LINE &&
	       pf->domain == f->domain && is_vf_of(pf, f);
}

const char *
pcsc_handover_check_header(const struct pcsc_handover_header *header)
{
	if (header->magic != PCSC_HANDOVER_MAGIC)
		return "nothing was ever handed over here";
	if (header->version != PCSC_HANDOVER_VERSION ||
	    header->restrictions_size !=
		    sizeof(struct pcsc_handover_restrictions))
		return "it was written by another version of the helper";
	if (header_sum(header) != header->sum || header->reserved ||
	    !pcsc_is_text(header->release, sizeof(header->release)) ||
	    !pcsc_is_text(header->helper, sizeof(header->helper)))
		return "its header is damaged";
	return NULL;
}

static bool mismatch_fits(const struct pcsc_handover_mismatch *mismatch)
{
	return (mismatch->size == 1 || mismatch->size == 2 ||
		mismatch->size == 4) &&
	       !(mismatch->where & (mismatch->size - 1)) &&
	       mismatch->where < 4 * PCSC_DWORDS && mismatch->is_vf <= 1;
}

static bool quarantined_fits(const struct pcsc_handover_quarantined *function)
{
	return !function->reserved[0] && !function->reserved[1] &&
	       !function->reserved[2];
}

static bool limit_fits(const struct pcsc_handover_limit *limit)
{
	const bool model = limit->vendor || limit->device;
	const bool function = limit->domain || limit->bus || limit->devfn;

	return limit->mode < PCSC_HANDOVER_UNLIMITED && !limit->reserved &&
	       ((limit->scope == PCSC_HANDOVER_OF_MODEL && !function) ||
		(limit->scope == PCSC_HANDOVER_OF_FUNCTION && !model));
}

static bool restrictions_fit(const struct pcsc_handover_restrictions *r)
{
	u32 i;

	if (r->incomplete > 1 || r->reserved)
		return false;
	for (i = 0; i < r->nr_mismatches; i++)
		if (!mismatch_fits(&r->mismatches[i]))
			return false;
	for (i = 0; i < r->nr_quarantined; i++)
		if (!quarantined_fits(&r->quarantined[i]))
			return false;
	for (i = 0; i < r->nr_limits; i++)
		if (!limit_fits(&r->limits[i]))
			return false;
	return true;
}

const char *
pcsc_handover_check_restrictions(const struct pcsc_handover_header *header)
{
	const struct pcsc_handover_restrictions *r = restrictions_of(header);

	if (restrictions_sum(header) != header->restrictions_sum)
		return "its lists of mismatches, quarantine and limits are damaged";
	if (r->nr_mismatches > PCSC_HANDOVER_RESTRICTIONS ||
	    r->nr_quarantined > PCSC_HANDOVER_RESTRICTIONS ||
	    r->nr_limits > PCSC_HANDOVER_RESTRICTIONS)
		return "its lists of mismatches, quarantine and limits are longer than they can be";
	if (!restrictions_fit(r))
		return "a mismatch, quarantined function or limit in it is impossible";
	return NULL;
}

static const char *check_contents(const struct pcsc_handover_header *header)
{
	const struct pcsc_handover_places p =
		pcsc_handover_places(header->size);
	const struct pcsc_handover_function *index = at(header, p.index);
	const struct pcsc_layout *layouts = at(header, p.layouts);
	u32 i;

	for (i = 0; i < header->nr_layouts; i++)
		if (!layout_fits(&layouts[i]))
			return "a layout in it is impossible";
	for (i = 0; i < header->nr_functions; i++)
		if (!function_fits(header, layouts, index, i))
			return "a function in its index is impossible";
	return NULL;
}

/*
 * Restrictions are before all that has these sizes, so they are taken also from a
 * helper whose lines have another form, and from a region that has grown.
 */
static bool sizes_are_ours(const struct pcsc_handover_header *header)
{
	return header->layout_size == sizeof(struct pcsc_layout) &&
	       header->function_size == sizeof(struct pcsc_handover_function) &&
	       header->cells_size == sizeof(struct pcsc_cells);
}

const char *pcsc_handover_check_lines(const struct pcsc_handover_header *header,
				      u64 size)
{
	if (!sizes_are_ours(header))
		return "another version of the helper wrote its lines";
	if (header->size != size)
		return "it was written for a region of another size";
	if (header->nr_layouts > PCSC_HANDOVER_MAX_LAYOUTS ||
	    header->nr_functions > pcsc_handover_places(header->size).capacity)
		return "its layouts or index are longer than they can be";
	if (lines_sum(header) != header->lines_sum)
		return "its layouts or index are damaged";
	if (header->table_hash != pcsc_regs_hash() ||
	    header->walk_version != PCSC_WALK_VERSION)
		return "the last kernel's helper had another register table";
	return check_contents(header);
}
