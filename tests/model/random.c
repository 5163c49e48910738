// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random operations on a line and on its model, every answer compared. Beside
 * them stands hardware, whose bytes change only as docs/hazards.md says they
 * can: a hit must be what it reads now, whatever the model thinks.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps.h"
#include "model.h"

#define MAPS 3
#define FOCUS 64
#define LOG 32
#define WORLD 8192 /* operations on one line */

/* A read under way: flight n has the model's ticket n. */
struct flight {
	struct pcsc_ticket ticket;
	u16 where;
	u8 size;
	bool up; /* its fill is still to come */
	bool unread; /* so is the hardware's answer */
	bool faulty; /* it is not what hardware holds */
	u32 value;
};

struct world {
	struct pcsc_map maps[MAPS];
	struct pcsc_cells cells;
	struct pcsc_line line;
	struct model model;
	u8 hardware[MODEL_BYTES];
	bool lied[MODEL_BYTES]; /* it changed, or answered wrongly, unseen */
	u16 focus[FOCUS]; /* where most accesses go */
	unsigned int nr_focus;
	struct flight flights[MODEL_TICKETS];
	u64 random;
};

struct step {
	u64 number;
	const char *what;
	u32 a, b, c;
	long core, least, most;
};

static struct {
	struct step log[LOG];
	u64 steps;
	u64 operation;
	bool differs;
} history;

static struct {
	u64 answers[4];
	u64 kept, contradicted, refused, demoted, proved, too_late, maps;
} seen;

static struct world world;

/* ---- what was done --------------------------------------------------------- */

/* @least and @most are the model's; equal where there is no choice. */
static void expect(const char *what, u32 a, u32 b, u32 c, long core, long least,
		   long most)
{
	history.log[history.steps++ % LOG] = (struct step){
		history.operation, what, a, b, c, core, least, most
	};
	if (core < least || core > most)
		history.differs = true;
}

static void did(const char *what, u32 a, u32 b, u32 c)
{
	expect(what, a, b, c, 0, 0, 0);
}

static void print_step(const struct step *step)
{
	printf("# %llu %s %#x %#x %#x", (unsigned long long)step->number,
	       step->what, step->a, step->b, step->c);
	if (step->core || step->least || step->most)
		printf(": core %ld (%#lx), model %ld", step->core,
		       (unsigned long)step->core & 0xffffffff, step->least);
	if (step->most != step->least)
		printf(" to %ld", step->most);
	printf("\n");
}

static void print_log(void)
{
	u64 i = history.steps > LOG ? history.steps - LOG : 0;

	for (; i < history.steps; i++)
		print_step(&history.log[i % LOG]);
}

/* ---- where ----------------------------------------------------------------- */

static u32 below(u32 n)
{
	return maps_below(&world.random, n);
}

static bool one_in(u32 n)
{
	return below(n) == 0;
}

static u16 any_dword(void)
{
	if (world.nr_focus && !one_in(10))
		return world.focus[below(world.nr_focus)];
	/* Beyond the map's end, too. */
	return 4 * below(one_in(4) ? PCSC_DWORDS + 8 : PCSC_DWORDS / 16);
}

static void any_place(u16 *where, u8 *size)
{
	*size = 1u << below(3);
	*where = any_dword() + (below(4) & ~(*size - 1));
	if (one_in(256))
		*where += 1;
}

static void focus_on(const struct pcsc_map *map)
{
	unsigned int i, wanted;

	world.nr_focus = 0;
	for (i = 0; i < map->nr_heads && i < FOCUS / 2; i++)
		world.focus[world.nr_focus++] = map->heads[i].offset;
	/* Not the first ones, but some of all: a random start and stride. */
	wanted = world.nr_focus + 4 + below(16);
	for (i = 0; i < 4 * PCSC_DWORDS && world.nr_focus < wanted; i++) {
		const u16 dword = below(PCSC_DWORDS);

		if (map->dword[dword].mask)
			world.focus[world.nr_focus++] = 4 * dword;
	}
}

