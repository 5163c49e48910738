// SPDX-License-Identifier: GPL-2.0-only
#include "phases.h"

#include <errno.h>
#include <stdlib.h>

#include "cleanup.h"
#include "talk.h"

const char *pcsc_phase_name(const struct pcsc_rec *rec, uint32_t phase)
{
	return phase ? rec->marks[phase - 1].name : "(start)";
}

static uint32_t phase_at(const struct pcsc_rec *rec, uint64_t ns)
{
	uint32_t low = 0, high = rec->header.nr_marks;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (rec->marks[mid].ns <= ns)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int compare_place(const struct pcsc_rec_register *r,
			 const struct pcsc_rec_event *e)
{
	const uint16_t offset = e->where & PCSC_REC_EVENT_OFFSET;
	const uint8_t family = !!(e->where & PCSC_REC_EVENT_USER);

	if (r->function != e->function)
		return r->function < e->function ? -1 : 1;
	if (r->offset != offset)
		return r->offset - offset;
	if (r->width != pcsc_rec_event_width(e))
		return r->width - pcsc_rec_event_width(e);
	return r->family - family;
}

/* The register that was accessed, or PCSC_REC_NONE: the table had no room for it. */
static uint32_t register_of(const struct pcsc_rec *rec,
			    const struct pcsc_rec_event *e)
{
	uint32_t low = 0, high = rec->header.nr_registers;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = compare_place(&rec->registers[mid], e);

		if (!order)
			return mid;
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return PCSC_REC_NONE;
}

static struct pcsc_rec_use use_of(const struct pcsc_rec_event *e)
{
	const bool is_write = e->where & PCSC_REC_EVENT_WRITE;
	const bool failed = e->caller & PCSC_REC_EVENT_FAILED;

	return (struct pcsc_rec_use){
		.caller = e->caller & PCSC_REC_EVENT_CALLER,
		.reads = !failed && !is_write,
		.writes = !failed && is_write,
		.errors = failed,
		.read_ns = is_write ? 0 : e->ns,
		.write_ns = is_write ? e->ns : 0,
	};
}

static struct pcsc_part part_of(const struct pcsc_rec *rec,
				const struct pcsc_rec_event *e)
{
	struct pcsc_part part = { use_of(e), phase_at(rec, e->begin_ns) };

	part.use.reg = register_of(rec, e);
	return part;
}

static int compare_parts(const void *pa, const void *pb)
{
	const struct pcsc_part *a = pa, *b = pb;

	if (a->use.reg != b->use.reg)
		return a->use.reg < b->use.reg ? -1 : 1;
	if (a->phase != b->phase)
		return a->phase < b->phase ? -1 : 1;
	if (a->use.caller != b->use.caller)
		return a->use.caller < b->use.caller ? -1 : 1;
	return 0;
}

static void add(struct pcsc_rec_use *to, const struct pcsc_rec_use *u)
{
	to->reads += u->reads;
	to->writes += u->writes;
	to->errors += u->errors;
	to->read_ns += u->read_ns;
	to->write_ns += u->write_ns;
}

int pcsc_phases_parts(const struct pcsc_rec *rec, struct pcsc_part **out,
		      size_t *nr)
{
	const uint32_t events = rec->header.nr_events;
	struct pcsc_part *parts = calloc(events + 1ull, sizeof(*parts));
	size_t kept = 0, found = 0;

	if (!parts)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < events; i++) {
		parts[found] = part_of(rec, &rec->events[i]);
		found += parts[found].use.reg != PCSC_REC_NONE;
	}
	qsort(parts, found, sizeof(*parts), compare_parts);
	for (size_t i = 0; i < found; i++) {
		if (kept && !compare_parts(&parts[kept - 1], &parts[i]))
			add(&parts[kept - 1].use, &parts[i].use);
		else
			parts[kept++] = parts[i];
	}
	*out = parts;
	*nr = kept;
	return 0;
}

struct pcsc_phase *pcsc_phases_sum(const struct pcsc_rec *rec,
				   const bool *chosen)
{
	const struct pcsc_rec_header *h = &rec->header;
	struct pcsc_phase *phases = calloc(h->nr_marks + 1ull, sizeof(*phases));

	for (uint32_t i = 0; phases && i <= h->nr_marks; i++) {
		phases[i].begin_ns = i ? rec->marks[i - 1].ns : 0;
		phases[i].ns =
			(i < h->nr_marks ? rec->marks[i].ns : h->duration_ns) -
			phases[i].begin_ns;
	}
	for (uint32_t i = 0; phases && i < h->nr_events; i++) {
		const struct pcsc_rec_event *e = &rec->events[i];
		struct pcsc_rec_use use = use_of(e);
		struct pcsc_phase *p;

		if (!chosen[e->function])
			continue;
		p = &phases[phase_at(rec, e->begin_ns)];
		add(&p->use, &use);
		p->capped |= e->ns == UINT32_MAX;
	}
	return phases;
}
