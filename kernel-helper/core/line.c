// SPDX-License-Identifier: GPL-2.0-only
#include "line.h"

#include "hash.h"

#define SLOT_VALID_SHIFT PCSC_SLOT_VALID_SHIFT
#define SLOT_DEAD_SHIFT PCSC_SLOT_DEAD_SHIFT
#define SLOT_GEN_SHIFT PCSC_SLOT_GEN_SHIFT
#define SLOT_DEAD_MASK (0xfull << SLOT_DEAD_SHIFT)
#define SLOT_BODY_MASK ((1ull << SLOT_GEN_SHIFT) - 1)

#define SEEN_GEN_SHIFT PCSC_SEEN_GEN_SHIFT
#define SEEN_MASK PCSC_SEEN_MASK
#define ZERO_GEN_SHIFT PCSC_ZERO_GEN_SHIFT
#define STATE_GEN_SHIFT PCSC_STATE_GEN_SHIFT

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

static u64 slot_gen(u32 generation)
{
	return (u64)generation << SLOT_GEN_SHIFT;
}

static bool slot_is_of(u64 slot, u32 generation)
{
	return (slot & ~SLOT_BODY_MASK) == slot_gen(generation);
}

static u64 seen_gen(u32 generation)
{
	return (u64)generation << SEEN_GEN_SHIFT;
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

static unsigned int count_bits(u8 bytes)
{
	unsigned int n = 0;

	for (; bytes; bytes &= bytes - 1)
		n++;
	return n;
}

/* Configuration accesses do not straddle dwords; what does is not ours. */
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

	while ((seen & ~SEEN_MASK) == seen_gen(generation)) {
		before = pcsc_cmpxchg(&line->cells->seen, seen,
				      seen | 1ull << guard);
		if (before == seen)
			return;
		seen = before;
	}
}

/* Software wrote it, or hardware contradicted: never again. */
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

	/* Before the map: pcsc_line_assign() moves it after the generation. */
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

	/* Zero by evidence, and it is not: so much for the evidence (M15). */
	if (value != 0)
		return -(int)pcsc_line_drop_evidence(line);
	if (ticket->size != 4)
		return 0;
	while (old >> ZERO_GEN_SHIFT == ticket->generation) {
		PCSC_YIELD();
		before = pcsc_cmpxchg(word, old, old | 1ull << (dword % 32));
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
	u64 before, new;
	u8 differ;

	while (slot_is_of(old, ticket->generation)) {
		take &= ~slot_dead(old);
		if (!take)
			return 0;
		differ = slot_valid(old) & take;
		if (!(((u32)old ^ dword) & bits_of(differ)))
			differ = 0;
		new = differ ? slot_kill(old, differ) :
			       slot_merge(old, take, dword);
		PCSC_YIELD();
		before = pcsc_cmpxchg(slot, old, new);
		if (before == old)
			return differ ? -(int)count_bits(differ) :
					(int)count_bits(take);
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
	/* Absent, unpowered, resetting: but a VF's IDs are all-ones (9.3.4.1.1) */
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
	/* The proof first: kept without it, the header is never read again. */
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
			return count_bits(bytes);
		old = before;
	}
}

unsigned int pcsc_line_demote(struct pcsc_line *line, u16 where, u8 size)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	const struct pcsc_map_entry *entry;

	if (!map || access_is_odd(map, where, size))
		return 0;
	entry = &map->dword[where >> 2];
	if (!(entry->mask & bytes_of(where, size)))
		return 0;
	/* A dword that takes no room has no bytes of its own to kill. */
	if (entry->slot == PCSC_SLOT_ZERO)
		return pcsc_line_drop_evidence(line);
	/* Its neighbours too: a register is seldom narrower. */
	return kill_slot(&line->cells->slots[entry->slot], entry->mask);
}

unsigned int pcsc_line_write(struct pcsc_line *line, u16 where, u8 size)
{
	unsigned int demoted = pcsc_line_demote(line, where, size);

	if (pcsc_line_undescribed(line, where, size))
		demoted += pcsc_line_drop_evidence(line);
	return demoted;
}

bool pcsc_line_undescribed(const struct pcsc_line *line, u16 where, u8 size)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);

	return map && !access_is_odd(map, where, size) &&
	       bytes_of(where, size) & ~map->dword[where >> 2].described;
}

static void sweep_slot(struct pcsc_line *line, u64 *slot, u64 keep)
{
	u64 old = pcsc_load(slot);
	u64 before, new;

	for (;;) {
		new = (old & keep) | slot_gen(generation_of(line));
		before = pcsc_cmpxchg(slot, old, new);
		if (before == old)
			return;
		old = before;
	}
}

static void sweep_zero(struct pcsc_line *line, u64 *word, u64 keep)
{
	u64 old = pcsc_load(word);
	u64 before, new;

	for (;;) {
		new = (old & keep) | (u64)generation_of(line) << ZERO_GEN_SHIFT;
		before = pcsc_cmpxchg(word, old, new);
		if (before == old)
			return;
		old = before;
	}
}

