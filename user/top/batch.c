// SPDX-License-Identifier: GPL-2.0-only
#include "batch.h"

#include <stdio.h>
#include <string.h>

#include "top/format.h"
#include "top/line.h"
#include "top/summary.h"

#define ALL_COLUMNS 240

static void put(const char *line)
{
	size_t n = strlen(line);

	while (n && line[n - 1] == ' ')
		n--;
	printf("%.*s\n", (int)n, line);
}

static void put_summary(const struct model *m, const struct batch_style *style)
{
	const struct summary_style how = {
		.width = style->width && style->width < SUMMARY_WIDTH ?
				 (int)style->width :
				 SUMMARY_WIDTH - 1,
		.lines = SUMMARY_LINES,
		.interval = style->interval,
		.dir = style->dir,
	};
	struct summary s;

	summary_make(&s, m, &how);
	for (int i = 0; i < s.nr; i++) {
		s.line[i].text[format_bytes(s.line[i].text, how.width)] = '\0';
		put(s.line[i].text);
	}
}

void batch_text(const struct model *m, const struct table *t,
		const struct batch_style *style)
{
	struct layout layout;
	char line[LINE_SIZE];

	put_summary(m, style);
	puts("");
	if (!m->up || m->err)
		return;
	layout_make(&layout, m, style->width ? (int)style->width : ALL_COLUMNS,
		    t->order.all);
	line_heads(line, &layout, &t->order);
	put(line);
	for (uint32_t i = 0; i < t->nr && (!style->lines || i < style->lines);
	     i++) {
		line_row(line, &layout, m, table_row(t, m, i), true);
		put(line);
	}
	puts("");
}
