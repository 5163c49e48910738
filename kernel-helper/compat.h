/* SPDX-License-Identifier: GPL-2.0-only */
/* Every difference between the kernels we build for (6.1 and later). */
#ifndef PCSC_COMPAT_H
#define PCSC_COMPAT_H

#include <linux/device.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/syscore_ops.h>
#include <linux/version.h>

#include <asm/e820/api.h>

/* 6.9 dropped the second argument and its meaning with it. */
static inline int pcsc_pm_get_if_active(struct device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return pm_runtime_get_if_active(dev);
#else
	return pm_runtime_get_if_active(dev, true);
#endif
}

/*
 * NAME, to be given to pcsc_(un)register_syscore(), has CALL() made at syscore
 * shutdown. 6.12 has struct syscore_ops for it, 7.3 a struct syscore around one
 * whose functions take an argument.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define PCSC_SYSCORE_SHUTDOWN(name, call)                     \
	static void name##_shutdown(void *unused)             \
	{                                                     \
		call();                                       \
	}                                                     \
	static const struct syscore_ops name##_ops = {        \
		.shutdown = name##_shutdown,                  \
	};                                                    \
	static struct syscore name = { .ops = &name##_ops }
#define pcsc_register_syscore register_syscore
#define pcsc_unregister_syscore unregister_syscore
#else
#define PCSC_SYSCORE_SHUTDOWN(name, call) \
	static struct syscore_ops name = { .shutdown = call }
#define pcsc_register_syscore register_syscore_ops
#define pcsc_unregister_syscore unregister_syscore_ops
#endif

/*
 * Why a hole of memmap= may have been the firmware's before, or NULL. Newer kernels
 * keep the map that knows for KVM (7.3 does): there, reserve_mem= needs no answer.
 */
static inline const char *pcsc_firmware_claim(u64 start, u64 end)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
	return e820__mapped_raw_any(start, end, E820_TYPE_RESERVED) ?
		       "that range is the firmware's, not a hole of memmap=" :
		       NULL;
#else
	return "this kernel does not tell memmap='s holes from the firmware's: use reserve_mem=";
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
