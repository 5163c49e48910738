// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bdf.h"
#include "cleanup.h"
#include "table.h"
#include "talk.h"

#define STARS 38
#define NR(array) (sizeof(array) / sizeof((array)[0]))

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

static void put(char cell[PCSC_TABLE_CELL], const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void put(char cell[PCSC_TABLE_CELL], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cell, PCSC_TABLE_CELL, fmt, ap);
	va_end(ap);
}

static void put_count(char cell[PCSC_TABLE_CELL], uint64_t n)
{
	put(cell, "%" PRIu64, n);
}

/* Tenths of a microsecond say nothing beside a thousand of them. */
static void put_us(char cell[PCSC_TABLE_CELL], double ns)
{
	put(cell, "%.*f", us(ns) < 999.95 ? 1 : 0, us(ns));
}

static void put_resets(char cell[PCSC_TABLE_CELL],
		       const uint32_t counts[PCSC_REC_RESETS])
{
	put(cell, "%u/%u/%u", counts[PCSC_REC_RESET_FLR],
	    counts[PCSC_REC_RESET_PM], counts[PCSC_REC_RESET_BUS]);
}

static const struct pcsc_column total_columns[] = {
	{ .title = "ACCESSES", .left = true },
	{ .title = "READS" },
	{ .title = "WRITES" },
	{ .title = "ERRORS" },
	{ .title = "ALL-ONES" },
	{ .title = "CHANGES" },
	{ .title = "SILENT" },
	{ .title = "REPEATS" },
	{ .title = "MEAN us" },
	{ .title = "MAX us" },
};

static void fill_total(const void *context, uint32_t row, pcsc_cells cells)
{
	static const char *const names[] = { "kernel", "user space", "all" };
	const struct pcsc_summary *s = context;
	const struct pcsc_tally *t =
		row < PCSC_REC_FAMILIES ? &s->family[row] : &s->all;

	put(cells[0], "%s", names[row]);
	put_count(cells[1], t->reads);
	put_count(cells[2], t->writes);
	put_count(cells[3], t->errors);
	put_count(cells[4], t->all_ones);
	put_count(cells[5], t->changes);
	put_count(cells[6], t->silent_changes);
	put(cells[7], "%.1f%%", percent(t->repeats, t->reads));
	put_us(cells[8], pcsc_mean(t->latency_sum_ns, pcsc_tally_accesses(t)));
	put_us(cells[9], t->latency_max_ns);
}

static void print_totals(const struct pcsc_summary *s)
{
	const struct pcsc_table table = {
		.columns = total_columns,
		.nr_columns = NR(total_columns),
		.nr_rows = PCSC_REC_FAMILIES + 1,
		.fill = fill_total,
		.context = s,
	};

	pcsc_table_print(&table);
	printf("%u %s (%u %s), %u %s\n", s->nr_functions,
	       pcsc_noun(s->nr_functions, "function", "functions"), s->nr_vfs,
	       pcsc_noun(s->nr_vfs, "VF", "VFs"), s->all.registers,
	       pcsc_noun(s->all.registers, "register", "registers"));
}

