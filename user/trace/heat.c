// SPDX-License-Identifier: GPL-2.0-only
/* Latencies of the functions that took most time: a column is a histogram's slot. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "array.h"
#include "bdf.h"
#include "cleanup.h"
#include "markup.h"
#include "report.h"
#include "talk.h"

#define LEFT 104
#define PLOT 650
#define WIDTH 940
#define TOP 48
#define ROW 20
#define BETWEEN 56 /* the axis of reads, and the heading of writes */
#define WIDEST 30

static const uint32_t steps[PCSC_LEVELS] = { 1, 3, 10, 30, 100, 1000, 10000 };
static const char *const operations[2] = { "read", "write" };

/* Histograms of all widths together: reads, and writes. */
struct heat_row {
	char name[PCSC_BDF_SIZE];
	struct pcsc_latencies hists[2];
};

struct heat {
	struct heat_row *rows; /* first that of all functions */
	uint32_t nr;
	unsigned int low, end; /* slots that somebody has */
	double column; /* its width */
};

static void free_heat(struct heat *h)
{
	free(h->rows);
}

static void add(struct heat *heat, struct heat_row *row,
		const struct pcsc_rec_hist *from)
{
	pcsc_latencies_add(&row->hists[from->is_write], from);
	for (unsigned int i = 0; i < PCSC_REC_SLOTS; i++) {
		if (!from->slots[i])
			continue;
		heat->low = i < heat->low ? i : heat->low;
		heat->end = i >= heat->end ? i + 1 : heat->end;
	}
}

/* Which row a function has; 0: none. */
static uint32_t *rows_of(const struct pcsc_heaviest *shown, uint32_t functions)
{
	uint32_t *rows = calloc(functions + 1ull, sizeof(*rows));

	for (uint32_t i = 0; rows && i < shown->nr; i++)
		rows[shown->rows[i].index] = i + 1;
	return rows;
}

static int collect(const struct pcsc_view *view, struct heat *heat)
{
	const struct pcsc_rec *rec = view->s->rec;
	_cleanup_free_ uint32_t *rows =
		rows_of(&view->shown->functions, rec->header.nr_functions);
	uint32_t row;

	if (!rows)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < rec->header.nr_hists; i++) {
		if (view->s->chosen[rec->hists[i].function])
			add(heat, &heat->rows[0], &rec->hists[i]);
		row = rows[rec->hists[i].function];
		if (row)
			add(heat, &heat->rows[row], &rec->hists[i]);
	}
	return 0;
}

static int make(const struct pcsc_view *view, struct heat *heat)
{
	const struct pcsc_heaviest *shown = &view->shown->functions;
	int err;

	*heat = (struct heat){ .nr = shown->nr + 1, .low = PCSC_REC_SLOTS };
	heat->rows = calloc(heat->nr, sizeof(*heat->rows));
	if (!heat->rows)
		return pcsc_fail(-ENOMEM, "no memory left");
	snprintf(heat->rows[0].name, sizeof(heat->rows[0].name),
		 "all functions");
	for (uint32_t i = 0; i < shown->nr; i++) {
		const struct pcsc_rec_function *f =
			&view->s->rec->functions[shown->rows[i].index];

		pcsc_bdf_format(heat->rows[i + 1].name, f->domain, f->bus,
				f->devfn);
	}
	err = collect(view, heat);
	if (err)
		return err;
	if (heat->low > heat->end)
		heat->low = heat->end;
	heat->column = (double)PLOT / (heat->end - heat->low ?: 1);
	if (heat->column > WIDEST)
		heat->column = WIDEST;
	return 0;
}

/* ---- the picture ---- */

/* Slots are as wide as each other where nanoseconds are by their logarithm. */
static double x_of(const struct heat *heat, uint64_t ns)
{
	const unsigned int slot = pcsc_slot_of(ns);
	const double low = pcsc_slot_low(slot);
	const double part = (ns - low) / (pcsc_slot_low(slot + 1) - low);

	return LEFT + heat->column * (slot + part - heat->low);
}

static void draw_slot(const struct heat *heat, const struct heat_row *row,
		      bool is_write, unsigned int slot, double y)
{
	const uint64_t n = row->hists[is_write].slots[slot];
	char from[PCSC_TIME_SIZE], to[PCSC_TIME_SIZE], kind[8];

	pcsc_svg_mark("%s: %" PRIu64 " %s that took %s to %s", row->name, n,
		      is_write ? pcsc_noun(n, "write", "writes") :
				 pcsc_noun(n, "read", "reads"),
		      pcsc_time(pcsc_slot_low(slot), from),
		      slot + 1 == PCSC_REC_SLOTS ?
			      "more" :
			      pcsc_time(pcsc_slot_low(slot + 1), to));
	snprintf(kind, sizeof(kind), "h%u", pcsc_level(steps, n));
	pcsc_svg_rect(kind, LEFT + heat->column * (slot - heat->low), y,
		      heat->column - 1, ROW - 2);
	pcsc_svg_mark_end();
}

