// SPDX-License-Identifier: GPL-2.0-only
#include "line.h"

#include "hash.h"

#define SLOT_VALID_SHIFT PCSC_SLOT_VALID_SHIFT
#define SLOT_DEAD_SHIFT PCSC_SLOT_DEAD_SHIFT
#define SLOT_DEAD_MASK (0xfull << SLOT_DEAD_SHIFT)

#define STATE_GEN_SHIFT PCSC_STATE_GEN_SHIFT

/* A word's generation is its upper bits, from here on. */
#define SLOT_GEN PCSC_SLOT_GEN_SHIFT
#define SEEN_GEN PCSC_SEEN_GEN_SHIFT
#define ZERO_GEN PCSC_ZERO_GEN_SHIFT

/*
 * An untouched word keeps the generation it was written in, of which it stores
 * the low bits only (a guard's word 16). All words are brought up to date once
 * in so many generations, so that none is taken for a current one when those
 * bits wrap.
 */
#define RENEW_EVERY (1u << 12)

static u32 state_gen(u64 state)
{
	return state >> STATE_GEN_SHIFT;
}

static u32 generation_of(const struct pcsc_line *line)
{
	return state_gen(pcsc_load_acquire(&line->cells->state));
}

static u8 slot_valid(u64 slot)
{
	return (slot >> SLOT_VALID_SHIFT) & 0xf;
}

static u8 slot_dead(u64 slot)
{
	return (slot >> SLOT_DEAD_SHIFT) & 0xf;
}

static u64 stamp(u32 generation, unsigned int gen)
{
	return (u64)generation << gen;
}

static u64 body(u64 word, unsigned int gen)
{
	return word & ((1ull << gen) - 1);
}

static bool is_of(u64 word, u32 generation, unsigned int gen)
{
	return word - body(word, gen) == stamp(generation, gen);
}

/* Is the word of a later generation? Generations wrap, so half of all are. */
static bool is_newer(u64 word, u32 generation, unsigned int gen)
{
	return (s64)(word - body(word, gen) - stamp(generation, gen)) > 0;
}

/* The word as @generation sees it: of an older one only @outlives is left. */
static u64 as_of(u64 word, u32 generation, unsigned int gen, u64 outlives)
{
	if (is_of(word, generation, gen))
		return word;
	return (word & outlives) | stamp(generation, gen);
}

/* The bytes of its dword that an access touches. */
static u8 bytes_of(u16 where, u8 size)
{
	return ((1u << size) - 1) << (where & 3);
}

/* Those bytes as a mask of the dword's bits. */
static u32 bits_of(u8 bytes)
{
	u32 bits = 0;
	unsigned int i;

	for (i = 0; i < 4; i++)
		if (bytes & (1u << i))
			bits |= 0xffu << (8 * i);
	return bits;
}

static u32 size_mask(u8 size)
{
	return size == 4 ? ~0u : (1u << (8 * size)) - 1;
}

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

unsigned int pcsc_line_drop_evidence(struct pcsc_line *line)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);

	if (!map || !map->nr_evidence || pcsc_load(&line->cells->no_evidence))
		return 0;
	pcsc_store(&line->cells->no_evidence, 1);
	return map->nr_evidence;
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
		return -(int)pcsc_line_drop_evidence(line);
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
static u64 slot_kill(u64 slot, u8 bytes)
{
	slot &= ~((u64)bytes << SLOT_VALID_SHIFT);
	return slot | (u64)bytes << SLOT_DEAD_SHIFT;
}

