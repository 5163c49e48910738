// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaves a guest's file systems awake while the rest of it goes to sleep: virtio-9p
 * cannot be suspended (its driver forgets its queue), and the guest's root is on it.
 * For /sys/power/pm_test, after which no device has been reset. Unload it and they
 * are suspended as all others.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>

#define VENDOR_VIRTIO 0x1af4
#define VIRTIO_9P 0x1009 /* transitional */

static void leave_awake(bool awake)
{
	struct pci_dev *pdev = NULL;

	while ((pdev = pci_get_device(VENDOR_VIRTIO, VIRTIO_9P, pdev))) {
		device_lock(&pdev->dev);
		dev_pm_syscore_device(&pdev->dev, awake);
		device_unlock(&pdev->dev);
	}
}

static int __init awake_init(void)
{
	leave_awake(true);
	return 0;
}

static void __exit awake_exit(void)
{
	leave_awake(false);
}

module_init(awake_init);
module_exit(awake_exit);
MODULE_DESCRIPTION(
	"Leaves a guest's 9p file systems awake during suspend tests");
MODULE_LICENSE("GPL");
