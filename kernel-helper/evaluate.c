// SPDX-License-Identifier: GPL-2.0-only
/* Giving functions their maps. Process context, under pcsc_mutex. */
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "bracket.h"
#include "core/caps.h"
#include "evaluate.h"
#include "fill.h"
#include "find.h"
#include "follow.h"
#include "hold.h"
#include "join.h"
#include "populate.h"
#include "siblings.h"
#include "state.h"
#include "verify.h"
#include "work.h"
#include "writing.h"

struct shared_map {
	struct list_head list;
	u32 number; /* in the order they were made */
	u64 hash;
	struct pcsc_layout layout; /* a layout from which it follows */
	/* and the rest from which it follows, for the same function */
	struct pcsc_identity identity;
	const struct pcsc_profile_header *profile;
	bool no_evidence;
	struct pcsc_map map;
};

static LIST_HEAD(maps);
static u32 nr_maps;

/*
 * A device that shows other lists each time that it is walked would take all memory,
 * since a map may be in use as long as the mode is not off.
 */
static unsigned int max_maps = 1024;
module_param_named(maps, max_maps, uint, 0444);
MODULE_PARM_DESC(maps, "Maps of different functions that there is room for");

/* The walk's reads are kept in the line, so that they are not made again. */
#define WALK_READS 96

struct walk {
	struct pcsc_function *function;
	struct pci_dev *pdev;
	unsigned int nr;
	u16 offset[WALK_READS];
	u32 value[WALK_READS];
	struct pcsc_layout layout;
};

static int walk_read(void *ctx, u16 offset, u32 *value)
{
	struct walk *walk = ctx;
	int ret;

	ret = pcsc_background_read(walk->function, walk->pdev, offset, 4, value,
				   PCSC_N_WALK);
	if (ret || walk->nr == WALK_READS)
		return ret;
	walk->offset[walk->nr] = offset;
	walk->value[walk->nr++] = *value;
	return 0;
}

static void keep_walked(struct pcsc_function *f, const struct walk *walk,
			const struct pcsc_ticket *now)
{
	struct pcsc_ticket ticket;
	unsigned int i;
	u32 unused;

	for (i = 0; i < walk->nr; i++) {
		pcsc_line_lookup(&f->line, walk->offset[i], 4, &unused,
				 &ticket);
		ticket.generation = now->generation;
		pcsc_fill(f, &ticket, walk->value[i]);
	}
}

/*
 * The map of a function that is alike, if one was made: most of a host's
 * functions are alike. Mismatches change maps, so they are asked first.
 */
static const struct pcsc_map *
map_known(const struct pcsc_identity *identity,
	  const struct pcsc_profile_header *profile,
	  const struct pcsc_layout *layout)
{
	const struct shared_map *shared;

	if (pcsc_mismatches_concern(identity))
		return NULL;
	list_for_each_entry(shared, &maps, list)
		if (shared->profile == profile &&
		    shared->no_evidence == pcsc_no_evidence &&
		    !memcmp(&shared->identity, identity, sizeof(*identity)) &&
		    !memcmp(&shared->layout, layout, sizeof(*layout)))
			return &shared->map;
	return NULL;
}

/* Equal maps are shared, so the VFs of a host need a few, not thousands. */
static const struct pcsc_map *
map_share(const struct pcsc_map *map, const struct pcsc_layout *layout,
	  const struct pcsc_identity *identity,
	  const struct pcsc_profile_header *profile)
{
	struct shared_map *shared;

	list_for_each_entry(shared, &maps, list)
		if (!memcmp(&shared->map, map, sizeof(*map))) {
			/* A walk that failed may have come as far as it mattered. */
			if (shared->layout.status != PCSC_WALK_OK)
				shared->layout = *layout;
			return &shared->map;
		}
	if (nr_maps >= max_maps) {
		pcsc_pool_full();
		return NULL;
	}
	shared = kvmalloc(sizeof(*shared), GFP_KERNEL);
	if (!shared)
		return NULL;
	shared->map = *map;
	shared->layout = *layout;
	shared->identity = *identity;
	shared->profile = profile;
	shared->no_evidence = pcsc_no_evidence;
	shared->number = nr_maps++;
	shared->hash = pcsc_map_hash(map);
	list_add_tail(&shared->list, &maps);
	return &shared->map;
}