static void sweep_seen(struct pcsc_line *line, u64 keep)
{
	u64 old = pcsc_load(&line->cells->seen);
	u64 before, new;

	for (;;) {
		new = (old & keep) | seen_gen(generation_of(line));
		before = pcsc_cmpxchg(&line->cells->seen, old, new);
		if (before == old)
			return;
		old = before;
	}
}

/* What of every word survives into a new generation. */
struct keep {
	u64 slot;
	u64 zero;
	u64 seen;
};

static const struct keep keep_all = { SLOT_BODY_MASK, 0xffffffff, SEEN_MASK };
static const struct keep keep_unproved = { SLOT_BODY_MASK, 0xffffffff, 0 };
static const struct keep keep_dead = { SLOT_DEAD_MASK, 0, 0 };
static const struct keep keep_none = { 0, 0, 0 };

static void sweep(struct pcsc_line *line, const struct keep *keep)
{
	unsigned int i;

	for (i = 0; i < PCSC_DWORDS / 32; i++)
		sweep_zero(line, &line->cells->zero[i], keep->zero);
	for (i = 0; i < PCSC_MAX_SLOTS; i++)
		sweep_slot(line, &line->cells->slots[i], keep->slot);
	/* Last: who comes too late with a guard comes too late with its header. */
	sweep_seen(line, keep->seen);
}

/*
 * Start a new generation, with @set and without @clear among the reasons to
 * bypass, in one step. Two sweeps at a time meet at the newer generation: each
 * takes the line's own at the moment it exchanges.
 */
static void next_generation(struct pcsc_line *line, u32 set, u32 clear,
			    const struct keep *keep)
{
	u64 old = pcsc_load(&line->cells->state);
	u64 before, new;

	for (;;) {
		new = (u64)(state_gen(old) + 1) << STATE_GEN_SHIFT |
		      (((u32)old & ~clear) | set);
		before = pcsc_cmpxchg(&line->cells->state, old, new);
		if (before == old)
			break;
		old = before;
	}
	PCSC_YIELD();
	sweep(line, keep);
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
	 * A new generation even if all of @set is set: what was seen before
	 * this opening must neither be published nor end it.
	 */
	if (set)
		next_generation(line, set, clear, &keep_all);
	else
		bypass_less(line, clear);
}

bool pcsc_line_proved(struct pcsc_line *line, const struct pcsc_ticket *ticket)
{
	u64 old = pcsc_load(&line->cells->state);
	u64 before;

	while (state_gen(old) == ticket->generation) {
		before = pcsc_cmpxchg(&line->cells->state, old,
				      old & ~(u64)PCSC_BYPASS_PENDING);
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
		sweep_slot(line, &line->cells->slots[slot], SLOT_DEAD_MASK);
}

void pcsc_line_recheck(struct pcsc_line *line)
{
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	unsigned int i;

	if (!map)
		return;
	next_generation(line, 0, 0, &keep_unproved);
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
	next_generation(line, 0, 0, reborn ? &keep_none : &keep_dead);
	/* Not before: a reader of the old map would take evidence for alive. */
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
	unsigned int i, n = 0;
	u64 word;

	for (i = 0; i < PCSC_MAX_SLOTS; i++)
		n += count_bits(slot_valid(pcsc_load(&line->cells->slots[i])));
	for (i = 0; i < PCSC_DWORDS / 32; i++)
		for (word = (u32)pcsc_load(&line->cells->zero[i]); word;
		     word &= word - 1)
			n += 4;
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

/* A processor stopped in the middle of a sweep leaves words of two generations. */
static bool line_is_whole(const struct pcsc_line *line)
{
	const struct pcsc_cells *cells = line->cells;
	const u32 generation = generation_of(line);
	unsigned int i;

	if ((pcsc_load(&cells->seen) & ~SEEN_MASK) != seen_gen(generation))
		return false;
	for (i = 0; i < PCSC_DWORDS / 32; i++)
		if (pcsc_load(&cells->zero[i]) >> ZERO_GEN_SHIFT != generation)
			return false;
	for (i = 0; i < PCSC_MAX_SLOTS; i++)
		if (!slot_is_of(pcsc_load(&cells->slots[i]), generation))
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

bool pcsc_line_adopt(struct pcsc_line *line, u64 seal, u64 salt, bool zeroes)
{
	const u64 state = pcsc_load_acquire(&line->cells->state);
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	const u64 pending = (u64)(state_gen(state) + 1) << STATE_GEN_SHIFT |
			    PCSC_BYPASS_PENDING;

	if (!(state & PCSC_BYPASS_HANDED))
		return false;
	if (!map || pcsc_line_seal(line, salt) != seal || !line_is_whole(line))
		goto refuse;
	forget_evidence(line->cells, map, zeroes);
	PCSC_YIELD();
	/* Whatever happened to it meanwhile has moved its state on. */
	if (pcsc_cmpxchg(&line->cells->state, state, pending) != state)
		goto refuse;
	sweep(line, &keep_all);
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
