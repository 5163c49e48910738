// SPDX-License-Identifier: GPL-2.0-only
/* The tables of a report: what takes most time stands first. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "cleanup.h"
#include "regname.h"
#include "report.h"
#include "talk.h"

static void put_resets(char cell[PCSC_TABLE_CELL],
		       const uint32_t counts[PCSC_REC_RESETS])
{
	pcsc_put(cell, "%u/%u/%u", counts[PCSC_REC_RESET_FLR],
		 counts[PCSC_REC_RESET_PM], counts[PCSC_REC_RESET_BUS]);
}

/* How many rows of @nr there will be, and the line above them. */
static uint32_t print_limit(uint64_t nr, unsigned int top, const char *one,
			    const char *many, const char *order)
{
	if (!top || nr <= top) {
		printf("\n%" PRIu64 " %s, latencies in us:\n", nr,
		       pcsc_noun(nr, one, many));
		return nr;
	}
	printf("\nThe first %u of %" PRIu64
	       " %s by %s, latencies in us (-n sets how many):\n",
	       top, nr, many, order);
	return top;
}

static const char *order_of(const struct pcsc_view *view)
{
	return pcsc_sort_words[view->options->sort];
}

/* ---- groups ---- */

static const struct pcsc_column group_columns[] = {
	{ .title = "TIME ms" },
	{ .title = "%" },
	{ .title = "READS", .may_go = true },
	{ .title = "MEAN", .may_go = true },
	{ .title = "WRITES", .may_go = true },
	{ .title = "MEAN", .may_go = true },
	{ .title = "ERR", .may_go = true },
	{ .title = "MAX", .may_go = true },
	{ .title = "REPEATS", .may_go = true },
	{ .title = "FNS" },
};

#define GROUP_COLUMNS ARRAY_SIZE(group_columns)

struct group_rows {
	const struct pcsc_view *view;
	const struct pcsc_groups *groups;
};

/* A device is a number for machines, and a name for people. */
static void put_label(const struct group_rows *rows, const struct pcsc_group *g,
		      unsigned int nth, char cell[PCSC_TABLE_CELL])
{
	const struct pcsc_rec *rec = rows->view->s->rec;
	const struct pcsc_rec_function *f = &rec->functions[g->function];
	const enum pcsc_facet facet = rows->groups->by.facets[nth];
	char buf[64], name[PCSC_TABLE_CELL];

	pcsc_put(cell, "%s",
		 pcsc_groups_label(rows->groups, g, nth, buf, sizeof(buf)));
	if (facet != PCSC_BY_MODEL || !(f->flags & PCSC_REC_FN_IDS))
		return;
	pcsc_put_name(name, f, rows->view->names);
	pcsc_put(cell, "%.9s %.250s", buf, name);
}

static void put_most(char cell[PCSC_TABLE_CELL], const struct pcsc_group *g)
{
	pcsc_put_us(cell, g->read_max_ns > g->write_max_ns ? g->read_max_ns :
							     g->write_max_ns);
}

static void fill_group(const void *context, uint32_t row, pcsc_cells cells)
{
	const struct group_rows *rows = context;
	const struct pcsc_group *g = &rows->groups->groups[row];

	pcsc_put_time(rows->view->s, cells, 0, pcsc_group_ns(g));
	pcsc_put_count(cells[2], g->reads);
	pcsc_put_mean(cells[3], g->read_ns, g->reads);
	pcsc_put_count(cells[4], g->writes);
	pcsc_put_mean(cells[5], g->write_ns, g->writes);
	pcsc_put_count(cells[6], g->errors);
	put_most(cells[7], g);
	pcsc_put(cells[8], "0");
	/* If two callers read a register, nobody knows whose read is the repeat. */
	if (!pcsc_by_has(&rows->groups->by, PCSC_BY_CALLER))
		pcsc_put_count(cells[8], g->repeats);
	else
		pcsc_put(cells[7], "0");
	pcsc_put_count(cells[9], g->functions);
	for (unsigned int i = 0; i < rows->groups->by.nr; i++)
		put_label(rows, g, i, cells[GROUP_COLUMNS + i]);
}

