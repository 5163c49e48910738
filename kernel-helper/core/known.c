// SPDX-License-Identifier: GPL-2.0-only
/* What is in a line, for display. */
#include "generation.h"
#include "line.h"
#include "word.h"

unsigned int pcsc_line_valid_bytes(const struct pcsc_line *line)
{
	const u32 generation = generation_of(line);
	unsigned int i, n = 0;
	u64 word;

	for (i = 0; i < PCSC_MAX_SLOTS; i++) {
		word = pcsc_load(&line->cells->slots[i]);
		if (is_of(word, generation, SLOT_GEN))
			n += pcsc_count_bytes(slot_valid(word));
	}
	for (i = 0; i < PCSC_DWORDS / 32; i++) {
		word = pcsc_load(&line->cells->zero[i]);
		if (!is_of(word, generation, ZERO_GEN))
			continue;
		for (word = (u32)word; word; word &= word - 1)
			n += 4;
	}
	return n;
}

/* The bytes of a dword that have a value, and those that were contradicted, as masks. */
static void look_at_dword(const struct pcsc_line *line,
			  const struct pcsc_map_entry *entry, u16 where,
			  u8 *valid, u8 *dead)
{
	const u32 generation = generation_of(line);
	u64 word;

	*dead = 0;
	*valid = 0;
	if (entry->slot == PCSC_SLOT_ZERO) {
		word = pcsc_load(&line->cells->zero[where / 128]);
		if (is_of(word, generation, ZERO_GEN) &&
		    word >> (where / 4 % 32) & 1)
			*valid = entry->mask;
	} else if (entry->slot < PCSC_MAX_SLOTS) {
		word = pcsc_load(&line->cells->slots[entry->slot]);
		*dead = slot_dead(word);
		if (is_of(word, generation, SLOT_GEN))
			*valid = slot_valid(word);
	}
}

u8 pcsc_line_known(const struct pcsc_line *line, u16 where)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	const struct pcsc_map_entry *entry;
	const u8 bit = 1u << (where % 4);
	u8 valid, dead, demoted, known = 0;

	if (!map || where >= map->cfg_size)
		return 0;
	entry = &map->dword[where / 4];
	look_at_dword(line, entry, where, &valid, &dead);
	demoted = pcsc_load(&line->cells->no_evidence) ? entry->evidence : 0;
	demoted |= dead;
	known |= entry->mask & bit ? PCSC_KNOWN_CONST : 0;
	/* A byte that was contradicted itself is not one whose evidence was dropped. */
	known |= entry->evidence & ~dead & bit ? PCSC_KNOWN_EVIDENCE : 0;
	known |= valid & ~demoted & bit ? PCSC_KNOWN_CACHED : 0;
	known |= demoted & bit ? PCSC_KNOWN_DEMOTED : 0;
	known |= entry->shared & bit ? PCSC_KNOWN_SHARED : 0;
	known |= entry->described & bit ? PCSC_KNOWN_DESCRIBED : 0;
	known |= entry->opaque & bit ? PCSC_KNOWN_OPAQUE : 0;
	if (!pcsc_guard_is_seen(line->cells, map, generation_of(line),
				entry->guard))
		known |= PCSC_KNOWN_UNPROVED;
	return known;
}
