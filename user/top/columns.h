/* SPDX-License-Identifier: GPL-2.0-only */
/* The columns of the table: what they are called, what is in them, by what they sort. */
#ifndef PCSC_TOP_COLUMNS_H
#define PCSC_TOP_COLUMNS_H

#include "top/model.h"

/* In the order in which they are shown. */
enum column {
	COL_ADDRESS,
	COL_STATE,
	COL_NOW_READS,
	COL_NOW_HITS,
	COL_NOW_RATE,
	COL_NOW_HARDWARE,
	COL_NOW_SAVED,
	COL_ALL_READS,
	COL_ALL_HITS,
	COL_ALL_RATE,
	COL_ALL_HARDWARE,
	COL_ALL_SAVED,
	COL_WRITES,
	COL_OWN,
	COL_CACHED,
	COL_DEMOTED,
	COL_MISMATCHES,
	COL_PF,
	COL_DRIVER,
	COL_DEVICE,
	COLUMNS,
};

/* Counts come twice: of the interval, and of all. @to is 'n' or 'a'. */
enum column column_of(enum column c, bool all);

struct column_type {
	const char *title;
	const char *name; /* for --sort; NULL: the one of the interval has it */
	char key; /* the letter that sorts by it; 0: none */
	int width;
	bool left; /* text, which sorts from A on */
};

extern const struct column_type column_types[COLUMNS];

/* COLUMNS: there is none of that name, or letter. */
enum column column_named(const char *name);
enum column column_by_key(int key);

#define CELL_SIZE 160

/* What is in it, as people read it. "-": nothing is known. */
const char *column_cell(enum column c, const struct model *m,
			const struct row *row, char buf[CELL_SIZE]);

/* To sort by: larger is more. Text has none, but column_text(). */
double column_value(enum column c, const struct model *m,
		    const struct row *row);
const char *column_text(enum column c, const struct model *m,
			const struct row *row);

/* Which columns fit into @width, by their importance. The last one gets the rest. */
struct layout {
	unsigned int nr;
	struct {
		enum column column;
		int width;
	} of[COLUMNS];
};

void layout_make(struct layout *l, const struct model *m, int width, bool all);

#endif
