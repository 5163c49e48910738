// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-profile: which registers may be cached, and why. */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "array.h"
#include "explain.h"
#include "inventory.h"
#include "options.h"
#include "profile.h"
#include "save.h"
#include "talk.h"

#define MAX_CONFLICTS_SAID 20
#define MAX_MODELS_SAID 8

struct options {
	struct pcsc_call call;
	const char *out;
	const char *name;
	const char *profile;
	const char *sysfs;
	bool specification;
	bool floor_wins;
	bool json;
};

static void say_conflict(const struct profile_model *model,
			 const struct profile_conflict *c)
{
	char where[48];

	pcsc_warn(
		"%04x:%04x%s layout %08x: %s (%s) %s on %llu function%s, such as %s: %s",
		model->id.vendor, model->id.device,
		model->id.is_vf ? " VF" : "", model->id.fingerprint,
		profile_place(c->space, c->cap, c->offset, where),
		c->name ?: "undescribed", profile_reason_names[c->reason],
		(unsigned long long)c->functions, c->functions == 1 ? "" : "s",
		c->example,
		c->name ? "no rule for it" : "no rules by evidence");
}

static void say_conflicts(const struct profile *prof,
			  const struct profile_tally *tally, const char *out)
{
	size_t said = 0;

	for (size_t i = 0; i < prof->nr_models; i++) {
		const struct profile_model *model = &prof->models[i];

		for (size_t j = 0; j < model->nr_conflicts; j++)
			if (said < MAX_CONFLICTS_SAID || pcsc_verbose) {
				say_conflict(model, &model->conflicts[j]);
				said++;
			}
	}
	if (said < tally->conflicts)
		pcsc_warn("and %zu more conflicts: see 'conflicts' in '%s'",
			  tally->conflicts - said,
			  pcsc_is_standard(out) ? "standard output" : out);
}

/* One sentence, however many models were left out. */
static void say_left_out(const struct profile *prof,
			 const struct profile_tally *tally)
{
	size_t said = tally->nr_left_out;

	if (!said)
		return;
	if (said > MAX_MODELS_SAID && !pcsc_verbose)
		said = MAX_MODELS_SAID;
	fprintf(stderr,
		"%s: warning: %zu of %zu models left out, those with fewest reads, because a profile has at most %d models, %u MiB of JSON and %u MiB compiled; the helper will cache nothing of:",
		pcsc_program, tally->nr_left_out,
		tally->nr_left_out + prof->nr_models, PCSC_PROFILE_MAX_MODELS,
		PROFILE_MAX_JSON >> 20, PCSC_PROFILE_MAX_SIZE >> 20);
	for (size_t i = 0; i < said; i++)
		fprintf(stderr, "%s %04x:%04x%s layout %08x", i ? "," : "",
			tally->left_out[i].vendor, tally->left_out[i].device,
			tally->left_out[i].is_vf ? " VF" : "",
			tally->left_out[i].fingerprint);
	if (said < tally->nr_left_out)
		fprintf(stderr, ", and %zu more (-v names them)",
			tally->nr_left_out - said);
	fputc('\n', stderr);
}

static void say_tally(const struct profile *prof,
		      const struct profile_tally *tally)
{
	fprintf(stderr, "%s: %zu %s seen, %zu %s", pcsc_program,
		tally->functions,
		pcsc_noun(tally->functions, "function", "functions"),
		prof->nr_models, pcsc_noun(prof->nr_models, "model", "models"));
	if (tally->without_ids)
		fprintf(stderr, "; %zu left out: identity unknown",
			tally->without_ids);
	if (tally->unread)
		fprintf(stderr, "; %zu left out: they were not read",
			tally->unread);
	if (tally->unwalkable)
		fprintf(stderr,
			"; %zu left out: capabilities cannot be followed in what was read (-v says where; read them whole while recording, as 'lspci -xxxx' does)",
			tally->unwalkable);
	fputc('\n', stderr);
}

/* What a person can do about a recording in which too little was read. */
#define REMEDY \
	"read everything three times while recording, as root: pcsc-trace record -o FILE -- sh -c 'for i in 1 2 3; do lspci -xxxx; done >/dev/null; ...'"

static bool has_const_rule(const struct profile *prof)
{
	for (size_t i = 0; i < prof->nr_models; i++)
		for (size_t j = 0; j < prof->models[i].nr_rules; j++)
			if (prof->models[i].rules[j].klass == PCSC_CONST)
				return true;
	return false;
}

static void warn_if_thin(const struct profile *prof,
			 const struct profile_tally *tally)
{
	size_t told = tally->functions - tally->without_ids;
	size_t silent = tally->unread + tally->unwalkable;

	if (!has_const_rule(prof))
		pcsc_warn(
			"the profile is empty: no model has a rule by which anything may be cached; " REMEDY);
	else if (silent > told / 2)
		pcsc_warn(
			"the recording is thin: of %zu functions %zu were read too little to give rules; " REMEDY,
			told, silent);
}

static int write_file(const char *path, void *data, size_t size)
{
	const struct iovec whole = { data, size };

	return pcsc_save(path, &whole, 1, PCSC_SAVE_SHARED);
}

static int write_json(struct profile *prof, const char *path)
{
	_cleanup_free_ char *text = NULL;
	int err;

	err = profile_dump(prof, &text);
	if (err)
		return err;
	return write_file(path, text, strlen(text));
}

