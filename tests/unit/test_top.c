// SPDX-License-Identifier: GPL-2.0-only
/* What pcsc-top shows, without a terminal: differences, order, choice, lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "core/caps.h"
#include "top/batch.h"
#include "top/bytes.h"
#include "top/format.h"
#include "top/line.h"
#include "top/summary.h"

#define MANY 2823

static const struct sample_device devices[] = {
	{ 0x8086, 0x1889, 18, "Intel Corporation Ethernet Adaptive VF" },
	{ 0x15b3, 0x101e, 22, "Mellanox Technologies ConnectX VF" },
};

/* A host of which a test has its hands on the numbers. */
struct host {
	struct sample_function f[MANY];
	struct reading r;
	struct model m;
	struct table t;
};

static void count(struct stats *s, const char *name, uint64_t value)
{
	struct stat_line *l = &s->line[s->nr++];

	*l = (struct stat_line){ .value = value };
	snprintf(l->name, sizeof(l->name), "%s", name);
}

/* A hit saves 20 us - 1 us. */
static void set_totals(struct host *h, uint64_t hits, uint64_t hardware)
{
	struct stats *s = &h->r.stats;

	s->nr = 0;
	s->up = true;
	count(s, "Cache Hits", hits);
	count(s, "Total Reads", hits + hardware);
	count(s, "Hardware Reads", hardware);
	count(s, "Total Hardware Access Time", hardware * 20);
	count(s, "Cache Access Time (without HW reads due to Misses)", hits);
}

static void make_host(struct host *h, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct sample_function *f = &h->f[i];

		f->state.bus = 1 + i / 256;
		f->state.devfn = i % 256;
		f->state.mode = PCSC_MODE_ON;
		f->state.const_bytes = 64;
		f->device = i % 2;
		f->pf = SAMPLE_NO_PF;
		snprintf(f->driver, sizeof(f->driver), "%s",
			 i % 3 ? "vfio-pci" : "");
	}
	h->r.functions = h->f;
	h->r.nr_functions = nr;
	h->r.devices = devices;
	h->r.nr_devices = ARRAY_SIZE(devices);
	strcpy(h->r.stats.mode, "on");
	h->r.info.mode = PCSC_MODE_ON;
	set_totals(h, 0, 0);
	filter_init(&h->t.filter);
	h->t.order.by = COL_NOW_READS;
}

static void take(struct host *h, double at)
{
	h->r.at = at;
	assert_int_equal(model_take(&h->m, &h->r), 0);
	assert_int_equal(table_make(&h->t, &h->m), 0);
}

static void read_more(struct host *h, unsigned int nth, uint64_t hits,
		      uint64_t hardware)
{
	h->f[nth].state.hits += hits;
	h->f[nth].state.hardware_reads += hardware;
}

static int make(void **state)
{
	*state = calloc(1, sizeof(struct host));
	return !*state;
}

static int drop(void **state)
{
	struct host *h = *state;

	model_free(&h->m);
	table_free(&h->t);
	free(h);
	return 0;
}

/* Indexes of the first functions that are shown: "3 1 2". */
static const char *shown(const struct host *h, unsigned int most)
{
	static char text[256];
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < most && i < h->t.nr; i++)
		used += snprintf(text + used, sizeof(text) - used, "%s%u",
				 i ? " " : "", h->t.rows[i]);
	return text;
}

static const char *cell(const struct host *h, enum column c, unsigned int nth)
{
	static char text[CELL_SIZE];
	const char *is = column_cell(c, &h->m, &h->m.rows[nth], text);

	return is == text ? text : is;
}

/* ---- differences --------------------------------------------------------------- */

static void nothing_is_of_an_interval_at_first(void **state)
{
	struct host *h = *state;

	make_host(h, 3);
	read_more(h, 1, 90, 10);
	take(h, 100);
	assert_string_equal(cell(h, COL_NOW_READS, 1), "-");
	assert_string_equal(cell(h, COL_NOW_SAVED, 1), "-");
	assert_string_equal(cell(h, COL_ALL_READS, 1), "100");
	assert_string_equal(cell(h, COL_ALL_RATE, 1), "90.0");
	assert_true(h->m.seconds <= 0);
}

