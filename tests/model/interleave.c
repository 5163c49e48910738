// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every schedule of two fillers, somebody who invalidates, and a reader.
 *
 * Hardware's registers have few values, all different, and a read notes which
 * of them its register had while it was under way: a hit must be one of those.
 * Where hardware changes before anybody is told (a flush after an activation of
 * firmware) that holds for reads that begin after the telling has ended.
 */
#include "yield.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "weave.h"

#define CLASS 0x08 /* const, no guard */
#define OTHER 0x2c /* const under the other map only, in the same slot */
#define HEAD 0x34 /* proves guard 1; byte 1 by evidence */
#define BODY 0x44 /* behind guard 1 */
#define ZERO 0x80 /* zero by evidence */
#define NOWHERE 0x200 /* described by nobody */

#define VALUES 3
enum { OLD, NEW, GARBAGE }; /* which of a register's values */

#define PENDING PCSC_BYPASS_PENDING
#define RESET PCSC_BYPASS_RESET

struct reg {
	u16 where;
	u32 values[VALUES];
};

/* One thread: what it does, to which register, to which of its bytes. */
struct part {
	void (*body)(void);
	u8 reg;
	u8 from;
	u8 size;
};

enum {
	WATCH_EVIDENCE = 1,
	WATCH_MAP = 2,
	UNTOLD = 4, /* hardware changes first, and is told of later */
	DOUBT = 8, /* two values in one generation: dead */
	ONE_VALUE = 16, /* is ever kept */
	LONG = 32,
	SUSPECT = 64, /* not expected to pass */
	FIXED = 128, /* the register table calls the register read-only */
};

struct scenario {
	const char *name;
	unsigned int flags;
	struct reg regs[2];
	struct part parts[WEAVE_THREADS];
	void (*prepare)(void);
	void (*at_rest)(void);
};

/* What only the test knows. */
struct ghost {
	u8 hardware[2]; /* which value the register has */
	u8 reading[WEAVE_THREADS]; /* 1 + which register */
	u8 had[WEAVE_THREADS]; /* bit n: value n, since the read began */
	u8 dead_before[WEAVE_THREADS];
	u8 kept; /* bit n: value n was kept */
	u8 told; /* the invalidation has ended */
	u8 dead; /* no hit may begin any more */
	u8 open; /* brackets */
	u8 inside; /* of them, whose opening has ended */
	u8 inside_before[WEAVE_THREADS];
};

static struct {
	struct pcsc_cells cells;
	struct pcsc_line line;
	struct ghost ghost;
} world;

static struct pcsc_map map, other_map;
static const struct scenario *scenario;
static bool in_full, suspects, first_only;
static const char *only = ""; /* of the names that begin so */

static struct pcsc_line *const line = &world.line;
static struct ghost *const ghost = &world.ghost;

/* ---- maps ------------------------------------------------------------------ */

static void entry(struct pcsc_map *m, u16 where, u16 slot, u8 evidence,
		  u8 guard)
{
	m->dword[where / 4] = (struct pcsc_map_entry){
		.slot = slot,
		.mask = 0xf,
		.evidence = evidence,
		.guard = guard,
		.described = 0xf & ~evidence,
	};
	if (slot < PCSC_MAX_SLOTS)
		m->slot_evidence[slot] = evidence;
	m->nr_evidence += __builtin_popcount(evidence);
}

static void make_map(struct pcsc_map *m)
{
	unsigned int i;

	m->cfg_size = 4096;
	for (i = 0; i < PCSC_DWORDS; i++)
		m->dword[i].slot = PCSC_SLOT_NONE;
}

static void make_maps(void)
{
	make_map(&map);
	entry(&map, CLASS, 0, 0, PCSC_GUARD_NONE);
	entry(&map, HEAD, 1, 0x2, PCSC_GUARD_NONE);
	entry(&map, BODY, 2, 0, 1);
	entry(&map, ZERO, PCSC_SLOT_ZERO, 0xf, PCSC_GUARD_NONE);
	map.dword[HEAD / 4].head = 1;
	map.heads[0] = (struct pcsc_map_head){
		.offset = HEAD, .guard = 1, .mask = 0xff, .value = 0x40
	};
	map.nr_heads = 1;
	map.nr_slots = 3;
	map.all = 1 << 1;
	make_map(&other_map);
	entry(&other_map, OTHER, 0, 0, PCSC_GUARD_NONE);
	other_map.nr_slots = 1;
}

/* ---- hardware and reads ---------------------------------------------------- */

static const struct part *my_part(void)
{
	return &scenario->parts[weave_current()];
}

/* How a value looks to a read of some of its bytes. */
static u32 cut(u32 value, u8 from, u8 size)
{
	return value >> (8 * from) & (u32)((1ull << (8 * size)) - 1);
}

