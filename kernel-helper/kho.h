/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that kexec handover (KHO) gives to the next kernel. Process context. */
#ifndef PCSC_KHO_H
#define PCSC_KHO_H

#include <linux/types.h>

/*
 * What the last kernel has kept, or else @bytes of zeroes, mapped in *memory; *got
 * says how many bytes that is. If what was kept is of no use, *unusable says why, else it is
 * NULL. NULL, or why there is no memory (static).
 */
const char *pcsc_kho_open(u64 bytes, void **memory, u64 *got,
			  const char **unusable);

/*
 * Keep that for the next kernel, until pcsc_kho_close(): not before fs_initcall, when
 * KHO begins to take anything. NULL, or why it is not kept.
 */
const char *pcsc_kho_keep(void *memory, u64 bytes);
/* @missing: as for pcsc_region_close() */
void pcsc_kho_close(void *memory, bool missing);

#endif
