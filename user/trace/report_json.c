// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"
#include "report_json.h"

#include "bdf.h"
#include "cleanup.h"
#include "jsonw.h"

#define SCHEMA "pcsc-trace-report"
#define SCHEMA_VERSION 1

static const char *const reset_names[] = {
	[PCSC_REC_RESET_FLR] = "flr",
	[PCSC_REC_RESET_PM] = "pm",
	[PCSC_REC_RESET_BUS] = "bus",
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

void pcsc_losses_json(struct pcsc_jsonw *w, const struct pcsc_rec_losses *l)
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
	pcsc_jsonw_uint(w, "write_sum_ns", t->write_sum_ns);
	pcsc_jsonw_uint(w, "write_max_ns", t->write_max_ns);
	pcsc_jsonw_uint(w, "read_max_ns", t->read_max_ns);
}

static void put_totals(struct pcsc_jsonw *w, const struct pcsc_summary *s)
{
	pcsc_jsonw_object(w, "totals");
	pcsc_jsonw_uint(w, "functions", s->nr_functions);
	pcsc_jsonw_uint(w, "vfs", s->nr_vfs);
	put_tally(w, &s->all);
	for (int i = 0; i < PCSC_REC_FAMILIES; i++) {
		pcsc_jsonw_object(w, pcsc_family_names[i]);
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

static void put_use(struct pcsc_jsonw *w, const struct pcsc_rec *rec,
		    const struct pcsc_rec_use *u)
{
	pcsc_jsonw_object(w, NULL);
	pcsc_json_put_caller(w, &rec->callers[u->caller]);
	pcsc_json_put_counts(w, u->reads, u->writes, u->errors, u->read_ns,
			     u->write_ns);
	pcsc_jsonw_end(w);
}

/* Registers, and what walks beside them. */
struct registers {
	struct pcsc_jsonw *w;
	const struct pcsc_rec *rec;
	struct pcsc_regnames *names;
	uint32_t next_use;
};

static void put_uses(struct registers *all, uint32_t reg)
{
	const struct pcsc_rec *rec = all->rec;
	const uint32_t nr = rec->header.nr_uses;
	uint32_t *next = &all->next_use;

	while (*next < nr && rec->uses[*next].reg < reg)
		++*next;
	pcsc_jsonw_array(all->w, "callers");
	for (; *next < nr && rec->uses[*next].reg == reg; ++*next)
		put_use(all->w, rec, &rec->uses[*next]);
	pcsc_jsonw_end(all->w);
}

static void put_written(struct pcsc_jsonw *w, const struct pcsc_rec_register *r)
{
	pcsc_jsonw_array(w, "written");
	for (uint32_t i = 0; i < r->nr_written && i < PCSC_REC_WRITTEN; i++)
		put_hex(w, NULL, 2 * r->width, r->written[i]);
	pcsc_jsonw_end(w);
	pcsc_jsonw_bool(w, "more_written", r->nr_written > PCSC_REC_WRITTEN);
}

static void put_register(struct registers *all, const char *bdf, uint32_t i)
{
	const struct pcsc_rec_register *r = &all->rec->registers[i];
	struct pcsc_jsonw *w = all->w;
	char name[PCSC_REGNAME_SIZE];

	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_string(w, "function", bdf);
	pcsc_jsonw_uint(w, "offset", r->offset);
	pcsc_jsonw_uint(w, "width", r->width);
	pcsc_jsonw_string(w, "by", pcsc_family_names[r->family]);
	pcsc_regname(all->names, r, name);
	pcsc_jsonw_string(w, "name", name);
	pcsc_regname_holder(all->names, r, name);
	pcsc_jsonw_string(w, "capability", name);
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
	pcsc_jsonw_uint(w, "write_sum_ns", r->write_sum_ns);
	pcsc_jsonw_uint(w, "write_max_ns", r->write_max_ns);
	pcsc_jsonw_uint(w, "read_max_ns", r->read_max_ns);
	put_written(w, r);
	put_uses(all, i);
	pcsc_jsonw_end(w);
}

/* Sorted by function, so that each one's address is formatted once. */
static void put_registers(struct pcsc_jsonw *w, const struct pcsc_view *view)
{
	const struct pcsc_summary *s = view->s;
	const struct pcsc_rec *rec = s->rec;
	struct registers all = { .w = w, .rec = rec, .names = view->regnames };
	uint32_t last = UINT32_MAX;
	char bdf[PCSC_BDF_SIZE];

	for (uint32_t i = 0; i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];
		const struct pcsc_rec_function *f =
			&rec->functions[r->function];

		if (!pcsc_lists(view, r->function))
			continue;
		if (r->function != last)
			pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn);
		last = r->function;
		put_register(&all, bdf, i);
	}
}

