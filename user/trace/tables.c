// SPDX-License-Identifier: GPL-2.0-only
/* The tables of a report: what takes most time stands first. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "cleanup.h"
#include "heaviest.h"
#include "report.h"
#include "talk.h"

static void put_resets(char cell[PCSC_TABLE_CELL],
		       const uint32_t counts[PCSC_REC_RESETS])
{
	pcsc_put(cell, "%u/%u/%u", counts[PCSC_REC_RESET_FLR],
		 counts[PCSC_REC_RESET_PM], counts[PCSC_REC_RESET_BUS]);
}

#define CAPTION 192

/* The line above the rows. */
static const char *limit(char caption[static CAPTION],
			 const struct pcsc_heaviest *h, const char *one,
			 const char *many, const char *order)
{
	if (h->nr == h->met)
		snprintf(caption, CAPTION, "%u %s, latencies in us", h->met,
			 pcsc_noun(h->met, one, many));
	else
		snprintf(
			caption, CAPTION,
			"The first %u of %u %s by %s, latencies in us (-n sets how many)",
			h->nr, h->met, many, order);
	return caption;
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
void pcsc_put_group(const struct pcsc_view *view,
		    const struct pcsc_groups *groups,
		    const struct pcsc_group *g, unsigned int nth,
		    char cell[PCSC_TABLE_CELL])
{
	const struct pcsc_rec_function *f =
		&view->s->rec->functions[g->function];
	char buf[64], name[PCSC_TABLE_CELL];

	pcsc_put(cell, "%s",
		 pcsc_groups_label(groups, g, nth, buf, sizeof(buf)));
	if (groups->by.facets[nth] != PCSC_BY_MODEL ||
	    !(f->flags & PCSC_REC_FN_IDS))
		return;
	pcsc_put_name(name, f, view->names);
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
	pcsc_put_mean(cells[3], g->clean.read_ns, g->clean.reads);
	pcsc_put_count(cells[4], g->writes);
	pcsc_put_mean(cells[5], g->clean.write_ns, g->clean.writes);
	pcsc_put_count(cells[6], g->errors);
	put_most(cells[7], g);
	pcsc_put(cells[8], "0");
	/* If two callers read a register, nobody knows whose read is the repeat. */
	if (!pcsc_by_tells_parts(&rows->groups->by))
		pcsc_put_count(cells[8], g->repeats);
	else
		pcsc_put(cells[7], "0");
	pcsc_put_count(cells[9], g->functions);
	for (unsigned int i = 0; i < rows->groups->by.nr; i++)
		pcsc_put_group(rows->view, rows->groups, g, i,
			       cells[GROUP_COLUMNS + i]);
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

static const char *groups_head(char caption[static CAPTION],
			       const struct pcsc_view *view,
			       const struct pcsc_groups *g, uint32_t nr)
{
	char words[96], first[64] = "";

	if (nr < g->nr)
		snprintf(first, sizeof(first),
			 ", the first %u of %zu by %s (-n sets how many)", nr,
			 g->nr,
			 pcsc_sort_words[pcsc_sort_of(&g->by,
						      view->options->sort)]);
	snprintf(caption, CAPTION, "By %s%s, latencies in us",
		 words_of(&g->by, words, sizeof(words)), first);
	return caption;
}

void pcsc_print_groups(const struct pcsc_view *view, struct pcsc_groups *groups)
{
	struct pcsc_column columns[GROUP_COLUMNS + PCSC_MOST_FACETS];
	const struct group_rows rows = { view, groups };
	const struct pcsc_by *by = &groups->by;
	const unsigned int top = view->options->top;
	struct pcsc_table table = {
		.columns = columns,
		.nr_columns = GROUP_COLUMNS + by->nr,
		.nr_rows = top && top < groups->nr ? top : groups->nr,
		.fill = fill_group,
		.context = &rows,
	};

	char caption[CAPTION];

	memcpy(columns, group_columns, sizeof(group_columns));
	for (unsigned int i = 0; i < by->nr; i++)
		columns[GROUP_COLUMNS + i] = (struct pcsc_column){
			.title = pcsc_facet_title(by->facets[i]),
			.left = true,
		};
	pcsc_groups_sort(groups, view->options->sort);
	view->table(groups_head(caption, view, groups, table.nr_rows), &table);
}

/* ---- rows of single things ---- */

struct rows {
	const struct pcsc_view *view;
	struct pcsc_heaviest heaviest;
};

static void rows_free(struct rows *r)
{
	pcsc_heaviest_free(&r->heaviest);
}

static void
print_rows(struct rows *r, const char *caption,
	   const struct pcsc_column *columns, unsigned int nr_columns,
	   void (*fill)(const void *context, uint32_t row, pcsc_cells cells))
{
	const struct pcsc_table table = {
		.columns = columns,
		.nr_columns = nr_columns,
		.nr_rows = r->heaviest.nr,
		.fill = fill,
		.context = r,
	};

	r->view->table(caption, &table);
}

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
	uint32_t i = r->heaviest.rows[row].index;
	const struct pcsc_rec_function *f = &s->rec->functions[i];
	const struct pcsc_tally *t = &s->functions[i];

	pcsc_bdf_format(cells[0], f->domain, f->bus, f->devfn);
	pcsc_put_time(s, cells, 1, t->latency_sum_ns);
	pcsc_put_count(cells[3], t->reads);
	pcsc_put_count(cells[4], t->writes);
	pcsc_put_count(cells[5], t->errors);
	pcsc_put_count(cells[6], t->all_ones);
	pcsc_put_count(cells[7], t->changes);
	pcsc_put_mean(cells[8], t->clean.read_ns, t->clean.reads);
	pcsc_put_mean(cells[9], t->clean.write_ns, t->clean.writes);
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
	_cleanup_(rows_free) struct rows rows = {
		view, { .most = view->options->top }
	};
	char caption[CAPTION];
	int err = 0;

	for (uint32_t i = 0; !err && i < s->rec->header.nr_functions; i++)
		if (s->functions[i].registers)
			err = pcsc_heaviest_add(
				&rows.heaviest,
				weigh_function(&s->functions[i],
					       view->options->sort),
				i);
	if (err)
		return err;
	pcsc_heaviest_sort(&rows.heaviest);
	limit(caption, &rows.heaviest, "function", "functions",
	      pcsc_sort_words[view->options->sort]);
	print_rows(&rows, caption, function_columns,
		   ARRAY_SIZE(function_columns), fill_function);
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
		&s->rec->processes[r->heaviest.rows[row].index];

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
	_cleanup_(rows_free) struct rows rows = {
		view, { .most = view->options->top }
	};
	char caption[CAPTION];
	int err = 0;

	if (!pcsc_shows_processes(view->s))
		return 0;
	for (uint32_t i = 0; !err && i < rec->header.nr_processes; i++)
		err = pcsc_heaviest_add(&rows.heaviest,
					rec->processes[i].read_ns +
						rec->processes[i].write_ns,
					i);
	if (err)
		return err;
	pcsc_heaviest_sort(&rows.heaviest);
	limit(caption, &rows.heaviest, "process", "processes", "time");
	print_rows(&rows, caption, process_columns, ARRAY_SIZE(process_columns),
		   fill_process);
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
		&s->rec->registers[rows->heaviest.rows[row].index];
	const struct pcsc_rec_function *f = &s->rec->functions[r->function];
	char name[PCSC_REGNAME_SIZE];

	pcsc_bdf_format(cells[0], f->domain, f->bus, f->devfn);
	pcsc_put(cells[1], "%03x.%c", r->offset, " bw l"[r->width]);
	pcsc_put(cells[2], "%s", pcsc_family_names[r->family]);
	pcsc_put_time(s, cells, 3, r->latency_sum_ns);
	pcsc_put_count(cells[5], r->reads);
	pcsc_put_mean(cells[6], r->latency_sum_ns - r->write_sum_ns,
		      r->errors ? 0 : r->reads);
	pcsc_put_count(cells[7], r->writes);
	pcsc_put_mean(cells[8], r->write_sum_ns, r->errors ? 0 : r->writes);
	pcsc_put_count(cells[9], r->errors);
	pcsc_put_count(cells[10], r->all_ones);
	pcsc_put_count(cells[11], r->changes);
	pcsc_put_count(cells[12], r->silent_changes);
	put_values(cells, 13, 14, r);
	put_resets(cells[15], r->survived);
	pcsc_regname(rows->view->regnames, r, name);
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
	_cleanup_(rows_free) struct rows rows = {
		view, { .most = view->options->top }
	};
	char caption[CAPTION];
	int err = 0;

	for (uint32_t i = 0; !err && i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];

		if (s->chosen[r->function])
			err = pcsc_heaviest_add(
				&rows.heaviest,
				weigh_register(r, view->options->sort), i);
	}
	if (err)
		return err;
	pcsc_heaviest_sort(&rows.heaviest);
	limit(caption, &rows.heaviest, "register", "registers",
	      pcsc_sort_words[view->options->sort]);
	print_rows(&rows, caption, register_columns,
		   ARRAY_SIZE(register_columns), fill_register);
	return 0;
}

