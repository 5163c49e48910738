// SPDX-License-Identifier: GPL-2.0-only
/*
 * Functions of the last kernel that are in use before this one has devices. What a device
 * would tell of a function's place is handed over with it, and checked: the bridges above
 * by their own first accesses, the rest once there is a device.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/string.h>

#include "adopt.h"
#include "early.h"
#include "evaluate.h"
#include "find.h"
#include "handed.h"
#include "hold.h"
#include "join.h"
#include "limit.h"
#include "state.h"
#include "work.h"
#include "writing.h"

/* ---- before the first access ---- */

static void identify(struct pcsc_function *f,
		     const struct pcsc_handover_function *entry)
{
	f->identity = pcsc_handed_identity(entry);
	f->identity.below_hotplug = entry->flags & PCSC_HANDOVER_BELOW_HOTPLUG;
	f->identity.on_root_bus = entry->flags & PCSC_HANDOVER_ON_ROOT_BUS;
	memcpy(f->id, entry->id, sizeof(f->id));
	WRITE_ONCE(f->ari, entry->flags & PCSC_HANDOVER_ARI);
	WRITE_ONCE(f->phase, PCSC_PHASE_ENUMERATION);
	pcsc_limit_apply(f);
}

static void prepare(struct pcsc_function *f)
{
	const struct pcsc_handover_function *entry = pcsc_handed_at(f->index);
	const struct pcsc_layout *layout;

	if (!(entry->flags & PCSC_HANDOVER_HAS_LINE) ||
	    entry->flags & PCSC_HANDOVER_VF)
		return;
	layout = pcsc_handed_layout(entry);
	identify(f, entry);
	/* If its map is another one now, the function waits for its device. */
	if (!pcsc_handed_lend(f, entry,
			      pcsc_map_of(&f->identity, true, layout)))
		return;
	if (layout->header_type == PCI_HEADER_TYPE_BRIDGE)
		pcsc_take_buses(f, f->id[PCSC_ID_SUBSYSTEM]);
	if (f->line.map->sriov)
		pcsc_handed_prepare_vfs(f, layout->cfg_size, true);
	/* Accesses come through us already: they find all of it prepared. */
	smp_store_release(&f->early, PCSC_EARLY_WAITS);
}

void pcsc_early_prepare(void)
{
	u32 i;

	lockdep_assert_held(&pcsc_mutex);
	for (i = 0; i < pcsc_handed.functions; i++)
		prepare(pcsc_pool_at(i));
}

/* ---- at the first access ---- */

static bool bridge_is_in_use(const struct pcsc_function *bridge)
{
	return READ_ONCE(bridge->walk_status) == PCSC_WALK_OK &&
	       READ_ONCE(bridge->line.map) &&
	       !(pcsc_line_bypassed(&bridge->line) & PCSC_BYPASS_NOT_ITSELF);
}

/* All bridges that were above it are, and what resets it from there is followed. */
static bool above_is_in_use(const struct pcsc_function *f,
			    const struct pcsc_handover_function *entry)
{
	const struct pcsc_function *bridge;
	u16 n = 0;

	for (bridge = pcsc_bridges(); bridge; bridge = bridge->next_bridge) {
		if (!pcsc_bridge_is_above(bridge, f))
			continue;
		if (!bridge_is_in_use(bridge))
			return false;
		n++;
	}
	return n == entry->bridges;
}

/* False as well if it does not answer. */
static bool is_the_same(const struct pcsc_reader *reader,
			const struct pcsc_handover_function *entry)
{
	const struct pcsc_layout *layout = pcsc_handed_layout(entry);
	const bool bridge = layout->header_type == PCI_HEADER_TYPE_BRIDGE;
	u32 id[PCSC_ID_DWORDS];

	return !pcsc_ids_read(reader, layout, bridge, id) &&
	       !memcmp(id, entry->id, sizeof(id));
}

static enum pcsc_early refused(struct pcsc_function *f)
{
	if (pcsc_line_refuse(&f->line))
		atomic_inc(&pcsc_handed.refused);
	return PCSC_EARLY_NOT;
}

static enum pcsc_early adopt(struct pcsc_function *f, struct pci_bus *bus,
			     const struct pcsc_handover_function *entry)
{
	const struct pcsc_reader reader = { .function = f, .bus = bus };
	const s64 writes = pcsc_writes_now(f);
	struct pcsc_ticket adopted;

	if (!above_is_in_use(f, entry) || pcsc_hold_is_held(f) ||
	    time_before(jiffies, READ_ONCE(f->quiet_until)))
		return PCSC_EARLY_WAITS;
	/* Whatever happens to it from here on breaks its seal (pcsc_hold_lose()). */
	if (!pcsc_line_return(&f->line) || !is_the_same(&reader, entry))
		return refused(f);
	if (!pcsc_handed_take_line(f, entry, &adopted))
		return PCSC_EARLY_NOT;
	pcsc_join_begun(&reader, writes);
	pcsc_hold_join(f);
	if (!pcsc_line_proved(&f->line, &adopted))
		pcsc_work_later();
	return PCSC_EARLY_IN_USE;
}

void pcsc_early_accessed(struct pcsc_function *f, struct pci_bus *bus)
{
	const struct pcsc_handover_function *entry = pcsc_handed_waiting(f);
	enum pcsc_early now;

	if (!bus || !entry ||
	    cmpxchg(&f->early, PCSC_EARLY_WAITS, PCSC_EARLY_LOOKED_AT) !=
		    PCSC_EARLY_WAITS)
		return;
	now = adopt(f, bus, entry);
	/* Pairs with pcsc_early_met(): all that it is about is done. */
	smp_store_release(&f->early, now);
}

/* ---- once there is a device ---- */

bool pcsc_early_met(struct pcsc_function *f, struct pci_dev *pdev)
{
	u8 early;

	lockdep_assert_held(&pcsc_mutex);
	do {
		/* Pairs with pcsc_early_accessed(): the line is as it has left it. */
		early = smp_load_acquire(&f->early);
		/* The other CPU needs a few reads of hardware. */
		if (early == PCSC_EARLY_LOOKED_AT)
			usleep_range(10, 100);
	} while (early == PCSC_EARLY_LOOKED_AT ||
		 cmpxchg(&f->early, early, PCSC_EARLY_NOT) != early);
	return early == PCSC_EARLY_IN_USE && f->line.map &&
	       !(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_NOT_ITSELF) &&
	       f->line.map->cfg_size == pdev->cfg_size &&
	       f->line.map->header_type == pdev->hdr_type &&
	       pcsc_is_where_it_was(f, pdev);
}
