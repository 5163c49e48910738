// SPDX-License-Identifier: GPL-2.0-only
#include "line.h"

#include "generation.h"
#include "word.h"

/*
 * Configuration accesses do not straddle dwords; one that does is not cached.
 */
static bool access_is_odd(const struct pcsc_map *map, u16 where, u8 size)
{
	return where >= map->cfg_size || (where & 3) + size > 4;
}

static bool guard_is_seen(const struct pcsc_line *line,
			  const struct pcsc_map *map, u32 generation, u8 guard)
{
	return pcsc_guard_is_seen(line->cells, map, generation, guard);
}

static void guard_satisfy(struct pcsc_line *line, u32 generation, u8 guard)
{
	u64 seen = pcsc_load(&line->cells->seen);
	u64 before;

	while (!is_newer(seen, generation, SEEN_GEN)) {
		before = pcsc_cmpxchg(&line->cells->seen, seen,
				      as_of(seen, generation, SEEN_GEN, 0) |
					      1ull << guard);
		if (before == seen)
			return;
		seen = before;
	}
}

/*
 * Are bytes demoted? Software wrote them or hardware contradicted them, so they
 * are never cached again.
 */
static bool is_dead(const struct pcsc_line *line,
		    const struct pcsc_map_entry *entry, u8 want)
{
	if (entry->evidence & want && pcsc_load(&line->cells->no_evidence))
		return true;
	return entry->slot < PCSC_MAX_SLOTS &&
	       slot_dead(pcsc_load(&line->cells->slots[entry->slot])) & want;
}

enum pcsc_answer pcsc_line_lookup(struct pcsc_line *line, u16 where, u8 size,
				  u32 *value, struct pcsc_ticket *ticket)
{
	const u8 want = bytes_of(where, size);
	const struct pcsc_map_entry *entry;
	const struct pcsc_map *map;
	u32 generation;
	u64 state;

	/* Read before the map, which pcsc_line_assign() sets after this. */
	state = pcsc_load_acquire(&line->cells->state);
	generation = state_gen(state);
	ticket->map = NULL;
	ticket->generation = generation;
	map = pcsc_load_acquire(&line->map);
	if (!map || (u32)state)
		return PCSC_BYPASS;
	if (access_is_odd(map, where, size))
		return PCSC_UNCACHABLE;

	entry = &map->dword[where >> 2];
	if (entry->mask & want || entry->head) {
		ticket->map = map;
		ticket->where = where;
		ticket->size = size;
		ticket->evidence = entry->evidence & want;
	}
	if ((entry->mask & want) != want)
		return PCSC_UNCACHABLE;
	if (pcsc_line_hit(line, where, size, value))
		return PCSC_HIT;
	return is_dead(line, entry, want) ? PCSC_UNCACHABLE : PCSC_MISS;
}

unsigned int pcsc_line_drop_evidence(struct pcsc_line *line, u32 why)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	u32 *word = &line->cells->no_evidence;
	u32 old = pcsc_load(word);
	u32 before;

	if (!map || !map->nr_evidence)
		return 0;
	/* What is worse stays. */
	while (old < why) {
		before = pcsc_cmpxchg(word, old, why);
		if (before == old)
			return old <= PCSC_DROPPED_RESET ? map->nr_evidence : 0;
		old = before;
	}
	return 0;
}

static int fill_zero(struct pcsc_line *line, const struct pcsc_ticket *ticket,
		     u32 value)
{
	const unsigned int dword = ticket->where >> 2;
	u64 *word = &line->cells->zero[dword / 32];
	u64 old = pcsc_load(word);
	u64 before;

	/* The evidence said zero and was wrong, so it is not believed (M15). */
	if (value != 0)
		return -(int)pcsc_line_drop_evidence(line, PCSC_DROPPED_READ);
	if (ticket->size != 4)
		return 0;
	while (!is_newer(old, ticket->generation, ZERO_GEN)) {
		PCSC_YIELD();
		before = pcsc_cmpxchg(
			word, old,
			as_of(old, ticket->generation, ZERO_GEN, 0) |
				1ull << (dword % 32));
		if (before == old)
			return 4;
		old = before;
	}
	return 0;
}

/*
 * Two reads of a byte that is called const gave two values: neither is kept,
 * now or later.
 */
static u64 slot_demoted(u64 slot, u8 bytes)
{
	slot &= ~((u64)bytes << SLOT_VALID_SHIFT);
	return slot | (u64)bytes << SLOT_DEAD_SHIFT;
}

static u64 slot_merge(u64 slot, u8 take, u32 dword)
{
	const u32 bits = pcsc_bits_of(take);

	slot &= ~(u64)bits;
	return slot | (dword & bits) | (u64)take << SLOT_VALID_SHIFT;
}

