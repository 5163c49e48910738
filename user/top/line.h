/* SPDX-License-Identifier: GPL-2.0-only */
/* One line of the table. */
#ifndef PCSC_TOP_LINE_H
#define PCSC_TOP_LINE_H

#include "top/columns.h"
#include "top/table.h"

#define LINE_WIDTH 512 /* the most */
#define LINE_SIZE (4 * LINE_WIDTH + 1)

/* The titles; the one that the table is sorted by has a sign: v down, ^ up. */
void line_heads(char line[LINE_SIZE], const struct layout *l,
		const struct order *o);

void line_row(char line[LINE_SIZE], const struct layout *l,
	      const struct model *m, const struct row *row, bool utf8);

#endif
