// SPDX-License-Identifier: GPL-2.0-only
/* off, shadow, on: how the host gets from one to the other. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/crash_dump.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "access.h"
#include "early.h"
#include "evaluate.h"
#include "events.h"
#include "find.h"
#include "function.h"
#include "handed.h"
#include "handover.h"
#include "hits.h"
#include "hooks.h"
#include "limit.h"
#include "mode.h"
#include "ops.h"
#include "region.h"
#include "scrub.h"
#include "siblings.h"
#include "state.h"
#include "stats.h"
#include "verify.h"
#include "work.h"

static char *mode = "";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(
	mode,
	"off: the mode stays off, and every other mode is refused (kernel command line: pci_pcsc.mode=off); built into the kernel, on or shadow is the mode from before the bus is enumerated");

bool pcsc_locked_off(void)
{
	return !strcmp(mode, "off");
}

#define TIMED_LOOKUPS 32
#define TIMED_RUNS 8

static u64 time_lookups(void)
{
	struct pcsc_line *line = &pcsc_pool_at(0)->line;
	struct pcsc_ticket ticket;
	u64 start, ns;
	u32 value;
	int i;

	preempt_disable();
	start = local_clock();
	for (i = 0; i < TIMED_LOOKUPS; i++)
		pcsc_line_lookup(line, PCI_HEADER_TYPE, 1, &value, &ticket);
	ns = pcsc_ns_since(start);
	preempt_enable();
	return ns / TIMED_LOOKUPS;
}

/* The fastest run is the one that no interrupt or hypervisor has held up. */
static void time_hits(void)
{
	u64 fastest = U64_MAX;
	int i;

	if (!pcsc_pool_used())
		return;
	for (i = 0; i < TIMED_RUNS; i++)
		fastest = min(fastest, time_lookups());
	WRITE_ONCE(pcsc_times.hit_ns, fastest);
}

static void forget_everything(void)
{
	pcsc_siblings_destroy();
	pcsc_hits_forget();
	pcsc_pool_destroy();
	pcsc_handover_put_cells();
	pcsc_handed_drop("it was in use until the mode was set to off");
	pcsc_maps_destroy();
}

/*
 * How often the mode went off while we could not leave: each time keeps a
 * reference of the module.
 */
static u32 kept;

static void may_be_unloaded(bool restored)
{
	if (!restored) {
		kept++;
		pr_warn("another module has interposed on top of this one while the mode went off: this one stays loaded\n");
		return;
	}
	for (; kept; kept--)
		module_put(THIS_MODULE);
	module_put(THIS_MODULE);
}

/*
 * Undo leave_off(), when the mode is off again or has not become another one.
 */
static void withdraw(void)
{
	const bool restored = pcsc_ops_restore();

	pcsc_hooks_remove();
	/*
	 * Mismatches name functions by their places in the pool: collect them first.
	 */
	pcsc_mismatches_collect();
	WRITE_ONCE(pcsc_fills_allowed, false);
	if (!restored)
		pcsc_pool_hide();
	down_write(&pcsc_alive); /* pcsc_populate() has ended then */
	forget_everything();
	up_write(&pcsc_alive);
	may_be_unloaded(restored);
}

/*
 * The lines are put into the region if it has room, and what the last kernel
 * left there stays as it is.
 */
static int create_pool(u32 functions)
{
	struct pcsc_cells *cells = pcsc_handover_get_cells(functions);
	int ret;

	pcsc_handed_check(functions);
	if (!cells)
		pcsc_handed_drop(
			"the region has no room for this host's functions");
	ret = pcsc_pool_create(functions, cells, pcsc_handed.functions);
	return ret ? ret : pcsc_handed_claim();
}

/* Without a region, before anybody can count the functions: 5 MiB. */
#define EARLY_FUNCTIONS 4096

static u32 functions_wanted(bool early)
{
	if (!early)
		return pcsc_pool_wanted();
	return min_t(u32, pcsc_handover_capacity() ?: EARLY_FUNCTIONS,
		     PCSC_MAX_FUNCTIONS);
}