static u32 hardware_now(u8 reg)
{
	return scenario->regs[reg].values[ghost->hardware[reg]];
}

static u32 hardware_read(u8 reg)
{
	weave_step("hardware");
	weave_saw(hardware_now(reg));
	return hardware_now(reg);
}

static void hardware_is(u8 reg, u8 which)
{
	unsigned int i;

	weave_step("hardware changes");
	ghost->hardware[reg] = which;
	for (i = 0; i < WEAVE_THREADS; i++)
		if (ghost->reading[i] == 1 + reg)
			ghost->had[i] |= 1u << which;
}

static void begin_read(const struct part *part)
{
	const unsigned int me = weave_current();

	weave_step("read");
	ghost->reading[me] = 1 + part->reg;
	ghost->had[me] = 1u << ghost->hardware[part->reg];
	if (scenario->flags & UNTOLD && !ghost->told)
		ghost->had[me] = (1u << VALUES) - 1;
	ghost->dead_before[me] = ghost->dead;
	ghost->inside_before[me] = ghost->inside;
	/* A later first look would only allow more. */
	weave_merge();
}

static void check_hit(const struct part *part, u32 value)
{
	const unsigned int me = weave_current();
	const u32 *values = scenario->regs[part->reg].values;
	bool had = false;
	unsigned int i;

	for (i = 0; i < VALUES; i++)
		if (ghost->had[me] & (1u << i))
			had |= value == cut(values[i], part->from, part->size);
	if (!had)
		weave_bad("a hit is not what hardware had");
	if (ghost->dead_before[me])
		weave_bad("a dead byte is served");
	if (ghost->inside_before[me])
		weave_bad("a hit inside a bracket");
}

static void end_read(void)
{
	const unsigned int me = weave_current();

	ghost->reading[me] = 0;
	ghost->had[me] = 0;
	ghost->dead_before[me] = 0;
	ghost->inside_before[me] = 0;
}

/* What was kept of values that differ, unless a demotion said so. */
static void note_kept(u8 which, int kept)
{
	if (kept < 0 && scenario->flags & DOUBT)
		ghost->dead = 1;
	if (kept > 0 && scenario->flags & ONE_VALUE)
		ghost->kept |= 1u << which;
	if (ghost->kept & (ghost->kept - 1))
		weave_bad("two values were kept");
}

/* A read as a caller sees it: from memory, or from hardware and kept. */
static void access(void)
{
	const struct part *part = my_part();
	const u16 where = scenario->regs[part->reg].where + part->from;
	struct pcsc_ticket ticket;
	enum pcsc_answer answer;
	u32 value = 0;
	u8 which;
	int kept;

	begin_read(part);
	answer = pcsc_line_lookup(line, where, part->size, &value, &ticket);
	if (answer == PCSC_HIT)
		check_hit(part, value);
	end_read();
	if (answer == PCSC_HIT || answer == PCSC_BYPASS)
		return;
	value = hardware_read(part->reg);
	which = ghost->hardware[part->reg];
	kept = pcsc_line_fill(line, &ticket,
			      cut(value, part->from, part->size));
	note_kept(which, kept);
}

/* A reader looks, and keeps nothing: others do. */
static void look(void)
{
	const struct part *part = my_part();
	const u16 where = scenario->regs[part->reg].where + part->from;
	struct pcsc_ticket ticket;
	u32 value = 0;

	begin_read(part);
	if (pcsc_line_lookup(line, where, part->size, &value, &ticket) ==
	    PCSC_HIT)
		check_hit(part, value);
	end_read();
}

/* The same reader reads what it has filled. */
static void do_read_twice(void)
{
	access();
	look();
}

/* ---- who invalidates ------------------------------------------------------- */

static void told(void)
{
	ghost->told = 1;
}

/* Somebody reads a register to learn that the function is back. */
static void prove(u8 which)
{
	const u32 identity = scenario->regs[0].values[which];
	struct pcsc_ticket ticket;
	u32 value;

	pcsc_line_lookup(line, 0, 4, &value, &ticket);
	if (hardware_read(0) == identity)
		pcsc_line_proved(line, &ticket);
}

static void do_bracket(void)
{
	pcsc_line_bypass(line, RESET | PENDING, 0);
	hardware_is(0, GARBAGE);
	hardware_is(0, OLD);
	pcsc_line_bypass(line, PENDING, RESET);
	prove(OLD);
}

/* The second one ends before the function is back. */
static void do_two_brackets(void)
{
	pcsc_line_bypass(line, RESET | PENDING, 0);
	hardware_is(0, GARBAGE);
	hardware_is(0, OLD);
	pcsc_line_bypass(line, PENDING, RESET);
	pcsc_line_bypass(line, RESET | PENDING, 0);
	hardware_is(0, GARBAGE);
	pcsc_line_bypass(line, PENDING, RESET);
	hardware_is(0, OLD);
}

