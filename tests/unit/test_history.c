// SPDX-License-Identifier: GPL-2.0-only
/* The hour that pcsc-monitor remembers: its rows, its gaps and its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "monitor/history.h"

#define STARTED 1700000000000
#define STEPS 20000
#define MOST 1000 /* by which a counter grows in a step */

static const char *const names[] = { PCSC_STATS(PCSC_STAT_NAME) };

static void put(struct stats *s, enum pcsc_stat line, uint64_t value)
{
	struct stat_line *l = &s->line[s->nr++];

	snprintf(l->name, sizeof(l->name), "%s", names[line]);
	l->value = value;
}

/* A helper that has counted so much. */
static struct stats counted(const char *mode, uint64_t hits, uint64_t resets)
{
	struct stats s = { .up = true };

	snprintf(s.mode, sizeof(s.mode), "%s", mode);
	put(&s, PCSC_STAT_HITS, hits);
	put(&s, PCSC_STAT_RESETS, resets);
	return s;
}

static void add(struct history *h, struct stats s, uint64_t at_ms)
{
	history_add(h, &s, at_ms);
}

/* All of it, read in parts of @part bytes. */
static char *text_of(const struct history *h, uint64_t after, uint64_t now_ms,
		     size_t part)
{
	struct history_text t;
	char *text = NULL, buf[4096];
	size_t size, n;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	history_text_init(&t, h, after, now_ms);
	while ((n = history_text_read(&t, buf, part)) > 0)
		fwrite(buf, 1, n, out);
	assert_int_equal(history_text_read(&t, buf, part), 0);
	fclose(out);
	return text;
}

static json_t *json_of(const struct history *h, uint64_t after)
{
	_cleanup_free_ char *text = text_of(h, after, 0, 4096);
	json_error_t error;
	json_t *j = json_loads(text, 0, &error);

	if (!j)
		fail_msg("%s: %s", error.text, text);
	return j;
}

static json_int_t number(const json_t *j, const char *name)
{
	return json_integer_value(json_object_get(j, name));
}

static json_t *rows_of(const json_t *j)
{
	return json_object_get(j, "rows");
}

static size_t length(const json_t *j, size_t row)
{
	return json_array_size(json_array_get(rows_of(j), row));
}

static json_int_t cell(const json_t *j, size_t row, size_t column)
{
	return json_integer_value(
		json_array_get(json_array_get(rows_of(j), row), column));
}

static void an_hour_and_no_more(void **unused)
{
	struct history *h = history_new(STARTED);
	json_t *j = json_of(h, 0);

	(void)unused;
	assert_int_equal(json_array_size(rows_of(j)), 0);
	json_decref(j);
	for (uint64_t i = 0; i <= 2 * HISTORY_ROWS; i++)
		add(h, counted("on", i * i, i), 1000 * i);
	j = json_of(h, 0);
	assert_int_equal(number(j, "started"), STARTED);
	assert_int_equal(number(j, "first"), HISTORY_ROWS + 1);
	assert_int_equal(json_array_size(rows_of(j)), HISTORY_ROWS);
	for (uint64_t i = 0; i < HISTORY_ROWS; i++) {
		assert_int_equal(cell(j, i, 0), 1000);
		assert_int_equal(cell(j, i, 1), 2 * (HISTORY_ROWS + i) + 1);
	}
	json_decref(j);
	history_free(h);
}

static void only_what_is_new(void **unused)
{
	struct history *h = history_new(STARTED);
	static const struct {
		uint64_t after, first, rows;
	} cases[] = {
		{ 0, 1, 9 },  { 1, 2, 8 },  { 8, 9, 1 },	  { 9, 10, 0 },
		{ 10, 1, 9 }, { 99, 1, 9 }, { UINT64_MAX, 1, 9 },
	};

	(void)unused;
	for (uint64_t i = 0; i < 10; i++)
		add(h, counted("on", i, 0), 1000 * i);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		json_t *j = json_of(h, cases[i].after);

		assert_int_equal(number(j, "first"), cases[i].first);
		assert_int_equal(json_array_size(rows_of(j)), cases[i].rows);
		json_decref(j);
	}
	history_free(h);
}

