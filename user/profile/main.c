// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-profile: which registers may be cached, and why. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "array.h"
#include "command.h"
#include "coverage.h"
#include "demotions.h"
#include "diff.h"
#include "explain.h"
#include "fits.h"
#include "inventory.h"
#include "options.h"
#include "profile.h"
#include "rehearse.h"
#include "save.h"
#include "talk.h"
#include "whatif.h"

struct options {
	struct pcsc_call call;
	const char *out;
	const char *name;
	const char *profile;
	const char *sysfs;
	const char *until;
	uint32_t read_us;
	bool specification;
	bool redact;
	bool demotions;
	bool warm;
	bool host;
	bool floor_wins;
	bool json;
};

static struct profile_inputs inputs_of(const struct options *o)
{
	return (struct profile_inputs){
		.paths = o->call.args,
		.nr = o->call.nr_args,
		.out = o->out,
		.name = o->name,
		.specification = o->specification,
		.redact = o->redact,
		.demotions = o->demotions,
	};
}

static int generate(const struct options *o)
{
	const struct profile_inputs in = inputs_of(o);

	return pcsc_spare(o->out, o->call.args, o->call.nr_args) ?:
		       generate_command(&in);
}

static int merge(const struct options *o)
{
	const struct profile_inputs in = inputs_of(o);

	return merge_command(&in);
}

static int demotions(const struct options *o)
{
	return pcsc_spare(o->out, o->call.args, 1) ?:
		       demotions_command(o->call.args[0], o->out, o->redact);
}

static int diff(const struct options *o)
{
	_cleanup_prof_ struct profile *from = NULL;
	_cleanup_prof_ struct profile *to = NULL;
	ssize_t differences;
	int err;

	err = profile_load(o->call.args[0], false, &from, NULL) ?:
		      profile_load(o->call.args[1], false, &to, NULL);
	if (err)
		return err;
	differences = profile_diff(from, to, o->json, stdout);
	if (differences < 0)
		return differences;
	return pcsc_flush_stdout() ?: (differences ? PCSC_EXIT_DIFFERS : 0);
}

static int show(const struct options *o)
{
	_cleanup_prof_ struct profile *prof = NULL;
	int err;

	err = profile_load(o->call.args[0], false, &prof, NULL);
	if (err)
		return err;
	return o->json ? profile_write_json(prof, "-") :
			 profile_show(prof, stdout);
}

static int compile(const struct options *o)
{
	_cleanup_free_ void *data = NULL;
	u32 size;
	int err;

	err = pcsc_spare(o->out, o->call.args, 1) ?:
		      profile_load_compiled(o->call.args[0], o->floor_wins,
					    &data, &size);
	return err ?: profile_write(o->out, data, size);
}

static int check(const struct options *o)
{
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_free_ void *data = NULL;
	ssize_t without;
	bool compiled;
	u32 size;
	int err;

	err = profile_load(o->call.args[0], false, &prof, &compiled);
	if (!err)
		err = profile_compile(profile_input_name(o->call.args[0]), prof,
				      &data, &size);
	if (!err)
		pcsc_info("%s: good: %zu %s%s, %u bytes compiled",
			  profile_input_name(o->call.args[0]), prof->nr_models,
			  pcsc_noun(prof->nr_models, "model", "models"),
			  compiled ? ", compiled" : "", size);
	if (err || !o->host)
		return err;
	without = fits_host(prof, o->sysfs ?: PCSC_DEVICES, stdout);
	if (without < 0)
		return without;
	return pcsc_flush_stdout() ?: (without ? PCSC_EXIT_DIFFERS : 0);
}

static int explain(const struct options *o)
{
	return explain_command(
		o->profile, o->sysfs ?: PCSC_DEVICES, o->call.args[0],
		o->call.nr_args > 1 ? o->call.args[1] : NULL, o->json);
}

static int coverage(const struct options *o)
{
	return coverage_command(o->call.args[0], o->call.args[1], o->json);
}

static int whatif(const struct options *o)
{
	const struct whatif_options w = {
		.recording = o->call.args[0],
		.profile = o->call.args[1],
		.until = o->until,
		.warm = o->warm,
		.json = o->json,
	};

	return whatif_command(&w);
}

static int rehearse(const struct options *o)
{
	const struct rehearse_options r = {
		.recording = o->call.args[0],
		.profile = o->call.args[1],
		.until = o->until,
		.read_us = o->read_us,
		.json = o->json,
	};

	return rehearse_command(&r);
}

/* ---- the command line ---- */

static bool printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