static void draw_row(const struct heat *heat, const struct heat_row *row,
		     bool is_write, double y)
{
	const struct pcsc_latencies *h = &row->hists[is_write];
	const double end = LEFT + heat->column * (heat->end - heat->low);
	char p50[PCSC_TIME_SIZE], p99[PCSC_TIME_SIZE];

	pcsc_svg_text("label", 0, y + 13, "%s", row->name);
	pcsc_svg_rect("track", LEFT, y, end - LEFT - 1, ROW - 2);
	for (unsigned int i = heat->low; i < heat->end; i++)
		if (h->slots[i])
			draw_slot(heat, row, is_write, i, y);
	pcsc_svg_text("value", end + 12, y + 13, "p50 %s, p99 %s",
		      pcsc_time(pcsc_latencies_quantile_ns(h, 0.5), p50),
		      pcsc_time(pcsc_latencies_quantile_ns(h, 0.99), p99));
}

static void draw_axis(const struct heat *heat, double y)
{
	static const char *const words[] = { "100 ns", "1 us", "10 us",
					     "100 us", "1 ms", "10 ms",
					     "100 ms", "1 s" };
	uint64_t ns = 100;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++, ns *= 10) {
		const double x = x_of(heat, ns);

		if (x < LEFT - 1 ||
		    x > LEFT + heat->column * (heat->end - heat->low) + 1)
			continue;
		printf("<path class=\"tick\" d=\"M%.1f %.1fv5\"/>", x, y);
		pcsc_svg_text("faint axis middle", x, y + 16, "%s", words[i]);
	}
}

/* Those that made no such access are left out. */
static double height_of(const struct heat *heat, bool is_write)
{
	double height = 0;

	for (uint32_t i = 0; i < heat->nr; i++)
		if (heat->rows[i].hists[is_write].count)
			height += ROW;
	return height ? height + BETWEEN : 0;
}

static void draw_part(const struct heat *heat, bool is_write, double y)
{
	if (!heat->rows[0].hists[is_write].count)
		return;
	pcsc_svg_text("label strong", 0, y + 12, "%s",
		      is_write ? "Writes" : "Reads");
	y += ROW;
	for (uint32_t i = 0; i < heat->nr; i++) {
		if (!heat->rows[i].hists[is_write].count)
			continue;
		draw_row(heat, &heat->rows[i], is_write, y);
		y += ROW;
	}
	draw_axis(heat, y);
}

int pcsc_draw_heat(const struct pcsc_view *view, bool alone)
{
	_cleanup_(free_heat) struct heat heat = {};
	struct pcsc_canvas canvas = {
		.kind = "heat",
		.label = "How long accesses took, by function",
		.width = WIDTH,
		.alone = alone,
	};
	int err = make(view, &heat);
	double x;

	if (err)
		return err;
	canvas.height = TOP + height_of(&heat, false) + height_of(&heat, true);
	pcsc_svg_begin(&canvas);
	pcsc_svg_text("heading", 0, 14, "How long accesses took, by function");
	x = pcsc_svg_levels("h", 0, 34, steps);
	pcsc_svg_text("faint", x, 34, "accesses");
	draw_part(&heat, false, TOP);
	draw_part(&heat, true, TOP + height_of(&heat, false));
	pcsc_svg_end(&canvas);
	return 0;
}

/* ---- its table ---- */

static const struct pcsc_column columns[] = {
	{ .title = "FUNCTION", .left = true },
	{ .title = "OPERATION", .left = true },
	{ .title = "FROM ns" },
	{ .title = "COUNT" },
};

struct heat_table {
	struct slot {
		const struct heat_row *row;
		unsigned int slot;
		bool is_write;
	} * slots;
	uint32_t nr;
};

static void free_table(struct heat_table *t)
{
	free(t->slots);
}

static void fill(const void *context, uint32_t row, pcsc_cells cells)
{
	const struct heat_table *t = context;
	const struct slot *s = &t->slots[row];

	pcsc_put(cells[0], "%s", s->row->name);
	pcsc_put(cells[1], "%s", operations[s->is_write]);
	pcsc_put_count(cells[2], pcsc_slot_low(s->slot));
	pcsc_put_count(cells[3], s->row->hists[s->is_write].slots[s->slot]);
}

static int list_slots(const struct heat *heat, struct heat_table *t)
{
	t->slots = calloc(2ull * heat->nr * PCSC_REC_SLOTS, sizeof(*t->slots));
	if (!t->slots)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < 2 * heat->nr; i++) {
		const struct heat_row *row = &heat->rows[i / 2];

		for (unsigned int n = heat->low; n < heat->end; n++)
			if (row->hists[i % 2].slots[n])
				t->slots[t->nr++] =
					(struct slot){ row, n, i % 2 };
	}
	return 0;
}

int pcsc_print_heat(const struct pcsc_view *view)
{
	_cleanup_(free_heat) struct heat heat = {};
	_cleanup_(free_table) struct heat_table rows = {};
	int err = make(view, &heat) ?: list_slots(&heat, &rows);
	const struct pcsc_table table = {
		.columns = columns,
		.nr_columns = ARRAY_SIZE(columns),
		.nr_rows = rows.nr,
		.fill = fill,
		.context = &rows,
	};

	if (!err)
		view->table("Accesses by their latency", &table);
	return err;
}