/* Without the function, which is in the caption. */
static void fill_register_of(const void *context, uint32_t row,
			     pcsc_cells cells)
{
	fill_register(context, row, cells);
	memmove(cells[0], cells[1],
		(ARRAY_SIZE(register_columns) - 1) * sizeof(cells[0]));
}

int pcsc_print_registers_of(const struct pcsc_view *view, uint32_t function)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_rec_function *f = &rec->functions[function];
	_cleanup_(rows_free) struct rows rows = { view, {} };
	char caption[CAPTION], bdf[PCSC_BDF_SIZE];
	int err = 0;

	for (uint32_t i = pcsc_first_register(rec, function);
	     !err && i < rec->header.nr_registers &&
	     rec->registers[i].function == function;
	     i++)
		err = pcsc_heaviest_add(&rows.heaviest, UINT32_MAX - i, i);
	if (err)
		return err;
	pcsc_heaviest_sort(&rows.heaviest);
	snprintf(caption, sizeof(caption), "%u %s of %s, latencies in us",
		 rows.heaviest.nr,
		 pcsc_noun(rows.heaviest.nr, "register", "registers"),
		 pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn));
	print_rows(&rows, caption, register_columns + 1,
		   ARRAY_SIZE(register_columns) - 1, fill_register_of);
	return 0;
}
