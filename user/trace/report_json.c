// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include "bdf.h"
#include "jsonw.h"

#define SCHEMA "pcsc-trace-report"
#define SCHEMA_VERSION 1

static const char *const reset_names[] = {
	[PCSC_REC_RESET_FLR] = "flr",
	[PCSC_REC_RESET_PM] = "pm",
	[PCSC_REC_RESET_BUS] = "bus",
};

static const char *const family_names[] = {
	[PCSC_REC_BUS] = "kernel",
	[PCSC_REC_USER] = "user",
};

static void put_hex(struct pcsc_jsonw *w, const char *key, int digits,
		    uint32_t value)
{
	char text[9] = "";

	for (int i = digits - 1; i >= 0; i--) {
		text[i] = "0123456789abcdef"[value & 15];
		value >>= 4;
	}
	pcsc_jsonw_string(w, key, text);
}

static void put_losses(struct pcsc_jsonw *w, const struct pcsc_rec_losses *l)
{
	pcsc_jsonw_object(w, "losses");
	pcsc_jsonw_uint(w, "map_full", l->map_full);
	pcsc_jsonw_uint(w, "inflight", l->inflight);
	pcsc_jsonw_uint(w, "recursion", l->recursion);
	pcsc_jsonw_uint(w, "own", l->own);
	pcsc_jsonw_end(w);
}

static void put_resets(struct pcsc_jsonw *w, const char *key,
		       const uint32_t counts[PCSC_REC_RESETS])
{
	pcsc_jsonw_object(w, key);
	for (int i = 0; i < PCSC_REC_RESETS; i++)
		pcsc_jsonw_uint(w, reset_names[i], counts[i]);
	pcsc_jsonw_end(w);
}

static void put_tally(struct pcsc_jsonw *w, const struct pcsc_tally *t)
{
	pcsc_jsonw_uint(w, "reads", t->reads);
	pcsc_jsonw_uint(w, "writes", t->writes);
	pcsc_jsonw_uint(w, "errors", t->errors);
	pcsc_jsonw_uint(w, "all_ones", t->all_ones);
	pcsc_jsonw_uint(w, "changes", t->changes);
	pcsc_jsonw_uint(w, "silent_changes", t->silent_changes);
	pcsc_jsonw_uint(w, "repeats", t->repeats);
	pcsc_jsonw_uint(w, "registers", t->registers);
	pcsc_jsonw_uint(w, "latency_sum_ns", t->latency_sum_ns);
	pcsc_jsonw_uint(w, "latency_max_ns", t->latency_max_ns);
}

static void put_totals(struct pcsc_jsonw *w, const struct pcsc_summary *s)
{
	pcsc_jsonw_object(w, "totals");
	pcsc_jsonw_uint(w, "functions", s->nr_functions);
	pcsc_jsonw_uint(w, "vfs", s->nr_vfs);
	put_tally(w, &s->all);
	for (int i = 0; i < PCSC_REC_FAMILIES; i++) {
		pcsc_jsonw_object(w, family_names[i]);
		put_tally(w, &s->family[i]);
		pcsc_jsonw_end(w);
	}
	pcsc_jsonw_end(w);
}

static void put_identity(struct pcsc_jsonw *w,
			 const struct pcsc_rec_function *f)
{
	put_hex(w, "vendor", 4, f->vendor);
	put_hex(w, "device", 4, f->device);
	put_hex(w, "subsystem_vendor", 4, f->subvendor);
	put_hex(w, "subsystem_device", 4, f->subdevice);
	put_hex(w, "class", 6, f->class_code);
	put_hex(w, "revision", 2, f->revision);
	pcsc_jsonw_uint(w, "header_type", f->header_type);
}

static void put_function(struct pcsc_jsonw *w, const struct pcsc_summary *s,
			 uint32_t i)
{
	const struct pcsc_rec_function *f = &s->rec->functions[i];
	char bdf[PCSC_BDF_SIZE];

	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_string(w, "function",
			  pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn));
	if (f->flags & PCSC_REC_FN_IDS)
		put_identity(w, f);
	pcsc_jsonw_uint(w, "cfg_size", f->cfg_size);
	pcsc_jsonw_bool(w, "vf", f->flags & PCSC_REC_FN_VF);
	pcsc_jsonw_bool(w, "pf", f->flags & PCSC_REC_FN_PF);
	pcsc_jsonw_bool(w, "root_bus", f->flags & PCSC_REC_FN_ROOT_BUS);
	pcsc_jsonw_bool(w, "user_driver", f->flags & PCSC_REC_FN_USER_DRIVER);
	pcsc_jsonw_string(w, "driver", f->driver);
	put_resets(w, "resets", f->resets);
	put_tally(w, &s->functions[i]);
	pcsc_jsonw_end(w);
}

