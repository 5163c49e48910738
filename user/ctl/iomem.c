// SPDX-License-Identifier: GPL-2.0-only
#include "iomem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

static enum iomem_kind kind_of(const char *name)
{
	if (!strcmp(name, "System RAM"))
		return IOMEM_RAM;
	/* "reserved" before 5.x, and elsewhere than on x86 */
	return strcasecmp(name, "Reserved") ? IOMEM_OTHER : IOMEM_RESERVED;
}

static bool parse_range(char *line, struct iomem_range *range)
{
	size_t indent = strspn(line, " ");
	int name = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line + indent, "%" SCNx64 "-%" SCNx64 " : %n", &range->start,
		   &range->end, &name) != 2 ||
	    !name || range->end < range->start)
		return false;
	range->depth = indent / 2;
	range->kind = kind_of(line + indent + name);
	return true;
}

static int append(struct iomem *map, const struct iomem_range *range)
{
	struct iomem_range *ranges;

	ranges = reallocarray(map->ranges, map->count + 1, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	map->ranges = ranges;
	map->ranges[map->count++] = *range;
	return 0;
}

int iomem_parse(FILE *file, struct iomem *map)
{
	_cleanup_free_ char *line = NULL;
	struct iomem_range range;
	uint64_t highest = 0;
	size_t room = 0;

	*map = (struct iomem){};
	while (getline(&line, &room, file) >= 0) {
		if (!parse_range(line, &range))
			continue;
		if (append(map, &range)) {
			iomem_free(map);
			return -ENOMEM;
		}
		if (range.end > highest)
			highest = range.end;
	}
	if (highest)
		return 0;
	iomem_free(map);
	return -EPERM;
}

void iomem_free(struct iomem *map)
{
	free(map->ranges);
	*map = (struct iomem){};
}

/*
 * Outermost ranges do not overlap, so what they cover can be added up. Ranges
 * that touch may be of several kinds: the kernel merges only equal ones.
 */
bool iomem_covers(const struct iomem *map, unsigned int kinds, uint64_t address,
		  uint64_t size)
{
	uint64_t last = address + size - 1;
	uint64_t covered = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct iomem_range *m = &map->ranges[i];
		uint64_t from = m->start > address ? m->start : address;
		uint64_t to = m->end < last ? m->end : last;

		if (!m->depth && (kinds & 1u << m->kind) && from <= to)
			covered += to - from + 1;
	}
	return covered == size;
}
