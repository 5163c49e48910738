// SPDX-License-Identifier: GPL-2.0-only
#include "options.h"

#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "talk.h"

#define MAX_OPTIONS 32

struct line {
	const struct pcsc_tool *tool;
	const struct pcsc_command *command; /* NULL: not named yet */
	struct pcsc_call *call;
	unsigned int given; /* options, by their index */
	char program[64]; /* "pcsc-ctl load", as messages call it */
};

/* What argp is given. It is put together on the stack, since argp may exit. */
struct page {
	struct argp_option options[MAX_OPTIONS + 1];
	size_t used;
	char text[8192];
};

/* ---- values ---------------------------------------------------------------- */

int pcsc_number(const char *what, const char *text, uint32_t least,
		uint32_t most, uint32_t *out)
{
	bool digits = *text && !text[strspn(text, "0123456789")];
	unsigned long long value;

	/* What is too large even for strtoull() is its largest value. */
	value = digits ? strtoull(text, NULL, 10) : 0;
	if (!digits || value < least || value > most)
		return pcsc_fail(-EINVAL,
				 "%s: '%s' is not a number from %u to %u", what,
				 text, least, most);
	*out = value;
	return 0;
}

int pcsc_seconds(const char *what, const char *text, double least, double most,
		 double *out)
{
	char *end;
	double value = strtod(text, &end);

	if (end != text && !*end && value > 0 && value >= least &&
	    value <= most) {
		*out = value;
		return 0;
	}
	if (least > 0)
		return pcsc_fail(
			-EINVAL,
			"%s: '%s' is not a number of seconds: give %.10g to %.10g",
			what, text, least, most);
	return pcsc_fail(
		-EINVAL,
		"%s: '%s' is not a number of seconds: give more than 0, at most %.10g",
		what, text, most);
}

int pcsc_interval(const struct pcsc_call *call, double least, double most,
		  double *interval, uint32_t *count)
{
	int err = 0;

	if (call->nr_args > 0)
		err = pcsc_seconds("INTERVAL", call->args[0], least, most,
				   interval);
	if (!err && call->nr_args > 1)
		err = pcsc_number("COUNT", call->args[1], 1, UINT32_MAX, count);
	return err;
}

/* ---- help ------------------------------------------------------------------ */