static void do_prove(void)
{
	prove(OLD);
}

/* Firmware was activated, then the cache flushed. */
static void do_flush(void)
{
	hardware_is(0, NEW);
	pcsc_line_empty(line, false);
	told();
}

static void do_replace(void)
{
	pcsc_line_bypass(line, PCSC_BYPASS_GONE | PENDING, 0);
	hardware_is(0, NEW);
	pcsc_line_empty(line, true);
	pcsc_line_bypass(line, 0, PCSC_BYPASS_GONE);
	prove(NEW);
}

/* Nothing to prove: who comes next is walked first. */
static void do_remove(void)
{
	pcsc_line_bypass(line, PCSC_BYPASS_GONE, 0);
	hardware_is(0, NEW);
	pcsc_line_empty(line, true);
	pcsc_line_bypass(line, 0, PCSC_BYPASS_GONE);
}

static void do_write(void)
{
	const struct part *part = my_part();
	const u16 where = scenario->regs[0].where + part->from;

	const u32 value =
		cut(scenario->regs[0].values[NEW], part->from, part->size);

	pcsc_line_write(line, where, part->size, value);
	ghost->dead = 1;
	hardware_is(0, NEW);
	pcsc_line_write(line, where, part->size, value);
}

static void do_undescribed_write(void)
{
	pcsc_line_write(line, NOWHERE, 1, 0);
	ghost->dead = 1;
	hardware_is(0, NEW);
	pcsc_line_write(line, NOWHERE, 1, 0);
}

/* The cache was caught: a hit was not what hardware says now. */
static void do_demote(void)
{
	hardware_is(0, NEW);
	pcsc_line_demote(line, scenario->regs[0].where, 4);
	ghost->dead = 1;
	told();
}

/* What is restored is read-only: hardware has it already, or takes it. */
static void do_restore(void)
{
	const struct reg *reg = &scenario->regs[0];

	pcsc_line_write(line, reg->where, 4, reg->values[NEW]);
	hardware_is(0, NEW);
	pcsc_line_write(line, reg->where, 4, reg->values[NEW]);
	told();
}

/* A reset from above that firmware may have been activated in. */
static void do_lose(void)
{
	pcsc_line_lose(line, RESET | PENDING);
	hardware_is(0, GARBAGE);
	hardware_is(0, NEW);
	pcsc_line_end(line, RESET, NULL, false);
	prove(NEW);
}

/* Nobody opened anything: hardware is another, and then somebody empties. */
static void do_empty_told(void)
{
	hardware_is(0, NEW);
	pcsc_line_lose(line, 0);
	told();
}

/* ---- brackets inside brackets ---------------------------------------------- */

static u32 held_open(const void *unused)
{
	(void)unused;
	weave_step("who holds it");
	weave_saw(ghost->open);
	return ghost->open ? PCSC_BYPASS_ABOVE : 0;
}

static void open_bracket(void)
{
	weave_step("opens");
	ghost->open++;
	pcsc_line_lose(line, PCSC_BYPASS_ABOVE | PENDING);
	ghost->inside++;
}

static void close_bracket(void)
{
	const struct pcsc_holds holds = { held_open, NULL };

	weave_step("closes");
	ghost->inside--;
	ghost->open--;
	pcsc_line_end(line, PCSC_BYPASS_ABOVE, &holds, false);
}

/* The IDs answer inside a bracket too, though the rest does not yet. */
static void do_nested(void)
{
	struct pcsc_ticket ticket;
	u32 value;

	open_bracket();
	close_bracket();
	pcsc_line_lookup(line, 0, 4, &value, &ticket);
	pcsc_line_proved(line, &ticket);
}

static void do_recheck(void)
{
	struct pcsc_ticket unused = { .generation = 0 };

	pcsc_line_bypass(line, PENDING, 0);
	pcsc_line_recheck(line, &unused);
	hardware_is(0, NEW);
	if (scenario->regs[1].where)
		hardware_is(1, NEW);
	prove(NEW);
}

/* As writes are made; that it has ended says nothing of what is kept next. */
static void do_write_told(void)
{
	const struct reg *reg = &scenario->regs[0];

	pcsc_line_write(line, reg->where, 4, reg->values[NEW]);
	hardware_is(0, NEW);
	pcsc_line_write(line, reg->where, 4, reg->values[NEW]);
	told();
}

static void do_assign_again(void)
{
	pcsc_line_assign(line, &map);
}

static void do_bypassed_reborn(void)
{
	pcsc_line_bypass(line, PCSC_BYPASS_GONE, 0);
	pcsc_line_empty(line, true);
	pcsc_line_bypass(line, 0, PCSC_BYPASS_GONE);
}