static void counts_are_a_second_s(void **state)
{
	struct host *h = *state;

	make_host(h, 3);
	read_more(h, 1, 90, 10);
	take(h, 100);
	read_more(h, 1, 30, 10);
	set_totals(h, 30, 10);
	take(h, 102);
	assert_string_equal(cell(h, COL_NOW_READS, 1), "20");
	assert_string_equal(cell(h, COL_NOW_HITS, 1), "15");
	assert_string_equal(cell(h, COL_NOW_RATE, 1), "75.0");
	assert_string_equal(cell(h, COL_NOW_HARDWARE, 1), "5");
	/* 15 hits a second that save 19 us each */
	assert_string_equal(cell(h, COL_NOW_SAVED, 1), "285us");
	assert_string_equal(cell(h, COL_ALL_READS, 1), "140");
	assert_string_equal(cell(h, COL_NOW_READS, 2), "0");
	assert_string_equal(cell(h, COL_NOW_RATE, 2), "-");
	assert_int_equal(h->m.now.reads, 40);
	assert_int_equal(h->m.now.hits, 30);
	assert_true(h->m.now.saved_us > 569 && h->m.now.saved_us < 571);
}

static void a_counter_that_fell_has_begun_anew(void **state)
{
	struct host *h = *state;

	make_host(h, 2);
	read_more(h, 0, 1000, 1000);
	set_totals(h, 1000, 1000);
	take(h, 1);
	h->f[0].state.hits = 3;
	h->f[0].state.hardware_reads = 4;
	set_totals(h, 3, 4);
	take(h, 2);
	assert_string_equal(cell(h, COL_NOW_READS, 0), "7");
	assert_int_equal(h->m.now.reads, 7);
	assert_int_equal(h->m.all.reads, 7);
}

static void the_run_is_the_sum_over_a_reload(void **state)
{
	struct host *h = *state;

	make_host(h, 1);
	set_totals(h, 500, 500);
	take(h, 1);
	set_totals(h, 510, 500);
	take(h, 2);
	h->r.stats.up = false;
	take(h, 3);
	assert_false(h->m.up);
	assert_int_equal(h->m.nr, 0);
	set_totals(h, 100, 100);
	take(h, 4);
	/* It is not known what happened while it was away. */
	assert_int_equal(h->m.run.reads, 10);
	set_totals(h, 101, 101);
	take(h, 6);
	assert_int_equal(h->m.run.reads, 12);
	assert_true(h->m.run.seconds > 2.9 && h->m.run.seconds < 3.1);
}

static void functions_come_and_go(void **state)
{
	struct host *h = *state;

	make_host(h, 4);
	for (unsigned int i = 0; i < 4; i++)
		read_more(h, i, 0, 100);
	take(h, 1);
	/* The second one goes, the third one takes its place in the list. */
	memmove(&h->f[1], &h->f[2], 2 * sizeof(h->f[0]));
	h->r.nr_functions = 3;
	read_more(h, 1, 0, 5);
	take(h, 2);
	assert_string_equal(cell(h, COL_NOW_READS, 1), "5");
	h->f[3].state.devfn = 9;
	h->r.nr_functions = 4;
	take(h, 3);
	assert_string_equal(cell(h, COL_NOW_READS, 1), "0");
	assert_string_equal(cell(h, COL_NOW_READS, 3), "-");
	assert_int_equal(row_address(model_find(&h->m, 0x109)), 0x109);
	assert_null(model_find(&h->m, 0x101));
}

static void in_shadow_hits_are_answered_by_hardware_too(void **state)
{
	struct host *h = *state;

	make_host(h, 2);
	read_more(h, 0, 60, 100);
	read_more(h, 1, 60, 100);
	h->f[1].state.mode = PCSC_MODE_SHADOW;
	take(h, 1);
	assert_string_equal(cell(h, COL_ALL_READS, 0), "160");
	assert_string_equal(cell(h, COL_ALL_READS, 1), "100");
	assert_int_equal(h->m.in_state[STATE_LIMITED], 1);
	strcpy(h->r.stats.mode, "shadow");
	h->r.info.mode = PCSC_MODE_SHADOW;
	h->f[0].state.mode = PCSC_MODE_SHADOW;
	take(h, 2);
	assert_string_equal(cell(h, COL_ALL_READS, 0), "100");
	assert_string_equal(cell(h, COL_ALL_RATE, 0), "60.0");
	/* That of the host limits none of them. */
	assert_int_equal(h->m.in_state[STATE_SERVED], 2);
}

