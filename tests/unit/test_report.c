// SPDX-License-Identifier: GPL-2.0-only
/* What a report looks like: as wide as a terminal, columns one below the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bdf.h"
#include "reported.h"
#include "said.h"
#include "talk.h"
#include "trace/heaviest.h"
#include "trace/report.h"

/* As much of everything as there is on a large host. */
static void worst(unsigned int i)
{
	functions[i].flags |= PCSC_REC_FN_VF;
	strcpy(functions[i].driver, "a-driver-of-thirty-one-letters");
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++) {
		functions[i].resets[kind] = 9;
		registers[i].survived[kind] = 9;
	}
	registers[i].reads = 123456;
	registers[i].writes = 123456;
	registers[i].errors = 12;
	registers[i].all_ones = 1234;
	registers[i].changes = 12345;
	registers[i].silent_changes = 1234;
	registers[i].last = 0xcafecafe;
	registers[i].latency_sum_ns = 246924 * 999000ull;
	registers[i].latency_max_ns = 2000000000;
	registers[i].write_sum_ns = 123456 * 999000ull;
	registers[i].write_max_ns = 2000000000;
	registers[i].nr_written = PCSC_REC_WRITTEN + 1;
	uses[i].reads = registers[i].reads;
	uses[i].writes = registers[i].writes;
	uses[i].read_ns = uses[i].write_ns = 123456 * 999000ull;
	hists[i].max_ns = 2000000000;
	hists[i].slots[PCSC_SLOTS - 1] = 1;
	hists[i].count++;
}

static size_t widest(const char *text)
{
	size_t most = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		most = n > most ? n : most;
		text += n + (text[n] == '\n');
	}
	return most;
}

/* Where the line that begins with @start has the text @what. */
static size_t column(const char *text, const char *start, const char *what)
{
	char line[256];

	text = strstr(text, start);
	assert_non_null(text);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
	assert_non_null(strstr(line, what));
	return strstr(line, what) - line;
}

static int setup(void **state)
{
	(void)state;
	return make(FUNCTIONS);
}

/* The tables; sentences may be longer than a line. */
static const char *tables(const char *text)
{
	text = strstr(text, "\n\n");
	assert_non_null(text);
	return text + 2;
}

static void test_fits_a_terminal(void **state)
{
	const char *text = report(10, false);

	(void)state;
	assert_true(widest(tables(text)) <= 80);
	assert_non_null(strstr(text, "The first 10 of 40 functions by time"));
	assert_non_null(strstr(text, "82574L"));
	assert_null(strstr(text, "SILENT FIRST"));
}

static void test_fits_a_wide_one_whatever_happens(void **state)
{
	const char *text;

	(void)state;
	for (unsigned int i = 0; i < FUNCTIONS; i += 2)
		worst(i);
	text = report(0, false);
	assert_true(widest(tables(text)) <= 150);
	assert_non_null(strstr(text, "KEPT"));
	assert_non_null(strstr(text, "a-driver.. "));
}

/* A driver's name, a domain or a large number moves no column of one row only. */
static void test_columns_are_columns(void **state)
{
	const char *text;

	(void)state;
	functions[FUNCTIONS - 1].domain = 0x10000;
	functions[FUNCTIONS - 1].devfn = 0;
	worst(3);
	text = tables(report(0, false));
	assert_int_equal(column(text, "0000:01:00.1 ", "101 "),
			 column(text, "10000:01:00.0", "139 "));
	assert_int_equal(column(text, "0000:01:00.1 ", "e1000e"),
			 column(text, "10000:01:00.0", "e1000e"));
	text = strstr(text, "\n40 registers, ");
	assert_non_null(text);
	assert_int_equal(column(text, "0000:01:00.1 ", "100.l"),
			 column(text, "10000:01:00.0", "100.l"));
	assert_int_equal(column(text, "0000:01:00.1 ", "10d38086"),
			 column(text, "10000:01:00.0", "10d38086"));
}

/* Most time first, however often the others are read. */
static void test_most_time_first(void **state)
{
	const char *text, *least, *most;

	(void)state;
	registers[7].latency_sum_ns = 2000000000;
	registers[7].reads = 1;
	registers[7].latency_max_ns = registers[7].read_max_ns = 2000000000;
	text = tables(report(3, false));
	most = strstr(text, "0000:01:00.7 ");
	least = strstr(text, "0000:01:04.7 ");
	assert_non_null(least);
	assert_non_null(most);
	assert_true(most < least);
	sort = PCSC_SORT_READS;
	text = tables(report(3, false));
	assert_non_null(strstr(text, "0000:01:04.7 "));
	assert_null(strstr(text, "0000:01:00.7 "));
}

