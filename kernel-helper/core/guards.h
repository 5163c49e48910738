/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guards of a map: which dwords of the function itself prove which piece of
 * the layout, and what is served only then.
 */
#ifndef PCSC_CORE_GUARDS_H
#define PCSC_CORE_GUARDS_H

#include "caps.h"
#include "map.h"

/*
 * Give every capability of @layout its guard, and every length of one. False if a
 * length cannot be proved: evidence may not speak then, nor is anything of that
 * capability served but its header.
 */
bool pcsc_guards_add(struct pcsc_map *map, const struct pcsc_layout *layout);

/* Bytes that no capability describes are guarded by the layout as a whole. */
void pcsc_guards_rest(struct pcsc_map *map);

/*
 * A VF shows its own layout, so its siblings answer for no byte that proves a
 * piece of it.
 */
void pcsc_guards_unshare(struct pcsc_map *map);

/* Does @head prove that a capability is there; not a length, or the pointer? */
static inline bool pcsc_head_is_cap(const struct pcsc_map_head *head)
{
	return head->length;
}

/* The guard of the header of the capability at @where; PCSC_GUARD_ALL: there is none. */
u8 pcsc_guard_of_cap(const struct pcsc_map *map, u16 where);

/*
 * The capability that @head proves: its ID, place and length; a map keeps no more of
 * the layout it was made from. False if it proves none.
 */
bool pcsc_head_cap(const struct pcsc_map_head *head, struct pcsc_cap *cap);

#endif
