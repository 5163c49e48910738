// SPDX-License-Identifier: GPL-2.0-only
/* Visits, waits, the slowest accesses and the ways to registers, as JSON. */
#include "bdf.h"
#include "report.h"
#include "report_json.h"

static void put_place(struct pcsc_jsonw *w, const struct pcsc_rec *rec,
		      uint32_t process, uint32_t function)
{
	const struct pcsc_rec_function *f = &rec->functions[function];
	char bdf[PCSC_BDF_SIZE];

	pcsc_jsonw_string(w, "function",
			  pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn));
	if (process != PCSC_REC_NONE)
		pcsc_jsonw_uint(w, "pid", rec->processes[process].pid);
}

void pcsc_json_put_caller(struct pcsc_jsonw *w, const struct pcsc_rec_caller *c)
{
	pcsc_jsonw_string(w, "caller", c->name);
	if (c->attribute[0])
		pcsc_jsonw_string(w, "attribute", c->attribute);
}

void pcsc_json_put_counts(struct pcsc_jsonw *w, uint64_t reads, uint64_t writes,
			  uint64_t errors, uint64_t read_ns, uint64_t write_ns)
{
	pcsc_jsonw_uint(w, "reads", reads);
	pcsc_jsonw_uint(w, "writes", writes);
	pcsc_jsonw_uint(w, "errors", errors);
	pcsc_jsonw_uint(w, "read_ns", read_ns);
	pcsc_jsonw_uint(w, "write_ns", write_ns);
}

/* Innermost first, those of the accessors included. */
static void put_stack(struct pcsc_jsonw *w, const struct pcsc_rec *rec,
		      uint32_t stack)
{
	pcsc_jsonw_array(w, "stack");
	for (int i = 0; stack != PCSC_REC_NONE && i < PCSC_REC_FRAMES; i++) {
		uint32_t symbol = rec->stacks[stack].symbols[i];

		if (symbol == PCSC_REC_NONE)
			break;
		pcsc_jsonw_string(w, NULL, rec->symbols[symbol].name);
	}
	pcsc_jsonw_end(w);
}

static void put_register(struct pcsc_jsonw *w, uint16_t offset, uint8_t width,
			 uint8_t family, bool is_write)
{
	pcsc_jsonw_uint(w, "offset", offset);
	pcsc_jsonw_uint(w, "width", width);
	pcsc_jsonw_string(w, "by", pcsc_family_names[family]);
	pcsc_jsonw_string(w, "op", is_write ? "write" : "read");
}

static void put_visit(struct pcsc_jsonw *w, const struct pcsc_rec *rec,
		      const struct pcsc_visit_sum *s)
{
	const struct pcsc_rec_visit *v = s->visit;

	pcsc_jsonw_object(w, NULL);
	put_place(w, rec, v->process, v->function);
	pcsc_json_put_caller(w,
			     &rec->callers[rec->processes[v->process].caller]);
	pcsc_jsonw_uint(w, "first_ns", v->first_ns);
	pcsc_jsonw_uint(w, "last_ns", v->last_ns);
	if (v->pause_ns)
		pcsc_jsonw_uint(w, "pause_ns", v->pause_ns);
	pcsc_jsonw_bool(w, "opening", s->is_opening);
	pcsc_json_put_counts(w, v->reads, v->writes, v->errors, v->read_ns,
			     v->write_ns);
	pcsc_jsonw_object(w, "waits_ns");
	for (int i = 0; i < PCSC_REC_WAITS; i++)
		if (s->waits.kind[i].nr > s->waits.kind[i].nested)
			pcsc_jsonw_uint(w, pcsc_wait_words[i],
					s->waits.kind[i].ns);
	pcsc_jsonw_end(w);
	pcsc_jsonw_end(w);
}

static void put_wait(struct pcsc_jsonw *w, const struct pcsc_rec *rec,
		     const struct pcsc_rec_wait *wait)
{
	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_string(w, "kind", pcsc_wait_words[wait->kind]);
	if (wait->kind == PCSC_REC_WAIT_RESUME)
		pcsc_jsonw_string(w, "from", pcsc_power_name(wait->from));
	put_place(w, rec, wait->process, wait->function);
	pcsc_json_put_caller(w, &rec->callers[wait->caller]);
	pcsc_jsonw_uint(w, "begin_ns", wait->begin_ns);
	pcsc_jsonw_uint(w, "ns", wait->ns);
	pcsc_jsonw_uint(w, "access_ns", wait->access_ns);
	pcsc_jsonw_bool(w, "nested", wait->nested);
	if (wait->stack != PCSC_REC_NONE)
		put_stack(w, rec, wait->stack);
	pcsc_jsonw_end(w);
}

static void put_slow(struct pcsc_jsonw *w, const struct pcsc_rec *rec,
		     const struct pcsc_rec_slow *a)
{
	pcsc_jsonw_object(w, NULL);
	put_place(w, rec, a->process, a->function);
	put_register(w, a->offset, a->width, a->family, a->is_write);
	pcsc_json_put_caller(w, &rec->callers[a->caller]);
	pcsc_jsonw_uint(w, "ns", a->ns);
	pcsc_jsonw_uint(w, "end_ns", a->end_ns);
	put_stack(w, rec, a->stack);
	pcsc_jsonw_end(w);
}

static void put_path(struct pcsc_jsonw *w, const struct pcsc_rec *rec,
		     const struct pcsc_rec_path *p)
{
	pcsc_jsonw_object(w, NULL);
	pcsc_json_put_caller(w, &rec->callers[p->caller]);
	put_register(w, p->offset, p->width, p->family, p->is_write);
	put_stack(w, rec, p->stack);
	pcsc_jsonw_end(w);
}

void pcsc_json_put_waits(struct pcsc_jsonw *w, const struct pcsc_view *view)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_visit_sum *visits = view->waiting->visits;

	pcsc_jsonw_array(w, "visits");
	for (uint32_t i = 0; i < pcsc_most(view, view->waiting->nr_visits); i++)
		if (pcsc_lists(view, visits[i].visit->function))
			put_visit(w, rec, &visits[i]);
	pcsc_jsonw_end(w);
	pcsc_jsonw_array(w, "waits");
	for (uint32_t i = 0; i < pcsc_most(view, rec->header.nr_waits); i++)
		if (pcsc_lists(view, rec->waits[i].function))
			put_wait(w, rec, &rec->waits[i]);
	pcsc_jsonw_end(w);
	pcsc_jsonw_uint(w, "waits_left_out", rec->header.waits_left_out);
	pcsc_jsonw_array(w, "slowest");
	for (uint32_t i = 0; i < rec->header.nr_slow; i++)
		if (pcsc_lists(view, rec->slow[i].function))
			put_slow(w, rec, &rec->slow[i]);
	pcsc_jsonw_end(w);
	pcsc_jsonw_array(w, "paths");
	for (uint32_t i = 0; i < pcsc_most(view, rec->header.nr_paths); i++)
		put_path(w, rec, &rec->paths[i]);
	pcsc_jsonw_end(w);
}
