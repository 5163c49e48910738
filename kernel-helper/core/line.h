/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line: one function's own cached bytes, under its map.
 *
 * Every slot is one 64-bit word that carries its value, which bytes of it are
 * valid, which are dead (demoted) and the line's generation. It is published by
 * compare-and-exchange, so an invalidation never waits, a late fill never
 * publishes, and two fills of one slot cannot mix. Dwords that are zero by
 * evidence have a bit only, 32 of them to a word with the generation. A line is
 * emptied by moving its generation on: a word of an older one holds nothing but
 * its dead bytes.
 *
 * A hit is a few plain loads. Nothing here blocks, allocates or spins on
 * another CPU's progress.
 */
#ifndef PCSC_CORE_LINE_H
#define PCSC_CORE_LINE_H

#include "map.h"
#include "port.h"

/*
 * Why a line does not answer at the moment: any bit sends reads to hardware
 * and keeps them from being filled.
 */
#define PCSC_BYPASS_PENDING (1u << 0) /* identity not seen since a bracket */
#define PCSC_BYPASS_RESET (1u << 1) /* inside a bracket */
#define PCSC_BYPASS_POWER (1u << 2) /* not in D0 */
#define PCSC_BYPASS_ABOVE (1u << 3) /* a bracket of a bridge or PF above */
#define PCSC_BYPASS_LAYOUT (1u << 4) /* its headers are not the map's */
#define PCSC_BYPASS_MOVED (1u << 5) /* its address was reassigned */
#define PCSC_BYPASS_QUARANTINE (1u << 6) /* it had a mismatch */
#define PCSC_BYPASS_GONE (1u << 7) /* removed, or a VF that is not enabled */
#define PCSC_BYPASS_EVALUATING (1u << 8) /* its lists are being walked */
#define PCSC_BYPASS_HANDED (1u << 9) /* the last kernel's: not adopted yet */
#define PCSC_BYPASS_SUSPEND (1u << 10) /* the host is asleep, or on its way */
#define PCSC_BYPASS_DISABLED (1u << 11) /* off for this function or its model */
#define PCSC_BYPASS_ABSENT (1u << 12) /* did not answer; pending as well */
#define PCSC_BYPASS_ADOPTING (1u << 13) /* its seal is being looked at */

/* Reasons why its function may not be the one that its map is of. */
#define PCSC_BYPASS_NOT_ITSELF                                             \
	(PCSC_BYPASS_LAYOUT | PCSC_BYPASS_MOVED | PCSC_BYPASS_QUARANTINE | \
	 PCSC_BYPASS_GONE | PCSC_BYPASS_EVALUATING | PCSC_BYPASS_HANDED |  \
	 PCSC_BYPASS_ADOPTING)

/* Why evidence does not speak for a function any more: the worst that happened. */
#define PCSC_DROPPED_NOT 0
#define PCSC_DROPPED_RESET 1 /* an event that it says nothing of */
#define PCSC_DROPPED_READ 2 /* hardware contradicted it */
#define PCSC_DROPPED_WRITTEN 3 /* bytes that nobody describes were written */

/*
 * What a line holds: no pointers, so the next kernel can use it in place. On cache
 * lines of its own, so that CPUs that work on two functions do not meet.
 */
struct pcsc_cells {
	u64 state; /* generation << 32 | PCSC_BYPASS_* */
	u64 seen; /* generation and the guards satisfied so far */
	u32 no_evidence; /* PCSC_DROPPED_*: evidence-only bytes are not served */
	u32 pad;
	u64 zero[PCSC_DWORDS / 32]; /* generation << 32 | valid bits */
	u64 slots[PCSC_MAX_SLOTS];
} __attribute__((aligned(PCSC_CACHE_LINE)));

#define PCSC_CHECKED_WORDS 2

struct pcsc_line {
	const struct pcsc_map *map; /* NULL: not evaluated */
	struct pcsc_cells *cells;
	/*
	 * Generation << 32 | groups of registers in which the function was seen
	 * to be as its siblings are (see template.h).
	 */
	u64 checked[PCSC_CHECKED_WORDS];
	u32 emptied; /* pcsc_now(): when its values were last forgotten */
};

enum pcsc_answer {
	PCSC_HIT, /* *value is the answer */
	PCSC_MISS, /* const, but not here yet: fill after reading hardware */
	PCSC_UNCACHABLE, /* hardware answers, always */
	PCSC_BYPASS, /* hardware answers, for now */
};