static void test_one_of_each(void **state)
{
	const char *text;

	(void)state;
	make(1);
	functions[0].flags |= PCSC_REC_FN_VF;
	text = report(10, false);
	assert_non_null(strstr(text, "\n1 function (1 VF), 1 register\n"));
	assert_non_null(strstr(text, "\n1 function, latencies"));
	assert_non_null(strstr(text, "\n1 register, latencies"));
	assert_non_null(strstr(text, "\n1 process, latencies"));
	assert_null(strstr(text, "1 functions"));
	assert_null(strstr(text, "1 registers"));
	make(2);
	text = report(10, false);
	assert_non_null(strstr(text, "\n2 functions (0 VFs), 2 registers\n"));
}

static void test_marks(void **state)
{
	const char *text = report(1, false);

	(void)state;
	assert_answer(text, "Nothing was lost.");
	assert_null(strstr(text, "SERVED"));
	rec.header.flags = PCSC_REC_SERVED;
	assert_answer(report(1, false), "SERVED: ");
	assert_non_null(strstr(report(1, true), "\"served\": true"));
	assert_non_null(strstr(report(1, true), "\"partial\": false"));
	rec.header.flags = PCSC_REC_ACCESSES_ONLY | PCSC_REC_PARTIAL;
	assert_answer(report(1, false),
		      "ACCESSES ONLY: this kernel has no fentry");
	assert_non_null(strstr(report(1, true), "\"accesses_only\": true"));
	assert_non_null(strstr(report(1, true), "\"partial\": true"));
	rec.header.flags = PCSC_REC_INCOMPLETE;
	assert_answer(report(1, false), "INCOMPLETE: ");
	assert_non_null(strstr(report(1, true), "\"served\": false"));
	rec.header.flags |= PCSC_REC_UNFINISHED;
	assert_answer(
		report(1, false),
		"UNFINISHED: the recorder was killed; what came after the first 1.0 s is missing. Before that, nothing was lost.");
	assert_non_null(strstr(report(1, true), "\"finished\": false"));
	rec.header.losses.map_full = 1;
	assert_answer(report(1, false), "is missing. INCOMPLETE: ");
}

static void test_boots(void **state)
{
	(void)state;
	assert_null(strstr(report(1, false), "Boot:"));
	assert_null(strstr(report(1, true), "\"boot\""));
	rec.header.boot_ns = 3200000000;
	assert_answer(
		report(1, false),
		"Boot:       recorded from 3.20 s after the kernel's start on; UNSEEN before that: the kernel's enumeration, ");
	rec.header.initramfs_ns = 500000000;
	assert_answer(report(1, false),
		      " on, the first 500.0 ms in the initramfs; ");
	assert_non_null(strstr(report(1, true), "\"initramfs_ns\": 500000000"));
	/* Also where nothing is to be said of accesses. */
	rec.header.nr_registers = rec.header.nr_uses = 0;
	assert_answer(report(1, false), "Boot: ");
}

/* 4780 reads of 36 us in a second. */
static void test_answers_first(void **state)
{
	const char *text = report(10, false);

	(void)state;
	assert_string_equal(
		line(text, 1),
		"Configuration accesses: 172.1 ms of 1.00 s (17.2 %): 4780 reads 172.1 ms, no writes");
	assert_string_equal(line(text, 2),
			    "Callers:    lspci 100.0 % (4780 of 4780)");
	assert_string_equal(
		line(text, 3),
		"Registers:  ECAP header 0x100 100.0 %: 4780 reads of about 36.0 us (4740 repeats), 40 functions");
	assert_answer(
		text,
		"Functions:  0000:01:04.7 2.9 %, 0000:01:04.6 2.9 %, 0000:01:04.5 2.9 %, 37 more");
	assert_answer(
		text,
		"4740 of 4780 reads (99.2 %) returned what the read before did; by the specification alone a cache would answer 4740 of them, 170.6 ms");
}