static void put_hist(struct pcsc_jsonw *w, const struct pcsc_latencies *h,
		     unsigned int width, bool is_write)
{
	uint64_t octaves[PCSC_OCTAVES];

	pcsc_fold_octaves(h, octaves);
	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_string(w, "operation", is_write ? "write" : "read");
	pcsc_jsonw_uint(w, "width", width);
	pcsc_latencies_json(w, h);
	pcsc_jsonw_array(w, "log2_ns");
	for (int i = 0; i < PCSC_OCTAVES; i++)
		pcsc_jsonw_uint(w, NULL, octaves[i]);
	pcsc_jsonw_end(w);
	pcsc_jsonw_end(w);
}

static void put_head(struct pcsc_jsonw *w, const struct pcsc_rec_header *h)
{
	pcsc_jsonw_string(w, "schema", SCHEMA);
	pcsc_jsonw_uint(w, "version", SCHEMA_VERSION);
	pcsc_jsonw_uint(w, "recording_version", h->version);
	pcsc_jsonw_string(w, "host", h->host);
	pcsc_jsonw_string(w, "release", h->release);
	pcsc_jsonw_uint(w, "started_ns", h->started_ns);
	pcsc_jsonw_uint(w, "duration_ns", h->duration_ns);
	if (h->boot_ns) {
		pcsc_jsonw_object(w, "boot");
		pcsc_jsonw_uint(w, "began_ns", h->boot_ns);
		pcsc_jsonw_uint(w, "initramfs_ns", h->initramfs_ns);
		pcsc_jsonw_end(w);
	}
	pcsc_jsonw_bool(w, "complete", !(h->flags & PCSC_REC_INCOMPLETE));
	pcsc_jsonw_bool(w, "finished", !(h->flags & PCSC_REC_UNFINISHED));
	pcsc_jsonw_bool(w, "served", h->flags & PCSC_REC_SERVED);
	pcsc_jsonw_bool(w, "partial", h->flags & PCSC_REC_PARTIAL);
	pcsc_jsonw_bool(w, "accesses_only", h->flags & PCSC_REC_ACCESSES_ONLY);
	pcsc_jsonw_string(w, "only", h->only);
	if (h->flags & PCSC_REC_EVENTS) {
		pcsc_jsonw_uint(w, "events", h->nr_events);
		pcsc_jsonw_uint(w, "events_lost", h->events_lost);
	}
	pcsc_losses_json(w, &h->losses);
}

/* ---- groups, callers, processes ---- */

static void put_labels(struct pcsc_jsonw *w, const struct pcsc_groups *g,
		       const struct pcsc_group *group)
{
	char buf[64];

	for (unsigned int i = 0; i < g->by.nr; i++)
		pcsc_jsonw_string(
			w, pcsc_facet_key(g->by.facets[i]),
			pcsc_groups_label(g, group, i, buf, sizeof(buf)));
}

static void put_group(struct pcsc_jsonw *w, const struct pcsc_groups *g,
		      const struct pcsc_group *group)
{
	pcsc_jsonw_object(w, NULL);
	put_labels(w, g, group);
	pcsc_json_put_counts(w, group->reads, group->writes, group->errors,
			     group->read_ns, group->write_ns);
	pcsc_jsonw_uint(w, "functions", group->functions);
	pcsc_jsonw_uint(w, "vfs", group->vfs);
	pcsc_jsonw_uint(w, "registers", group->registers);
	if (!pcsc_by_tells_parts(&g->by)) {
		pcsc_jsonw_uint(w, "repeats", group->repeats);
		pcsc_jsonw_uint(w, "cacheable_repeats", group->const_repeats);
		pcsc_jsonw_uint(w, "changes", group->changes);
		pcsc_jsonw_uint(w, "read_max_ns", group->read_max_ns);
		pcsc_jsonw_uint(w, "write_max_ns", group->write_max_ns);
	}
	pcsc_jsonw_end(w);
}

