/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving functions their maps. Under pcsc_mutex. */
#ifndef PCSC_EVALUATE_H
#define PCSC_EVALUATE_H

#include <linux/pci.h>
#include <linux/types.h>

#include "object.h"

/* Take @pdev's identity from what the kernel knows. Reads no hardware. */
void pcsc_identify(struct pcsc_function *f, struct pci_dev *pdev);

bool pcsc_is_identified(const struct pcsc_function *f, struct pci_dev *pdev);

/* Fill in f->id by six reads at most. 0, or -errno if one could not be made. */
int pcsc_identity_read(struct pcsc_function *f, struct pci_dev *pdev,
		       const struct pcsc_layout *layout);

/*
 * Walk @pdev's lists on hardware and give it the map that follows. Its line
 * must not be one of the handover.
 */
void pcsc_evaluate(struct pcsc_function *f, struct pci_dev *pdev);

/*
 * Open the brackets that hardware says were open before anybody followed the
 * function.
 */
void pcsc_join_begun(struct pcsc_function *f, struct pci_dev *pdev);

/* The map that follows from a layout, or NULL if out of memory. */
const struct pcsc_map *pcsc_map_for(struct pcsc_function *f,
				    struct pci_dev *pdev,
				    const struct pcsc_layout *layout);

/*
 * Maps are numbered. The layouts of the first @room are copied to @to; returns
 * how many.
 */
u32 pcsc_map_number(const struct pcsc_map *map);
u64 pcsc_map_hash_of(const struct pcsc_map *map); /* computed once */
u32 pcsc_maps_save(struct pcsc_layout *to, u32 room);
void pcsc_maps_destroy(void);
u32 pcsc_maps_count(void);

#endif