/* What a lookup saw, by which a fill tells if the line has changed since. */
struct pcsc_ticket {
	const struct pcsc_map *map;
	u32 generation;
	u16 where;
	u8 size;
	bool evidence; /* only evidence speaks for some of these bytes */
};

static inline u32 pcsc_line_bypassed(const struct pcsc_line *line)
{
	return (u32)pcsc_load(&line->cells->state);
}

/*
 * A slot: value in bits 0-31, valid bytes in 32-35, dead bytes in 36-39, the
 * low 24 bits of the line's generation in 40-63. A reader that compared the
 * generation before cannot be fooled by a line that was given another map
 * meanwhile: giving one moves the generation of every slot first.
 */
#define PCSC_SLOT_VALID_SHIFT 32
#define PCSC_SLOT_DEAD_SHIFT 36
#define PCSC_SLOT_GEN_SHIFT 40

#define PCSC_SEEN_GEN_SHIFT 48
#define PCSC_SEEN_MASK ((1ull << PCSC_SEEN_GEN_SHIFT) - 1)

#define PCSC_ZERO_GEN_SHIFT 32

#define PCSC_STATE_GEN_SHIFT 32

static inline bool pcsc_guard_is_seen(const struct pcsc_cells *cells,
				      const struct pcsc_map *map,
				      u32 generation, u8 guard)
{
	u64 seen, need;

	if (guard == PCSC_GUARD_NONE)
		return true;
	need = guard == PCSC_GUARD_ALL ? map->all : 1ull << guard;
	seen = pcsc_load(&cells->seen);
	if ((seen ^ (u64)generation << PCSC_SEEN_GEN_SHIFT) & ~PCSC_SEEN_MASK)
		return !need;
	/* The generation's bits are no guard's: PCSC_GUARD_NEVER is among them. */
	return !(need & ~(seen & PCSC_SEEN_MASK));
}

/*
 * The one way to an answer from memory: @size (1, 2, 4) bytes at @where,
 * shifted down. False: hardware is to be asked, and pcsc_line_lookup() says
 * why. Inline, since every hit takes this path.
 */
static inline bool pcsc_line_hit(const struct pcsc_line *line,
				 unsigned int where, unsigned int size,
				 u32 *value)
{
	const struct pcsc_cells *cells = line->cells;
	/* Read before the map, which pcsc_line_assign() sets after this. */
	const u64 state = pcsc_load_acquire(&cells->state);
	const struct pcsc_map *map = pcsc_load_acquire(&line->map);
	/* Mask the index: a check alone does not bound speculative loads. */
	const unsigned int dword = where >> 2 & (PCSC_DWORDS - 1);
	const unsigned int shift = 8 * (where & 3);
	const u32 want = ((1u << size) - 1) << (where & 3);
	const u32 generation = state >> PCSC_STATE_GEN_SHIFT;
	const struct pcsc_map_entry *entry;
	u64 word;

	if ((u32)state || !map || where >= map->cfg_size)
		return false;
	entry = &map->dword[dword];
	if (want & ~entry->mask)
		return false;
	if (entry->evidence & want && pcsc_load(&cells->no_evidence))
		return false;
	if (!pcsc_guard_is_seen(cells, map, generation, entry->guard))
		return false;
	PCSC_YIELD();
	if (entry->slot == PCSC_SLOT_ZERO) {
		word = pcsc_load(&cells->zero[dword / 32]);
		*value = 0;
		return word >> PCSC_ZERO_GEN_SHIFT == generation &&
		       word >> (dword % 32) & 1;
	}
	word = pcsc_load(&cells->slots[entry->slot]);
	/* A dead byte is never valid, so the valid bits are enough. */
	if ((u32)(word >> PCSC_SLOT_GEN_SHIFT) != (generation & 0xffffff) ||
	    want & ~(u32)(word >> PCSC_SLOT_VALID_SHIFT))
		return false;
	*value = (u32)word >> shift & ~0u >> (32 - 8 * size);
	return true;
}

void pcsc_line_init(struct pcsc_line *line, struct pcsc_cells *cells);

/*
 * May @size (1, 2, 4) bytes at @where be answered from memory? *value holds
 * them, shifted down, on a hit. *ticket is for the fill after any other answer:
 * an uncachable read may still carry const bytes, a capability's header among
 * them.
 */
