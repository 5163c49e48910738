/* SPDX-License-Identifier: GPL-2.0-only */
/* Every difference between the kernels we build for (6.1 and later). */
#ifndef PCSC_COMPAT_H
#define PCSC_COMPAT_H

#include <linux/device.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/version.h>

/* 6.9 dropped the second argument and its meaning with it. */
static inline int pcsc_pm_get_if_active(struct device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return pm_runtime_get_if_active(dev);
#else
	return pm_runtime_get_if_active(dev, true);
#endif
}

#endif