/* ---- hardware -------------------------------------------------------------- */

static u32 read_hardware(u16 where, u8 size)
{
	u32 value = 0;
	unsigned int i;

	for (i = 0; i < size && where + i < MODEL_BYTES; i++)
		value |= (u32)world.hardware[where + i] << (8 * i);
	return value;
}

static void change(u16 where, unsigned int size, bool unseen)
{
	unsigned int i;

	for (i = where; i < where + size && i < MODEL_BYTES; i++) {
		world.hardware[i] = below(256);
		world.lied[i] |= unseen;
	}
}

/* Another function, or the same one with other firmware. */
static void repaint(void)
{
	if (!world.model.map)
		return;
	maps_paint(world.model.map, world.hardware, &world.random);
	memset(world.lied, 0, sizeof(world.lied));
}

static bool is_truth(u16 where, u8 size, u32 value)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		if (!world.lied[where + i] &&
		    world.hardware[where + i] != (u8)(value >> (8 * i)))
			return false;
	return true;
}

/* ---- reads ----------------------------------------------------------------- */

/* What goes wrong on the way: absent, not ready yet, garbage. */
static void answer(struct flight *f)
{
	f->value = read_hardware(f->where, f->size);
	f->unread = false;
	f->faulty = false;
	if (!one_in(24))
		return;
	f->value = one_in(2) ? ~0u : 0xffff0001;
	if (one_in(4))
		f->value = maps_random(&world.random);
	f->value &= (1ull << (8 * f->size)) - 1;
	f->faulty = f->value != (u32)((1ull << (8 * f->size)) - 1);
}

static void land(unsigned int n)
{
	struct flight *f = &world.flights[n];
	unsigned int i;
	int core, model;

	if (!f->up)
		return;
	if (f->unread)
		answer(f);
	f->up = false;
	for (i = 0; f->faulty && i < f->size && f->where + i < MODEL_BYTES; i++)
		world.lied[f->where + i] = true;
	core = pcsc_line_fill(&world.line, &f->ticket, f->value);
	model = model_fill(&world.model, n, f->value);
	expect("fill", f->where, f->size, f->value, core, model, model);
	seen.kept += model > 0;
	seen.contradicted += model < 0;
	seen.refused += model == 0;
}

static void hit(const struct flight *f, u32 core, u32 model)
{
	expect("hit", f->where, f->size, 0, core, model, model);
	expect("truth", f->where, f->size, read_hardware(f->where, f->size),
	       is_truth(f->where, f->size, core), 1, 1);
}

static enum pcsc_answer look(unsigned int n, u16 where, u8 size)
{
	struct flight *f = &world.flights[n];
	struct model_answer model;
	enum pcsc_answer core;
	u32 value = 0;
	bool allowed;

	f->where = where;
	f->size = size;
	core = pcsc_line_lookup(&world.line, where, size, &value, &f->ticket);
	model = model_lookup(&world.model, where, size, n);
	allowed = model.allowed & (1u << core);
	expect("lookup", where, size, 0, core,
	       allowed ? (int)core : __builtin_ctz(model.allowed),
	       allowed ? (int)core : __builtin_ctz(model.allowed));
	seen.answers[core]++;
	if (allowed && core == PCSC_HIT)
		hit(f, value, model.value);
	if (allowed && core == PCSC_MISS)
		expect("evidence", where, size, 0, f->ticket.evidence,
		       model.evidence, model.evidence);
	return core;
}

static void op_read(void)
{
	const unsigned int n = below(MODEL_TICKETS);
	struct flight *f = &world.flights[n];
	u16 where;
	u8 size;

	land(n);
	any_place(&where, &size);
	f->up = look(n, where, size) != PCSC_HIT;
	f->unread = true;
	if (!one_in(4))
		land(n);
	else if (one_in(2))
		answer(f);
}

static void op_land(void)
{
	land(below(MODEL_TICKETS));
}