static void states_are_the_page_s(void **state)
{
	static const struct {
		struct pcsc_function_state f;
		enum state is;
	} of[] = {
		{ { .mode = PCSC_MODE_ON, .const_bytes = 1 }, STATE_SERVED },
		{ { .mode = PCSC_MODE_ON }, STATE_UNCACHED },
		{ { .mode = PCSC_MODE_OFF }, STATE_LIMITED },
		{ { .mode = PCSC_MODE_ON, .why = PCSC_WHY_DISABLED },
		  STATE_LIMITED },
		{ { .mode = PCSC_MODE_OFF,
		    .why = PCSC_WHY_QUARANTINE | PCSC_WHY_NO_MAP },
		  STATE_QUARANTINED },
		{ { .mode = PCSC_MODE_ON,
		    .why = PCSC_WHY_NO_MAP | PCSC_WHY_RESET },
		  STATE_UNCACHED },
		{ { .mode = PCSC_MODE_ON,
		    .const_bytes = 1,
		    .demotions = 4,
		    .why = PCSC_WHY_RESET },
		  STATE_WAITING },
		{ { .mode = PCSC_MODE_ON, .const_bytes = 1, .demotions = 4 },
		  STATE_DEMOTED },
		{ { .mode = PCSC_MODE_ON,
		    .const_bytes = 1,
		    .why = PCSC_WHY_NO_EVIDENCE },
		  STATE_DEMOTED },
	};
	struct host *h = *state;

	make_host(h, ARRAY_SIZE(of));
	for (unsigned int i = 0; i < ARRAY_SIZE(of); i++) {
		h->f[i].state = of[i].f;
		h->f[i].state.devfn = i;
	}
	take(h, 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(of); i++)
		assert_int_equal(h->m.rows[i].state, of[i].is);
	assert_int_equal(h->m.in_state[STATE_LIMITED], 2);
	assert_int_equal(h->m.in_state[STATE_DEMOTED], 2);
}

/* ---- order ------------------------------------------------------------------------ */

static void sort_by(struct host *h, enum column c, bool all, bool reverse)
{
	h->t.order = (struct order){ c, all, reverse };
	assert_int_equal(table_make(&h->t, &h->m), 0);
}

static void the_most_is_first(void **state)
{
	struct host *h = *state;

	make_host(h, 5);
	read_more(h, 4, 1000, 0);
	take(h, 1);
	read_more(h, 1, 9, 1);
	read_more(h, 3, 0, 50);
	set_totals(h, 9, 51);
	take(h, 2);
	sort_by(h, COL_NOW_READS, false, false);
	/* Of those that were not read now, the one that was read most before. */
	assert_string_equal(shown(h, 5), "3 1 4 0 2");
	sort_by(h, COL_NOW_READS, true, false);
	assert_string_equal(shown(h, 3), "4 3 1");
	sort_by(h, COL_NOW_HITS, false, false);
	assert_string_equal(shown(h, 2), "1 4");
	sort_by(h, COL_NOW_HARDWARE, false, false);
	assert_string_equal(shown(h, 2), "3 1");
	sort_by(h, COL_NOW_SAVED, false, false);
	assert_string_equal(shown(h, 1), "1");
	sort_by(h, COL_NOW_RATE, false, false);
	assert_string_equal(shown(h, 2), "1 3");
	sort_by(h, COL_NOW_RATE, true, false);
	assert_string_equal(shown(h, 3), "4 1 3");
}

static void reversed_the_least_is(void **state)
{
	struct host *h = *state;

	make_host(h, 3);
	take(h, 1);
	read_more(h, 0, 5, 0);
	read_more(h, 1, 1, 0);
	read_more(h, 2, 3, 0);
	take(h, 2);
	sort_by(h, COL_NOW_READS, false, true);
	assert_string_equal(shown(h, 3), "1 2 0");
	sort_by(h, COL_ADDRESS, false, false);
	assert_string_equal(shown(h, 3), "0 1 2");
	sort_by(h, COL_ADDRESS, false, true);
	assert_string_equal(shown(h, 3), "2 1 0");
}

