/* SPDX-License-Identifier: GPL-2.0-only */
/* The helper's own reads of hardware. Process context. */
#ifndef PCSC_POPULATE_H
#define PCSC_POPULATE_H

#include <linux/pci.h>
#include <linux/types.h>

#include "object.h"
#include "stats.h"

/* Read hardware, counted under @cause. Under pcsc_mutex or pcsc_alive. */
int pcsc_background_read(struct pcsc_function *f, struct pci_dev *pdev,
			 u16 where, u8 size, u32 *value,
			 enum pcsc_counter cause);

/* Does it let VFs be answered by their siblings, where the profile says so? */
bool pcsc_populate_learns(void);

/* If @f is pending, read what proves its identity. */
void pcsc_read_identity(struct pcsc_function *f, struct pci_dev *pdev);

/*
 * Read the const bytes that are not cached yet. This is done before a user-space
 * driver takes the function, since evidence that is filled later might be that
 * driver's doing. Under pcsc_alive, without the mutex.
 */
void pcsc_populate(struct pcsc_function *f, struct pci_dev *pdev);

/*
 * Compare what is cached of the dword at @where with hardware, in the widths by
 * which it is filled. Returns how many reads that took.
 */
u32 pcsc_check_dword(struct pcsc_function *f, struct pci_dev *pdev, u16 where);

#endif
