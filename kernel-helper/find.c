// SPDX-License-Identifier: GPL-2.0-only
/*
 * From (domain, bus, devfn) to a function: three loads. Tables and pool only
 * grow while interposed, so readers need no protection; everything is freed at
 * once when nobody can be in an access any more.
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

#include "pcsc.h"

struct pcsc_bus {
	struct pcsc_function *function[256];
};

struct pcsc_domain {
	struct pcsc_bus *bus[256];
};

/* An xarray: VMD numbers its domains from 0x10000 on. */
static DEFINE_XARRAY(domains);

static struct pcsc_function *pool;
static u32 pool_size;
static u32 pool_used;

struct pcsc_function *pcsc_find(u32 domain, u8 bus, u8 devfn)
{
	struct pcsc_domain *d = xa_load(&domains, domain);
	struct pcsc_bus *b;

	if (!d)
		return NULL;
	b = READ_ONCE(d->bus[bus]);
	return b ? READ_ONCE(b->function[devfn]) : NULL;
}

struct pcsc_function *pcsc_pool_at(u32 index)
{
	return &pool[index];
}

u32 pcsc_pool_used(void)
{
	return pool_used;
}

int pcsc_pool_create(u32 functions)
{
	u32 i;

	pool = vzalloc(array_size(functions, sizeof(*pool)));
	if (!pool)
		return -ENOMEM;
	for (i = 0; i < functions; i++) {
		pcsc_line_init(&pool[i].line);
		pool[i].index = i;
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
	vfree(pool);
	pool = NULL;
	pool_size = 0;
	pool_used = 0;
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
	if (pool_used == pool_size)
		return NULL;
	f = &pool[pool_used++];
	f->domain = domain;
	f->bus = bus;
	f->devfn = devfn;
	/* Readers that find it must find it filled in. */
	smp_store_release(&b->function[devfn], f);
	return f;
}
