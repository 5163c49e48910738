// SPDX-License-Identifier: GPL-2.0-only
#include "hole.h"

#include <errno.h>
#include <stddef.h>

#include "array.h"
#include "region.h"

/*
 * They are tried in this order. Kernels, initrds and what DMAs with 24 bits
 * crowd low memory; above 4 GiB are the ranges that hosts differ in.
 */
static const struct window {
	uint64_t from, to, align;
} windows[] = {
	{ 256 * MiB, 4 * GiB, 64 * MiB },    { 256 * MiB, 4 * GiB, 2 * MiB },
	{ 256 * MiB, UINT64_MAX, 64 * MiB }, { 256 * MiB, UINT64_MAX, 2 * MiB },
	{ 16 * MiB, 256 * MiB, 2 * MiB },
};

struct search {
	const struct window *window;
	uint64_t size;
	uint64_t best; /* bytes of the largest gap so far */
	uint64_t address; /* in it */
};

/* The aligned place nearest the middle of [@start, @end); 0: none. */
static uint64_t middle(uint64_t start, uint64_t end, uint64_t size,
		       uint64_t align)
{
	uint64_t lowest = (start + align - 1) & ~(align - 1);
	uint64_t at;

	if (end - start < size)
		return 0;
	at = start + (end - start - size) / 2 + align / 2;
	at &= ~(align - 1);
	if (at < lowest)
		at = lowest;
	if (at + size > end)
		at = (end - size) & ~(align - 1);
	return at < start ? 0 : at;
}

static void consider(struct search *s, uint64_t start, uint64_t end)
{
	uint64_t at;

	if (start < s->window->from)
		start = s->window->from;
	if (end > s->window->to)
		end = s->window->to;
	if (start >= end || end - start <= s->best)
		return;
	at = middle(start, end, s->size, s->window->align);
	if (!at)
		return;
	s->best = end - start;
	s->address = at;
}

/* What lies between the ranges within the RAM at @i. */
static void consider_ram(struct search *s, const struct iomem *map, size_t i)
{
	const struct iomem_range *ram = &map->ranges[i];
	uint64_t free_from = ram->start;

	while (++i < map->count && map->ranges[i].depth) {
		const struct iomem_range *child = &map->ranges[i];

		if (child->start > free_from)
			consider(s, free_from, child->start);
		if (child->end >= free_from)
			free_from = child->end + 1;
	}
	consider(s, free_from, ram->end + 1);
}

int hole_choose(const struct iomem *map, uint64_t size, uint64_t *address)
{
	for (size_t w = 0; w < ARRAY_SIZE(windows); w++) {
		struct search s = { .window = &windows[w], .size = size };

		for (size_t i = 0; i < map->count; i++)
			if (!map->ranges[i].depth &&
			    map->ranges[i].kind == IOMEM_RAM)
				consider_ram(&s, map, i);
		if (s.best) {
			*address = s.address;
			return 0;
		}
	}
	return -ENOSPC;
}
