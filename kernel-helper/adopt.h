/* SPDX-License-Identifier: GPL-2.0-only */
/* Taking lines of the last kernel into use. */
#ifndef PCSC_ADOPT_H
#define PCSC_ADOPT_H

#include <linux/pci.h>

#include "object.h"

/*
 * Take the handed line of @f, found as @pdev, into use if it is the function
 * that was handed over. At most six reads. True if its line is in use. Under
 * pcsc_mutex.
 */
bool pcsc_handed_adopt(struct pcsc_function *f, struct pci_dev *pdev);

/*
 * VF Enable is about to be set in @pf: adopt its handed VFs, if they come back
 * in the same number and at the same place. True if they were adopted. Any
 * context that writes configuration space.
 */
bool pcsc_handed_vfs(struct pcsc_function *pf, struct pci_bus *bus);

#endif
