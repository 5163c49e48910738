// SPDX-License-Identifier: GPL-2.0-only
/*
 * core WHAT LINES TIMES: do WHAT with each of so many lines, that often, and nothing
 * else. tests/bench/native counts its instructions under callgrind, and takes the
 * difference of two runs, so that all that is prepared does not count.
 *
 * hit: a dword from memory; miss: a look-up that hardware has to answer; fill: what
 * it answered is kept; write: to a register that is not const; event: a reset from
 * above; seal: for the next kernel; first: the seal looked at, and the line adopted;
 * map: a map made from profile and layout.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/map.h"
#include "core/line.h"
#include "../unit/dump.h"
#include "../unit/pack.h"

#define IDS 0x00 /* const by specification, and behind no guard */
#define COMMAND 0x04

struct world {
	struct pcsc_map map;
	struct pcsc_layout layout;
	struct pcsc_identity identity;
	struct pack pack;
	struct pcsc_line *lines;
	struct pcsc_cells *cells;
	u64 *seals;
	u32 nr;
};

typedef void (*operation)(struct world *w, u32 i);

static void keep(struct pcsc_line *line, u16 where)
{
	struct pcsc_ticket ticket;
	u32 value;

	pcsc_line_lookup(line, where, 4, &value, &ticket);
	pcsc_line_fill(line, &ticket, 0x12345678);
}

static void hit(struct world *w, u32 i)
{
	u32 value;

	if (!pcsc_line_hit(&w->lines[i], IDS, 4, &value))
		exit(3);
}

static void miss(struct world *w, u32 i)
{
	struct pcsc_ticket ticket;
	u32 value;

	if (pcsc_line_lookup(&w->lines[i], COMMAND, 4, &value, &ticket) ==
	    PCSC_HIT)
		exit(3);
}

/* With its look-up, and with an event, which makes room for the next fill. */
static void fill(struct world *w, u32 i)
{
	pcsc_line_lose(&w->lines[i], 0);
	keep(&w->lines[i], IDS);
}

static void write_register(struct world *w, u32 i)
{
	pcsc_line_write(&w->lines[i], COMMAND, 2, 0x406);
}

static void event(struct world *w, u32 i)
{
	pcsc_line_lose(&w->lines[i], 0);
}

static void seal(struct world *w, u32 i)
{
	w->seals[i] = pcsc_line_seal(&w->lines[i], i);
}

static void first(struct world *w, u32 i)
{
	struct pcsc_line *line = &w->lines[i];
	struct pcsc_ticket ticket;

	w->seals[i] = pcsc_line_seal(line, i);
	pcsc_line_hand(line, &w->cells[i]);
	pcsc_line_lend(line, &w->map);
	if (!pcsc_line_return(line) ||
	    pcsc_line_look(line, w->seals[i], i, true, &ticket) !=
		    PCSC_SEAL_WHOLE ||
	    !pcsc_line_adopt(line, &ticket))
		exit(3);
}

static void map(struct world *w, u32 i)
{
	(void)i;
	pcsc_map_make(&w->map, (void *)w->pack.file, &w->identity, &w->layout);
}

static const struct {
	const char *name;
	operation run;
} operations[] = {
	{ "hit", hit },	    { "miss", miss },
	{ "fill", fill },   { "write", write_register },
	{ "event", event }, { "seal", seal },
	{ "first", first }, { "map", map },
};

static operation find(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (!strcmp(operations[i].name, name))
			return operations[i].run;
	return NULL;
}

/* An NVMe controller's VF, under the specification's profile. */
static void make_map(struct world *w)
{
	static struct img img;

	img_nvme_vf(&img);
	img_walk(&img, &w->layout);
	w->identity = (struct pcsc_identity){
		.vendor = 0x1b36,
		.device = 0x0010,
		.class_code = 0x010802,
		.is_vf = true,
	};
	pack_init(&w->pack);
	pack_model(&w->pack, 0);
	pack_spec(&w->pack);
	pack_file(&w->pack);
	map(w, 0);
}

static int make_lines(struct world *w)
{
	u32 i;

	w->lines = calloc(w->nr, sizeof(*w->lines));
	w->cells = aligned_alloc(PCSC_CACHE_LINE, w->nr * sizeof(*w->cells));
	w->seals = calloc(w->nr, sizeof(*w->seals));
	if (!w->lines || !w->cells || !w->seals)
		return -1;
	for (i = 0; i < w->nr; i++) {
		pcsc_line_init(&w->lines[i], &w->cells[i]);
		pcsc_line_assign(&w->lines[i], &w->map);
		pcsc_line_bypass(&w->lines[i], 0, ~0u);
		keep(&w->lines[i], IDS);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct world w;
	operation run = argc == 4 ? find(argv[1]) : NULL;
	u32 times, i;

	w.nr = run ? strtoul(argv[2], NULL, 10) : 0;
	if (!w.nr) {
		fprintf(stderr, "core: WHAT LINES TIMES\n");
		return 2;
	}
	make_map(&w);
	if (make_lines(&w))
		return 1;
	for (times = strtoul(argv[3], NULL, 10); times; times--)
		for (i = 0; i < w.nr; i++)
			run(&w, i);
	return 0;
}