u32 pcsc_map_number(const struct pcsc_map *map)
{
	return container_of(map, struct shared_map, map)->number;
}

const struct pcsc_layout *pcsc_map_layout(const struct pcsc_map *map)
{
	return &container_of(map, struct shared_map, map)->layout;
}

u64 pcsc_map_hash_of(const struct pcsc_map *map)
{
	return container_of(map, struct shared_map, map)->hash;
}

u32 pcsc_maps_save(struct pcsc_layout *to, u32 room)
{
	const struct shared_map *shared;
	u32 n = 0;

	list_for_each_entry(shared, &maps, list) {
		if (n == room)
			break;
		to[n++] = shared->layout;
	}
	return n;
}

u32 pcsc_maps_count(void)
{
	return nr_maps;
}

void pcsc_maps_destroy(void)
{
	struct shared_map *shared, *next;

	list_for_each_entry_safe(shared, next, &maps, list)
		kvfree(shared);
	INIT_LIST_HEAD(&maps);
	nr_maps = 0;
}

static bool below_hotplug(const struct pci_dev *pdev)
{
	const struct pci_dev *bridge =
		pci_upstream_bridge((struct pci_dev *)pdev);

	for (; bridge; bridge = pci_upstream_bridge((struct pci_dev *)bridge))
		if (bridge->is_hotplug_bridge)
			return true;
	return false;
}

static struct pcsc_identity identity_of(struct pci_dev *pdev)
{
	struct pci_dev *above = pdev->is_virtfn ? pci_physfn(pdev) : pdev;

	return (struct pcsc_identity){
		.vendor = pdev->vendor,
		.device = pdev->device,
		.subvendor = pdev->subsystem_vendor,
		.subdevice = pdev->subsystem_device,
		.class_code = pdev->class,
		.revision = pdev->revision,
		.is_vf = pdev->is_virtfn,
		.below_hotplug = below_hotplug(above),
		.on_root_bus = pci_is_root_bus(above->bus),
	};
}

void pcsc_identify(struct pcsc_function *f, struct pci_dev *pdev)
{
	f->identity = identity_of(pdev);
	WRITE_ONCE(f->vf, pdev->is_virtfn);
	WRITE_ONCE(f->ari, pci_ari_enabled(pdev->bus));
}

bool pcsc_is_identified(const struct pcsc_function *f, struct pci_dev *pdev)
{
	const struct pcsc_identity id = identity_of(pdev);

	return id.vendor == f->identity.vendor &&
	       id.device == f->identity.device &&
	       id.subvendor == f->identity.subvendor &&
	       id.subdevice == f->identity.subdevice &&
	       id.class_code == f->identity.class_code &&
	       id.revision == f->identity.revision;
}

static int read_id(const struct pcsc_reader *reader, u16 where, u32 *id)
{
	return pcsc_reader_read(reader, where, 4, id);
}

/* Neither absent nor "ask again" (PCIe 2.3.2) */
static bool ids_are_possible(u32 ids)
{
	return (ids & 0xffff) != 0xffff && (ids & 0xffff) != 0x0001;
}

/* A bridge has no subsystem at 0x2c: its bus numbers are there in f->id. */
void pcsc_take_buses(struct pcsc_function *f, u32 buses)
{
	pcsc_bridge_found(f);
	WRITE_ONCE(f->subordinate, (buses >> 16) & 0xff);
	WRITE_ONCE(f->secondary, (buses >> 8) & 0xff);
}

