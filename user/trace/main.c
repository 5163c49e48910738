// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-trace: record what a host does to configuration space, and report it. */
#include "trace.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "doctor.h"
#include "live.h"
#include "marks.h"
#include "options.h"
#include "report.h"
#include "talk.h"

#define MAX_REGISTERS (64u << 20)
#define MAX_SECONDS 1e9
#define MIN_INTERVAL 0.1
#define MAX_PID 4194304 /* PID_MAX_LIMIT of the kernel */
#define MAX_EVENTS (1u << 30)

struct options {
	struct pcsc_call call;
	struct pci_filter filter;
	bool events;
	struct pcsc_record_options record;
	struct pcsc_report_options report;
	struct pcsc_live_options live;
};

static int set_slot(void *field, const char *text)
{
	return pcsc_filter_slot(field, text);
}

static int set_device(void *field, const char *text)
{
	return pcsc_filter_id(field, text);
}

static int set_by(void *field, const char *text)
{
	return pcsc_by_parse(field, text);
}

static int set_sort(void *field, const char *text)
{
	return pcsc_sort_parse(field, text);
}

static int set_picture(void *field, const char *text)
{
	return pcsc_picture_parse(field, text);
}

static int set_format(void *field, const char *text)
{
	return pcsc_format_parse(field, text);
}

enum { RECORD, MARK, WATCH, HIST, REPORT, DOCTOR };

#define RECORDS (PCSC_BIT(RECORD) | PCSC_BIT(WATCH) | PCSC_BIT(HIST))

enum {
	KEY_MAX_REGISTERS = 256,
	KEY_BY,
	KEY_SORT,
	KEY_TIMELINE,
	KEY_FORMAT,
	KEY_HTML,
	KEY_SVG,
	KEY_FLUSH,
	KEY_EVENTS,
	KEY_MAX_EVENTS,
	KEY_VF,
	KEY_BOOT,
	KEY_SELF_STATS,
	KEY_KPROBES,
};

