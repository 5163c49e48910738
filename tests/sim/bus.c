// SPDX-License-Identifier: GPL-2.0-only
/* The host bridge, and what an access does. */
#include <linux/module.h>

#include "sim.h"

/* Lives as long as the last bus that points to it. */
struct bridge {
	struct pci_sysdata sysdata;
	struct resource buses;
};

static struct pci_bus *root;
static struct pci_sysdata *sysdata;

bool sim_is_ours(const struct pci_bus *bus)
{
	const struct pci_sysdata *ours = READ_ONCE(sysdata);

	return ours && bus->sysdata == ours;
}

bool sim_bus_present(void)
{
	return root;
}

/* ---- accesses --------------------------------------------------------------- */

static struct sim_function *find(struct pci_bus *bus, unsigned int devfn)
{
	return sim.map[PCI_DEVID(bus->number, devfn)];
}

static void count(struct sim_function *fn, bool write)
{
	u64 *n;

	if (fn)
		n = write ? &fn->writes : &fn->reads;
	else
		n = write ? &sim.unclaimed_writes : &sim.unclaimed_reads;
	++*n;
}

static u32 answer(struct sim_function *fn, int where, int size)
{
	if (sim_ns() >= fn->rrs_until)
		return sim_fn_read(fn, where, size);
	/* As with RRS software visibility. */
	if (where == PCI_VENDOR_ID && size >= 2)
		return size == 2 ? 0x0001 : 0xffff0001;
	return ~0;
}

static u32 all_ones(int size)
{
	return size == 4 ? ~0U : (1U << (8 * size)) - 1;
}

/* The fast clock: no lock that somebody we interrupted could hold. */
static void spin_until(u64 start, u32 ns)
{
	while ((s64)(sim_ns() - start) < ns)
		cpu_relax();
}

static void wait_for(const u32 *ms)
{
	const u64 start = sim_now();

	while (sim_now() - start < (u64)READ_ONCE(*ms) * NSEC_PER_MSEC)
		cpu_relax();
}

static bool plausible(int where, int size)
{
	return where >= 0 && size > 0 && size <= 4 &&
	       where + size <= SIM_CONFIG;
}

int sim_read(struct pci_bus *bus, unsigned int devfn, int where, int size,
	     u32 *value)
{
	struct sim_access access = { .rid = PCI_DEVID(bus->number, devfn),
				     .where = where,
				     .size = size };
	struct sim_function *fn;
	u64 start = sim_ns();
	unsigned long flags;
	u32 delay = 0;

	*value = ~0;
	if (!plausible(where, size))
		return PCIBIOS_BAD_REGISTER_NUMBER;
	raw_spin_lock_irqsave(&sim_lock, flags);
	fn = find(bus, devfn);
	count(fn, false);
	access.unanswered = !fn || !sim_reachable(fn);
	if (!access.unanswered)
		*value = answer(fn, where, size);
	*value &= all_ones(size);
	if (fn)
		delay = fn->delay_ns;
	access.value = *value;
	sim_log_add(&access, flags);
	raw_spin_unlock_irqrestore(&sim_lock, flags);
	/* After the value was taken: a slow reader has an old one. */
	if (delay)
		spin_until(start, delay);
	return PCIBIOS_SUCCESSFUL;
}

int sim_write(struct pci_bus *bus, unsigned int devfn, int where, int size,
	      u32 value)
{
	struct sim_access access = { .rid = PCI_DEVID(bus->number, devfn),
				     .where = where,
				     .size = size,
				     .write = true };
	struct sim_function *fn;
	unsigned long flags;
	bool slow = false;

	if (!plausible(where, size))
		return PCIBIOS_BAD_REGISTER_NUMBER;
	/* What a write does is done at its end. */
	fn = find(bus, devfn);
	if (fn)
		wait_for(&fn->hold_ms);
	raw_spin_lock_irqsave(&sim_lock, flags);
	fn = find(bus, devfn);
	count(fn, true);
	access.unanswered = !fn || !sim_reachable(fn);
	access.value = value & all_ones(size);
	sim_log_add(&access, flags);
	if (!access.unanswered && sim_ns() >= fn->rrs_until)
		sim_fn_write(fn, where, size, access.value);
	if (sim.reroute)
		sim_route();
	if (fn)
		swap(slow, fn->slow_next);
	raw_spin_unlock_irqrestore(&sim_lock, flags);
	/* After it took effect: a slow writer comes back when others have written. */
	if (slow)
		wait_for(&fn->slow_ms);
	return PCIBIOS_SUCCESSFUL;
}

/* ---- the host bridge -------------------------------------------------------- */

/*
 * The host bridge has no windows, so no BAR can be assigned, and a driver
 * could not enable a function that has one: for the kernel it has none.
 */
static int forget_bars(struct pci_dev *dev, void *unused)
{
	int i;

	for (i = 0; i <= PCI_ROM_RESOURCE; i++)
		dev->resource[i].flags = 0;
	return 0;
}

static struct pci_host_bridge *new_bridge(struct pci_ops *ops)
{
	struct pci_host_bridge *host =
		pci_alloc_host_bridge(sizeof(struct bridge));
	struct bridge *bridge;

	if (!host)
		return NULL;
	bridge = pci_host_bridge_priv(host);
	bridge->sysdata.domain = sim_domain;
	bridge->sysdata.node = NUMA_NO_NODE;
	bridge->buses = (struct resource){
		.name = KBUILD_MODNAME,
		.start = 0,
		.end = 0xff,
		.flags = IORESOURCE_BUS,
	};
	pci_add_resource(&host->windows, &bridge->buses);
	host->sysdata = &bridge->sysdata;
	host->ops = ops;
	return host;
}

int sim_bus_add(struct pci_ops *ops)
{
	struct pci_host_bridge *host;
	int ret;

	if (pci_find_bus(sim_domain, 0))
		return -EEXIST;
	host = new_bridge(ops);
	if (!host)
		return -ENOMEM;
	__module_get(THIS_MODULE);
	pci_lock_rescan_remove();
	WRITE_ONCE(sysdata, host->sysdata);
	ret = pci_scan_root_bus_bridge(host);
	if (!ret) {
		root = host->bus;
		pci_walk_bus(root, forget_bars, NULL);
		pci_bus_add_devices(root);
	}
	pci_unlock_rescan_remove();
	if (ret) {
		WRITE_ONCE(sysdata, NULL);
		pci_free_host_bridge(host);
		module_put(THIS_MODULE);
	}
	return ret;
}

/* Whether there was one. */
bool sim_bus_remove(void)
{
	if (!root)
		return false;
	pci_lock_rescan_remove();
	pci_stop_root_bus(root);
	pci_remove_root_bus(root);
	root = NULL;
	WRITE_ONCE(sysdata, NULL);
	pci_unlock_rescan_remove();
	/* Callers that fetched our pointers from the bus. */
	synchronize_rcu();
	synchronize_rcu_tasks();
	module_put(THIS_MODULE);
	return true;
}
