/* SPDX-License-Identifier: GPL-2.0-only */
/* Which functions there are, and were, while a recording runs. */
#ifndef PCSC_INVENTORY_H
#define PCSC_INVENTORY_H

#include <stddef.h>
#include <stdint.h>

#include "recording.h"

struct pcsc_inv_function {
	struct pcsc_rec_function rec;
	bool replaced; /* two identities had this address */
	bool told; /* and that was said */
	unsigned int scan; /* the last one that found it in sysfs */
};

struct pcsc_inventory {
	struct pcsc_inv_function *fn; /* sorted by address */
	size_t nr;
	size_t room;
	size_t expected; /* functions, and VFs that are not enabled but could be */
	unsigned int scans;
};

#define PCSC_DEVICES "/sys/bus/pci/devices"

/*
 * Look at @devices, in sysfs: at attributes only, no configuration space. A
 * function that was found before costs one readlink(). 0 or a negative errno,
 * said.
 */
int pcsc_inv_scan(struct pcsc_inventory *inv, const char *devices);

/* The function at this address, new or not. NULL: no memory. */
struct pcsc_inv_function *pcsc_inv_get(struct pcsc_inventory *inv,
				       uint32_t domain, uint8_t bus,
				       uint8_t devfn);

/* The index of the function at this address, or PCSC_REC_NONE. */
uint32_t pcsc_inv_index(const struct pcsc_inventory *inv, uint32_t domain,
			uint8_t bus, uint8_t devfn);

/* Say who @id is. Whoever was somebody else before is nobody from now on. */
void pcsc_inv_identify(struct pcsc_inv_function *f,
		       const struct pcsc_rec_function *id);

/* @f was bound to @driver, whatever it is bound to in the end. */
void pcsc_inv_bound(struct pcsc_inv_function *f, const char *driver);

void pcsc_inv_free(struct pcsc_inventory *inv);

#endif