static void do_assign(void)
{
	pcsc_line_assign(line, &other_map);
}

static void do_reborn(void)
{
	pcsc_line_empty(line, true);
}

static void do_change(void)
{
	hardware_is(0, NEW);
}

/* A bracket that leaves everything as it was. */
static void do_short_bracket(void)
{
	pcsc_line_bypass(line, PCSC_BYPASS_POWER, 0);
	pcsc_line_bypass(line, 0, PCSC_BYPASS_POWER);
}

/* What the last kernel left, and its seal. */
static u64 seal;

static void do_adopt(void)
{
	struct pcsc_ticket ticket;

	if (pcsc_line_look(line, seal, 0, true, &ticket) == PCSC_SEAL_WHOLE &&
	    pcsc_line_adopt(line, &ticket))
		prove(OLD);
}

/* Its identity was seen before. */
static void do_adopt_proved(void)
{
	struct pcsc_ticket adopted;

	if (pcsc_line_look(line, seal, 0, true, &adopted) != PCSC_SEAL_WHOLE)
		return;
	pcsc_line_recheck(line, &adopted);
	if (pcsc_line_adopt(line, &adopted))
		pcsc_line_proved(line, &adopted);
}

/* Until somebody proves it: nobody does. */
static void do_open(void)
{
	pcsc_line_bypass(line, PENDING, 0);
}

/* The walk was before all this. */
static struct pcsc_ticket walked;

static void do_trust(void)
{
	if (pcsc_line_current(line, &walked))
		pcsc_line_trust_layout(line, &walked);
}

/* ---- before and after ------------------------------------------------------ */

static void keep(u16 where, u32 value)
{
	struct pcsc_ticket ticket;
	u32 held;

	pcsc_line_lookup(line, where, 4, &held, &ticket);
	pcsc_line_fill(line, &ticket, value);
}

/* The old value is there already. */
static void prepare_held(void)
{
	keep(scenario->regs[0].where, scenario->regs[0].values[OLD]);
	if (scenario->regs[1].where)
		keep(scenario->regs[1].where, scenario->regs[1].values[OLD]);
}

static void prepare_body(void)
{
	u32 held;

	pcsc_line_lookup(line, CLASS, 1, &held, &walked);
	keep(BODY, scenario->regs[1].values[OLD]);
}

static void prepare_handed(void)
{
	prepare_held();
	seal = pcsc_line_seal(line, 0);
	pcsc_line_hand(line, &world.cells);
	pcsc_line_lend(line, &map);
	pcsc_line_return(line);
}

/* No look is left unfinished, whatever has met in the line. */
static void rest_not_adopting(void)
{
	if (pcsc_line_bypassed(line) & PCSC_BYPASS_ADOPTING)
		weave_bad("the line is still being adopted");
}

/* Nothing but adoptions has met in it, so what was handed over is served. */
static void rest_adopted(void)
{
	struct pcsc_ticket ticket;
	u32 value;

	rest_not_adopting();
	if (pcsc_line_lookup(line, CLASS, 4, &value, &ticket) != PCSC_HIT)
		weave_bad(
			"a line that is whole was lost to its second adopter");
}

/* Handed over, and the seal is broken. */
static void prepare_broken(void)
{
	prepare_handed();
	seal++;
}

static void prepare_pending(void)
{
	pcsc_line_bypass(line, PENDING, 0);
}

static void prepare_other_layout(void)
{
	ghost->hardware[0] = NEW;
}

/* Held, but evidence is over: a write changed the byte. */
static void prepare_evidence_over(void)
{
	prepare_held();
	ghost->hardware[0] = NEW;
	pcsc_line_drop_evidence(line, PCSC_DROPPED_WRITTEN);
}

/* Whatever has met in it, the line can be used: it keeps, and serves. */
static void rest_usable(void)
{
	const struct reg *reg = &scenario->regs[0];
	struct pcsc_ticket ticket;
	u32 value = 0;

	pcsc_line_bypass(line, 0, ~0u);
	keep(reg->where, hardware_now(0));
	switch (pcsc_line_lookup(line, reg->where, 4, &value, &ticket)) {
	case PCSC_HIT:
		if (value != hardware_now(0))
			weave_bad("what is left is not what hardware has");
		break;
	case PCSC_UNCACHABLE:
		if (!ghost->dead)
			weave_bad("bytes are dead that nobody demoted");
		break;
	default:
		weave_bad("the line keeps nothing any more");
	}
}

/* Somebody has read a header that is held now: what hangs on it is served. */
static void rest_guarded(void)
{
	struct pcsc_ticket ticket;
	u32 value;

	pcsc_line_bypass(line, 0, ~0u);
	if (pcsc_line_lookup(line, HEAD, 1, &value, &ticket) != PCSC_HIT)
		return;
	keep(BODY, 0x11111111);
	if (pcsc_line_lookup(line, BODY, 4, &value, &ticket) != PCSC_HIT)
		weave_bad("a header is held and its guard not seen");
}