static void test_vfs_are_called_so(void **state)
{
	(void)state;
	for (int i = 0; i < FUNCTIONS; i++)
		functions[i].flags |= PCSC_REC_FN_VF;
	assert_answer(report(10, false), "(4740 repeats), 40 VFs\n");
	assert_answer(
		report(10, false),
		"Functions:  40 VFs 100.0 % together; 0000:01:04.7 2.9 %, 0000:01:04.6 2.9 %, 0000:01:04.5 2.9 %, 37 more\n");
}

static void test_vfs_among_others(void **state)
{
	(void)state;
	functions[FUNCTIONS - 1].flags |= PCSC_REC_FN_VF;
	assert_answer(report(10, false), "40 functions (1 VF)\n");
	assert_answer(report(10, false), "Functions:  0000:01:04.7 2.9 %");
	for (int i = 1; i < FUNCTIONS; i++)
		functions[i].flags |= PCSC_REC_FN_VF;
	assert_answer(report(10, false), "40 functions (39 VFs)\n");
	assert_answer(report(10, false),
		      "Functions:  39 VFs 97.9 % together; ");
}

static void test_nothing_to_find(void **state)
{
	const char *text;

	(void)state;
	make(3);
	rec.header.nr_registers = rec.header.nr_hists = rec.header.nr_uses = 0;
	rec.header.nr_processes = 0;
	rec.header.duration_ns = 105500000000;
	text = report(10, false);
	assert_string_equal(
		line(text, 1),
		"No configuration access in 105.5 s: what takes the time is elsewhere.");
	assert_answer(text, "Nothing was lost.");
	/* A read that hangs is not among what was seen. */
	rec.header.losses.inflight = 1;
	rec.header.flags |= PCSC_REC_INCOMPLETE;
	text = report(10, false);
	assert_answer(
		text,
		"No configuration access was seen from its begin to its end in 105.5 s, and 1 was missed: ");
	assert_null(strstr(text, "elsewhere"));
}

static void test_little_is_said(void **state)
{
	(void)state;
	make(1);
	assert_answer(report(10, false),
		      "That is little: most of the time is spent elsewhere.");
	rec.header.losses.recursion = 1;
	assert_null(strstr(report(10, false), "elsewhere"));
	rec.header.losses.recursion = 0;
	rec.header.duration_ns = 20 * 3600000;
	assert_null(strstr(report(10, false), "That is little"));
}

/* Three slow writes stand above nine fast reads, and a cache cannot help. */
static void test_writes_apart(void **state)
{
	const char *text;

	(void)state;
	make(2);
	registers[0].offset = 4;
	registers[0].width = 2;
	registers[0].reads = 3;
	registers[0].writes = 3;
	registers[0].nr_written = 1;
	registers[0].write_sum_ns = 900000000;
	registers[0].write_max_ns = 300000000;
	registers[0].latency_sum_ns = 900120000;
	registers[0].latency_max_ns = 300000000;
	uses[0] = (struct pcsc_rec_use){ .reg = 0,
					 .reads = 3,
					 .writes = 3,
					 .read_ns = 120000,
					 .write_ns = 900000000 };
	text = report(10, false);
	assert_answer(
		text,
		"Registers:  COMMAND 99.6 %: 3 writes of about 300.0 ms, 3 reads of about 40.0 us (2 repeats), 0000:01:00.0");
	assert_answer(
		text,
		"Writes:     99.6 % of the time is in writes, where a cache of reads cannot help");
	text = strstr(text, "\n2 registers, ");
	assert_non_null(text);
	assert_non_null(strstr(line(text, 3), "004.w"));
	assert_non_null(strstr(line(text, 3), " 40.0 "));
	assert_non_null(strstr(line(text, 3), " 300000 "));
}

/* A register of two callers: each has his part, in sentences and in tables. */
static void test_callers(void **state)
{
	const char *text;

	(void)state;
	make(1);
	uses[0].reads = 75;
	uses[0].read_ns = 75 * 36000;
	uses[1] = (struct pcsc_rec_use){
		.reg = 0, .caller = 1, .reads = 25, .read_ns = 25 * 36000
	};
	rec.header.nr_uses = 2;
	text = report(10, false);
	assert_answer(
		text,
		"Callers:    lspci 75.0 % (75 of 100), qemu 25.0 % (25 of 100)");
	text = strstr(text, "By CALLER, latencies in us:");
	assert_non_null(text);
	assert_non_null(strstr(line(text, 2), " 75.0 "));
	assert_non_null(strstr(line(text, 2), " lspci"));
	assert_non_null(strstr(line(text, 3), " qemu"));
	assert_non_null(strstr(text, " 77 "));
	assert_non_null(strstr(text, " lspci < bash < init\n"));
}