static const struct pcsc_option options[] = {
	{ .name = "output",
	  .key = 'o',
	  .argument = "FILE",
	  .help = "where the recording goes",
	  .commands = PCSC_BIT(RECORD),
	  .required = PCSC_BIT(RECORD),
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, record.path) },
	{ .name = "time",
	  .key = 't',
	  .argument = "SEC",
	  .help = "stop after SEC seconds",
	  .commands = RECORDS,
	  .kind = PCSC_SECONDS,
	  .field = offsetof(struct options, record.seconds),
	  .most = MAX_SECONDS },
	{ .name = "flush",
	  .key = KEY_FLUSH,
	  .argument = "SEC",
	  .help = "write what there is every SEC seconds, 60 (of a boot 5) if it is not given; it remains if the recorder is killed",
	  .commands = PCSC_BIT(RECORD),
	  .kind = PCSC_SECONDS,
	  .field = offsetof(struct options, record.flush_seconds),
	  .most = MAX_SECONDS },
	{ .name = "boot",
	  .key = KEY_BOOT,
	  .help = "record a boot from its initramfs on, in the background: print the recorder's process ID when it records",
	  .commands = PCSC_BIT(RECORD),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, record.boot) },
	{ .name = "max-registers",
	  .key = KEY_MAX_REGISTERS,
	  .argument = "N",
	  .help = "room for N registers; 0: 1200 for each function, VFs that could be enabled included, and at least 262144",
	  .commands = RECORDS,
	  .kind = PCSC_NUMBER,
	  .field = offsetof(struct options, record.max_registers),
	  .most = MAX_REGISTERS },
	{ .name = "events",
	  .key = KEY_EVENTS,
	  .help = "each access on its own, with its time and value: record keeps it, in 24 bytes, and report prints nothing else",
	  .commands = PCSC_BIT(RECORD) | PCSC_BIT(REPORT),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, events) },
	{ .name = "max-events",
	  .key = KEY_MAX_EVENTS,
	  .argument = "N",
	  .help = "how many of them, 16777216 if it is not given; the others are counted as lost",
	  .commands = PCSC_BIT(RECORD),
	  .kind = PCSC_NUMBER,
	  .field = offsetof(struct options, record.max_events),
	  .least = 1,
	  .most = MAX_EVENTS },
	{ .name = "pid",
	  .key = 'p',
	  .argument = "PID",
	  .help = "only what this process does",
	  .commands = RECORDS,
	  .kind = PCSC_NUMBER,
	  .field = offsetof(struct options, record.wanted.pid),
	  .least = 1,
	  .most = MAX_PID },
	{ .name = "comm",
	  .key = 'c',
	  .argument = "NAME",
	  .help = "only what processes of this name do",
	  .commands = RECORDS,
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, record.wanted.comm),
	  .set = pcsc_wanted_comm },
	{ .name = "vf",
	  .key = KEY_VF,
	  .help = "only virtual functions",
	  .commands = RECORDS,
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, record.wanted.vfs) },
	{ .name = "kprobes",
	  .key = KEY_KPROBES,
	  .help = "watch accesses by kprobes, as is done where the kernel has no fentry; they take longer",
	  .commands = RECORDS,
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, record.wanted.kprobes) },
	{ .name = "timestamp",
	  .key = 'T',
	  .help = "the time of day before each histogram",
	  .commands = PCSC_BIT(HIST),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, live.stamps) },
	{ .name = "microseconds",
	  .key = 'u',
	  .help = "in microseconds, which is usual",
	  .commands = PCSC_BIT(HIST),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, live.us) },
	{ .name = "milliseconds",
	  .key = 'm',
	  .help = "in milliseconds, not in microseconds",
	  .commands = PCSC_BIT(HIST),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, live.ms) },
	{ .name = "self-stats",
	  .key = KEY_SELF_STATS,
	  .help = "say at the end what recording itself cost, which costs a little more",
	  .commands = PCSC_BIT(RECORD),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, record.self_stats) },
	{ .name = "verbose",
	  .key = 'v',
	  .help = "say more; twice: what libbpf says, too",
	  .commands = RECORDS | PCSC_BIT(DOCTOR),
	  .kind = PCSC_VERBOSE },
	{ .name = "json",
	  .key = 'j',
	  .help = "print JSON, of everything that is selected; of a histogram a line",
	  .commands = PCSC_BIT(REPORT) | PCSC_BIT(HIST) | PCSC_BIT(DOCTOR),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, report.json) },
	{ .name = "top",
	  .key = 'n',
	  .argument = "N",
	  .help = "rows of a table, 10 if it is not given; 0: all",
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_NUMBER,
	  .field = offsetof(struct options, report.top),
	  .most = UINT32_MAX },
	{ .name = "by",
	  .key = KEY_BY,
	  .argument = "WORD[,WORD...]",
	  .help = "one table, of accesses that have this in common: device, model, register, capability, caller, attribute, width, driver, path, phase, pattern",
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, report.by),
	  .set = set_by },
	{ .name = "sort",
	  .key = KEY_SORT,
	  .argument = "WORD",
	  .help = "what comes first in tables: time, which is usual, reads, writes, repeats, max",
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, report.sort),
	  .set = set_sort },
	{ .name = "format",
	  .key = KEY_FORMAT,
	  .argument = "WORD",
	  .help = "text; json, as -j; html, as --html; jsonl or csv, a row for each register",
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, report.format),
	  .set = set_format },
	{ .name = "html",
	  .key = KEY_HTML,
	  .help = "print one page with pictures, which needs no network",
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, report.html) },
	{ .name = "svg",
	  .key = KEY_SVG,
	  .argument = "WORD",
	  .help = "print one of its pictures: bars, as --by says, heat, grid, of the function with most time, timeline",
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, report.svg),
	  .set = set_picture },
	{ .name = "timeline",
	  .key = KEY_TIMELINE,
	  .help = "who did what to which function, in the order in which it began",
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, report.timeline) },
	{ .name = "slot",
	  .key = 's',
	  .argument = "SLOT",
	  .help = "only these functions, as lspci -s: [[[[DOMAIN]:]BUS]:][SLOT][.FUNC]",
	  .commands = RECORDS | PCSC_BIT(REPORT),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, filter),
	  .set = set_slot },
	{ .name = "device",
	  .key = 'd',
	  .argument = "ID",
	  .help = "only these devices, as lspci -d: [VENDOR]:[DEVICE][:CLASS[:PROG-IF]]",
	  .commands = RECORDS | PCSC_BIT(REPORT),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, filter),
	  .set = set_device },
};