/* @early: the kernel has no devices yet. */
static int leave_off(u32 wanted, bool early, const char **reason)
{
	const u32 functions = functions_wanted(early);
	int ret;

	if (functions > PCSC_MAX_FUNCTIONS) {
		*reason =
			"this host may have more functions than the 131072 that there can be lines for";
		return -EFBIG;
	}
	/*
	 * The buses are about to call this module, so keep it loaded: first the
	 * mode off, then rmmod.
	 */
	if (!try_module_get(THIS_MODULE)) {
		*reason = "the module is being unloaded";
		return -ENODEV;
	}
	*reason = "out of memory for the functions' lines";
	ret = create_pool(functions);
	if (ret)
		goto forget;
	/* Place the hooks before anything can be kept, which they protect. */
	pcsc_hooks_place();
	ret = pcsc_ops_interpose(pcsc_trampolines, reason);
	if (ret)
		goto forget;
	ret = pcsc_ops_try(reason);
	if (ret) {
		withdraw();
		return ret;
	}
	WRITE_ONCE(pcsc_fills_allowed, true);
	WRITE_ONCE(pcsc_mode, wanted);
	/* Only in its final mode, since a limit that is off empties a line. */
	if (early)
		pcsc_early_prepare();
	else
		pcsc_functions_find();
	pcsc_limits_apply();
	time_hits();
	pcsc_scrub_start();
	*reason = "";
	return 0;

forget:
	pcsc_hooks_remove();
	forget_everything();
	module_put(THIS_MODULE);
	return ret;
}

static int enter_off(const char **reason)
{
	/* Restoring would unhook a module on top of us, or leave it on us. */
	if (pcsc_ops_held()) {
		*reason =
			"another module has interposed on top of this one: unload it first";
		return -EBUSY;
	}
	WRITE_ONCE(pcsc_mode, PCSC_MODE_OFF);
	pcsc_limits_apply();
	/* A kexec that overtakes us shall hand no lines over. */
	pcsc_handover_withdraw();
	pcsc_work_stop();
	pcsc_scrub_stop();
	withdraw();
	return 0;
}

static int change_mode(u32 wanted, const char **reason)
{
	lockdep_assert_held(&pcsc_mutex);
	if (wanted > PCSC_MODE_ON) {
		*reason = "no such mode";
		return -EINVAL;
	}
	if (wanted == pcsc_mode)
		return 0;
	if (wanted == PCSC_MODE_OFF)
		return enter_off(reason);
	if (!pcsc_is_loaded) {
		*reason = "the module is still being loaded";
		return -EBUSY;
	}
	if (pcsc_locked_off()) {
		*reason =
			"pci_pcsc.mode=off was given when the module was loaded";
		return -EPERM;
	}
	if (pcsc_asleep) {
		*reason = "the host is going to sleep, or waking up";
		return -EBUSY;
	}
	if (pcsc_mode == PCSC_MODE_OFF)
		return leave_off(wanted, false, reason);
	WRITE_ONCE(pcsc_mode, wanted);
	pcsc_limits_apply();
	return 0;
}

int pcsc_set_mode(u32 wanted, const char **reason)
{
	const u32 before = pcsc_mode;
	int ret = change_mode(wanted, reason);

	if (pcsc_mode != before)
		pcsc_event(PCSC_EVENT_MODE, pcsc_mode);
	return ret;
}

/* If the mode cannot be off it is shadow at most, and off follows later. */
static int go_off(const char **reason)
{
	int ret = pcsc_set_mode(PCSC_MODE_OFF, reason);

	if (ret && pcsc_mode == PCSC_MODE_ON) {
		WRITE_ONCE(pcsc_mode, PCSC_MODE_SHADOW);
		pcsc_limits_apply();
		pcsc_event(PCSC_EVENT_MODE, pcsc_mode);
	}
	return ret;
}