/* What --by puts together, and the order of its words. */
static void test_groups(void **state)
{
	const char *text;

	(void)state;
	functions[0].device = 0x10d4;
	assert_int_equal(pcsc_by_parse(&by, "register,model"), 0);
	text = tables(report(0, false));
	assert_string_equal(line(text, 0),
			    "By REGISTER and MODEL, latencies in us:");
	assert_non_null(strstr(line(text, 2), " 97.9 "));
	assert_non_null(
		strstr(line(text, 2), " 39 ECAP header 0x100 8086:10d3 Intel"));
	assert_non_null(
		strstr(line(text, 3), " 1 ECAP header 0x100 8086:10d4"));
	assert_null(strstr(text, "Reads of 4 bytes"));
	text = report(0, true);
	assert_non_null(strstr(text, "\"register\": \"ECAP header 0x100\""));
	assert_non_null(strstr(text, "\"model\": \"8086:10d3\""));
	assert_non_null(strstr(text, "\"cacheable_repeats\": 4641"));
}

static void test_words(void **state)
{
	static const char *const wrong[] = {
		"",	  "time",
		"model,", "register,model,width,driver,path",
		"MODEL",  "model;register"
	};
	enum pcsc_sort s = PCSC_SORT_TIME;

	(void)state;
	for (int i = 0; pcsc_facet_words[i]; i++)
		assert_int_equal(pcsc_by_parse(&by, pcsc_facet_words[i]), 0);
	assert_int_equal(pcsc_by_parse(&by, "model,register,width,caller"), 0);
	assert_int_equal(by.nr, 4);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(pcsc_by_parse(&by, wrong[i]), -EINVAL);
	for (int i = 0; pcsc_sort_words[i]; i++) {
		assert_int_equal(pcsc_sort_parse(&s, pcsc_sort_words[i]), 0);
		assert_int_equal(s, i);
	}
	assert_int_equal(pcsc_sort_parse(&s, "model"), -EINVAL);
}

/*
 * What fails takes another time than what succeeds, which recordings do not keep apart:
 * there is no mean of such a register, and no time that a cache would save.
 */
static void test_failed(void **state)
{
	const char *text;

	(void)state;
	make(1);
	registers[0].reads = 1;
	registers[0].errors = 99;
	uses[0].reads = 1;
	uses[0].errors = 99;
	text = report(10, false);
	assert_answer(
		text,
		"1 read 3.60 ms, no writes, 99 failed (their time is included)");
	assert_answer(text, "100.0 %: 1 read (0 repeats), 99 failed, ");
	/* Neither of the register, nor of its function, nor of all. */
	assert_null(strstr(text, " 3600"));
}

static void test_failed_writes(void **state)
{
	const char *text;

	(void)state;
	make(2);
	registers[0].errors = uses[0].errors = 2;
	registers[0].write_sum_ns = uses[0].write_ns = 800000;
	registers[0].latency_sum_ns += 800000;
	text = report(10, false);
	assert_answer(text, " no writes 800.0 us, 2 failed");
	/* The other register's reads are those of a mean. */
	assert_answer(text, "a cache would answer");
	assert_non_null(strstr(text, " 36.0"));
}

/* Two callers of a register share its maximum, so by that they have no order. */
static void test_callers_go_by_time(void **state)
{
	const char *text;

	(void)state;
	make(2);
	uses[1].caller = 1;
	uses[1].read_ns = registers[1].latency_sum_ns = 900000000;
	sort = PCSC_SORT_MAX;
	text = strstr(report(1, false), "By CALLER, ");
	assert_non_null(text);
	assert_string_equal(
		line(text, 0),
		"By CALLER, the first 1 of 2 by time (-n sets how many), latencies in us:");
	assert_non_null(strstr(line(text, 2), " qemu"));
}

/* Of the functions that a filter leaves, no process is known. */
static void test_filtered_processes(void **state)
{
	struct pci_filter *f = &filter;

	(void)state;
	assert_non_null(strstr(report(10, true), "\"pid\": 77"));
	f->func = 3;
	assert_null(strstr(report(10, true), "\"pid\": 77"));
	assert_null(strstr(report(10, false), " lspci < bash"));
	assert_non_null(strstr(report(10, true), "\"processes_left_out\": 0"));
}

