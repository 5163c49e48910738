/* SPDX-License-Identifier: GPL-2.0-only */
/* What a write means, by the function's map. Any context. */
#ifndef PCSC_MEANING_H
#define PCSC_MEANING_H

#include <linux/bits.h>
#include <linux/types.h>

#include "core/map.h"

/*
 * The low bits are PCSC_OPEN_* that end with the write; the next four,
 * likewise, are those that begin with it.
 */
#define PCSC_MEANS_CLOSE GENMASK(3, 0)
#define PCSC_MEANS_OPEN_SHIFT 4
#define PCSC_MEANS_OPEN(which) ((which) << PCSC_MEANS_OPEN_SHIFT)

/* These happen once, since no write says that they are over. */
#define PCSC_MEANS_RESET BIT(8)
#define PCSC_MEANS_BIST BIT(9)
#define PCSC_MEANS_RESET_ALL BIT(10) /* the functions of a device */
#define PCSC_MEANS_LOSE \
	BIT(11) /* all below a port, or a PF's VFs, may have other values */

#define PCSC_MEANS_VFS BIT(12) /* VF Enable is set */
#define PCSC_MEANS_NO_VFS BIT(13) /* VF Enable is cleared */

/* @bridge: the function has buses below it. */
u32 pcsc_meaning(const struct pcsc_map *map, bool bridge, u16 where, u8 size,
		 u32 value);

/* Set those of a bridge's bus numbers that the write covers. */
void pcsc_meaning_of_buses(u16 where, u8 size, u32 value, u8 *secondary,
			   u8 *subordinate);

#endif
