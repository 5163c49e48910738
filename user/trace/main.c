// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-trace: record what a host does to configuration space, and report it. */
#include "trace.h"

#include <stddef.h>

#include "array.h"
#include "bdf.h"
#include "doctor.h"
#include "options.h"
#include "report.h"

#define MAX_REGISTERS (64u << 20)
#define MAX_SECONDS 1e9

struct options {
	struct pcsc_call call;
	struct pcsc_record_options record;
	struct pcsc_report_options report;
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

static int set_format(void *field, const char *text)
{
	return pcsc_format_parse(field, text);
}

enum { RECORD, REPORT, DOCTOR };

enum {
	KEY_MAX_REGISTERS = 256,
	KEY_BY,
	KEY_SORT,
	KEY_TIMELINE,
	KEY_FORMAT,
	KEY_FLUSH
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
	  .commands = PCSC_BIT(RECORD),
	  .kind = PCSC_SECONDS,
	  .field = offsetof(struct options, record.seconds),
	  .most = MAX_SECONDS },
	{ .name = "flush",
	  .key = KEY_FLUSH,
	  .argument = "SEC",
	  .help = "write what there is every SEC seconds, 60 if it is not given; it remains if the recorder is killed",
	  .commands = PCSC_BIT(RECORD),
	  .kind = PCSC_SECONDS,
	  .field = offsetof(struct options, record.flush_seconds),
	  .most = MAX_SECONDS },
	{ .name = "max-registers",
	  .key = KEY_MAX_REGISTERS,
	  .argument = "N",
	  .help = "room for N registers; 0: 1200 for each function, VFs that could be enabled included, and at least 262144",
	  .commands = PCSC_BIT(RECORD),
	  .kind = PCSC_NUMBER,
	  .field = offsetof(struct options, record.max_registers),
	  .most = MAX_REGISTERS },
	{ .name = "verbose",
	  .key = 'v',
	  .help = "say more; twice: what libbpf says, too",
	  .commands = PCSC_BIT(RECORD) | PCSC_BIT(DOCTOR),
	  .kind = PCSC_VERBOSE },
	{ .name = "json",
	  .key = 'j',
	  .help = "print JSON, of everything that is selected",
	  .commands = PCSC_BIT(REPORT) | PCSC_BIT(DOCTOR),
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
	  .help = "one table, of accesses that have this in common: device, model, register, capability, caller, attribute, width, driver, path",
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
	  .help = "text; json, as -j; jsonl or csv, a row for each register",
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, report.format),
	  .set = set_format },
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
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, report.filter),
	  .set = set_slot },
	{ .name = "device",
	  .key = 'd',
	  .argument = "ID",
	  .help = "only these devices, as lspci -d: [VENDOR]:[DEVICE][:CLASS[:PROG-IF]]",
	  .commands = PCSC_BIT(REPORT),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, report.filter),
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

int main(int argc, char **argv)
{
	struct options o = { .report.top = 10, .record.flush_seconds = 60 };
	int status;

	pcsc_filter_init(&o.report.filter);
	status = pcsc_options(&tool, argc, argv, &o.call);
	if (status)
		return status;
	if (o.call.command == REPORT) {
		o.report.path = o.call.args[0];
		return pcsc_report(&o.report);
	}
	if (o.call.command == DOCTOR)
		return pcsc_doctor(o.report.json);
	if (o.call.nr_args)
		o.record.command = o.call.args;
	return pcsc_record(&o.record);
}
