// SPDX-License-Identifier: GPL-2.0-only
/* Without a helper there are no figures, and `stats` is empty. */
#include "jsonw.h"
#include "health.h"
#include "monitor/render.h"

static void put_figures(struct pcsc_jsonw *w, const struct figures *f)
{
	pcsc_jsonw_object(w, "figures");
	pcsc_jsonw_uint(w, "reads", f->reads);
	pcsc_jsonw_uint(w, "hardware_reads", f->hardware_reads);
	pcsc_jsonw_uint(w, "mismatches", f->mismatches);
	pcsc_jsonw_uint(w, "hits", f->hits);
	pcsc_jsonw_uint(w, "mode_reads", f->mode_reads);
	pcsc_jsonw_uint(w, "saved_us", f->saved_us);
	pcsc_jsonw_double(w, "lookup_us", f->lookup_us);
	pcsc_jsonw_double(w, "hardware_us", f->hardware_us);
	pcsc_jsonw_uint(w, "avoided_reads", f->hits);
	pcsc_jsonw_uint(w, "own_reads", f->own_reads);
	pcsc_jsonw_uint(w, "quarantined", f->quarantined);
	pcsc_jsonw_uint(w, "demoted", f->demoted);
	pcsc_jsonw_end(w);
}

void render_json(FILE *out, const struct stats *s)
{
	const struct figures figures = stats_figures(s, s->mode);
	const struct health *health = health_of(s);
	struct pcsc_jsonw w = { .file = out, .compact = true };

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_bool(&w, "up", s->up);
	pcsc_jsonw_string(&w, "mode", s->mode);
	pcsc_jsonw_string(&w, "health", health->word);
	pcsc_jsonw_string(&w, "level", health->level);
	pcsc_jsonw_string(&w, "advice", health->advice);
	if (s->up)
		put_figures(&w, &figures);
	pcsc_jsonw_object(&w, "stats");
	for (unsigned int i = 0; i < s->nr; i++) {
		pcsc_jsonw_key(&w, s->line[i].name);
		pcsc_jsonw_uint(&w, NULL, s->line[i].value);
	}
	pcsc_jsonw_end(&w);
	pcsc_jsonw_end(&w);
}
