// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bdf.h"
#include "cleanup.h"
#include "talk.h"

#define STARS 38

static void rec_freep(struct pcsc_rec **rec)
{
	pcsc_rec_free(*rec);
}

static double us(double ns)
{
	return ns / 1000;
}

static double percent(uint64_t part, uint64_t whole)
{
	return 100 * pcsc_mean(part, whole);
}

/* ---- totals ---- */

static void print_head(const struct pcsc_rec_header *h)
{
	time_t started = h->started_ns / 1000000000;
	char when[64] = "?";
	struct tm tm;

	if (localtime_r(&started, &tm))
		strftime(when, sizeof(when), "%F %T %z", &tm);
	printf("Recording of %s, Linux %s, from %s, %.3f s\n\n", h->host,
	       h->release, when, h->duration_ns / 1e9);
}

static void print_total(const char *what, const struct pcsc_tally *t)
{
	printf("%-10s %10" PRIu64 " %10" PRIu64 " %8" PRIu64 " %8" PRIu64
	       " %8" PRIu64 " %8" PRIu64 " %7.1f%% %9.1f %9.1f\n",
	       what, t->reads, t->writes, t->errors, t->all_ones, t->changes,
	       t->silent_changes, percent(t->repeats, t->reads),
	       us(pcsc_mean(t->latency_sum_ns, pcsc_tally_accesses(t))),
	       us(t->latency_max_ns));
}

static void print_totals(const struct pcsc_summary *s)
{
	printf("%-10s %10s %10s %8s %8s %8s %8s %8s %9s %9s\n", "ACCESSES",
	       "READS", "WRITES", "ERRORS", "ALL-ONES", "CHANGES", "SILENT",
	       "REPEATS", "MEAN us", "MAX us");
	print_total("kernel", &s->family[PCSC_REC_BUS]);
	print_total("user space", &s->family[PCSC_REC_USER]);
	print_total("all", &s->all);
	printf("%u functions (%u VFs), %u registers\n", s->nr_functions,
	       s->nr_vfs, s->all.registers);
}

static void print_losses(const struct pcsc_rec_header *h)
{
	const struct pcsc_rec_losses *l = &h->losses;

	if (!(h->flags & PCSC_REC_INCOMPLETE))
		printf("Nothing was lost.");
	else
		printf("INCOMPLETE: %" PRIu64 " accesses found no room, of %" PRIu64
		       " the start or the end was missed, %" PRIu64
		       " program runs were skipped.",
		       l->map_full, l->inflight, l->recursion);
	printf(" The recorder's own accesses, left out: %" PRIu64 ".\n",
	       l->own);
	if (h->flags & PCSC_REC_SERVED)
		puts("SERVED: the helper's mode was 'on' while this was recorded, so memory answered\n"
		     "some reads: pcsc-profile generate takes no evidence from it.");
}

/* ---- tables ---- */

/* Rows of a table, busiest first; equal ones stay in the recording's order. */
struct row {
	uint64_t weight;
	uint32_t index;
};

static int compare_rows(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

static uint32_t print_limit(uint32_t nr, unsigned int top, const char *what)
{
	if (!top || nr <= top) {
		putchar('\n');
		return nr;
	}
	printf("\nThe %u busiest of %u %s (-n says how many):\n", top, nr, what);
	return top;
}

static void print_function(const struct pcsc_summary *s, uint32_t i,
			   struct pci_access *names)
{
	const struct pcsc_rec_function *f = &s->rec->functions[i];
	const struct pcsc_tally *t = &s->functions[i];
	char bdf[PCSC_BDF_SIZE], name[PCSC_NAME_SIZE] = "(not identified)";

	if (f->flags & PCSC_REC_FN_IDS)
		pcsc_names_device(names, f->vendor, f->device, name,
				  sizeof(name));
	printf("%-12s %9" PRIu64 " %7" PRIu64 " %6" PRIu64 " %8" PRIu64
	       " %5u %7" PRIu64 " %6" PRIu64 " %8.1f %9.1f %3u/%u/%u %-10s %s%s\n",
	       pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn), t->reads,
	       t->writes, t->errors, t->all_ones, t->registers, t->changes,
	       t->silent_changes,
	       us(pcsc_mean(t->latency_sum_ns, pcsc_tally_accesses(t))),
	       us(t->latency_max_ns), f->resets[PCSC_REC_RESET_FLR],
	       f->resets[PCSC_REC_RESET_PM], f->resets[PCSC_REC_RESET_BUS],
	       f->driver[0] ? f->driver : "-",
	       f->flags & PCSC_REC_FN_VF ? "VF: " : "", name);
}

static int print_functions(const struct pcsc_summary *s, unsigned int top)
{
	_cleanup_(pcsc_names_closep) struct pci_access *names =
		pcsc_names_open();
	_cleanup_free_ struct row *rows =
		calloc(s->nr_functions + 1ull, sizeof(*rows));
	uint32_t nr = 0;

	if (!rows || !names)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < s->rec->header.nr_functions; i++)
		if (s->functions[i].registers)
			rows[nr++] = (struct row){
				pcsc_tally_accesses(&s->functions[i]), i
			};
	qsort(rows, nr, sizeof(*rows), compare_rows);

	nr = print_limit(nr, top, "functions");
	printf("%-12s %9s %7s %6s %8s %5s %7s %6s %8s %9s %7s %-10s %s\n",
	       "FUNCTION", "READS", "WRITES", "ERRORS", "ALL-ONES", "REGS",
	       "CHANGES", "SILENT", "MEAN us", "MAX us", "RESETS", "DRIVER",
	       "NAME");
	for (uint32_t i = 0; i < nr; i++)
		print_function(s, rows[i].index, names);
	return 0;
}