static void text_begins_with_a_and_states_with_the_worst(void **state)
{
	struct host *h = *state;

	make_host(h, 4);
	h->f[2].state.why = PCSC_WHY_QUARANTINE;
	h->f[1].state.why = PCSC_WHY_RESET;
	take(h, 1);
	sort_by(h, COL_STATE, false, false);
	assert_string_equal(shown(h, 4), "2 1 0 3");
	sort_by(h, COL_DEVICE, false, false);
	assert_string_equal(shown(h, 4), "1 3 0 2");
	sort_by(h, COL_DRIVER, false, true);
	assert_string_equal(shown(h, 4), "1 2 0 3");
}

static void all_of_many_are_in_order(void **state)
{
	struct host *h = *state;

	make_host(h, MANY);
	take(h, 1);
	for (unsigned int i = 0; i < MANY; i++)
		read_more(h, i, i * 7919 % 1009, i % 5);
	take(h, 2);
	for (enum column c = 0; c < COLUMNS; c++) {
		sort_by(h, column_of(c, false), column_of(c, false) != c,
			false);
		assert_int_equal(h->t.nr, MANY);
		for (unsigned int i = 1;
		     !column_text(c, &h->m, h->m.rows) && i < MANY; i++) {
			const double a = column_value(
				c, &h->m, table_row(&h->t, &h->m, i - 1));
			const double b = column_value(
				c, &h->m, table_row(&h->t, &h->m, i));

			assert_true(column_types[c].left ? a <= b : a >= b);
		}
	}
}

/* ---- choice ------------------------------------------------------------------------ */

static uint32_t matching(struct host *h, const char *text)
{
	snprintf(h->t.filter.text, sizeof(h->t.filter.text), "%s", text);
	assert_int_equal(table_make(&h->t, &h->m), 0);
	return h->t.nr;
}

static void text_is_looked_for_in_all_that_names_it(void **state)
{
	struct host *h = *state;

	make_host(h, MANY);
	h->f[5].state.why = PCSC_WHY_RESET;
	h->f[6].state.why = PCSC_WHY_QUARANTINE;
	take(h, 1);
	assert_int_equal(matching(h, ""), MANY);
	assert_int_equal(matching(h, "0000:02:"), 256);
	assert_int_equal(matching(h, "02:00.3"), 1);
	assert_int_equal(matching(h, "ADAPTIVE"), (MANY + 1) / 2);
	assert_int_equal(matching(h, "mellanox"), MANY / 2);
	assert_int_equal(matching(h, "15b3:101e"), MANY / 2);
	assert_int_equal(matching(h, "vfio"), MANY - MANY / 3);
	assert_int_equal(matching(h, "waiting"), 1);
	assert_int_equal(matching(h, "reset"), 1);
	assert_string_equal(shown(h, 1), "5");
	assert_int_equal(matching(h, "quarantine"), 1);
	assert_int_equal(matching(h, "no such thing"), 0);
	assert_int_equal(table_find(&h->t, &h->m, 0x100), 0);
}

static void slots_and_ids_are_lspci_s(void **state)
{
	static char slot[] = "02:1.3", id[] = "15b3:";
	struct host *h = *state;

	make_host(h, MANY);
	take(h, 1);
	assert_int_equal(pcsc_filter_slot(&h->t.filter.pci, slot), 0);
	assert_int_equal(matching(h, ""), 1);
	assert_string_equal(shown(h, 1), "267");
	filter_init(&h->t.filter);
	assert_int_equal(pcsc_filter_id(&h->t.filter.pci, id), 0);
	assert_int_equal(matching(h, ""), MANY / 2);
	assert_int_equal(matching(h, "0000:01"), 128);
	/* Nothing is known of what it is, so it is none of these. */
	h->f[1].device = 0xffff;
	take(h, 2);
	assert_int_equal(h->t.nr, 127);
}

/* ---- lines -------------------------------------------------------------------------- */

