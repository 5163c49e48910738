// SPDX-License-Identifier: GPL-2.0-only
/* What processes did to functions, side by side in time: a lane is a visit. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "bdf.h"
#include "cleanup.h"
#include "markup.h"
#include "report.h"
#include "talk.h"

#define TOP 52
#define ROW 40
#define BAR 12
#define LANES_PER_ROW 3 /* a lane says less than a row of a table */

static const char *const colours[PCSC_REC_WAITS] = {
	[PCSC_REC_WAIT_RESUME] = "waking", [PCSC_REC_WAIT_FLR] = "reset",
	[PCSC_REC_WAIT_PM] = "reset",	   [PCSC_REC_WAIT_BUS] = "reset",
	[PCSC_REC_WAIT_LOCK] = "lock",	   [PCSC_REC_WAIT_BLOCKED] = "blocked",
};

struct lanes {
	const struct pcsc_view *view;
	uint32_t *visits; /* those that are drawn, by their beginnings */
	uint32_t nr;
	uint64_t from, to;
};

static void free_lanes(struct lanes *l)
{
	free(l->visits);
}

static double percent_of(const struct lanes *l, uint64_t ns)
{
	if (ns < l->from)
		return 0;
	return pcsc_percent(ns < l->to ? ns - l->from : l->to - l->from,
			    l->to - l->from);
}

/* ---- which ---- */

uint32_t pcsc_count_lanes(const struct pcsc_view *view)
{
	const uint32_t nr = view->waiting->nr_visits;
	const uint64_t most = (uint64_t)LANES_PER_ROW * view->options->top;

	return most && most < nr ? most : nr;
}

static int compare(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

/* Those with most time in accesses and waits. */
static int choose(struct lanes *l)
{
	const struct pcsc_waiting *w = l->view->waiting;
	_cleanup_(pcsc_heaviest_free) struct pcsc_heaviest h = {
		.most = pcsc_count_lanes(l->view)
	};
	int err = 0;

	for (uint32_t i = 0; !err && i < w->nr_visits; i++)
		err = pcsc_heaviest_add(
			&h,
			pcsc_visit_access_ns(&w->visits[i]) +
				pcsc_waits_ns(&w->visits[i].waits),
			i);
	if (err)
		return err;
	pcsc_heaviest_sort(&h);
	l->visits = calloc(h.nr + 1ull, sizeof(*l->visits));
	if (!l->visits)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < h.nr; i++)
		l->visits[i] = h.rows[i].index;
	l->nr = h.nr;
	qsort(l->visits, l->nr, sizeof(*l->visits), compare);
	return 0;
}

static void find_span(struct lanes *l)
{
	l->from = UINT64_MAX;
	for (uint32_t i = 0; i < l->nr; i++) {
		const struct pcsc_rec_visit *v =
			l->view->waiting->visits[l->visits[i]].visit;

		l->from = v->first_ns < l->from ? v->first_ns : l->from;
		l->to = v->last_ns > l->to ? v->last_ns : l->to;
	}
	if (l->from >= l->to)
		l->to = l->from + 1;
}

/* ---- lanes ---- */

static void draw_span(const struct lanes *l, const char *kind, uint64_t from,
		      uint64_t to, double y)
{
	const double x = percent_of(l, from);

	pcsc_svg_share(kind, x, y, percent_of(l, to) - x, BAR);
}

static void draw_wait(const struct lanes *l, const struct pcsc_rec_wait *w,
		      double y)
{
	char time[PCSC_TIME_SIZE], at[PCSC_TIME_SIZE];

	pcsc_svg_mark(
		"%s%s%s: %s, from %s on", pcsc_wait_names[w->kind],
		w->kind == PCSC_REC_WAIT_RESUME ? " from " : "",
		w->kind == PCSC_REC_WAIT_RESUME ? pcsc_power_name(w->from) : "",
		pcsc_time(w->ns, time), pcsc_time(w->begin_ns, at));
	draw_span(l, colours[w->kind], w->begin_ns, w->begin_ns + w->ns, y);
	pcsc_svg_mark_end();
}

/* "FLR 300.0 ms, lock 100.0 ms" */
static void put_waits(char *words, size_t size,
		      const struct pcsc_visit_sum *sum)
{
	char time[PCSC_TIME_SIZE];
	size_t used = 0;

	*words = '\0';
	for (int i = 0; i < PCSC_REC_WAITS && used < size; i++)
		if (sum->waits.kind[i].ns)
			used += snprintf(
				words + used, size - used, ", %s %s",
				pcsc_wait_names[i],
				pcsc_time(sum->waits.kind[i].ns, time));
}

static void draw_words(const struct lanes *l, const struct pcsc_visit_sum *sum,
		       double y)
{
	const struct pcsc_rec *rec = l->view->s->rec;
	const struct pcsc_rec_visit *v = sum->visit;
	const struct pcsc_rec_function *f = &rec->functions[v->function];
	const struct pcsc_rec_process *p = &rec->processes[v->process];
	const char *name = rec->callers[p->caller].name;
	char bdf[PCSC_BDF_SIZE], lasted[PCSC_TIME_SIZE], time[PCSC_TIME_SIZE];
	char at[PCSC_TIME_SIZE], waits[256];
	const uint64_t n = v->reads + v->writes + v->errors;

	pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn);
	put_waits(waits, sizeof(waits), sum);
	pcsc_time(v->last_ns - v->first_ns, lasted);
	pcsc_time(pcsc_visit_access_ns(sum), time);
	pcsc_svg_mark("%s (%u), %s: %s, from %s on; %" PRIu64 " %s %s%s", name,
		      p->pid, bdf, lasted, pcsc_time(v->first_ns, at), n,
		      pcsc_noun(n, "access", "accesses"), time, waits);
	pcsc_svg_text("label", 0, y + 12, "%s %s", bdf, name);
	pcsc_svg_text_at("value end wide", 100, y + 12,
			 "%s: %" PRIu64 " %s %s%s", lasted, n,
			 pcsc_noun(n, "access", "accesses"), time, waits);
	pcsc_svg_text_at("value end narrow", 100, y + 12, "%s", lasted);
	pcsc_svg_share("track", 0, y + 18, 100, BAR);
	draw_span(l, "visit", v->first_ns, v->last_ns, y + 18);
	pcsc_svg_mark_end();
}

