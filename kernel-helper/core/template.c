// SPDX-License-Identifier: GPL-2.0-only
#include "template.h"

#include "caps.h"
#include "guards.h"
#include "word.h"

/* The valid bytes of a dword in a line of that generation, and *dword. */
static u8 valid_bytes(const struct pcsc_cells *cells,
		      const struct pcsc_map_entry *entry, unsigned int dword,
		      u32 generation, u32 *value)
{
	u64 word;

	*value = 0;
	if (entry->slot == PCSC_SLOT_ZERO) {
		word = pcsc_load(&cells->zero[dword / 32]);
		return is_of(word, generation, ZERO_GEN) &&
				       word >> (dword % 32) & 1 ?
			       0xf :
			       0;
	}
	if (entry->slot >= PCSC_MAX_SLOTS)
		return 0;
	word = pcsc_load(&cells->slots[entry->slot]);
	if (!is_of(word, generation, SLOT_GEN))
		return 0;
	*value = (u32)word;
	return slot_valid(word);
}

/* The same of a function's own line, as far as it could be served. */
static u8 served_bytes(const struct pcsc_line *line, const struct pcsc_map *map,
		       unsigned int dword, u32 generation, u32 *value)
{
	const struct pcsc_map_entry *entry = &map->dword[dword];
	u8 bytes;

	if (!pcsc_guard_is_seen(line->cells, map, generation, entry->guard))
		return 0;
	bytes = valid_bytes(line->cells, entry, dword, generation, value);
	if (pcsc_load(&line->cells->no_evidence))
		bytes &= ~entry->evidence;
	return bytes;
}

/*
 * What is checked at once: a capability, by its header's guard; the header; 256
 * bytes of those that nobody describes.
 */
static unsigned int group_of(const struct pcsc_map *map, u16 where)
{
	u8 guard;

	if (where < PCSC_CAP_BASE)
		return 0;
	static_assert(PCSC_MAX_GUARDS + 16 < 32 * PCSC_CHECKED_WORDS,
		      "every group has a bit");
	guard = pcsc_guard_of_cap(map, where);
	return guard == PCSC_GUARD_ALL ? PCSC_MAX_GUARDS + 1 + where / 256 :
					 guard;
}

static bool is_checked(const struct pcsc_line *line, unsigned int group,
		       u32 generation)
{
	const u64 word = pcsc_load(&line->checked[group / 32]);

	return is_of(word, generation, ZERO_GEN) && word >> (group % 32) & 1;
}

void pcsc_template_checked(struct pcsc_line *line,
			   const struct pcsc_ticket *ticket)
{
	const unsigned int group = group_of(ticket->map, ticket->where);
	u64 *word = &line->checked[group / 32];
	u64 old = pcsc_load(word);
	u64 before;

	while (!is_newer(old, ticket->generation, ZERO_GEN)) {
		before = pcsc_cmpxchg(
			word, old,
			as_of(old, ticket->generation, ZERO_GEN, 0) |
				1ull << (group % 32));
		if (before == old)
			return;
		old = before;
	}
}

enum pcsc_shared pcsc_template_answer(const struct pcsc_line *template,
				      const struct pcsc_line *line,
				      const struct pcsc_ticket *ticket,
				      u32 *value)
{
	/* Read first: who began after a drop must not be answered. */
	const u64 state = pcsc_load_acquire(&template->cells->state);
	const unsigned int dword = ticket->where / 4;
	const struct pcsc_map_entry *entry = &ticket->map->dword[dword];
	const u8 want = bytes_of(ticket->where, ticket->size);
	u32 own_value, shared_value, bits;
	u8 own, shared;

	if ((u32)state || pcsc_load_acquire(&template->map) != ticket->map)
		return PCSC_SHARED_NONE;
	if (!pcsc_guard_is_seen(line->cells, ticket->map, ticket->generation,
				entry->guard))
		return PCSC_SHARED_NONE;
	PCSC_YIELD();
	own = served_bytes(line, ticket->map, dword, ticket->generation,
			   &own_value);
	shared = entry->shared & valid_bytes(template->cells, entry, dword,
					     state_gen(state), &shared_value);
	if (want & ~(own | shared))
		return PCSC_SHARED_NONE;
	bits = pcsc_bits_of(own);
	*value = ((own_value & bits) | (shared_value & ~bits)) >>
			 (8 * (ticket->where & 3)) &
		 size_mask(ticket->size);
	return is_checked(line, group_of(ticket->map, ticket->where),
			  ticket->generation) ?
		       PCSC_SHARED_HIT :
		       PCSC_SHARED_UNCHECKED;
}

/* One line's say: bytes that were not seen before, and bytes that differ. */
struct poll {
	u32 value;
	u8 known;
	u8 differ;
	u8 votes[4];
};

static void ask(struct poll *poll, const struct pcsc_line *line,
		const struct pcsc_map *map, unsigned int dword)
{
	const u64 state = pcsc_load_acquire(&line->cells->state);
	unsigned int i;
	u32 value, bits;
	u8 bytes;

	if ((u32)state || pcsc_load_acquire(&line->map) != map)
		return;
	bytes = served_bytes(line, map, dword, state_gen(state), &value);
	for (i = 0; i < 4; i++) {
		if (!(bytes >> i & 1))
			continue;
		bits = 0xffu << (8 * i);
		if (!(poll->known >> i & 1))
			poll->value |= value & bits;
		else if ((poll->value ^ value) & bits)
			poll->differ |= 1u << i;
		poll->known |= 1u << i;
		poll->votes[i]++;
	}
}

u8 pcsc_template_agreed(const struct pcsc_line *const *lines, unsigned int nr,
			const struct pcsc_map *map, u16 where, u32 *dword)
{
	const struct pcsc_map_entry *entry = &map->dword[where / 4];
	struct poll poll = {};
	unsigned int i;
	u8 agreed = 0;

	for (i = 0; i < nr; i++)
		if (lines[i])
			ask(&poll, lines[i], map, where / 4);
	for (i = 0; i < 4; i++)
		if (poll.votes[i] >= PCSC_TEMPLATE_VFS)
			agreed |= 1u << i;
	*dword = poll.value;
	/* Of what evidence alone speaks for, only zero. */
	agreed &= ~(entry->evidence & pcsc_bytes_with(poll.value));
	return agreed & ~poll.differ & entry->shared;
}

u8 pcsc_line_has(const struct pcsc_line *line, u16 where, u32 *dword)
{
	const u64 state = pcsc_load_acquire(&line->cells->state);
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);

	if (!map || where >= map->cfg_size)
		return 0;
	return valid_bytes(line->cells, &map->dword[where / 4], where / 4,
			   state_gen(state), dword);
}

u8 pcsc_template_knows(const struct pcsc_line *template, u16 where, u32 *dword)
{
	const u64 state = pcsc_load_acquire(&template->cells->state);
	const struct pcsc_map *map = pcsc_load_acquire(&template->map);

	if ((u32)state || !map || where >= map->cfg_size)
		return 0;
	return valid_bytes(template->cells, &map->dword[where / 4], where / 4,
			   state_gen(state), dword);
}
