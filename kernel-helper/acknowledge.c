// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drivers of ports clear status bits when they begin, without having looked whether they
 * are set (pcie_init() of pciehp, dpc_enable()). What they clear has happened before, or
 * not at all.
 */
#include "acknowledge.h"
#include "core/meaning.h"
#include "ops.h"
#include "state.h"
#include "stats.h"

bool pcsc_acknowledges_loss(struct pcsc_function *f, struct pci_bus *bus,
			    const struct pcsc_map *map, u16 where, u8 size,
			    u32 value)
{
	u32 set, means;

	/* Later they write what they have read. */
	if (!READ_ONCE(pcsc_is_starting) || !bus)
		return true;
	atomic64_inc(&f->background_reads);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_IDENTITY);
	if (pcsc_ops_read(bus, f->devfn, where, size, &set))
		return true;
	/* Only bits that are set can be cleared (RW1C, PCIe 7.4). */
	means = pcsc_meaning(map, READ_ONCE(f->secondary), where, size,
			     value & set);
	return means & PCSC_MEANS_LOSE;
}
