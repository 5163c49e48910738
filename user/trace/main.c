// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "talk.h"

static const char version[] = "pcsc-trace " PCSC_VERSION;

static unsigned long parse_number(struct argp_state *state, const char *what,
				  const char *text, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || end == text || *text == '-' || value > max)
		argp_error(state, "%s '%s': give a number up to %lu", what,
			   text, max);
	return value;
}

/* ---- record ---- */

enum {
	KEY_MAX_REGISTERS = 256,
};

static const struct argp_option record_options[] = {
	{ "output", 'o', "FILE", 0, "where the recording goes (required)", 0 },
	{ "time", 't', "SEC", 0, "stop after SEC seconds", 0 },
	{ "max-registers", KEY_MAX_REGISTERS, "N", 0,
	  "room for N registers (default: 1200 for each function, VFs that could be enabled included; at least 262144)",
	  0 },
	{ "verbose", 'v', NULL, 0, "say more; twice: what libbpf says, too",
	  0 },
	{}
};

static double parse_seconds(struct argp_state *state, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (*end || end == text || !(value > 0 && value <= 1e9))
		argp_error(state, "-t '%s': give a number of seconds", text);
	return value;
}

static error_t parse_record(int key, char *arg, struct argp_state *state)
{
	struct pcsc_record_options *o = state->input;

	switch (key) {
	case 'o':
		o->path = arg;
		return 0;
	case 't':
		o->seconds = parse_seconds(state, arg);
		return 0;
	case KEY_MAX_REGISTERS:
		o->max_registers = parse_number(state, "--max-registers", arg,
						64ul << 20);
		return 0;
	case 'v':
		pcsc_verbose++;
		return 0;
	case ARGP_KEY_ARGS:
		o->command = state->argv + state->next;
		return 0;
	case ARGP_KEY_END:
		if (!o->path)
			argp_error(state, "-o FILE is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp record_argp = {
	.options = record_options,
	.parser = parse_record,
	.args_doc = "[-- COMMAND [ARG...]]",
	.doc = "Record every access to PCI configuration space: until COMMAND ends, SEC seconds have passed, or SIGINT or SIGTERM comes.",
};

static int main_record(int argc, char **argv)
{
	struct pcsc_record_options o = {};

	argp_parse(&record_argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
	return pcsc_record(&o);
}

/* ---- report ---- */

static const struct argp_option report_options[] = {
	{ "json", 'j', NULL, 0, "JSON, of everything that is selected", 0 },
	{ "top", 'n', "N", 0, "rows of a table (default 10; 0: all)", 0 },
	{ NULL, 's', "[[[[DOMAIN]:]BUS]:][SLOT][.FUNC]", 0,
	  "only these functions, as lspci -s", 0 },
	{ NULL, 'd', "[VENDOR]:[DEVICE][:CLASS[:PROG-IF]]", 0,
	  "only these devices, as lspci -d", 0 },
	{}
};

static error_t parse_report(int key, char *arg, struct argp_state *state)
{
	struct pcsc_report_options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 'n':
		o->top = parse_number(state, "-n", arg, UINT32_MAX);
		return 0;
	case 's':
		if (pcsc_filter_slot(&o->filter, arg))
			exit(PCSC_EXIT_USAGE);
		return 0;
	case 'd':
		if (pcsc_filter_id(&o->filter, arg))
			exit(PCSC_EXIT_USAGE);
		return 0;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, "one FILE is enough");
		o->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path)
			argp_error(state, "FILE is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp report_argp = {
	.options = report_options,
	.parser = parse_report,
	.args_doc = "FILE",
	.doc = "Show what a recording holds: totals, busiest functions and registers, latencies, losses.",
};

static int main_report(int argc, char **argv)
{
	struct pcsc_report_options o = { .top = 10 };

	pcsc_filter_init(&o.filter);
	argp_parse(&report_argp, argc, argv, 0, NULL, &o);
	return pcsc_report(&o);
}

/* ---- the subcommands ---- */

static error_t parse_main(int key, char *arg, struct argp_state *state)
{
	int *command = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (strcmp(arg, "record") && strcmp(arg, "report"))
			argp_error(state, "there is no subcommand '%s'", arg);
		*command = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a subcommand is missing: record or report");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp main_argp = {
	.parser = parse_main,
	.args_doc = "record -o FILE [-t SEC] [-- COMMAND]\nreport FILE [-j]",
	.doc = "Record what a host does to PCI configuration space, and report it."
	       "\vEach subcommand has its own --help.",
};

int main(int argc, char **argv)
{
	int command = 0;
	char *name;

	pcsc_program = "pcsc-trace";
	argp_program_version = version;
	argp_err_exit_status = PCSC_EXIT_USAGE;
	argp_parse(&main_argp, argc, argv, ARGP_IN_ORDER, NULL, &command);

	name = argv[command];
	argv[command] = strcmp(name, "record") ? "pcsc-trace report" :
						 "pcsc-trace record";
	if (!strcmp(name, "record"))
		return main_record(argc - command, argv + command);
	return main_report(argc - command, argv + command);
}
