// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-profile: which registers may be cached, and why. */
#include <argp.h>
#include <errno.h>
#include <string.h>

#include "prof.h"
#include "talk.h"

#define MAX_CONFLICTS_SAID 20
#define MAX_MODELS_SAID 8

enum { OPT_SPECIFICATION = 256, OPT_FLOOR_WINS };

struct options {
	const char *out;
	const char *name;
	bool specification;
	bool floor_wins;
	bool json;
	char **files;
	size_t nr_files;
};

struct command {
	const char *name;
	const char *args;
	const char *doc;
	const struct argp_option *options;
	int (*run)(const struct options *options);
	size_t min_files;
	size_t max_files;
};

static void say_conflict(const struct prof_model *model,
			 const struct prof_conflict *c)
{
	char where[48];

	pcsc_warn(
		"%04x:%04x%s layout %08x: %s (%s) %s on %llu function%s, such as %s: %s",
		model->id.vendor, model->id.device,
		model->id.is_vf ? " VF" : "", model->id.fingerprint,
		prof_place(c->space, c->cap, c->offset, where),
		c->name ?: "undescribed", prof_reason_names[c->reason],
		(unsigned long long)c->functions, c->functions == 1 ? "" : "s",
		c->example,
		c->name ? "no rule for it" : "no rules by evidence");
}

