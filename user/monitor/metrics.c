// SPDX-License-Identifier: GPL-2.0-only
/*
 * Without a helper there is pcsc_up 0, what the daemon tells of itself, and
 * nothing else: a count that nobody keeps is not zero. After a reload the counters
 * begin at 0 again, which Prometheus takes for what it is.
 */
#include "monitor/metrics.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "array.h"

struct sample {
	const char *label; /* the value, of the metric's label */
	struct stat_rest of;
};

struct metric {
	const char *name;
	const char *help;
	const char *label; /* NULL: a single sample */
	struct sample samples[6];
};

#define LINE(symbol)                \
	{                           \
		PCSC_STAT_##symbol, \
		{                   \
			0           \
		}                   \
	}
#define SINGLE(symbol)                     \
	{                                  \
		{                          \
			NULL, LINE(symbol) \
		}                          \
	}

/* Lines that count microseconds are metrics whose name has the unit. */
static const struct metric metrics[] = {
	{ "pcsc_config_reads_total",
	  "Configuration space reads, by how they were answered.",
	  "result",
	  { { "hit", LINE(HITS) },
	    { "miss", LINE(MISSES) },
	    { "uncachable", STATS_UNCACHABLE },
	    { "bypass", LINE(BYPASSED) },
	    { "would_be_hit", LINE(WOULD_BE_HITS) },
	    { "verified", LINE(VERIFIED) } } },
	{ "pcsc_config_mode_reads_total",
	  "Configuration space reads, by the mode that they were made in.",
	  "mode",
	  { { "shadow", LINE(SHADOW_READS) },
	    { "on", { PCSC_STAT_READS, { PCSC_STAT_SHADOW_READS } } } } },
	{ "pcsc_config_phase_reads_total",
	  "Configuration space reads, by what used the function then.",
	  "phase",
	  { { "enumeration", LINE(ENUMERATION_READS) },
	    { "kernel", LINE(KERNEL_READS) },
	    { "user_driver", LINE(USER_READS) },
	    { "unlisted", LINE(UNLISTED_READS) } } },
	{ "pcsc_config_phase_hits_total",
	  "Hits, by what used the function then.",
	  "phase",
	  { { "enumeration", LINE(ENUMERATION_HITS) },
	    { "kernel", LINE(KERNEL_HITS) },
	    { "user_driver", LINE(USER_HITS) },
	    { "unlisted", LINE(UNLISTED_HITS) } } },
	{ "pcsc_config_sibling_hits_total",
	  "Hits that were answered by what VFs have in common.", NULL,
	  SINGLE(SIBLING_HITS) },
	{ "pcsc_config_hardware_reads_total",
	  "Configuration space reads that went to hardware.", NULL,
	  SINGLE(HARDWARE_READS) },
	{ "pcsc_config_writes_total", "Configuration space writes.", NULL,
	  SINGLE(WRITES) },
	{ "pcsc_fills_total", "Values that were put into the cache.", NULL,
	  SINGLE(FILLS) },
	{ "pcsc_invalidations_total", "Invalidations of cached lines.", NULL,
	  SINGLE(INVALIDATIONS) },
	{ "pcsc_templates_dropped_total",
	  "Times that what VFs have in common was dropped.", NULL,
	  SINGLE(TEMPLATES_DROPPED) },
	{ "pcsc_device_resets_total",
	  "Resets of functions that the helper saw.", NULL, SINGLE(RESETS) },
	{ "pcsc_mismatches_total",
	  "Sampled hits that hardware contradicted. Any is worth an alert.",
	  NULL, SINGLE(MISMATCHES) },
	{ "pcsc_mismatches_lost_total",
	  "Mismatches that the next kernel could not be told of.", NULL,
	  SINGLE(MISMATCHES_LOST) },
	{ "pcsc_mismatched_registers",
	  "Registers that are not served now, because of a mismatch.", NULL,
	  SINGLE(MISMATCHED) },
	{ "pcsc_quarantined_functions",
	  "Functions in quarantine now. Any is worth an alert.", NULL,
	  SINGLE(QUARANTINED) },
	{ "pcsc_demotions_total",
	  "Bytes that lost the class const, by a write or a mismatch.", NULL,
	  SINGLE(DEMOTED) },
	{ "pcsc_hooks_missing", "Hooks into the kernel that are missing now.",
	  NULL, SINGLE(HOOKS_MISSING) },
	{ "pcsc_hook_calls_missed_total",
	  "Calls that a hook into the kernel missed.", NULL,
	  SINGLE(HOOKS_MISSED) },
	{ "pcsc_background_reads_total",
	  "Hardware reads that the helper made for itself, by their cause.",
	  "cause",
	  { { "walk", LINE(WALK_READS) },
	    { "identity", LINE(IDENTITY_READS) },
	    { "populate", LINE(POPULATE_READS) },
	    { "scrub", LINE(SCRUB_READS) } } },
	{ "pcsc_handed_over_lines",
	  "Lines that the kernel before handed over, by what became of them.",
	  "state",
	  { { "adopted", LINE(RESTORED) },
	    { "refused", LINE(REFUSED) },
	    { "waiting", LINE(WAITING) } } },
	{ "pcsc_restore_seconds_total",
	  "Time that taking over lines of the kernel before took.",
	  "part",
	  { { "index", LINE(RESTORE_BUILD_TIME) },
	    { "adopt",
	      { PCSC_STAT_RESTORE_TIME,
		{ PCSC_STAT_RESTORE_BUILD_TIME } } } } },
	{ "pcsc_cache_access_seconds",
	  "Time in hits and misses at the present mean, so it may fall.", NULL,
	  SINGLE(CACHE_TIME) },
	{ "pcsc_cache_lookup_seconds",
	  "Time in hits and misses without hardware, at the present mean.",
	  NULL, SINGLE(LOOKUP_TIME) },
	{ "pcsc_hardware_access_seconds",
	  "Time in hardware accesses at the present mean, so it may fall.",
	  NULL, SINGLE(HARDWARE_TIME) },
};

