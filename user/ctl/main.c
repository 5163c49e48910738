// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-ctl: load a profile, choose a mode, see the state. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
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
#include "luo.h"
#include "options.h"
#include "print.h"
#include "talk.h"
#include "words.h"

struct options {
	struct pcsc_call call;
	bool json;
	bool follow;
	struct pcsc_mode mode; /* its scope is what -s or -d says */
	/* What a command's check has made of the arguments. */
	int file;
	struct pcsc_flush flush;
};

#define IS_QUERY(o) (!(o)->call.nr_args && (o)->mode.scope == PCSC_SCOPE_HOST)

static int do_info(int fd, const struct options *o)
{
	struct pcsc_info info;
	int err = helper_info(fd, &info);

	if (!err)
		print_info(&info, o->json);
	return err;
}

/* A path without a file is wrong usage; a file that holds something else is not. */
static int check_load(struct options *o)
{
	const char *path = o->call.args[0];
	struct stat st;

	o->file = open(path, O_RDONLY | O_CLOEXEC);
	if (o->file >= 0 && !fstat(o->file, &st) && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (o->file >= 0)
		return 0;
	pcsc_error("cannot open '%s': %s", path, strerror(errno));
	return errno == ENOENT || errno == ENOTDIR || errno == EISDIR ?
		       PCSC_EXIT_USAGE :
		       pcsc_exit_of(-errno);
}

static int do_load(int fd, const struct options *o)
{
	return helper_load(fd, o->file, o->call.args[0]);
}

static int show_mode(int fd)
{
	struct pcsc_info info;
	int err = helper_info(fd, &info);

	if (!err)
		puts(pcsc_mode_name(info.mode));
	return err;
}

static int check_mode(struct options *o)
{
	if (IS_QUERY(o))
		return 0;
	if (!o->call.nr_args)
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"the mode is missing: give off, shadow or on with --slot or --device");
	for (__u32 mode = 0; mode <= PCSC_MODE_ON; mode++) {
		if (strcmp(o->call.args[0], pcsc_mode_name(mode)))
			continue;
		o->mode.mode = mode;
		return 0;
	}
	return pcsc_fail(PCSC_EXIT_USAGE,
			 "'%s' is not a mode: give off, shadow or on",
			 o->call.args[0]);
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

/* 0, or -EINVAL after a sentence. */
static int parse_function(const char *text, __u32 *domain, __u8 *bus,
			  __u8 *devfn)
{
	if (!pcsc_bdf_parse(text, domain, bus, devfn))
		return 0;
	return pcsc_fail(
		-EINVAL,
		"'%s' is not a function: give domain:bus:device.function, as lspci -D does",
		text);
}

static int check_flush(struct options *o)
{
	struct pcsc_flush *f = &o->flush;

	f->all = !o->call.nr_args;
	if (f->all ||
	    !parse_function(o->call.args[0], &f->domain, &f->bus, &f->devfn))
		return 0;
	return PCSC_EXIT_USAGE;
}

static int do_flush(int fd, const struct options *o)
{
	struct pcsc_flush flush = o->flush;

	return helper_flush(fd, &flush);
}

/* Whether argument @n of `handover` is @word; one that is missing is not. */
static bool argument_is(const struct options *o, int n, const char *word)
{
	return n < o->call.nr_args && !strcmp(o->call.args[n], word);
}

/* The kind of memory that `handover setup` is told to take; -1: there is none of that name. */
static int setup_kind(const struct options *o)
{
	if (o->call.nr_args == 1)
		return PCSC_REGION_NONE;
	if (o->call.nr_args == 2 && argument_is(o, 1, "memmap"))
		return PCSC_REGION_MEMMAP;
	if (o->call.nr_args == 2 && argument_is(o, 1, "reserve_mem"))
		return PCSC_REGION_RESERVE_MEM;
	if (o->call.nr_args == 2 && argument_is(o, 1, "kho"))
		return PCSC_REGION_KHO;
	return -1;
}

static bool is_setup_check(const struct options *o)
{
	return o->call.nr_args == 3 && argument_is(o, 1, "check");
}

static int check_setup(const struct options *o)
{
	if (o->json)
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"--json means nothing to 'handover setup': give it to 'handover status'");
	if (is_setup_check(o) || setup_kind(o) >= 0)
		return 0;
	return pcsc_fail(
		PCSC_EXIT_USAGE,
		"'handover setup' is followed by nothing, by memmap, by reserve_mem, by kho, or by check and the kernel arguments in single quotes");
}

