// SPDX-License-Identifier: GPL-2.0-only
/* Layouts and maps: what is true of every one of them, whatever it was made of. */
#include <string.h>

#include "core/caps.h"
#include "core/extent.h"
#include "core/guards.h"
#include "core/regs.h"
#include "fuzz.h"

static bool apart(const struct pcsc_cap *a, const struct pcsc_cap *b)
{
	return a->offset + a->length <= b->offset ||
	       b->offset + b->length <= a->offset;
}

static void check_cap(const struct pcsc_layout *layout,
		      const struct pcsc_cap *cap)
{
	const u16 first = cap->ext ? PCSC_ECAP_BASE : PCSC_CAP_BASE;
	const u16 end = cap->ext ? layout->cfg_size : PCSC_ECAP_BASE;
	const struct pcsc_cap *other;

	MUST(cap->offset >= first && !(cap->offset & 3) &&
		     cap->offset + cap->length <= end,
	     "a capability at 0x%x of %u bytes", cap->offset, cap->length);
	MUST(cap->length >= 4 && !(cap->length & 3),
	     "a capability at 0x%x of %u bytes", cap->offset, cap->length);
	for (other = cap + 1; other < layout->caps + layout->nr_caps; other++)
		MUST(apart(cap, other), "capabilities at 0x%x and 0x%x overlap",
		     cap->offset, other->offset);
}

/* What is a capability's byte is not undescribed, and the other way round. */
static void check_byte(const struct pcsc_layout *layout, u16 at)
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg = pcsc_layout_reg(layout, at, &cap);

	if (cap)
		MUST(at >= cap->offset && at < cap->offset + cap->length,
		     "0x%x is said to be in 0x%x", at, cap->offset);
	if (layout->status == PCSC_WALK_OK && at < layout->cfg_size)
		MUST(pcsc_layout_undescribed(layout, at) == (!cap && !reg),
		     "0x%x: a register and undescribed", at);
}

/* Where something begins or ends. */
static void check_edges(const struct pcsc_layout *layout)
{
	const struct pcsc_cap *cap;

	for (cap = layout->caps; cap < layout->caps + layout->nr_caps; cap++)
		for (int n = -1; n < 2; n++) {
			check_byte(layout, cap->offset + n);
			check_byte(layout, cap->offset + cap->length + n);
		}
	for (u16 at = 0; at < 0x40; at++)
		check_byte(layout, at);
	check_byte(layout, layout->cfg_size - 1);
}

void fuzz_check_layout(const struct pcsc_layout *layout)
{
	MUST(layout->nr_caps <= PCSC_MAX_CAPS, "%u of them", layout->nr_caps);
	MUST(layout->status < PCSC_WALK_STATUSES, "%u", layout->status);
	MUST(layout->where < layout->cfg_size, "0x%x", layout->where);
	MUST(layout->fingerprint, "of %u capabilities", layout->nr_caps);
	for (unsigned int i = 0; i < layout->nr_caps; i++)
		check_cap(layout, &layout->caps[i]);
	check_edges(layout);
}

/* ---- maps ---- */

struct checked {
	const struct pcsc_map *map;
	const struct pcsc_identity *identity;
	const struct pcsc_layout *layout;
};

/* A byte that the map calls const. */
static void check_const(const struct checked *c, u16 at, bool evidence)
{
	const bool vf = c->identity->is_vf;
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg = pcsc_layout_reg(c->layout, at, &cap);

	MUST(at < c->map->cfg_size, "0x%x", at);
	MUST(evidence == pcsc_layout_undescribed(c->layout, at),
	     "0x%x is const by evidence or undescribed, not both", at);
	if (evidence) {
		MUST(pcsc_evidence_may_speak(c->layout, c->identity->class_code,
					     c->identity->on_root_bus),
		     "0x%x of class %06x", at, c->identity->class_code);
		return;
	}
	MUST(reg, "0x%x is const and no register", at);
	MUST(!pcsc_reg_is_floor(reg, vf), "0x%x, %s, is on the floor", at,
	     reg->name);
	MUST(!(reg->flags & PCSC_ADDRESS) || (reg->flags & PCSC_VF_CONST && vf),
	     "0x%x, %s, is an address", at, reg->name);
	MUST(!(reg->flags & PCSC_PROBE) || vf, "0x%x, %s, shows presence", at,
	     reg->name);
}

