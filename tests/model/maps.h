/* SPDX-License-Identifier: GPL-2.0-only */
/* Random but valid maps, and hardware that agrees with them. */
#ifndef PCSC_MODEL_MAPS_H
#define PCSC_MODEL_MAPS_H

#include "core/map.h"

/* Deterministic: the same numbers on every machine. */
u32 maps_random(u64 *state);
/* Less than @n. */
u32 maps_below(u64 *state, u32 n);

/* By hand: few dwords, every kind of entry. */
void maps_by_hand(struct pcsc_map *map, u64 *random);

/* By pcsc_map_make() from a synthetic function and profile. */
void maps_by_core(struct pcsc_map *map, u64 *random);

/* What a function with this map reads: its headers are the map's. */
void maps_paint(const struct pcsc_map *map, u8 *hardware, u64 *random);

#endif
