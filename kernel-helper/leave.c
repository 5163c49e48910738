// SPDX-License-Identifier: GPL-2.0-only
/* What this kernel leaves in the region for the next one. */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/utsname.h>

#include <asm/tsc.h>

#include "compat.h"
#include "core/regs.h"
#include "evaluate.h"
#include "find.h"
#include "handed.h"
#include "leave.h"
#include "limit.h"
#include "region.h"
#include "state.h"
#include "stats.h"
#include "verify.h"

static bool may_hand(const struct pcsc_function *f)
{
	return f->line.map && f->walk_status == PCSC_WALK_OK &&
	       f->domain < PCSC_HANDOVER_SOFTWARE_DOMAINS &&
	       !(pcsc_line_bypassed(&f->line) & pcsc_handover_hinders(f->vf)) &&
	       pcsc_map_number(f->line.map) < PCSC_HANDOVER_MAX_LAYOUTS &&
	       pcsc_handover_takes(pcsc_map_layout(f->line.map));
}

static u16 flags_of(const struct pcsc_function *f)
{
	u16 flags = 0;

	if (may_hand(f) && (!f->vf || (f->pf && may_hand(f->pf))))
		flags |= PCSC_HANDOVER_HAS_LINE;
	if (f->vf)
		flags |= PCSC_HANDOVER_VF;
	if (READ_ONCE(f->user_filled))
		flags |= PCSC_HANDOVER_USER_FILLED;
	if (READ_ONCE(f->tainted))
		flags |= PCSC_HANDOVER_TAINTED;
	if (f->identity.below_hotplug)
		flags |= PCSC_HANDOVER_BELOW_HOTPLUG;
	if (f->identity.on_root_bus)
		flags |= PCSC_HANDOVER_ON_ROOT_BUS;
	if (READ_ONCE(f->ari))
		flags |= PCSC_HANDOVER_ARI;
	return flags;
}

static u16 bridges_above(const struct pcsc_function *f)
{
	const struct pcsc_function *bridge;
	u16 n = 0;

	for (bridge = pcsc_bridges(); bridge; bridge = bridge->next_bridge)
		n += pcsc_bridge_is_above(bridge, f);
	return n;
}

/* The last hash computed is kept, since neighbours share map and model. */
static struct {
	const struct pcsc_map *map;
	struct pcsc_identity identity;
	u64 hash;
} excluded;

/*
 * The next kernel makes its maps without the bytes that are mismatched by now. A
 * line from before the suspicion fits under such a map, since those bytes are
 * dead in it.
 */
static u64 next_map_hash(const struct pcsc_function *f)
{
	static struct pcsc_map map;

	if (!pcsc_mismatches_concern(&f->identity))
		return pcsc_map_hash_of(f->line.map);
	if (excluded.map == f->line.map &&
	    !memcmp(&excluded.identity, &f->identity, sizeof(f->identity)))
		return excluded.hash;
	map = *f->line.map;
	pcsc_mismatches_exclude(&map, &f->identity);
	excluded.map = f->line.map;
	excluded.identity = f->identity;
	excluded.hash = pcsc_map_hash(&map);
	return excluded.hash;
}

/*
 * Seal the line. If neither the line nor its entry has changed since @last, its seal
 * still holds: but for demotions, and for a fill or sweep that was under way during the
 * first seal, nothing changes a line without moving its state on. Those break the seal,
 * so that the function begins cold.
 */
static u64 seal_of(struct pcsc_function *f,
		   const struct pcsc_handover_function *entry,
		   const struct pcsc_handover_function *last)
{
	const u64 state = pcsc_load_acquire(&f->line.cells->state);

	static_assert(offsetof(struct pcsc_handover_function, seal) ==
		      sizeof(*entry) - sizeof(entry->seal));
	if (last && state == f->sealed_state &&
	    !memcmp(entry, last, offsetof(struct pcsc_handover_function, seal)))
		return last->seal;
	f->sealed_state = state;
	return pcsc_line_seal(&f->line, pcsc_handover_salt(entry));
}

static void describe(const struct pcsc_function *f,
		     struct pcsc_handover_function *entry)
{
	const struct pcsc_identity *id = &f->identity;

