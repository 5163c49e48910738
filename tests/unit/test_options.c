// SPDX-License-Identifier: GPL-2.0-only
/* The command line that all tools share: what is taken, and what is said of the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "options.h"
#include "said.h"
#include "talk.h"

struct given {
	struct pcsc_call call;
	bool flag;
	const char *text;
	uint32_t number;
	double seconds;
	int odd; /* set() refuses what begins with x */
};

static int set_odd(void *field, const char *text)
{
	if (*text == 'x')
		return pcsc_fail(-EINVAL, "'%s' begins with x", text);
	*(int *)field = strlen(text);
	return 0;
}

enum { TAKE, RUN, MANY };

static const struct pcsc_option options[] = {
	{ .name = "flag",
	  .key = 'f',
	  .help = "a flag",
	  .commands = PCSC_BIT(TAKE) | PCSC_BIT(MANY),
	  .kind = PCSC_FLAG,
	  .field = offsetof(struct given, flag) },
	{ .name = "text",
	  .key = 't',
	  .argument = "TEXT",
	  .help = "a text",
	  .commands = PCSC_BIT(TAKE) | PCSC_BIT(RUN),
	  .required = PCSC_BIT(RUN),
	  .kind = PCSC_TEXT,
	  .field = offsetof(struct given, text) },
	{ .name = "number",
	  .key = 256,
	  .argument = "N",
	  .help = "a number",
	  .kind = PCSC_NUMBER,
	  .field = offsetof(struct given, number),
	  .least = 2,
	  .most = 4294967295.0 },
	{ .name = "seconds",
	  .key = 's',
	  .argument = "SEC",
	  .help = "seconds",
	  .kind = PCSC_SECONDS,
	  .field = offsetof(struct given, seconds),
	  .least = 0.1,
	  .most = 60 },
	{ .name = "odd",
	  .key = 'o',
	  .argument = "ODD",
	  .help = "anything",
	  .kind = PCSC_SET,
	  .field = offsetof(struct given, odd),
	  .set = set_odd },
	{ .name = "verbose", .key = 'v', .help = "more", .kind = PCSC_VERBOSE },
};

static const struct pcsc_command commands[] = {
	[TAKE] = { .name = "take",
		   .arguments = "ONE [TWO]",
		   .help = "Take",
		   .least = 1,
		   .most = 2 },
	[RUN] = { .name = "run",
		  .arguments = "[COMMAND...]",
		  .help = "Run",
		  .rest = true },
	[MANY] = { .name = "many", .arguments = "", .help = "Many", .most = 9 },
};

static const struct pcsc_tool tool = {
	.name = "pcsc-test",
	.help = "Test",
	.options = options,
	.commands = commands,
	.nr_options = ARRAY_SIZE(options),
	.nr_commands = ARRAY_SIZE(commands),
};

static const struct pcsc_command alone = { .arguments = "[ONE]", .most = 1 };

static const struct pcsc_tool simple = {
	.name = "pcsc-simple",
	.help = "Test",
	.options = options,
	.commands = &alone,
	.nr_options = ARRAY_SIZE(options),
	.nr_commands = 1,
};

static struct given g;
static char line[256];
static char *words[32];

/* What becomes of @text, at blanks. */
static int read_words(const struct pcsc_tool *t, const char *text)
{
	int n = 0;

	g = (struct given){};
	pcsc_verbose = 0;
	words[n++] = "/a/path/of/it";
	snprintf(line, sizeof(line), "%s", text);
	for (char *w = strtok(line, " "); w; w = strtok(NULL, " "))
		words[n++] = w;
	words[n] = NULL;
	return pcsc_options(t, n, words, &g.call);
}

static void taken(const char *text)
{
	const char *said;
	int status;

	said_start();
	status = read_words(&tool, text);
	said = said_stop();
	if (status || *said)
		fail_msg("'%s': status %d, said: %s", text, status, said);
}

static void refused(const struct pcsc_tool *t, const char *text,
		    const char *sentence)
{
	const char *said;
	int status;

	said_start();
	status = read_words(t, text);
	said = said_stop();
	if (status != PCSC_EXIT_USAGE || !strstr(said, sentence) ||
	    strchr(said, '\n') != said + strlen(said) - 1)
		fail_msg("'%s': status %d, said: %s", text, status, said);
}

static void arguments(int nr, ...)
{
	va_list ap;

	assert_int_equal(g.call.nr_args, nr);
	va_start(ap, nr);
	for (int i = 0; i < nr; i++)
		assert_string_equal(g.call.args[i], va_arg(ap, const char *));
	va_end(ap);
}

static void every_kind_finds_its_field(void **state)
{
	(void)state;
	taken("take -f -t word --number 7 -s 1.5 -o four -v -v one");
	assert_int_equal(g.call.command, TAKE);
	assert_true(g.flag);
	assert_string_equal(g.text, "word");
	assert_int_equal(g.number, 7);
	assert_true(g.seconds == 1.5);
	assert_int_equal(g.odd, 4);
	assert_int_equal(pcsc_verbose, 2);
	arguments(1, "one");
	taken("many");
	assert_int_equal(g.call.command, MANY);
	assert_false(g.flag);
	assert_int_equal(pcsc_verbose, 0);
	arguments(0);
}