struct writer {
	FILE *out;
	bool open; /* OpenMetrics */
};

static bool ends(const char *name, const char *end)
{
	const size_t n = strlen(name), m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

/* What only grows is called so; the rest is a number of now. */
static const char *type_of(const char *name, bool open)
{
	if (ends(name, "_total"))
		return "counter";
	return open && ends(name, "_info") ? "info" : "gauge";
}

static bool in_seconds(const char *name)
{
	return ends(name, "_seconds") || ends(name, "_seconds_total");
}

/* OpenMetrics calls a family by what its samples' names have in common. */
static void head(const struct writer *w, const char *name, const char *help)
{
	const char *type = type_of(name, w->open);
	int n = strlen(name);

	if (w->open && strcmp(type, "gauge"))
		n = strrchr(name, '_') - name;
	fprintf(w->out, "# HELP %.*s %s\n# TYPE %.*s %s\n", n, name, help, n,
		name, type);
	if (w->open && in_seconds(name))
		fprintf(w->out, "# UNIT %.*s seconds\n", n, name);
}

static void print_sample(const struct writer *w, const char *name,
			 const char *label, const char *value, uint64_t n)
{
	fputs(name, w->out);
	if (label)
		fprintf(w->out, "{%s=\"%s\"}", label, value);
	if (in_seconds(name))
		fprintf(w->out, " %" PRIu64 ".%06" PRIu64 "\n", n / 1000000,
			n % 1000000);
	else
		fprintf(w->out, " %" PRIu64 "\n", n);
}

static void single(const struct writer *w, const char *name, const char *help,
		   uint64_t n)
{
	head(w, name, help);
	print_sample(w, name, NULL, NULL, n);
}

static void metric(const struct writer *w, const struct metric *m,
		   const struct stats *s)
{
	const struct sample *p = m->samples;

	head(w, m->name, m->help);
	for (size_t i = 0; i < ARRAY_SIZE(m->samples) && p[i].of.line; i++)
		print_sample(w, m->name, m->label, p[i].label,
			     stats_rest(s, &p[i].of));
}

static void mode(const struct writer *w, const struct stats *s)
{
	static const char *const modes[] = { "off", "shadow", "on" };

	head(w, "pcsc_mode", "The helper's mode: 1 for the one it is in.");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		print_sample(w, "pcsc_mode", "mode", modes[i],
			     !strcmp(s->mode, modes[i]));
}

static void print_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			fputc('\\', out);
		if (*text == '\n')
			fputs("\\n", out);
		else
			fputc(*text, out);
	}
}