static void rest_proved(void)
{
	if (pcsc_line_bypassed(line))
		weave_bad("a bracket is open that somebody has proved");
}

static void rest_not_held(void)
{
	if (pcsc_line_bypassed(line) & PCSC_BYPASS_ABOVE)
		weave_bad("no bracket is open, and yet it is held");
}

static void rest_open(void)
{
	if (!(pcsc_line_bypassed(line) & PENDING))
		weave_bad("a bracket was closed that nobody has proved");
}

/* ---- scenarios ------------------------------------------------------------- */

#define REG(at)                                            \
	{                                                  \
		at,                                        \
		{                                          \
			0x11111111, 0x22222222, 0x33333333 \
		}                                          \
	}
/* The new value differs in byte 1 only. */
#define REG_BYTE(at)                                       \
	{                                                  \
		at,                                        \
		{                                          \
			0x11111111, 0x11112211, 0x33333333 \
		}                                          \
	}
#define REG_HEAD                                           \
	{                                                  \
		HEAD,                                      \
		{                                          \
			0x11111140, 0x22222250, 0x33333360 \
		}                                          \
	}
#define REG_ZERO                                  \
	{                                         \
		ZERO,                             \
		{                                 \
			0, 0x22222222, 0x33333333 \
		}                                 \
	}

#define FILLERS                 \
	{ access, 0, 0, 4 },    \
	{                       \
		access, 0, 0, 4 \
	}
#define NARROW                  \
	{ access, 0, 0, 2 },    \
	{                       \
		access, 0, 2, 2 \
	}
#define READER                \
	{                     \
		look, 0, 0, 4 \
	}

