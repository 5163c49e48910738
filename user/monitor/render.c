// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without a helper there is pcsc_up 0 and nothing else: a count that nobody
 * keeps is not zero. After a reload the counters begin at 0 again, which
 * Prometheus takes for what it is.
 */
#include <inttypes.h>
#include <string.h>

#include "monitor/render.h"

/* One sample: from a line of stats, less those that it includes. */
struct sample {
	const char *label; /* the value, of the metric's label */
	const char *line;
	const char *less[3];
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
	  { { "hit", "Cache Hits", { 0 } },
	    { "miss", "Cache Misses", { 0 } },
	    { "uncachable",
	      "Uncachable Reads",
	      { "Bypassed Reads", "Would-be Hits", "Verified Hits" } },
	    { "bypass", "Bypassed Reads", { 0 } },
	    { "would_be_hit", "Would-be Hits", { 0 } },
	    { "verified", "Verified Hits", { 0 } } } },
	{ "pcsc_config_hardware_reads_total",
	  "Configuration space reads that went to hardware.",
	  NULL,
	  false,
	  { { NULL, "Hardware Reads", { 0 } } } },
	{ "pcsc_config_writes_total",
	  "Configuration space writes.",
	  NULL,
	  false,
	  { { NULL, "Writes", { 0 } } } },
	{ "pcsc_invalidations_total",
	  "Invalidations of cached lines.",
	  NULL,
	  false,
	  { { NULL, "Cache Invalidations", { 0 } } } },
	{ "pcsc_device_resets_total",
	  "Resets of functions that the helper saw.",
	  NULL,
	  false,
	  { { NULL, "Device Resets", { 0 } } } },
	{ "pcsc_mismatches_total",
	  "Sampled hits that hardware contradicted. Any is worth an alert.",
	  NULL,
	  false,
	  { { NULL, "Mismatches", { 0 } } } },
	{ "pcsc_demotions_total",
	  "Bytes that lost the class const, by a write or a mismatch.",
	  NULL,
	  false,
	  { { NULL, "Demoted Bytes", { 0 } } } },
	{ "pcsc_background_reads_total",
	  "Hardware reads that nobody asked for, by what they were for.",
	  "cause",
	  false,
	  { { "walk", "Walk Reads", { 0 } },
	    { "identity", "Identity Reads", { 0 } },
	    { "populate", "Populate Reads", { 0 } },
	    { "verify", "Verify Reads", { 0 } },
	    { "scrub", "Scrub Reads", { 0 } } } },
	{ "pcsc_cache_access_seconds_total",
	  "Time in hits and misses, estimated: counts times a measured access.",
	  NULL,
	  true,
	  { { NULL, "Total Cache Access Time", { 0 } } } },
	{ "pcsc_hardware_access_seconds_total",
	  "Time in hardware accesses, estimated: counts times a measured access.",
	  NULL,
	  true,
	  { { NULL, "Total Hardware Access Time", { 0 } } } },
};

static void head(FILE *out, const char *name, const char *help,
		 const char *type)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static uint64_t value_of(const struct sample *p, const struct stats *s)
{
	uint64_t n = stats_value(s, p->line), less;
	unsigned int i;

	for (i = 0; i < 2 && p->less[i]; i++) {
		less = stats_value(s, p->less[i]);
		n = n > less ? n - less : 0;
	}
	return n;
}

static void counter(FILE *out, const struct metric *m, const struct stats *s)
{
	const struct sample *p;
	uint64_t n;

	head(out, m->name, m->help, "counter");
	for (p = m->samples; p->line; p++) {
		n = value_of(p, s);
		fputs(m->name, out);
		if (m->label)
			fprintf(out, "{%s=\"%s\"}", m->label, p->label);
		if (m->seconds)
			fprintf(out, " %" PRIu64 ".%06" PRIu64 "\n",
				n / 1000000, n % 1000000);
		else
			fprintf(out, " %" PRIu64 "\n", n);
	}
}

static void mode(FILE *out, const struct stats *s)
{
	static const char *const modes[] = { "off", "shadow", "on" };
	unsigned int i;

	head(out, "pcsc_mode", "The helper's mode: 1 for the one it is in.",
	     "gauge");
	for (i = 0; i < 3; i++)
		fprintf(out, "pcsc_mode{mode=\"%s\"} %d\n", modes[i],
			!strcmp(s->mode, modes[i]));
}

void render_metrics(FILE *out, const struct stats *s)
{
	unsigned int i;

	head(out, "pcsc_up", "1 if the kernel helper is loaded.", "gauge");
	fprintf(out, "pcsc_up %d\n", s->up);
	if (!s->up)
		return;
	mode(out, s);
	for (i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++)
		counter(out, &metrics[i], s);
}

static void json_string(FILE *out, const char *text)
{
	const unsigned char *c;

	fputc('"', out);
	for (c = (const unsigned char *)text; *c; c++) {
		if (*c < 0x20 || *c > 0x7e)
			fprintf(out, "\\u%04x", *c);
		else if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

void render_json(FILE *out, const struct stats *s)
{
	unsigned int i;

	fprintf(out, "{\"up\":%s,\"mode\":", s->up ? "true" : "false");
	json_string(out, s->mode);
	fprintf(out, ",\"stats\":{");
	for (i = 0; i < s->nr; i++) {
		if (i)
			fputc(',', out);
		json_string(out, s->line[i].name);
		fprintf(out, ":%" PRIu64, s->line[i].value);
	}
	fprintf(out, "}}\n");
}