static const char *append(struct page *page, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Append to the text that is being written. This piece's start is returned. A text
 * without room is a bug of the tool's: it aborts.
 */
static const char *append(struct page *page, const char *fmt, ...)
{
	char *at = page->text + page->used;
	size_t room = sizeof(page->text) - page->used;
	va_list ap;
	int size;

	va_start(ap, fmt);
	size = vsnprintf(at, room, fmt, ap);
	va_end(ap);
	if (size < 0 || (size_t)size >= room)
		abort();
	page->used += size;
	return at;
}

/* End the text, so that the next piece begins another one. */
static void finish(struct page *page)
{
	page->used++;
}

static bool belongs(const struct pcsc_option *o, size_t command)
{
	return !o->commands || (o->commands & PCSC_BIT(command));
}

static void append_commands(struct page *page, const struct pcsc_tool *tool,
			    const struct pcsc_option *o)
{
	const char *before = " (";

	for (size_t i = 0; i < tool->nr_commands; i++)
		if (belongs(o, i)) {
			append(page, "%s%s", before, tool->commands[i].name);
			before = ", ";
		}
	append(page, ")");
}

/* The whole tool's help also names the commands that know the option. */
static const char *help_of(struct page *page, const struct line *l,
			   const struct pcsc_option *o)
{
	const char *text = append(page, "%s", o->help);

	if (!l->command && o->commands)
		append_commands(page, l->tool, o);
	if (l->command && (o->required & PCSC_BIT(l->call->command)))
		append(page, " (required)");
	finish(page);
	return text;
}

/*
 * argp reads every option everywhere, so that one of another command is named as
 * such. A command's --help hides those.
 */
static void list_options(struct page *page, const struct line *l)
{
	if (l->tool->nr_options > MAX_OPTIONS)
		abort();
	for (size_t i = 0; i < l->tool->nr_options; i++) {
		const struct pcsc_option *o = &l->tool->options[i];
		bool hidden = l->command && !belongs(o, l->call->command);

		page->options[i] = (struct argp_option){
			.name = o->name,
			.key = o->key,
			.arg = o->argument,
			.flags = hidden ? OPTION_HIDDEN : 0,
			.doc = help_of(page, l, o),
		};
	}
}

/* One form of a command's arguments, its required options before them. */
static void append_form(struct page *page, const struct line *l, size_t command,
			const char *form, int size)
{
	const struct pcsc_command *c = &l->tool->commands[command];
	const char *blank = "";

	if (!l->command) {
		append(page, "%s", c->name);
		blank = " ";
	}
	for (size_t i = 0; i < l->tool->nr_options; i++) {
		const struct pcsc_option *o = &l->tool->options[i];

		if (!(o->required & PCSC_BIT(command)))
			continue;
		append(page, "%s-%c %s", blank, o->key, o->argument);
		blank = " ";
	}
	if (size)
		append(page, "%s%.*s", blank, size, form);
}

static void append_forms(struct page *page, const struct line *l,
			 size_t command)
{
	const char *form = l->tool->commands[command].arguments;
	size_t size = strcspn(form, "\n");

	append_form(page, l, command, form, size);
	while (form[size]) {
		append(page, "\n");
		form += size + 1;
		size = strcspn(form, "\n");
		append_form(page, l, command, form, size);
	}
}

/* A line for each form: of the command, or of all that there are. */
static const char *list_arguments(struct page *page, const struct line *l)
{
	const char *text = append(page, "%s", "");

	if (l->command)
		append_forms(page, l, l->call->command);
	for (size_t i = 0; !l->command && i < l->tool->nr_commands; i++) {
		append(page, "%s", i ? "\n" : "");
		append_forms(page, l, i);
	}
	finish(page);
	return text;
}

static void list_commands(struct page *page, const struct pcsc_tool *tool)
{
	size_t width = 0, size;

	for (size_t i = 0; i < tool->nr_commands; i++) {
		size = strlen(tool->commands[i].name);
		width = size > width ? size : width;
	}
	append(page, "\n\nCommands:");
	for (size_t i = 0; i < tool->nr_commands; i++)
		append(page, "\n  %-*s  %s", (int)width, tool->commands[i].name,
		       tool->commands[i].help);
}

/* As argp wants it: what it does, a vertical tab, what stands behind the options. */
static const char *describe(struct page *page, const struct line *l)
{
	const struct pcsc_command *c = l->command;
	bool named = c && c->name;
	const char *more = named ? c->more : l->tool->more;
	const char *text = append(page, "%s.", named ? c->help : l->tool->help);

	if (!c)
		list_commands(page, l->tool);
	append(page, "%s%s", more ? "\v" : "", more ? more : "");
	if (!c)
		append(page, "%s'%s COMMAND --help' says more about a command.",
		       more ? "\n\n" : "\v", l->tool->name);
	finish(page);
	return text;
}

/* argp frees what this returns. */
static char *list_exits(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	fputs("Exit status:", out);
	for (int i = 0; i < PCSC_EXITS; i++)
		fprintf(out, "\n  %d  %s", i, pcsc_exit_words[i]);
	fclose(out);
	return text;
}

static char *filter(int key, const char *text, void *input)
{
	(void)input;
	if (key == ARGP_KEY_HELP_EXTRA)
		return list_exits();
	/* glibc's argp_args_usage() looks at a copy after it has freed it. */
	return (char *)text;
}

/* ---- reading --------------------------------------------------------------- */

static int set(const struct pcsc_option *o, void *field, const char *text)
{
	char what[64];

	snprintf(what, sizeof(what), "--%s", o->name);
	switch (o->kind) {
	case PCSC_FLAG:
		*(bool *)field = true;
		return 0;
	case PCSC_VERBOSE:
		pcsc_verbose++;
		return 0;
	case PCSC_TEXT:
		*(const char **)field = text;
		return 0;
	case PCSC_NUMBER:
		return pcsc_number(what, text, o->least, o->most, field);
	case PCSC_SECONDS:
		return pcsc_seconds(what, text, o->least, o->most, field);
	case PCSC_SET:
		return o->set(field, text);
	}
	return -EINVAL;
}

static error_t take_option(struct line *l, int key, const char *text)
{
	for (size_t i = 0; i < l->tool->nr_options; i++) {
		const struct pcsc_option *o = &l->tool->options[i];

		if (o->key != key)
			continue;
		l->given |= PCSC_BIT(i);
		return set(o, (char *)l->call + o->field, text) ? EINVAL : 0;
	}
	return ARGP_ERR_UNKNOWN;
}

/*
 * Options may stand between arguments, so arguments are moved to the front of
 * argv, which argp has read already. The command line of a program stays where it
 * is, and ends with the NULL of argv.
 */
static void take_argument(struct line *l, char *text, struct argp_state *state)
{
	struct pcsc_call *call = l->call;

	call->quoted = state->quoted;
	if (l->command->rest) {
		call->args = state->argv + state->next - 1;
		call->nr_args = state->argc - state->next + 1;
		state->next = state->argc;
	} else {
		call->args[call->nr_args++] = text;
	}
}

static error_t read_line(struct line *l, int argc, char **argv);

static error_t enter(struct line *l, const char *name, struct argp_state *state)
{
	int argc = state->argc - state->next + 1;
	char **argv = state->argv + state->next - 1;

	for (size_t i = 0; i < l->tool->nr_commands; i++) {
		if (strcmp(name, l->tool->commands[i].name))
			continue;
		l->command = &l->tool->commands[i];
		l->call->command = i;
		snprintf(l->program, sizeof(l->program), "%s %s", l->tool->name,
			 name);
		state->next = state->argc;
		return read_line(l, argc, argv);
	}
	pcsc_error("there is no command '%s'; '%s --help' lists them", name,
		   l->program);
	return EINVAL;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct line *l = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (!l->command)
			return enter(l, arg, state);
		take_argument(l, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (l->command)
			return 0;
		pcsc_error("a command is missing; '%s --help' lists them",
			   l->program);
		return EINVAL;
	default:
		return take_option(l, key, arg);
	}
}

static error_t check_option(const struct line *l, size_t i)
{
	const struct pcsc_option *o = &l->tool->options[i];
	bool given = l->given & PCSC_BIT(i);

	if (given && !belongs(o, l->call->command))
		pcsc_error("--%s means nothing to '%s'; see '%s --help'",
			   o->name, l->program, l->program);
	else if (!given && (o->required & PCSC_BIT(l->call->command)))
		pcsc_error("--%s %s is missing; see '%s --help'", o->name,
			   o->argument, l->program);
	else
		return 0;
	return EINVAL;
}

/* Those that must be given and were not: optional ones, in brackets, are the last. */
static void say_missing(const struct line *l)
{
	const char *text = l->command->arguments;
	int n;

	for (int i = 0; i < l->call->nr_args && strchr(text, ' '); i++)
		text = strchr(text, ' ') + 1;
	n = (int)strcspn(text, "[");
	while (n && text[n - 1] == ' ')
		n--;
	pcsc_error("%s%.*s is missing; see '%s --help'",
		   l->call->nr_args ? "a further " : "", n, text, l->program);
}

static error_t check_arguments(const struct line *l)
{
	const struct pcsc_command *c = l->command;
	const struct pcsc_call *call = l->call;

	if (call->nr_args < c->least)
		say_missing(l);
	else if (!c->rest && call->nr_args > c->most)
		pcsc_error("'%s' is one argument too many; see '%s --help'",
			   call->args[c->most], l->program);
	else
		return 0;
	return EINVAL;
}

static error_t check(const struct line *l)
{
	error_t err = 0;

	for (size_t i = 0; !err && i < l->tool->nr_options; i++)
		err = check_option(l, i);
	return err ?: check_arguments(l);
}

/* argv[0] is the program's name, or the command's: argp calls it as we do. */
static error_t read_line(struct line *l, int argc, char **argv)
{
	struct page page = {};
	struct argp argp = { .options = page.options,
			     .parser = parse,
			     .help_filter = filter };

	list_options(&page, l);
	argp.args_doc = list_arguments(&page, l);
	argp.doc = describe(&page, l);
	argv[0] = l->program;
	l->call->args = argv + 1;
	return argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, l);
}

/* argp prints help and the version, and ends the program without a look at the stream. */
static void check_stdout(void)
{
	if (fflush(stdout) || ferror(stdout))
		_exit(PCSC_EXIT_TROUBLE);
}

int pcsc_options(const struct pcsc_tool *tool, int argc, char **argv,
		 struct pcsc_call *call)
{
	static char version[64];
	struct line line = { .tool = tool, .call = call };

	pcsc_reserve_stdio();
	atexit(check_stdout);
	pcsc_program = tool->name;
	snprintf(line.program, sizeof(line.program), "%s", tool->name);
	snprintf(version, sizeof(version), "%s " PCSC_VERSION, tool->name);
	argp_program_version = version;
	argp_err_exit_status = PCSC_EXIT_USAGE;
	if (!tool->commands[0].name)
		line.command = tool->commands;
	if (read_line(&line, argc, argv) || check(&line))
		return PCSC_EXIT_USAGE;
	call->args[call->nr_args] = NULL; /* as argv ends */
	return 0;
}
