/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The choice of a hole: a range of System RAM that memmap=SIZE$ADDRESS may take
 * out of the memory map, on this host and at every start of it.
 */
#ifndef PCSC_CTL_HOLE_H
#define PCSC_CTL_HOLE_H

#include <stdint.h>

#include "iomem.h"

/*
 * Put into @address where @size bytes, a multiple of the page size, are to lie.
 * The same map and size give the same address. -ENOSPC: no range has room.
 */
int hole_choose(const struct iomem *map, uint64_t size, uint64_t *address);

#endif