int pcsc_ids_read(const struct pcsc_reader *reader,
		  const struct pcsc_layout *layout, bool bridge,
		  u32 id[PCSC_ID_DWORDS])
{
	const struct pcsc_cap *serial =
		pcsc_layout_find(layout, true, PCSC_ECAP_DSN);

	memset(id, 0, PCSC_ID_DWORDS * sizeof(*id));
	if (read_id(reader, PCI_VENDOR_ID, &id[PCSC_ID_IDS]) ||
	    !ids_are_possible(id[PCSC_ID_IDS]) ||
	    read_id(reader, PCI_CLASS_REVISION, &id[PCSC_ID_CLASS]) ||
	    read_id(reader, bridge ? PCI_PRIMARY_BUS : PCI_SUBSYSTEM_VENDOR_ID,
		    &id[PCSC_ID_SUBSYSTEM]) ||
	    read_id(reader, PCI_CAPABILITY_LIST, &id[PCSC_ID_CAPABILITIES]))
		return -EIO;
	if (serial &&
	    (read_id(reader, serial->offset + 4, &id[PCSC_ID_SERIAL]) ||
	     read_id(reader, serial->offset + 8, &id[PCSC_ID_SERIAL_HIGH])))
		return -EIO;
	return 0;
}

int pcsc_identity_read(struct pcsc_function *f, struct pci_dev *pdev,
		       const struct pcsc_layout *layout)
{
	const struct pcsc_reader reader = { .function = f, .pdev = pdev };
	const bool bridge = pdev->hdr_type == PCI_HEADER_TYPE_BRIDGE;
	int ret = pcsc_ids_read(&reader, layout, bridge, f->id);

	if (!ret && bridge)
		pcsc_take_buses(f, f->id[PCSC_ID_SUBSYSTEM]);
	return ret;
}

/*
 * Read the identity that brackets and the next kernel compare. A VF's is never
 * compared, so it is not read. False: a bridge's bus numbers are still to be read, so it
 * is to be walked again.
 */
static bool read_identity(struct pcsc_function *f, struct pci_dev *pdev,
			  const struct pcsc_layout *layout)
{
	if (f->vf)
		return true;
	/* A bridge's bus numbers are kept until they can be read again. */
	if (pdev->hdr_type != PCI_HEADER_TYPE_BRIDGE)
		WRITE_ONCE(f->secondary, 0);
	if (!pcsc_identity_read(f, pdev, layout))
		return true;
	f->id[PCSC_ID_IDS] = pdev->vendor | (u32)pdev->device << 16;
	return pdev->hdr_type != PCI_HEADER_TYPE_BRIDGE;
}

static bool bridge_is_known(const struct pci_dev *bridge)
{
	const struct pcsc_function *f = pcsc_find(
		pci_domain_nr(bridge->bus), bridge->bus->number, bridge->devfn);

	return f && f->walk_status == PCSC_WALK_OK && f->line.map &&
	       READ_ONCE(f->secondary);
}

bool pcsc_above_is_known(const struct pcsc_function *f, struct pci_dev *pdev)
{
	struct pci_dev *bridge = pci_upstream_bridge(pci_physfn(pdev));

	if (f->vf && !(f->pf && f->pf->walk_status == PCSC_WALK_OK &&
		       f->pf->line.map && f->pf->line.map->sriov))
		return false;
	for (; bridge; bridge = pci_upstream_bridge(bridge))
		if (!bridge_is_known(bridge))
			return false;
	return true;
}

const struct pcsc_map *pcsc_map_of(const struct pcsc_identity *identity,
				   bool above_is_known,
				   const struct pcsc_layout *layout)
{
	const struct pcsc_profile_header *profile =
		above_is_known ? pcsc_profile : NULL;
	const struct pcsc_map *map = map_known(identity, profile, layout);
	struct pcsc_map *scratch;

	if (map)
		return map;
	scratch = kvzalloc(sizeof(*scratch), GFP_KERNEL);
	if (!scratch)
		return NULL;
	/*
	 * If this fails nothing is const, but the map's register positions are
	 * right, so it is used all the same.
	 */
	pcsc_map_make(scratch, profile, identity, layout);
	if (pcsc_no_evidence)
		pcsc_map_exclude_evidence(scratch);
	pcsc_mismatches_exclude(scratch, identity);
	map = map_share(scratch, layout, identity, profile);
	kvfree(scratch);
	return map;
}

bool pcsc_is_where_it_was(const struct pcsc_function *f, struct pci_dev *pdev)
{
	const struct pcsc_identity id = identity_of(pdev);

	return !memcmp(&id, &f->identity, sizeof(id)) &&
	       f->ari == pci_ari_enabled(pdev->bus) &&
	       pcsc_above_is_known(f, pdev);
}

