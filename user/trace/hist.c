// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-trace hist: how long accesses take, as histograms, while they are made. */
#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "collect.h"
#include "live.h"
#include "pcsc_trace.skel.h"
#include "report.h"
#include "report_json.h"
#include "talk.h"

/* Of all functions and widths: [is a write]. */
struct sums {
	struct pcsc_latencies of[2];
};

struct hist {
	struct sums before;
	uint32_t printed;
	bool enough;
};

static void add(struct pcsc_latencies *sum, const struct pcsc_hist_value *v)
{
	sum->count += v->count;
	sum->sum_ns += v->sum_ns;
	if (v->max_ns > sum->max_ns)
		sum->max_ns = v->max_ns;
	for (int i = 0; i < PCSC_REC_SLOTS; i++)
		sum->slots[i] += v->slots[i];
}

/* The first @nr histograms, in one call; thousands of calls a second would be felt. */
static struct pcsc_hist_value *read_hists(const struct bpf_map *map, __u32 nr)
{
	_cleanup_free_ struct pcsc_hist_value *hists =
		calloc(nr + 1ull, sizeof(*hists));
	_cleanup_free_ __u32 *keys = calloc(nr + 1ull, sizeof(*keys));
	__u32 batch;

	if (!hists || !keys) {
		pcsc_error("no memory left");
		return NULL;
	}
	if (nr && bpf_map_lookup_batch(bpf_map__fd(map), NULL, &batch, keys,
				       hists, &nr, NULL)) {
		pcsc_error("cannot read the table '%s': %s", bpf_map__name(map),
			   strerror(errno));
		return NULL;
	}
	return TAKE_PTR(hists);
}

static int read_sums(const struct pcsc_live *l, struct sums *out)
{
	_cleanup_(pcsc_rows_free) struct pcsc_rows rows = {};
	const struct pcsc_trace *skel = l->tracer.skel;
	int err = pcsc_rows_read(skel->maps.hist_numbers, &rows);
	const struct pcsc_hist_key *keys = (void *)rows.keys;
	const uint32_t *numbers = (void *)rows.values;
	_cleanup_free_ struct pcsc_hist_value *hists = NULL;
	__u32 nr = 0;

	*out = (struct sums){};
	if (err)
		return err;
	for (size_t i = 0; i < rows.nr; i++)
		nr = numbers[i] > nr ? numbers[i] : nr;
	if (nr > bpf_map__max_entries(skel->maps.hists))
		nr = bpf_map__max_entries(skel->maps.hists);
	hists = read_hists(skel->maps.hists, nr);
	if (!hists)
		return -EIO;
	/* A key may have no number yet, or one for which there is no room. */
	for (size_t i = 0; i < rows.nr; i++)
		if (numbers[i] && numbers[i] <= nr)
			add(&out->of[!!keys[i].is_write],
			    &hists[numbers[i] - 1]);
	return 0;
}

static void print_one(const struct pcsc_latencies *h, bool is_write, bool ms)
{
	const double unit = ms ? 1e6 : 1e3;
	uint64_t most = 0;
	int low = PCSC_REC_SLOTS, high = -1;

	for (int i = 0; i < PCSC_REC_SLOTS; i++) {
		if (!h->slots[i])
			continue;
		low = i < low ? i : low;
		high = i;
		most = h->slots[i] > most ? h->slots[i] : most;
	}
	printf("\n%s\n%23s : %-10s %s\n", is_write ? "Writes" : "Reads",
	       ms ? "ms" : "us", "count", "distribution");
	for (int i = low; i <= high; i++) {
		printf("%10.*f -> %-9.*f : %-10" PRIu64 " ", ms ? 3 : 1,
		       pcsc_slot_low(i) / unit, ms ? 3 : 1,
		       pcsc_slot_low(i + 1) / unit, h->slots[i]);
		pcsc_print_stars(h->slots[i], most);
	}
	printf("%" PRIu64
	       " in all, avg %.*f, p50 %.*f, p99 %.*f, max %.*f %s\n",
	       h->count, ms ? 3 : 1, pcsc_mean(h->sum_ns, h->count) / unit,
	       ms ? 3 : 1, pcsc_latencies_quantile_ns(h, 0.5) / unit,
	       ms ? 3 : 1, pcsc_latencies_quantile_ns(h, 0.99) / unit,
	       ms ? 3 : 1, h->max_ns / unit, ms ? "ms" : "us");
}

static void print_stamp(void)
{
	const time_t now = time(NULL);
	struct tm tm;
	char text[16];

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("\n%s\n", text);
}

/* Reads, then writes, of what came since the last time. */
static void print_both(const struct pcsc_latencies of[2], bool ms)
{
	for (int w = 0; w < 2; w++)
		if (of[w].count)
			print_one(&of[w], w, ms);
	if (!of[0].count && !of[1].count)
		puts("\nNo access.");
}

/* On a line of its own; losses are those since the start. */
static void print_json(const struct pcsc_live *l,
		       const struct pcsc_latencies of[2])
{
	const struct pcsc_rec_losses losses =
		pcsc_tracer_losses(&l->tracer).rec;
	struct pcsc_jsonw w = { .file = stdout, .compact = true };
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_uint(&w, "time_ms",
			t.tv_sec * 1000ull + t.tv_nsec / 1000000);
	for (int i = 0; i < 2; i++) {
		pcsc_jsonw_object(&w, i ? "writes" : "reads");
		pcsc_latencies_json(&w, &of[i]);
		pcsc_jsonw_end(&w);
	}
	pcsc_losses_json(&w, &losses);
	pcsc_jsonw_end(&w);
}

static void print(const struct pcsc_live *l, const struct pcsc_latencies of[2])
{
	const struct pcsc_live_options *o = l->options;

	if (o->json) {
		print_json(l, of);
		return;
	}
	if (o->stamps)
		print_stamp();
	print_both(of, o->ms);
}

static bool is_same(const struct sums *a, const struct sums *b)
{
	return a->of[0].count == b->of[0].count &&
	       a->of[1].count == b->of[1].count;
}

static bool print_hists(struct pcsc_live *l, bool last)
{
	const struct pcsc_live_options *o = l->options;
	struct hist *context = l->context;
	struct pcsc_latencies of[2];
	struct sums now;

	if (context->enough)
		return false;
	if (!l->error)
		l->error = read_sums(l, &now);
	if (l->error)
		return false;
	/* An interval that was cut short and has nothing says nothing. */
	if (last && context->printed && is_same(&now, &context->before))
		return false;
	for (int w = 0; w < 2; w++)
		of[w] = pcsc_latencies_since(&now.of[w],
					     &context->before.of[w]);
	print(l, of);
	context->before = now;
	context->printed++;
	context->enough = o->count && context->printed >= o->count;
	return !context->enough;
}

int pcsc_hist(const struct pcsc_live_options *o)
{
	struct hist context = {};
	struct pcsc_live live = {
		.options = o,
		.every_ns =
			o->interval > 0 ? o->interval * 1e9 : UINT64_MAX / 4,
		.tick = print_hists,
		.context = &context,
	};

	pcsc_info("tracing configuration accesses; end it with Ctrl-C");
	return pcsc_live_run(&live);
}