/* Without a profile there is none to name. */
static void profile(const struct writer *w, const struct profile_id *p)
{
	if (!p->digest[0])
		return;
	head(w, "pcsc_profile_info", "The profile in force.");
	fputs("pcsc_profile_info{name=\"", w->out);
	print_escaped(w->out, p->name);
	fprintf(w->out, "\",digest=\"%s\"} 1\n", p->digest);
}

static void myself(const struct writer *w, const struct self *self)
{
	static const char requests[] = "pcsc_exporter_requests_total";
	static const char peers[] = "pcsc_exporter_peers_closed_total";

	head(w, "pcsc_build_info", "The version of pcsc-monitor.");
	fputs("pcsc_build_info{version=\"" PCSC_VERSION "\"} 1\n", w->out);
	single(w, "pcsc_exporter_scrape_duration_seconds",
	       "Time that reading the helper's numbers took for this scrape.",
	       (uint64_t)(self->read_seconds * 1e6));
	head(w, requests, "Requests that pcsc-monitor answered or refused.");
	print_sample(w, requests, "result", "answered", self->answered);
	print_sample(w, requests, "result", "refused", self->refused);
	head(w, peers, "Connections that pcsc-monitor hung up, by the reason.");
	print_sample(w, peers, "reason", "slow", self->slow);
	print_sample(w, peers, "reason", "idle", self->idle);
	print_sample(w, peers, "reason", "crowded", self->crowded);
}

/* Whole octaves, so that a slot is below a bound or above it: 256 ns to 17 ms. */
static void histogram(const struct writer *w, const char *operation,
		      const struct pcsc_latencies *h)
{
	static const char name[] = "pcsc_trace_access_seconds";
	uint64_t below = 0;
	unsigned int slot = 0;

	for (unsigned int octave = 8; octave <= 24; octave++) {
		const uint64_t bound = 1ull << octave;

		while (slot < PCSC_REC_SLOTS && pcsc_slot_low(slot) < bound)
			below += h->slots[slot++];
		fprintf(w->out,
			"%s_bucket{operation=\"%s\",le=\"%.9f\"} %" PRIu64 "\n",
			name, operation, bound / 1e9, below);
	}
	fprintf(w->out,
		"%s_bucket{operation=\"%s\",le=\"+Inf\"} %" PRIu64
		"\n%s_sum{operation=\"%s\"} %.9f\n"
		"%s_count{operation=\"%s\"} %" PRIu64 "\n",
		name, operation, h->count, name, operation, h->sum_ns / 1e9,
		name, operation, h->count);
}

static void latencies(const struct writer *w, const struct tracer *t)
{
	static const char lost[] = "pcsc_trace_lost_total";

	if (!t)
		return;
	single(w, "pcsc_trace_up",
	       "1 while pcsc-trace measures how long accesses take.",
	       !tracer_reason(t));
	fputs("# HELP pcsc_trace_access_seconds Configuration space accesses, from memory or hardware, by how long they took.\n"
	      "# TYPE pcsc_trace_access_seconds histogram\n",
	      w->out);
	if (w->open)
		fputs("# UNIT pcsc_trace_access_seconds seconds\n", w->out);
	histogram(w, "read", tracer_all(t, false));
	histogram(w, "write", tracer_all(t, true));
	head(w, lost,
	     "Accesses that pcsc-trace did not see, by the reason; recursion: program runs.");
	for (unsigned int i = 0; i < TRACER_LOSSES; i++)
		print_sample(w, lost, "reason", tracer_losses[i],
			     tracer_lost(t, i));
}

void metrics_render(FILE *out, const struct scrape *s,
		    enum metrics_format format)
{
	const struct writer w = { out, format == METRICS_OPENMETRICS };

	single(&w, "pcsc_up", "1 if the kernel helper is loaded.", s->stats.up);
	myself(&w, &s->self);
	latencies(&w, s->tracer);
	if (s->stats.up) {
		mode(&w, &s->stats);
		profile(&w, &s->profile);
		for (size_t i = 0; i < ARRAY_SIZE(metrics); i++)
			metric(&w, &metrics[i], &s->stats);
	}
	if (w.open)
		fputs("# EOF\n", out);
}

const char *metrics_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS ?
		       "application/openmetrics-text; version=1.0.0; charset=utf-8" :
		       "text/plain; version=0.0.4; charset=utf-8";
}
