// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handing over to the next kernel. The lines live in a region that outlives
 * this kernel, so there is nothing to copy: at a kexec, and only then, they are
 * sealed and the region is armed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/math64.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/reboot.h>
#include <linux/utsname.h>

#include <asm/tsc.h>

#include "compat.h"
#include "core/regs.h"
#include "evaluate.h"
#include "find.h"
#include "handed.h"
#include "handover.h"
#include "limit.h"
#include "region.h"
#include "state.h"
#include "stats.h"
#include "verify.h"

static const char *no_region; /* why */
static const char *not_kept; /* why the next kernel will not find it */
static bool live; /* the pool's cells are the region's */
static bool leaving; /* a kexec has begun */

/*
 * A session holds the lines, and seals them first. Not under pcsc_mutex: the kernel's
 * orchestrator waits for us with a lock without which no kexec begins.
 */
static atomic_t held = ATOMIC_INIT(0);
static u64 boot_id[2];

static bool may_hand(const struct pcsc_function *f)
{
	return f->line.map && f->walk_status == PCSC_WALK_OK &&
	       f->domain < PCSC_HANDOVER_SOFTWARE_DOMAINS &&
	       !(pcsc_line_bypassed(&f->line) & pcsc_handover_hinders(f->vf)) &&
	       pcsc_map_number(f->line.map) < PCSC_HANDOVER_MAX_LAYOUTS;
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

static void write_header(struct pcsc_handover_header *header, u32 layouts,
			 u32 functions)
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

static bool has_restrictions(void)
{
	return pcsc_mismatches() || pcsc_quarantined() || pcsc_limits() ||
	       pcsc_mismatches_lost() || pcsc_handed.lost;
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

/* Lines are in the region only as long as the mode is not off. */
static u32 hand_lines(struct pcsc_handover_header *header, bool again)
{
	struct pcsc_handover_function *index =
		pcsc_handover_index(header, pcsc_region.bytes);
	const u32 functions = live ? pcsc_pool_used() : 0;
	u32 i;

	excluded.map = NULL;
	for (i = 0; i < functions; i++)
		hand_line(pcsc_pool_at(i), &index[i], again);
	return functions;
}

/*
 * @again: the second time on the way to one kexec. Returns how many microseconds it
 * took. Under pcsc_mutex, or when only one task is left.
 */
static u32 seal(bool again)
{
	struct pcsc_handover_header *header = pcsc_region.memory;
	const u64 start = local_clock();
	u32 functions, layouts;

	pcsc_handover_disarm();
	pcsc_mismatches_collect();
	hand_restrictions(
		pcsc_handover_restrictions(header, pcsc_region.bytes));
	layouts =
		pcsc_maps_save(pcsc_handover_layouts(header, pcsc_region.bytes),
			       PCSC_HANDOVER_MAX_LAYOUTS);
	functions = hand_lines(header, again);
	write_header(header, layouts, functions);
	pcsc_handover_sum(header);
	/*
	 * Arm the region last, so that a kernel that finds it armed finds all
	 * of it (pcsc_handed_take()).
	 */
	smp_store_release(&header->armed, PCSC_HANDOVER_ARMED);
	return div_u64(pcsc_ns_since(start), NSEC_PER_USEC);
}

#define LONGEST_LOCK_MS 2000

/* The lock's holder may wait for a device for good, so try for a while only. */
bool pcsc_handover_lock(void)
{
	unsigned int ms;

	for (ms = 0; ms < LONGEST_LOCK_MS; ms += 20) {
		if (mutex_trylock(&pcsc_mutex))
			return true;
		msleep(20);
	}
	return false;
}

/* Lines and lists may be changing now, so only say that they are missing. */
static void leave_unsealed(void)
{
	struct pcsc_handover_header *header = pcsc_region.memory;

	WRITE_ONCE(header->magic, PCSC_HANDOVER_MAGIC);
	/* Arm the region last, as in seal(). */
	smp_store_release(&header->armed, PCSC_HANDOVER_UNSEALED);
	pr_warn("handover: nothing is handed over, since the helper has been busy for %u s: the next kernel begins cold; look at its `pcsc-ctl info`\n",
		LONGEST_LOCK_MS / 1000);
}

/* Nothing is kept from here on. Under pcsc_mutex. */
static void leave(void)
{
	u32 took_us;

	WRITE_ONCE(pcsc_fills_allowed, false);
	/* Wait for fills in flight to finish. */
	synchronize_rcu();
	took_us = seal(leaving);
	leaving = true;
	pr_info("handover: %u functions sealed for the next kernel in %u us\n",
		live ? pcsc_pool_used() : 0, took_us);
}

/*
 * kernel_kexec() says "kexec reboot", by which it is told; kexec_in_progress is
 * not exported. What shutdown does to devices from here on is followed, and
 * breaks seals.
 */
static int on_reboot(struct notifier_block *nb, unsigned long action,
		     void *command)
{
	const char *how = command;

	if (action != SYS_RESTART || !how || strcmp(how, "kexec reboot"))
		return NOTIFY_DONE;
	if (!pcsc_handover_lock()) {
		leave_unsealed();
		return NOTIFY_DONE;
	}
	if (live || has_restrictions())
		leave();
	mutex_unlock(&pcsc_mutex);
	return NOTIFY_DONE;
}

/*
 * Devices have been shut down, which broke the seals of those that were woken
 * or reset for it, so seal once more. This is the last moment of kernel_kexec()
 * that a module sees, and the one that the next kernel counts from.
 */
static void on_shutdown(void)
{
	/* A holder will not run again to let go, so the first seals stand. */
	if (!mutex_trylock(&pcsc_mutex))
		return;
	if (leaving)
		pr_info("handover: sealed again, since devices were shut down, in %u us\n",
			seal(true));
	mutex_unlock(&pcsc_mutex);
}

static struct notifier_block reboot_block = {
	.notifier_call = on_reboot,
	/* Called last, since other notifiers may touch devices. */
	.priority = INT_MIN,
};

PCSC_SYSCORE_SHUTDOWN(shutdown_call, on_shutdown);

bool pcsc_handover_is_live(void)
{
	lockdep_assert_held(&pcsc_mutex);
	return live && !not_kept;
}

u64 pcsc_handover_id(void)
{
	return boot_id[0];
}

/* However often the node is opened, the lines are the same: one session is enough. */
int pcsc_handover_hold(void)
{
	int ret = -ENODATA;

	if (!pcsc_handover_lock())
		return -EBUSY;
	if (pcsc_handover_is_live())
		ret = atomic_cmpxchg(&held, 0, 1) ? -EBUSY : 0;
	mutex_unlock(&pcsc_mutex);
	return ret;
}

void pcsc_handover_let_go(void)
{
	atomic_set(&held, 0);
}

int pcsc_handover_freeze(void)
{
	if (!pcsc_handover_lock()) {
		pr_warn("handover: the helper has been busy for %u s, so the kexec does not take place: try again\n",
			LONGEST_LOCK_MS / 1000);
		return -EBUSY;
	}
	/* Somebody who switched the cache off has not forbidden to leave. */
	if (pcsc_handover_is_live())
		leave();
	mutex_unlock(&pcsc_mutex);
	return 0;
}

void pcsc_handover_unfreeze(void)
{
	mutex_lock(&pcsc_mutex);
	pcsc_handover_disarm();
	leaving = false;
	if (live)
		WRITE_ONCE(pcsc_fills_allowed, true);
	mutex_unlock(&pcsc_mutex);
	pr_info("handover: the kexec did not take place: the lines are used as before\n");
}

u32 pcsc_handover_capacity(void)
{
	return pcsc_region.memory ?
		       pcsc_handover_places(pcsc_region.bytes).capacity :
		       0;
}

struct pcsc_cells *pcsc_handover_get_cells(u32 functions)
{
	if (functions > pcsc_handover_capacity())
		return NULL;
	live = true;
	return pcsc_handover_cells(pcsc_region.memory, pcsc_region.bytes);
}

void pcsc_handover_put_cells(void)
{
	pcsc_handover_disarm();
	live = false;
}

void pcsc_handover_open(const char *where, bool kexec)
{
	boot_id[0] = get_random_u64();
	boot_id[1] = get_random_u64();
	no_region = pcsc_region_open(&pcsc_region, where);
	if (no_region) {
		if (*where)
			pr_warn("handover=%s: %s: nothing is handed over\n",
				where, no_region);
		return;
	}
	/* Take first, since the notifiers may write over the region. */
	pcsc_handed_take(kexec || pcsc_kexec_started_us() ||
			 pcsc_region.kind == PCSC_REGION_KHO);
	register_reboot_notifier(&reboot_block);
	pcsc_register_syscore(&shutdown_call);
}

void pcsc_handover_keep(void)
{
	if (no_region)
		return;
	not_kept = pcsc_region_keep(&pcsc_region);
	if (not_kept)
		pr_warn("%s: nothing is handed over\n", not_kept);
}

void pcsc_handover_close(void)
{
	if (no_region)
		return;
	unregister_reboot_notifier(&reboot_block);
	pcsc_unregister_syscore(&shutdown_call);
	pcsc_handed_drop("the module was unloaded");
	pcsc_handover_disarm();
	pcsc_region_close(&pcsc_region);
}

static u32 state(void)
{
	if (!pcsc_region.memory || not_kept)
		return PCSC_HANDOVER_NONE;
	if (pcsc_mode != PCSC_MODE_OFF)
		return live ? PCSC_HANDOVER_LIVE : PCSC_HANDOVER_NONE;
	return pcsc_handed.copy ? PCSC_HANDOVER_TAKEN : PCSC_HANDOVER_IDLE;
}

static const char *reason(void)
{
	if (no_region || not_kept)
		return no_region ?: not_kept;
	if (pcsc_mode != PCSC_MODE_OFF && !live)
		return "the region has no room for this host's functions";
	return pcsc_handed.reason;
}

void pcsc_handover_status(struct pcsc_handover *status)
{
	const u32 size = status->size;
	const u32 wanted = pcsc_pool_wanted();

	*status = (struct pcsc_handover){
		.size = size,
		.state = state(),
		.region = pcsc_region.kind,
		.address = pcsc_region.address,
		.bytes = pcsc_region.bytes,
		.capacity = pcsc_handover_capacity(),
		.wanted = wanted,
		.wanted_bytes = pcsc_handover_size(wanted),
		.handed = pcsc_handed.with_line,
		.adopted = atomic_read(&pcsc_handed.adopted),
		.refused = atomic_read(&pcsc_handed.refused),
		.gap_ms = pcsc_handed.gap_ms,
		.session = atomic_read(&held) ? PCSC_SESSION_HOLDS :
						PCSC_SESSION_NONE,
	};
	strscpy(status->reason, reason() ?: "", sizeof(status->reason));
}
