/* SPDX-License-Identifier: GPL-2.0-only */
/* The pictures of a report: each one is in its page, and can be had alone. */
#ifndef PCSC_PICTURE_H
#define PCSC_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "heaviest.h"

struct pcsc_groups;
struct pcsc_view;

enum pcsc_picture {
	PCSC_NO_PICTURE,
	PCSC_BARS,
	PCSC_HEAT,
	PCSC_GRID,
	PCSC_LANES,
	PCSC_PICTURES,
};

/* 0 or -EINVAL after a sentence. */
int pcsc_picture_parse(enum pcsc_picture *picture, const char *text);

/* What a page has room for. */
struct pcsc_shown {
	struct pcsc_heaviest functions; /* those with most time */
	bool *has_grid; /* by function: there was room for its registers, too */
	uint32_t nr_grids;
};

/* 0 or a negative errno, said. Free with pcsc_shown_free() in either case. */
int pcsc_shown_make(const struct pcsc_view *view, struct pcsc_shown *shown);
void pcsc_shown_free(struct pcsc_shown *shown);

/* One picture, as a file. 0 or a negative errno, said. */
int pcsc_print_picture(struct pcsc_view *view);

/* ---- bars.c: time by what accesses have in common ---- */

void pcsc_draw_bars(const struct pcsc_view *view, struct pcsc_groups *groups,
		    bool alone);

/* ---- heat.c: latencies of the functions shown ---- */

int pcsc_draw_heat(const struct pcsc_view *view, bool alone);
/* What is in it. */
int pcsc_print_heat(const struct pcsc_view *view);

/* ---- grid.c: the configuration space of a function ---- */

void pcsc_draw_grid(const struct pcsc_view *view, uint32_t function,
		    bool alone);

/* ---- lanes.c: visits, side by side ---- */

/* So many of them are drawn. */
uint32_t pcsc_count_lanes(const struct pcsc_view *view);
int pcsc_draw_lanes(const struct pcsc_view *view, bool alone);
/* What is in it. */
int pcsc_print_lanes(const struct pcsc_view *view);

#endif