/* Whatever order rows come in, and however many of them are kept. */
static void test_heaviest(void **state)
{
	(void)state;
	for (uint32_t most = 0; most < 3000; most += 777) {
		struct pcsc_heaviest h = { .most = most };

		for (uint32_t i = 0; i < 5000; i++)
			assert_int_equal(
				pcsc_heaviest_add(&h, i * 7919 % 5000, i), 0);
		pcsc_heaviest_sort(&h);
		assert_int_equal(h.met, 5000);
		assert_int_equal(h.nr, most ?: 5000);
		for (uint32_t i = 0; i < h.nr; i++)
			assert_int_equal(h.rows[i].weight, 4999 - i);
		pcsc_heaviest_free(&h);
	}
}

/* A recording of version 2, as it was converted, is reported too. */
static void test_without_callers(void **state)
{
	const char *text;

	(void)state;
	rec.header.nr_callers = rec.header.nr_uses = 0;
	rec.header.nr_processes = 0;
	text = report(10, false);
	assert_null(strstr(text, "Callers:"));
	assert_null(strstr(text, "By CALLER"));
	assert_int_equal(pcsc_by_parse(&by, "caller"), 0);
	assert_non_null(strstr(report(10, false), " -\n"));
	assert_non_null(strstr(report(10, true), "\"callers\": []"));
}

/* ---- waits ---- */

#define MS 1000000ull

static struct pcsc_rec_visit visits[] = {
	{ .function = 0, .last_ns = 100 * MS, .reads = 100, .read_ns = 6 * MS },
	{ .function = 1,
	  .first_ns = 50 * MS,
	  .last_ns = 250 * MS,
	  .reads = 101,
	  .read_ns = 9 * MS },
};

static struct pcsc_rec_wait waits[] = {
	{ .begin_ns = 1 * MS,
	  .ns = 10 * MS,
	  .access_ns = 1 * MS,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_RESUME,
	  .from = 4 },
	{ .begin_ns = 20 * MS,
	  .ns = 60 * MS,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_FLR },
	{ .begin_ns = 50 * MS,
	  .ns = 103 * MS,
	  .function = 1,
	  .stack = 0,
	  .kind = PCSC_REC_WAIT_LOCK },
	{ .begin_ns = 160 * MS,
	  .ns = 60 * MS,
	  .function = 1,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_FLR },
	/* It is in an access, whose time it is. */
	{ .begin_ns = 230 * MS,
	  .ns = 5 * MS,
	  .function = 1,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_BLOCKED,
	  .nested = 1 },
};

static struct pcsc_rec_symbol symbols[] = {
	{ "__mutex_lock.constprop.0" },
	{ "pci_user_read_config_dword" },
	{ "vfio_df_open [vfio]" },
	{ "vfs_read" },
};

static struct pcsc_rec_stack stacks[] = {
	{ { 0, 2, PCSC_REC_NONE } },
	{ { 1, 3, 2, PCSC_REC_NONE } },
};

static struct pcsc_rec_slow slow = {
	.ns = 5 * MS,
	.function = 1,
	.stack = 1,
	.offset = 0x100,
	.width = 4,
	.family = PCSC_REC_USER,
};

/* Two functions are opened by one program, the second before the first is done. */
static void make_waits(void)
{
	make(2);
	functions[0].flags |= PCSC_REC_FN_USER_DRIVER;
	functions[1].flags |= PCSC_REC_FN_USER_DRIVER;
	rec.visits = visits;
	rec.waits = waits;
	rec.symbols = symbols;
	rec.stacks = stacks;
	rec.slow = &slow;
	rec.header.nr_visits = 2;
	rec.header.nr_waits = 5;
	rec.header.nr_symbols = 4;
	rec.header.nr_stacks = 2;
	rec.header.nr_slow = 1;
}

