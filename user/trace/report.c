// SPDX-License-Identifier: GPL-2.0-only
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bdf.h"
#include "cleanup.h"
#include "talk.h"

static void rec_freep(struct pcsc_rec **rec)
{
	pcsc_rec_free(*rec);
}

static double us(double ns)
{
	return ns / 1000;
}

int pcsc_format_parse(enum pcsc_format *format, const char *text)
{
	static const char *const words[PCSC_FORMATS] = {
		[PCSC_PLAIN] = "text",	[PCSC_JSON] = "json",
		[PCSC_JSONL] = "jsonl", [PCSC_CSV] = "csv",
		[PCSC_HTML] = "html",
	};

	for (int i = 0; i < PCSC_FORMATS; i++) {
		if (strcmp(words[i], text))
			continue;
		*format = i;
		return 0;
	}
	return pcsc_fail(
		-EINVAL,
		"--format '%s': it is not one of text, json, jsonl, csv, html",
		text);
}

/* ---- histograms ---- */

static void print_hist(const struct pcsc_latencies *h, unsigned int width,
		       bool is_write)
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
	printf("\n%s of %u %s\n%24s : %-10s %s\n",
	       is_write ? "Writes" : "Reads", width,
	       pcsc_noun(width, "byte", "bytes"), "ns", "count",
	       "distribution");
	for (int i = low; i <= high; i++) {
		printf("%10llu -> %-10llu : %-10" PRIu64 " ",
		       i > PCSC_SLOTS_FIRST_OCTAVE ? 1ull << i : 0,
		       (2ull << i) - 1, octaves[i]);
		pcsc_print_stars(octaves[i], max);
	}
	printf("%" PRIu64
	       " in all, avg %.1f us, p50 %.1f us, p99 %.1f us, max %.1f us\n",
	       h->count, us(pcsc_mean(h->sum_ns, h->count)),
	       us(pcsc_latencies_quantile_ns(h, 0.5)),
	       us(pcsc_latencies_quantile_ns(h, 0.99)), us(h->max_ns));
}

/* ---- the whole ---- */

static void print_table(const char *caption, const struct pcsc_table *t)
{
	printf("\n%s:\n", caption);
	if (t->nr_rows)
		pcsc_table_print(t);
}

static void print_hists(const struct pcsc_summary *s)
{
	for (int i = 0; i < 6; i++)
		if (s->hists[i / 2][i % 2].count)
			print_hist(&s->hists[i / 2][i % 2], 1 << i / 2, i % 2);
	if (s->rec->header.version == 1)
		puts("\np50 and p99 are rough: a recording of version 1 has octaves only.");
}

static int print_usual(const struct pcsc_view *view)
{
	int err;

	pcsc_print_totals(view->s);
	if (!view->s->all.registers)
		return 0;
	pcsc_print_groups(view, view->by_register);
	err = pcsc_print_functions(view);
	if (err)
		return err;
	if (view->s->rec->header.nr_callers)
		pcsc_print_groups(view, view->by_caller);
	err = pcsc_print_processes(view) ?: pcsc_print_registers(view);
	if (!err)
		print_hists(view->s);
	return err;
}

static int print_wanted(const struct pcsc_view *view)
{
	_cleanup_(pcsc_groups_free) struct pcsc_groups g = {};
	int err = pcsc_groups_make(view->s, view->regnames, &view->options->by,
				   &g);

	if (!err)
		pcsc_print_groups(view, &g);
	return err;
}

static int print_text(const struct pcsc_view *view)
{
	int err = pcsc_print_answer(view);

	if (err)
		return err;
	if (view->options->timeline)
		pcsc_print_timeline(view);
	if (view->options->by.nr)
		return print_wanted(view);
	return view->options->timeline ? 0 : print_usual(view);
}

/* For people, in one form or the other: it begins with the answer. */
static int print_answered(struct pcsc_view *view, bool html)
{
	static const struct pcsc_by registers = { 1, { PCSC_BY_REGISTER } };
	_cleanup_(pcsc_groups_free) struct pcsc_groups by_register = {};
	int err = pcsc_groups_make(view->s, view->regnames, &registers,
				   &by_register);

	if (err)
		return err;
	view->by_register = &by_register;
	return html ? pcsc_report_html(view) : print_text(view);
}

