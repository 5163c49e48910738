// SPDX-License-Identifier: GPL-2.0-only
#include "picture.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "report.h"
#include "talk.h"

/* Of all functions that are shown: a page of less than 3 MiB. */
#define MOST_REGISTERS 3000

int pcsc_picture_parse(enum pcsc_picture *picture, const char *text)
{
	static const char *const words[PCSC_PICTURES] = {
		[PCSC_BARS] = "bars",
		[PCSC_HEAT] = "heat",
		[PCSC_GRID] = "grid",
		[PCSC_LANES] = "timeline",
	};

	for (int i = PCSC_BARS; i < PCSC_PICTURES; i++) {
		if (strcmp(words[i], text))
			continue;
		*picture = i;
		return 0;
	}
	return pcsc_fail(
		-EINVAL,
		"--svg '%s': it is not one of bars, heat, grid, timeline",
		text);
}

static int choose_functions(const struct pcsc_summary *s,
			    struct pcsc_heaviest *h)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < s->rec->header.nr_functions; i++)
		if (s->functions[i].registers)
			err = pcsc_heaviest_add(
				h, s->functions[i].latency_sum_ns, i);
	if (!err)
		pcsc_heaviest_sort(h);
	return err;
}

/* The first function has a grid, however large it is. */
static void choose_grids(const struct pcsc_view *view, struct pcsc_shown *shown)
{
	uint32_t registers = 0;

	for (uint32_t i = 0; i < shown->functions.nr; i++) {
		const uint32_t f = shown->functions.rows[i].index;
		const uint32_t more = view->s->functions[f].registers;

		if (view->options->top && i &&
		    registers + more > MOST_REGISTERS)
			continue;
		registers += more;
		shown->has_grid[f] = true;
		shown->nr_grids++;
	}
}

int pcsc_shown_make(const struct pcsc_view *view, struct pcsc_shown *shown)
{
	int err;

	*shown = (struct pcsc_shown){ .functions.most = view->options->top };
	shown->has_grid = calloc(view->s->rec->header.nr_functions + 1ull,
				 sizeof(*shown->has_grid));
	if (!shown->has_grid)
		return pcsc_fail(-ENOMEM, "no memory left");
	err = choose_functions(view->s, &shown->functions);
	if (!err)
		choose_grids(view, shown);
	return err;
}

void pcsc_shown_free(struct pcsc_shown *shown)
{
	pcsc_heaviest_free(&shown->functions);
	free(shown->has_grid);
}

static int print_bars(const struct pcsc_view *view)
{
	static const struct pcsc_by registers = { 1, { PCSC_BY_REGISTER } };
	const struct pcsc_by *by =
		view->options->by.nr ? &view->options->by : &registers;
	_cleanup_(pcsc_groups_free) struct pcsc_groups g = {};
	int err = pcsc_groups_make(view->s, view->regnames, by, &g);

	if (!err)
		pcsc_draw_bars(view, &g, true);
	return err;
}

static int print_grid(const struct pcsc_view *view)
{
	if (!view->shown->functions.nr)
		return pcsc_fail(
			-EINVAL,
			"'%s': none of the functions that are asked for was accessed: there is no grid",
			view->options->path);
	pcsc_draw_grid(view, view->shown->functions.rows[0].index, true);
	return 0;
}

int pcsc_print_picture(struct pcsc_view *view)
{
	_cleanup_(pcsc_shown_free) struct pcsc_shown shown = {};
	int err = pcsc_shown_make(view, &shown);

	if (err)
		return err;
	view->shown = &shown;
	switch (view->options->svg) {
	case PCSC_BARS:
		return print_bars(view);
	case PCSC_HEAT:
		return pcsc_draw_heat(view, true);
	case PCSC_GRID:
		return print_grid(view);
	default:
		return pcsc_draw_lanes(view, true);
	}
}