enum pcsc_answer pcsc_line_lookup(struct pcsc_line *line, u16 where, u8 size,
				  u32 *value, struct pcsc_ticket *ticket);

/*
 * Hardware answered @value to the read that @ticket was given for. Keeps what
 * may be kept. Never keeps all-ones, except a VF's IDs. Returns the bytes kept,
 * or minus the bytes demoted because they are cached with another value; sets
 * PCSC_BYPASS_LAYOUT if a header contradicts the map.
 */
int pcsc_line_fill(struct pcsc_line *line, const struct pcsc_ticket *ticket,
		   u32 value);

/*
 * Put the bytes @take of the dword that @ticket is for into a line that is no
 * function's own and has no guards. Bytes that it has with another value are
 * demoted.
 */
void pcsc_line_put(struct pcsc_line *line, const struct pcsc_ticket *ticket,
		   u8 take, u32 dword);

/* True if no bracket, map or invalidation came since the ticket was given. */
bool pcsc_line_current(const struct pcsc_line *line,
		       const struct pcsc_ticket *ticket);

/*
 * Software wrote @value: demote the bytes that are not constant after all.
 * Returns how many. To be called before and after the write, since the line may
 * get a map in between.
 */
unsigned int pcsc_line_write(struct pcsc_line *line, u16 where, u8 size,
			     u32 value);

/* Does an access touch a byte that neither header nor capability describes? */
bool pcsc_line_undescribed(const struct pcsc_line *line, u16 where, u8 size);

/*
 * Does an access touch an undescribed byte, or one of a body whose meaning the
 * register table does not know?
 */
bool pcsc_line_opaque(const struct pcsc_line *line, u16 where, u8 size);

/* Was @guard satisfied in the generation of @ticket, which has a map? */
static inline bool pcsc_line_proves(const struct pcsc_line *line,
				    const struct pcsc_ticket *ticket, u8 guard)
{
	return pcsc_guard_is_seen(line->cells, ticket->map, ticket->generation,
				  guard);
}

/* Is a byte of the access cached that is not all-ones? */
bool pcsc_line_denies_absence(const struct pcsc_line *line, u16 where, u8 size);

/*
 * Serve no byte any more that only evidence speaks for; @why is PCSC_DROPPED_*. Returns
 * how many there are, if that is news: they were served, or it was no contradiction.
 */
unsigned int pcsc_line_drop_evidence(struct pcsc_line *line, u32 why);

/*
 * Demote the const bytes of the dword at @where. Returns how many were alive.
 */
unsigned int pcsc_line_demote(struct pcsc_line *line, u16 where, u8 size);

/*
 * Set and clear reasons to bypass. If any is set, fills in flight are dropped.
 */
void pcsc_line_bypass(struct pcsc_line *line, u32 set, u32 clear);

/* Forget every value and every guard, and bypass for @set, in one step. */
void pcsc_line_lose(struct pcsc_line *line, u32 set);

/* Asks for the reasons to bypass for which a bracket is still open. */
struct pcsc_holds {
	u32 (*reasons)(const void *of);
	const void *of;
};

/*
 * A bracket ends: the line is pending, and no longer bypassed for @clear,
 * except for the reasons that @holds names. An opener makes its bracket visible
 * to @holds before it moves the line on, so brackets nest, and the end of one
 * does not end another. Values and guards are forgotten unless @keep.
 */
void pcsc_line_end(struct pcsc_line *line, u32 clear,
		   const struct pcsc_holds *holds, bool keep);

/*
 * The read that @ticket was given for has proved the function's identity, so
 * the line is neither pending nor absent any longer. False if a bracket has
 * opened since the ticket: nothing is changed then.
 */
bool pcsc_line_proved(struct pcsc_line *line, const struct pcsc_ticket *ticket);

/*
 * The function may be another now though its IDs are the same, so its layout,
 * class, revision and subsystem must be seen again before anything is served
 * that hangs on them. To be called while bypassed. A valid @ticket stays valid.
 */
void pcsc_line_recheck(struct pcsc_line *line, struct pcsc_ticket *ticket);

/* Forget the values of the dwords that begin in this range of bytes. */
void pcsc_line_forget(struct pcsc_line *line, u16 where, u16 length);