static void check_guard(const struct pcsc_map *map, u16 dword)
{
	const struct pcsc_map_entry *entry = &map->dword[dword];

	MUST(entry->guard <= map->nr_heads || entry->guard == PCSC_GUARD_ALL ||
		     entry->guard == PCSC_GUARD_NEVER,
	     "dword 0x%x under guard %u", 4 * dword, entry->guard);
	MUST(entry->head <= map->nr_heads, "dword 0x%x has head %u", 4 * dword,
	     entry->head);
	if (entry->head)
		MUST(map->heads[entry->head - 1].offset == 4 * dword,
		     "head %u is not at 0x%x", entry->head, 4 * dword);
	if (entry->mask && dword >= PCSC_CAP_BASE / 4)
		MUST(entry->guard != PCSC_GUARD_NONE,
		     "0x%x is served without proof", 4 * dword);
}

static void check_dword(const struct checked *c, u16 dword)
{
	const struct pcsc_map_entry *entry = &c->map->dword[dword];

	for (unsigned int n = 0; n < 4; n++)
		if (entry->mask >> n & 1)
			check_const(c, 4 * dword + n, entry->evidence >> n & 1);
	MUST(!(entry->evidence & ~entry->mask), "0x%x", 4 * dword);
	MUST(!(entry->shared & ~entry->mask), "0x%x", 4 * dword);
	MUST(!entry->shared || c->identity->is_vf, "0x%x", 4 * dword);
	check_guard(c->map, dword);
}

/* A dword's values have a room of their own, or need none. */
static void check_slots(const struct pcsc_map *map)
{
	bool taken[PCSC_MAX_SLOTS] = {};

	MUST(map->nr_slots <= PCSC_MAX_SLOTS, "%u", map->nr_slots);
	for (u16 dword = 0; dword < PCSC_DWORDS; dword++) {
		const struct pcsc_map_entry *entry = &map->dword[dword];

		if (!entry->mask)
			continue;
		if (entry->slot == PCSC_SLOT_ZERO) {
			MUST(entry->mask == 0xf && entry->evidence == 0xf,
			     "0x%x is zero in part", 4 * dword);
			continue;
		}
		MUST(entry->slot < map->nr_slots, "0x%x is in slot %u",
		     4 * dword, entry->slot);
		MUST(!taken[entry->slot], "0x%x is in slot %u, as another",
		     4 * dword, entry->slot);
		MUST(map->slot_evidence[entry->slot] == entry->evidence, "0x%x",
		     4 * dword);
		taken[entry->slot] = true;
	}
}

static void check_counts(const struct pcsc_map *map)
{
	unsigned int nr_const = 0, nr_evidence = 0, nr_shared = 0;

	for (u16 dword = 0; dword < PCSC_DWORDS; dword++) {
		nr_const += pcsc_count_bytes(map->dword[dword].mask);
		nr_evidence += pcsc_count_bytes(map->dword[dword].evidence);
		nr_shared += !!map->dword[dword].shared;
	}
	MUST(map->nr_const == nr_const && map->nr_evidence == nr_evidence &&
		     map->nr_shared == nr_shared,
	     "%u %u %u are %u %u %u", map->nr_const, map->nr_evidence,
	     map->nr_shared, nr_const, nr_evidence, nr_shared);
}

static bool is_proved(const struct pcsc_map *map, u16 offset, u32 mask)
{
	for (unsigned int i = 0; i < map->nr_heads; i++)
		if (map->heads[i].offset == offset &&
		    map->heads[i].mask == mask)
			return true;
	return false;
}

