// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handing over to the next kernel. The lines live in a region that outlives
 * this kernel, so there is nothing to copy: at a kexec, and only then, they are
 * sealed and the region is armed.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/lockdep.h>
#include <linux/random.h>
#include <linux/reboot.h>

#include "compat.h"
#include "find.h"
#include "handed.h"
#include "handover.h"
#include "leave.h"
#include "limit.h"
#include "region.h"
#include "state.h"
#include "verify.h"

static const char *no_region; /* why */
static const char *not_kept; /* why the next kernel will not find it */
static bool live; /* the pool's cells are the region's */
static bool begun; /* a kexec */
static bool leaving; /* and what is left for the next kernel is in the region */

/*
 * A session holds the lines, and seals them first. Not under pcsc_mutex: the kernel's
 * orchestrator waits for us with a lock without which no kexec begins.
 */
static atomic_t held = ATOMIC_INIT(0);
static u64 boot_id[2];

static bool has_restrictions(void)
{
	return READ_ONCE(pcsc_restricted) || pcsc_mismatches() ||
	       pcsc_quarantined() || pcsc_limits() || pcsc_mismatches_lost() ||
	       pcsc_handed.lost;
}

#define LONGEST_LOCK_MS 2000
#define LONGEST_SHUTDOWN_MS 400 /* background work holds it for 200 */

/* The lock's holder may wait for a device for good, so try for a while only. */
static bool lock_within(unsigned int longest_ms)
{
	unsigned int ms;

	for (ms = 0; ms < longest_ms; ms += 20) {
		if (mutex_trylock(&pcsc_mutex))
			return true;
		msleep(20);
	}
	return false;
}

static bool lock_in_time(void)
{
	return lock_within(LONGEST_LOCK_MS);
}

static void say_missing(void)
{
	struct pcsc_handover_header *header = pcsc_region.memory;

	WRITE_ONCE(header->magic, PCSC_HANDOVER_MAGIC);
	/* Arm the region last, as in pcsc_leave(). */
	smp_store_release(&header->armed, PCSC_HANDOVER_UNSEALED);
}

/* Lines and lists may be changing now, so only say that they are missing. */
static void leave_unsealed(void)
{
	say_missing();
	pr_warn("handover: nothing is handed over, since the helper has been busy for %u s: the next kernel begins cold; look at its `pcsc-ctl info`\n",
		LONGEST_LOCK_MS / 1000);
}

static bool is_armed(void)
{
	const struct pcsc_handover_header *header = pcsc_region.memory;

	return READ_ONCE(header->armed) == PCSC_HANDOVER_ARMED;
}

/* Nothing is kept from here on. Under pcsc_mutex. */
static void leave(void)
{
	u32 took_us;

	WRITE_ONCE(begun, true);
	/* A fill in flight breaks its line's seal, so nobody is waited for. */
	WRITE_ONCE(pcsc_fills_allowed, false);
	took_us = pcsc_leave(boot_id, live, leaving);
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
	WRITE_ONCE(begun, true);
	if (!lock_in_time()) {
		/* What a session has had sealed stands, but for lines that change. */
		if (!is_armed())
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
 * that a module sees, and the one that the next kernel counts from. Linux 6.1's
 * does not call it, so there the shutdown of the devices counts as part of the gap.
 */
static void on_shutdown(void)
{
	/*
	 * A holder that waits for a device does not let go: then the first seals stand, or
	 * what pcsc_handover_withdraw() has made of them, but not without what was found
	 * out since.
	 */
	if (!lock_within(LONGEST_SHUTDOWN_MS)) {
		if (READ_ONCE(pcsc_restricted) && READ_ONCE(begun))
			leave_unsealed();
		return;
	}
	if (begun && (leaving || live || has_restrictions()))
		pr_info("handover: sealed %s, in %u us\n",
			leaving ?
				"again, since devices were shut down" :
				"after all, since the helper is no longer busy",
			pcsc_leave(boot_id, live, leaving));
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

	if (!lock_in_time())
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
	if (!lock_in_time()) {
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
	WRITE_ONCE(begun, false);
	/* The orchestrator waits for us with its locks, so do not wait for long. */
	if (!lock_in_time()) {
		pcsc_handover_disarm();
		pr_warn("handover: the kexec did not take place, and the helper has been busy for %u s: nothing is filled until the mode has been off\n",
			LONGEST_LOCK_MS / 1000);
		return;
	}
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

/* on_reboot() waits for pcsc_mutex for a while only. */
void pcsc_handover_withdraw(void)
{
	struct pcsc_handover_header *header = pcsc_region.memory;

	if (!header)
		return;
	/*
	 * That a kexec was begun with something to leave must not be forgotten: if
	 * on_shutdown() cannot leave it anew, the next kernel is to say that it is lost.
	 */
	cmpxchg(&header->armed, PCSC_HANDOVER_ARMED,
		READ_ONCE(begun) ? PCSC_HANDOVER_UNSEALED : 0);
}

void pcsc_handover_put_cells(void)
{
	pcsc_handover_withdraw();
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
	if (pcsc_region.unusable)
		pcsc_handed_refuse_all(pcsc_region.unusable);
	else
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

static void end(const char *why, bool missing)
{
	if (no_region)
		return;
	unregister_reboot_notifier(&reboot_block);
	pcsc_unregister_syscore(&shutdown_call);
	pcsc_handed_drop(why);
	pcsc_handover_disarm();
	if (missing)
		say_missing();
	pcsc_region_close(&pcsc_region, missing);
}

void pcsc_handover_close(void)
{
	end("the module was unloaded", false);
}

/* What was taken is in our memory only, which goes: who is loaded next says so. */
void pcsc_handover_undo(void)
{
	end("the module was not loaded", has_restrictions());
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
