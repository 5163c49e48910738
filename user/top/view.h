/* SPDX-License-Identifier: GPL-2.0-only */
/* The screen: what a person looks at, and has chosen. */
#ifndef PCSC_TOP_VIEW_H
#define PCSC_TOP_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "top/bytes.h"
#include "top/model.h"
#include "top/table.h"

enum page {
	PAGE_LIST,
	PAGE_BYTES, /* one function */
	PAGE_HELP,
};

struct view {
	struct model *model;
	struct table *table;
	double interval;
	const char *dir; /* of stats */

	enum page page, back; /* what is left by leaving help */
	bool quit, paused;
	bool renew; /* read at once */
	bool ask; /* for one function's bytes only */
	bool utf8;

	/* The list. Until it is moved, the bar stays in the first line. */
	struct layout layout;
	bool moved;
	uint64_t chosen; /* the address under the bar */
	uint32_t bar, first, room; /* line numbers in the table */
	bool typing;
	char before[TEXT_SIZE]; /* the filter, in case it is given up */

	/* One function. */
	struct sample_address of;
	bool map;
	uint32_t line, lines, page_lines; /* of its registers */
	struct bytes bytes;
};

/* After the model or the order has changed. */
void view_renew(struct view *v);

/* A key, or KEY_RESIZE: draw anew afterwards. */
void view_key(struct view *v, int key);

void draw(struct view *v);
void draw_list(struct view *v);
void draw_bytes(struct view *v);
void draw_help(struct view *v);

#endif
