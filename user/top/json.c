// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bdf.h"
#include "health.h"
#include "jsonw.h"
#include "top/batch.h"
#include "top/summary.h"
#include "words.h"

static void put_rate(struct pcsc_jsonw *w, double percent)
{
	if (percent >= 0)
		pcsc_jsonw_double(w, "hit_percent", percent);
}

static void put_span(struct pcsc_jsonw *w, const char *key,
		     const struct span *s, bool timed)
{
	pcsc_jsonw_object(w, key);
	if (timed)
		pcsc_jsonw_double(w, "seconds", s->seconds);
	pcsc_jsonw_uint(w, "reads", s->reads);
	pcsc_jsonw_uint(w, "hits", s->hits);
	pcsc_jsonw_uint(w, "mode_reads", s->mode_reads);
	put_rate(w, span_rate(s));
	pcsc_jsonw_uint(w, "hardware_reads", s->hardware);
	pcsc_jsonw_uint(w, "saved_us", s->saved_us + .5);
	pcsc_jsonw_uint(w, "own_reads", s->own);
	pcsc_jsonw_end(w);
}

static void put_counts(struct pcsc_jsonw *w, const char *key,
		       const struct model *m, const struct counts *c)
{
	pcsc_jsonw_object(w, key);
	pcsc_jsonw_uint(w, "reads", c->reads);
	pcsc_jsonw_uint(w, "hits", c->hits);
	put_rate(w, counts_rate(c));
	pcsc_jsonw_uint(w, "hardware_reads", c->hardware);
	pcsc_jsonw_uint(w, "saved_us", counts_saved_us(m, c) + .5);
	pcsc_jsonw_end(w);
}

static void put_identity(struct pcsc_jsonw *w, const struct model *m,
			 const struct row *row)
{
	const struct pcsc_function_state *f = &row->f.state;
	const struct sample_device *d = row_device(m, row);
	char text[PCSC_BDF_SIZE];

	pcsc_jsonw_string(w, "address",
			  pcsc_bdf_format(text, f->domain, f->bus, f->devfn));
	pcsc_jsonw_bool(w, "vf", f->is_vf);
	if (row->f.pf != SAMPLE_NO_PF)
		pcsc_jsonw_string(w, "pf",
				  pcsc_bdf_format(text, f->domain,
						  row->f.pf >> 8, row->f.pf));
	if (d) {
		snprintf(text, sizeof(text), "%04x:%04x", d->vendor, d->device);
		pcsc_jsonw_string(w, "id", text);
		pcsc_jsonw_string(w, "device", d->name);
	}
	pcsc_jsonw_string(w, "driver", row->f.driver);
}

static void put_function(struct pcsc_jsonw *w, const struct model *m,
			 const struct row *row)
{
	const struct pcsc_function_state *f = &row->f.state;

	pcsc_jsonw_object(w, NULL);
	put_identity(w, m, row);
	pcsc_jsonw_string(w, "state", state_words[row->state]);
	pcsc_jsonw_string(w, "mode", pcsc_mode_name(f->mode));
	pcsc_jsonw_array(w, "bypassed");
	for (size_t i = 0; i < PCSC_WHYS; i++)
		if (f->why & pcsc_whys[i].bit)
			pcsc_jsonw_string(w, NULL, pcsc_whys[i].name);
	pcsc_jsonw_end(w);
	if (row->known && m->seconds > 0)
		put_counts(w, "now", m, &row->now);
	put_counts(w, "all", m, &row->all);
	pcsc_jsonw_uint(w, "background_reads", f->background_reads);
	pcsc_jsonw_uint(w, "writes", f->writes);
	pcsc_jsonw_uint(w, "const_bytes", f->const_bytes);
	pcsc_jsonw_uint(w, "valid_bytes", f->valid_bytes);
	pcsc_jsonw_uint(w, "demoted_bytes", f->demotions);
	pcsc_jsonw_uint(w, "mismatches", f->mismatches);
	pcsc_jsonw_end(w);
}

static void put_totals(struct pcsc_jsonw *w, const struct model *m)
{
	const struct figures f = stats_figures(&m->stats, m->stats.mode);

	pcsc_jsonw_object(w, "totals");
	if (m->seconds > 0)
		put_span(w, "now", &m->now, true);
	put_span(w, "run", &m->run, true);
	put_span(w, "all", &m->all, false);
	pcsc_jsonw_uint(w, "mismatches", f.mismatches);
	pcsc_jsonw_uint(w, "quarantined", f.quarantined);
	pcsc_jsonw_uint(w, "demoted_bytes", f.demoted);
	pcsc_jsonw_end(w);
}

static void put_functions(struct pcsc_jsonw *w, const struct model *m,
			  const struct table *t, uint32_t most)
{
	char buf[SUMMARY_WIDTH];
	const char *none = summary_why_none(m, buf, sizeof(buf));

	if (none) {
		pcsc_jsonw_string(w, "reason", none);
		return;
	}
	pcsc_jsonw_uint(w, "nr_functions", m->nr);
	pcsc_jsonw_uint(w, "matching", t->nr);
	pcsc_jsonw_array(w, "functions");
	for (uint32_t i = 0; i < t->nr && (!most || i < most); i++)
		put_function(w, m, table_row(t, m, i));
	pcsc_jsonw_end(w);
}

void batch_json(const struct model *m, const struct table *t,
		const struct batch_style *style)
{
	const struct health *h = health_of(&m->stats);
	struct pcsc_jsonw w = { .file = stdout, .compact = true };

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-top");
	pcsc_jsonw_uint(&w, "version", 1);
	pcsc_jsonw_uint(&w, "at", time(NULL));
	pcsc_jsonw_bool(&w, "up", m->up);
	pcsc_jsonw_string(&w, "mode", m->stats.mode);
	pcsc_jsonw_string(&w, "health", h->word);
	pcsc_jsonw_string(&w, "level", h->level);
	if (m->up) {
		pcsc_jsonw_string(&w, "profile", m->info.profile);
		put_totals(&w, m);
		put_functions(&w, m, t, style->lines);
	}
	pcsc_jsonw_end(&w);
}