static void numbers_fit_seven_places(void **state)
{
	static const double n[] = { 0,	     .04, 1,	    9.94, 9.96, 1234,
				    9999999, 1e7, 999.96e6, 1e12, 9e15 };
	char buf[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(n); i++) {
		assert_in_range(strlen(format_count(n[i], buf, sizeof(buf))), 1,
				7);
		assert_in_range(strlen(format_time(n[i], buf, sizeof(buf))), 1,
				7);
	}
	assert_string_equal(format_count(9.96, buf, 32), "10");
	assert_string_equal(format_count(2.5, buf, 32), "2.5");
	assert_string_equal(format_count(12345678, buf, 32), "12.3M");
	assert_string_equal(format_count(999.96e6, buf, 32), "1.0G");
	assert_string_equal(format_percent(-1, buf, 32), "-");
	assert_string_equal(format_percent(100, buf, 32), "100.0");
	assert_string_equal(format_time(0, buf, 32), "0");
	assert_string_equal(format_time(12.34, buf, 32), "12.3us");
	assert_string_equal(format_time(999.6, buf, 32), "1.0ms");
	assert_string_equal(format_time(99.96e6, buf, 32), "100s");
	assert_string_equal(format_time(7.2e9, buf, 32), "2.0h");
	assert_string_equal(format_clock(3661, buf, 32), "1:01:01");
}

static void text_is_cut_where_a_character_ends(void **state)
{
	char buf[64];

	(void)state;
	assert_int_equal(format_fit(buf, "abc", 5, true, true), 5);
	assert_string_equal(buf, "abc  ");
	format_fit(buf, "abc", 5, false, true);
	assert_string_equal(buf, "  abc");
	assert_int_equal(
		format_fit(buf, "\xc3\xa4\xc3\xb6\xc3\xbc", 2, true, true), 4);
	assert_string_equal(buf, "\xc3\xa4\xc3\xb6");
	format_fit(buf, "\xc3\xa4x", 3, true, false);
	assert_string_equal(buf, "?x ");
	/* Neither a colour nor half a character leaves it. */
	format_fit(buf, "\033[1m\xc3", 6, true, true);
	assert_string_equal(buf, "?[1m? ");
	assert_int_equal(format_bytes("\xc3\xa4\xc3\xb6", 1), 2);
}

static void a_line_is_never_wider_than_the_screen(void **state)
{
	char line[LINE_SIZE];
	struct layout l;
	struct host *h = *state;

	make_host(h, 2);
	take(h, 1);
	for (int all = 0; all < 2; all++)
		for (int width = -3; width < 400; width++) {
			layout_make(&l, &h->m, width, all);
			line_row(line, &l, &h->m, h->m.rows, true);
			assert_true((int)strlen(line) <=
				    (width > 0 ? width : 0));
			line_heads(line, &l, &h->t.order);
			assert_true((int)strlen(line) <=
				    (width > 0 ? width : 0));
		}
	layout_make(&l, &h->m, 78, false);
	line_heads(line, &l, &h->t.order);
	assert_string_equal(
		line,
		"FUNCTION     STATE       v READS/s   HITS/s   HIT%    HW/s   SAVED/s DRIVER   ");
	h->t.order = (struct order){ COL_STATE, true, true };
	layout_make(&l, &h->m, 78, true);
	line_heads(line, &l, &h->t.order);
	assert_string_equal(
		line,
		"FUNCTION     v STATE        READS     HITS   ALL%       HW    SAVED DRIVER    ");
}

static void a_large_domain_has_room(void **state)
{
	char line[LINE_SIZE];
	struct layout l;
	struct host *h = *state;

	make_host(h, 2);
	h->f[1].state.domain = 0x10000000;
	take(h, 1);
	layout_make(&l, &h->m, 78, false);
	line_row(line, &l, &h->m, &h->m.rows[1], true);
	assert_memory_equal(line, "10000000:01:00.1 served", 23);
}

static const char *summary_line(const struct host *h, const char *begins,
				int lines)
{
	static struct summary s;
	const struct summary_style style = {
		.width = 80, .lines = lines, .interval = 1, .dir = "/there"
	};

	summary_make(&s, &h->m, &style);
	for (int i = 0; i < s.nr; i++)
		if (!strncmp(s.line[i].text, begins, strlen(begins)))
			return s.line[i].text;
	return "";
}

