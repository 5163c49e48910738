// SPDX-License-Identifier: GPL-2.0-only
#include "guards.h"

#include "caps.h"
#include "extent.h"

#define CAPABILITIES 0x34

/* The capability pointer's guard, and one for every capability. */
static_assert(1 + PCSC_MAX_CAPS <= PCSC_MAX_GUARDS, "guards always fit");

/* Hang a new guard on the dword at @offset. Returns the guard's number. */
static u8 add_head(struct pcsc_map *map, u16 offset, u8 needs, u32 mask,
		   u32 value)
{
	struct pcsc_map_head *head = &map->heads[map->nr_heads++];

	head->offset = offset;
	head->guard = map->nr_heads;
	head->needs = needs;
	head->mask = mask;
	head->value = value;
	/* Heads of one dword are one behind the other. */
	if (!map->dword[offset / 4].head)
		map->dword[offset / 4].head = map->nr_heads;
	map->all |= 1ull << head->guard;
	return head->guard;
}

static u8 add_cap_head(struct pcsc_map *map, const struct pcsc_cap *cap,
		       u8 needs)
{
	u8 guard;

	if (cap->ext)
		guard = add_head(map, cap->offset, needs, 0xffffffff,
				 cap->id | (u32)cap->version << 16 |
					 (u32)cap->next << 20);
	else
		guard = add_head(map, cap->offset, needs, 0xffff,
				 cap->id | (u32)cap->next << 8);
	map->heads[guard - 1].length = cap->length;
	return guard;
}

/*
 * A VF may be under the map of a sibling whose structures end elsewhere. So evidence,
 * and all of the capability but its header, wait for the register that tells its length.
 * Returns the guard of what waits for it. @left: capabilities to come.
 */
static u8 add_length_head(struct pcsc_map *map, const struct pcsc_cap *cap,
			  u8 needs, unsigned int left)
{
	const struct pcsc_length_field field =
		pcsc_length_field(cap->ext, cap->id, cap->length_bits);
	const u16 offset = cap->offset + field.offset;

	if (pcsc_length_is_spread(cap->ext, cap->id))
		return PCSC_GUARD_NEVER;
	if (!field.mask || offset >= map->cfg_size)
		return needs;
	if (field.offset >= cap->length ||
	    map->nr_heads + left >= PCSC_MAX_GUARDS)
		return PCSC_GUARD_NEVER;
	return add_head(map, offset, needs, field.mask,
			cap->length_bits & field.mask);
}

/* The guards of a capability, and of the last header of its list. */
struct cap_guards {
	u8 header;
	u8 behind; /* of the register that tells its length; if none does, as header */
	u8 end;
};

/* A length that is told right behind the header is there whatever it says. */
static bool is_header(u16 at, u16 told_at)
{
	return !at || (at == told_at && at == 4);
}

/*
 * A sibling may have put another structure where this one need not be any more, which
 * only the end of its list tells.
 */
static u8 guard_at(const struct pcsc_cap *cap, u16 at,
		   const struct cap_guards *guards)
{
	const u16 told_at =
		pcsc_length_field(cap->ext, cap->id, cap->length_bits).offset;
	const u8 guard =
		is_header(at, told_at) ? guards->header : guards->behind;

	if (at < cap->need || guard == PCSC_GUARD_NEVER)
		return guard;
	return guard == guards->header ? guards->end : PCSC_GUARD_ALL;
}

static void guard_cap(struct pcsc_map *map, const struct pcsc_cap *cap,
		      const struct cap_guards *guards)
{
	u16 at;

	for (at = 0; at < cap->length; at += 4)
		map->dword[(cap->offset + at) / 4].guard =
			guard_at(cap, at, guards);
}

/* Returns the guard of the list's first capability. */
static u8 add_pointer_head(struct pcsc_map *map, u8 cap_pointer)
{
	u8 guard;

	if (!cap_pointer)
		return PCSC_GUARD_NONE;
	guard = add_head(map, CAPABILITIES, PCSC_GUARD_NONE, 0xfc, cap_pointer);
	/*
	 * The pointer is under its own guard, so that it is read again when the
	 * guard is lost.
	 */
	map->dword[CAPABILITIES / 4].guard = guard;
	return guard;
}

/*
 * A list is proven link by link: the capability pointer, then every header,
 * each under the guard of the one that points to it. Extended capabilities
 * always begin at 0x100.
 */
static bool add_heads(struct pcsc_map *map, const struct pcsc_layout *layout,
		      struct cap_guards *guards, u8 *end)
{
	const struct pcsc_cap *const last = layout->caps + layout->nr_caps;
	u8 guard = add_pointer_head(map, layout->cap_pointer);
	const struct pcsc_cap *cap;
	bool provable = true;

	for (cap = layout->caps; cap < last; cap++, guards++) {
		if (cap->offset == PCSC_ECAP_BASE)
			guard = PCSC_GUARD_NONE;
		guard = add_cap_head(map, cap, guard);
		guards->header = guard;
		guards->behind =
			add_length_head(map, cap, guard, last - cap - 1);
		provable &= guards->behind != PCSC_GUARD_NEVER;
		end[cap->ext] = guard;
	}
	return provable;
}

bool pcsc_guards_add(struct pcsc_map *map, const struct pcsc_layout *layout)
{
	struct cap_guards guards[PCSC_MAX_CAPS];
	u8 end[2] = { PCSC_GUARD_NONE, PCSC_GUARD_NONE };
	const bool provable = add_heads(map, layout, guards, end);
	u8 i;

	for (i = 0; i < layout->nr_caps; i++) {
		guards[i].end = end[layout->caps[i].ext];
		guard_cap(map, &layout->caps[i], &guards[i]);
	}
	return provable;
}

/*
 * A VF shows its own layout, so its siblings answer for no byte that proves a
 * piece of it.
 */
void pcsc_guards_unshare(struct pcsc_map *map)
{
	const struct pcsc_map_head *head;

	for (head = map->heads; head < map->heads + map->nr_heads; head++)
		map->dword[head->offset / 4].shared &=
			~pcsc_bytes_with(head->mask);
}

/* Bytes that no capability describes are guarded by the layout as a whole. */
void pcsc_guards_rest(struct pcsc_map *map)
{
	u16 dword;

	for (dword = PCSC_CAP_BASE / 4; dword < map->cfg_size / 4; dword++)
		if (map->dword[dword].described != 0xf)
			map->dword[dword].guard = PCSC_GUARD_ALL;
}

u8 pcsc_guard_of_cap(const struct pcsc_map *map, u16 where)
{
	const struct pcsc_map_head *head;

	for (head = map->heads; head < map->heads + map->nr_heads; head++)
		if (where >= head->offset &&
		    where - head->offset < head->length)
			return head->guard;
	return PCSC_GUARD_ALL;
}

bool pcsc_head_cap(const struct pcsc_map_head *head, struct pcsc_cap *cap)
{
	if (!pcsc_head_is_cap(head))
		return false;
	__builtin_memset(cap, 0, sizeof(*cap));
	cap->offset = head->offset;
	cap->length = head->length;
	cap->ext = head->offset >= PCSC_ECAP_BASE;
	cap->id = head->value & (cap->ext ? 0xffff : 0xff);
	return true;
}
