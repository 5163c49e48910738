// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers of ports clear status bits when they begin, without having looked whether they
 * are set (pcie_init() of pciehp, dpc_enable()). A bit that is not set tells of no event.
 * Likewise they switch off what is off.
 */
#include "acknowledge.h"
#include "core/meaning.h"
#include "ops.h"
#include "state.h"
#include "stats.h"

/* The bits of @value that the write clears, or all of them if nobody knows. */
static u32 cleared(struct pcsc_function *f, struct pci_bus *bus, u16 where,
		   u8 size, u32 value)
{
	u32 set;

	/* Once they have begun, drivers clear only what they have seen set. */
	if (!READ_ONCE(pcsc_is_starting) || !bus)
		return value;
	atomic64_inc(&f->background_reads);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_IDENTITY);
	if (pcsc_ops_read(bus, f->devfn, where, size, &set))
		return value;
	/* Only bits that are set can be cleared (RW1C, PCIe 7.4). */
	return value & set;
}

/*
 * The kernel clears ARI forwarding of a port above each device without ARI, whether it is
 * on or not (pci_configure_ari()).
 */
static bool forwards(struct pcsc_function *f, const struct pcsc_map *map,
		     struct pci_bus *bus)
{
	u32 control;

	if (!bus)
		return true;
	atomic64_inc(&f->background_reads);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_IDENTITY);
	return pcsc_ops_read(bus, f->devfn, map->pcie + PCI_EXP_DEVCTL2, 2,
			     &control) ||
	       control & PCI_EXP_DEVCTL2_ARI;
}

u32 pcsc_meaning_less_unset(struct pcsc_function *f, const struct pcsc_map *map,
			    struct pci_bus *bus, u16 where, u8 size, u32 value)
{
	const u8 secondary = READ_ONCE(f->secondary);
	u32 means = pcsc_meaning(map, secondary, where, size, value);

	if (means & PCSC_MEANS_ACKNOWLEDGED &&
	    pcsc_meaning(map, secondary, where, size,
			 cleared(f, bus, where, size, value)) &
		    PCSC_MEANS_ACKNOWLEDGED)
		means |= PCSC_MEANS_LOSE;
	if (means & PCSC_MEANS_NO_FORWARDING && forwards(f, map, bus))
		means |= PCSC_MEANS_LOSE;
	return means & ~PCSC_MEANS_ACKNOWLEDGED;
}