static void totals_are_now_of_this_run_and_of_all(void **state)
{
	struct host *h = *state;

	make_host(h, 3);
	set_totals(h, 1000, 1000);
	take(h, 1);
	set_totals(h, 1090, 1010);
	take(h, 2);
	set_totals(h, 1090, 1020);
	take(h, 4);
	assert_string_equal(
		summary_line(h, "last", 8),
		"last 2.0 s            5/s        0/s      0.0 %        5/s        0/s        0/s");
	assert_string_equal(
		summary_line(h, "run", 8),
		"run 0:00:03           110         90     81.8 %         20      1.7ms          0");
	assert_string_equal(
		summary_line(h, "since", 8),
		"since loaded         2110       1090     51.7 %       1020     20.7ms          0");
	assert_string_equal(summary_line(h, "3 functions", 8),
			    "3 functions: 3 served");
	/* Of a low screen the first lines are those of now. */
	assert_string_equal(summary_line(h, "run", 4), "");
	assert_memory_equal(summary_line(h, "last", 4), "last", 4);
}

static void what_is_not_there_is_said(void **state)
{
	struct host *h = *state;

	make_host(h, 3);
	h->r.err = -EACCES;
	take(h, 1);
	assert_int_equal(h->t.nr, 0);
	assert_string_equal(
		summary_line(h, "Which", 8),
		"Which functions these are is root's to see: run pcsc-top as root.");
	h->r.err = 0;
	h->r.stats.up = false;
	take(h, 2);
	assert_memory_equal(summary_line(h, "health", 8),
			    "health missing:", 15);
	h->r.stats.err = -EIO;
	take(h, 3);
	assert_string_equal(
		summary_line(h, "health", 8),
		"health unreadable: /there/stats: Input/output error");
}

/* ---- one function's registers ----------------------------------------------------------- */

static void registers_and_map_are_of_the_same_bytes(void **state)
{
	struct sample_space s = { .bytes = { .count = 256, .nr_caps = 1 },
				  .caps = { { .id = PCSC_CAP_EXP,
					      .offset = 0x40,
					      .length = 0x3c } } };
	struct bytes *b = calloc(1, sizeof(*b));
	char line[BYTES_LINE];
	uint32_t sum = 0;

	(void)state;
	assert_non_null(b);
	for (unsigned int i = 0; i < 0x7c; i++)
		s.byte[i] = PCSC_BYTE_DESCRIBED;
	s.byte[0] = s.byte[1] |= PCSC_BYTE_CONST | PCSC_BYTE_CACHED;
	s.byte[3] = PCSC_BYTE_DESCRIBED | PCSC_BYTE_CONST | PCSC_BYTE_DEMOTED;
	s.byte[0x80] = PCSC_BYTE_CONST | PCSC_BYTE_EVIDENCE | PCSC_BYTE_SHARED |
		       PCSC_BYTE_UNPROVED;
	bytes_take(b, &s);
	assert_string_equal(
		bytes_run(b, 0, line),
		"0x000      2 memory          VENDOR_ID                      header 0x00                7.5.1.1.1");
	for (int i = 0; i < PCSC_RUN_STATES; i++)
		sum += b->in_state[i];
	assert_int_equal(sum, 256);
	assert_int_equal(b->in_state[PCSC_RUN_DEMOTED], 1);
	assert_int_equal(bytes_map_lines(b), 1);
	bytes_map(b, 0, line);
	/* One byte of the first dword is demoted, one of the 33rd is const. */
	assert_memory_equal(line, "0x000 DH", 8);
	assert_int_equal(line[6 + 32 + 2], 'u');
	assert_int_equal(line[6 + 33 + 2], '.');
	assert_int_equal(strlen(line), 6 + 64 + 3);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)
		TEST(nothing_is_of_an_interval_at_first),
		TEST(counts_are_a_second_s),
		TEST(a_counter_that_fell_has_begun_anew),
		TEST(the_run_is_the_sum_over_a_reload),
		TEST(functions_come_and_go),
		TEST(in_shadow_hits_are_answered_by_hardware_too),
		TEST(states_are_the_page_s),
		TEST(the_most_is_first),
		TEST(reversed_the_least_is),
		TEST(text_begins_with_a_and_states_with_the_worst),
		TEST(all_of_many_are_in_order),
		TEST(text_is_looked_for_in_all_that_names_it),
		TEST(slots_and_ids_are_lspci_s),
		TEST(numbers_fit_seven_places),
		TEST(text_is_cut_where_a_character_ends),
		TEST(a_line_is_never_wider_than_the_screen),
		TEST(a_large_domain_has_room),
		TEST(totals_are_now_of_this_run_and_of_all),
		TEST(what_is_not_there_is_said),
		TEST(registers_and_map_are_of_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
