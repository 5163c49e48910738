/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The path of an access. Any context: no lock, no allocation, no sleep, no
 * clock.
 */
#ifndef PCSC_ACCESS_H
#define PCSC_ACCESS_H

#include <linux/pci.h>
#include <linux/types.h>

#include "object.h"
#include "ops.h"

/* For pcsc_ops_interpose(). */
extern const struct pcsc_trampoline pcsc_trampolines[PCSC_OPS_SLOTS];

/*
 * For a write round the buses' operations (AML): to be called before it and
 * after it, the latter with what the former returned. @bus may be NULL: VFs
 * that were handed over are not adopted then. @alone: no other write to the function was
 * under way at any time.
 */
u32 pcsc_access_before_write(struct pcsc_function *f, struct pci_bus *bus,
			     u16 where, u8 size, u32 value);
void pcsc_access_after_write(struct pcsc_function *f, u16 where, u8 size,
			     u32 value, u32 means, bool alone);

#endif
