// SPDX-License-Identifier: GPL-2.0-only
#include "table.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Where the other columns leave less, a line is wider than the terminal. */
#define LEAST_OF_LAST 20

struct layout {
	unsigned int width[PCSC_TABLE_COLUMNS];
	bool gone[PCSC_TABLE_COLUMNS];
};

/* "0", "0/0/0", and "-" for what there is none of. */
static bool is_zero(const char *cell)
{
	return strspn(cell, "0/-") == strlen(cell);
}

static void at_least(unsigned int *width, unsigned int wanted)
{
	if (*width < wanted)
		*width = wanted;
}

/* One pass over the rows, whose cells cost more than all else. */
static void measure_rows(const struct pcsc_table *t, struct layout *l)
{
	pcsc_cells cells;

	for (unsigned int c = 0; c < t->nr_columns; c++) {
		l->width[c] = strlen(t->columns[c].title);
		l->gone[c] = t->columns[c].may_go;
	}
	for (uint32_t row = 0; row < t->nr_rows; row++) {
		t->fill(t->context, row, cells);
		for (unsigned int c = 0; c < t->nr_columns; c++) {
			at_least(&l->width[c], strlen(cells[c]));
			l->gone[c] &= is_zero(cells[c]);
		}
	}
}

void pcsc_table_find_gone(const struct pcsc_table *t, bool *gone)
{
	struct layout l = {};

	measure_rows(t, &l);
	memcpy(gone, l.gone, t->nr_columns * sizeof(*gone));
}

/* As ps does: COLUMNS, else the terminal's width; what no terminal sees is whole. */
static unsigned int line_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize window;

	if (columns && strtoul(columns, NULL, 10) > LEAST_OF_LAST)
		return strtoul(columns, NULL, 10);
	if (!isatty(STDOUT_FILENO))
		return UINT_MAX;
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) || !window.ws_col ?
		       80 :
		       window.ws_col;
}

/* What the other columns leave to the last one. */
static unsigned int left_to_last(const struct pcsc_table *t,
				 const struct layout *l)
{
	const unsigned int line = line_width();
	unsigned int used = 0;

	for (unsigned int c = 0; c + 1 < t->nr_columns; c++)
		used += l->gone[c] ? 0 : l->width[c] + 1;
	if (line >= used + LEAST_OF_LAST)
		return line - used;
	return used < line + LEAST_OF_LAST ? line + LEAST_OF_LAST - used : 1;
}

static void measure(const struct pcsc_table *t, struct layout *l)
{
	const struct pcsc_column *column = t->columns;
	unsigned int last = t->nr_columns - 1;

	measure_rows(t, l);
	for (unsigned int c = 0; c < t->nr_columns; c++)
		if (column[c].most && l->width[c] > column[c].most)
			l->width[c] = column[c].most;
	if (column[last].left && l->width[last] > left_to_last(t, l))
		l->width[last] = left_to_last(t, l);
}

static void print_cell(const struct pcsc_column *column, unsigned int width,
		       bool is_last, const char *text)
{
	bool cut = strlen(text) > width && width > 2;

	if (cut)
		printf("%.*s..", (int)width - 2, text);
	else if (!column->left)
		printf("%*s", (int)width, text);
	else if (is_last)
		fputs(text, stdout);
	else
		printf("%-*s", (int)width, text);
}

static void print_row(const struct pcsc_table *t, const struct layout *l,
		      pcsc_cells cells)
{
	const char *space = "";

	for (unsigned int c = 0; c < t->nr_columns; c++) {
		if (l->gone[c])
			continue;
		fputs(space, stdout);
		print_cell(&t->columns[c], l->width[c], c + 1 == t->nr_columns,
			   cells[c]);
		space = " ";
	}
	putchar('\n');
}

void pcsc_table_print(const struct pcsc_table *t)
{
	struct layout l = {};
	pcsc_cells cells;

	measure(t, &l);
	for (unsigned int c = 0; c < t->nr_columns; c++)
		snprintf(cells[c], sizeof(cells[c]), "%s", t->columns[c].title);
	print_row(t, &l, cells);
	for (uint32_t row = 0; row < t->nr_rows; row++) {
		t->fill(t->context, row, cells);
		print_row(t, &l, cells);
	}
}