/* These are cleared when the walk begins, so that what happens during the walk stays. */
#define EVALUATION_BEGINS (PCSC_BYPASS_GONE | PCSC_BYPASS_MOVED)
#define EVALUATION_ENDS \
	(PCSC_BYPASS_EVALUATING | PCSC_BYPASS_LAYOUT | PCSC_BYPASS_QUARANTINE)

/*
 * What the walk read may be kept, and stands for the layout, unless something
 * happened to the function meanwhile.
 */
static void end_evaluation(struct pcsc_function *f, const struct walk *walk,
			   const struct pcsc_ticket *begun, s64 writes)
{
	const bool followed = pcsc_writes_none(f, writes);
	struct pcsc_ticket now;
	u32 unused;
	bool quiet;

	/*
	 * What was written before it had its map was not followed, and may reach hardware
	 * only after this; and bus numbers that were read before they were written are old.
	 * So nothing is served of it before it was walked with no write beside the walk.
	 */
	if (!followed)
		WRITE_ONCE(f->walk_status, PCSC_WALK_READ);
	pcsc_hold_join(f);
	/* Any event after this moves the line on from the ticket. */
	pcsc_line_lookup(&f->line, PCI_HEADER_TYPE, 1, &unused, &now);
	/*
	 * Giving the line its map has moved it on once, so if it was moved on
	 * further there was an event.
	 */
	quiet = now.generation == begun->generation + 1 &&
		f->walk_status == PCSC_WALK_OK &&
		!(pcsc_line_bypassed(&f->line) & ~EVALUATION_ENDS);
	pcsc_line_bypass(&f->line,
			 (quiet ? 0 : PCSC_BYPASS_PENDING) |
				 pcsc_quarantine_of(f),
			 followed ? EVALUATION_ENDS :
				    EVALUATION_ENDS & ~PCSC_BYPASS_EVALUATING);
	if (!quiet)
		pcsc_work_later();
	if (!quiet || !pcsc_line_current(&f->line, &now))
		return;
	pcsc_line_trust_layout(&f->line, &now);
	keep_walked(f, walk, &now);
}

/* Walk @pdev's lists on hardware and give it the map that follows. */
void pcsc_evaluate(struct pcsc_function *f, struct pci_dev *pdev)
{
	const s64 writes = pcsc_writes_now(f);
	struct pcsc_ticket begun;
	struct walk *walk;
	u32 unused, status;

	lockdep_assert_held(&pcsc_mutex);
	walk = kvzalloc(sizeof(*walk), GFP_KERNEL);
	if (!walk)
		return;
	/* Its demotions end with its map, so its siblings' word ends too. */
	if (READ_ONCE(f->vf) && READ_ONCE(f->pf))
		pcsc_siblings_drop(READ_ONCE(f->pf));
	walk->function = f;
	walk->pdev = pdev;
	/*
	 * Until it has a map of where its registers are now, nobody sees which of its
	 * writes reset what hangs on it.
	 */
	WRITE_ONCE(f->walk_status, PCSC_WALK_READ);
	if (f->line.map)
		pcsc_follow_pause(f);
	pcsc_line_bypass(&f->line, PCSC_BYPASS_EVALUATING, EVALUATION_BEGINS);
	pcsc_line_lookup(&f->line, PCI_HEADER_TYPE, 1, &unused, &begun);
	pcsc_identify(f, pdev);
	status = pcsc_walk(walk_read, walk, pdev->cfg_size, &walk->layout);
	if (!read_identity(f, pdev, &walk->layout))
		status = PCSC_WALK_READ;
	pcsc_line_assign(&f->line,
			 pcsc_map_of(&f->identity, pcsc_above_is_known(f, pdev),
				     &walk->layout));
	/* Without a map its writes are not followed, so a walk is wanted still. */
	WRITE_ONCE(f->walk_status, f->line.map ? status : PCSC_WALK_READ);
	pcsc_join_begun(&(const struct pcsc_reader){ f, pdev }, writes);
	end_evaluation(f, walk, &begun, writes);
	if (f->walk_status == PCSC_WALK_OK)
		pcsc_follow_resume(f);
	kvfree(walk);
}
