// SPDX-License-Identifier: GPL-2.0-only
/* Devices that come, go and change drivers; hibernation. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/device/bus.h>
#include <linux/notifier.h>
#include <linux/suspend.h>

#include "bracket.h"
#include "function.h"
#include "handed.h"
#include "mode.h"
#include "notify.h"
#include "state.h"

static void on_event(unsigned long event, struct pci_dev *pdev)
{
	switch (event) {
	case BUS_NOTIFY_ADD_DEVICE:
		pcsc_function_add(pdev);
		break;
	case BUS_NOTIFY_REMOVED_DEVICE:
		pcsc_function_remove(pdev);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
	case BUS_NOTIFY_DRIVER_NOT_BOUND:
		pcsc_function_unbound(pdev);
		break;
	}
}

static int notified(struct notifier_block *nb, unsigned long event, void *data)
{
	struct device *dev = data;

	if (event == BUS_NOTIFY_BIND_DRIVER) {
		pcsc_function_bind(to_pci_dev(dev));
		return NOTIFY_DONE;
	}
	mutex_lock(&pcsc_mutex);
	if (pcsc_mode != PCSC_MODE_OFF)
		on_event(event, to_pci_dev(dev));
	else if (event == BUS_NOTIFY_REMOVED_DEVICE)
		pcsc_handed_drop("a device was removed before the mode was on");
	mutex_unlock(&pcsc_mutex);
	return NOTIFY_DONE;
}

/*
 * The hibernation image does not hold the handover region, and the kernel that
 * resumes the image will have used that region, so switch off: the operator can
 * begin anew afterwards.
 */
static int before_hibernation(void)
{
	const char *reason = "";
	int ret;

	ret = pcsc_set_mode(PCSC_MODE_OFF, &reason);
	if (ret)
		pr_warn("hibernation is refused, since the mode cannot be set to off: %s\n",
			reason);
	return ret;
}

static int before_sleep(bool hibernating)
{
	int ret = hibernating ? before_hibernation() : 0;

	if (!hibernating)
		pcsc_brackets_suspend();
	/* No bracket is opened around devices while the mode is off, and no jiffy counts. */
	if (pcsc_mode == PCSC_MODE_OFF)
		pcsc_handed_drop("the host slept before the mode was on");
	/* The mode must not leave off between here and after_sleep(). */
	pcsc_asleep = !ret;
	return ret;
}

static void after_sleep(void)
{
	pcsc_asleep = false;
	pcsc_brackets_resume();
}

/*
 * Preparation comes before any device sleeps, the end after all are restored.
 * The rescan lock is not taken, since a probe that registers such a notifier
 * may hold it; only leaving off needs it, which does not happen here.
 */
static int on_power(struct notifier_block *nb, unsigned long event,
		    void *unused)
{
	int ret = 0;

	mutex_lock(&pcsc_mutex);
	switch (event) {
	case PM_HIBERNATION_PREPARE:
	case PM_SUSPEND_PREPARE:
		ret = before_sleep(event == PM_HIBERNATION_PREPARE);
		break;
	case PM_POST_HIBERNATION:
	case PM_POST_SUSPEND:
		after_sleep();
		break;
	}
	mutex_unlock(&pcsc_mutex);
	return notifier_from_errno(ret);
}

static struct notifier_block power_block = { .notifier_call = on_power };
static struct notifier_block block = { .notifier_call = notified };

int pcsc_notify_register(void)
{
	int ret = register_pm_notifier(&power_block);

	if (ret)
		return ret;
	ret = bus_register_notifier(&pci_bus_type, &block);
	if (ret)
		unregister_pm_notifier(&power_block);
	return ret;
}

void pcsc_notify_unregister(void)
{
	bus_unregister_notifier(&pci_bus_type, &block);
	unregister_pm_notifier(&power_block);
}
