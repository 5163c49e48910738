// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-ctl: load a profile, choose a mode, see the state. */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "cleanup.h"
#include "events.h"
#include "handover.h"
#include "helper.h"
#include "print.h"
#include "talk.h"

#define MAX_ARGS 3

struct options {
	bool json;
	bool follow;
	struct pcsc_mode mode; /* whose: -s, -d */
	const char *command;
	const char *args[MAX_ARGS];
	int nr_args;
};

static int do_info(int fd, const struct options *o)
{
	struct pcsc_info info;
	int err = helper_info(fd, &info);

	if (!err)
		print_info(&info, o->json);
	return err;
}

static int do_load(int fd, const struct options *o)
{
	return helper_load(fd, o->args[0]);
}

static int show_mode(int fd)
{
	struct pcsc_info info;
	int err = helper_info(fd, &info);

	if (!err)
		puts(helper_modes[info.mode]);
	return err;
}

static int do_mode(int fd, const struct options *o)
{
	struct pcsc_mode request = o->mode;

	if (!o->nr_args && o->mode.scope == PCSC_SCOPE_HOST)
		return show_mode(fd);
	for (__u32 mode = 0; o->nr_args && mode <= PCSC_MODE_ON; mode++) {
		if (strcmp(o->args[0], helper_modes[mode]))
			continue;
		request.mode = mode;
		return helper_mode(fd, &request);
	}
	pcsc_error("there is no mode '%s': off, shadow or on",
		   o->nr_args ? o->args[0] : "");
	exit(PCSC_EXIT_USAGE);
}

static int do_events(int fd, const struct options *o)
{
	return events_print(fd, o->follow, o->json);
}

static int do_state(int fd, const struct options *o)
{
	_cleanup_free_ struct pcsc_function_state *items = NULL;
	int count = helper_state(fd, &items);

	if (count < 0)
		return count;
	print_state(items, count, o->json);
	return 0;
}

static int do_flush(int fd, const struct options *o)
{
	struct pcsc_flush flush = { .all = 1 };
	uint32_t domain;

	if (o->nr_args) {
		if (pcsc_bdf_parse(o->args[0], &domain, &flush.bus,
				   &flush.devfn)) {
			pcsc_error(
				"'%s' is no function: give domain:bus:device.function, as lspci -D does",
				o->args[0]);
			exit(PCSC_EXIT_USAGE);
		}
		flush.domain = domain;
		flush.all = 0;
	}
	return helper_flush(fd, &flush);
}

static int do_setup(const struct options *o)
{
	const char *what = o->nr_args > 1 ? o->args[1] : "";

	if (!strcmp(what, "check") && o->nr_args == 3)
		return handover_check(o->args[2]);
	if (o->nr_args == 1)
		return handover_setup(PCSC_REGION_NONE);
	if (!strcmp(what, "memmap") && o->nr_args == 2)
		return handover_setup(PCSC_REGION_MEMMAP);
	if (!strcmp(what, "reserve_mem") && o->nr_args == 2)
		return handover_setup(PCSC_REGION_RESERVE_MEM);
	pcsc_error(
		"handover setup: give nothing, memmap, reserve_mem, or check and the kernel arguments in single quotes");
	exit(PCSC_EXIT_USAGE);
}

/* The setup is made before there is a helper. */
static int do_handover(int fd, const struct options *o)
{
	const char *what = o->args[0];
	_cleanup_close_ int helper = -1;

	(void)fd;
	if (!strcmp(what, "setup"))
		return do_setup(o);
	if (o->nr_args > 1 ||
	    (strcmp(what, "status") && strcmp(what, "forget"))) {
		pcsc_error("handover: setup, status or forget; see --help");
		exit(PCSC_EXIT_USAGE);
	}
	helper = helper_open();
	if (helper < 0)
		return helper;
	return *what == 's' ? handover_status(helper, o->json) :
			      handover_forget(helper);
}

static const struct {
	const char *name;
	int (*run)(int fd, const struct options *o);
	int min_args, max_args;
	bool alone; /* opens the helper itself, if at all: fd is -1 */
} commands[] = {
	{ "info", do_info, 0, 0, false },
	{ "load", do_load, 1, 1, false },
	{ "mode", do_mode, 0, 1, false },
	{ "state", do_state, 0, 0, false },
	{ "flush", do_flush, 0, 1, false },
	{ "events", do_events, 0, 0, false },
	{ "handover", do_handover, 1, 3, true },
};

#define NR_COMMANDS (int)(sizeof(commands) / sizeof(commands[0]))

