/* SPDX-License-Identifier: GPL-2.0-only */
/* From an address to a function, and the pool of them all. */
#ifndef PCSC_FIND_H
#define PCSC_FIND_H

#include <linux/pci.h>
#include <linux/types.h>

#include "object.h"

struct pcsc_bus {
	struct pcsc_function *function[256];
	bool left_alone; /* was counted as not interposed */
};

struct pcsc_domain {
	struct pcsc_bus *bus[256];
};

extern struct pcsc_domain *pcsc_domain0;
struct pcsc_domain *pcsc_find_domain(u32 domain);

/*
 * This takes three loads. Tables and pool only grow while interposed, so
 * readers need no protection.
 */
static inline const struct pcsc_bus *pcsc_find_bus(u32 domain, u8 bus)
{
	const struct pcsc_domain *d =
		domain ? pcsc_find_domain(domain) : READ_ONCE(pcsc_domain0);

	return d ? READ_ONCE(d->bus[bus]) : NULL;
}

static inline struct pcsc_function *pcsc_find(u32 domain, u8 bus, u8 devfn)
{
	const struct pcsc_bus *b = pcsc_find_bus(domain, bus);

	return b ? READ_ONCE(b->function[devfn]) : NULL;
}

/* The function of @pdev, or NULL. */
struct pcsc_function *pcsc_function_of(const struct pci_dev *pdev);

/*
 * @f is a bridge, and is about to be told its buses: from now on it is found from
 * pcsc_bridges() by next_bridge, also when it is none any more. Under pcsc_mutex.
 */
void pcsc_bridge_found(struct pcsc_function *f);
const struct pcsc_function *pcsc_bridges(void);

/* Does the bridge's range of buses have that of @f? Any context. */
static inline bool pcsc_bridge_is_above(const struct pcsc_function *bridge,
					const struct pcsc_function *f)
{
	const u8 first = READ_ONCE(bridge->secondary);

	return first && bridge->domain == f->domain && first <= f->bus &&
	       f->bus <= READ_ONCE(bridge->subordinate);
}

/*
 * The device of @f, to be put by pci_dev_put(), or NULL: found among all devices.
 * Under pcsc_mutex f->pdev says it at once. May sleep.
 */
struct pci_dev *pcsc_device_get(const struct pcsc_function *f);

/*
 * Visit @f and the other functions of its device, less VFs, since a write to
 * one may change another. With ARI the device has all of the bus (PCIe 6.13),
 * without it the slot.
 */
void pcsc_each_of_device(struct pcsc_function *f, pcsc_visit visit, void *arg);

struct pcsc_function *pcsc_pool_at(u32 index);
u32 pcsc_pool_used(void);

/* How many functions this host may have: the pool's size. */
u32 pcsc_pool_wanted(void);

/*
 * Make the pool, with its lines in @cells, the first @kept of them as they are;
 * if NULL, in cells of its own. 0 or -ENOMEM. Under pcsc_mutex.
 */
int pcsc_pool_create(u32 functions, struct pcsc_cells *cells, u32 kept);
void pcsc_pool_full(void); /* no room for a line, or for a map */
u32 pcsc_pool_no_room(void); /* how often a function found none */
void pcsc_pool_tell(void); /* if that number has grown: an event */
bool pcsc_bus_leave_alone(u32 domain, u8 bus); /* true the first time */
void pcsc_pool_hide(void); /* no function is found any more */
void pcsc_pool_destroy(void); /* when no CPU can be in an access */
struct pcsc_function *pcsc_claim(u32 domain, u8 bus, u8 devfn);

/*
 * PCI_UNKNOWN is D0 without a driver (pci_device_remove()), with which every
 * bind begins, so it does not count as sleep.
 */
static inline bool pcsc_sleeps(const struct pci_dev *pdev)
{
	return pdev->current_state != PCI_D0 &&
	       pdev->current_state != PCI_UNKNOWN;
}

#endif