/* "model and register" */
static const char *words_of(const struct pcsc_by *by, char *buf, size_t size)
{
	size_t used = 0;

	*buf = '\0';
	for (unsigned int i = 0; i < by->nr && used < size; i++)
		used += snprintf(buf + used, size - used, "%s%s",
				 i ? " and " : "",
				 pcsc_facet_title(by->facets[i]));
	return buf;
}

static void print_groups_head(const struct pcsc_view *view,
			      const struct pcsc_groups *g, uint32_t nr)
{
	char words[128];

	printf("\nBy %s", words_of(&g->by, words, sizeof(words)));
	if (nr < g->nr)
		printf(", the first %u of %zu by %s (-n sets how many)", nr,
		       g->nr, order_of(view));
	puts(", latencies in us:");
}

int pcsc_print_groups(const struct pcsc_view *view, const struct pcsc_by *by)
{
	struct pcsc_column columns[GROUP_COLUMNS + PCSC_MOST_FACETS];
	_cleanup_(pcsc_groups_free) struct pcsc_groups groups = {};
	const struct group_rows rows = { view, &groups };
	const unsigned int top = view->options->top;
	struct pcsc_table table = {
		.columns = columns,
		.nr_columns = GROUP_COLUMNS + by->nr,
		.fill = fill_group,
		.context = &rows,
	};
	int err = pcsc_groups_make(view->s, by, &groups);

	if (err)
		return err;
	memcpy(columns, group_columns, sizeof(group_columns));
	for (unsigned int i = 0; i < by->nr; i++)
		columns[GROUP_COLUMNS + i] = (struct pcsc_column){
			.title = pcsc_facet_title(by->facets[i]),
			.left = true,
		};
	pcsc_groups_sort(&groups, view->options->sort);
	table.nr_rows = top && top < groups.nr ? top : groups.nr;
	print_groups_head(view, &groups, table.nr_rows);
	pcsc_table_print(&table);
	return 0;
}

/* ---- rows of single things ---- */

/* The heaviest first; equal ones stay in the recording's order. */
struct row {
	uint64_t weight;
	uint32_t index;
};

static int compare_rows(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

struct rows {
	const struct pcsc_view *view;
	struct row *rows;
	struct pcsc_regnames *regnames;
};

/* ---- functions ---- */

static const struct pcsc_column function_columns[] = {
	{ .title = "FUNCTION", .left = true },
	{ .title = "TIME ms" },
	{ .title = "%" },
	{ .title = "READS" },
	{ .title = "WRITES", .may_go = true },
	{ .title = "ERR", .may_go = true },
	{ .title = "ONES", .may_go = true },
	{ .title = "CHANGES", .may_go = true },
	{ .title = "MEAN" },
	{ .title = "WR-MEAN", .may_go = true },
	{ .title = "RESETS", .may_go = true },
	{ .title = "DRIVER", .left = true, .most = 10 },
	{ .title = "NAME", .left = true },
};

static void fill_function(const void *context, uint32_t row, pcsc_cells cells)
{
	const struct rows *r = context;
	const struct pcsc_summary *s = r->view->s;
	uint32_t i = r->rows[row].index;
	const struct pcsc_rec_function *f = &s->rec->functions[i];
	const struct pcsc_tally *t = &s->functions[i];

	pcsc_bdf_format(cells[0], f->domain, f->bus, f->devfn);
	pcsc_put_time(s, cells, 1, t->latency_sum_ns);
	pcsc_put_count(cells[3], t->reads);
	pcsc_put_count(cells[4], t->writes);
	pcsc_put_count(cells[5], t->errors);
	pcsc_put_count(cells[6], t->all_ones);
	pcsc_put_count(cells[7], t->changes);
	pcsc_put_mean(cells[8], t->latency_sum_ns - t->write_sum_ns, t->reads);
	pcsc_put_mean(cells[9], t->write_sum_ns, t->writes);
	put_resets(cells[10], f->resets);
	pcsc_put(cells[11], "%s", f->driver[0] ? f->driver : "-");
	pcsc_put_name(cells[12], f, r->view->names);
}

static uint64_t weigh_function(const struct pcsc_tally *t, enum pcsc_sort sort)
{
	switch (sort) {
	case PCSC_SORT_READS:
		return t->reads;
	case PCSC_SORT_WRITES:
		return t->writes;
	case PCSC_SORT_REPEATS:
		return t->repeats;
	case PCSC_SORT_MAX:
		return t->latency_max_ns;
	default:
		return t->latency_sum_ns;
	}
}

int pcsc_print_functions(const struct pcsc_view *view)
{
	const struct pcsc_summary *s = view->s;
	_cleanup_free_ struct row *rows =
		calloc(s->nr_functions + 1ull, sizeof(*rows));
	const struct rows context = { view, rows, NULL };
	struct pcsc_table table = {
		.columns = function_columns,
		.nr_columns = ARRAY_SIZE(function_columns),
		.fill = fill_function,
		.context = &context,
	};
	uint32_t nr = 0;

	if (!rows)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < s->rec->header.nr_functions; i++)
		if (s->functions[i].registers)
			rows[nr++] = (struct row){ weigh_function(
							   &s->functions[i],
							   view->options->sort),
						   i };
	qsort(rows, nr, sizeof(*rows), compare_rows);
	table.nr_rows = print_limit(nr, view->options->top, "function",
				    "functions", order_of(view));
	pcsc_table_print(&table);
	return 0;
}

