// SPDX-License-Identifier: GPL-2.0-only
/* The accesses that were fetched one by one. */
#include <stdlib.h>

#include "collect.h"
#include "trace.h"

static uint16_t log2_of(uint8_t width)
{
	return width == 4 ? 2 : width == 2;
}

static uint16_t where_of(const struct pcsc_access_event *a)
{
	return (a->offset & PCSC_REC_EVENT_OFFSET) |
	       log2_of(a->width) << PCSC_REC_EVENT_WIDTH |
	       (a->flags & PCSC_EVENT_USER ? PCSC_REC_EVENT_USER : 0) |
	       (a->flags & PCSC_EVENT_WRITE ? PCSC_REC_EVENT_WRITE : 0);
}

static struct pcsc_rec_event event_of(const struct pcsc_ids *ids,
				      const struct pcsc_access_event *a)
{
	struct pcsc_rec_event e = {
		.begin_ns = pcsc_since_start(ids, a->begin_ns),
		.ns = a->ns < UINT32_MAX ? a->ns : UINT32_MAX,
		.function = pcsc_id_of_function(ids, &a->function),
		.value = a->value,
		.caller = pcsc_id_of_caller(ids, a->caller) &
			  PCSC_REC_EVENT_CALLER,
		.where = where_of(a),
	};

	if (a->flags & PCSC_EVENT_FAILED)
		e.caller |= PCSC_REC_EVENT_FAILED;
	return e;
}

static int compare_events(const void *pa, const void *pb)
{
	const struct pcsc_rec_event *a = pa, *b = pb;

	if (a->begin_ns != b->begin_ns)
		return a->begin_ns < b->begin_ns ? -1 : 1;
	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return a->where - b->where;
}

int pcsc_collect_events(const struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	const struct pcsc_events *from = &ids->t->events;
	struct pcsc_rec_header *h = &rec->header;

	rec->events = calloc(from->nr + 1, sizeof(*rec->events));
	if (!rec->events) {
		/* Hours of counts are worth more. */
		h->events_lost += from->nr;
		return 0;
	}
	for (size_t i = 0; i < from->nr; i++) {
		struct pcsc_rec_event e = event_of(ids, &from->rows[i]);

		/* It came after the functions had been copied, while it goes on. */
		if (e.function == PCSC_REC_NONE)
			h->events_lost++;
		else
			rec->events[h->nr_events++] = e;
	}
	qsort(rec->events, h->nr_events, sizeof(*rec->events), compare_events);
	return 0;
}
