/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FNV-1a of 32 bits tells tables and layouts apart, and promises nothing else.
 * The mix of 64 bits takes a word at a time and finds damage: every step is a
 * bijection, so no change within one word goes unseen.
 */
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

#define PCSC_MIX_START 0x9e3779b97f4a7c15ull

static inline u64 pcsc_mix(u64 hash, u64 word)
{
	hash = (hash ^ word) * 0xff51afd7ed558ccdull;
	return hash ^ hash >> 32;
}

static inline u64 pcsc_mix_words(u64 hash, const void *data, unsigned int words)
{
	const u64 *word = data;

	while (words--)
		hash = pcsc_mix(hash, *word++);
	return hash;
}

#endif