static const struct scenario scenarios[] = {
	{ .name = "bracket",
	  .regs = { REG(CLASS) },
	  .parts = { FILLERS, { .body = do_bracket }, READER } },
	{ .name = "bracket, held",
	  .regs = { REG(CLASS) },
	  .prepare = prepare_held,
	  .parts = { FILLERS, { .body = do_bracket }, READER } },
	{ .name = "bracket, narrow fills",
	  .flags = LONG,
	  .regs = { REG(CLASS) },
	  .parts = { NARROW, { .body = do_bracket }, READER } },
	{ .name = "bracket, zero",
	  .flags = WATCH_EVIDENCE,
	  .regs = { REG_ZERO },
	  .parts = { FILLERS, { .body = do_bracket }, READER } },
	{ .name = "two brackets, identity read between",
	  .regs = { REG(CLASS) },
	  .prepare = prepare_held,
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_prove },
		     { .body = do_two_brackets },
		     READER } },
	{ .name = "two proofs of one bracket",
	  .regs = { REG(CLASS) },
	  .prepare = prepare_pending,
	  .parts = { { .body = do_prove },
		     { .body = do_prove },
		     { access, 0, 0, 4 } },
	  .at_rest = rest_proved },
	{ .name = "flush",
	  .flags = UNTOLD | DOUBT,
	  .regs = { REG(CLASS) },
	  .parts = { FILLERS, { .body = do_flush }, READER },
	  .at_rest = rest_usable },
	{ .name = "flush, narrow fills",
	  .flags = UNTOLD,
	  .regs = { REG(CLASS) },
	  .parts = { { access, 0, 0, 2 },
		     { access, 0, 0, 4 },
		     { .body = do_flush },
		     { look, 0, 0, 2 } } },
	{ .name = "flush, zero",
	  .flags = UNTOLD | WATCH_EVIDENCE,
	  .regs = { REG_ZERO },
	  .parts = { FILLERS, { .body = do_flush }, READER } },
	{ .name = "a bracket that loses",
	  .regs = { REG(CLASS) },
	  .prepare = prepare_held,
	  .parts = { FILLERS, { .body = do_lose }, READER } },
	{ .name = "a bracket that loses, zero",
	  .flags = WATCH_EVIDENCE,
	  .regs = { REG_ZERO },
	  .prepare = prepare_held,
	  .parts = { FILLERS, { .body = do_lose }, READER } },
	{ .name = "emptied, and a reset that keeps",
	  .flags = UNTOLD | DOUBT,
	  .regs = { REG(CLASS) },
	  .prepare = prepare_held,
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_empty_told },
		     { .body = do_short_bracket },
		     READER } },
	{ .name = "emptied, and a reset that keeps, behind a header",
	  .flags = UNTOLD | DOUBT,
	  .regs = { REG(BODY), REG_HEAD },
	  .prepare = prepare_held,
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_empty_told },
		     { .body = do_short_bracket },
		     READER } },
	{ .name = "two brackets, one inside the other or after it",
	  .regs = { REG(CLASS) },
	  .parts = { { do_read_twice, 0, 0, 4 },
		     { .body = do_nested },
		     { .body = do_nested } },
	  .at_rest = rest_not_held },
	{ .name = "two brackets, one inside the other or after it, a reader",
	  .flags = LONG,
	  .regs = { REG(CLASS) },
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_nested },
		     { .body = do_nested },
		     READER },
	  .at_rest = rest_not_held },
	{ .name = "a restore",
	  .flags = UNTOLD | FIXED,
	  .regs = { REG(CLASS) },
	  .parts = { { access, 0, 0, 4 }, { .body = do_restore }, READER } },
	{ .name = "a restore, two fillers",
	  .flags = UNTOLD | FIXED | LONG,
	  .regs = { REG(CLASS) },
	  .parts = { FILLERS, { .body = do_restore }, READER } },
	{ .name = "a restore, held",
	  .flags = UNTOLD | FIXED,
	  .regs = { REG(CLASS) },
	  .prepare = prepare_held,
	  .parts = { FILLERS, { .body = do_restore }, READER } },
	{ .name = "replacement",
	  .flags = LONG,
	  .regs = { REG(CLASS) },
	  .parts = { FILLERS, { .body = do_replace }, READER } },
	{ .name = "replacement, narrow fills",
	  .flags = LONG,
	  .regs = { REG(CLASS) },
	  .parts = { NARROW, { .body = do_replace }, READER } },
	{ .name = "replacement, zero",
	  .flags = WATCH_EVIDENCE,
	  .regs = { REG_ZERO },
	  .parts = { FILLERS, { .body = do_replace }, READER } },
	{ .name = "write",
	  .regs = { REG(CLASS) },
	  .parts = { FILLERS, { do_write, 0, 0, 4 }, READER } },
	{ .name = "write of a byte",
	  .regs = { REG_BYTE(CLASS) },
	  .parts = { { access, 0, 0, 4 },
		     { access, 0, 0, 2 },
		     { do_write, 0, 1, 1 },
		     READER } },
	{ .name = "write, zero",
	  .flags = WATCH_EVIDENCE,
	  .regs = { REG_ZERO },
	  .parts = { FILLERS, { do_write, 0, 0, 4 }, READER } },
	{ .name = "undescribed write, zero",
	  .flags = WATCH_EVIDENCE,
	  .regs = { REG_ZERO },
	  .parts = { FILLERS, { .body = do_undescribed_write }, READER } },
	{ .name = "undescribed write, a byte by evidence",
	  .flags = WATCH_EVIDENCE,
	  .regs = { { HEAD, { 0x11111140, 0x11112240, 0x11113340 } } },
	  .parts = { FILLERS, { .body = do_undescribed_write }, READER } },
	{ .name = "demotion",
	  .flags = UNTOLD,
	  .regs = { REG(CLASS) },
	  .parts = { FILLERS, { .body = do_demote }, READER } },
	{ .name = "demotion, zero",
	  .flags = UNTOLD | WATCH_EVIDENCE,
	  .regs = { REG_ZERO },
	  .parts = { FILLERS, { .body = do_demote }, READER } },
	{ .name = "recheck",
	  .regs = { REG(CLASS) },
	  .parts = { FILLERS, { .body = do_recheck }, READER } },
	{ .name = "recheck, behind a header",
	  .flags = LONG,
	  .regs = { REG_HEAD, REG(BODY) },
	  .prepare = prepare_body,
	  .parts = { { access, 0, 0, 4 },
		     { access, 1, 0, 4 },
		     { .body = do_recheck },
		     { look, 1, 0, 4 } } },
	{ .name = "another map",
	  .flags = WATCH_MAP,
	  .regs = { REG(CLASS),
		    { OTHER, { 0x44444444, 0x55555555, 0x66666666 } } },
	  .parts = { { access, 0, 0, 4 },
		     { access, 1, 0, 4 },
		     { .body = do_assign },
		     { look, 0, 0, 4 } } },
	{ .name = "another map, its reader",
	  .flags = WATCH_MAP,
	  .regs = { REG(CLASS),
		    { OTHER, { 0x44444444, 0x55555555, 0x66666666 } } },
	  .parts = { { access, 0, 0, 4 },
		     { access, 0, 0, 4 },
		     { .body = do_assign },
		     { look, 1, 0, 4 } } },
	{ .name = "reborn, evidence was over",
	  .flags = WATCH_EVIDENCE,
	  .regs = { { HEAD, { 0x11111140, 0x11112240, 0x11113340 } } },
	  .prepare = prepare_evidence_over,
	  .parts = { FILLERS, { .body = do_reborn }, READER } },
	{ .name = "two values, nobody is told",
	  .flags = UNTOLD | DOUBT | ONE_VALUE,
	  .regs = { REG(CLASS) },
	  .parts = { FILLERS, { .body = do_change }, READER } },
	{ .name = "two values, nobody is told, zero",
	  .flags = UNTOLD | DOUBT | ONE_VALUE | WATCH_EVIDENCE,
	  .regs = { REG_ZERO },
	  .parts = { FILLERS, { .body = do_change }, READER } },
	{ .name = "a bracket and a removal",
	  .regs = { REG(CLASS) },
	  .prepare = prepare_held,
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_short_bracket },
		     { .body = do_remove } },
	  .at_rest = rest_usable },
	{ .name = "a bracket and a removal, a reader",
	  .flags = LONG,
	  .regs = { REG(CLASS) },
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_short_bracket },
		     { .body = do_remove },
		     READER },
	  .at_rest = rest_usable },
	{ .name = "a bracket and a flush",
	  .flags = UNTOLD | DOUBT,
	  .regs = { REG(CLASS) },
	  .prepare = prepare_held,
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_short_bracket },
		     { .body = do_flush },
		     READER },
	  .at_rest = rest_usable },
	{ .name = "a bracket and another map",
	  .flags = WATCH_MAP,
	  .regs = { REG(CLASS),
		    { OTHER, { 0x44444444, 0x55555555, 0x66666666 } } },
	  .prepare = prepare_held,
	  .parts = { { access, 1, 0, 4 },
		     { .body = do_short_bracket },
		     { .body = do_assign },
		     { look, 1, 0, 4 } } },
	{ .name = "a write and a bracket",
	  .regs = { REG(CLASS) },
	  .prepare = prepare_held,
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_short_bracket },
		     { do_write, 0, 0, 4 },
		     READER } },
	{ .name = "a write and a map",
	  .flags = UNTOLD | WATCH_MAP,
	  .regs = { REG(CLASS) },
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_write_told },
		     { .body = do_assign_again },
		     READER } },
	{ .name = "a write and a map, zero",
	  .flags = UNTOLD | WATCH_MAP | WATCH_EVIDENCE | LONG,
	  .regs = { REG_ZERO },
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_write_told },
		     { .body = do_assign_again },
		     READER } },
	{ .name = "a write and a rebirth",
	  .flags = UNTOLD,
	  .regs = { REG(CLASS) },
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_write_told },
		     { .body = do_bypassed_reborn },
		     READER } },
	{ .name = "a write and a rebirth, zero",
	  .flags = UNTOLD | WATCH_EVIDENCE,
	  .regs = { REG_ZERO },
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_write_told },
		     { .body = do_bypassed_reborn },
		     READER } },
	{ .name = "suspect: a write and a rebirth that is not bypassed",
	  .flags = UNTOLD | SUSPECT,
	  .regs = { REG(CLASS) },
	  .parts = { { access, 0, 0, 4 },
		     { .body = do_write_told },
		     { .body = do_reborn },
		     READER } },
	{ .name = "a header kept, and its guard with it, over a bracket",
	  .regs = { REG_HEAD },
	  .parts = { { access, 0, 0, 4 }, { .body = do_short_bracket } },
	  .at_rest = rest_guarded },
	{ .name = "adoption and a write",
	  .flags = WATCH_MAP,
	  .regs = { { HEAD, { 0x11111140, 0x11112240, 0x11113340 } } },
	  .prepare = prepare_handed,
	  .parts = { { .body = do_adopt },
		     { do_write, 0, 1, 1 },
		     { look, 0, 0, 1 } } },
	{ .name = "adoption and a flush",
	  .flags = WATCH_MAP | UNTOLD,
	  .regs = { REG(CLASS) },
	  .prepare = prepare_handed,
	  .parts = { { .body = do_adopt }, { .body = do_flush }, READER } },
	{ .name = "two adoptions at a time",
	  .flags = WATCH_MAP,
	  .regs = { REG(CLASS) },
	  .prepare = prepare_handed,
	  .parts = { { .body = do_adopt }, { .body = do_adopt } },
	  .at_rest = rest_adopted },
	{ .name = "two adoptions at a time, and a write",
	  .flags = WATCH_MAP,
	  .regs = { { HEAD, { 0x11111140, 0x11112240, 0x11113340 } } },
	  .prepare = prepare_handed,
	  .parts = { { .body = do_adopt },
		     { .body = do_adopt },
		     { do_write, 0, 1, 1 } },
	  .at_rest = rest_not_adopting },
	{ .name = "two adoptions at a time, and a flush",
	  .flags = UNTOLD,
	  .regs = { REG(CLASS) },
	  .prepare = prepare_handed,
	  .parts = { { .body = do_adopt },
		     { .body = do_adopt },
		     { .body = do_flush } },
	  .at_rest = rest_not_adopting },
	{ .name = "a broken seal, a reader who keeps, and a flush",
	  .flags = UNTOLD,
	  .regs = { REG(CLASS) },
	  .prepare = prepare_broken,
	  .parts = { { .body = do_adopt },
		     { access, 0, 0, 4 },
		     { .body = do_flush } },
	  .at_rest = rest_not_adopting },
	{ .name = "adoption, its identity seen before, and a bracket that opens",
	  .regs = { REG(CLASS) },
	  .prepare = prepare_handed,
	  .parts = { { .body = do_adopt_proved }, { .body = do_open } },
	  .at_rest = rest_open },
	{ .name = "a header contradicts while a bracket opens",
	  .regs = { REG_HEAD },
	  .prepare = prepare_other_layout,
	  .parts = { { access, 0, 0, 4 }, { .body = do_open } },
	  .at_rest = rest_open },
	{ .name = "the layout trusted across a recheck",
	  .flags = 0,
	  .regs = { REG_HEAD, REG(BODY) },
	  .prepare = prepare_body,
	  .parts = { { .body = do_trust },
		     { .body = do_recheck },
		     { look, 1, 0, 4 } } },
};