	*entry = (struct pcsc_handover_function){
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
		.flags = flags_of(f),
		.pf = f->pf ? f->pf->index : 0,
		.vf_first = READ_ONCE(f->vf_first),
		.vf_stride = READ_ONCE(f->vf_stride),
		.vf_count = READ_ONCE(f->vf_count),
		.vf_page_size = READ_ONCE(f->vf_page_size),
		.vendor = id->vendor,
		.device = id->device,
		.subvendor = id->subvendor,
		.subdevice = id->subdevice,
		.class_revision = id->class_code << 8 | id->revision,
	};
	if (!(entry->flags & PCSC_HANDOVER_HAS_LINE))
		return;
	memcpy(entry->id, f->id, sizeof(entry->id));
	if (!f->vf)
		entry->bridges = bridges_above(f);
	entry->layout = pcsc_map_number(f->line.map);
	entry->map_hash = next_map_hash(f);
}

static void write_header(struct pcsc_handover_header *header,
			 const u64 boot_id[2], u32 layouts, u32 functions)
{
	*header = (struct pcsc_handover_header){
		.magic = PCSC_HANDOVER_MAGIC,
		.version = PCSC_HANDOVER_VERSION,
		.size = pcsc_region.bytes,
		.left = rdtsc_ordered(),
		.sealed_at = ktime_get_real_seconds(),
		.boot_id = { boot_id[0], boot_id[1] },
		.layout_size = sizeof(struct pcsc_layout),
		.function_size = sizeof(struct pcsc_handover_function),
		.cells_size = sizeof(struct pcsc_cells),
		.restrictions_size = sizeof(struct pcsc_handover_restrictions),
		.nr_layouts = layouts,
		.nr_functions = functions,
		.table_hash = pcsc_regs_hash(),
		.walk_version = PCSC_WALK_VERSION,
		.profile_crc32 = pcsc_profile_crc(),
		.helper = PCSC_VERSION,
	};
	strscpy(header->release, init_utsname()->release,
		sizeof(header->release));
}

static void hand_restrictions(struct pcsc_handover_restrictions *to)
{
	pcsc_mismatches_hand(to);
	pcsc_limits_hand(to);
	to->incomplete = pcsc_mismatches_lost() || pcsc_handed.lost;
	to->reserved = 0;
}

static void hand_line(struct pcsc_function *f,
		      struct pcsc_handover_function *to, bool again)
{
	struct pcsc_handover_function entry;

	describe(f, &entry);
	if (entry.flags & PCSC_HANDOVER_HAS_LINE)
		entry.seal = seal_of(f, &entry, again ? to : NULL);
	*to = entry;
}

static u32 hand_lines(struct pcsc_handover_header *header, bool again)
{
	struct pcsc_handover_function *index =
		pcsc_handover_index(header, pcsc_region.bytes);
	const u32 functions = pcsc_pool_used();
	u32 i;

	excluded.map = NULL;
	for (i = 0; i < functions; i++)
		hand_line(pcsc_pool_at(i), &index[i], again);
	return functions;
}

u32 pcsc_leave(const u64 boot_id[2], bool lines, bool again)
{
	struct pcsc_handover_header *header = pcsc_region.memory;
	const u64 start = local_clock();
	u32 functions, layouts;

	pcsc_handover_disarm();
	WRITE_ONCE(pcsc_restricted, false);
	pcsc_mismatches_collect();
	hand_restrictions(
		pcsc_handover_restrictions(header, pcsc_region.bytes));
	layouts =
		pcsc_maps_save(pcsc_handover_layouts(header, pcsc_region.bytes),
			       PCSC_HANDOVER_MAX_LAYOUTS);
	functions = lines ? hand_lines(header, again) : 0;
	write_header(header, boot_id, layouts, functions);
	pcsc_handover_sum(header);
	/*
	 * Arm the region last, so that a kernel that finds it armed finds all
	 * of it (pcsc_handed_take()).
	 */
	smp_store_release(&header->armed, PCSC_HANDOVER_ARMED);
	return div_u64(pcsc_ns_since(start), NSEC_PER_USEC);
}
