// SPDX-License-Identifier: GPL-2.0-only
/*
 * pci_pcsc: a cache of what cannot change in PCI configuration space.
 *
 * Loading it changes nothing. On command it interposes on the buses' operations
 * and answers reads of bytes that its profile, its register table and every
 * header it has seen call constant; everything else goes to hardware.
 */
#include <linux/module.h>

#include "background.h"
#include "control.h"
#include "events.h"
#include "handover.h"
#include "hooks.h"
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

static int __init pcsc_init(void)
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
	if (ret)
		goto region;
	ret = pcsc_sysfs_create();
	if (ret)
		goto notify;
	/* Create the node last: once it is open, init must not fail. */
	ret = pcsc_control_create();
	if (ret)
		goto sysfs;
	pcsc_profile_from_firmware(pcsc_control_device());
	mutex_lock(&pcsc_mutex);
	pcsc_is_loaded = true;
	mutex_unlock(&pcsc_mutex);
	return 0;

sysfs:
	pcsc_sysfs_destroy();
notify:
	pcsc_notify_unregister();
region:
	pcsc_handover_close();
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

MODULE_DESCRIPTION("Cache of what cannot change in PCI configuration space");
MODULE_LICENSE("GPL");
MODULE_VERSION(PCSC_VERSION);