static u64 slot_merge(u64 slot, u8 take, u32 dword)
{
	const u32 bits = bits_of(take);

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
		if (!(((u32)now ^ dword) & bits_of(differ)))
			differ = 0;
		new = differ ? slot_kill(now, differ) :
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
 * A dword that proves a piece of the layout is kept only together with its
 * proof: once it is served from memory nobody reads it from hardware again.
 */
static bool head_allows(struct pcsc_line *line,
			const struct pcsc_ticket *ticket,
			const struct pcsc_map_head *head, u32 dword)
{
	const u32 seen =
		head->mask & bits_of(bytes_of(ticket->where, ticket->size));

	if ((dword ^ head->value) & seen) {
		pcsc_line_bypass(line, PCSC_BYPASS_LAYOUT, 0);
		return false;
	}
	if (guard_is_seen(line, ticket->map, ticket->generation, head->guard))
		return true;
	if (seen != head->mask)
		return false;
	return guard_is_seen(line, ticket->map, ticket->generation,
			     head->needs);
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

static int fill_entry(struct pcsc_line *line,
		      const struct pcsc_map_entry *entry,
		      const struct pcsc_ticket *ticket, u32 value)
{
	u8 take = entry->mask & bytes_of(ticket->where, ticket->size);

	if (pcsc_load(&line->cells->no_evidence))
		take &= ~entry->evidence;
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
	const struct pcsc_map_head *head;
	const struct pcsc_map_entry *entry;

	if (!may_fill(line, ticket, value))
		return 0;
	entry = &ticket->map->dword[ticket->where >> 2];
	if (!entry->head)
		return fill_entry(line, entry, ticket, value);
	head = &ticket->map->heads[entry->head - 1];
	if (!head_allows(line, ticket, head,
			 value << (8 * (ticket->where & 3))))
		return 0;
	/*
	 * Satisfy the guard first: a header that is kept without it would be
	 * answered from memory from then on, so its guard could never be
	 * satisfied.
	 */
	guard_satisfy(line, ticket->generation, head->guard);
	return fill_entry(line, entry, ticket, value);
}

static unsigned int kill_slot(u64 *slot, u8 bytes)
{
	u64 old = pcsc_load(slot);
	u64 before;

	for (;;) {
		bytes &= ~slot_dead(old);
		if (!bytes)
			return 0;
		before = pcsc_cmpxchg(slot, old, slot_kill(old, bytes));
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
		return pcsc_line_drop_evidence(line);
	/* Kill the dword's other bytes too: a register is seldom narrower. */
	return kill_slot(&line->cells->slots[entry->slot], entry->mask);
}

/* What becomes of a line's words when a new generation begins. */
enum sweep {
	KEEP, /* all that the last generation held */
	KEEP_UNPROVED, /* all but the guards: its layout has to be seen again */
	LOSE, /* nothing; demotions last */
	REBORN, /* nothing, not even demotions */
};

/*
 * Carry a word into generation @to if it was written in the one before. An
 * older word was emptied on the way, and a newer one has been carried already.
 */
static void carry(u64 *word, unsigned int gen, u32 to)
{
	u64 old = pcsc_load(word);
	u64 before;

	while (is_of(old, to - 1, gen)) {
		before = pcsc_cmpxchg(word, old,
				      body(old, gen) | stamp(to, gen));
		if (before == old)
			return;
		old = before;
	}
}

/* Empty a word but for @outlives, and stamp it with the line's generation. */
static void renew(const struct pcsc_line *line, u64 *word, unsigned int gen,
		  u64 outlives)
{
	u64 old = pcsc_load(word);
	u64 before;

	for (;;) {
		before = pcsc_cmpxchg(word, old,
				      (old & outlives) |
					      stamp(generation_of(line), gen));
		if (before == old)
			return;
		old = before;
	}
}

static void renew_old(const struct pcsc_line *line, u64 *word, unsigned int gen,
		      u64 outlives)
{
	if (!is_of(pcsc_load(word), generation_of(line), gen))
		renew(line, word, gen, outlives);
}

static void carry_all(struct pcsc_line *line, bool guards, u32 to)
{
	struct pcsc_cells *cells = line->cells;
	unsigned int i;

	for (i = 0; i < PCSC_DWORDS / 32; i++)
		carry(&cells->zero[i], ZERO_GEN, to);
	for (i = 0; i < PCSC_MAX_SLOTS; i++)
		carry(&cells->slots[i], SLOT_GEN, to);
	/*
	 * Carry the guards last: a fill that satisfies its guard too late then
	 * finds its header's slot carried too, so no header is kept without its
	 * guard.
	 */
	if (guards)
		carry(&cells->seen, SEEN_GEN, to);
}

typedef void (*renew_word)(const struct pcsc_line *line, u64 *word,
			   unsigned int gen, u64 outlives);

static void renew_all(struct pcsc_line *line, renew_word word, u64 outlives)
{
	struct pcsc_cells *cells = line->cells;
	unsigned int i;

	for (i = 0; i < PCSC_DWORDS / 32; i++)
		word(line, &cells->zero[i], ZERO_GEN, 0);
	for (i = 0; i < PCSC_MAX_SLOTS; i++)
		word(line, &cells->slots[i], SLOT_GEN, outlives);
	word(line, &cells->seen, SEEN_GEN, 0);
}

/*
 * A new generation empties the line by itself, since all its words are of an
 * older one. Only words that are kept or reborn have to be touched.
 */
static void sweep(struct pcsc_line *line, enum sweep how, u32 to)
{
	if (how == REBORN) {
		renew_all(line, renew, 0);
		return;
	}
	if (how != LOSE)
		carry_all(line, how == KEEP, to);
	if (to % RENEW_EVERY == 0)
		renew_all(line, renew_old, SLOT_DEAD_MASK);
}

/*
 * Start a new generation, with @set and without @clear, in one step; return it.
 */
static u32 next_generation(struct pcsc_line *line, u32 set, u32 clear,
			   const struct pcsc_holds *holds, enum sweep how)
{
	u64 old = pcsc_load_acquire(&line->cells->state);
	u64 before, new;
	u32 ends;

	for (;;) {
		/*
		 * Ask after the state was read: an opener makes its bracket
		 * visible before it moves the state on, so an open bracket is
		 * either seen here or makes the exchange fail.
		 */
		ends = holds ? clear & ~holds->reasons(holds->of) : clear;
		new = (u64)(state_gen(old) + 1) << STATE_GEN_SHIFT |
		      (((u32)old & ~ends) | set);
		PCSC_YIELD();
		before = pcsc_cmpxchg(&line->cells->state, old, new);
		if (before == old)
			break;
		old = before;
	}
	PCSC_YIELD();
	sweep(line, how, state_gen(new));
	return state_gen(new);
}

static void bypass_less(struct pcsc_line *line, u32 clear)
{
	u64 old = pcsc_load(&line->cells->state);
	u64 before;

	for (;;) {
		before = pcsc_cmpxchg(&line->cells->state, old,
				      old & ~(u64)clear);
		if (before == old)
			return;
		old = before;
	}
}

void pcsc_line_bypass(struct pcsc_line *line, u32 set, u32 clear)
{
	/*
	 * Begin a new generation even if all of @set is set already: what was
	 * read before this bracket opened must neither be published nor end it.
	 */
	if (set)
		next_generation(line, set, clear, NULL, KEEP);
	else
		bypass_less(line, clear);
}

void pcsc_line_end(struct pcsc_line *line, u32 clear,
		   const struct pcsc_holds *holds, bool keep)
{
	next_generation(line, PCSC_BYPASS_PENDING, clear, holds,
			keep ? KEEP : LOSE);
}

/*
 * Does not use next_generation(), which does more than this needs: one event
 * loses thousands of lines, each twice.
 */
void pcsc_line_lose(struct pcsc_line *line, u32 set)
{
	u64 old = pcsc_load_acquire(&line->cells->state);
	u64 before, new;

	for (;;) {
		new = (old + (1ull << STATE_GEN_SHIFT)) | set;
		PCSC_YIELD();
		before = pcsc_cmpxchg(&line->cells->state, old, new);
		if (before == old)
			break;
		old = before;
	}
	PCSC_YIELD();
	sweep(line, LOSE, state_gen(new));
}

/* A dword's slot, as the line's own generation sees it. */
static u64 held_of(const struct pcsc_line *line,
		   const struct pcsc_map_entry *entry)
{
	return as_of(pcsc_load(&line->cells->slots[entry->slot]),
		     generation_of(line), SLOT_GEN, SLOT_DEAD_MASK);
}

/*
 * A restore writes whole dwords, and with them read-only bytes, which ignore
 * the write. As long as the value written is the one held, nothing shows that
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
		word = held_of(line, entry);
		if (((u32)word ^ value << (8 * (where & 3))) &
		    bits_of(slot_valid(word) & want))
			return kill_slot(slot, entry->mask);
		if (moved_on || !(want & ~slot_valid(word) & ~slot_dead(word)))
			return 0;
		/*
		 * A fill in flight may have read the bytes that are not held
		 * yet before the write, so a new generation keeps it from
		 * publishing.
		 */
		next_generation(line, 0, 0, NULL, KEEP);
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
		demoted += pcsc_line_drop_evidence(line);
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

	if (!entry || !(entry->mask & bytes_of(where, size)))
		return false;
	if (entry->slot == PCSC_SLOT_ZERO) {
		word = pcsc_load(&line->cells->zero[where / 128]);
		return is_of(word, generation_of(line), ZERO_GEN) &&
		       word >> (where / 4 % 32) & 1;
	}
	word = held_of(line, entry);
	return ~(u32)word & bits_of(slot_valid(word) & bytes_of(where, size));
}

bool pcsc_line_proved(struct pcsc_line *line, const struct pcsc_ticket *ticket)
{
	u64 old = pcsc_load(&line->cells->state);
	u64 before;

	while (state_gen(old) == ticket->generation) {
		before = pcsc_cmpxchg(
			&line->cells->state, old,
			old & ~(u64)(PCSC_BYPASS_PENDING | PCSC_BYPASS_ABSENT));
		if (before == old)
			return true;
		old = before;
	}
	return false;
}

static void forget_dword(struct pcsc_line *line, const struct pcsc_map *map,
			 u16 where)
{
	const u16 slot = map->dword[where / 4].slot;

	if (slot < PCSC_MAX_SLOTS)
		renew(line, &line->cells->slots[slot], SLOT_GEN,
		      SLOT_DEAD_MASK);
}

void pcsc_line_recheck(struct pcsc_line *line, struct pcsc_ticket *ticket)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	unsigned int i;
	u32 generation;

	if (!map)
		return;
	generation = next_generation(line, 0, 0, NULL, KEEP_UNPROVED);
	if (ticket->generation == generation - 1)
		ticket->generation = generation;
	forget_dword(line, map, 0x08); /* revision and class */
	forget_dword(line, map, 0x2c); /* subsystem */
	for (i = 0; i < map->nr_heads; i++)
		forget_dword(line, map, map->heads[i].offset);
}

void pcsc_line_forget(struct pcsc_line *line, u16 where, u16 length)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	const u32 end = (u32)where + length;
	u32 at;

	for (at = where; map && at < end && at < map->cfg_size; at += 4)
		forget_dword(line, map, at);
}

