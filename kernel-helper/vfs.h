/* SPDX-License-Identifier: GPL-2.0-only */
/* VFs: as many as their PF has enabled, where it puts them. Under pcsc_mutex. */
#ifndef PCSC_VFS_H
#define PCSC_VFS_H

#include <linux/pci.h>

#include "object.h"

/*
 * Lines for all VFs that @pf could enable, where it would put them as it is
 * set now: so that their accesses are counted from the first one on.
 */
void pcsc_claim_vfs(struct pcsc_function *pf, struct pci_dev *pdev);

/* The first VF of @pf that is seen stands for all that were enabled with it. */
void pcsc_evaluate_vfs(struct pcsc_function *pf, struct pci_dev *vf);

#endif