static void op_current(void)
{
	const unsigned int n = below(MODEL_TICKETS);
	const bool model = model_current(&world.model, n);

	expect("current", n, 0, 0,
	       pcsc_line_current(&world.line, &world.flights[n].ticket), model,
	       model);
}

/* ---- what ends a byte ------------------------------------------------------ */

static void write_once(u16 where, u8 size, u32 value)
{
	struct model_count model =
		model_write(&world.model, where, size, value);
	unsigned int core = pcsc_line_write(&world.line, where, size, value);

	expect("write", where, size, value, core, model.least, model.most);
	seen.demoted += core;
}

/* A read-only register ignores a write, or is none and takes it. */
static void take_written(u16 where, u8 size, u32 value)
{
	const bool ignores = one_in(2);
	u16 i;

	for (i = where; i < where + size; i++)
		if (!world.model.map ||
		    !(world.model.map->dword[i / 4].fixed >> i % 4 & 1))
			change(i, 1, false);
		else if (!ignores)
			world.hardware[i] = value >> (8 * (i - where));
}

static void op_write(void)
{
	unsigned int i;
	u32 value;
	u16 where;
	u8 size;

	any_place(&where, &size);
	if (one_in(3))
		where = 0x04; /* Command: not const */
	value = one_in(3) ? maps_random(&world.random) :
			    read_hardware(where, size);
	write_once(where, size, value);
	/* Buses refuse what straddles dwords. */
	if (where % 4 + size <= 4 && where + size <= MODEL_BYTES)
		take_written(where, size, value);
	/* A mailbox: what nobody describes may change together. */
	if (model_undescribed(&world.model, where, size))
		for (i = 0; i < MODEL_BYTES; i++)
			if (world.model.map->dword[i / 4].evidence >> i % 4 & 1)
				change(i, 1, false);
	write_once(where, size, value);
}

static void op_demote(void)
{
	struct model_count model;
	u16 where;
	u8 size;

	any_place(&where, &size);
	model = model_demote(&world.model, where, size);
	expect("demote", where, size, 0,
	       pcsc_line_demote(&world.line, where, size), model.least,
	       model.most);
}

static void op_drop_evidence(void)
{
	const unsigned int model = model_drop_evidence(&world.model);

	expect("drop evidence", 0, 0, 0,
	       pcsc_line_drop_evidence(&world.line, PCSC_DROPPED_WRITTEN),
	       model, model);
}

static void op_undescribed(void)
{
	bool model;
	u16 where;
	u8 size;

	any_place(&where, &size);
	model = model_undescribed(&world.model, where, size);
	expect("undescribed", where, size, 0,
	       pcsc_line_undescribed(&world.line, where, size), model, model);
}

static void op_opaque(void)
{
	bool model;
	u16 where;
	u8 size;

	any_place(&where, &size);
	model = model_opaque(&world.model, where, size);
	expect("opaque", where, size, 0,
	       pcsc_line_opaque(&world.line, where, size), model, model);
}

static void op_denies_absence(void)
{
	bool model;
	u16 where;
	u8 size;

	any_place(&where, &size);
	model = model_denies_absence(&world.model, where, size);
	expect("denies absence", where, size, 0,
	       pcsc_line_denies_absence(&world.line, where, size), model,
	       model);
}

/* ---- what ends more than a byte -------------------------------------------- */

static void bypass(u32 set, u32 clear)
{
	did("bypass", set, clear, 0);
	pcsc_line_bypass(&world.line, set, clear);
	model_bypass(&world.model, set, clear);
}

static void op_bypass(void)
{
	bypass(1u << below(10), one_in(4) ? 1u << below(10) : 0);
}

static void op_clear(void)
{
	bypass(0, one_in(4) ? 1u << below(10) : ~0u);
}

static void prove(unsigned int n)
{
	const bool model = model_proved(&world.model, n);

	expect("proved", n, 0, 0,
	       pcsc_line_proved(&world.line, &world.flights[n].ticket), model,
	       model);
	seen.proved += model;
	seen.too_late += !model;
}

