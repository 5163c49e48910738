/* SPDX-License-Identifier: GPL-2.0-only */
/* Which events a driver acknowledges, when it clears a port's status. Any context. */
#ifndef PCSC_ACKNOWLEDGE_H
#define PCSC_ACKNOWLEDGE_H

#include <linux/pci.h>

#include "object.h"

/*
 * pcsc_meaning() of a write that is about to be made through @bus, or past it (NULL),
 * under @f's map; less events that it would acknowledge, but that are not set.
 */
u32 pcsc_meaning_less_unset(struct pcsc_function *f, const struct pcsc_map *map,
			    struct pci_bus *bus, u16 where, u8 size, u32 value);

#endif