static void print_losses(const struct pcsc_rec_header *h)
{
	const struct pcsc_rec_losses *l = &h->losses;

	if (!(h->flags & PCSC_REC_INCOMPLETE))
		printf("Nothing was lost.");
	else
		printf("INCOMPLETE: accesses that found no room: %" PRIu64
		       ", whose start or end was missed: %" PRIu64
		       "; program runs skipped: %" PRIu64 ".",
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

/* How many rows of @nr there will be, and the line above them. */
static uint32_t print_limit(uint32_t nr, unsigned int top, const char *one,
			    const char *many)
{
	if (!top || nr <= top) {
		printf("\n%u %s, latencies in us:\n", nr,
		       pcsc_noun(nr, one, many));
		return nr;
	}
	printf("\nThe %u busiest of %u %s, latencies in us (-n sets how many):\n",
	       top, nr, many);
	return top;
}

static const struct pcsc_column function_columns[] = {
	{ .title = "FUNCTION", .left = true },
	{ .title = "READS" },
	{ .title = "WRITES", .may_go = true },
	{ .title = "ERR", .may_go = true },
	{ .title = "ONES", .may_go = true },
	{ .title = "REGS" },
	{ .title = "CHANGES", .may_go = true },
	{ .title = "SILENT", .may_go = true },
	{ .title = "MEAN" },
	{ .title = "MAX" },
	{ .title = "RESETS", .may_go = true },
	{ .title = "DRIVER", .left = true, .most = 12 },
	{ .title = "NAME", .left = true },
};

struct function_rows {
	const struct pcsc_summary *s;
	const struct row *rows;
	struct pci_access *names;
};

static void put_name(char cell[PCSC_TABLE_CELL],
		     const struct pcsc_rec_function *f,
		     struct pci_access *names)
{
	char name[PCSC_NAME_SIZE] = "(not identified)";

	if (f->flags & PCSC_REC_FN_IDS)
		pcsc_names_device(names, f->vendor, f->device, name,
				  sizeof(name));
	put(cell, "%s%s", f->flags & PCSC_REC_FN_VF ? "VF: " : "", name);
}

static void fill_function(const void *context, uint32_t row, pcsc_cells cells)
{
	const struct function_rows *r = context;
	uint32_t i = r->rows[row].index;
	const struct pcsc_rec_function *f = &r->s->rec->functions[i];
	const struct pcsc_tally *t = &r->s->functions[i];

	pcsc_bdf_format(cells[0], f->domain, f->bus, f->devfn);
	put_count(cells[1], t->reads);
	put_count(cells[2], t->writes);
	put_count(cells[3], t->errors);
	put_count(cells[4], t->all_ones);
	put_count(cells[5], t->registers);
	put_count(cells[6], t->changes);
	put_count(cells[7], t->silent_changes);
	put_us(cells[8], pcsc_mean(t->latency_sum_ns, pcsc_tally_accesses(t)));
	put_us(cells[9], t->latency_max_ns);
	put_resets(cells[10], f->resets);
	put(cells[11], "%s", f->driver[0] ? f->driver : "-");
	put_name(cells[12], f, r->names);
}

static int print_functions(const struct pcsc_summary *s, unsigned int top)
{
	_cleanup_(pcsc_names_closep) struct pci_access *names =
		pcsc_names_open();
	_cleanup_free_ struct row *rows =
		calloc(s->nr_functions + 1ull, sizeof(*rows));
	const struct function_rows context = { s, rows, names };
	struct pcsc_table table = {
		.columns = function_columns,
		.nr_columns = NR(function_columns),
		.fill = fill_function,
		.context = &context,
	};
	uint32_t nr = 0;

	if (!rows || !names)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < s->rec->header.nr_functions; i++)
		if (s->functions[i].registers)
			rows[nr++] = (struct row){
				pcsc_tally_accesses(&s->functions[i]), i
			};
	qsort(rows, nr, sizeof(*rows), compare_rows);

	table.nr_rows = print_limit(nr, top, "function", "functions");
	pcsc_table_print(&table);
	return 0;
}

static const struct pcsc_column register_columns[] = {
	{ .title = "FUNCTION", .left = true },
	{ .title = "REG", .left = true },
	{ .title = "BY", .left = true },
	{ .title = "READS" },
	{ .title = "WRITES", .may_go = true },
	{ .title = "ERR", .may_go = true },
	{ .title = "ONES", .may_go = true },
	{ .title = "CHANGES", .may_go = true },
	{ .title = "SILENT", .may_go = true },
	{ .title = "FIRST" },
	{ .title = "LAST" },
	{ .title = "MEAN" },
	{ .title = "MAX" },
	{ .title = "KEPT", .may_go = true },
};

struct register_rows {
	const struct pcsc_rec *rec;
	const struct row *rows;
};

static void put_values(pcsc_cells cells, int first, int last,
		       const struct pcsc_rec_register *r)
{
	put(cells[first], "-");
	put(cells[last], "-");
	if (r->reads == r->all_ones)
		return;
	put(cells[first], "%0*x", 2 * r->width, r->first);
	put(cells[last], "=");
	if (r->last != r->first)
		put(cells[last], "%0*x", 2 * r->width, r->last);
}

static void fill_register(const void *context, uint32_t row, pcsc_cells cells)
{
	const struct register_rows *rows = context;
	const struct pcsc_rec_register *r =
		&rows->rec->registers[rows->rows[row].index];
	const struct pcsc_rec_function *f = &rows->rec->functions[r->function];

	pcsc_bdf_format(cells[0], f->domain, f->bus, f->devfn);
	put(cells[1], "%03x.%c", r->offset, " bw l"[r->width]);
	put(cells[2], "%s", r->family == PCSC_REC_BUS ? "kernel" : "user");
	put_count(cells[3], r->reads);
	put_count(cells[4], r->writes);
	put_count(cells[5], r->errors);
	put_count(cells[6], r->all_ones);
	put_count(cells[7], r->changes);
	put_count(cells[8], r->silent_changes);
	put_values(cells, 9, 10, r);
	put_us(cells[11],
	       pcsc_mean(r->latency_sum_ns, r->reads + r->writes + r->errors));
	put_us(cells[12], r->latency_max_ns);
	put_resets(cells[13], r->survived);
}

static int print_registers(const struct pcsc_summary *s, unsigned int top)
{
	const struct pcsc_rec *rec = s->rec;
	_cleanup_free_ struct row *rows =
		calloc(s->all.registers + 1ull, sizeof(*rows));
	const struct register_rows context = { rec, rows };
	struct pcsc_table table = {
		.columns = register_columns,
		.nr_columns = NR(register_columns),
		.fill = fill_register,
		.context = &context,
	};
	uint32_t nr = 0;

	if (!rows)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];

		if (s->chosen[r->function])
			rows[nr++] =
				(struct row){ r->reads + r->writes + r->errors,
					      i };
	}
	qsort(rows, nr, sizeof(*rows), compare_rows);

	table.nr_rows = print_limit(nr, top, "register", "registers");
	pcsc_table_print(&table);
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
	printf("\n%s of %u %s\n%24s : %-10s %s\n",
	       h->is_write ? "Writes" : "Reads", h->width,
	       pcsc_noun(h->width, "byte", "bytes"), "ns", "count",
	       "distribution");
	for (int i = low; i <= high; i++) {
		printf("%10llu -> %-10llu : %-10" PRIu64 " ",
		       i > PCSC_SLOTS_FIRST_OCTAVE ? 1ull << i : 0,
		       (2ull << i) - 1, octaves[i]);
		print_stars(octaves[i], max);
	}
	printf("%" PRIu64
	       " in all, avg %.1f us, p50 %.1f us, p99 %.1f us, max %.1f us\n",
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
		puts("\np50 and p99 are rough: a recording of version 1 has octaves only.");
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