/* ---- all of it ------------------------------------------------------------- */

static bool uses(u16 where)
{
	return scenario->regs[0].where == where ||
	       scenario->regs[1].where == where;
}

static void watch(void)
{
	struct pcsc_cells *cells = &world.cells;

	weave_forget();
	weave_watch("state", &cells->state, sizeof(u64));
	if (uses(CLASS))
		weave_watch("slot", &cells->slots[0], sizeof(u64));
	if (uses(ZERO))
		weave_watch("zero", &cells->zero[ZERO / 128], sizeof(u64));
	if (uses(HEAD)) {
		weave_watch("seen", &cells->seen, sizeof(u64));
		weave_watch("head", &cells->slots[1], sizeof(u64));
	}
	if (uses(BODY))
		weave_watch("body", &cells->slots[2], sizeof(u64));
	if (scenario->flags & WATCH_EVIDENCE)
		weave_watch("evidence", &cells->no_evidence, sizeof(u32));
	if (scenario->flags & WATCH_MAP)
		weave_watch("map", &world.line.map, sizeof(world.line.map));
	weave_sweeps(&cells->seen, cells + 1, &cells->state);
}

static struct weave_result explore(void)
{
	struct weave weave = {
		.world = &world,
		.size = sizeof(world),
		.ghost = &world.ghost,
		.ghost_size = sizeof(*ghost),
		.at_rest = scenario->at_rest,
		.fine = in_full,
		.first_only = first_only,
	};
	unsigned int i;

