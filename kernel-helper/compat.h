/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every difference between the kernels we build for (6.1 and later). What this
 * kernel has is asked of its headers (features/), never of its version: stable
 * series take over interfaces.
 */
#ifndef PCSC_COMPAT_H
#define PCSC_COMPAT_H

#include <linux/device.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/syscore_ops.h>

#include <asm/e820/api.h>
#include <asm/pci_x86.h>
#include <asm/setup.h>

#include "features.h"

/* None of what the live update orchestrator (LUO) offers is exported. */
#if IS_ENABLED(CONFIG_LIVEUPDATE) && !defined(MODULE)
#define PCSC_HAS_LUO 1
#include <linux/liveupdate.h>
#else
#define PCSC_HAS_LUO 0
#endif

#if PCSC_KHO_KEEPS_VMALLOC
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#endif

/*
 * What only code of the kernel's own may use: NULL and false in a module, which comes
 * too late to need it.
 */
#ifdef MODULE
static inline struct pci_ops *pcsc_ops_of_root_buses(void)
{
	return NULL;
}

static inline bool pcsc_kexec_started_us(void)
{
	return false;
}
#else
/* Made by the linker, where the kernel has BTF. */
extern const char __start_BTF[], __stop_BTF[];

static inline struct pci_ops *pcsc_ops_of_root_buses(void)
{
	return &pci_root_ops;
}

/* The kind of boot loader that kexec gives itself (boot protocol, type_of_loader). */
static inline bool pcsc_kexec_started_us(void)
{
	return bootloader_type >> 4 == 0xd;
}
#endif

static inline int pcsc_pm_get_if_active(struct device *dev)
{
#if PCSC_GET_IF_ACTIVE_TAKES_DEVICE_ONLY
	return pm_runtime_get_if_active(dev);
#else
	return pm_runtime_get_if_active(dev, true);
#endif
}

/*
 * Define @name, to be given to pcsc_(un)register_syscore(), which has @call()
 * called at syscore shutdown.
 */
#if PCSC_SYSCORE_WRAPS_ITS_OPS
#define PCSC_SYSCORE_SHUTDOWN(name, call)              \
	static void name##_shutdown(void *unused)      \
	{                                              \
		call();                                \
	}                                              \
	static const struct syscore_ops name##_ops = { \
		.shutdown = name##_shutdown,           \
	};                                             \
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
 * Why a hole of memmap= may have been the firmware's before, or NULL. Newer
 * kernels export the map that tells to KVM only; there use reserve_mem=, which
 * needs no answer.
 */
static inline const char *pcsc_firmware_claim(u64 start, u64 end)
{
#if PCSC_EXPORTS_E820__MAPPED_RAW_ANY
	return e820__mapped_raw_any(start, end, E820_TYPE_RESERVED) ?
		       "that range is the firmware's, not a hole of memmap=" :
		       NULL;
#else
	return "this kernel does not tell memmap='s holes from the firmware's: use reserve_mem=";
#endif
}

/*
 * May a kexec return to this kernel? Such a kexec calls no notifier, so the
 * other kernel would have overwritten lines that this one goes on using.
 */
static inline bool pcsc_kexec_may_return(void)
{
	return IS_ENABLED(CONFIG_KEXEC_JUMP);
}

/* True if there is a region of that name. */
static inline bool pcsc_reserve_mem_find(const char *name, phys_addr_t *start,
					 phys_addr_t *size)
{
#if PCSC_RESERVE_MEM_HAS_NAMES
	return reserve_mem_find_by_name(name, start, size);
#else
	return false;
#endif
}

#endif