static void test_waits(void **state)
{
	const char *text;

	(void)state;
	make_waits();
	text = report(10, false);
	assert_answer(
		text,
		"Waits:      232.0 ms besides, which is not configuration space: waking 9.00 ms (1), FLR 120.0 ms (2), "
		"lock 103.0 ms (1) in vfio_df_open [vfio]; 1 access held up by a reset, 5.00 ms\n");
	assert_answer(
		text,
		"Woken:      0000:01:00.0 from D3cold by lspci (by bash < init), 1 time, 9.00 ms; "
		"all it read is constant\n");
	assert_answer(
		text,
		"Openings:   2 by lspci, each of 150.0 ms on average, 200.0 ms at most, up to 2 at once: waking 3.0 %, "
		"FLR 40.0 %, lock 34.3 % in vfio_df_open [vfio], accesses 5.0 %, rest 17.7 %\n");
	assert_answer(
		text,
		"Slowest:    5.00 ms, a read of ECAP header 0x100 of 0000:01:00.1 by lspci, in vfs_read < vfio_df_open [vfio]\n");
	assert_null(strstr(text, "That is little"));
}

/* One that is over when the next begins, or has paused, is open no more. */
static void test_one_after_another(void **state)
{
	(void)state;
	make_waits();
	visits[0].pause_ns = 40 * MS;
	visits[0].pause_access_ns = 1 * MS;
	waits[1].ns = 20 * MS;
	assert_answer(
		report(10, false),
		"Openings:   2 by lspci, each of 120.0 ms on average, 200.0 ms at most, one after another: waking 3.8 %, "
		"FLR 33.3 %, lock 42.9 % in vfio_df_open [vfio], accesses 4.2 %, rest 15.8 %\n");
	waits[1].ns = 60 * MS;
	visits[0].pause_ns = 0;
}

/* The kernel looks every second or two whether a reset is over: that is no pause. */
static void test_a_pause_in_a_reset_is_none(void **state)
{
	(void)state;
	make_waits();
	visits[0].pause_ns = 40 * MS;
	visits[0].pause_access_ns = 1 * MS;
	assert_answer(
		report(10, false),
		"Openings:   2 by lspci, each of 140.0 ms on average, 200.0 ms at most, up to 2 at once: waking 3.2 %, "
		"FLR 42.9 %, lock 36.8 % in vfio_df_open [vfio], accesses 3.6 %, rest 13.6 %\n");
	visits[0].pause_ns = 0;
}

static void test_timeline(void **state)
{
	const char *text;

	(void)state;
	make_waits();
	timeline = true;
	text = report(10, false);
	assert_non_null(strstr(
		text,
		"FROM s LASTED ACCESSES  TIME WAKING RESET  LOCK REST FUNCTION     PID COMMAND\n"
		" 0.000  100.0      100 6.000  9.000  60.0     0 25.0 0000:01:00.0  77 lspci\n"
		" 0.050  200.0      101 9.000      0  60.0 103.0 28.0 0000:01:00.1  77 lspci\n"));
	assert_null(strstr(text, "By REGISTER"));
}

/* A function that was not chosen has no part in it. */
static void test_filtered_waits(void **state)
{
	const char *text;

	(void)state;
	make_waits();
	assert_int_equal(pcsc_filter_slot(&filter, "01:00.0"), 0);
	text = report(10, false);
	assert_answer(text, ": waking 9.00 ms (1), FLR 60.0 ms (1)\n");
	assert_answer(text, "Openings:   1 by lspci, one of 100.0 ms: ");
	assert_null(strstr(text, "Slowest:"));
}

/* Attributes of one name are one caller, and told apart where that is asked for. */
static void test_attributes(void **state)
{
	static struct pcsc_rec_caller with[] = {
		{ .name = "lspci" },
		{ .name = "lspci", .attribute = "current_link_speed" },
	};

	(void)state;
	make(2);
	rec.callers = with;
	uses[1].caller = 1;
	assert_answer(
		report(10, false),
		"Callers:    lspci 100.0 % (201 of 201) through current_link_speed\n");
	assert_int_equal(pcsc_by_parse(&by, "caller,attribute"), 0);
	assert_non_null(
		strstr(report(10, false), "lspci  current_link_speed\n"));
	assert_non_null(strstr(report(10, true),
			       "\"attribute\": \"current_link_speed\""));
}

