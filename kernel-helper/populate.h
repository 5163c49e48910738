/* SPDX-License-Identifier: GPL-2.0-only */
/* The helper's own reads of hardware. Process context, but where else is said. */
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

/*
 * How a function is asked who and in what state it is: as a device, which may sleep or
 * be locked by others, under the mutex; or, as long as the kernel has no devices, on its
 * bus, in any context.
 */
struct pcsc_reader {
	struct pcsc_function *function;
	struct pci_dev *pdev; /* NULL: ask the bus */
	struct pci_bus *bus;
};

/* Counted as reads of the identity. 0, or a negative errno. */
int pcsc_reader_read(const struct pcsc_reader *reader, u16 where, u8 size,
		     u32 *value);

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
