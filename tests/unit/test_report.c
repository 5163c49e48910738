// SPDX-License-Identifier: GPL-2.0-only
/* What a report looks like: as wide as a terminal, columns one below the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bdf.h"
#include "talk.h"
#include "trace/trace.h"

#define FUNCTIONS 40

static char path[] = "/dev/shm/pcsc-report.XXXXXX";
static struct pcsc_rec rec;
static struct pcsc_rec_function functions[FUNCTIONS];
static struct pcsc_rec_register registers[FUNCTIONS];
static struct pcsc_rec_hist hists[FUNCTIONS];

/* @nr functions with one register each, that was only read. */
static int make(unsigned int nr)
{
	rec = (struct pcsc_rec){
		.header = { .nr_functions = nr,
			    .nr_registers = nr,
			    .nr_hists = nr,
			    .host = "unit",
			    .release = "6" },
		.functions = functions,
		.registers = registers,
		.hists = hists,
	};
	for (unsigned int i = 0; i < nr; i++) {
		functions[i] = (struct pcsc_rec_function){
			.bus = 1,
			.devfn = i,
			.flags = PCSC_REC_FN_IDS,
			.vendor = 0x8086,
			.device = 0x10d3,
			.driver = "e1000e",
		};
		registers[i] = (struct pcsc_rec_register){
			.function = i,
			.offset = 0x100,
			.width = 4,
			.family = PCSC_REC_USER,
			.reads = 100 + i,
			.first = 0x10d38086,
			.last = 0x10d38086,
			.latency_sum_ns = 36000 * (100 + i),
			.latency_max_ns = 47000,
		};
		hists[i] = (struct pcsc_rec_hist){
			.function = i,
			.width = 4,
			.count = 100 + i,
			.sum_ns = 36000 * (100 + i),
			.max_ns = 47000,
		};
		hists[i].slots[pcsc_slot_of(36000)] = 100 + i;
	}
	return 0;
}

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
	hists[i].max_ns = 2000000000;
	hists[i].slots[PCSC_SLOTS - 1] = 1;
	hists[i].count++;
}

/* What pcsc_report() prints, in a static buffer. */
static const char *report(unsigned int top, bool json)
{
	struct pcsc_report_options o = { .path = path,
					 .top = top,
					 .json = json };
	static char text[1 << 20];
	FILE *kept = tmpfile();
	int old, status;
	size_t n;

	pcsc_filter_init(&o.filter);
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	fflush(stdout);
	old = dup(STDOUT_FILENO);
	dup2(fileno(kept), STDOUT_FILENO);
	status = pcsc_report(&o);
	fflush(stdout);
	dup2(old, STDOUT_FILENO);
	close(old);
	assert_int_equal(status, 0);
	rewind(kept);
	n = fread(text, 1, sizeof(text) - 1, kept);
	text[n] = '\0';
	fclose(kept);
	return text;
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

static void test_fits_a_terminal(void **state)
{
	const char *text = report(10, false);

	(void)state;
	assert_true(widest(text) <= 80);
	assert_non_null(strstr(text, "The 10 busiest of 40 functions"));
	assert_non_null(strstr(text, "82574L"));
	assert_null(strstr(text, "SILENT MEAN"));
}

static void test_fits_a_wide_one_whatever_happens(void **state)
{
	const char *text;

	(void)state;
	for (unsigned int i = 0; i < FUNCTIONS; i += 2)
		worst(i);
	text = report(0, false);
	assert_true(widest(text) <= 100);
	assert_non_null(strstr(text, "KEPT"));
	assert_non_null(strstr(text, "a-driver-o.. "));
}

/* A driver's name, a domain or a large number moves no column of one row only. */
static void test_columns_are_columns(void **state)
{
	const char *text;

	(void)state;
	functions[FUNCTIONS - 1].domain = 0x10000;
	functions[FUNCTIONS - 1].devfn = 0;
	worst(3);
	text = report(0, false);
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

static void test_busiest_first(void **state)
{
	const char *text = report(0, false), *least, *most;

	(void)state;
	least = strstr(text, "0000:01:00.0 ");
	most = strstr(text, "0000:01:04.7 ");
	assert_non_null(least);
	assert_non_null(most);
	assert_true(most < least);
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
	assert_non_null(strstr(text, "Nothing was lost."));
	assert_null(strstr(text, "SERVED"));
	rec.header.flags = PCSC_REC_SERVED;
	assert_non_null(strstr(report(1, false), "SERVED: "));
	assert_non_null(strstr(report(1, true), "\"served\": true"));
	rec.header.flags = PCSC_REC_INCOMPLETE;
	assert_non_null(strstr(report(1, false), "INCOMPLETE: "));
	assert_non_null(strstr(report(1, true), "\"served\": false"));
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	pcsc_program = "test_report";
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_fits_a_terminal),
		TEST(test_fits_a_wide_one_whatever_happens),
		TEST(test_columns_are_columns),
		TEST(test_busiest_first),
		TEST(test_one_of_each),
		TEST(test_marks),
	};

	setenv("COLUMNS", "80", 1);
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
