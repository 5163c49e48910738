// SPDX-License-Identifier: GPL-2.0-only
/* Handing a line over: its seal, and taking over what was sealed. */
#include "generation.h"
#include "hash.h"
#include "word.h"

u64 pcsc_line_seal(const struct pcsc_line *line, u64 salt)
{
	const struct pcsc_cells *cells = line->cells;
	unsigned int i;
	u64 seal;

	seal = pcsc_mix(salt, state_gen(pcsc_load(&cells->state)));
	seal = pcsc_mix(seal, pcsc_load(&cells->seen));
	seal = pcsc_mix(seal, pcsc_load(&cells->no_evidence));
	for (i = 0; i < PCSC_DWORDS / 32; i++)
		seal = pcsc_mix(seal, pcsc_load(&cells->zero[i]));
	for (i = 0; i < PCSC_MAX_SLOTS; i++)
		seal = pcsc_mix(seal, pcsc_load(&cells->slots[i]));
	return seal;
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

bool pcsc_line_adopt(struct pcsc_line *line, u64 seal, u64 salt, bool zeroes,
		     struct pcsc_ticket *ticket)
{
	const u64 state = pcsc_load_acquire(&line->cells->state);
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	const u64 pending = (u64)(state_gen(state) + 1) << STATE_GEN_SHIFT |
			    PCSC_BYPASS_PENDING;

	if (!(state & PCSC_BYPASS_HANDED))
		return false;
	if (!map || pcsc_line_seal(line, salt) != seal || !line_is_sound(line))
		goto refuse;
	forget_evidence(line->cells, map, zeroes);
	PCSC_YIELD();
	/* An event has moved the state on, so the line is refused. */
	if (pcsc_cmpxchg(&line->cells->state, state, pending) != state)
		goto refuse;
	ticket->generation = state_gen(pending);
	pcsc_line_sweep(line, PCSC_SWEEP_KEEP, ticket->generation);
	return true;

refuse:
	pcsc_line_refuse(line);
	return false;
}

void pcsc_line_refuse(struct pcsc_line *line)
{
	pcsc_line_assign(line, NULL);
	pcsc_line_bypass(line, 0, PCSC_BYPASS_HANDED);
}