static const struct argp_option options[] = {
	{ "json", 'j', NULL, 0,
	  "JSON (info, state, handover status; events: an object each)", 0 },
	{ "follow", 'f', NULL, 0, "events: wait for more", 0 },
	{ "slot", 's', "FUNCTION", 0,
	  "mode: of this function, domain:bus:device.function", 0 },
	{ "device", 'd', "VENDOR:DEVICE", 0,
	  "mode: of every function with these IDs, as lspci -n shows them", 0 },
	{ "verbose", 'v', NULL, 0, "say what was done", 0 },
	{}
};

static error_t parse_slot(struct pcsc_mode *mode, const char *text,
			  struct argp_state *state)
{
	uint32_t domain;

	if (mode->scope != PCSC_SCOPE_HOST)
		argp_error(state, "give -s or -d once");
	if (pcsc_bdf_parse(text, &domain, &mode->bus, &mode->devfn))
		argp_error(
			state,
			"'%s' is no function: give domain:bus:device.function, as lspci -D does",
			text);
	mode->domain = domain;
	mode->scope = PCSC_SCOPE_FUNCTION;
	return 0;
}

static error_t parse_device(struct pcsc_mode *mode, const char *text,
			    struct argp_state *state)
{
	unsigned int vendor, device;
	int end = 0;

	if (mode->scope != PCSC_SCOPE_HOST)
		argp_error(state, "give -s or -d once");
	if (sscanf(text, "%4x:%4x%n", &vendor, &device, &end) != 2 ||
	    text[end])
		argp_error(
			state,
			"'%s' is no model: give vendor:device, as lspci -n does",
			text);
	mode->vendor = vendor;
	mode->device = device;
	mode->scope = PCSC_SCOPE_MODEL;
	return 0;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'j':
		o->json = true;
		return 0;
	case 'f':
		o->follow = true;
		return 0;
	case 's':
		return parse_slot(&o->mode, arg, state);
	case 'd':
		return parse_device(&o->mode, arg, state);
	case 'v':
		pcsc_verbose++;
		return 0;
	case ARGP_KEY_ARG:
		if (!o->command)
			o->command = arg;
		else if (o->nr_args < MAX_ARGS)
			o->args[o->nr_args++] = arg;
		else
			argp_error(state, "'%s' is one argument too many", arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(
			state,
			"a command is missing: info, load, mode, state, flush, events or handover");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "info\n"
		    "load PROFILE.pcsc\n"
		    "[-s FUNCTION|-d VENDOR:DEVICE] mode [off|shadow|on]\n"
		    "state\n"
		    "flush [DOMAIN:BUS:DEVICE.FUNCTION]\n"
		    "[-f] events\n"
		    "handover status\n"
		    "handover forget\n"
		    "handover setup [memmap|reserve_mem]\n"
		    "handover setup check 'KERNEL ARGUMENTS'",
	.doc = "Control the pci_pcsc helper: what it serves, and whether.\v"
	       "mode: the host's; with -s or -d a limit for a function or a model, "
	       "which `on` takes away again: a function's mode is the least of the "
	       "three. flush FUNCTION also ends its quarantine.\n\n"
	       "handover setup chooses memory that outlives a kexec and prints the "
	       "kernel arguments for it, on one line; on a host that was started "
	       "with such it checks them instead, unless the kind is given. setup "
	       "check looks at a command line before it is used.\n\n"
	       "Exit status: 0 done; 2 wrong usage; 3 the helper is not loaded, or "
	       "the host lacks something; 4 not permitted; 5 refused, by the helper "
	       "or a check; 6 trouble.",
};

static int run(const struct options *o)
{
	_cleanup_close_ int fd = -1;

	for (int i = 0; i < NR_COMMANDS; i++) {
		if (strcmp(o->command, commands[i].name))
			continue;
		if (o->nr_args < commands[i].min_args ||
		    o->nr_args > commands[i].max_args) {
			pcsc_error("%s: wrong number of arguments; see --help",
				   o->command);
			return PCSC_EXIT_USAGE;
		}
		if (!commands[i].alone) {
			fd = helper_open();
			if (fd < 0)
				return pcsc_exit_of(fd);
		}
		return pcsc_exit_of(commands[i].run(fd, o));
	}
	pcsc_error("there is no command '%s'; see --help", o->command);
	return PCSC_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	struct options o = {};

	pcsc_program = "pcsc-ctl";
	argp_program_version = "pcsc-ctl " PCSC_VERSION;
	argp_err_exit_status = PCSC_EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return PCSC_EXIT_USAGE;
	return run(&o);
}