static const struct pcsc_command commands[] = {
	[RECORD] = { .name = "record",
		     .arguments = "[-- COMMAND [ARG...]]",
		     .help = "Record every access to PCI configuration space",
		     .more = "It ends when COMMAND does, when SEC seconds have passed, or at SIGINT, SIGTERM "
			     "or SIGHUP. If COMMAND fails, the recording is saved and COMMAND's status is the "
			     "exit status: 128 + n if signal n ended it, 127 if there is no such command.",
		     .rest = true },
	[MARK] = { .name = "mark",
		   .arguments = "NAME",
		   .help = "Give this moment of all recordings that run a name: a phase begins",
		   .least = 1,
		   .most = 1 },
	[WATCH] = { .name = "watch",
		    .arguments = "[-- COMMAND [ARG...]]",
		    .help = "Print a line for each access while it happens",
		    .more = "It ends as record does, whose exit statuses it has.",
		    .rest = true },
	[HIST] = { .name = "hist",
		   .arguments = "[INTERVAL [COUNT]]\n-- COMMAND [ARG...]",
		   .help = "Print how long accesses take, as histograms",
		   .more = "Without INTERVAL, in seconds, there is one when it ends, as record does; "
			   "with it there is one every INTERVAL seconds, COUNT of them.",
		   .rest = true },
	[REPORT] = { .name = "report",
		     .arguments = "FILE",
		     .help = "Say what took the time, who asked and what changed; then tables",
		     .least = 1,
		     .most = 1 },
	[DOCTOR] = { .name = "doctor",
		     .arguments = "",
		     .help = "Say whether this host can be recorded, and what stands in the way" },
};

static const struct pcsc_tool tool = {
	.name = "pcsc-trace",
	.help = "Record what a host does to PCI configuration space, and report it",
	.options = options,
	.nr_options = ARRAY_SIZE(options),
	.commands = commands,
	.nr_commands = ARRAY_SIZE(commands),
};

static bool is_interval(const struct pcsc_call *call)
{
	return call->nr_args && !call->quoted;
}

/* hist: [INTERVAL [COUNT]], or a command. */
static int set_interval(struct options *o)
{
	char **args = o->call.args;

	if (!is_interval(&o->call)) {
		o->live.command = o->call.nr_args ? args : NULL;
		return 0;
	}
	if (o->call.nr_args > 2)
		return pcsc_fail(-EINVAL,
				 "hist wants INTERVAL and COUNT, not '%s'",
				 args[2]);
	return pcsc_interval(&o->call, MIN_INTERVAL, MAX_SECONDS,
			     &o->live.interval, &o->live.count);
}

static int run_live(struct options *o)
{
	o->live.seconds = o->record.seconds;
	o->live.max_registers = o->record.max_registers;
	o->live.wanted = o->record.wanted;
	if (o->call.command == WATCH) {
		o->live.command = o->call.nr_args ? o->call.args : NULL;
		return pcsc_watch(&o->live);
	}
	o->live.json = o->report.json;
	if (o->live.json && (o->live.us || o->live.ms || o->live.stamps)) {
		pcsc_error(
			"JSON has nanoseconds and the time: leave out -u, -m and -T, or -j");
		return PCSC_EXIT_USAGE;
	}
	if (o->live.us && o->live.ms) {
		pcsc_error("hist prints in one unit: give -u or -m");
		return PCSC_EXIT_USAGE;
	}
	if (set_interval(o))
		return PCSC_EXIT_USAGE;
	return pcsc_hist(&o->live);
}

static int run_record(struct options *o)
{
	o->record.command = o->call.nr_args ? o->call.args : NULL;
	if (!o->record.flush_seconds)
		o->record.flush_seconds = o->record.boot ? 5 : 60;
	return pcsc_record(&o->record);
}

int main(int argc, char **argv)
{
	struct options o = { .report.top = PCSC_REPORT_ROWS,
			     .record.title = argv[0] };
	int status;

	pcsc_filter_init(&o.filter);
	status = pcsc_options(&tool, argc, argv, &o.call);
	if (status)
		return status;
	o.record.wanted.filter = o.filter;
	o.record.wanted.events = o.events;
	o.report.filter = o.filter;
	o.report.events = o.events;
	switch (o.call.command) {
	case REPORT:
		o.report.path = o.call.args[0];
		return pcsc_report(&o.report);
	case DOCTOR:
		return pcsc_doctor(o.report.json);
	case MARK:
		return pcsc_mark(o.call.args[0]);
	case RECORD:
		return run_record(&o);
	default:
		return run_live(&o);
	}
}
