/* SPDX-License-Identifier: GPL-2.0-only */
/* Tables for people: each column is as wide as what is in it. */
#ifndef PCSC_TABLE_H
#define PCSC_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define PCSC_TABLE_COLUMNS 20
#define PCSC_TABLE_CELL 288

struct pcsc_column {
	const char *title;
	bool left; /* aligned; else right */
	bool may_go; /* left out if it is zero in every row */
	unsigned int most; /* characters; 0: as many as there are */
};

typedef char pcsc_cells[PCSC_TABLE_COLUMNS][PCSC_TABLE_CELL];

struct pcsc_table {
	const struct pcsc_column *columns;
	unsigned int
		nr_columns; /* the last one is cut to fit into a terminal's line */
	uint32_t nr_rows;
	/* The cells of a row; asked twice for each. */
	void (*fill)(const void *context, uint32_t row, pcsc_cells cells);
	const void *context;
};

void pcsc_table_print(const struct pcsc_table *t);
/* Which columns are left out: @gone has one for each. */
void pcsc_table_find_gone(const struct pcsc_table *t, bool *gone);

#endif