/* ---- processes ---- */

static const struct pcsc_column process_columns[] = {
	{ .title = "PID" },
	{ .title = "TIME ms" },
	{ .title = "%" },
	{ .title = "READS" },
	{ .title = "WRITES", .may_go = true },
	{ .title = "ERR", .may_go = true },
	{ .title = "FROM s" },
	{ .title = "TO s" },
	{ .title = "COMMAND, AND WHO STARTED IT", .left = true },
};

static void put_ancestry(char cell[PCSC_TABLE_CELL], const struct pcsc_rec *rec,
			 const struct pcsc_rec_process *p)
{
	size_t used;

	pcsc_put(cell, "%s", rec->callers[p->caller].name);
	for (int i = 0; i < PCSC_REC_ANCESTORS && p->ancestors[i]; i++) {
		used = strlen(cell);
		snprintf(cell + used, PCSC_TABLE_CELL - used, " < %s",
			 p->names[i]);
	}
}

static void fill_process(const void *context, uint32_t row, pcsc_cells cells)
{
	const struct rows *r = context;
	const struct pcsc_summary *s = r->view->s;
	const struct pcsc_rec_process *p =
		&s->rec->processes[r->rows[row].index];

	pcsc_put_count(cells[0], p->pid);
	pcsc_put_time(s, cells, 1, p->read_ns + p->write_ns);
	pcsc_put_count(cells[3], p->reads);
	pcsc_put_count(cells[4], p->writes);
	pcsc_put_count(cells[5], p->errors);
	pcsc_put(cells[6], "%.3f", p->first_ns / 1e9);
	pcsc_put(cells[7], "%.3f", p->last_ns / 1e9);
	put_ancestry(cells[8], s->rec, p);
}

int pcsc_print_processes(const struct pcsc_view *view)
{
	const struct pcsc_rec *rec = view->s->rec;
	const uint32_t nr = rec->header.nr_processes;
	_cleanup_free_ struct row *rows = calloc(nr + 1ull, sizeof(*rows));
	const struct rows context = { view, rows, NULL };
	struct pcsc_table table = {
		.columns = process_columns,
		.nr_columns = ARRAY_SIZE(process_columns),
		.fill = fill_process,
		.context = &context,
	};

	/* A process is not counted by function: of some of them it says nothing. */
	if (!nr || view->s->nr_functions < rec->header.nr_functions)
		return 0;
	if (!rows)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < nr; i++)
		rows[i] = (struct row){ rec->processes[i].read_ns +
						rec->processes[i].write_ns,
					i };
	qsort(rows, nr, sizeof(*rows), compare_rows);
	table.nr_rows = print_limit(nr, view->options->top, "process",
				    "processes", "time");
	pcsc_table_print(&table);
	if (rec->header.processes_left_out)
		printf("Accesses of more processes than there was room for: %" PRIu64
		       "\n",
		       rec->header.processes_left_out);
	return 0;
}

/* ---- registers ---- */

