// SPDX-License-Identifier: GPL-2.0-only
/* The table of functions below the totals. Only what is on the screen is formatted. */
#include <stdio.h>
#include <string.h>

#include "append.h"
#include "top/line.h"
#include "top/paint.h"
#include "top/summary.h"
#include "top/view.h"

#define MARGIN 2 /* for the sign of the bar */

static int draw_summary(struct view *v)
{
	const struct summary_style style = {
		.width = COLS < SUMMARY_WIDTH ? COLS : SUMMARY_WIDTH - 1,
		.lines = LINES / 3,
		.interval = v->interval,
		.dir = v->dir,
	};
	struct summary s;

	summary_make(&s, v->model, &style);
	for (int i = 0; i < s.nr; i++)
		paint_line(i, s.line[i].text, paint_summary(s.line[i].kind));
	return s.nr;
}

static void draw_heads(struct view *v, int y)
{
	const struct order *o = &v->table->order;
	const enum column by = column_of(o->by, o->all);
	char text[MARGIN + LINE_SIZE + 1] = "  ";
	int x = MARGIN;

	layout_make(&v->layout, v->model, COLS - MARGIN, o->all);
	line_heads(text + MARGIN, &v->layout, o);
	paint_line(y, text, A_REVERSE);
	paint_at(y, 0, COLS, A_REVERSE);
	for (unsigned int i = 0; i < v->layout.nr; i++) {
		if (v->layout.of[i].column == by)
			paint_at(y, x, v->layout.of[i].width,
				 A_REVERSE | A_BOLD);
		x += v->layout.of[i].width + 1;
	}
}

/* Where the state stands in the line; a layout without it: nowhere. */
static int state_at(const struct layout *l)
{
	return l->nr > 1 ? MARGIN + l->of[0].width + 1 : COLS;
}

static void draw_row(struct view *v, int y, uint32_t nth)
{
	const struct row *row = table_row(v->table, v->model, nth);
	char text[MARGIN + LINE_SIZE + 1] = "  ";
	const bool bar = nth == v->bar;

	line_row(text + MARGIN, &v->layout, v->model, row, v->utf8);
	if (bar)
		text[0] = '>';
	paint_line(y, text, A_NORMAL);
	if (bar)
		paint_at(y, 0, COLS, A_REVERSE);
	else
		paint_at(y, state_at(&v->layout), column_types[COL_STATE].width,
			 paint_state(row->state));
}

/* The lines that are shown are moved as little as the bar allows. */
static void scroll_to_bar(struct view *v)
{
	if (v->bar < v->first)
		v->first = v->bar;
	if (v->room && v->bar >= v->first + v->room)
		v->first = v->bar - v->room + 1;
	if (v->first + v->room > v->table->nr)
		v->first = v->table->nr > v->room ? v->table->nr - v->room : 0;
}

static void draw_foot(const struct view *v, int y)
{
	const struct filter *f = &v->table->filter;
	char text[SUMMARY_WIDTH] = "";

	if (v->typing) {
		pcsc_append(text, sizeof(text), "Show only: %s", f->text);
		paint_line(y, text, A_BOLD);
		move(y,
		     (int)strlen(text) < COLS ? (int)strlen(text) : COLS - 1);
		return;
	}
	if (v->paused)
		pcsc_append(text, sizeof(text), "PAUSED  ");
	if (v->table->nr != v->model->nr)
		pcsc_append(text, sizeof(text), "%u of %u%s%s  ", v->table->nr,
			    v->model->nr, f->text[0] ? ": " : "", f->text);
	pcsc_append(
		text, sizeof(text),
		"q quit  ? help  / filter  <> sort  r reverse  t %s  Enter registers",
		v->table->order.all ? "now" : "all");
	paint_line(y, text, A_NORMAL);
}

static void draw_none(const struct view *v, int y)
{
	char text[SUMMARY_WIDTH];

	if (!v->model->up || v->model->err)
		return;
	if (v->model->nr)
		snprintf(text, sizeof(text),
			 "  No function matches: Esc shows all of them again.");
	else
		snprintf(text, sizeof(text), "  The helper has no function.");
	paint_line(y, text, A_NORMAL);
}

void draw_list(struct view *v)
{
	int y = draw_summary(v);

	if (v->model->up && !v->model->err) {
		draw_heads(v, y++);
		v->room = LINES - y - 1 > 0 ? LINES - y - 1 : 0;
		scroll_to_bar(v);
		if (!v->table->nr)
			draw_none(v, y);
		for (uint32_t i = 0; i < v->room && v->first + i < v->table->nr;
		     i++)
			draw_row(v, y + i, v->first + i);
	}
	draw_foot(v, LINES - 1);
}
