// SPDX-License-Identifier: GPL-2.0-only
/*
 * pci_pcsc: a cache of what cannot change in PCI configuration space.
 *
 * Loading it changes nothing. Told to, it interposes on the buses' operations
 * and answers reads of bytes that its profile, its register table and every
 * header it has seen call constant; everything else goes to hardware.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "handover.h"
#include "pcsc.h"

DEFINE_MUTEX(pcsc_mutex);
DECLARE_RWSEM(pcsc_alive);
u32 pcsc_mode = PCSC_MODE_OFF;
atomic_t pcsc_stops __read_mostly = ATOMIC_INIT(0);
bool pcsc_fills_allowed;

void pcsc_lock_all(void)
{
	pci_lock_rescan_remove();
	mutex_lock(&pcsc_mutex);
}

void pcsc_unlock_all(void)
{
	mutex_unlock(&pcsc_mutex);
	pci_unlock_rescan_remove();
}

static char *mode = "";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(
	mode,
	"off: never leave off, whoever asks (kernel command line: pci_pcsc.mode=off)");

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

static int choose(const char *text, const struct kernel_param *param)
{
	struct pcsc_choice *choice = param->arg;
	int chosen = __sysfs_match_string(choice->words, SIZE_MAX, text);

	if (chosen < 0)
		return chosen;
	WRITE_ONCE(choice->chosen, chosen);
	return 0;
}

static int show_chosen(char *buffer, const struct kernel_param *param)
{
	const struct pcsc_choice *choice = param->arg;

	return sysfs_emit(buffer, "%s\n",
			  choice->words[READ_ONCE(choice->chosen)]);
}

const struct kernel_param_ops pcsc_choice_ops = {
	.set = choose,
	.get = show_chosen,
};

static const char *const reactions[] = { "quarantine", "off", NULL };
static struct pcsc_choice on_mismatch = { .words = reactions };
module_param_cb(on_mismatch, &pcsc_choice_ops, &on_mismatch, 0644);
MODULE_PARM_DESC(
	on_mismatch,
	"What a lie ends: quarantine (default), the function's serving and its model's trust in these bytes; off, all serving at once, and the mode");

bool pcsc_locked_off(void)
{
	return !strcmp(mode, "off");
}

/* Every function there is, every VF there could be, and a quarter more. */
u32 pcsc_pool_wanted(void)
{
	struct pci_dev *pdev = NULL;
	u32 n = 64;

	for_each_pci_dev(pdev)
		if (!pdev->is_virtfn)
			n += 1 + pci_sriov_get_totalvfs(pdev);
	return n + n / 4;
}

#define TIMED_LOOKUPS 256

static void time_hits(void)
{
	struct pcsc_ticket ticket;
	u64 start;
	u32 value;
	int i;

	if (!pcsc_pool_used())
		return;
	start = ktime_get_ns();
	for (i = 0; i < TIMED_LOOKUPS; i++)
		pcsc_line_lookup(&pcsc_pool_at(0)->line, PCI_HEADER_TYPE, 1,
				 &value, &ticket);
	WRITE_ONCE(pcsc_times.hit_ns, (ktime_get_ns() - start) / TIMED_LOOKUPS);
}

static void forget_everything(void)
{
	pcsc_pool_destroy();
	pcsc_hits_destroy();
	pcsc_maps_destroy();
}

/* Times that we could not leave: each keeps a reference of the module. */
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

/* Once the mode is off, or has not begun to be another. */
static void withdraw(void)
{
	const bool restored = pcsc_ops_restore();

	pcsc_hooks_remove();
	/* The pool is about to go, by whose places they are named. */
	pcsc_suspects_collect();
	WRITE_ONCE(pcsc_fills_allowed, false);
	if (!restored)
		pcsc_pool_hide();
	down_write(&pcsc_alive); /* who populates is done then */
	forget_everything();
	up_write(&pcsc_alive);
	may_be_unloaded(restored);
}

