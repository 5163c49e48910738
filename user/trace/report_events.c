// SPDX-License-Identifier: GPL-2.0-only
/* Accesses one by one, from a recording that has them. */
#include <stdio.h>
#include <string.h>

#include "bdf.h"
#include "report.h"
#include "talk.h"

/* Register names are the same for all of a register's accesses: the last one's is kept. */
struct named {
	uint32_t function;
	uint16_t where;
	char name[PCSC_REGNAME_SIZE];
};

static const char *name_of(const struct pcsc_view *view, struct named *last,
			   const struct pcsc_rec_event *e)
{
	const uint16_t where = e->where & ~PCSC_REC_EVENT_WRITE;
	const struct pcsc_rec_register r = {
		.function = e->function,
		.offset = e->where & PCSC_REC_EVENT_OFFSET,
		.width = pcsc_rec_event_width(e),
	};

	if (!last->name[0] || last->function != e->function ||
	    last->where != where) {
		last->function = e->function;
		last->where = where;
		pcsc_regname(view->regnames, &r, last->name);
	}
	return last->name;
}

void pcsc_print_access(const struct pcsc_access_line *a)
{
	char bdf[PCSC_BDF_SIZE], value[16], pid[16] = "";
	/* An event has no room for more: it took at least so long. */
	const bool capped = a->ns == UINT32_MAX;

	if (a->failed)
		strcpy(value, "failed");
	else
		snprintf(value, sizeof(value), "%0*x", 2 * a->width, a->value);
	if (a->pid)
		snprintf(pid, sizeof(pid), "%u", a->pid);
	printf("%10.6f %-15s ", a->begin_ns / 1e9, a->caller);
	if (a->has_pid)
		printf("%7s ", pid);
	printf("%-12s %c %8s %*.1f%s %s\n",
	       pcsc_bdf_format(bdf, a->domain, a->bus, a->devfn),
	       a->is_write ? 'w' : 'r', value, capped ? 8 : 9, a->ns / 1e3,
	       capped ? "+" : "", a->name);
}

void pcsc_print_access_head(bool with_pids)
{
	printf("%10s %-15s ", "TIME s", "COMMAND");
	if (with_pids)
		printf("%7s ", "PID");
	printf("%-12s %c %8s %9s %s\n", "FUNCTION", ' ', "VALUE", "us",
	       "REGISTER");
}

static void print_event(const struct pcsc_view *view, struct named *last,
			const struct pcsc_rec_event *e)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_rec_function *f = &rec->functions[e->function];
	const struct pcsc_access_line line = {
		.begin_ns = e->begin_ns,
		.ns = e->ns,
		.domain = f->domain,
		.bus = f->bus,
		.devfn = f->devfn,
		.value = e->value,
		.width = pcsc_rec_event_width(e),
		.is_write = e->where & PCSC_REC_EVENT_WRITE,
		.failed = e->caller & PCSC_REC_EVENT_FAILED,
		.caller = rec->callers[e->caller & PCSC_REC_EVENT_CALLER].name,
		.name = name_of(view, last, e),
	};

	pcsc_print_access(&line);
}

void pcsc_print_events(const struct pcsc_view *view)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_rec_header *h = &rec->header;
	struct named last = {};

	pcsc_print_access_head(false);
	for (uint32_t i = 0; i < h->nr_events; i++)
		if (view->s->chosen[rec->events[i].function])
			print_event(view, &last, &rec->events[i]);
	if (h->events_lost)
		pcsc_warn(
			"%llu more %s counted and could not be kept one by one (see --max-events)",
			(unsigned long long)h->events_lost,
			pcsc_noun(h->events_lost, "access was",
				  "accesses were"));
}