static void draw_waits(const struct lanes *l, const struct pcsc_rec_visit *v,
		       bool nested, double y)
{
	const struct pcsc_rec *rec = l->view->s->rec;

	for (uint32_t i = 0; i < rec->header.nr_waits; i++)
		if (rec->waits[i].process == v->process &&
		    rec->waits[i].function == v->function &&
		    rec->waits[i].nested == nested)
			draw_wait(l, &rec->waits[i], y);
}

static void draw_slow(const struct lanes *l, const struct pcsc_rec_visit *v,
		      double y)
{
	const struct pcsc_rec *rec = l->view->s->rec;
	char time[PCSC_TIME_SIZE];

	for (uint32_t i = 0; i < rec->header.nr_slow; i++) {
		const struct pcsc_rec_slow *a = &rec->slow[i];

		if (a->process != v->process || a->function != v->function)
			continue;
		pcsc_svg_mark("One of the slowest accesses: a %s at 0x%03x, %s",
			      a->is_write ? "write" : "read", a->offset,
			      pcsc_time(a->ns, time));
		draw_span(l, "slow", a->end_ns < a->ns ? 0 : a->end_ns - a->ns,
			  a->end_ns, y);
		pcsc_svg_mark_end();
	}
}

/* What is in a wait, or in an access, lies on top of it. */
static void draw_lane(const struct lanes *l, const struct pcsc_visit_sum *sum,
		      double y)
{
	draw_words(l, sum, y);
	draw_waits(l, sum->visit, false, y + 18);
	draw_slow(l, sum->visit, y + 18);
	draw_waits(l, sum->visit, true, y + 18);
}

/* ---- the picture ---- */

/* A step of 1, 2 or 5 times a power of ten, of which there are four to ten. */
static uint64_t step_of(uint64_t span)
{
	uint64_t step = 1;

	while (span / step >= 10)
		step *= 10;
	if (span / step < 2)
		return step / 5 ?: 1;
	return span / step < 4 ? step / 2 ?: 1 : step;
}

static void draw_axis(const struct lanes *l, double y)
{
	const uint64_t step = step_of(l->to - l->from);
	uint64_t at = l->from / step * step;
	char time[PCSC_TIME_SIZE];

	if (at < l->from)
		at += step;
	/* A time that no clock has may wrap. */
	for (int i = 0; i < 12 && at >= l->from && at <= l->to;
	     i++, at += step) {
		const double x = percent_of(l, at);

		printf("<rect class=\"tick\" x=\"%.2f%%\" y=\"%.0f\" width=\"1\" height=\"5\"/>",
		       x, y);
		pcsc_svg_text_at(x < 4	? "faint axis" :
				 x > 96 ? "faint axis end" :
					  "faint axis middle",
				 x, y + 17, "%s",
				 at ? pcsc_time(at, time) : "0");
	}
}

/* Of what there is. */
static void draw_keys(const struct pcsc_view *view, double y)
{
	double x = pcsc_svg_key("visit", 0, y, "visit");
	const char *last = "";

	for (int i = 0; i < PCSC_REC_WAITS; i++) {
		if (!view->waiting->all.kind[i].nr || last == colours[i])
			continue;
		last = colours[i];
		x = pcsc_svg_key(last, x, y, last);
	}
	if (view->s->rec->header.nr_slow)
		pcsc_svg_key("slow", x, y, "slow");
}

int pcsc_draw_lanes(const struct pcsc_view *view, bool alone)
{
	_cleanup_(free_lanes) struct lanes l = { .view = view };
	int err = choose(&l);
	const struct pcsc_canvas canvas = {
		.kind = "lanes",
		.label = "Who did what to which function, and waited for what",
		.height = TOP + ROW * l.nr + 24,
		.alone = alone,
	};

	if (err)
		return err;
	find_span(&l);
	pcsc_svg_begin(&canvas);
	pcsc_svg_text("heading", 0, 14, "%s",
		      l.nr ? "Who did what to which function" :
			     "Nobody's visits to functions were recorded");
	if (l.nr)
		draw_keys(view, 36);
	for (uint32_t i = 0; i < l.nr; i++)
		draw_lane(&l, &view->waiting->visits[l.visits[i]],
			  TOP + ROW * i);
	if (l.nr)
		draw_axis(&l, TOP + ROW * l.nr + 2);
	pcsc_svg_end(&canvas);
	return 0;
}

int pcsc_print_lanes(const struct pcsc_view *view)
{
	_cleanup_(free_lanes) struct lanes l = { .view = view };
	int err = choose(&l);

	if (!err && l.nr)
		pcsc_print_visits(view, l.visits, l.nr);
	return err;
}
