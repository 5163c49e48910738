// SPDX-License-Identifier: GPL-2.0-only
/* A function's configuration space: a square is a dword, a row 256 bytes. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "append.h"
#include "bdf.h"
#include "markup.h"
#include "report.h"
#include "talk.h"

#define LEFT 44
#define TOP 44
#define SIDE 14
#define DWORDS 64 /* of a row */
#define ROW_BYTES (4 * DWORDS)
#define WORDS 768

static const uint32_t steps[PCSC_LEVELS] = { 1, 2, 3, 5, 10, 30, 100 };

/* What happened to a dword, whatever the width of its accesses. */
struct cell {
	uint64_t reads, writes, changes, told;
};

static bool is_of(const struct pcsc_rec *rec, uint32_t i, uint32_t function)
{
	return i < rec->header.nr_registers &&
	       rec->registers[i].function == function;
}

static const char *kind_of(const struct cell *c)
{
	if (c->writes)
		return "written";
	if (c->changes)
		return "changed";
	return c->told ? "same" : "untold";
}

static void put_register(char *to, size_t size, const struct pcsc_view *view,
			 const struct pcsc_rec_register *r)
{
	const uint64_t repeats = pcsc_register_repeats(r);
	char name[PCSC_REGNAME_SIZE], changes[32] = "never changed";

	pcsc_regname(view->regnames, r, name);
	if (!r->reads)
		strcpy(changes, "never read");
	if (r->changes)
		snprintf(changes, sizeof(changes), "%" PRIu64 " %s", r->changes,
			 pcsc_noun(r->changes, "change", "changes"));
	pcsc_append(to, size,
		    "0x%03x %s, %u %s, by %s: %" PRIu64 " %s, %" PRIu64
		    " %s, %" PRIu64 " %s, %s",
		    r->offset, name, r->width,
		    pcsc_noun(r->width, "byte", "bytes"),
		    r->family == PCSC_REC_USER ? "user space" : "the kernel",
		    r->reads, pcsc_noun(r->reads, "read", "reads"), r->writes,
		    pcsc_noun(r->writes, "write", "writes"), repeats,
		    pcsc_noun(repeats, "repeat", "repeats"), changes);
}

/* The registers that begin in the dword of @i; the first one of the next is returned. */
static uint32_t draw_cell(const struct pcsc_view *view, uint32_t i)
{
	const struct pcsc_rec_register *r = view->s->rec->registers;
	const uint32_t function = r[i].function;
	const unsigned int dword = r[i].offset / 4;
	struct cell c = {};
	char words[WORDS] = "";

	for (; is_of(view->s->rec, i, function) && r[i].offset / 4u == dword;
	     i++) {
		if (words[0])
			pcsc_append(words, WORDS, "; ");
		put_register(words, WORDS, view, &r[i]);
		c.reads += r[i].reads;
		c.writes += r[i].writes;
		c.changes += r[i].changes;
		c.told += r[i].reads - r[i].all_ones;
	}
	printf("<rect class=\"mark r%u c%u %s\" x=\"%u\" y=\"%u\" width=\"12\" height=\"12\" rx=\"2\"><title>",
	       pcsc_level(steps, c.reads), pcsc_level(steps, c.changes),
	       kind_of(&c), LEFT + SIDE * (dword % DWORDS),
	       TOP + SIDE * (dword / DWORDS));
	pcsc_put_text(words);
	puts("</title></rect>");
	return i;
}

/* All dwords at once: the dashes of a thick line. */
static void draw_empty(unsigned int rows)
{
	for (unsigned int i = 0; i < rows; i++) {
		pcsc_svg_text("faint axis end", LEFT - 6, TOP + SIDE * i + 10.0,
			      "0x%03x", ROW_BYTES * i);
		printf("<path class=\"empty\" d=\"M%d %dh%d\"/>\n", LEFT,
		       TOP + SIDE * i + 6, SIDE * DWORDS);
	}
	for (int i = 0; i < 16; i++)
		pcsc_svg_text("faint axis", LEFT + 4.0 * SIDE * i, TOP - 5,
			      "%02x", 16 * i);
}

static void draw_keys(double y)
{
	double x;

	fputs("<g class=\"of-reads\">", stdout);
	x = pcsc_svg_levels("r", LEFT, y, steps);
	pcsc_svg_text("faint", x, y, "reads");
	fputs("</g><g class=\"of-changes\">", stdout);
	x = pcsc_svg_key("c0", LEFT, y, "never");
	x = pcsc_svg_levels("c", x, y, steps);
	pcsc_svg_text("faint", x, y, "changes");
	fputs("</g><g class=\"of-kind\">", stdout);
	x = pcsc_svg_key("same", LEFT, y, "never changed");
	x = pcsc_svg_key("changed", x, y, "changed, not written");
	x = pcsc_svg_key("written", x, y, "written");
	pcsc_svg_key("untold", x, y, "no value: failed, or all-ones");
	puts("</g>");
}

static unsigned int rows_of(const struct pcsc_rec *rec, uint32_t function,
			    uint32_t first)
{
	unsigned int rows = rec->functions[function].cfg_size / ROW_BYTES;

	for (uint32_t i = first; is_of(rec, i, function); i++)
		if (rec->registers[i].offset / ROW_BYTES >= (int)rows)
			rows = rec->registers[i].offset / ROW_BYTES + 1;
	return rows;
}

void pcsc_draw_grid(const struct pcsc_view *view, uint32_t function, bool alone)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_rec_function *f = &rec->functions[function];
	uint32_t i = pcsc_first_register(rec, function);
	const unsigned int rows = rows_of(rec, function, i);
	char bdf[PCSC_BDF_SIZE], heading[64];
	const struct pcsc_canvas canvas = {
		.kind = "grid",
		.label = heading,
		.width = LEFT + SIDE * DWORDS,
		.height = TOP + SIDE * rows + 28,
		.alone = alone,
	};

	snprintf(heading, sizeof(heading), "Configuration space of %s",
		 pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn));
	pcsc_svg_begin(&canvas);
	pcsc_svg_text("heading", 0, 14, "%s", heading);
	draw_empty(rows);
	while (is_of(rec, i, function))
		i = draw_cell(view, i);
	draw_keys(TOP + SIDE * rows + 20);
	pcsc_svg_end(&canvas);
}
