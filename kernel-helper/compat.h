/* SPDX-License-Identifier: GPL-2.0-only */
/* Every difference between the kernels we build for (6.1 and later). */
#ifndef PCSC_COMPAT_H
#define PCSC_COMPAT_H

#include <linux/device.h>
#include <linux/mm.h>
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

/* reserve_mem= came with 6.12. True if there is a region of that name. */
static inline bool pcsc_reserve_mem_find(const char *name, phys_addr_t *start,
					 phys_addr_t *size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	return reserve_mem_find_by_name(name, start, size);
#else
	return false;
#endif
}

#endif