static void options_stand_anywhere(void **state)
{
	(void)state;
	taken("-t first take one -f two -s 2");
	assert_string_equal(g.text, "first");
	assert_true(g.flag);
	arguments(2, "one", "two");
	taken("many a -f b c -v d --number=3 e");
	arguments(5, "a", "b", "c", "d", "e");
	taken("many -- a -f");
	arguments(2, "a", "-f");
	assert_false(g.flag);
	assert_int_equal(read_words(&simple, "one -f"), 0);
	assert_true(g.flag);
	arguments(1, "one");
}

static void a_program_keeps_its_own_options(void **state)
{
	(void)state;
	taken("run -t x ls -f --bogus -- more");
	arguments(5, "ls", "-f", "--bogus", "--", "more");
	assert_null(g.call.args[5]);
	assert_false(g.flag);
	taken("run -t x -- -f");
	arguments(1, "-f");
	taken("run -t x");
	arguments(0);
}

static void limits_hold(void **state)
{
	static const char *const numbers[] = { "1",    "4294967296",
					       "-2",   "+3",
					       "0x10", "5x",
					       "1e3",  "18446744073709551618" };
	static const char *const seconds[] = { "0",   "0.09", "60.1", "-1",
					       "nan", "inf",  "5s" };
	char text[64];

	(void)state;
	taken("many --number 2");
	taken("many --number 4294967295");
	assert_int_equal(g.number, UINT32_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		snprintf(text, sizeof(text), "many --number=%s", numbers[i]);
		refused(&tool, text, "--number: '");
		assert_int_equal(g.number, 0);
	}
	taken("many -s 0.1");
	taken("many -s 60");
	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++) {
		snprintf(text, sizeof(text), "many -s%s", seconds[i]);
		refused(&tool, text,
			"is not a number of seconds: give 0.1 to 60");
	}
	refused(&tool, "many --odd=xyz", "'xyz' begins with x");
}

static void a_limit_of_zero_is_not_reached(void **state)
{
	double value = 5;

	(void)state;
	said_start();
	assert_int_equal(pcsc_seconds("SEC", "0", 0, 10, &value), -EINVAL);
	assert_non_null(strstr(said_stop(), "give more than 0, at most 10"));
	assert_true(value == 5);
	assert_int_equal(pcsc_seconds("SEC", "1e-3", 0, 10, &value), 0);
	assert_true(value == 1e-3);
}

static void an_interval_and_a_count_are_arguments(void **state)
{
	static const struct {
		const char *line, *sentence;
	} wrong[] = {
		{ "many 0.09 3",
		  "INTERVAL: '0.09' is not a number of seconds" },
		{ "many 61", "INTERVAL: '61' is not a number of seconds" },
		{ "many 2 0", "COUNT: '0' is not a number from 1" },
		{ "many 2 1.5", "COUNT: '1.5' is not a number from 1" },
	};
	double interval = 7;
	uint32_t count = 9;

	(void)state;
	taken("many");
	assert_int_equal(pcsc_interval(&g.call, 0.1, 60, &interval, &count), 0);
	assert_true(interval == 7 && count == 9);
	taken("many 0.5");
	assert_int_equal(pcsc_interval(&g.call, 0.1, 60, &interval, &count), 0);
	assert_true(interval == 0.5 && count == 9);
	taken("many 60 4294967295");
	assert_int_equal(pcsc_interval(&g.call, 0.1, 60, &interval, &count), 0);
	assert_true(interval == 60 && count == UINT32_MAX);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		taken(wrong[i].line);
		said_start();
		assert_int_equal(
			pcsc_interval(&g.call, 0.1, 60, &interval, &count),
			-EINVAL);
		assert_non_null(strstr(said_stop(), wrong[i].sentence));
	}
}

static void wrong_usage_is_one_sentence(void **state)
{
	(void)state;
	refused(&tool, "", "a command is missing; 'pcsc-test --help'");
	refused(&tool, "-v", "a command is missing");
	refused(&tool, "bogus", "there is no command 'bogus'");
	refused(&tool, "take", ": ONE is missing; see");
	refused(&tool, "take a b c", "'c' is one argument too many");
	refused(&simple, "a b", "'b' is one argument too many");
	refused(&tool, "run ls", "--text TEXT is missing; see 'pcsc-test run");
	refused(&tool, "run -t x -f ls",
		"--flag means nothing to 'pcsc-test run'");
	refused(&tool, "-f run -t x ls",
		"--flag means nothing to 'pcsc-test run'");
	refused(&tool, "many -t x", "--text means nothing to 'pcsc-test many'");
}

static void every_status_has_its_line(void **state)
{
	(void)state;
	for (int i = 0; i < PCSC_EXITS; i++) {
		assert_non_null(pcsc_exit_words[i]);
		assert_null(strchr(pcsc_exit_words[i], '\n'));
		assert_true(strlen(pcsc_exit_words[i]) < 74);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_finds_its_field),
		cmocka_unit_test(options_stand_anywhere),
		cmocka_unit_test(a_program_keeps_its_own_options),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(a_limit_of_zero_is_not_reached),
		cmocka_unit_test(an_interval_and_a_count_are_arguments),
		cmocka_unit_test(wrong_usage_is_one_sentence),
		cmocka_unit_test(every_status_has_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
