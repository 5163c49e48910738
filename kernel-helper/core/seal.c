// SPDX-License-Identifier: GPL-2.0-only
/* Handing a line over: its seal, and taking over what was sealed. */
#include "generation.h"
#include "guards.h"
#include "hash.h"
#include "word.h"

/* Four at a time, since a kexec waits until every line of the host is sealed. */
static u64 mix_in(u64 seal, const u64 *word, unsigned int words)
{
	const u64 *end = word + words;

	for (; word < end; word += 4) {
		seal = pcsc_mix(seal, pcsc_load(&word[0]));
		seal = pcsc_mix(seal, pcsc_load(&word[1]));
		seal = pcsc_mix(seal, pcsc_load(&word[2]));
		seal = pcsc_mix(seal, pcsc_load(&word[3]));
	}
	return seal;
}

static_assert(PCSC_DWORDS / 32 % 4 == 0 && PCSC_MAX_SLOTS % 4 == 0,
	      "whole steps of mix_in()");

u64 pcsc_line_seal(const struct pcsc_line *line, u64 salt)
{
	const struct pcsc_cells *cells = line->cells;
	u64 seal;

	seal = pcsc_mix(salt, state_gen(pcsc_load(&cells->state)));
	seal = pcsc_mix(seal, pcsc_load(&cells->seen));
	seal = pcsc_mix(seal, pcsc_load(&cells->no_evidence));
	seal = mix_in(seal, cells->zero, PCSC_DWORDS / 32);
	return mix_in(seal, cells->slots, PCSC_MAX_SLOTS);
}

void pcsc_line_hand(struct pcsc_line *line, struct pcsc_cells *cells)
{
	const u64 generation = cells->state >> STATE_GEN_SHIFT;

	line->map = NULL;
	line->cells = cells;
	cells->state = generation << STATE_GEN_SHIFT | PCSC_BYPASS_HANDED |
		       PCSC_BYPASS_GONE;
}

void pcsc_line_lend(struct pcsc_line *line, const struct pcsc_map *map)
{
	pcsc_store_release(&line->map, map);
}

/* In a sound line no word is of a later generation than the line. */
static bool line_is_sound(const struct pcsc_line *line)
{
	const struct pcsc_cells *cells = line->cells;
	const u32 generation = generation_of(line);
	unsigned int i;

	if (is_newer(pcsc_load(&cells->seen), generation, SEEN_GEN))
		return false;
	for (i = 0; i < PCSC_DWORDS / 32; i++)
		if (is_newer(pcsc_load(&cells->zero[i]), generation, ZERO_GEN))
			return false;
	for (i = 0; i < PCSC_MAX_SLOTS; i++)
		if (is_newer(pcsc_load(&cells->slots[i]), generation, SLOT_GEN))
			return false;
	return true;
}

static void clear_bits(u64 *word, u64 bits)
{
	u64 old = pcsc_load(word);
	u64 before;

	while (old & bits) {
		before = pcsc_cmpxchg(word, old, old & ~bits);
		if (before == old)
			return;
		old = before;
	}
}

static void forget_evidence(struct pcsc_cells *cells,
			    const struct pcsc_map *map, bool zeroes)
{
	unsigned int i;

	for (i = 0; i < map->nr_slots; i++)
		clear_bits(&cells->slots[i],
			   (u64)map->slot_evidence[i] << SLOT_VALID_SHIFT);
	for (i = 0; !zeroes && i < PCSC_DWORDS / 32; i++)
		clear_bits(&cells->zero[i], 0xffffffff);
}

void pcsc_line_unprove_lengths(struct pcsc_line *line)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	const struct pcsc_map_head *head;
	u16 slot;

	if (!map)
		return;
	for (head = map->heads; head < map->heads + map->nr_heads; head++) {
		if (head->offset < PCSC_CAP_BASE || pcsc_head_is_cap(head))
			continue;
		slot = map->dword[head->offset / 4].slot;
		if (slot < PCSC_MAX_SLOTS)
			clear_bits(&line->cells->slots[slot],
				   (u64)pcsc_bytes_with(head->mask)
					   << SLOT_VALID_SHIFT);
		clear_bits(&line->cells->seen, 1ull << head->guard);
	}
}

