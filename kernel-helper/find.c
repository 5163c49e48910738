// SPDX-License-Identifier: GPL-2.0-only
/*
 * From (domain, bus, devfn) to a function. All of it is freed at once, when no
 * CPU can be in an access any more.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include "events.h"
#include "find.h"
#include "state.h"
#include "work.h"

/* This is an xarray, since VMD numbers its domains from 0x10000 on. */
static DEFINE_XARRAY(domains);

static struct pcsc_function *pool;
static struct pcsc_cells
	*own_cells; /* unless they are in the handover region */
static u32 pool_size;
static u32 pool_used;
static u32 no_room; /* times that there was none for a function */
static u32 no_room_told;

/* All that have been bridges, linked: what they are now is to be looked at. */
static struct pcsc_function *bridges;

/* The domain that nearly all functions are in. */
struct pcsc_domain *pcsc_domain0;

static bool hidden;

struct pcsc_domain *pcsc_find_domain(u32 domain)
{
	return READ_ONCE(hidden) ? NULL : xa_load(&domains, domain);
}

void pcsc_pool_hide(void)
{
	WRITE_ONCE(hidden, true);
	WRITE_ONCE(pcsc_domain0, NULL);
	synchronize_rcu();
	synchronize_rcu_tasks();
}

void pcsc_each_of_device(struct pcsc_function *f, pcsc_visit visit, void *arg)
{
	const u8 first = READ_ONCE(f->ari) ? 0 : f->devfn & ~7;
	const u8 last = READ_ONCE(f->ari) ? 255 : f->devfn | 7;
	struct pcsc_function *other;
	unsigned int devfn;

	for (devfn = first; devfn <= last; devfn++) {
		other = pcsc_find(f->domain, f->bus, devfn);
		if (other && (other == f || !READ_ONCE(other->vf)))
			visit(other, arg);
	}
}

void pcsc_bridge_found(struct pcsc_function *f)
{
	lockdep_assert_held(&pcsc_mutex);
	if (f->is_bridge)
		return;
	f->is_bridge = true;
	f->next_bridge = bridges;
	smp_store_release(&bridges, f); /* with the rest of the list */
}

const struct pcsc_function *pcsc_bridges(void)
{
	/* Pairs with pcsc_bridge_found(): the list behind it is complete. */
	return smp_load_acquire(&bridges);
}

struct pci_dev *pcsc_device_get(const struct pcsc_function *f)
{
	return pci_get_domain_bus_and_slot(f->domain, f->bus, f->devfn);
}

struct pcsc_function *pcsc_function_of(const struct pci_dev *pdev)
{
	return pcsc_find(pci_domain_nr(pdev->bus), pdev->bus->number,
			 pdev->devfn);
}

struct pcsc_function *pcsc_pool_at(u32 index)
{
	return &pool[index];
}

u32 pcsc_pool_used(void)
{
	return pool_used;
}

u32 pcsc_pool_no_room(void)
{
	return READ_ONCE(no_room);
}

void pcsc_pool_full(void)
{
	WRITE_ONCE(no_room, no_room + 1);
	pcsc_work_later();
}

void pcsc_pool_tell(void)
{
	if (no_room == no_room_told)
		return;
	no_room_told = no_room;
	pcsc_event(PCSC_EVENT_NO_ROOM, no_room);
	pr_warn_ratelimited(
		"no room for %u functions, which are not served; set the mode to off and on again to make room for them\n",
		no_room);
}

bool pcsc_bus_leave_alone(u32 domain, u8 bus)
{
	struct pcsc_bus *b = (struct pcsc_bus *)pcsc_find_bus(domain, bus);

	return b && !xchg(&b->left_alone, true);
}

static_assert(sizeof(struct pcsc_function) + sizeof(struct pcsc_cells) <= 1280,
	      "what a pool entry may take");

int pcsc_pool_create(u32 functions, struct pcsc_cells *cells, u32 kept)
{
	u32 i;

	lockdep_assert_held(&pcsc_mutex);
	if (!cells) {
		cells = vzalloc(array_size(functions, sizeof(*cells)));
		own_cells = cells;
	}
	pool = vzalloc(array_size(functions, sizeof(*pool)));
	if (!pool || !cells)
		return -ENOMEM;
	for (i = 0; i < functions; i++) {
		pool[i].index = i;
		/* Handed cells stay as they are until they are adopted. */
		pool[i].line.cells = &cells[i];
		if (i >= kept)
			pcsc_line_init(&pool[i].line, &cells[i]);
	}
	pool_size = functions;
	pool_used = 0;
	return 0;
}

void pcsc_pool_destroy(void)
{
	struct pcsc_domain *d;
	unsigned long number;
	int i;

	xa_for_each(&domains, number, d) {
		for (i = 0; i < 256; i++)
			kfree(d->bus[i]);
		kfree(d);
	}
	xa_destroy(&domains);
	pcsc_domain0 = NULL;
	bridges = NULL;
	hidden = false;
	vfree(pool);
	vfree(own_cells);
	own_cells = NULL;
	pool = NULL;
	pool_size = 0;
	pool_used = 0;
	WRITE_ONCE(no_room, 0);
	no_room_told = 0;
}

/* Every function there is, every VF there could be, and a quarter more. */
u32 pcsc_pool_wanted(void)
{
	struct pci_dev *pdev = NULL;
	u32 n = 64;

	for_each_pci_dev(pdev)
		if (!pdev->is_virtfn)
			n += 1 + pci_sriov_get_totalvfs(pdev);
	return n + n / 4;
}

static struct pcsc_bus *bus_table(u32 domain, u8 bus)
{
	struct pcsc_domain *d = xa_load(&domains, domain);
	struct pcsc_bus *b;

	if (!d) {
		d = kzalloc(sizeof(*d), GFP_KERNEL);
		if (!d)
			return NULL;
		if (xa_err(xa_store(&domains, domain, d, GFP_KERNEL))) {
			kfree(d);
			return NULL;
		}
		if (!domain)
			WRITE_ONCE(pcsc_domain0, d);
	}
	b = d->bus[bus];
	if (!b) {
		b = kzalloc(sizeof(*b), GFP_KERNEL);
		WRITE_ONCE(d->bus[bus], b);
	}
	return b;
}

struct pcsc_function *pcsc_claim(u32 domain, u8 bus, u8 devfn)
{
	struct pcsc_bus *b = bus_table(domain, bus);
	struct pcsc_function *f;

	if (!b)
		return NULL;
	f = b->function[devfn];
	if (f)
		return f;
	if (pool_used == pool_size) {
		pcsc_pool_full();
		return NULL;
	}
	f = &pool[pool_used++];
	f->domain = domain;
	f->bus = bus;
	f->devfn = devfn;
	if (pcsc_asleep)
		pcsc_line_bypass(&f->line, PCSC_BYPASS_SUSPEND, 0);
	/* Readers that find the function must find it filled in. */
	smp_store_release(&b->function[devfn], f);
	return f;
}