static int check_luo(const struct options *o)
{
	if (o->json)
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"--json means nothing to 'handover luo': give it to 'handover status'");
	if (argument_is(o, 1, "preserve") && o->call.nr_args > 2)
		return 0;
	if (o->call.nr_args == 2 &&
	    (argument_is(o, 1, "retrieve") || argument_is(o, 1, "finish")))
		return 0;
	return pcsc_fail(
		PCSC_EXIT_USAGE,
		"'handover luo' is followed by preserve -- and a command, by retrieve, or by finish");
}

static int check_handover(struct options *o)
{
	if (argument_is(o, 0, "setup"))
		return check_setup(o);
	if (argument_is(o, 0, "luo"))
		return check_luo(o);
	if (o->call.nr_args == 1 &&
	    (argument_is(o, 0, "status") || argument_is(o, 0, "forget")))
		return 0;
	return pcsc_fail(
		PCSC_EXIT_USAGE,
		"'handover' is followed by setup, by status, by forget or by luo; see 'pcsc-ctl handover --help'");
}

/* The orchestrator gives the node back, so nobody opens it for that. */
static int do_luo(const struct options *o)
{
	_cleanup_close_ int helper = -1;

	if (!argument_is(o, 1, "preserve"))
		return argument_is(o, 1, "retrieve") ? luo_retrieve() :
						       luo_finish();
	helper = helper_open();
	return helper < 0 ? helper : luo_preserve(helper, &o->call.args[2]);
}

/* `handover setup` works without a helper, since it is used before there is one. */
static int do_handover(int fd, const struct options *o)
{
	_cleanup_close_ int helper = -1;

	(void)fd;
	if (argument_is(o, 0, "setup"))
		return is_setup_check(o) ? handover_check(o->call.args[2]) :
					   handover_setup(setup_kind(o));
	if (argument_is(o, 0, "luo"))
		return do_luo(o);
	helper = helper_open();
	if (helper < 0)
		return helper;
	return argument_is(o, 0, "status") ? handover_status(helper, o->json) :
					     handover_forget(helper);
}

/* ---- the command line ---- */

static int set_slot(void *field, const char *text)
{
	struct pcsc_mode *mode = field;

	if (mode->scope != PCSC_SCOPE_HOST)
		return pcsc_fail(-EINVAL, "give --slot or --device, and once");
	mode->scope = PCSC_SCOPE_FUNCTION;
	return parse_function(text, &mode->domain, &mode->bus, &mode->devfn);
}

static int set_device(void *field, const char *text)
{
	struct pcsc_mode *mode = field;
	unsigned int vendor, device;
	int end = 0;

	if (mode->scope != PCSC_SCOPE_HOST)
		return pcsc_fail(-EINVAL, "give --slot or --device, and once");
	if (text[strspn(text, "0123456789abcdefABCDEF:")] ||
	    sscanf(text, "%4x:%4x%n", &vendor, &device, &end) != 2 || text[end])
		return pcsc_fail(
			-EINVAL,
			"'%s' is not a model: give vendor:device, as lspci -n does",
			text);
	mode->vendor = vendor;
	mode->device = device;
	mode->scope = PCSC_SCOPE_MODEL;
	return 0;
}

enum { INFO, LOAD, MODE, STATE, FLUSH, EVENTS, HANDOVER };

static const struct pcsc_option options[] = {
	{ .name = "json",
	  .key = 'j',
	  .help = "print JSON; of events, an object each",
	  .commands = PCSC_BIT(INFO) | PCSC_BIT(STATE) | PCSC_BIT(EVENTS) |
		      PCSC_BIT(HANDOVER),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, json) },
	{ .name = "follow",
	  .key = 'f',
	  .help = "wait for more",
	  .commands = PCSC_BIT(EVENTS),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, follow) },
	{ .name = "slot",
	  .key = 's',
	  .argument = "FUNCTION",
	  .help = "limit this function, domain:bus:device.function",
	  .commands = PCSC_BIT(MODE),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, mode),
	  .set = set_slot },
	{ .name = "device",
	  .key = 'd',
	  .argument = "VENDOR:DEVICE",
	  .help = "limit every function with these IDs, as lspci -n shows them",
	  .commands = PCSC_BIT(MODE),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, mode),
	  .set = set_device },
	{ .name = "verbose",
	  .key = 'v',
	  .help = "say what was done",
	  .kind = PCSC_VERBOSE },
};