bool pcsc_mode_finish_off(void)
{
	const char *reason = "";

	lockdep_assert_held(&pcsc_mutex);
	if (pcsc_verify_stopped()) {
		/* The mode reads off before withdraw() comes to collect them. */
		pcsc_mismatches_collect();
		pr_warn("a mismatch, and on_mismatch=off: nothing is served, and the mode goes off; see `pcsc-ctl events`\n");
	}
	if (!pcsc_is_stopped() || pcsc_mode == PCSC_MODE_OFF)
		return false;
	if (go_off(&reason))
		return true;
	pr_info("the mode is off now\n");
	return false;
}

static int command_off(const char **reason)
{
	int ret;

	/* Raise this before taking any lock: from here on nothing is served. */
	atomic_inc(&pcsc_stops);
	ret = mutex_lock_killable(&pcsc_mutex);
	if (!ret) {
		ret = go_off(reason);
		mutex_unlock(&pcsc_mutex);
	}
	if (!ret)
		return 0;
	*reason =
		"another module has interposed on top: nothing is served, and off follows when it has gone";
	pcsc_work_off();
	return ret;
}

/* Functions that were not read because we were stopped may be read now. */
static void look_at_all_again(void)
{
	u32 i;

	for (i = 0; i < pcsc_pool_used(); i++)
		WRITE_ONCE(pcsc_pool_at(i)->looked, 0);
	pcsc_work_later();
}

/* @stops: how often the mode was told to be off when this command began. */
static int command_on(u32 wanted, int stops, const char **reason)
{
	int ret;

	if (atomic_cmpxchg(&pcsc_stops, stops, 0) != stops) {
		*reason =
			"another command has set the mode to off meanwhile: try again";
		return -EBUSY;
	}
	ret = pcsc_set_mode(wanted, reason);
	if (ret)
		atomic_add(stops, &pcsc_stops);
	else if (stops)
		look_at_all_again();
	return ret;
}

int pcsc_mode_command(u32 wanted, const char **reason)
{
	const int stops = atomic_read(&pcsc_stops);
	bool all = false;
	int ret;

	if (wanted == PCSC_MODE_OFF)
		return command_off(reason);
	ret = mutex_lock_killable(&pcsc_mutex);
	if (ret)
		return ret;
	if (pcsc_mode == PCSC_MODE_OFF) {
		mutex_unlock(&pcsc_mutex);
		pcsc_lock_all();
		all = true;
	}
	ret = command_on(wanted, stops, reason);
	mutex_unlock(&pcsc_mutex);
	if (all)
		pci_unlock_rescan_remove();
	return ret;
}

#ifdef MODULE
#define KNOWN_MODES "mode=off"

static bool is_known(void)
{
	return pcsc_locked_off();
}
#else
#define KNOWN_MODES "mode=on, shadow or off"

static bool is_known(void)
{
	return pcsc_locked_off() || !strcmp(mode, "on") ||
	       !strcmp(mode, "shadow");
}

void pcsc_mode_begin(void)
{
	const u32 wanted = strcmp(mode, "on") ? PCSC_MODE_SHADOW : PCSC_MODE_ON;
	const char *reason = "this is a crash kernel";

	if (!*mode || pcsc_locked_off())
		return;
	mutex_lock(&pcsc_mutex);
	if (is_kdump_kernel() || leave_off(wanted, true, &reason))
		pr_warn("mode=%s: %s: the mode is off\n", mode, reason);
	else
		pcsc_event(PCSC_EVENT_MODE, pcsc_mode);
	pcsc_is_starting = true;
	mutex_unlock(&pcsc_mutex);
}

void pcsc_mode_settle(void)
{
	mutex_lock(&pcsc_mutex);
	WRITE_ONCE(pcsc_is_starting, false);
	/* Before, the clock was too coarse to time a hit. */
	time_hits();
	/* While the mode is off, lines wait for another mode, as in a module. */
	if (pcsc_mode != PCSC_MODE_OFF)
		pcsc_handed_refuse_absent();
	mutex_unlock(&pcsc_mutex);
}
#endif

int pcsc_mode_check(void)
{
	if (!*mode || is_known())
		return 0;
	pr_err("mode=%s is not known: give " KNOWN_MODES ", or leave it out\n",
	       mode);
	return -EINVAL;
}