static void op_prove(void)
{
	prove(below(MODEL_TICKETS));
}

/* A reset, whole: its identity is read, perhaps in time. */
static void op_reset(void)
{
	const unsigned int n = below(MODEL_TICKETS);

	bypass(PCSC_BYPASS_PENDING, one_in(2) ? ~0u : 0);
	land(n);
	look(n, 0, 4);
	if (one_in(4))
		bypass(PCSC_BYPASS_PENDING, 0);
	prove(n);
}

static void lose(u32 set)
{
	did("lose", set, 0, 0);
	pcsc_line_lose(&world.line, set);
	model_lose(&world.model, set);
	repaint();
}

static void op_lose(void)
{
	lose(one_in(2) ? 0 : PCSC_BYPASS_PENDING | PCSC_BYPASS_ABSENT);
}

/* Until a guard's few bits of the generation come round, or nearly. */
static void op_wrap(void)
{
	unsigned int i, n = 0x10000 - below(3);

	for (i = 1; i < n; i++)
		pcsc_line_lose(&world.line, 0);
	lose(0);
}

static u32 reasons_held(const void *of)
{
	return *(const u32 *)of;
}

static void op_end(void)
{
	const u32 clear = 1u << below(10),
		  held = one_in(2) ? 1u << below(10) : 0;
	const struct pcsc_holds holds = { reasons_held, &held };
	const bool keep = one_in(2);

	did("end", clear, held, keep);
	pcsc_line_end(&world.line, clear, &holds, keep);
	model_end(&world.model, clear, held, keep);
	if (!keep)
		repaint();
}

static void op_recheck(void)
{
	struct pcsc_ticket unused = { .generation = 0 };
	const struct pcsc_map *map = world.model.map;

	bypass(PCSC_BYPASS_PENDING, 0);
	did("recheck", 0, 0, 0);
	pcsc_line_recheck(&world.line, &unused);
	model_recheck(&world.model);
	if (!map)
		return;
	change(0x08, 4, false);
	change(0x2c, 4, false);
	if (map->nr_heads && one_in(8))
		change(map->heads[below(map->nr_heads)].offset, 4, false);
}

static void empty(bool reborn)
{
	did("empty", reborn, 0, 0);
	pcsc_line_empty(&world.line, reborn);
	model_empty(&world.model, reborn);
	repaint();
}

static void op_empty(void)
{
	empty(false);
}

static void op_reborn(void)
{
	empty(true);
}

static void op_assign(void)
{
	const unsigned int n = below(MAPS);
	const struct pcsc_map *map = one_in(16) ? NULL : &world.maps[n];

	did("assign", map ? n : ~0u, 0, 0);
	pcsc_line_assign(&world.line, map);
	model_assign(&world.model, map);
	world.nr_focus = 0;
	if (map)
		focus_on(map);
	repaint();
}

static void op_trust_layout(void)
{
	struct pcsc_ticket ticket;
	u32 held;

	did("trust layout", 0, 0, 0);
	pcsc_line_lookup(&world.line, 0, 1, &held, &ticket);
	pcsc_line_trust_layout(&world.line, &ticket);
	model_trust_layout(&world.model);
}

static void op_unseen(void)
{
	const u16 where = any_dword() + below(4);

	did("unseen change", where, 0, 0);
	change(where, 1, true);
}

static void op_count(void)
{
	const unsigned int model = model_valid_bytes(&world.model);

	expect("valid bytes", 0, 0, 0, pcsc_line_valid_bytes(&world.line),
	       model, model);
}

/* ---- all of it -------------------------------------------------------------- */

