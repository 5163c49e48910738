// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-ctl: load a profile, choose a mode, see the state. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "array.h"
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
	/* What check() has made of the arguments. */
	int file;
	struct pcsc_flush flush;
};

#define IS_QUERY(o) (!(o)->nr_args && (o)->mode.scope == PCSC_SCOPE_HOST)

static int do_info(int fd, const struct options *o)
{
	struct pcsc_info info;
	int err = helper_info(fd, &info);

	if (!err)
		print_info(&info, o->json);
	return err;
}

/* A name that is no file's is wrong usage; what is in the file is not. */
static int check_load(struct options *o)
{
	struct stat st;

	o->file = open(o->args[0], O_RDONLY | O_CLOEXEC);
	if (o->file >= 0 && !fstat(o->file, &st) && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (o->file >= 0)
		return 0;
	pcsc_error("%s: %s", o->args[0], strerror(errno));
	return errno == ENOENT || errno == ENOTDIR || errno == EISDIR ?
		       PCSC_EXIT_USAGE :
		       pcsc_exit_of(-errno);
}

static int do_load(int fd, const struct options *o)
{
	return helper_load(fd, o->file, o->args[0]);
}

static int show_mode(int fd)
{
	struct pcsc_info info;
	int err = helper_info(fd, &info);

	if (!err)
		puts(helper_modes[info.mode]);
	return err;
}

static int check_mode(struct options *o)
{
	if (IS_QUERY(o))
		return 0;
	for (__u32 mode = 0; o->nr_args && mode <= PCSC_MODE_ON; mode++) {
		if (strcmp(o->args[0], helper_modes[mode]))
			continue;
		o->mode.mode = mode;
		return 0;
	}
	pcsc_error("there is no mode '%s': off, shadow or on",
		   o->nr_args ? o->args[0] : "");
	return PCSC_EXIT_USAGE;
}

static int do_mode(int fd, const struct options *o)
{
	struct pcsc_mode request = o->mode;

	return IS_QUERY(o) ? show_mode(fd) : helper_mode(fd, &request);
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

static int check_flush(struct options *o)
{
	uint32_t domain;

	o->flush.all = !o->nr_args;
	if (o->flush.all)
		return 0;
	if (pcsc_bdf_parse(o->args[0], &domain, &o->flush.bus,
			   &o->flush.devfn)) {
		pcsc_error(
			"'%s' is not a function: give domain:bus:device.function, as lspci -D does",
			o->args[0]);
		return PCSC_EXIT_USAGE;
	}
	o->flush.domain = domain;
	return 0;
}

static int do_flush(int fd, const struct options *o)
{
	struct pcsc_flush flush = o->flush;

	return helper_flush(fd, &flush);
}

/* The kind of memory that `handover setup` is told to take; -1: none is so called. */
static int setup_kind(const struct options *o)
{
	if (o->nr_args == 1)
		return PCSC_REGION_NONE;
	if (o->nr_args == 2 && !strcmp(o->args[1], "memmap"))
		return PCSC_REGION_MEMMAP;
	if (o->nr_args == 2 && !strcmp(o->args[1], "reserve_mem"))
		return PCSC_REGION_RESERVE_MEM;
	return -1;
}

static bool is_setup_check(const struct options *o)
{
	return o->nr_args == 3 && !strcmp(o->args[1], "check");
}

static int check_handover(struct options *o)
{
	const char *what = o->args[0];

	if (!strcmp(what, "setup")) {
		if (!o->json && (is_setup_check(o) || setup_kind(o) >= 0))
			return 0;
		pcsc_error(
			"handover setup: give nothing, memmap, reserve_mem, or check and the kernel arguments in single quotes; -j is not for it");
		return PCSC_EXIT_USAGE;
	}
	if (o->nr_args == 1 &&
	    (!strcmp(what, "status") || !strcmp(what, "forget")))
		return 0;
	pcsc_error("handover: setup, status or forget; see --help");
	return PCSC_EXIT_USAGE;
}

/* The setup is made before there is a helper. */
static int do_handover(int fd, const struct options *o)
{
	_cleanup_close_ int helper = -1;

	(void)fd;
	if (!strcmp(o->args[0], "setup"))
		return is_setup_check(o) ? handover_check(o->args[2]) :
					   handover_setup(setup_kind(o));
	helper = helper_open();
	if (helper < 0)
		return helper;
	return !strcmp(o->args[0], "status") ?
		       handover_status(helper, o->json) :
		       handover_forget(helper);
}

static const struct command {
	const char *name;
	/* 0 or an exit status; before the helper is looked for */
	int (*check)(struct options *o);
	int (*run)(int fd, const struct options *o);
	int min_args, max_args;
	const char *options; /* that mean something to it */
	bool alone; /* opens the helper itself, if at all: fd is -1 */
} commands[] = {
	{ "info", NULL, do_info, 0, 0, "j", false },
	{ "load", check_load, do_load, 1, 1, "", false },
	{ "mode", check_mode, do_mode, 0, 1, "sd", false },
	{ "state", NULL, do_state, 0, 0, "j", false },
	{ "flush", check_flush, do_flush, 0, 1, "", false },
	{ "events", NULL, do_events, 0, 0, "fj", false },
	{ "handover", check_handover, do_handover, 1, 3, "j", true },
};

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
			"'%s' is not a function: give domain:bus:device.function, as lspci -D does",
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
	if (text[strspn(text, "0123456789abcdefABCDEF:")] ||
	    sscanf(text, "%4x:%4x%n", &vendor, &device, &end) != 2 ||
	    text[end])
		argp_error(
			state,
			"'%s' is not a model: give vendor:device, as lspci -n does",
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

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

/* Whether an option was given that means nothing to @c; it is named. */
static bool has_foreign_option(const struct command *c, const struct options *o)
{
	const struct {
		char letter;
		bool given;
	} given[] = {
		{ 'j', o->json },
		{ 'f', o->follow },
		{ 's', o->mode.scope == PCSC_SCOPE_FUNCTION },
		{ 'd', o->mode.scope == PCSC_SCOPE_MODEL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(given); i++) {
		if (!given[i].given || strchr(c->options, given[i].letter))
			continue;
		pcsc_error("%s: -%c is not for it; see --help", c->name,
			   given[i].letter);
		return true;
	}
	return false;
}

/* 0 or an exit status. */
static int check(const struct command *c, struct options *o)
{
	if (!c) {
		pcsc_error("there is no command '%s'; see --help", o->command);
		return PCSC_EXIT_USAGE;
	}
	if (o->nr_args < c->min_args || o->nr_args > c->max_args) {
		pcsc_error("%s: wrong number of arguments; see --help",
			   c->name);
		return PCSC_EXIT_USAGE;
	}
	if (has_foreign_option(c, o))
		return PCSC_EXIT_USAGE;
	return c->check ? c->check(o) : 0;
}

static int run(struct options *o)
{
	const struct command *c = find_command(o->command);
	_cleanup_close_ int fd = -1;
	int status = check(c, o), err;

	if (status)
		return status;
	if (!c->alone) {
		fd = helper_open();
		if (fd < 0)
			return pcsc_exit_of(fd);
	}
	err = c->run(fd, o);
	return pcsc_exit_of(err ? err : pcsc_flush_stdout());
}

int main(int argc, char **argv)
{
	struct options o = { .file = -1 };

	pcsc_reserve_stdio();
	pcsc_program = "pcsc-ctl";
	argp_program_version = "pcsc-ctl " PCSC_VERSION;
	argp_err_exit_status = PCSC_EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return PCSC_EXIT_USAGE;
	return run(&o);
}