/* Can no function have these heads and another layout? */
static bool lengths_are_proved(const struct pcsc_map *map,
			       const struct pcsc_layout *layout)
{
	const struct pcsc_cap *cap = layout->caps;

	for (; cap < layout->caps + layout->nr_caps; cap++) {
		const struct pcsc_length_field field =
			pcsc_length_field(cap->ext, cap->id, cap->length_bits);
		const u16 at = cap->offset + field.offset;

		if (pcsc_length_is_spread(cap->ext, cap->id) ||
		    (field.mask && at < layout->cfg_size &&
		     !is_proved(map, at, field.mask)))
			return false;
	}
	return true;
}

/* Evidence waits for every length in which siblings may differ. */
static void check_lengths(const struct checked *c)
{
	MUST(!c->map->nr_evidence || lengths_are_proved(c->map, c->layout),
	     "evidence of %u bytes, though a length is not proved",
	     c->map->nr_evidence);
}

/* The bits of the dword at @where that decide what a walk finds. */
static u32 deciding_bits(const struct pcsc_map *map, u16 where)
{
	u32 bits = 0;

	if (where == 0x04)
		bits = 0x00100000; /* Status: there is a list */
	if (where == 0x0c)
		bits = 0x007f0000; /* the header type */
	/* Without a list no type is known, so there is no evidence to go wrong. */
	if (where == 0x34 && !map->nr_evidence)
		bits = 0xff;
	for (unsigned int i = 0; i < map->nr_heads; i++)
		if (map->heads[i].offset == where)
			bits |= map->heads[i].mask;
	return bits;
}

void fuzz_check_sibling(const struct pcsc_map *map,
			const struct pcsc_layout *layout,
			const struct fuzz_space *space)
{
	struct fuzz_space sibling = *space;
	struct pcsc_layout its;
	u64 random = layout->fingerprint;
	u32 bits;

	if (layout->status != PCSC_WALK_OK || !lengths_are_proved(map, layout))
		return;
	for (u16 where = 0; where < layout->cfg_size; where += 4) {
		bits = deciding_bits(map, where);
		random = random * 6364136223846793005 + 1442695040888963407;
		fuzz_space_put(&sibling, where, 4,
			       (fuzz_space_get(space, where, 4) & bits) |
				       ((u32)(random >> 32) & ~bits));
	}
	pcsc_walk(fuzz_space_read, &sibling, layout->cfg_size, &its);
	MUST(!memcmp(&its, layout, sizeof(its)),
	     "the same heads and another layout, %s at 0x%x",
	     pcsc_walk_names[its.status], its.where);
}

/* The capabilities can be told from the map alone. */
static void check_heads(const struct checked *c)
{
	const struct pcsc_cap *cap = c->layout->caps;
	struct pcsc_cap told;

	for (unsigned int i = 0; i < c->map->nr_heads; i++) {
		const struct pcsc_map_head *head = &c->map->heads[i];

		MUST(head->needs < head->guard && head->guard == i + 1,
		     "head %u needs %u", head->guard, head->needs);
		MUST(!(c->map->dword[head->offset / 4].shared &
		       pcsc_bytes_with(head->mask)),
		     "0x%x proves the layout and is shared", head->offset);
		if (!pcsc_head_cap(head, &told))
			continue;
		MUST(told.offset == cap->offset && told.ext == cap->ext &&
			     told.length == cap->length,
		     "0x%x of %u bytes is told as 0x%x of %u", cap->offset,
		     cap->length, told.offset, told.length);
		cap++;
	}
	MUST(cap == c->layout->caps + c->layout->nr_caps,
	     "%u capabilities, %u heads", c->layout->nr_caps, c->map->nr_heads);
}

void fuzz_check_map(const struct pcsc_map *map,
		    const struct pcsc_identity *identity,
		    const struct pcsc_layout *layout)
{
	const struct checked c = { map, identity, layout };

	for (u16 dword = 0; dword < PCSC_DWORDS; dword++)
		check_dword(&c, dword);
	check_slots(map);
	check_counts(map);
	if (layout->status == PCSC_WALK_OK) {
		check_heads(&c);
		check_lengths(&c);
	} else {
		MUST(!map->nr_const, "%u bytes of a broken layout",
		     map->nr_const);
	}
}