static void what_cannot_be_compared_is_a_gap(void **unused)
{
	struct history *h = history_new(STARTED);
	const struct stats none = { .up = false };
	static const bool gap[] = { 0, 1, 0, 1, 1, 1, 0, 1, 1 };
	json_t *j;

	(void)unused;
	add(h, counted("on", 10, 10), 0);
	add(h, counted("on", 20, 10), 1000);
	add(h, counted("shadow", 20, 10), 2000);
	add(h, counted("shadow", 20, 11), 3000);
	add(h, none, 4000);
	add(h, none, 5000);
	add(h, counted("shadow", 20, 11), 6000);
	add(h, counted("shadow", 20, 11), 9000);
	/* A reload, though hits have already been more than before. */
	add(h, counted("shadow", 500, 2), 10000);
	add(h, none, 11000);
	j = json_of(h, 0);
	assert_int_equal(json_array_size(rows_of(j)), sizeof(gap));
	for (size_t i = 0; i < sizeof(gap); i++)
		assert_int_equal(length(j, i) == 1, gap[i]);
	assert_int_equal(cell(j, 0, 1), 10);
	assert_int_equal(cell(j, 6, 0), 3000);
	json_decref(j);
	history_free(h);
}

/* Whatever happens: no row says more than a helper counted in its time. */
static void no_rate_is_out_of_proportion(void **unused)
{
	struct history *h = history_new(STARTED);
	uint64_t hits = 0, resets = 0;
	json_t *j;

	(void)unused;
	srandom(7);
	for (uint64_t i = 0; i < STEPS; i++) {
		if (random() % 50 == 0)
			hits = resets = 0;
		hits += random() % MOST;
		resets += random() % MOST;
		if (random() % 30 == 0)
			add(h, (struct stats){ .up = false }, 1000 * i);
		else
			add(h,
			    counted(random() % 90 ? "on" : "off", hits, resets),
			    1000 * i);
	}
	j = json_of(h, 0);
	for (size_t row = 0; row < HISTORY_ROWS; row++)
		for (size_t i = 1; i < length(j, row); i++)
			assert_in_range(cell(j, row, i), 0, 3 * MOST);
	json_decref(j);
	history_free(h);
}

static void parts_of_any_size_are_the_same_text(void **unused)
{
	struct history *h = history_new(STARTED);
	_cleanup_free_ char *whole = NULL;

	(void)unused;
	for (uint64_t i = 0; i < 100; i++)
		add(h, counted("on", i * UINT64_C(90000000000000000), i),
		    1000 * i);
	whole = text_of(h, 0, 99500, 4096);
	assert_non_null(strstr(whole, "\"age_ms\":500,"));
	for (size_t part = 1; part < 700; part += 13) {
		_cleanup_free_ char *text = text_of(h, 0, 99500, part);

		assert_string_equal(text, whole);
	}
	history_free(h);
}

/* While it reads, rows come and take the place of those that it has yet to read. */
static void a_slow_reader_gets_gaps(void **unused)
{
	struct history *h = history_new(STARTED);
	_cleanup_free_ char *text = calloc(1, 1 << 20);
	struct history_text t;
	uint64_t i = 0;
	size_t n, at = 0;
	json_t *j;

	(void)unused;
	for (; i <= HISTORY_ROWS; i++)
		add(h, counted("on", 7 * i, 0), 1000 * i);
	history_text_init(&t, h, 0, 1000 * i);
	while ((n = history_text_read(&t, text + at, 500)) > 0) {
		at += n;
		for (int more = 0; more < 100; more++, i++)
			add(h, counted("on", 7 * i, 0), 1000 * i);
	}
	j = json_loads(text, 0, NULL);
	assert_non_null(j);
	assert_int_equal(json_array_size(rows_of(j)), HISTORY_ROWS);
	for (size_t row = 0; row < HISTORY_ROWS; row++)
		if (length(j, row) > 1)
			assert_int_equal(cell(j, row, 1), 7);
	assert_int_equal(length(j, HISTORY_ROWS - 1), 1);
	json_decref(j);
	history_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_hour_and_no_more),
		cmocka_unit_test(only_what_is_new),
		cmocka_unit_test(what_cannot_be_compared_is_a_gap),
		cmocka_unit_test(no_rate_is_out_of_proportion),
		cmocka_unit_test(parts_of_any_size_are_the_same_text),
		cmocka_unit_test(a_slow_reader_gets_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