/* A name that is not printable is not said either: it might drive a terminal. */
static int set_name(void *field, const char *text)
{
	if (!printable(text))
		return pcsc_fail(
			-EINVAL,
			"the name is not printable ASCII: give another one");
	if (strlen(text) > 31)
		return pcsc_fail(
			-EINVAL,
			"the name '%s' has more than 31 characters: give a shorter one",
			text);
	*(const char **)field = text;
	return 0;
}

enum {
	GENERATE,
	SHOW,
	COMPILE,
	CHECK,
	EXPLAIN,
	MERGE,
	DEMOTIONS,
	DIFF,
	WHATIF,
	REHEARSE,
	COVERAGE,
};

enum {
	KEY_SPECIFICATION = 256,
	KEY_FLOOR_WINS,
	KEY_SYSFS,
	KEY_REDACT,
	KEY_DEMOTIONS,
	KEY_WARM,
	KEY_UNTIL,
	KEY_READ_US,
	KEY_HOST,
};

static const struct pcsc_option options[] = {
	{ .name = "output",
	  .key = 'o',
	  .argument = "FILE",
	  .help = "where the profile goes; -: standard output",
	  .commands = PCSC_BIT(GENERATE) | PCSC_BIT(COMPILE) | PCSC_BIT(MERGE) |
		      PCSC_BIT(DEMOTIONS),
	  .required = PCSC_BIT(GENERATE) | PCSC_BIT(COMPILE) | PCSC_BIT(MERGE) |
		      PCSC_BIT(DEMOTIONS),
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, out) },
	{ .name = "name",
	  .key = 'n',
	  .argument = "NAME",
	  .help = "what the profile is called",
	  .commands = PCSC_BIT(GENERATE) | PCSC_BIT(MERGE),
	  .kind = PCSC_SET,
	  .field = offsetof(struct options, name),
	  .set = set_name },
	{ .name = "specification",
	  .key = KEY_SPECIFICATION,
	  .help = "no recording: what the specification alone calls const, for all functions",
	  .commands = PCSC_BIT(GENERATE),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, specification) },
	{ .name = "json",
	  .key = 'j',
	  .help = "print JSON, of a compiled profile too",
	  .commands = PCSC_BIT(SHOW) | PCSC_BIT(EXPLAIN) | PCSC_BIT(DIFF) |
		      PCSC_BIT(WHATIF) | PCSC_BIT(REHEARSE) |
		      PCSC_BIT(COVERAGE),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, json) },
	{ .name = "profile",
	  .key = 'p',
	  .argument = "PROFILE",
	  .help = "of either form; without it, what the specification alone calls const",
	  .commands = PCSC_BIT(EXPLAIN),
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, profile) },
	{ .name = "sysfs",
	  .key = KEY_SYSFS,
	  .argument = "DIR",
	  .help = "look for functions in this directory (" PCSC_DEVICES ")",
	  .commands = PCSC_BIT(EXPLAIN) | PCSC_BIT(CHECK),
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, sysfs) },
	{ .name = "redact",
	  .key = KEY_REDACT,
	  .help = "leave out what names functions of a host, for sharing",
	  .commands = PCSC_BIT(MERGE) | PCSC_BIT(DEMOTIONS),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, redact) },
	{ .name = "demotions",
	  .key = KEY_DEMOTIONS,
	  .help = "count what this host's helper has demoted as conflicts",
	  .commands = PCSC_BIT(MERGE),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, demotions) },
	{ .name = "host",
	  .key = KEY_HOST,
	  .help = "say which functions of this host it is for; status 1 if one has no model",
	  .commands = PCSC_BIT(CHECK),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, host) },
	{ .name = "warm",
	  .key = KEY_WARM,
	  .help = "after a live update that handed over what the workload had filled",
	  .commands = PCSC_BIT(WHATIF),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, warm) },
	{ .name = "until",
	  .key = KEY_UNTIL,
	  .argument = "MARK",
	  .help = "take the recording up to its first mark of that name",
	  .commands = PCSC_BIT(WHATIF) | PCSC_BIT(REHEARSE),
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, until) },
	{ .name = "read-us",
	  .key = KEY_READ_US,
	  .argument = "US",
	  .help = "reckon that a read of hardware takes so many microseconds, not what was recorded",
	  .commands = PCSC_BIT(REHEARSE),
	  .kind = PCSC_NUMBER,
	  .least = 1,
	  .most = 1e6,
	  .field = offsetof(struct options, read_us) },
	{ .name = "floor-wins",
	  .key = KEY_FLOOR_WINS,
	  .help = "leave out registers that are volatile whatever a profile says, with a warning, instead of refusing the profile",
	  .commands = PCSC_BIT(COMPILE),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, floor_wins) },
	{ .name = "verbose",
	  .key = 'v',
	  .help = "say which functions give no rules, that a profile is good, or how many were merged",
	  .commands = PCSC_BIT(GENERATE) | PCSC_BIT(CHECK) | PCSC_BIT(MERGE),
	  .kind = PCSC_VERBOSE },
};