static const struct pcsc_command commands[] = {
	[INFO] = { .name = "info",
		   .arguments = "",
		   .help = "Show the helper's mode, its profile and what it does not serve" },
	[LOAD] = { .name = "load",
		   .arguments = "PROFILE.pcsc",
		   .help = "Put a compiled profile into force, whole or not at all",
		   .least = 1,
		   .most = 1 },
	[MODE] = { .name = "mode",
		   .arguments = "[off|shadow|on]",
		   .help = "Show or set the mode, or limit that of some functions",
		   .more = "Without an option the mode is the host's. With --slot or --device it is a "
			   "limit for a function or a model, and `on` takes that limit away. A function's "
			   "mode is the least of the three.",
		   .most = 1 },
	[STATE] = { .name = "state",
		    .arguments = "",
		    .help = "List all functions: bytes, hits, and why one is not served" },
	[FLUSH] = { .name = "flush",
		    .arguments = "[DOMAIN:BUS:DEVICE.FUNCTION]",
		    .help = "Forget the values of one function, or of all",
		    .more = "For one function it also ends the quarantine.",
		    .most = 1 },
	[EVENTS] = { .name = "events",
		     .arguments = "",
		     .help = "Print the last 256 things that happened" },
	[HANDOVER] = { .name = "handover",
		       .arguments = "status\n"
				    "forget\n"
				    "setup [memmap|reserve_mem|kho]\n"
				    "setup check 'KERNEL ARGUMENTS'\n"
				    "luo preserve -- COMMAND [ARGUMENT...]\n"
				    "luo retrieve|finish",
		       .help = "Prepare what crosses a kexec, look at it or forget it",
		       .more = "setup chooses memory that outlives a kexec and prints the kernel arguments "
			       "for it, on one line. On a host that was started with such arguments it checks "
			       "them instead, unless the kind is given. setup check looks at a command line "
			       "before it is used. luo is an agent of the kernel's live update orchestrator: "
			       "preserve holds the lines in a session while COMMAND runs, which may be "
			       "`kexec -e`; in the next kernel retrieve takes them back and finishes the "
			       "session, and finish ends it without them.",
		       .most = INT_MAX },
};

static const struct pcsc_tool tool = {
	.name = "pcsc-ctl",
	.help = "Control the pci_pcsc helper: what it serves, and whether",
	.options = options,
	.nr_options = ARRAY_SIZE(options),
	.commands = commands,
	.nr_commands = ARRAY_SIZE(commands),
};

static const struct action {
	/* 0 or an exit status, before the helper is looked for. */
	int (*check)(struct options *o);
	int (*run)(int fd, const struct options *o);
	bool alone; /* it opens the helper itself, if at all, and fd is -1 */
} actions[] = {
	[INFO] = { NULL, do_info, false },
	[LOAD] = { check_load, do_load, false },
	[MODE] = { check_mode, do_mode, false },
	[STATE] = { NULL, do_state, false },
	[FLUSH] = { check_flush, do_flush, false },
	[EVENTS] = { NULL, do_events, false },
	[HANDOVER] = { check_handover, do_handover, true },
};
static_assert(ARRAY_SIZE(actions) == ARRAY_SIZE(commands), "one for each");

static int run(struct options *o)
{
	const struct action *a = &actions[o->call.command];
	_cleanup_close_ int fd = -1;
	int status = a->check ? a->check(o) : 0, err;

	if (status)
		return status;
	if (!a->alone) {
		fd = helper_open();
		if (fd < 0)
			return pcsc_exit_of(fd);
	}
	err = a->run(fd, o);
	return pcsc_exit_of(err ? err : pcsc_flush_stdout());
}

int main(int argc, char **argv)
{
	struct options o = { .file = -1 };
	int status = pcsc_options(&tool, argc, argv, &o.call);

	return status ? status : run(&o);
}