static const struct pcsc_column register_columns[] = {
	{ .title = "FUNCTION", .left = true },
	{ .title = "REG", .left = true },
	{ .title = "BY", .left = true },
	{ .title = "TIME ms" },
	{ .title = "%" },
	{ .title = "READS" },
	{ .title = "MEAN", .may_go = true },
	{ .title = "WRITES", .may_go = true },
	{ .title = "MEAN", .may_go = true },
	{ .title = "ERR", .may_go = true },
	{ .title = "ONES", .may_go = true },
	{ .title = "CHANGES", .may_go = true },
	{ .title = "SILENT", .may_go = true },
	{ .title = "FIRST" },
	{ .title = "LAST" },
	{ .title = "KEPT", .may_go = true },
	{ .title = "NAME", .left = true },
};

static void put_values(pcsc_cells cells, int first, int last,
		       const struct pcsc_rec_register *r)
{
	pcsc_put(cells[first], "-");
	pcsc_put(cells[last], "-");
	if (r->reads == r->all_ones)
		return;
	pcsc_put(cells[first], "%0*x", 2 * r->width, r->first);
	pcsc_put(cells[last], "=");
	if (r->last != r->first)
		pcsc_put(cells[last], "%0*x", 2 * r->width, r->last);
}

static void fill_register(const void *context, uint32_t row, pcsc_cells cells)
{
	const struct rows *rows = context;
	const struct pcsc_summary *s = rows->view->s;
	const struct pcsc_rec_register *r =
		&s->rec->registers[rows->rows[row].index];
	const struct pcsc_rec_function *f = &s->rec->functions[r->function];
	char name[PCSC_REGNAME_SIZE];

	pcsc_bdf_format(cells[0], f->domain, f->bus, f->devfn);
	pcsc_put(cells[1], "%03x.%c", r->offset, " bw l"[r->width]);
	pcsc_put(cells[2], "%s", pcsc_family_names[r->family]);
	pcsc_put_time(s, cells, 3, r->latency_sum_ns);
	pcsc_put_count(cells[5], r->reads);
	pcsc_put_mean(cells[6], r->latency_sum_ns - r->write_sum_ns, r->reads);
	pcsc_put_count(cells[7], r->writes);
	pcsc_put_mean(cells[8], r->write_sum_ns, r->writes);
	pcsc_put_count(cells[9], r->errors);
	pcsc_put_count(cells[10], r->all_ones);
	pcsc_put_count(cells[11], r->changes);
	pcsc_put_count(cells[12], r->silent_changes);
	put_values(cells, 13, 14, r);
	put_resets(cells[15], r->survived);
	pcsc_regname(rows->regnames, r, name);
	pcsc_put(cells[16], "%s", name);
}

static uint64_t weigh_register(const struct pcsc_rec_register *r,
			       enum pcsc_sort sort)
{
	switch (sort) {
	case PCSC_SORT_READS:
		return r->reads;
	case PCSC_SORT_WRITES:
		return r->writes;
	case PCSC_SORT_REPEATS:
		return pcsc_register_repeats(r);
	case PCSC_SORT_MAX:
		return r->latency_max_ns;
	default:
		return r->latency_sum_ns;
	}
}

int pcsc_print_registers(const struct pcsc_view *view)
{
	const struct pcsc_summary *s = view->s;
	const struct pcsc_rec *rec = s->rec;
	_cleanup_free_ struct row *rows =
		calloc(s->all.registers + 1ull, sizeof(*rows));
	struct pcsc_regnames regnames;
	const struct rows context = { view, rows, &regnames };
	struct pcsc_table table = {
		.columns = register_columns,
		.nr_columns = ARRAY_SIZE(register_columns),
		.fill = fill_register,
		.context = &context,
	};
	uint32_t nr = 0;

	if (!rows)
		return pcsc_fail(-ENOMEM, "no memory left");
	pcsc_regnames_init(&regnames, rec);
	for (uint32_t i = 0; i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];

		if (s->chosen[r->function])
			rows[nr++] = (struct row){
				weigh_register(r, view->options->sort), i
			};
	}
	qsort(rows, nr, sizeof(*rows), compare_rows);
	table.nr_rows = print_limit(nr, view->options->top, "register",
				    "registers", order_of(view));
	pcsc_table_print(&table);
	return 0;
}