static int leave_off(u32 wanted, const char **reason)
{
	const u32 functions = pcsc_pool_wanted();
	int ret;

	if (functions > PCSC_MAX_FUNCTIONS) {
		*reason =
			"this host may have more functions than the 131072 that there can be lines for";
		return -EFBIG;
	}
	/* Our text is about to be reachable from the buses: off, then rmmod. */
	if (!try_module_get(THIS_MODULE)) {
		*reason = "the module is being unloaded";
		return -ENODEV;
	}
	*reason = "out of memory for the functions' lines";
	ret = pcsc_hits_create(functions);
	if (ret)
		goto forget;
	ret = pcsc_pool_create(functions);
	if (ret)
		goto forget;
	/* Before anything can be kept that they protect. */
	pcsc_hooks_place();
	ret = pcsc_ops_interpose(reason);
	if (ret)
		goto forget;
	ret = pcsc_ops_try(reason);
	if (ret) {
		withdraw();
		return ret;
	}
	WRITE_ONCE(pcsc_fills_allowed, true);
	WRITE_ONCE(pcsc_mode, wanted);
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
	/* Restoring would unhook whoever stacked on us, or leave them on us. */
	if (pcsc_ops_held()) {
		*reason =
			"another module has interposed on top of this one: unload it first";
		return -EBUSY;
	}
	WRITE_ONCE(pcsc_mode, PCSC_MODE_OFF);
	pcsc_limits_apply();
	/* A kexec that overtakes us shall find nothing. */
	pcsc_handover_disarm();
	pcsc_work_stop();
	pcsc_scrub_stop();
	withdraw();
	return 0;
}

/* Nothing may begin that a failing init would have to wait for. */
static bool ready;

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
	if (!ready) {
		*reason = "the module is still being loaded";
		return -EBUSY;
	}
	if (pcsc_locked_off()) {
		*reason =
			"pci_pcsc.mode=off was given when the module was loaded";
		return -EPERM;
	}
	if (pcsc_asleep()) {
		*reason = "the host is going to sleep, or waking up";
		return -EBUSY;
	}
	if (pcsc_mode == PCSC_MODE_OFF)
		return leave_off(wanted, reason);
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

/* As far as it can be off, it is; the rest follows. */
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

static bool lied;

void pcsc_mode_mismatch(void)
{
	if (!READ_ONCE(on_mismatch.chosen))
		return;
	WRITE_ONCE(lied, true);
	/* What kicks the work for the lie's sake has the mode off follow. */
	if (atomic_inc_return(&pcsc_stops) == 1)
		pcsc_event(PCSC_EVENT_STOPPED, 0);
}

bool pcsc_mode_finish_off(void)
{
	const char *reason = "";

	if (xchg(&lied, false))
		pr_warn("the cache lied, and on_mismatch=off: nothing is served, and the mode goes off; see `pcsc-ctl events`\n");
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

	/* Before any lock: from here on nothing is served. */
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

/* What was not read because we were stopped may be read now. */
static void look_at_all_again(void)
{
	u32 i;

	for (i = 0; i < pcsc_pool_used(); i++)
		WRITE_ONCE(pcsc_pool_at(i)->looked, 0);
	pcsc_work_later();
}

/* The command began when it was told to be off @stops times. */
static int command_on(u32 wanted, int stops, const char **reason)
{
	int ret;

	if (atomic_cmpxchg(&pcsc_stops, stops, 0) != stops) {
		*reason = "it was told to be off meanwhile";
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

static int __init pcsc_init(void)
{
	int ret;

	if (*mode && !pcsc_locked_off()) {
		pr_err("mode=%s: only mode=off is known\n", mode);
		return -EINVAL;
	}
	ret = pcsc_stats_create();
	if (ret)
		return ret;
	pcsc_hooks_look_up();
	/* Before anybody can tell us to begin. */
	pcsc_handover_open(handover, kexec);
	ret = pcsc_notify_register();
	if (ret)
		goto region;
	ret = pcsc_sysfs_create();
	if (ret)
		goto notify;
	/* Last: whoever has it open holds a module that stays. */
	ret = pcsc_control_create();
	if (ret)
		goto sysfs;
	pcsc_policy_from_firmware(pcsc_control_device());
	mutex_lock(&pcsc_mutex);
	ready = true;
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

/* The mode is off: while it is not, the module holds itself. */
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
	pcsc_policy_destroy();
	pcsc_stats_destroy();
}

module_init(pcsc_init);
module_exit(pcsc_exit);

MODULE_DESCRIPTION("Cache of what cannot change in PCI configuration space");
MODULE_LICENSE("GPL");
MODULE_VERSION(PCSC_VERSION);