static const struct {
	unsigned int weight; /* of 1024 */
	void (*run)(void);
} operations[] = {
	{ 736, op_read },	  { 110, op_land },
	{ 20, op_current },	  { 4, op_opaque },
	{ 8, op_denies_absence }, { 4, op_lose },
	{ 1, op_wrap },		  { 7, op_end },
	{ 8, op_write },	  { 2, op_demote },
	{ 1, op_drop_evidence },  { 5, op_undescribed },
	{ 4, op_bypass },	  { 64, op_clear },
	{ 16, op_prove },	  { 8, op_reset },
	{ 3, op_recheck },	  { 2, op_empty },
	{ 3, op_reborn },	  { 4, op_assign },
	{ 4, op_trust_layout },	  { 4, op_unseen },
	{ 6, op_count },
};

/* Every operation as often as it weighs. */
static void (*dispatch[1024])(void);

static void fill_dispatch(void)
{
	unsigned int i, n = 0, weight;

	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		for (weight = operations[i].weight; weight && n < 1024;
		     weight--)
			dispatch[n++] = operations[i].run;
	while (n < 1024)
		dispatch[n++] = op_read;
}

static void new_world(void)
{
	u64 random = world.random;

	did("new line", 0, 0, 0);
	memset(&world, 0, sizeof(world));
	world.random = random;
	maps_by_hand(&world.maps[0], &world.random);
	world.maps[1] = world.maps[0];
	if (one_in(2))
		maps_by_hand(&world.maps[1], &world.random);
	if (one_in(4))
		maps_by_core(&world.maps[2], &world.random);
	else
		maps_by_hand(&world.maps[2], &world.random);
	pcsc_line_init(&world.line, &world.cells);
	model_init(&world.model);
	op_assign();
	bypass(0, ~0u);
	seen.maps += MAPS;
}

static bool run(u64 nr)
{
	for (; history.operation < nr; history.operation++) {
		if (history.operation % WORLD == 0)
			new_world();
		dispatch[below(1024)]();
		if (pcsc_line_bypassed(&world.line) != world.model.bypass)
			expect("bypassed", 0, 0, 0,
			       pcsc_line_bypassed(&world.line),
			       world.model.bypass, world.model.bypass);
		if (history.differs)
			return false;
	}
	return true;
}

static void print_seen(void)
{
	printf("# maps %llu, lookups: hit %llu miss %llu uncachable %llu bypass %llu\n",
	       (unsigned long long)seen.maps,
	       (unsigned long long)seen.answers[PCSC_HIT],
	       (unsigned long long)seen.answers[PCSC_MISS],
	       (unsigned long long)seen.answers[PCSC_UNCACHABLE],
	       (unsigned long long)seen.answers[PCSC_BYPASS]);
	printf("# fills: kept %llu contradicted %llu nothing %llu; bytes written to %llu, identities proved %llu too late %llu\n",
	       (unsigned long long)seen.kept,
	       (unsigned long long)seen.contradicted,
	       (unsigned long long)seen.refused,
	       (unsigned long long)seen.demoted,
	       (unsigned long long)seen.proved,
	       (unsigned long long)seen.too_late);
}

static u64 wanted = 1000000;
static u64 seed = 1;

static const struct argp_option options[] = {
	{ "operations", 'n', "N", 0, "How many (1000000)", 0 },
	{ "seed", 's', "S", 0, "Where to begin (1)", 0 },
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	char *end = NULL;

	switch (key) {
	case 'n':
		wanted = strtoull(arg, &end, 0);
		break;
	case 's':
		seed = strtoull(arg, &end, 0);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (end && (end == arg || *end))
		argp_error(state, "'%s' is not a number", arg);
	return 0;
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Drive a line and its model by random operations and compare.",
};

int main(int argc, char **argv)
{
	bool same;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	/* A generator of this kind never leaves zero. */
	world.random = seed * 0x9e3779b97f4a7c15ull + 1;
	fill_dispatch();
	same = run(wanted);
	if (!same)
		print_log();
	print_seen();
	printf("operations %llu seed %llu differences %d\n",
	       (unsigned long long)history.operation + !same,
	       (unsigned long long)seed, !same);
	return !same;
}
