/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guards of a map: which dwords of a function's own prove which piece of the
 * layout, and what is served only then.
 */
#ifndef PCSC_CORE_GUARDS_H
#define PCSC_CORE_GUARDS_H

#include "map.h"

/*
 * Give every capability of @layout its guard. False if there is a length that may
 * differ among siblings and cannot be proved: evidence may not speak then.
 */
bool pcsc_guards_add(struct pcsc_map *map, const struct pcsc_layout *layout);

/* Bytes that no capability describes are guarded by the layout as a whole. */
void pcsc_guards_rest(struct pcsc_map *map);

/*
 * A VF shows its own layout, so its siblings answer for no byte that proves a
 * piece of it.
 */
void pcsc_guards_unshare(struct pcsc_map *map);

/*
 * The capability that @head proves, without its version; a map keeps no more of the
 * layout it was made from. False: @head proves the capability pointer, or a length.
 */
bool pcsc_map_cap(const struct pcsc_map *map, const struct pcsc_map_head *head,
		  struct pcsc_cap *cap);

#endif
