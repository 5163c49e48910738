// SPDX-License-Identifier: GPL-2.0-only
/*
 * pci_pcsc: a cache of what cannot change in PCI configuration space.
 *
 * Loading it changes nothing. On command, or by mode= if it is built into the kernel, it
 * interposes on the buses' operations and answers reads of bytes that its profile, its
 * register table and every header it has seen call constant; everything else goes to
 * hardware.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>

#include "background.h"
#include "control.h"
#include "events.h"
#include "handover.h"
#include "hooks.h"
#include "luo.h"
#include "mode.h"
#include "notify.h"
#include "profile.h"
#include "scrub.h"
#include "state.h"
#include "stats.h"
#include "sysfs.h"
#include "work.h"

static char *handover = "";
module_param(handover, charp, 0444);
MODULE_PARM_DESC(
	handover,
	"Where lines outlive this kernel: SIZE@ADDRESS of a memmap= hole, or the name in reserve_mem=");

static bool kexec;
module_param(kexec, bool, 0444);
MODULE_PARM_DESC(
	kexec,
	"A kexec started this kernel (/proc/sys/kernel/bootloader_type is 13 << 4): what the region holds may be taken over");

/* All that an access needs. */
static int __init begin(void)
{
	int ret;

	ret = pcsc_mode_check();
	if (ret)
		return ret;
	pcsc_work_init(pcsc_background_run, pcsc_mode_finish_off);
	ret = pcsc_stats_create();
	if (ret)
		return ret;
	pcsc_hooks_look_up();
	/* Open the region before anybody can switch the mode on. */
	pcsc_handover_open(handover, kexec);
	ret = pcsc_notify_register();
	if (!ret)
		return 0;
	pcsc_handover_undo();
	pcsc_stats_destroy();
	return ret;
}

/* All that people see, and memory that the next kernel can find. */
static int __init show(void)
{
	int ret;

	pcsc_handover_keep();
	ret = pcsc_sysfs_create();
	if (ret)
		return ret;
	/* Create the node last: once it is open, init must not fail. */
	ret = pcsc_control_create();
	if (ret)
		pcsc_sysfs_destroy();
	else
		pcsc_luo_register();
	return ret;
}

static void __init mark_loaded(void)
{
	mutex_lock(&pcsc_mutex);
	pcsc_is_loaded = true;
	mutex_unlock(&pcsc_mutex);
}

#ifdef MODULE

static int __init pcsc_init(void)
{
	int ret = begin();

	if (ret)
		return ret;
	ret = show();
	if (ret)
		goto undo;
	pcsc_profile_from_firmware(pcsc_control_device());
	mark_loaded();
	return 0;

undo:
	pcsc_notify_unregister();
	pcsc_handover_undo();
	pcsc_stats_destroy();
	return ret;
}

/* The mode is off here, since the module holds itself while it is not. */
static void __exit pcsc_exit(void)
{
	pcsc_control_destroy();
	pcsc_sysfs_destroy();
	pcsc_notify_unregister();
	pcsc_handover_close();
	pcsc_work_stop();
	pcsc_work_off_stop();
	pcsc_scrub_stop();
	pcsc_events_stop();
	pcsc_profile_destroy();
	pcsc_stats_destroy();
}

module_init(pcsc_init);
module_exit(pcsc_exit);

#else

static bool begun __initdata;

/* The kernel can access configuration space, and has not looked at it yet. */
static int __init pcsc_begin(void)
{
	int ret = begin();

	if (ret)
		return ret;
	begun = true;
	pcsc_profile_from_image();
	pcsc_mode_begin();
	return 0;
}

/* A helper that cannot be switched off must not serve. */
static void __init go_off(void)
{
	const char *reason = "";
	int ret;

	/* From here on nothing is served, even if off has to follow later. */
	atomic_inc(&pcsc_stops);
	pcsc_lock_all();
	ret = pcsc_set_mode(PCSC_MODE_OFF, &reason);
	pcsc_unlock_all();
	if (ret)
		pcsc_work_off();
}

static int __init pcsc_show(void)
{
	int ret = begun ? show() : -ENODEV;

	if (!ret)
		mark_loaded();
	else
		go_off();
	return ret;
}

/* What is there was found, but drivers of modules have not begun. */
static int __init pcsc_settle(void)
{
	pcsc_mode_settle();
	return 0;
}

arch_initcall_sync(pcsc_begin);
device_initcall(pcsc_show);
late_initcall_sync(pcsc_settle);

#endif

MODULE_DESCRIPTION("Cache of what cannot change in PCI configuration space");
MODULE_LICENSE("GPL");
MODULE_VERSION(PCSC_VERSION);
