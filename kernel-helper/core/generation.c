// SPDX-License-Identifier: GPL-2.0-only
#include "generation.h"

#include "word.h"

/*
 * An untouched word keeps the generation it was written in, of which it stores
 * the low bits only (a guard's word 16). All words are brought up to date once
 * in so many generations, so that none is taken for a current one when those
 * bits wrap.
 */
#define RENEW_EVERY (1u << 12)

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
	/* Its own reset does not make a VF another than its siblings. */
	for (i = 0; guards && i < PCSC_CHECKED_WORDS; i++)
		carry(&line->checked[i], ZERO_GEN, to);
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
	for (i = 0; i < PCSC_CHECKED_WORDS; i++)
		word(line, &line->checked[i], ZERO_GEN, 0);
	word(line, &cells->seen, SEEN_GEN, 0);
}

void pcsc_line_sweep(struct pcsc_line *line, enum pcsc_sweep how, u32 to)
{
	if (how != PCSC_SWEEP_KEEP && how != PCSC_SWEEP_KEEP_UNPROVED)
		pcsc_store(&line->emptied, pcsc_now());
	if (how == PCSC_SWEEP_REBORN) {
		renew_all(line, renew, 0);
		return;
	}
	if (how == PCSC_SWEEP_DISTRUST) {
		renew_all(line, renew, SLOT_DEAD_MASK);
		return;
	}
	if (how != PCSC_SWEEP_LOSE)
		carry_all(line, how == PCSC_SWEEP_KEEP, to);
	if (to % RENEW_EVERY == 0)
		renew_all(line, renew_old, SLOT_DEAD_MASK);
}

u32 pcsc_line_advance(struct pcsc_line *line, u32 set, u32 clear,
		      const struct pcsc_holds *holds, enum pcsc_sweep how)
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
	pcsc_line_sweep(line, how, state_gen(new));
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
		pcsc_line_advance(line, set, clear, NULL, PCSC_SWEEP_KEEP);
	else
		bypass_less(line, clear);
}

void pcsc_line_end(struct pcsc_line *line, u32 clear,
		   const struct pcsc_holds *holds, bool keep)
{
	pcsc_line_advance(line, PCSC_BYPASS_PENDING, clear, holds,
			  keep ? PCSC_SWEEP_KEEP : PCSC_SWEEP_LOSE);
}

/*
 * Does not use pcsc_line_advance(), which does more than this needs: one event
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
	pcsc_line_sweep(line, PCSC_SWEEP_LOSE, state_gen(new));
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
	generation =
		pcsc_line_advance(line, 0, 0, NULL, PCSC_SWEEP_KEEP_UNPROVED);
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
	pcsc_line_advance(line, 0, 0, NULL,
			  reborn ? PCSC_SWEEP_REBORN : PCSC_SWEEP_LOSE);
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
	/* All words are empty, and of the line's generation, which is 0. */
	line->map = NULL;
	line->cells = cells;
	line->emptied = pcsc_now();
	__builtin_memset(line->checked, 0, sizeof(line->checked));
	__builtin_memset(cells, 0, sizeof(*cells));
	cells->state = PCSC_BYPASS_GONE;
}