struct recordings {
	struct pcsc_rec **recs;
	size_t nr;
};

static void recordings_free(struct recordings *r)
{
	for (size_t i = 0; i < r->nr; i++)
		pcsc_rec_free(r->recs[i]);
	free(r->recs);
}

static bool same_recording(const struct pcsc_rec *a, const struct pcsc_rec *b)
{
	return a->header.crc32 == b->header.crc32 &&
	       a->header.started_ns == b->header.started_ns &&
	       !strncmp(a->header.host, b->header.host, sizeof(a->header.host));
}

static int load_recording(const char *path, struct recordings *r,
			  char *const *paths)
{
	struct pcsc_rec **slot = profile_grow(&r->recs, &r->nr, sizeof(*slot));
	int err;

	if (!slot)
		return pcsc_fail(-ENOMEM, "%s: out of memory", path);
	err = pcsc_rec_load(path, slot);
	if (err) {
		r->nr--;
		return err;
	}
	for (size_t i = 0; i + 1 < r->nr; i++)
		if (same_recording(r->recs[i], *slot))
			return pcsc_fail(
				-EINVAL,
				"%s: the same recording as '%s': it would count twice; name it once",
				path, paths[i]);
	if ((*slot)->header.flags & PCSC_REC_INCOMPLETE)
		pcsc_warn(
			"%s: accesses were lost while recording (%llu without room, %llu without end, %llu skipped): changes and writes may have been missed; the profile says so",
			path,
			(unsigned long long)(*slot)->header.losses.map_full,
			(unsigned long long)(*slot)->header.losses.inflight,
			(unsigned long long)(*slot)->header.losses.recursion);
	return 0;
}

static void tally_free(struct profile_tally *tally)
{
	free(tally->left_out);
}

static int generate(const struct options *o)
{
	_cleanup_(recordings_free) struct recordings r = {};
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_(tally_free) struct profile_tally tally = {};
	ssize_t taken;
	int err = 0;

	for (int i = 0; i < o->call.nr_args && !err; i++)
		err = load_recording(o->call.args[i], &r, o->call.args);
	taken = err ?: profile_take_evidence(r.recs, o->call.args, r.nr);
	if (taken < 0)
		return taken;
	err = o->specification ?
		      profile_specification(o->name ?: "specification", &prof) :
		      profile_generate(r.recs, taken, o->name ?: "generated",
				       &prof, &tally);
	if (!err)
		err = write_json(prof, o->out);
	if (err || o->specification)
		return err;
	say_conflicts(prof, &tally, o->out);
	say_left_out(prof, &tally);
	say_tally(prof, &tally);
	warn_if_thin(prof, &tally);
	return 0;
}

static int show(const struct options *o)
{
	_cleanup_prof_ struct profile *prof = NULL;
	int err;

	err = profile_load(o->call.args[0], false, &prof, NULL);
	if (err)
		return err;
	return o->json ? write_json(prof, "-") : profile_show(prof, stdout);
}

static int compile(const struct options *o)
{
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_free_ void *data = NULL;
	u32 size;
	int err;

	err = profile_load(o->call.args[0], o->floor_wins, &prof, NULL);
	if (!err)
		err = profile_compile(profile_input_name(o->call.args[0]), prof,
				      &data, &size);
	return err ?: write_file(o->out, data, size);
}

static int check(const struct options *o)
{
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_free_ void *data = NULL;
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
	return err;
}

static int explain(const struct options *o)
{
	return explain_command(
		o->profile, o->sysfs ?: PCSC_DEVICES, o->call.args[0],
		o->call.nr_args > 1 ? o->call.args[1] : NULL, o->json);
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

enum { GENERATE, SHOW, COMPILE, CHECK, EXPLAIN };

enum { KEY_SPECIFICATION = 256, KEY_FLOOR_WINS, KEY_SYSFS };

static const struct pcsc_option options[] = {
	{ .name = "output",
	  .key = 'o',
	  .argument = "FILE",
	  .help = "where the profile goes; -: standard output",
	  .commands = PCSC_BIT(GENERATE) | PCSC_BIT(COMPILE),
	  .required = PCSC_BIT(GENERATE) | PCSC_BIT(COMPILE),
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, out) },
	{ .name = "name",
	  .key = 'n',
	  .argument = "NAME",
	  .help = "what the profile is called",
	  .commands = PCSC_BIT(GENERATE),
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
	  .commands = PCSC_BIT(SHOW) | PCSC_BIT(EXPLAIN),
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
	  .commands = PCSC_BIT(EXPLAIN),
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct options, sysfs) },
	{ .name = "floor-wins",
	  .key = KEY_FLOOR_WINS,
	  .help = "leave out registers that are volatile whatever a profile says, with a warning, instead of refusing the profile",
	  .commands = PCSC_BIT(COMPILE),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct options, floor_wins) },
	{ .name = "verbose",
	  .key = 'v',
	  .help = "say which functions give no rules, or that a profile is good",
	  .commands = PCSC_BIT(GENERATE) | PCSC_BIT(CHECK),
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
	[GENERATE] = generate, [SHOW] = show,	    [COMPILE] = compile,
	[CHECK] = check,       [EXPLAIN] = explain,
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

	return status ? status : pcsc_exit_of(runs[o.call.command](&o));
}