	memset(&world, 0, sizeof(world));
	map.dword[CLASS / 4].fixed = scenario->flags & FIXED ? 0xf : 0;
	pcsc_line_init(line, &world.cells);
	pcsc_line_assign(line, &map);
	pcsc_line_bypass(line, 0, ~0u);
	if (scenario->prepare)
		scenario->prepare();
	watch();
	for (i = 0; i < WEAVE_THREADS; i++)
		weave.bodies[i] = scenario->parts[i].body;
	return weave_explore(&weave);
}

static const struct argp_option options[] = {
	{ "long", 'l', NULL, 0,
	  "More scenarios, and the core's own yield points too", 0 },
	{ "first", 'f', NULL, 0, "Stop at the first bad scenario", 0 },
	{ "only", 'o', "NAME", 0, "Scenarios whose names begin so", 0 },
	{ "suspects", 'S', NULL, 0, "What the core is suspected of", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	(void)state;
	switch (key) {
	case 'l':
		in_full = true;
		return 0;
	case 'f':
		first_only = true;
		return 0;
	case 'o':
		only = arg;
		return 0;
	case 'S':
		suspects = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Search every schedule of fillers, invalidators and readers.",
};

static bool is_wanted(void)
{
	if (!(scenario->flags & SUSPECT) == suspects ||
	    (scenario->flags & LONG && !in_full))
		return false;
	return !strncmp(scenario->name, only, strlen(only));
}

static bool passes(void)
{
	const struct weave_result result = explore();

	printf("%s - %s: %.3g schedules, %llu states, %llu bad\n",
	       result.bad ? "not ok" : "ok", scenario->name, result.schedules,
	       (unsigned long long)result.states,
	       (unsigned long long)result.bad);
	fflush(stdout);
	return !result.bad;
}

int main(int argc, char **argv)
{
	unsigned int i, bad = 0;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	make_maps();
	for (i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		scenario = &scenarios[i];
		if (!is_wanted())
			continue;
		bad += !passes();
		if (bad && first_only)
			break;
	}
	return bad > 0;
}
