// SPDX-License-Identifier: GPL-2.0-only
#include "coverage.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "core/map.h"
#include "identity.h"
#include "jsonw.h"
#include "profile.h"
#include "talk.h"
#include "values.h"

/* Of one model, or of the functions without one. */
struct covered {
	u64 functions, reads, covered, ns, covered_ns;
};

struct coverage {
	struct pcsc_rec *rec;
	struct pcsc_rec_rows rows;
	struct profile *prof;
	struct covered *models; /* the last: functions without a model */
	struct covered all;
};

static void add(struct covered *to, const struct pcsc_rec_register *r,
		bool covered)
{
	const u64 ns = r->latency_sum_ns - r->write_sum_ns;

	to->reads += r->reads;
	to->ns += ns;
	to->covered += covered ? r->reads : 0;
	to->covered_ns += covered ? ns : 0;
}

static bool is_covered(const struct pcsc_map *map,
		       const struct pcsc_rec_register *r)
{
	const u8 want = ((1u << r->width) - 1) << (r->offset & 3);

	return r->offset < map->cfg_size &&
	       !(want & ~map->dword[r->offset / 4].mask);
}

static int look_at(struct coverage *c, const void *compiled, u32 i,
		   struct pcsc_values *values, struct pcsc_map *map)
{
	const struct pcsc_rec_function *f = &c->rec->functions[i];
	struct pcsc_rec_rows *rows = &c->rows;
	const struct pcsc_identity identity = identity_of(f);
	struct pcsc_layout layout;
	struct covered *model;
	int err = pcsc_rec_registers(c->rec, i, rows);

	if (err)
		return err;
	memset(values, 0, sizeof(*values));
	for (u32 r = 0; r < rows->nr; r++)
		pcsc_values_add(values, &rows->row[r]);
	pcsc_values_walk(values, f->cfg_size ?: 4096, &layout);
	pcsc_map_make(map, compiled, &identity, &layout);
	model = &c->models[map->model < 0 ? c->prof->nr_models :
					    (size_t)map->model];
	model->functions++;
	c->all.functions++;
	for (u32 r = 0; r < rows->nr; r++) {
		const bool covered = is_covered(map, &rows->row[r]);

		add(model, &rows->row[r], covered);
		add(&c->all, &rows->row[r], covered);
	}
	return 0;
}

static int look_at_all(struct coverage *c, const void *compiled)
{
	_cleanup_free_ struct pcsc_values *values = malloc(sizeof(*values));
	_cleanup_free_ struct pcsc_map *map = malloc(sizeof(*map));
	int err = 0;

	c->models = calloc(c->prof->nr_models + 1, sizeof(*c->models));
	if (!values || !map || !c->models)
		err = -ENOMEM;
	for (u32 i = 0; i < c->rec->header.nr_functions && !err; i++)
		err = look_at(c, compiled, i, values, map);
	return err == -ENOMEM ? pcsc_fail(err, "out of memory") : err;
}

/* ---- what is printed ---- */

static double percent(u64 part, u64 whole)
{
	return whole ? 100.0 * part / whole : 0;
}

static void name_model(const struct coverage *c, size_t i, char name[48])
{
	const struct pcsc_profile_model *m;

	if (i == c->prof->nr_models) {
		snprintf(name, 48, "no model");
		return;
	}
	m = &c->prof->models[i].id;
	if (m->match & PCSC_MATCH_DEVICE)
		snprintf(name, 48, "%04x:%04x%s %08x", m->vendor, m->device,
			 m->match & PCSC_MATCH_VF && m->is_vf ? " VF" : "",
			 m->fingerprint);
	else
		snprintf(name, 48, "models[%zu]", i);
}

static void print_text(const struct coverage *c)
{
	const struct covered *all = &c->all;
	char name[48];

	printf("%" PRIu64 " of %" PRIu64
	       " reads (%.1f %%; %.1f of %.1f ms) are of bytes that the profile lets be answered from memory; the first read of each is among them.\n\n",
	       all->covered, all->reads, percent(all->covered, all->reads),
	       all->covered_ns / 1e6, all->ns / 1e6);
	printf("%-28s %9s %9s %9s %5s %9s\n", "MODEL", "FUNCTIONS", "READS",
	       "COVERED", "%", "MS");
	for (size_t i = 0; i <= c->prof->nr_models; i++) {
		const struct covered *m = &c->models[i];

		if (!m->functions)
			continue;
		name_model(c, i, name);
		printf("%-28s %9" PRIu64 " %9" PRIu64 " %9" PRIu64
		       " %5.1f %9.1f\n",
		       name, m->functions, m->reads, m->covered,
		       percent(m->covered, m->reads), m->covered_ns / 1e6);
	}
}

static void json_covered(struct pcsc_jsonw *w, const struct covered *m)
{
	pcsc_jsonw_uint(w, "functions", m->functions);
	pcsc_jsonw_uint(w, "reads", m->reads);
	pcsc_jsonw_uint(w, "covered", m->covered);
	pcsc_jsonw_uint(w, "ns", m->ns);
	pcsc_jsonw_uint(w, "covered_ns", m->covered_ns);
}

static void print_json(const struct coverage *c)
{
	struct pcsc_jsonw w = { .file = stdout };
	char name[48];

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-profile-coverage");
	pcsc_jsonw_uint(&w, "version", 1);
	json_covered(&w, &c->all);
	pcsc_jsonw_array(&w, "models");
	for (size_t i = 0; i <= c->prof->nr_models; i++) {
		if (!c->models[i].functions)
			continue;
		name_model(c, i, name);
		pcsc_jsonw_object(&w, NULL);
		pcsc_jsonw_string(&w, "name", name);
		json_covered(&w, &c->models[i]);
		pcsc_jsonw_end(&w);
	}
	pcsc_jsonw_end(&w);
	pcsc_jsonw_end(&w);
}

static void coverage_free(struct coverage *c)
{
	if (c->rec)
		pcsc_rec_free(c->rec);
	pcsc_rec_rows_free(&c->rows);
	profile_free(c->prof);
	free(c->models);
}

static void warn_of(const char *path, const struct pcsc_rec_header *h)
{
	if (h->flags & PCSC_REC_SERVED)
		pcsc_warn(
			"%s: the helper's mode was 'on' while it was recorded, so memory answered some of these reads",
			path);
	if (h->flags &
	    (PCSC_REC_INCOMPLETE | PCSC_REC_PARTIAL | PCSC_REC_UNFINISHED))
		pcsc_warn(
			"%s: not all accesses are in it, so the answer is about those that are",
			path);
}

int coverage_command(const char *recording, const char *profile, bool json)
{
	_cleanup_(coverage_free) struct coverage c = {};
	_cleanup_free_ void *compiled = NULL;
	u32 size;
	int err;

	err = pcsc_rec_open(recording, &c.rec) ?:
		      profile_load(profile, false, &c.prof, NULL);
	if (err)
		return err;
	warn_of(recording, &c.rec->header);
	/* The helper takes the first model that fits, in this order. */
	profile_sort(c.prof);
	err = profile_compile(profile_input_name(profile), c.prof, &compiled, &size) ?:
		      look_at_all(&c, compiled);
	if (err)
		return err;
	if (json)
		print_json(&c);
	else
		print_text(&c);
	return pcsc_flush_stdout();
}