static void say_conflicts(const struct prof *prof,
			  const struct prof_tally *tally, const char *out)
{
	size_t said = 0;

	for (size_t i = 0; i < prof->nr_models; i++) {
		const struct prof_model *model = &prof->models[i];

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

/* One sentence, however many models there are. */
static void say_left_out(const struct prof *prof,
			 const struct prof_tally *tally)
{
	size_t said = tally->nr_left_out;

	if (!said)
		return;
	if (said > MAX_MODELS_SAID && !pcsc_verbose)
		said = MAX_MODELS_SAID;
	fprintf(stderr,
		"%s: warning: %zu of %zu models left out, those with fewest reads, because a profile has at most %d models, %u MiB of JSON and %u MiB compiled; the helper will cache nothing of:",
		pcsc_program, tally->nr_left_out,
		tally->nr_left_out + prof->nr_models, PCSC_PF_MAX_MODELS,
		PROF_MAX_JSON >> 20, PCSC_PF_MAX_SIZE >> 20);
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

static void say_tally(const struct prof *prof, const struct prof_tally *tally)
{
	fprintf(stderr, "%s: %zu %s seen, %zu %s", pcsc_program,
		tally->functions,
		pcsc_noun(tally->functions, "function", "functions"),
		prof->nr_models, pcsc_noun(prof->nr_models, "model", "models"));
	if (tally->without_ids)
		fprintf(stderr, "; %zu left out: identity unknown",
			tally->without_ids);
	if (tally->unread)
		fprintf(stderr, "; %zu left out: nobody read them",
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

static bool has_const_rule(const struct prof *prof)
{
	for (size_t i = 0; i < prof->nr_models; i++)
		for (size_t j = 0; j < prof->models[i].nr_rules; j++)
			if (prof->models[i].rules[j].klass == PCSC_CONST)
				return true;
	return false;
}

static void warn_if_thin(const struct prof *prof,
			 const struct prof_tally *tally)
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

static int write_json(struct prof *prof, const char *path)
{
	_cleanup_free_ char *text = NULL;
	int err;

	err = prof_dump(prof, &text);
	if (err)
		return err;
	return prof_write_file(path, text, strlen(text));
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
	struct pcsc_rec **slot = prof_grow(&r->recs, &r->nr, sizeof(*slot));
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

static void tally_free(struct prof_tally *tally)
{
	free(tally->left_out);
}

static int generate(const struct options *o)
{
	_cleanup_(recordings_free) struct recordings r = {};
	_cleanup_prof_ struct prof *prof = NULL;
	_cleanup_(tally_free) struct prof_tally tally = {};
	ssize_t taken;
	int err = 0;

	for (size_t i = 0; i < o->nr_files && !err; i++)
		err = load_recording(o->files[i], &r, o->files);
	taken = err ?: prof_take_evidence(r.recs, o->files, r.nr);
	if (taken < 0)
		return taken;
	err = o->specification ?
		      prof_specification(o->name ?: "specification", &prof) :
		      prof_generate(r.recs, taken, o->name ?: "generated",
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
	_cleanup_prof_ struct prof *prof = NULL;
	int err;

	err = prof_load(o->files[0], false, &prof, NULL);
	if (err)
		return err;
	return o->json ? write_json(prof, "-") : prof_show(prof, stdout);
}

static int compile(const struct options *o)
{
	_cleanup_prof_ struct prof *prof = NULL;
	_cleanup_free_ void *data = NULL;
	u32 size;
	int err;

	err = prof_load(o->files[0], o->floor_wins, &prof, NULL);
	if (!err)
		err = prof_compile(prof_input_name(o->files[0]), prof, &data,
				   &size);
	return err ?: prof_write_file(o->out, data, size);
}

static int check(const struct options *o)
{
	_cleanup_prof_ struct prof *prof = NULL;
	_cleanup_free_ void *data = NULL;
	bool compiled;
	u32 size;
	int err;

	err = prof_load(o->files[0], false, &prof, &compiled);
	if (!err)
		err = prof_compile(prof_input_name(o->files[0]), prof, &data,
				   &size);
	if (!err)
		pcsc_info("%s: good: %zu %s%s, %u bytes compiled",
			  prof_input_name(o->files[0]), prof->nr_models,
			  pcsc_noun(prof->nr_models, "model", "models"),
			  compiled ? ", compiled" : "", size);
	return err;
}

static const struct argp_option generate_options[] = {
	{ "output", 'o', "PROFILE", 0, "Write JSON to PROFILE (-: stdout)", 0 },
	{ "name", 'n', "NAME", 0, "What the profile is called", 0 },
	{ "specification", OPT_SPECIFICATION, NULL, 0,
	  "No recording: what the specification alone calls const, for all functions",
	  0 },
	{ "verbose", 'v', NULL, 0, "Say which functions give no rules", 0 },
	{}
};

static const struct argp_option show_options[] = {
	{ "json", 'j', NULL, 0, "As JSON, compiled profiles too", 0 },
	{}
};

static const struct argp_option compile_options[] = {
	{ "output", 'o', "FILE", 0,
	  "Write the compiled profile to FILE (-: stdout)", 0 },
	{ "floor-wins", OPT_FLOOR_WINS, NULL, 0,
	  "Leave registers out that are volatile whatever a profile says, with a warning, instead of refusing",
	  0 },
	{}
};

static const struct argp_option check_options[] = {
	{ "verbose", 'v', NULL, 0, "Say so if it is good", 0 },
	{}
};

static const struct command commands[] = {
	{ "generate", "RECORDING... -o PROFILE\n--specification -o PROFILE",
	  "Derive a profile from recordings.", generate_options, generate, 0,
	  SIZE_MAX },
	{ "show", "PROFILE",
	  "List models, rules and conflicts, of either form.", show_options,
	  show, 1, 1 },
	{ "compile", "PROFILE -o FILE",
	  "Check a profile and make the form the helper loads.",
	  compile_options, compile, 1, 1 },
	{ "check", "PROFILE",
	  "Check either form. Exits with 5, and says why, if it is refused.",
	  check_options, check, 1, 1 },
};

#define NR_COMMANDS (sizeof(commands) / sizeof(commands[0]))

struct parse {
	const struct command *command;
	struct options options;
};

static bool printable(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static int check_usage(const struct parse *p, struct argp_state *state)
{
	const struct options *o = &p->options;

	if (p->command->run == generate && o->specification == !!o->nr_files)
		argp_error(
			state,
			o->specification ?
				"--specification takes no recording" :
				"no RECORDING; make one with 'pcsc-trace record', or say --specification");
	else if (o->nr_files < p->command->min_files)
		argp_error(state, "no PROFILE");
	else if (o->nr_files > p->command->max_files)
		argp_error(state, "one PROFILE at a time");
	else if ((p->command->run == generate || p->command->run == compile) &&
		 !o->out)
		argp_error(state, "where to? Say -o FILE");
	else if (o->name && strlen(o->name) > 31)
		argp_error(state, "a name has at most 31 characters");
	else if (o->name && !printable(o->name))
		argp_error(state, "a name is printable ASCII");
	return 0;
}

static error_t parse_command_opt(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;

	switch (key) {
	case 'o':
		p->options.out = arg;
		return 0;
	case 'n':
		p->options.name = arg;
		return 0;
	case 'j':
		p->options.json = true;
		return 0;
	case 'v':
		pcsc_verbose++;
		return 0;
	case OPT_SPECIFICATION:
		p->options.specification = true;
		return 0;
	case OPT_FLOOR_WINS:
		p->options.floor_wins = true;
		return 0;
	case ARGP_KEY_ARGS:
		p->options.files = state->argv + state->next;
		p->options.nr_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		return check_usage(p, state);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct parse p = { .command = command };
	const struct argp argp = {
		.options = command->options,
		.parser = parse_command_opt,
		.args_doc = command->args,
		.doc = command->doc,
	};
	char name[64];

	snprintf(name, sizeof(name), "pcsc-profile %s", command->name);
	argv[0] = name;
	argp_parse(&argp, argc, argv, 0, NULL, &p);
	return pcsc_exit_of(command->run(&p.options));
}

static const char doc[] =
	"Which registers of which devices may be cached, and why.\v"
	"Commands:\n"
	"  generate   derive a profile from recordings\n"
	"  show       list models, rules and conflicts\n"
	"  compile    make the form the helper loads\n"
	"  check      refuse or accept either form\n"
	"\n"
	"'pcsc-profile COMMAND --help' tells more of each.";

static error_t parse_main_opt(int key, char *arg, struct argp_state *state)
{
	const struct command *command;
	int *status = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		command = find_command(arg);
		if (!command)
			argp_error(state, "no command '%s'", arg);
		*status = run_command(command, state->argc - state->next + 1,
				      state->argv + state->next - 1);
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "no command");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	const struct argp argp = {
		.parser = parse_main_opt,
		.args_doc = "COMMAND [OPTION...] [FILE...]",
		.doc = doc,
	};
	int status = PCSC_EXIT_USAGE;

	pcsc_program = "pcsc-profile";
	argp_program_version = "pcsc-profile " PCSC_VERSION;
	argp_err_exit_status = PCSC_EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &status);
	return status;
}
