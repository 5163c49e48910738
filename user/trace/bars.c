// SPDX-License-Identifier: GPL-2.0-only
/* Time in accesses by what they have in common: a bar is a share of all of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "markup.h"
#include "report.h"
#include "talk.h"

#define HEAD 48
#define ROW 40
#define BAR 8
/* Characters that have room beside the figures. */
#define LABEL 44
#define NARROW_LABEL 26

static void put_label(const struct pcsc_view *view,
		      const struct pcsc_groups *groups,
		      const struct pcsc_group *g, char label[PCSC_TABLE_CELL])
{
	char word[PCSC_TABLE_CELL];
	size_t used = 0;

	*label = '\0';
	for (unsigned int i = 0; i < groups->by.nr && used < PCSC_TABLE_CELL;
	     i++) {
		pcsc_put_group(view, groups, g, i, word);
		used += snprintf(label + used, PCSC_TABLE_CELL - used, "%s%s",
				 i ? ", " : "", word);
	}
}

static void put_counts(char words[128], const struct pcsc_group *g)
{
	char read[PCSC_TIME_SIZE], write[PCSC_TIME_SIZE];

	snprintf(words, 128,
		 "%" PRIu64 " %s %s, %" PRIu64 " %s %s, %" PRIu64 " failed",
		 g->reads, pcsc_noun(g->reads, "read", "reads"),
		 pcsc_time(g->read_ns, read), g->writes,
		 pcsc_noun(g->writes, "write", "writes"),
		 pcsc_time(g->write_ns, write), g->errors);
}

static void draw_label(const char *kind, int most, double y, const char *label)
{
	pcsc_svg_text(kind, 0, y + 12, "%.*s%s", most, label,
		      strlen(label) > (size_t)most ? "..." : "");
}

static void draw_bar(const struct pcsc_view *view,
		     const struct pcsc_groups *groups,
		     const struct pcsc_group *g, double y)
{
	const double whole = view->s->all.latency_sum_ns;
	const double reads = pcsc_percent(g->read_ns, whole);
	const double writes = pcsc_percent(g->write_ns, whole);
	char label[PCSC_TABLE_CELL], counts[128], time[PCSC_TIME_SIZE];

	put_label(view, groups, g, label);
	put_counts(counts, g);
	pcsc_svg_mark("%s: %.1f %% of the time, %s", label, reads + writes,
		      counts);
	draw_label("label wide", LABEL, y, label);
	draw_label("label narrow", NARROW_LABEL, y, label);
	pcsc_svg_text_at("value end", 100, y + 12, "%.1f %%, %s",
			 reads + writes, pcsc_time(pcsc_group_ns(g), time));
	pcsc_svg_share("track", 0, y + 19, 100, BAR);
	if (g->read_ns)
		pcsc_svg_share("reads", 0, y + 19, reads, BAR);
	if (g->write_ns)
		pcsc_svg_share("writes", reads, y + 19, writes, BAR);
	pcsc_svg_mark_end();
}

static void put_heading(const struct pcsc_by *by, char heading[64])
{
	size_t used = snprintf(heading, 64, "Time by ");

	for (unsigned int i = 0; i < by->nr && used < 64; i++)
		used += snprintf(heading + used, 64 - used, "%s%s",
				 i ? " and " : "",
				 pcsc_facet_key(by->facets[i]));
}

void pcsc_draw_bars(const struct pcsc_view *view, struct pcsc_groups *groups,
		    bool alone)
{
	const unsigned int top = view->options->top;
	const size_t nr = top && top < groups->nr ? top : groups->nr;
	char heading[64];
	struct pcsc_canvas canvas = {
		.kind = "bars",
		.label = heading,
		.height = HEAD + ROW * (nr + (nr < groups->nr)),
		.alone = alone,
	};

	put_heading(&groups->by, heading);
	pcsc_groups_sort(groups, view->options->sort);
	pcsc_svg_begin(&canvas);
	pcsc_svg_text("heading", 0, 14, "%s", heading);
	pcsc_svg_key("writes", pcsc_svg_key("reads", 0, 34, "reads"), 34,
		     "writes");
	for (size_t i = 0; i < nr; i++)
		draw_bar(view, groups, &groups->groups[i], HEAD + ROW * i);
	if (nr < groups->nr)
		pcsc_svg_text("faint", 0, HEAD + ROW * nr + 14.0,
			      "and %zu more", groups->nr - nr);
	pcsc_svg_end(&canvas);
}