static void put_register(struct pcsc_jsonw *w, const char *bdf,
			 const struct pcsc_rec_register *r)
{
	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_string(w, "function", bdf);
	pcsc_jsonw_uint(w, "offset", r->offset);
	pcsc_jsonw_uint(w, "width", r->width);
	pcsc_jsonw_string(w, "by", family_names[r->family]);
	pcsc_jsonw_uint(w, "reads", r->reads);
	pcsc_jsonw_uint(w, "writes", r->writes);
	pcsc_jsonw_uint(w, "errors", r->errors);
	pcsc_jsonw_uint(w, "all_ones", r->all_ones);
	pcsc_jsonw_uint(w, "changes", r->changes);
	pcsc_jsonw_uint(w, "silent_changes", r->silent_changes);
	pcsc_jsonw_uint(w, "repeats", pcsc_register_repeats(r));
	if (r->reads > r->all_ones) {
		put_hex(w, "first", 2 * r->width, r->first);
		put_hex(w, "last", 2 * r->width, r->last);
	}
	put_resets(w, "survived", r->survived);
	pcsc_jsonw_uint(w, "latency_sum_ns", r->latency_sum_ns);
	pcsc_jsonw_uint(w, "latency_max_ns", r->latency_max_ns);
	pcsc_jsonw_end(w);
}

/* Sorted by function, so that each one's address is formatted once. */
static void put_registers(struct pcsc_jsonw *w, const struct pcsc_summary *s)
{
	const struct pcsc_rec *rec = s->rec;
	uint32_t last = UINT32_MAX;
	char bdf[PCSC_BDF_SIZE];

	for (uint32_t i = 0; i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];
		const struct pcsc_rec_function *f =
			&rec->functions[r->function];

		if (!s->chosen[r->function])
			continue;
		if (r->function != last)
			pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn);
		last = r->function;
		put_register(w, bdf, r);
	}
}

static void put_slot(struct pcsc_jsonw *w, unsigned int slot, uint32_t count)
{
	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_uint(w, "from_ns", pcsc_slot_low(slot));
	pcsc_jsonw_uint(w, "count", count);
	pcsc_jsonw_end(w);
}

static void put_hist(struct pcsc_jsonw *w, const struct pcsc_rec_hist *h)
{
	uint64_t octaves[PCSC_OCTAVES];

	pcsc_fold_octaves(h, octaves);
	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_string(w, "operation", h->is_write ? "write" : "read");
	pcsc_jsonw_uint(w, "width", h->width);
	pcsc_jsonw_uint(w, "count", h->count);
	pcsc_jsonw_uint(w, "sum_ns", h->sum_ns);
	pcsc_jsonw_uint(w, "max_ns", h->max_ns);
	pcsc_jsonw_double(w, "p50_ns", pcsc_quantile_ns(h, 0.5));
	pcsc_jsonw_double(w, "p99_ns", pcsc_quantile_ns(h, 0.99));
	pcsc_jsonw_array(w, "log2_ns");
	for (int i = 0; i < PCSC_OCTAVES; i++)
		pcsc_jsonw_uint(w, NULL, octaves[i]);
	pcsc_jsonw_end(w);
	pcsc_jsonw_array(w, "slots");
	for (unsigned int i = 0; i < PCSC_REC_SLOTS; i++)
		if (h->slots[i])
			put_slot(w, i, h->slots[i]);
	pcsc_jsonw_end(w);
	pcsc_jsonw_end(w);
}

static void put_head(struct pcsc_jsonw *w, const struct pcsc_rec_header *h)
{
	pcsc_jsonw_string(w, "schema", SCHEMA);
	pcsc_jsonw_uint(w, "version", SCHEMA_VERSION);
	pcsc_jsonw_string(w, "host", h->host);
	pcsc_jsonw_string(w, "release", h->release);
	pcsc_jsonw_uint(w, "started_ns", h->started_ns);
	pcsc_jsonw_uint(w, "duration_ns", h->duration_ns);
	pcsc_jsonw_bool(w, "complete", !(h->flags & PCSC_REC_INCOMPLETE));
	pcsc_jsonw_bool(w, "served", h->flags & PCSC_REC_SERVED);
	put_losses(w, &h->losses);
}

void pcsc_report_json(const struct pcsc_summary *s)
{
	const struct pcsc_rec *rec = s->rec;
	struct pcsc_jsonw w = { .file = stdout };

	pcsc_jsonw_object(&w, NULL);
	put_head(&w, &rec->header);
	put_totals(&w, s);
	pcsc_jsonw_array(&w, "functions");
	for (uint32_t i = 0; i < rec->header.nr_functions; i++)
		if (s->chosen[i])
			put_function(&w, s, i);
	pcsc_jsonw_end(&w);
	pcsc_jsonw_array(&w, "registers");
	put_registers(&w, s);
	pcsc_jsonw_end(&w);
	pcsc_jsonw_array(&w, "latency");
	for (int i = 0; i < 6; i++)
		if (s->hists[i / 2][i % 2].count)
			put_hist(&w, &s->hists[i / 2][i % 2]);
	pcsc_jsonw_end(&w);
	pcsc_jsonw_end(&w);
}