static void put_groups(struct pcsc_jsonw *w, const struct pcsc_view *view,
		       const char *key, struct pcsc_groups *g)
{
	pcsc_groups_sort(g, view->options->sort);
	pcsc_jsonw_array(w, key);
	for (size_t i = 0; i < pcsc_most(view, g->nr); i++)
		put_group(w, g, &g->groups[i]);
	pcsc_jsonw_end(w);
}

static int put_wanted(struct pcsc_jsonw *w, const struct pcsc_view *view)
{
	_cleanup_(pcsc_groups_free) struct pcsc_groups g = {};
	int err;

	if (!view->options->by.nr)
		return 0;
	err = pcsc_groups_make(view->s, view->regnames, &view->options->by, &g);
	if (!err)
		put_groups(w, view, "groups", &g);
	return err;
}

/* An array that is empty where there is nobody to speak of. */
static void put_callers(struct pcsc_jsonw *w, const struct pcsc_view *view)
{
	if (view->s->rec->header.nr_callers) {
		put_groups(w, view, "callers", view->by_caller);
		return;
	}
	pcsc_jsonw_array(w, "callers");
	pcsc_jsonw_end(w);
}

static void put_process(struct pcsc_jsonw *w, const struct pcsc_rec *rec,
			const struct pcsc_rec_process *p)
{
	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_uint(w, "pid", p->pid);
	pcsc_jsonw_string(w, "caller", rec->callers[p->caller].name);
	pcsc_jsonw_uint(w, "first_ns", p->first_ns);
	pcsc_jsonw_uint(w, "last_ns", p->last_ns);
	pcsc_json_put_counts(w, p->reads, p->writes, p->errors, p->read_ns,
			     p->write_ns);
	pcsc_jsonw_array(w, "ancestors");
	for (int i = 0; i < PCSC_REC_ANCESTORS && p->ancestors[i]; i++) {
		pcsc_jsonw_object(w, NULL);
		pcsc_jsonw_uint(w, "pid", p->ancestors[i]);
		pcsc_jsonw_string(w, "command", p->names[i]);
		pcsc_jsonw_end(w);
	}
	pcsc_jsonw_end(w);
	pcsc_jsonw_end(w);
}

static void put_processes(struct pcsc_jsonw *w, const struct pcsc_view *view)
{
	const struct pcsc_rec *rec = view->s->rec;
	const uint32_t nr = pcsc_most(view, rec->header.nr_processes);

	pcsc_jsonw_array(w, "processes");
	for (uint32_t i = 0; pcsc_shows_processes(view->s) && i < nr; i++)
		put_process(w, rec, &rec->processes[i]);
	pcsc_jsonw_end(w);
	pcsc_jsonw_uint(w, "processes_left_out",
			rec->header.processes_left_out);
}

static void put_latencies(struct pcsc_jsonw *w, const struct pcsc_summary *s)
{
	pcsc_jsonw_array(w, "latency");
	for (int i = 0; i < 6; i++)
		if (s->hists[i / 2][i % 2].count)
			put_hist(w, &s->hists[i / 2][i % 2], 1 << i / 2, i % 2);
	pcsc_jsonw_end(w);
}

int pcsc_report_json(const struct pcsc_view *view)
{
	const struct pcsc_summary *s = view->s;
	const struct pcsc_rec *rec = s->rec;
	struct pcsc_jsonw w = { .file = stdout, .compact = view->listed };
	int err;

	pcsc_jsonw_object(&w, NULL);
	put_head(&w, &rec->header);
	put_totals(&w, s);
	put_callers(&w, view);
	err = put_wanted(&w, view) ?: pcsc_json_put_phases(&w, view);
	if (err)
		return err;
	put_processes(&w, view);
	pcsc_json_put_waits(&w, view);
	pcsc_jsonw_array(&w, "functions");
	for (uint32_t i = 0; i < rec->header.nr_functions; i++)
		if (pcsc_lists(view, i))
			put_function(&w, s, i);
	pcsc_jsonw_end(&w);
	pcsc_jsonw_array(&w, "registers");
	put_registers(&w, view);
	pcsc_jsonw_end(&w);
	put_latencies(&w, s);
	pcsc_jsonw_end(&w);
	return 0;
}