void pcsc_line_empty(struct pcsc_line *line, bool reborn)
{
	next_generation(line, 0, 0, NULL, reborn ? REBORN : LOSE);
	/*
	 * Clear this after the generation was moved on, or a reader of the old
	 * map would take demoted evidence for alive.
	 */
	if (reborn)
		pcsc_store(&line->cells->no_evidence, 0);
}

void pcsc_line_assign(struct pcsc_line *line, const struct pcsc_map *map)
{
	pcsc_store_release(&line->map, (const struct pcsc_map *)NULL);
	pcsc_line_empty(line, true);
	pcsc_store_release(&line->map, map);
}

void pcsc_line_init(struct pcsc_line *line, struct pcsc_cells *cells)
{
	line->cells = cells;
	__builtin_memset(cells, 0, sizeof(*cells));
	cells->state = PCSC_BYPASS_GONE;
	pcsc_line_assign(line, NULL);
}

void pcsc_line_trust_layout(struct pcsc_line *line,
			    const struct pcsc_ticket *ticket)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	unsigned int i;

	for (i = 0; map && i < map->nr_heads; i++)
		guard_satisfy(line, ticket->generation, map->heads[i].guard);
}

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
	const struct pcsc_map_entry *entry = map->dword;
	unsigned int i;

	for (i = 0; i < PCSC_DWORDS; i++, entry++)
		if (entry->evidence && entry->slot < PCSC_MAX_SLOTS)
			clear_bits(&cells->slots[entry->slot],
				   (u64)entry->evidence << SLOT_VALID_SHIFT);
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
	sweep(line, KEEP, ticket->generation);
	return true;

refuse:
	pcsc_line_refuse(line);
	return false;
}

void pcsc_line_refuse(struct pcsc_line *line)
{
	pcsc_line_assign(line, NULL);
	bypass_less(line, PCSC_BYPASS_HANDED);
}
