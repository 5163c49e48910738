/* SPDX-License-Identifier: GPL-2.0-only */
/* Giving functions their maps. Under pcsc_mutex. */
#ifndef PCSC_EVALUATE_H
#define PCSC_EVALUATE_H

#include <linux/pci.h>
#include <linux/types.h>

#include "object.h"
#include "populate.h"

/* Take @pdev's identity from what the kernel knows. Reads no hardware. */
void pcsc_identify(struct pcsc_function *f, struct pci_dev *pdev);

bool pcsc_is_identified(const struct pcsc_function *f, struct pci_dev *pdev);

/*
 * Do its kernel's device and the bridges above agree with what was handed over of a
 * function?
 */
bool pcsc_is_where_it_was(const struct pcsc_function *f, struct pci_dev *pdev);

/*
 * Read what shows that a function is the same, by six reads at most, into @id or
 * f->id. 0, or -errno if one could not be made. The first does not need the mutex.
 */
int pcsc_ids_read(const struct pcsc_reader *reader,
		  const struct pcsc_layout *layout, bool bridge,
		  u32 id[PCSC_ID_DWORDS]);
int pcsc_identity_read(struct pcsc_function *f, struct pci_dev *pdev,
		       const struct pcsc_layout *layout);

/* @f is a bridge with these bus numbers, as register 0x18 has them. */
void pcsc_take_buses(struct pcsc_function *f, u32 buses);

/*
 * Walk @pdev's lists on hardware and give it the map that follows. Its line
 * must not be one of the handover.
 */
void pcsc_evaluate(struct pcsc_function *f, struct pci_dev *pdev);

/*
 * A function is served only if what resets it from above is followed: every
 * bridge over it, and a VF's PF, must have been evaluated themselves.
 */
bool pcsc_above_is_known(const struct pcsc_function *f, struct pci_dev *pdev);

/*
 * The map that follows from a layout, or NULL if out of memory. Nothing is const
 * unless @above_is_known.
 */
const struct pcsc_map *pcsc_map_of(const struct pcsc_identity *identity,
				   bool above_is_known,
				   const struct pcsc_layout *layout);

/*
 * Maps are numbered. The layouts of the first @room are copied to @to; returns
 * how many.
 */
u32 pcsc_map_number(const struct pcsc_map *map);
const struct pcsc_layout *pcsc_map_layout(const struct pcsc_map *map);
u64 pcsc_map_hash_of(const struct pcsc_map *map); /* computed once */
u32 pcsc_maps_save(struct pcsc_layout *to, u32 room);
void pcsc_maps_destroy(void);
u32 pcsc_maps_count(void);

#endif
