/* SPDX-License-Identifier: GPL-2.0-only */
/* Is it told that a link was down, when a driver clears a port's status? Any context. */
#ifndef PCSC_ACKNOWLEDGE_H
#define PCSC_ACKNOWLEDGE_H

#include <linux/pci.h>

#include "object.h"

/*
 * A write that means PCSC_MEANS_LOSE is about to be made through @bus, or past it (NULL).
 * False: it clears nothing that is set. @map: the function's, as the meaning was found by.
 */
bool pcsc_acknowledges_loss(struct pcsc_function *f, struct pci_bus *bus,
			    const struct pcsc_map *map, u16 where, u8 size,
			    u32 value);

#endif
