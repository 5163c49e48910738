/* SPDX-License-Identifier: GPL-2.0-only */
/* FNV-1a, 32 bits: tells tables and layouts apart, promises nothing else. */
#ifndef PCSC_CORE_HASH_H
#define PCSC_CORE_HASH_H

#include "port.h"

#define PCSC_HASH_START 2166136261u

static inline u32 pcsc_hash8(u32 hash, u8 byte)
{
	return (hash ^ byte) * 16777619u;
}

static inline u32 pcsc_hash16(u32 hash, u16 value)
{
	return pcsc_hash8(pcsc_hash8(hash, value & 0xff), value >> 8);
}

#endif
