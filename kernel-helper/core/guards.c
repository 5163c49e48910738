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
	if (!cap->ext)
		return add_head(map, cap->offset, needs, 0xffff,
				cap->id | (u32)cap->next << 8);
	return add_head(map, cap->offset, needs, 0xffffffff,
			cap->id | (u32)cap->version << 16 |
				(u32)cap->next << 20);
}

/*
 * A VF may be under the map of a sibling whose structures end elsewhere; then
 * evidence would speak for what is a vendor's register. So it speaks only when the
 * lengths are proved, too. @left: capabilities to come. False: this one cannot be.
 */
static bool prove_length(struct pcsc_map *map, const struct pcsc_cap *cap,
			 u8 needs, unsigned int left)
{
	const struct pcsc_length_field field =
		pcsc_length_field(cap->ext, cap->id);
	const u16 offset = cap->offset + field.offset;

	if (!field.mask)
		return !pcsc_length_is_spread(cap->ext, cap->id);
	if (offset >= map->cfg_size)
		return true;
	if (field.offset >= cap->length ||
	    map->nr_heads + left >= PCSC_MAX_GUARDS)
		return false;
	add_head(map, offset, needs, field.mask, cap->length_bits & field.mask);
	return true;
}

/*
 * A list is proven link by link: the capability pointer, then every header,
 * each under the guard of the one that points to it. Extended capabilities
 * always begin at 0x100.
 */
bool pcsc_guards_add(struct pcsc_map *map, const struct pcsc_layout *layout)
{
	const struct pcsc_cap *const last = layout->caps + layout->nr_caps;
	const struct pcsc_cap *cap;
	bool provable = true;
	u8 guard = PCSC_GUARD_NONE;
	u16 offset;

	if (layout->cap_pointer) {
		guard = add_head(map, CAPABILITIES, PCSC_GUARD_NONE, 0xfc,
				 layout->cap_pointer);
		/*
		 * The pointer is under its own guard, so that it is read again
		 * when the guard is lost.
		 */
		map->dword[CAPABILITIES / 4].guard = guard;
	}
	for (cap = layout->caps; cap < last; cap++) {
		if (cap->offset == PCSC_ECAP_BASE)
			guard = PCSC_GUARD_NONE;
		guard = add_cap_head(map, cap, guard);
		provable &= prove_length(map, cap, guard, last - cap - 1);
		for (offset = cap->offset; offset < cap->offset + cap->length;
		     offset += 4)
			map->dword[offset / 4].guard = guard;
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

bool pcsc_map_cap(const struct pcsc_map *map, const struct pcsc_map_head *head,
		  struct pcsc_cap *cap)
{
	u16 dword = head->offset / 4;

	if (!pcsc_head_is_cap(map, head))
		return false;
	__builtin_memset(cap, 0, sizeof(*cap));
	cap->offset = head->offset;
	cap->ext = head->offset >= PCSC_ECAP_BASE;
	cap->id = head->value & (cap->ext ? 0xffff : 0xff);
	/* Every dword of a capability is under its header's guard. */
	while (dword < PCSC_DWORDS && map->dword[dword].guard == head->guard)
		dword++;
	cap->length = 4 * dword - head->offset;
	return true;
}
