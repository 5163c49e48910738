// SPDX-License-Identifier: GPL-2.0-only
#include "line.h"

#include <stdio.h>

#include "top/format.h"

/* What is behind the widest line is cut off. */
static int cell_width(const struct layout *l, unsigned int i, int used)
{
	const int left = LINE_WIDTH - used - 1;

	return l->of[i].width < left ? l->of[i].width : left;
}

void line_heads(char line[LINE_SIZE], const struct layout *l,
		const struct order *o)
{
	const enum column by = column_of(o->by, o->all);
	const char sign = order_is_down(o) ? 'v' : '^';
	char title[32];
	int used = 0, width;
	char *at = line;

	for (unsigned int i = 0; i < l->nr; i++) {
		const struct column_type *c = &column_types[l->of[i].column];

		width = cell_width(l, i, used);
		snprintf(title, sizeof(title), "%s", c->title);
		if (l->of[i].column == by)
			snprintf(title, sizeof(title), "%c %s", sign, c->title);
		if (i)
			*at++ = ' ';
		at += format_fit(at, title, width, c->left, false);
		used += width + 1;
	}
	*at = '\0';
}

void line_row(char line[LINE_SIZE], const struct layout *l,
	      const struct model *m, const struct row *row, bool utf8)
{
	char cell[CELL_SIZE];
	int used = 0, width;
	char *at = line;

	for (unsigned int i = 0; i < l->nr; i++) {
		const enum column c = l->of[i].column;

		width = cell_width(l, i, used);
		if (i)
			*at++ = ' ';
		at += format_fit(at, column_cell(c, m, row, cell), width,
				 column_types[c].left, utf8);
		used += width + 1;
	}
	*at = '\0';
}
