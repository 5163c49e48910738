// SPDX-License-Identifier: GPL-2.0-only
/* Devices that come, go and change drivers. */
#include <linux/device/bus.h>
#include <linux/notifier.h>

#include "pcsc.h"

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
	mutex_unlock(&pcsc_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block block = { .notifier_call = notified };

int pcsc_notify_register(void)
{
	return bus_register_notifier(&pci_bus_type, &block);
}

void pcsc_notify_unregister(void)
{
	bus_unregister_notifier(&pci_bus_type, &block);
}
