/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions of the last kernel that are in use before this one has devices, where the
 * helper is built in.
 */
#ifndef PCSC_EARLY_H
#define PCSC_EARLY_H

#include <linux/pci.h>

#include "object.h"

/* Make the handed functions ready for their first access. Under pcsc_mutex. */
void pcsc_early_prepare(void);

/*
 * @f, which was handed over and is no VF, is about to be read or written on @bus (NULL:
 * not through the bus): adopt it if it is still the same. Any context.
 */
void pcsc_early_accessed(struct pcsc_function *f, struct pci_bus *bus);

/*
 * The kernel has a device for @f now. True if its line is in use and the device is what
 * was handed over; false: the function is to be evaluated. Under pcsc_mutex.
 */
bool pcsc_early_met(struct pcsc_function *f, struct pci_dev *pdev);

#endif
