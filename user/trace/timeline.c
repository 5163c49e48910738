// SPDX-License-Identifier: GPL-2.0-only
/* What processes did to functions, in the order in which they began. */
#include <stdio.h>

#include "array.h"
#include "bdf.h"
#include "report.h"
#include "talk.h"

static const struct pcsc_column columns[] = {
	{ .title = "FROM s" },
	{ .title = "LASTED" },
	{ .title = "ACCESSES" },
	{ .title = "TIME" },
	{ .title = "WAKING", .may_go = true },
	{ .title = "RESET", .may_go = true },
	{ .title = "LOCK", .may_go = true },
	{ .title = "REST" },
	{ .title = "FUNCTION", .left = true },
	{ .title = "PID" },
	{ .title = "COMMAND", .left = true },
};

static void put_waited(char cell[PCSC_TABLE_CELL], uint64_t ns)
{
	if (ns)
		pcsc_put_ms(cell, ns);
	else
		pcsc_put(cell, "0");
}

static uint64_t reset_ns(const struct pcsc_waits *w)
{
	return w->kind[PCSC_REC_WAIT_FLR].ns + w->kind[PCSC_REC_WAIT_PM].ns +
	       w->kind[PCSC_REC_WAIT_BUS].ns;
}

/* Threads of one process may wait side by side: then nothing is left. */
static uint64_t rest_ns(const struct pcsc_visit_sum *s, uint64_t lasted)
{
	const uint64_t known =
		pcsc_visit_access_ns(s) + pcsc_waits_ns(&s->waits);

	return known < lasted ? lasted - known : 0;
}

struct visits {
	const struct pcsc_view *view;
	const uint32_t *rows; /* NULL: all, one after the other */
};

static void fill(const void *context, uint32_t row, pcsc_cells cells)
{
	const struct visits *visits = context;
	const struct pcsc_view *view = visits->view;
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_visit_sum *s =
		&view->waiting->visits[visits->rows ? visits->rows[row] : row];
	const struct pcsc_rec_visit *v = s->visit;
	const struct pcsc_rec_function *f = &rec->functions[v->function];
	const struct pcsc_rec_process *p = &rec->processes[v->process];
	const uint64_t lasted = v->last_ns - v->first_ns;

	pcsc_put(cells[0], "%.3f", v->first_ns / 1e9);
	pcsc_put_ms(cells[1], lasted);
	pcsc_put_count(cells[2], v->reads + v->writes + v->errors);
	pcsc_put_ms(cells[3], pcsc_visit_access_ns(s));
	put_waited(cells[4], s->waits.kind[PCSC_REC_WAIT_RESUME].ns);
	put_waited(cells[5], reset_ns(&s->waits));
	put_waited(cells[6], s->waits.kind[PCSC_REC_WAIT_LOCK].ns);
	pcsc_put_ms(cells[7], rest_ns(s, lasted));
	pcsc_bdf_format(cells[8], f->domain, f->bus, f->devfn);
	pcsc_put_count(cells[9], p->pid);
	pcsc_put(cells[10], "%s", rec->callers[p->caller].name);
}

void pcsc_print_visits(const struct pcsc_view *view, const uint32_t *rows,
		       uint32_t nr)
{
	const struct visits visits = { view, rows };
	const struct pcsc_table table = {
		.columns = columns,
		.nr_columns = ARRAY_SIZE(columns),
		.nr_rows = nr,
		.fill = fill,
		.context = &visits,
	};
	char caption[192], some[96] = "";

	if (nr < view->waiting->nr_visits)
		snprintf(some, sizeof(some),
			 ", the %s%u%s of %u (-n sets how many)",
			 rows ? "" : "first ", nr,
			 rows ? " with most time" : "",
			 view->waiting->nr_visits);
	snprintf(caption, sizeof(caption),
		 "Who did what to which function, in order%s, times in ms",
		 some);
	view->table(caption, &table);
}

void pcsc_print_timeline(const struct pcsc_view *view)
{
	const uint32_t nr = view->waiting->nr_visits;
	const unsigned int top = view->options->top;

	if (view->s->rec->header.version < 4)
		printf("\nA recording of version %u has no timeline.\n",
		       view->s->rec->header.version);
	else
		pcsc_print_visits(view, NULL, top && top < nr ? top : nr);
}
