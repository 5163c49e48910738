/* SPDX-License-Identifier: GPL-2.0-only */
/* What a write means, by the function's map. */
#ifndef PCSC_CORE_MEANING_H
#define PCSC_CORE_MEANING_H

#include "map.h"

/* Brackets that only another write closes. */
#define PCSC_OPEN_SBR (1u << 0) /* secondary bus reset asserted */
#define PCSC_OPEN_LINK (1u << 1) /* link disabled */
#define PCSC_OPEN_SLOT (1u << 2) /* slot power off */
#define PCSC_OPEN_POWER (1u << 3) /* not in D0 */

/*
 * The low bits are PCSC_OPEN_* that end with the write; the next four,
 * likewise, are those that begin with it.
 */
#define PCSC_MEANS_CLOSE 0xfu
#define PCSC_MEANS_OPEN_SHIFT 4
#define PCSC_MEANS_OPEN(which) ((which) << PCSC_MEANS_OPEN_SHIFT)

/* These happen once, since no write says that they are over. */
#define PCSC_MEANS_RESET (1u << 8)
#define PCSC_MEANS_BIST (1u << 9)
#define PCSC_MEANS_RESET_ALL (1u << 10) /* the functions of a device */
#define PCSC_MEANS_LOSE \
	(1u << 11) /* all below a port, or a PF's VFs, may have other values */

#define PCSC_MEANS_VFS (1u << 12) /* VF Enable is set */
#define PCSC_MEANS_NO_VFS (1u << 13) /* VF Enable is cleared */

/* The same as PCSC_MEANS_LOSE, if what is written was otherwise before. */
#define PCSC_MEANS_ACKNOWLEDGED (1u << 14) /* bits that are set are cleared */
#define PCSC_MEANS_NO_FORWARDING (1u << 15) /* ARI forwarding is cleared */

/* @bridge: the function has buses below it. */
u32 pcsc_meaning(const struct pcsc_map *map, bool bridge, u16 where, u8 size,
		 u32 value);

/* Set those of a bridge's bus numbers that the write covers. */
void pcsc_meaning_of_buses(u16 where, u8 size, u32 value, u8 *secondary,
			   u8 *subordinate);

#endif
