/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/iomem as a list of ranges. The text comes from the caller: no file is
 * opened here. Errors are negative errno, and nothing is said.
 */
#ifndef PCSC_CTL_IOMEM_H
#define PCSC_CTL_IOMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum iomem_kind { IOMEM_OTHER, IOMEM_RAM, IOMEM_RESERVED };

struct iomem_range {
	uint64_t start, end; /* both in it */
	unsigned int depth; /* 0: not within another */
	enum iomem_kind kind;
};

/* In the file's order: a range, then those within it. */
struct iomem {
	struct iomem_range *ranges;
	size_t count;
};

/*
 * Read all of @file into @map, which the caller frees. Lines that are no ranges
 * are left out. -EPERM: all addresses are 0, as the kernel shows them to those
 * without CAP_SYS_ADMIN. -ENOMEM. After an error @map is empty.
 */
int iomem_parse(FILE *file, struct iomem *map);
void iomem_free(struct iomem *map);

/*
 * Are all @size bytes from @address on within outermost ranges of one of
 * @kinds, a mask of 1 << IOMEM_*?
 */
bool iomem_covers(const struct iomem *map, unsigned int kinds, uint64_t address,
		  uint64_t size);

#endif