bool pcsc_line_return(struct pcsc_line *line)
{
	const u64 state = pcsc_load_acquire(&line->cells->state);

	/* The generation stays, since it is part of what was sealed. */
	return (u32)state == (PCSC_BYPASS_HANDED | PCSC_BYPASS_GONE) &&
	       pcsc_cmpxchg(&line->cells->state, state,
			    state & ~(u64)PCSC_BYPASS_GONE) == state;
}

/*
 * Nothing vouches for the words, so empty them all. Demotions stay, since this kernel
 * may have made them, and the line keeps its map. Nothing is filled meanwhile, and
 * nobody gives the line another map, since it is still being adopted.
 */
static void give_up(struct pcsc_line *line)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	/*
	 * What is no VF may have open brackets that nobody has joined: it is not there
	 * before it is evaluated.
	 */
	const u32 gone = map && !map->is_vf ? PCSC_BYPASS_GONE : 0;

	pcsc_line_advance(line, PCSC_BYPASS_PENDING | gone, 0, NULL,
			  PCSC_SWEEP_DISTRUST);
	pcsc_line_bypass(line, 0, PCSC_BYPASS_HANDED | PCSC_BYPASS_ADOPTING);
}

enum pcsc_seal pcsc_line_look(struct pcsc_line *line, u64 seal, u64 salt,
			      bool zeroes, struct pcsc_ticket *ticket)
{
	const u64 state = pcsc_load_acquire(&line->cells->state);
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);

	if (!pcsc_line_waits(state) ||
	    pcsc_cmpxchg(&line->cells->state, state,
			 state | PCSC_BYPASS_ADOPTING) != state)
		return PCSC_SEAL_UNSEEN;
	PCSC_YIELD();
	if (!map || pcsc_line_seal(line, salt) != seal ||
	    !line_is_sound(line)) {
		give_up(line);
		return PCSC_SEAL_BROKEN;
	}
	forget_evidence(line->cells, map, zeroes);
	ticket->generation = state_gen(state);
	return PCSC_SEAL_WHOLE;
}

bool pcsc_line_adopt(struct pcsc_line *line, struct pcsc_ticket *ticket)
{
	const u64 generation = ticket->generation;
	const u64 looked_at = generation << STATE_GEN_SHIFT |
			      PCSC_BYPASS_HANDED | PCSC_BYPASS_ADOPTING;
	const u64 pending =
		(generation + 1) << STATE_GEN_SHIFT | PCSC_BYPASS_PENDING;

	ticket->generation++;
	/* Every event moves the generation on, or leaves its reason here. */
	if (pcsc_cmpxchg(&line->cells->state, looked_at, pending) !=
	    looked_at) {
		give_up(line);
		return false;
	}
	pcsc_line_sweep(line, PCSC_SWEEP_KEEP, ticket->generation);
	return true;
}

static bool may_be_refused(u64 state)
{
	return (state & (PCSC_BYPASS_HANDED | PCSC_BYPASS_ADOPTING)) ==
	       PCSC_BYPASS_HANDED;
}

bool pcsc_line_refuse(struct pcsc_line *line)
{
	u64 state = pcsc_load_acquire(&line->cells->state);
	u64 before;

	/* As if to adopt it, so that nobody looks at its seal any more. */
	for (; may_be_refused(state); state = before) {
		before = pcsc_cmpxchg(&line->cells->state, state,
				      state | PCSC_BYPASS_ADOPTING);
		if (before != state)
			continue;
		pcsc_line_assign(line, NULL);
		pcsc_line_advance(line, PCSC_BYPASS_GONE,
				  PCSC_BYPASS_HANDED | PCSC_BYPASS_ADOPTING,
				  NULL, PCSC_SWEEP_LOSE);
		return true;
	}
	return false;
}
