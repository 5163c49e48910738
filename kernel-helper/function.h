/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that come, go, and change hands. Under pcsc_mutex, where nothing
 * else is said.
 */
#ifndef PCSC_FUNCTION_H
#define PCSC_FUNCTION_H

#include <linux/pci.h>
#include <linux/types.h>

#include "object.h"

void pcsc_function_add(struct pci_dev *pdev);
void pcsc_function_remove(struct pci_dev *pdev);
void pcsc_function_unbound(struct pci_dev *pdev);
void pcsc_functions_find(void); /* all devices that are there */

/*
 * Resets may have gone unseen, and more will: empty all lines, and serve them
 * without evidence.
 */
void pcsc_functions_unhooked(void);

/* Without the mutex: a driver is about to be bound. */
void pcsc_function_bind(struct pci_dev *pdev);

/*
 * If the function could not be read when it came (it slept, or was inside a
 * reset), and can be now, give it its map, and what hangs on it. True: look
 * again later.
 */
bool pcsc_look_for_layout(struct pcsc_function *f);

#endif
