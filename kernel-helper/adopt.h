/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking lines of the last kernel into use. */
#ifndef PCSC_ADOPT_H
#define PCSC_ADOPT_H

#include <linux/pci.h>

#include "object.h"

/*
 * Is @f, found as @pdev, the function that was handed over? Then its line is
 * in use. At most six reads. Under pcsc_mutex.
 */
bool pcsc_handed_adopt(struct pcsc_function *f, struct pci_dev *pdev);

/*
 * VF Enable is about to be set in @pf: its handed VFs come back, if they are as many
 * and where they were. True if they were adopted. Any context that writes
 * configuration space.
 */
bool pcsc_handed_vfs(struct pcsc_function *pf, struct pci_bus *bus);

#endif
