// SPDX-License-Identifier: GPL-2.0-only
/*
 * pcsc-top: functions and totals at a glance, on a terminal, as text, as JSON. It
 * only reads.
 */
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "cleanup.h"
#include "options.h"
#include "talk.h"
#include "top/batch.h"
#include "top/ending.h"
#include "top/screen.h"
#include "top/terminal.h"

#define LEAST_INTERVAL 0.1
#define MOST_INTERVAL 86400

struct options {
	struct pcsc_call call;
	struct filter filter;
	enum column sort;
	const char *text; /* of --filter */
	const char *dir; /* of stats */
	const char *
		state; /* a file in the place of the helper's device, or NULL */
	bool all, reverse, batch, json;
	uint32_t lines, width;
	double interval;
	uint32_t count; /* readings; 0: until told to stop */
};

static int explain_missing(const struct source *s, const struct stats *stats)
{
	if (stats->err)
		return stats_explain(stats->err, s->dir);
	if (!strcmp(s->dir, PCSC_STATS_DIR))
		return pcsc_fail(
			-ENODEV,
			"%s is not there: the helper is not loaded; run `modprobe pci_pcsc` (or insmod pci_pcsc.ko) as root",
			s->dir);
	return pcsc_fail(
		-ENODEV,
		"%s: there is no readable file 'stats' in it; give a directory that is a copy of " PCSC_STATS_DIR,
		s->dir);
}

static int take(struct source *s, struct model *m, struct table *t)
{
	_cleanup_(reading_free) struct reading r;
	int err;

	source_read(s, NULL, &r);
	if (!r.stats.up)
		return explain_missing(s, &r.stats);
	err = model_take(m, &r);
	if (!err)
		err = table_make(t, m);
	return err ? pcsc_fail(err, "out of memory") : 0;
}

/* The first reading is what the second one is compared with. */
static int run_batch(const struct options *o, struct source *s, struct model *m,
		     struct table *t)
{
	const struct batch_style style = { .interval = o->interval,
					   .dir = o->dir,
					   .width = o->width,
					   .lines = o->lines };
	double at = source_now();
	uint32_t done = 0;
	int err = 0;

	while (!err && !(o->count && done == o->count)) {
		at += o->interval;
		ending_wait(at);
		if (ending())
			break;
		err = take(s, m, t);
		if (err)
			break;
		(o->json ? batch_json : batch_text)(m, t, &style);
		err = pcsc_flush_stdout();
		done++;
	}
	return err;
}

/* The terminal decides, unless the command line does. */
static bool is_batch(const struct options *o)
{
	const char *unfit;

	if (o->batch || o->json)
		return true;
	unfit = terminal_unfit();
	if (unfit)
		pcsc_warn(
			"%s, so this is printed as by --batch, which says nothing of it",
			unfit);
	return unfit;
}

static void table_begin(struct table *t, const struct options *o)
{
	t->filter = o->filter;
	if (o->text)
		memcpy(t->filter.text, o->text, strlen(o->text) + 1);
	t->order = (struct order){ .by = o->sort,
				   .all = o->all,
				   .reverse = o->reverse };
}

/* It may come later, as the helper does, or was named by mistake. */
static void look_at_state(const char *file)
{
	_cleanup_free_ struct sample_head *h = NULL;
	const ssize_t n = file ? sample_read(file, &h) : 0;

	if (n < 0)
		pcsc_warn("%s: no functions' state can be read there: %s", file,
			  strerror((int)-n));
}

static int run(const struct options *o)
{
	_cleanup_(source_free) struct source s = {
		.dir = o->dir,
		.file = o->state,
		.totals_only = !o->state && strcmp(o->dir, PCSC_STATS_DIR),
	};
	_cleanup_(model_free) struct model m = { 0 };
	_cleanup_(table_free) struct table t = { 0 };
	int err;

	look_at_state(o->state);
	table_begin(&t, o);
	ending_start();
	err = take(&s, &m, &t);
	if (err)
		return err;
	if (is_batch(o))
		return run_batch(o, &s, &m, &t);
	return screen_run(&s, &m, &t, o->interval, o->count);
}

/* ---- the command line ------------------------------------------------------ */

static int set_sort(void *field, const char *text)
{
	const enum column c = column_named(text);

	if (c == COLUMNS)
		return pcsc_fail(
			-EINVAL,
			"--sort '%s': this is no column; 'pcsc-top --help' lists them",
			text);
	*(enum column *)field = c;
	return 0;
}

static int set_slot(void *field, const char *text)
{
	return pcsc_filter_slot(&((struct filter *)field)->pci, text);
}

