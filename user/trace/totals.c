// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "array.h"
#include "report.h"
#include "talk.h"

static const struct pcsc_column total_columns[] = {
	{ .title = "TIME ms" },
	{ .title = "%" },
	{ .title = "BY", .left = true },
	{ .title = "READS" },
	{ .title = "WRITES" },
	{ .title = "ERR", .may_go = true },
	{ .title = "ALL-ONES", .may_go = true },
	{ .title = "CHANGES" },
	{ .title = "SILENT" },
	{ .title = "REPEATS" },
	{ .title = "READ us" },
	{ .title = "WRITE us" },
};

static void fill_total(const void *context, uint32_t row, pcsc_cells cells)
{
	const struct pcsc_summary *s = context;
	const struct pcsc_tally *t =
		row < PCSC_REC_FAMILIES ? &s->family[row] : &s->all;

	pcsc_put_time(s, cells, 0, t->latency_sum_ns);
	pcsc_put(cells[2], "%s",
		 row < PCSC_REC_FAMILIES ? pcsc_family_names[row] : "all");
	pcsc_put_count(cells[3], t->reads);
	pcsc_put_count(cells[4], t->writes);
	pcsc_put_count(cells[5], t->errors);
	pcsc_put_count(cells[6], t->all_ones);
	pcsc_put_count(cells[7], t->changes);
	pcsc_put_count(cells[8], t->silent_changes);
	pcsc_put(cells[9], "%.1f%%", pcsc_percent(t->repeats, t->reads));
	pcsc_put_mean(cells[10], t->clean.read_ns, t->clean.reads);
	pcsc_put_mean(cells[11], t->clean.write_ns, t->clean.writes);
}

void pcsc_print_totals(const struct pcsc_summary *s)
{
	const struct pcsc_table table = {
		.columns = total_columns,
		.nr_columns = ARRAY_SIZE(total_columns),
		.nr_rows = PCSC_REC_FAMILIES + 1,
		.fill = fill_total,
		.context = s,
	};

	putchar('\n');
	pcsc_table_print(&table);
	printf("%u %s (%u %s), %u %s\n", s->nr_functions,
	       pcsc_noun(s->nr_functions, "function", "functions"), s->nr_vfs,
	       pcsc_noun(s->nr_vfs, "VF", "VFs"), s->all.registers,
	       pcsc_noun(s->all.registers, "register", "registers"));
}
