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
 * The steps of that. Lend @map, which is made anew from our own table and profile, if it
 * equals the one that the line was under. Look at the seal of a function that is there
 * again, and take its line into use if the seal is whole; false as well if another CPU
 * looks. Make the maps for the VFs that @pf may bring back, since there is no time when it
 * does. The second in any context.
 */
bool pcsc_handed_lend(struct pcsc_function *f,
		      const struct pcsc_handover_function *entry,
		      const struct pcsc_map *map);
bool pcsc_handed_take_line(struct pcsc_function *f,
			   const struct pcsc_handover_function *entry,
			   struct pcsc_ticket *adopted);
void pcsc_handed_prepare_vfs(struct pcsc_function *pf, u16 cfg_size,
			     bool above_is_known);

/*
 * VF Enable is about to be set in @pf: bring its handed VFs back, if they come in
 * the same number and at the same place. True if they came. Each is adopted when it
 * is first accessed. Any context that writes configuration space.
 */
bool pcsc_handed_vfs(struct pcsc_function *pf, struct pci_bus *bus);

/*
 * @f, a VF whose line was handed over, is about to be read or written: adopt it if it
 * has come back. Any context.
 */
void pcsc_handed_accessed(struct pcsc_function *f);

#endif