static int fill_slot(struct pcsc_line *line, u16 index,
		     const struct pcsc_ticket *ticket, u8 take, u32 dword)
{
	u64 *slot = &line->cells->slots[index];
	u64 old = pcsc_load(slot);
	u64 before, now, new;
	u8 differ;

	while (!is_newer(old, ticket->generation, SLOT_GEN)) {
		now = as_of(old, ticket->generation, SLOT_GEN, SLOT_DEAD_MASK);
		take &= ~slot_dead(now);
		if (!take)
			return 0;
		differ = slot_valid(now) & take;
		if (!(((u32)now ^ dword) & pcsc_bits_of(differ)))
			differ = 0;
		new = differ ? slot_demoted(now, differ) :
			       slot_merge(now, take, dword);
		PCSC_YIELD();
		before = pcsc_cmpxchg(slot, old, new);
		if (before == old)
			return differ ? -(int)pcsc_count_bytes(differ) :
					(int)pcsc_count_bytes(take);
		old = before;
	}
	return 0;
}

/*
 * Bytes that prove a piece of the layout are kept only together with the proof:
 * once they are served from memory nobody reads them from hardware again, so
 * their guard could never be satisfied.
 */
static bool head_allows(struct pcsc_line *line,
			const struct pcsc_ticket *ticket,
			const struct pcsc_map_head *head, u32 dword)
{
	const u32 seen = head->mask &
			 pcsc_bits_of(bytes_of(ticket->where, ticket->size));

	if ((dword ^ head->value) & seen) {
		pcsc_line_bypass(line, PCSC_BYPASS_LAYOUT, 0);
		return false;
	}
	if (!seen ||
	    guard_is_seen(line, ticket->map, ticket->generation, head->guard))
		return true;
	if (seen != head->mask ||
	    !guard_is_seen(line, ticket->map, ticket->generation, head->needs))
		return false;
	guard_satisfy(line, ticket->generation, head->guard);
	return true;
}

/* The heads of a dword are in the order in which they need each other. */
static bool heads_allow(struct pcsc_line *line,
			const struct pcsc_ticket *ticket, u8 first, u32 dword)
{
	const struct pcsc_map *map = ticket->map;
	const u16 offset = map->heads[first].offset;
	u8 i;

	for (i = first; i < map->nr_heads && map->heads[i].offset == offset;
	     i++)
		if (!head_allows(line, ticket, &map->heads[i], dword))
			return false;
	return true;
}

bool pcsc_line_current(const struct pcsc_line *line,
		       const struct pcsc_ticket *ticket)
{
	return pcsc_load_acquire(&line->cells->state) ==
	       (u64)ticket->generation << STATE_GEN_SHIFT;
}

static bool may_fill(const struct pcsc_line *line,
		     const struct pcsc_ticket *ticket, u32 value)
{
	if (!ticket->map)
		return false;
	/*
	 * All-ones means absent, unpowered or resetting, but for a VF's IDs,
	 * which read so for good (9.3.4.1.1).
	 */
	if (value == size_mask(ticket->size) &&
	    !(ticket->map->is_vf && ticket->where < 4))
		return false;
	return pcsc_line_current(line, ticket) &&
	       pcsc_load(&line->map) == ticket->map;
}

/* Of @bytes, those that are const, and for which something still speaks. */
static u8 believed(const struct pcsc_line *line,
		   const struct pcsc_map_entry *entry, u8 bytes)
{
	bytes &= entry->mask;
	if (pcsc_load(&line->cells->no_evidence))
		bytes &= ~entry->evidence;
	return bytes;
}

static int fill_entry(struct pcsc_line *line,
		      const struct pcsc_map_entry *entry,
		      const struct pcsc_ticket *ticket, u32 value)
{
	const u8 take =
		believed(line, entry, bytes_of(ticket->where, ticket->size));

	if (!take)
		return 0;
	PCSC_YIELD();
	if (entry->slot == PCSC_SLOT_ZERO)
		return fill_zero(line, ticket, value);
	return fill_slot(line, entry->slot, ticket, take,
			 value << (8 * (ticket->where & 3)));
}

int pcsc_line_fill(struct pcsc_line *line, const struct pcsc_ticket *ticket,
		   u32 value)
{
	const struct pcsc_map_entry *entry;

	if (!may_fill(line, ticket, value))
		return 0;
	entry = &ticket->map->dword[ticket->where >> 2];
	if (entry->head && !heads_allow(line, ticket, entry->head - 1,
					value << (8 * (ticket->where & 3))))
		return 0;
	return fill_entry(line, entry, ticket, value);
}

void pcsc_line_put(struct pcsc_line *line, const struct pcsc_ticket *ticket,
		   u8 take, u32 dword)
{
	const struct pcsc_map_entry *entry;

	if (!ticket->map || !pcsc_line_current(line, ticket) ||
	    pcsc_load(&line->map) != ticket->map)
		return;
	entry = &ticket->map->dword[ticket->where >> 2];
	PCSC_YIELD();
	if (entry->slot == PCSC_SLOT_ZERO && take == 0xf)
		fill_zero(line, ticket, dword);
	else if (entry->slot < PCSC_MAX_SLOTS)
		fill_slot(line, entry->slot, ticket, take, dword);
}

