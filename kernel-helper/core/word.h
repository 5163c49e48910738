/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line's words: what their bits mean, of which generation they are, and which
 * bytes of a dword an access touches. For the three files of the line.
 */
#ifndef PCSC_CORE_WORD_H
#define PCSC_CORE_WORD_H

#include "line.h"

#define SLOT_VALID_SHIFT PCSC_SLOT_VALID_SHIFT
#define SLOT_DEAD_SHIFT PCSC_SLOT_DEAD_SHIFT
#define SLOT_DEAD_MASK (0xfull << SLOT_DEAD_SHIFT)

#define STATE_GEN_SHIFT PCSC_STATE_GEN_SHIFT

/* A word's generation is its upper bits, from here on. */
#define SLOT_GEN PCSC_SLOT_GEN_SHIFT
#define SEEN_GEN PCSC_SEEN_GEN_SHIFT
#define ZERO_GEN PCSC_ZERO_GEN_SHIFT

static inline u32 state_gen(u64 state)
{
	return state >> STATE_GEN_SHIFT;
}

static inline u32 generation_of(const struct pcsc_line *line)
{
	return state_gen(pcsc_load_acquire(&line->cells->state));
}

static inline u8 slot_valid(u64 slot)
{
	return (slot >> SLOT_VALID_SHIFT) & 0xf;
}

static inline u8 slot_dead(u64 slot)
{
	return (slot >> SLOT_DEAD_SHIFT) & 0xf;
}

static inline u64 stamp(u32 generation, unsigned int gen)
{
	return (u64)generation << gen;
}

static inline u64 body(u64 word, unsigned int gen)
{
	return word & ((1ull << gen) - 1);
}

static inline bool is_of(u64 word, u32 generation, unsigned int gen)
{
	return word - body(word, gen) == stamp(generation, gen);
}

/* Is the word of a later generation? Generations wrap, so half of all are. */
static inline bool is_newer(u64 word, u32 generation, unsigned int gen)
{
	return (s64)(word - body(word, gen) - stamp(generation, gen)) > 0;
}

/* The word as @generation sees it: of an older one only @outlives is left. */
static inline u64 as_of(u64 word, u32 generation, unsigned int gen,
			u64 outlives)
{
	if (is_of(word, generation, gen))
		return word;
	return (word & outlives) | stamp(generation, gen);
}

/* The bytes of its dword that an access touches. */
static inline u8 bytes_of(u16 where, u8 size)
{
	return ((1u << size) - 1) << (where & 3);
}

static inline u32 size_mask(u8 size)
{
	return size == 4 ? ~0u : (1u << (8 * size)) - 1;
}

#endif
