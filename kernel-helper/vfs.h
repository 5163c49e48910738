/* SPDX-License-Identifier: GPL-2.0-only */
/* A PF's VFs: finding them, giving them lines and maps. Under pcsc_mutex. */
#ifndef PCSC_VFS_H
#define PCSC_VFS_H

#include <linux/pci.h>

#include "object.h"

/*
 * Claim lines for all VFs that @pf could enable, where it would put them as it
 * is set now, so that their accesses are counted from the first one on.
 */
void pcsc_claim_vfs(struct pcsc_function *pf, struct pci_dev *pdev);

/*
 * @vf is the first of @pf's VFs that is seen: walk it, and lend its map to all
 * that were enabled with it.
 */
void pcsc_evaluate_vfs(struct pcsc_function *pf, struct pci_dev *vf);

#endif
