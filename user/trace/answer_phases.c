// SPDX-License-Identifier: GPL-2.0-only
/* What the phases between marks took, in a line of the answer and in JSON. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "cleanup.h"
#include "phases.h"
#include "report.h"
#include "report_json.h"
#include "talk.h"

#define NAMED 6

static void print_phase(const struct pcsc_rec *rec, const struct pcsc_phase *p,
			uint32_t phase)
{
	const struct pcsc_rec_use *u = &p->use;
	const uint64_t accesses = u->reads + u->writes + u->errors;
	const uint64_t ns = u->read_ns + u->write_ns;
	char whole[PCSC_TIME_SIZE], in[PCSC_TIME_SIZE];

	printf("%s%s %s",
	       phase ? "; " : "Phases:     ", pcsc_phase_name(rec, phase),
	       pcsc_time(p->ns, whole));
	if (accesses)
		printf(", %s%s%s in %" PRIu64 " %s",
		       p->capped ? "at least " : "", pcsc_time(ns, in),
		       ns > p->ns ? "" : " of it", accesses,
		       pcsc_noun(accesses, "access", "accesses"));
}

int pcsc_print_phases(const struct pcsc_view *view)
{
	const struct pcsc_rec *rec = view->s->rec;
	const uint32_t nr = rec->header.nr_marks + 1;
	_cleanup_free_ struct pcsc_phase *phases = NULL;

	if (nr == 1)
		return 0;
	phases = pcsc_phases_sum(rec, view->s->chosen);
	if (!phases)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < nr && i < NAMED; i++)
		print_phase(rec, &phases[i], i);
	if (nr > NAMED)
		printf("; %u more", nr - NAMED);
	if (!(rec->header.flags & PCSC_REC_EVENTS))
		printf(" (record --events tells their accesses)");
	else if (rec->header.events_lost)
		printf(" (without %" PRIu64
		       " %s that could not be kept one by one)",
		       rec->header.events_lost,
		       pcsc_noun(rec->header.events_lost, "access",
				 "accesses"));
	putchar('\n');
	return 0;
}

static void put_phase(struct pcsc_jsonw *w, const struct pcsc_view *view,
		      const struct pcsc_phase *p, uint32_t phase)
{
	const struct pcsc_rec_use *u = &p->use;

	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_string(w, "phase", pcsc_phase_name(view->s->rec, phase));
	pcsc_jsonw_uint(w, "begin_ns", p->begin_ns);
	pcsc_jsonw_uint(w, "ns", p->ns);
	if (view->s->rec->header.flags & PCSC_REC_EVENTS)
		pcsc_json_put_counts(w, u->reads, u->writes, u->errors,
				     u->read_ns, u->write_ns);
	pcsc_jsonw_end(w);
}

int pcsc_json_put_phases(struct pcsc_jsonw *w, const struct pcsc_view *view)
{
	_cleanup_free_ struct pcsc_phase *phases = NULL;

	if (!view->s->rec->header.nr_marks)
		return 0;
	phases = pcsc_phases_sum(view->s->rec, view->s->chosen);
	if (!phases)
		return -ENOMEM;
	pcsc_jsonw_array(w, "phases");
	for (uint32_t i = 0; i <= view->s->rec->header.nr_marks; i++)
		put_phase(w, view, &phases[i], i);
	pcsc_jsonw_end(w);
	return 0;
}
