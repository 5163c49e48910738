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
 * VF Enable is about to be set in @pf: bring its handed VFs back, if they come in
 * the same number and at the same place. True if they came. Each is adopted when it
 * is first accessed. Any context that writes configuration space.
 */
bool pcsc_handed_vfs(struct pcsc_function *pf, struct pci_bus *bus);

/*
 * @f, whose line was handed over, is about to be read or written: adopt it if it is
 * a VF that has come back. Any context.
 */
void pcsc_handed_accessed(struct pcsc_function *f);

#endif