static unsigned int demote_slot(u64 *slot, u8 bytes)
{
	u64 old = pcsc_load(slot);
	u64 before;

	for (;;) {
		bytes &= ~slot_dead(old);
		if (!bytes)
			return 0;
		before = pcsc_cmpxchg(slot, old, slot_demoted(old, bytes));
		if (before == old)
			return pcsc_count_bytes(bytes);
		old = before;
	}
}

/* The entry of an access's dword, or NULL. */
static const struct pcsc_map_entry *entry_of(const struct pcsc_line *line,
					     u16 where, u8 size)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);

	if (!map || access_is_odd(map, where, size))
		return NULL;
	return &map->dword[where >> 2];
}

unsigned int pcsc_line_demote(struct pcsc_line *line, u16 where, u8 size)
{
	const struct pcsc_map_entry *entry = entry_of(line, where, size);

	if (!entry || !(entry->mask & bytes_of(where, size)))
		return 0;
	/* A dword without a slot is zero by evidence: all evidence goes. */
	if (entry->slot == PCSC_SLOT_ZERO)
		return pcsc_line_drop_evidence(line, PCSC_DROPPED_READ);
	/* Kill the dword's other bytes too: a register is seldom narrower. */
	return demote_slot(&line->cells->slots[entry->slot], entry->mask);
}

/* A dword's slot, as the line's own generation sees it. */
static u64 cached_slot(const struct pcsc_line *line,
		       const struct pcsc_map_entry *entry)
{
	return as_of(pcsc_load(&line->cells->slots[entry->slot]),
		     generation_of(line), SLOT_GEN, SLOT_DEAD_MASK);
}

/*
 * A restore writes whole dwords, and with them read-only bytes, which ignore
 * the write. As long as the value written is the one cached, nothing shows that
 * those bytes are writable, so they are kept.
 */
static unsigned int write_fixed(struct pcsc_line *line,
				const struct pcsc_map_entry *entry, u16 where,
				u8 size, u32 value)
{
	const u8 want = bytes_of(where, size) & entry->mask;
	u64 *slot = &line->cells->slots[entry->slot];
	bool moved_on = false;
	u64 word;

	for (;;) {
		word = cached_slot(line, entry);
		if (((u32)word ^ value << (8 * (where & 3))) &
		    pcsc_bits_of(slot_valid(word) & want))
			return demote_slot(slot, entry->mask);
		if (moved_on || !(want & ~slot_valid(word) & ~slot_dead(word)))
			return 0;
		/*
		 * A fill in flight may have read the bytes that are not cached
		 * yet before the write, so a new generation keeps it from
		 * publishing.
		 */
		pcsc_line_advance(line, 0, 0, NULL, PCSC_SWEEP_KEEP);
		moved_on = true;
	}
}

static unsigned int write_const(struct pcsc_line *line, u16 where, u8 size,
				u32 value)
{
	const struct pcsc_map_entry *entry = entry_of(line, where, size);

	if (!entry || !(entry->mask & bytes_of(where, size)))
		return 0;
	if (bytes_of(where, size) & entry->mask & ~entry->fixed)
		return pcsc_line_demote(line, where, size);
	return write_fixed(line, entry, where, size, value);
}

unsigned int pcsc_line_write(struct pcsc_line *line, u16 where, u8 size,
			     u32 value)
{
	unsigned int demoted = write_const(line, where, size, value);

	if (pcsc_line_undescribed(line, where, size))
		demoted += pcsc_line_drop_evidence(line, PCSC_DROPPED_WRITTEN);
	return demoted;
}

bool pcsc_line_undescribed(const struct pcsc_line *line, u16 where, u8 size)
{
	const struct pcsc_map_entry *entry = entry_of(line, where, size);

	return entry && bytes_of(where, size) & ~entry->described;
}

bool pcsc_line_opaque(const struct pcsc_line *line, u16 where, u8 size)
{
	const struct pcsc_map_entry *entry = entry_of(line, where, size);

	return entry &&
	       bytes_of(where, size) & (entry->opaque | ~entry->described);
}

bool pcsc_line_denies_absence(const struct pcsc_line *line, u16 where, u8 size)
{
	const struct pcsc_map_entry *entry = entry_of(line, where, size);
	u64 word;
	u8 want;

	if (!entry)
		return false;
	want = believed(line, entry, bytes_of(where, size));
	if (!want)
		return false;
	if (entry->slot == PCSC_SLOT_ZERO) {
		word = pcsc_load(&line->cells->zero[where / 128]);
		return is_of(word, generation_of(line), ZERO_GEN) &&
		       word >> (where / 4 % 32) & 1;
	}
	word = cached_slot(line, entry);
	return ~(u32)word & pcsc_bits_of(slot_valid(word) & want);
}

void pcsc_line_trust_layout(struct pcsc_line *line,
			    const struct pcsc_ticket *ticket)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	unsigned int i;

	for (i = 0; map && i < map->nr_heads; i++)
		guard_satisfy(line, ticket->generation, map->heads[i].guard);
}
