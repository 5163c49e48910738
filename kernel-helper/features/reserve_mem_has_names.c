// SPDX-License-Identifier: GPL-2.0-only
/* reserve_mem= came with "mm/memblock: Add "reserve_mem" to reserved named memory at boot up". */
#include <linux/mm.h>
#include <linux/types.h>

#if PCSC_ANSWER
int (*const find)(const char *name, phys_addr_t *start,
		  phys_addr_t *size) = reserve_mem_find_by_name;
#else
/* Any declaration that the headers have contradicts this one. */
struct nothing;
struct nothing *reserve_mem_find_by_name(struct nothing *nothing);
#endif
