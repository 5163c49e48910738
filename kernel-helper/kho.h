/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that kexec handover (KHO) gives to the next kernel. Process context. */
#ifndef PCSC_KHO_H
#define PCSC_KHO_H

#include <linux/types.h>

/*
 * What the last kernel has kept, or else @bytes of zeroes, mapped in *memory; *got
 * says how many bytes that is. NULL, or why there is none (static).
 */
const char *pcsc_kho_open(u64 bytes, void **memory, u64 *got);

/*
 * Keep that for the next kernel, until pcsc_kho_close(): not before fs_initcall, when
 * KHO begins to take anything. NULL, or why it is not kept.
 */
const char *pcsc_kho_keep(void *memory, u64 bytes);
void pcsc_kho_close(void *memory);

#endif