/* A line for each register, and one for the names of the columns. */
static void test_rows(void **state)
{
	const char *text;

	(void)state;
	make(2);
	format = PCSC_CSV;
	strcpy(functions[1].driver, "a \"b\", c");
	text = report(10, false);
	assert_ptr_equal(strstr(text, "host,release,started_ns,"), text);
	assert_non_null(strstr(
		text,
		"\nunit,6,0,1000000000,1,0000:01:00.0,8086,10d3,000000,0,e1000e,256,4,user,"
		"ECAP header 0x100,100,0,0,0,0,0,99,1,3600000,0,47000,0,10d38086,10d38086,1,lspci,\n"));
	assert_non_null(strstr(text, ",\"a \"\"b\"\", c\",256,4,user,"));
	format = PCSC_JSONL;
	text = report(10, false);
	assert_ptr_equal(strstr(text, "{\"host\":\"unit\","), text);
	assert_non_null(strstr(text, "\"repeats\":99,"));
	assert_non_null(strchr(text, '\n'));
	assert_ptr_equal(strrchr(text, '\n'), text + strlen(text) - 1);
	assert_int_equal(pcsc_format_parse(&format, "csv"), 0);
	assert_int_equal(format, PCSC_CSV);
	assert_int_equal(pcsc_format_parse(&format, "CSV"), -EINVAL);
}

/* Version 2 does not tell reads from writes: what is not known is not said. */
static void test_version_2(void **state)
{
	const char *text;

	(void)state;
	text = report_file("tests/recordings/version-2.rec", 10, false);
	assert_answer(text, "): 14 reads, 6 writes\n");
	assert_answer(text, "COMMAND 19.6 %: 2 writes, 9 reads (4 repeats)");
	assert_answer(text, "INTERRUPT_LINE 71.4 %: 4 writes of about 1.00 us");
	assert_answer(text, "version 2 does not tell reads from writes");
}

static struct pcsc_rec_mark two_marks[] = {
	{ 500000000, "open" },
	{ 900000000, "close" },
};

#define PLACE (0x100 | 2 << PCSC_REC_EVENT_WIDTH | PCSC_REC_EVENT_USER)

/* One read before the first mark, two accesses of another caller behind it. */
static struct pcsc_rec_event three_events[] = {
	{ .begin_ns = 499999999, .ns = 30000, .where = PLACE },
	{ .begin_ns = 500000000, .ns = 40000, .caller = 1, .where = PLACE },
	{ .begin_ns = 899999999,
	  .ns = 50000,
	  .function = 1,
	  .caller = 1 | PCSC_REC_EVENT_FAILED,
	  .where = PLACE | PCSC_REC_EVENT_WRITE },
};

static void test_phases(void **state)
{
	const char *text;

	(void)state;
	make(2);
	rec.marks = two_marks;
	rec.header.nr_marks = 2;
	assert_answer(
		report(10, false),
		"Phases:     (start) 500.0 ms; open 400.0 ms; close 100.0 ms (record --events tells their accesses)\n");
	rec.header.flags = PCSC_REC_EVENTS;
	rec.events = three_events;
	rec.header.nr_events = 3;
	assert_answer(
		report(10, false),
		"Phases:     (start) 500.0 ms, 30.0 us of it in 1 access; open 400.0 ms, 90.0 us of it in 2 accesses; close 100.0 ms\n");
	assert_int_equal(pcsc_by_parse(&by, "phase,caller"), 0);
	text = strstr(report(10, false), "By PHASE and CALLER");
	assert_non_null(text);
	assert_non_null(strstr(line(text, 2), "open    qemu"));
	assert_non_null(strstr(line(text, 3), "(start) lspci"));
	assert_null(strstr(text, "close"));
	text = report(10, true);
	assert_non_null(strstr(
		text, "\"phase\": \"open\",\n      \"begin_ns\": 500000000"));
}

/* An event has 32 bits of nanoseconds, and there may be fewer events than accesses. */
static void test_phases_not_whole(void **state)
{
	const char *text;

	(void)state;
	make(2);
	rec.marks = two_marks;
	rec.header.nr_marks = 2;
	rec.header.flags = PCSC_REC_EVENTS;
	rec.events = three_events;
	rec.header.nr_events = 3;
	rec.header.events_lost = 9;
	three_events[0].ns = UINT32_MAX;
	text = report(10, false);
	three_events[0].ns = 30000;
	assert_answer(text, "(start) 500.0 ms, at least 4.29 s in 1 access; ");
	assert_answer(
		text,
		"close 100.0 ms (without 9 accesses that could not be kept one by one)\n");
}

