// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/ring.h"

#include <stdio.h>
#include <string.h>

#include "bdf.h"
#include "cleanup.h"
#include "event.h"

static void put(struct ring *r, const struct pcsc_event *e, uint64_t now_ns,
		uint64_t now_ms)
{
	const uint64_t ago = now_ns > e->time_ns ? now_ns - e->time_ns : 0;
	struct pcsc_event *slot = &r->slots[r->next % RING_EVENTS].event;

	*slot = *e;
	/* No values over any outlet, so they are not even kept. */
	slot->cached = slot->found = 0;
	r->slots[r->next % RING_EVENTS].at_ms = now_ms - ago / 1000000;
	r->next++;
	r->seq = e->seq;
	r->time_ns = e->time_ns;
	r->begun = true;
}

/* The same number at another time, or none so high any more. */
static bool reloaded(const struct ring *r, const struct pcsc_event *events,
		     size_t n)
{
	if (!r->begun)
		return false;
	for (size_t i = 0; i < n; i++)
		if (events[i].seq == r->seq)
			return events[i].time_ns != r->time_ns;
	return n && events[n - 1].seq < r->seq;
}

void ring_take(struct ring *r, const struct pcsc_event *events, size_t n,
	       uint64_t now_ns, uint64_t now_ms)
{
	if (reloaded(r, events, n))
		r->begun = false;
	for (size_t i = 0; i < n; i++) {
		if (r->begun && events[i].seq <= r->seq)
			continue;
		/* What came before the first one that we saw is no loss. */
		if (r->begun)
			r->lost += events[i].seq - r->seq - 1;
		put(r, &events[i], now_ns, now_ms);
	}
}

static void put_text(struct pcsc_jsonw *w, const struct pcsc_event *e)
{
	_cleanup_free_ char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return;
	pcsc_event_print(out, e, PCSC_EVENT_WITHOUT_VALUES);
	if (!fclose(out))
		pcsc_jsonw_string(w, "text", text);
}

static void put_event(struct pcsc_jsonw *w, const struct pcsc_event *e,
		      uint64_t at_ms)
{
	char bdf[PCSC_BDF_SIZE];

	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_uint(w, "at", at_ms);
	pcsc_jsonw_string(w, "event", pcsc_event_name(e));
	if (pcsc_event_has_function(e))
		pcsc_jsonw_string(
			w, "address",
			pcsc_bdf_format(bdf, e->domain, e->bus, e->devfn));
	if (pcsc_event_has_bytes(e)) {
		pcsc_jsonw_uint(w, "offset", e->where);
		pcsc_jsonw_uint(w, "width", e->width);
	}
	if (pcsc_event_cause(e))
		pcsc_jsonw_string(w, "cause", pcsc_event_cause(e));
	put_text(w, e);
	pcsc_jsonw_end(w);
}

void ring_json(const struct ring *r, struct pcsc_jsonw *w, uint64_t after)
{
	const uint64_t oldest =
		r->next > RING_EVENTS ? r->next - RING_EVENTS : 0;
	uint64_t i = after > oldest && after <= r->next ? after : oldest;

	pcsc_jsonw_uint(w, "first", i + 1);
	pcsc_jsonw_uint(w, "lost", r->lost);
	pcsc_jsonw_array(w, "events");
	for (; i < r->next; i++)
		put_event(w, &r->slots[i % RING_EVENTS].event,
			  r->slots[i % RING_EVENTS].at_ms);
	pcsc_jsonw_end(w);
}
