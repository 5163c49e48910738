/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * HTML and SVG on stdout. What a recording says is text in it and never markup:
 * whatever comes from one goes through pcsc_put_text().
 */
#ifndef PCSC_MARKUP_H
#define PCSC_MARKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "table.h"

void pcsc_put_text(const char *text);

/* In a <details>, as wide as it likes to be in a box of its own. */
void pcsc_html_table(const char *caption, const struct pcsc_table *t);

/* An SVG, inside a page or as a file of its own. */
struct pcsc_canvas {
	const char *kind; /* its class */
	const char *label; /* for those who do not see it */
	double width; /* 0: as wide as its place; shares of it are in percent */
	double height;
	bool alone;
};

void pcsc_svg_begin(const struct pcsc_canvas *c);
void pcsc_svg_end(const struct pcsc_canvas *c);

/* Things that can be pointed at are between these two, and say what they are. */
void pcsc_svg_mark(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
void pcsc_svg_mark_end(void);

/* In percent of the width from @x on; too narrow ones are seen all the same. */
void pcsc_svg_share(const char *kind, double x, double y, double width,
		    double height);
void pcsc_svg_rect(const char *kind, double x, double y, double width,
		   double height);
void pcsc_svg_text(const char *kind, double x, double y, const char *format,
		   ...) __attribute__((format(printf, 4, 5)));
/* At @x percent of the width. */
void pcsc_svg_text_at(const char *kind, double x, double y, const char *format,
		      ...) __attribute__((format(printf, 4, 5)));

/* One of these kinds of colours, and the words beside it; where the next one begins. */
double pcsc_svg_key(const char *kind, double x, double y, const char *words);

#define PCSC_LEVELS 7

/* 1 to PCSC_LEVELS: how many of @steps @n has reached; 0: none. */
unsigned int pcsc_level(const uint32_t steps[PCSC_LEVELS], uint64_t n);
/* The key to them; where the next one begins. */
double pcsc_svg_levels(const char *kind, double x, double y,
		       const uint32_t steps[PCSC_LEVELS]);

#endif