/*
 * Forget every value and every guard; demotions too if @reborn. A demotion that
 * another CPU makes at the same time may then be lost, so @reborn is for
 * bypassed lines only.
 */
void pcsc_line_empty(struct pcsc_line *line, bool reborn);

/* Give the line a map (NULL: none), empty and reborn. */
void pcsc_line_assign(struct pcsc_line *line, const struct pcsc_map *map);

/*
 * The walk that made the map read this very function, so every guard is seen,
 * unless a bracket has opened since @ticket was given.
 */
void pcsc_line_trust_layout(struct pcsc_line *line,
			    const struct pcsc_ticket *ticket);

/*
 * Handing over. The seal is a checksum of all that the line holds and of its
 * generation; @salt adds whose line it is, and under which map. Reasons to
 * bypass are not sealed, since the next kernel finds its own.
 */
u64 pcsc_line_seal(const struct pcsc_line *line, u64 salt);

/*
 * Give the line @cells that the last kernel sealed: bypassed until adopted, and
 * gone until it returns.
 */
void pcsc_line_hand(struct pcsc_line *line, struct pcsc_cells *cells);

/* Set the map under which a handed line will be adopted. */
void pcsc_line_lend(struct pcsc_line *line, const struct pcsc_map *map);

/*
 * The function of a handed line is there again. From now on every bracket moves
 * the line on and so breaks its seal. False if something has happened to the line.
 */
bool pcsc_line_return(struct pcsc_line *line);

/* Handed and there again, and nobody has looked at its seal yet. */
static inline bool pcsc_line_waits(u64 state)
{
	return (state & (PCSC_BYPASS_HANDED | PCSC_BYPASS_GONE |
			 PCSC_BYPASS_ADOPTING)) == PCSC_BYPASS_HANDED;
}

enum pcsc_seal {
	PCSC_SEAL_WHOLE, /* to be adopted by who has looked, and nobody else */
	PCSC_SEAL_BROKEN, /* it is empty now, and pending; gone, if no VF's */
	PCSC_SEAL_UNSEEN, /* another CPU is looking, or the line does not wait */
};

/*
 * Look at the seal of a line that waits. One CPU at a time looks, and the others ask
 * hardware. If it is whole, bytes that only evidence speaks for are forgotten, except
 * for zeroes if @zeroes: zero is what every function reads after it was created.
 * @ticket is for pcsc_line_adopt().
 */
enum pcsc_seal pcsc_line_look(struct pcsc_line *line, u64 seal, u64 salt,
			      bool zeroes, struct pcsc_ticket *ticket);

/*
 * The lengths of the function's structures must be seen again before evidence speaks, or
 * what is behind them is served, since the function may have been created anew. To be
 * called between the look and the adoption.
 */
void pcsc_line_unprove_lengths(struct pcsc_line *line);

/*
 * Take a line whose seal is whole into use under the map that it was lent, pending.
 * @ticket is the look's, and is for pcsc_line_proved() then, if the identity was seen
 * before the look. False if something has happened to the line since: it is as after a
 * broken seal then.
 */
bool pcsc_line_adopt(struct pcsc_line *line, struct pcsc_ticket *ticket);

/*
 * Give up a handed line: it is empty then, gone, and has no map. False if another
 * CPU is adopting it, or if it is no handed line any more.
 */
bool pcsc_line_refuse(struct pcsc_line *line);

/* How many bytes are valid, for display. */
unsigned int pcsc_line_valid_bytes(const struct pcsc_line *line);

/* What a line and its map say of one byte. */
#define PCSC_KNOWN_CONST (1u << 0) /* it may be cached */
#define PCSC_KNOWN_EVIDENCE (1u << 1) /* by evidence alone */
#define PCSC_KNOWN_CACHED (1u << 2) /* a value is in memory */
#define PCSC_KNOWN_DEMOTED (1u << 3) /* contradicted; or evidence is dropped */
#define PCSC_KNOWN_SHARED (1u << 4) /* siblings may answer for it */
#define PCSC_KNOWN_DESCRIBED (1u << 5) /* in a header or a capability */
#define PCSC_KNOWN_OPAQUE (1u << 6) /* of unknown meaning */
#define PCSC_KNOWN_UNPROVED (1u << 7) /* its headers were not seen yet */

/* PCSC_KNOWN_* of byte @where, for display. 0 if there is no map. */
u8 pcsc_line_known(const struct pcsc_line *line, u16 where);

#endif
