/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving functions their maps. Under pcsc_mutex. */
#ifndef PCSC_EVALUATE_H
#define PCSC_EVALUATE_H

#include <linux/pci.h>
#include <linux/types.h>

#include "object.h"

/* Who @pdev is, by what the kernel knows: no read. */
void pcsc_identify(struct pcsc_function *f, struct pci_dev *pdev);

bool pcsc_is_identified(const struct pcsc_function *f, struct pci_dev *pdev);

/* Read f->id; six reads at most. 0, or -errno if one is not to be had. */
int pcsc_identity_read(struct pcsc_function *f, struct pci_dev *pdev,
		       const struct pcsc_layout *layout);

/* Walk @pdev's lists on hardware and give it the map that follows. It is not handed over. */
void pcsc_evaluate(struct pcsc_function *f, struct pci_dev *pdev);

/* Brackets that hardware says were opened before anybody followed the function. */
void pcsc_join_begun(struct pcsc_function *f, struct pci_dev *pdev);

/* The map that follows from a layout, or NULL: out of memory. */
const struct pcsc_map *pcsc_map_for(struct pcsc_function *f,
				    struct pci_dev *pdev,
				    const struct pcsc_layout *layout);

/* Maps are numbered; the first @room of their layouts go to @to. How many. */
u32 pcsc_map_number(const struct pcsc_map *map);
u64 pcsc_map_hash_of(const struct pcsc_map *map); /* reckoned once */
u32 pcsc_maps_save(struct pcsc_layout *to, u32 room);
void pcsc_maps_destroy(void);
u32 pcsc_maps_count(void);

#endif
