// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without a helper there is pcsc_up 0 and nothing else: a count that nobody
 * keeps is not zero. After a reload the counters begin at 0 again, which
 * Prometheus takes for what it is.
 */
#include <inttypes.h>
#include <string.h>

#include "array.h"
#include "jsonw.h"
#include "monitor/health.h"
#include "monitor/render.h"

struct sample {
	const char *label; /* the value, of the metric's label */
	struct stat_rest of;
};

struct metric {
	const char *name;
	const char *help;
	const char *label; /* NULL: a single sample */
	bool seconds; /* the line counts microseconds */
	struct sample samples[6];
};

static const struct metric metrics[] = {
	{ "pcsc_config_reads_total",
	  "Configuration space reads, by how they were answered.",
	  "result",
	  false,
	  { { "hit", { PCSC_STAT_HITS, { 0 } } },
	    { "miss", { PCSC_STAT_MISSES, { 0 } } },
	    { "uncachable", STATS_UNCACHABLE },
	    { "bypass", { PCSC_STAT_BYPASSED, { 0 } } },
	    { "would_be_hit", { PCSC_STAT_WOULD_BE_HITS, { 0 } } },
	    { "verified", { PCSC_STAT_VERIFIED, { 0 } } } } },
	{ "pcsc_config_mode_reads_total",
	  "Configuration space reads, by the mode that they were made in.",
	  "mode",
	  false,
	  { { "shadow", { PCSC_STAT_SHADOW_READS, { 0 } } },
	    { "on", { PCSC_STAT_READS, { PCSC_STAT_SHADOW_READS } } } } },
	{ "pcsc_config_hardware_reads_total",
	  "Configuration space reads that went to hardware.",
	  NULL,
	  false,
	  { { NULL, { PCSC_STAT_HARDWARE_READS, { 0 } } } } },
	{ "pcsc_config_writes_total",
	  "Configuration space writes.",
	  NULL,
	  false,
	  { { NULL, { PCSC_STAT_WRITES, { 0 } } } } },
	{ "pcsc_invalidations_total",
	  "Invalidations of cached lines.",
	  NULL,
	  false,
	  { { NULL, { PCSC_STAT_INVALIDATIONS, { 0 } } } } },
	{ "pcsc_device_resets_total",
	  "Resets of functions that the helper saw.",
	  NULL,
	  false,
	  { { NULL, { PCSC_STAT_RESETS, { 0 } } } } },
	{ "pcsc_mismatches_total",
	  "Sampled hits that hardware contradicted. Any is worth an alert.",
	  NULL,
	  false,
	  { { NULL, { PCSC_STAT_MISMATCHES, { 0 } } } } },
	{ "pcsc_quarantined_functions",
	  "Functions in quarantine now. Any is worth an alert.",
	  NULL,
	  false,
	  { { NULL, { PCSC_STAT_QUARANTINED, { 0 } } } } },
	{ "pcsc_demotions_total",
	  "Bytes that lost the class const, by a write or a mismatch.",
	  NULL,
	  false,
	  { { NULL, { PCSC_STAT_DEMOTED, { 0 } } } } },
	{ "pcsc_background_reads_total",
	  "Hardware reads that the helper made for itself, by their cause.",
	  "cause",
	  false,
	  { { "walk", { PCSC_STAT_WALK_READS, { 0 } } },
	    { "identity", { PCSC_STAT_IDENTITY_READS, { 0 } } },
	    { "populate", { PCSC_STAT_POPULATE_READS, { 0 } } },
	    { "scrub", { PCSC_STAT_SCRUB_READS, { 0 } } } } },
	{ "pcsc_cache_access_seconds_total",
	  "Time in hits and misses, estimated: counts times a measured access.",
	  NULL,
	  true,
	  { { NULL, { PCSC_STAT_CACHE_TIME, { 0 } } } } },
	{ "pcsc_hardware_access_seconds_total",
	  "Time in hardware accesses, estimated: counts times a measured access.",
	  NULL,
	  true,
	  { { NULL, { PCSC_STAT_HARDWARE_TIME, { 0 } } } } },
};

static void head(FILE *out, const char *name, const char *help,
		 const char *type)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void print_sample(FILE *out, const struct metric *m,
			 const struct sample *p, uint64_t n)
{
	fputs(m->name, out);
	if (m->label)
		fprintf(out, "{%s=\"%s\"}", m->label, p->label);
	if (m->seconds)
		fprintf(out, " %" PRIu64 ".%06" PRIu64 "\n", n / 1000000,
			n % 1000000);
	else
		fprintf(out, " %" PRIu64 "\n", n);
}

/* What only grows is called so; the rest is a number of now. */
static const char *type_of(const struct metric *m)
{
	const char *end = strrchr(m->name, '_');

	return !strcmp(end, "_total") ? "counter" : "gauge";
}

static void metric(FILE *out, const struct metric *m, const struct stats *s)
{
	const struct sample *p = m->samples;

	head(out, m->name, m->help, type_of(m));
	for (size_t i = 0; i < ARRAY_SIZE(m->samples) && p[i].of.line; i++)
		print_sample(out, m, &p[i], stats_rest(s, &p[i].of));
}

static void mode(FILE *out, const struct stats *s)
{
	static const char *const modes[] = { "off", "shadow", "on" };
	size_t i;

	head(out, "pcsc_mode", "The helper's mode: 1 for the one it is in.",
	     "gauge");
	for (i = 0; i < ARRAY_SIZE(modes); i++)
		fprintf(out, "pcsc_mode{mode=\"%s\"} %d\n", modes[i],
			!strcmp(s->mode, modes[i]));
}

void render_metrics(FILE *out, const struct stats *s)
{
	size_t i;

	head(out, "pcsc_up", "1 if the kernel helper is loaded.", "gauge");
	fprintf(out, "pcsc_up %d\n", s->up);
	if (!s->up)
		return;
	mode(out, s);
	for (i = 0; i < ARRAY_SIZE(metrics); i++)
		metric(out, &metrics[i], s);
}

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