static int set_device(void *field, const char *text)
{
	struct pci_filter *pci = &((struct filter *)field)->pci;
	const int err = pcsc_filter_id(pci, text);

	if (!err && (pci->device_class >= 0 || pci->prog_if >= 0))
		return pcsc_fail(
			-EINVAL,
			"-d '%s': the helper does not tell a function's class; give a vendor, a device, or both",
			text);
	return err;
}

static int set_text(void *field, const char *text)
{
	if (strlen(text) >= TEXT_SIZE)
		return pcsc_fail(-EINVAL,
				 "--filter: at most %d characters, please",
				 TEXT_SIZE - 1);
	*(const char **)field = text;
	return 0;
}

static const struct pcsc_option options[] = {
	{ .name = "all",
	  .key = 'a',
	  .help = "sort by, and show first, counts of all, not of the interval",
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, all) },
	{ .name = "batch",
	  .key = 'b',
	  .help = "print as text, an interval after the other",
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, batch) },
	{ .name = "device",
	  .key = 'd',
	  .argument = "ID",
	  .help = "only these devices, as lspci -d: [VENDOR]:[DEVICE]",
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, filter),
	  .set = set_device },
	{ .name = "filter",
	  .key = 'f',
	  .argument = "TEXT",
	  .help = "only functions with that text: address, device, driver, state",
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, text),
	  .set = set_text },
	{ .name = "json",
	  .key = 'j',
	  .help = "print as JSON, a line for each interval",
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, json) },
	{ .name = "lines",
	  .key = 'n',
	  .argument = "N",
	  .help = "of text and JSON: only the first N functions",
	  .kind = PCSC_NUMBER,
	  .field = offsetof(struct options, lines),
	  .least = 1,
	  .most = SAMPLE_FUNCTIONS },
	{ .name = "reverse",
	  .key = 'r',
	  .help = "sort the other way round",
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, reverse) },
	{ .name = "slot",
	  .key = 's',
	  .argument = "SLOT",
	  .help = "only these functions, as lspci -s: [[[[DOMAIN]:]BUS]:][SLOT][.FUNC]",
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, filter),
	  .set = set_slot },
	{ .name = "sort",
	  .key = 'o',
	  .argument = "COLUMN",
	  .help = "sort by that column (reads)",
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, sort),
	  .set = set_sort },
	{ .name = "state",
	  .key = 'S',
	  .argument = "FILE",
	  .help = "read functions' state there and not from the helper: for tests",
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, state) },
	{ .name = "stats",
	  .key = 256,
	  .argument = "DIR",
	  .help = "read stats and mode there (" PCSC_STATS_DIR
		  "): for tests, and for copies of another host's",
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, dir) },
	{ .name = "width",
	  .key = 'w',
	  .argument = "N",
	  .help = "of text: as many columns as fit into N characters (all)",
	  .kind = PCSC_NUMBER,
	  .field = offsetof(struct options, width),
	  .least = 20,
	  .most = 500 },
};

static const struct pcsc_command command = {
	.arguments = "[INTERVAL [COUNT]]",
	.most = 2,
};

static const struct pcsc_tool tool = {
	.name = "pcsc-top",
	.help = "Show functions by what is read of them, and the kernel helper's totals",
	.more = "It reads every INTERVAL seconds (1), and ends after COUNT times. Keys are listed by '?'.\n\n"
		"COLUMN: address, state, reads, hits, rate, hardware, saved, writes, own, cached, demoted, mismatches, pf, driver, device.",
	.options = options,
	.nr_options = ARRAY_SIZE(options),
	.commands = &command,
	.nr_commands = 1,
};

/* 0 or an exit status. */
static int check_usage(struct options *o)
{
	if (pcsc_interval(&o->call, LEAST_INTERVAL, MOST_INTERVAL, &o->interval,
			  &o->count))
		return PCSC_EXIT_USAGE;
	if (o->json && (o->batch || o->width))
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"--json is no text: leave out --batch and --width, or --json");
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = {
		.dir = PCSC_STATS_DIR,
		.sort = COL_NOW_READS,
		.interval = 1,
	};
	int status;

	/*
	 * Hundreds of kilobytes are taken at each reading. They are kept for the next one,
	 * since the kernel would clear new pages each time.
	 */
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 32 << 20);
	filter_init(&o.filter);
	status = pcsc_options(&tool, argc, argv, &o.call) ?: check_usage(&o);
	if (status)
		return status;
	return pcsc_exit_of(run(&o));
}