static void print_register(const struct pcsc_rec *rec, uint32_t i)
{
	const struct pcsc_rec_register *r = &rec->registers[i];
	const struct pcsc_rec_function *f = &rec->functions[r->function];
	char bdf[PCSC_BDF_SIZE], first[16] = "-", last[16] = "-";
	uint64_t n = r->reads + r->writes + r->errors;

	if (r->reads > r->all_ones) {
		snprintf(first, sizeof(first), "%0*x", 2 * r->width, r->first);
		snprintf(last, sizeof(last), "%0*x", 2 * r->width, r->last);
	}
	printf("%-12s %03x.%c %-6s %9" PRIu64 " %7" PRIu64 " %6" PRIu64
	       " %8" PRIu64 " %7" PRIu64 " %6" PRIu64
	       " %8s %8s %8.1f %9.1f %3u/%u/%u\n",
	       pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn), r->offset,
	       " bw l"[r->width], r->family == PCSC_REC_BUS ? "kernel" : "user",
	       r->reads, r->writes, r->errors, r->all_ones, r->changes,
	       r->silent_changes, first, last,
	       us(pcsc_mean(r->latency_sum_ns, n)), us(r->latency_max_ns),
	       r->survived[PCSC_REC_RESET_FLR], r->survived[PCSC_REC_RESET_PM],
	       r->survived[PCSC_REC_RESET_BUS]);
}

static int print_registers(const struct pcsc_summary *s, unsigned int top)
{
	const struct pcsc_rec *rec = s->rec;
	_cleanup_free_ struct row *rows =
		calloc(s->all.registers + 1ull, sizeof(*rows));
	uint32_t nr = 0;

	if (!rows)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];

		if (s->chosen[r->function])
			rows[nr++] = (struct row){
				r->reads + r->writes + r->errors, i
			};
	}
	qsort(rows, nr, sizeof(*rows), compare_rows);

	nr = print_limit(nr, top, "registers");
	printf("%-12s %-5s %-6s %9s %7s %6s %8s %7s %6s %8s %8s %8s %9s %7s\n",
	       "FUNCTION", "REG", "BY", "READS", "WRITES", "ERRORS", "ALL-ONES",
	       "CHANGES", "SILENT", "FIRST", "LAST", "MEAN us", "MAX us",
	       "SURVIVED");
	for (uint32_t i = 0; i < nr; i++)
		print_register(rec, rows[i].index);
	return 0;
}

/* ---- histograms ---- */

static void print_stars(uint64_t value, uint64_t max)
{
	static const char stars[] = "**************************************";

	printf("|%-*.*s|\n", STARS, (int)(value * STARS / max), stars);
}

static void print_hist(const struct pcsc_rec_hist *h)
{
	uint64_t octaves[PCSC_OCTAVES], max = 1;
	int low = PCSC_OCTAVES, high = 0;

	pcsc_fold_octaves(h, octaves);
	for (int i = 0; i < PCSC_OCTAVES; i++) {
		if (!octaves[i])
			continue;
		low = i < low ? i : low;
		high = i;
		max = octaves[i] > max ? octaves[i] : max;
	}
	printf("\n%s of %u byte%s\n%24s : %-10s %s\n",
	       h->is_write ? "Writes" : "Reads", h->width,
	       h->width > 1 ? "s" : "", "ns", "count", "distribution");
	for (int i = low; i <= high; i++) {
		printf("%10llu -> %-10llu : %-10" PRIu64 " ",
		       i > PCSC_SLOTS_FIRST_OCTAVE ? 1ull << i : 0,
		       (2ull << i) - 1, octaves[i]);
		print_stars(octaves[i], max);
	}
	printf("%" PRIu64 " in all, avg %.1f us, p50 %.1f us, p99 %.1f us, max %.1f us\n",
	       h->count, us(pcsc_mean(h->sum_ns, h->count)),
	       us(pcsc_quantile_ns(h, 0.5)), us(pcsc_quantile_ns(h, 0.99)),
	       us(h->max_ns));
}

static int print_text(const struct pcsc_summary *s, unsigned int top)
{
	int err;

	print_head(&s->rec->header);
	print_totals(s);
	print_losses(&s->rec->header);
	if (!s->all.registers)
		return 0;
	err = print_functions(s, top) ?: print_registers(s, top);
	for (int i = 0; !err && i < 6; i++)
		if (s->hists[i / 2][i % 2].count)
			print_hist(&s->hists[i / 2][i % 2]);
	if (!err && s->rec->header.version == 1)
		puts("\np50 and p99 are rough: a recording of version 1 has but octaves.");
	return err;
}

int pcsc_report(const struct pcsc_report_options *o)
{
	_cleanup_(pcsc_summary_free) struct pcsc_summary s = {};
	_cleanup_(rec_freep) struct pcsc_rec *rec = NULL;
	int err = pcsc_rec_load(o->path, &rec) ?:
		  pcsc_summarize(rec, &o->filter, &s);

	if (err)
		return pcsc_exit_of(err);
	if (o->json)
		pcsc_report_json(&s);
	else
		err = print_text(&s, o->top);
	if (fflush(stdout) || ferror(stdout))
		err = pcsc_fail(-EIO, "cannot write the report: %s",
				strerror(errno));
	return pcsc_exit_of(err);
}