static const struct pcsc_command commands[] = {
	[GENERATE] = { .name = "generate",
		       .arguments = "RECORDING...\n--specification",
		       .help = "Derive a profile, as JSON, from recordings",
		       .most = INT_MAX },
	[SHOW] = { .name = "show",
		   .arguments = "PROFILE",
		   .help = "List models, rules and conflicts, of either form",
		   .least = 1,
		   .most = 1 },
	[COMPILE] = { .name = "compile",
		      .arguments = "PROFILE",
		      .help = "Check a profile, and make the form that the helper loads",
		      .least = 1,
		      .most = 1 },
	[CHECK] = { .name = "check",
		    .arguments = "PROFILE",
		    .help = "Check either form; one that is refused gets status 5 and a reason",
		    .least = 1,
		    .most = 1 },
	[EXPLAIN] = { .name = "explain",
		      .arguments = "FUNCTION|MODEL [REGISTER]",
		      .help = "Say why registers may be answered from memory, or not",
		      .more = "A FUNCTION is one of this host (01:00.0), which is read, and wakes if it sleeps. A MODEL is one of the profile (8086:154c). A REGISTER is a name (LnkCap), a capability with an offset (CAP_EXP+0xc.l), or an offset (34.b).",
		      .least = 1,
		      .most = 2 },
	[MERGE] = { .name = "merge",
		    .arguments = "PROFILE...",
		    .help = "Make one profile of many hosts, whatever their order",
		    .least = 1,
		    .most = INT_MAX },
	[DEMOTIONS] = { .name = "demotions",
			.arguments = "PROFILE",
			.help = "Say what this host's helper has demoted, as conflicts for merge",
			.more = "It asks the helper, as root, while it serves the PROFILE.",
			.least = 1,
			.most = 1 },
	[DIFF] = { .name = "diff",
		   .arguments = "PROFILE PROFILE",
		   .help = "Say what two profiles call differently; status 1 if anything",
		   .least = 2,
		   .most = 2 },
	[WHATIF] = { .name = "what-if",
		     .arguments = "RECORDING PROFILE",
		     .help = "Say what the helper would have saved, by replaying its events",
		     .least = 2,
		     .most = 2 },
	[REHEARSE] = { .name = "rehearse",
		       .arguments = "RECORDING PROFILE",
		       .help = "Say what the next kexec would read, and whether lines would be handed over",
		       .more = "The RECORDING, with --events, is of what a new kernel does on this host: VFs enabled, bound, opened. Nothing is changed.",
		       .least = 2,
		       .most = 2 },
	[COVERAGE] = { .name = "coverage",
		       .arguments = "RECORDING PROFILE",
		       .help = "Say how much of what was recorded a profile covers",
		       .least = 2,
		       .most = 2 },
};

static const struct pcsc_tool tool = {
	.name = "pcsc-profile",
	.help = "Say which registers of which devices may be cached, and why",
	.more = "A RECORDING or a PROFILE that is called - is standard input.",
	.options = options,
	.nr_options = ARRAY_SIZE(options),
	.commands = commands,
	.nr_commands = ARRAY_SIZE(commands),
};

static int (*const runs[])(const struct options *o) = {
	[GENERATE] = generate,	 [SHOW] = show,		[COMPILE] = compile,
	[CHECK] = check,	 [EXPLAIN] = explain,	[MERGE] = merge,
	[DEMOTIONS] = demotions, [DIFF] = diff,		[WHATIF] = whatif,
	[REHEARSE] = rehearse,	 [COVERAGE] = coverage,
};
static_assert(ARRAY_SIZE(runs) == ARRAY_SIZE(commands), "one for each");

/* 0 or an exit status. */
static int check_arguments(const struct options *o)
{
	if (o->call.command == EXPLAIN)
		return explain_check(o->profile, o->call.args[0]);
	if (o->call.command != GENERATE || o->specification == !o->call.nr_args)
		return 0;
	if (o->specification)
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"--specification takes no recording: leave out '%s'",
			o->call.args[0]);
	return pcsc_fail(
		PCSC_EXIT_USAGE,
		"a RECORDING is missing: make one with 'pcsc-trace record', or give --specification");
}

int main(int argc, char **argv)
{
	struct options o = {};
	int status =
		pcsc_options(&tool, argc, argv, &o.call) ?: check_arguments(&o);

	/* A command returns a negative errno, or a status. */
	if (!status)
		status = runs[o.call.command](&o);
	return status < 0 ? pcsc_exit_of(status) : status;
}
