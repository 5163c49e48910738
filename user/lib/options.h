/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of every pcsc tool. Options and commands are data; argp reads
 * them, so that --help, --usage, --version and wrong usage look the same in all
 * tools. The exit statuses of talk.h end every --help.
 */
#ifndef PCSC_OPTIONS_H
#define PCSC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an option does, and to which type of field. */
enum pcsc_option_kind {
	PCSC_FLAG, /* bool: it becomes true */
	PCSC_VERBOSE, /* no field: pcsc_verbose grows by one */
	PCSC_TEXT, /* const char *: the argument as it is */
	PCSC_NUMBER, /* uint32_t: decimal, from least to most */
	PCSC_SECONDS, /* double: more than 0, from least to most */
	PCSC_SET, /* any type: set() is called */
};

struct pcsc_option {
	const char *name; /* what follows "--"; every option has one */
	int key; /* the letter; above 255: there is none, and no other has it */
	const char *argument; /* what --help calls it; NULL: there is none */
	const char *help; /* one line, without a full stop */
	unsigned int commands; /* PCSC_BIT() of those it belongs to; 0: all */
	unsigned int
		required; /* PCSC_BIT() of those that need it; it has a letter */
	enum pcsc_option_kind kind;
	size_t field; /* its offset in the tool's options */
	double least, most;
	/* 0, or a negative errno after a sentence. */
	int (*set)(void *field, const char *text);
};

#define PCSC_BIT(n) (1u << (n))

struct pcsc_command {
	const char
		*name; /* NULL: the only command of its tool, without a name */
	const char *arguments; /* as usage shows them; a line for each form */
	const char *help; /* one line, without a full stop */
	const char *more; /* behind the options; NULL: nothing */
	int least,
		most; /* arguments; least is not 0 only if there is one form */
	bool rest; /* the first argument ends the options: a program follows */
};

struct pcsc_tool {
	const char *name;
	const char *help; /* one line, without a full stop */
	const char *more; /* behind the options of all; NULL: nothing */
	const struct pcsc_option *options;
	const struct pcsc_command *commands;
	size_t nr_options, nr_commands;
};

/* The start of every tool's options. */
struct pcsc_call {
	size_t command; /* its index in the tool's commands */
	bool quoted; /* "--" stands before the arguments */
	int nr_args;
	char **args; /* and a NULL behind them */
};

/*
 * For the start of main(): reserves the standard descriptors, sets pcsc_program,
 * and reads the command line into the tool's options, which begin with @call.
 * Options may stand before and behind the command. 0, or PCSC_EXIT_USAGE after a
 * sentence. --help, --usage and --version end the program. @argv is changed.
 */
int pcsc_options(const struct pcsc_tool *tool, int argc, char **argv,
		 struct pcsc_call *call);

/* @text as a field of these kinds; @what is its name in the sentence. */
int pcsc_number(const char *what, const char *text, uint32_t least,
		uint32_t most, uint32_t *out);
int pcsc_seconds(const char *what, const char *text, double least, double most,
		 double *out);

/*
 * The arguments [INTERVAL [COUNT]]: seconds from @least to @most, and how often. What
 * is not given stays as it is. 0, or a negative errno after a sentence.
 */
int pcsc_interval(const struct pcsc_call *call, double least, double most,
		  double *interval, uint32_t *count);

#endif