/* One form, or which of them are asked for is to be said. */
static int check_form(const struct pcsc_report_options *o)
{
	const int forms = (o->json || o->format == PCSC_JSON) +
			  (o->html || o->format == PCSC_HTML) +
			  (o->format == PCSC_JSONL) + (o->format == PCSC_CSV) +
			  !!o->svg + o->timeline + o->events;

	if (forms <= 1)
		return PCSC_EXIT_OK;
	pcsc_error(
		"a report has one form: give one of -j, --html, --svg, --timeline, --events and --format");
	return PCSC_EXIT_USAGE;
}

/* An option without effect is wrong usage. */
static int check_effect(const struct pcsc_report_options *o)
{
	const bool tables =
		!o->events && o->format != PCSC_JSONL && o->format != PCSC_CSV;

	if (!tables && (o->by.nr || o->sort || o->top != PCSC_REPORT_ROWS)) {
		pcsc_error(
			"--by, --sort and -n are for tables, and --events and --format csv or jsonl print none");
		return PCSC_EXIT_USAGE;
	}
	if ((o->timeline || o->svg > PCSC_BARS) && (o->by.nr || o->sort)) {
		pcsc_error(
			"--by and --sort are for tables and --svg bars: leave them out, or --timeline and --svg");
		return PCSC_EXIT_USAGE;
	}
	return PCSC_EXIT_OK;
}

/* Before anything is printed: is there what was asked for? */
static int check_events(const struct pcsc_view *view)
{
	const struct pcsc_report_options *o = view->options;

	if (view->s->rec->header.flags & PCSC_REC_EVENTS ||
	    (!o->events && !pcsc_by_has(&o->by, PCSC_BY_PHASE)))
		return 0;
	return pcsc_fail(
		-EINVAL,
		"'%s' has no accesses one by one: record them with --events",
		o->path);
}

static int print(struct pcsc_view *view)
{
	const struct pcsc_report_options *o = view->options;
	static const struct pcsc_by callers = { 1, { PCSC_BY_CALLER } };
	_cleanup_(pcsc_groups_free) struct pcsc_groups by_caller = {};
	_cleanup_(pcsc_waiting_free) struct pcsc_waiting waiting = {};
	int err;

	if (view->options->events) {
		pcsc_print_events(view);
		return 0;
	}
	err = pcsc_groups_make(view->s, view->regnames, &callers, &by_caller) ?:
		      pcsc_waiting_make(view->s, &waiting);
	if (err)
		return err;
	view->by_caller = &by_caller;
	view->waiting = &waiting;
	if (o->svg)
		return pcsc_print_picture(view);
	if (o->json || o->format == PCSC_JSON)
		return pcsc_report_json(view);
	if (o->html || o->format == PCSC_HTML)
		return print_answered(view, true);
	if (o->format == PCSC_PLAIN)
		return print_answered(view, false);
	pcsc_print_rows(view);
	return 0;
}

static int report(const struct pcsc_report_options *o)
{
	_cleanup_(pcsc_summary_free) struct pcsc_summary s = {};
	_cleanup_(pcsc_names_closep) struct pci_access *names =
		pcsc_names_open();
	_cleanup_(rec_freep) struct pcsc_rec *rec = NULL;
	_cleanup_(pcsc_regnames_free) struct pcsc_regnames regnames = {};
	struct pcsc_view view = {
		.s = &s,
		.options = o,
		.names = names,
		.regnames = &regnames,
		.table = print_table,
	};
	int err = pcsc_rec_load(o->path, &rec)		      ?:
			  pcsc_summarize(rec, &o->filter, &s) ?:
			  pcsc_regnames_init(&regnames, rec);

	if (!err && !names)
		err = pcsc_fail(-ENOMEM, "no memory left");
	if (!err)
		err = check_events(&view) ?: print(&view);
	if (fflush(stdout) || ferror(stdout))
		err = pcsc_fail(-EIO, "cannot write the report: %s",
				strerror(errno));
	return pcsc_exit_of(err);
}

int pcsc_report(const struct pcsc_report_options *o)
{
	return check_form(o) ?: check_effect(o) ?: report(o);
}