/* The time of callers that ask at once is added up. */
static void test_side_by_side(void **state)
{
	(void)state;
	make(2);
	for (int i = 0; i < 2; i++)
		uses[i].read_ns = registers[i].latency_sum_ns = 900000000;
	assert_answer(
		report(10, false),
		"Configuration accesses: 1.80 s in 1.00 s, made side by side: ");
	make(1);
	registers[0].reads = uses[0].reads = 1;
	uses[0].read_ns = registers[0].latency_sum_ns = 1800000000;
	assert_answer(
		report(10, false),
		"Configuration accesses: 1.80 s in 1.00 s, begun before it: 1 read 1.80 s");
}

/* Of some of the functions nothing follows for the host. */
static void test_filtered_verdict(void **state)
{
	(void)state;
	make(2);
	assert_answer(report(10, false), "That is little: ");
	assert_int_equal(pcsc_filter_slot(&filter, "01:00.0"), 0);
	assert_null(strstr(report(10, false), "elsewhere"));
	registers[0].reads = uses[0].reads = 0;
	registers[0].latency_sum_ns = uses[0].read_ns = 0;
	assert_answer(
		report(10, false),
		"No configuration access to the functions chosen in 1.0 s.\n");
	assert_int_equal(pcsc_filter_slot(&filter, "ff:00.0"), 0);
	assert_answer(report(10, false),
		      "No function of the recording is one of those chosen.\n");
}

static int by_place(const void *pa, const void *pb)
{
	const struct pcsc_rec_register *a = pa, *b = pb;

	if (a->offset != b->offset)
		return a->offset - b->offset;
	return a->width != b->width ? a->width - b->width :
				      a->family - b->family;
}

/* All that a dword can be read as, by both families, and each with much to say. */
static void test_full_dword(void **state)
{
	const char *text;
	unsigned int n = 0;

	(void)state;
	make(1);
	for (int width = 1; width <= 4; width *= 2)
		for (int offset = 0x100; offset < 0x104; offset += width)
			for (int family = 0; family < 2; family++) {
				registers[n] = registers[0];
				registers[n].offset = offset;
				registers[n].width = width;
				registers[n].family = family;
				registers[n].reads = 123456789;
				registers[n].changes = 12345678;
				registers[n].writes = 123456789;
				n++;
			}
	rec.header.nr_registers = n;
	rec.header.nr_uses = 0;
	qsort(registers, n, sizeof(registers[0]), by_place);
	picture = PCSC_GRID;
	text = report(10, false);
	assert_non_null(strstr(text, "123456789 reads, 123456789 writes"));
	assert_non_null(strstr(text, "</svg>"));
}

static void test_a_grid_of_nothing_is_refused_by_name(void **state)
{
	char path[] = "/dev/shm/pcsc-grid.XXXXXX";
	const struct pcsc_report_options o = { .path = path,
					       .svg = PCSC_GRID,
					       .filter = filter };
	int fd = mkstemp(path), status;
	const char *said;

	(void)state;
	assert_true(fd >= 0 && !close(fd));
	rec.header.nr_registers = 0;
	rec.header.nr_uses = 0;
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	said_start();
	status = pcsc_report(&o);
	said = said_stop();
	unlink(path);
	assert_int_equal(status, PCSC_EXIT_REFUSED);
	assert_non_null(strstr(said, path));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_fits_a_terminal),
		TEST(test_fits_a_wide_one_whatever_happens),
		TEST(test_columns_are_columns),
		TEST(test_most_time_first),
		TEST(test_one_of_each),
		TEST(test_marks),
		TEST(test_boots),
		TEST(test_answers_first),
		TEST(test_vfs_are_called_so),
		TEST(test_vfs_among_others),
		TEST(test_nothing_to_find),
		TEST(test_little_is_said),
		TEST(test_writes_apart),
		TEST(test_callers),
		TEST(test_groups),
		TEST(test_words),
		TEST(test_phases_not_whole),
		TEST(test_side_by_side),
		TEST(test_filtered_verdict),
		TEST(test_failed),
		TEST(test_failed_writes),
		TEST(test_callers_go_by_time),
		TEST(test_filtered_processes),
		TEST(test_heaviest),
		TEST(test_without_callers),
		TEST(test_waits),
		TEST(test_one_after_another),
		TEST(test_a_pause_in_a_reset_is_none),
		TEST(test_timeline),
		TEST(test_filtered_waits),
		TEST(test_attributes),
		TEST(test_rows),
		TEST(test_phases),
		TEST(test_full_dword),
		TEST(test_version_2),
		TEST(test_a_grid_of_nothing_is_refused_by_name),
	};

	setenv("COLUMNS", "80", 1);
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
