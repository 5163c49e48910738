// SPDX-License-Identifier: GPL-2.0-only
/* Habits that a report names in one line, and how registers are used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "reported.h"

#define BYTES 256

static struct pcsc_rec_register many_registers[BYTES];
static struct pcsc_rec_use many_uses[BYTES];

static const struct pcsc_rec_register flipped = {
	.offset = 4,
	.width = 2,
	.writes = 8,
	.nr_written = 2,
	.written = { 0, 2 },
	.latency_sum_ns = 8000,
	.write_sum_ns = 8000,
};

static void test_flipped(void **state)
{
	(void)state;
	make(1);
	uses[0] = (struct pcsc_rec_use){ .writes = 8, .write_ns = 8000 };
	registers[0] = flipped;
	assert_answer(
		report(10, false),
		"Hint:       COMMAND of 0000:01:00.0 was written 8 times with 2 values (0000, 0002)");
	registers[0].nr_written = 3;
	assert_null(strstr(report(10, false), "Hint: "));
}

/* By another path it was written, too, so a line of all writes has more of them. */
static void test_flipped_by_a_path(void **state)
{
	(void)state;
	make(2);
	for (int i = 0; i < 2; i++) {
		uses[i] = (struct pcsc_rec_use){ .reg = i,
						 .writes = 8,
						 .write_ns = 8000 };
		registers[i] = flipped;
		registers[i].family = i;
	}
	assert_answer(
		report(10, false),
		"written 8 times with 2 values (0000, 0002) by path kernel\n");
}

static void test_restored(void **state)
{
	(void)state;
	make(2);
	functions[0].resets[PCSC_REC_RESET_FLR] = 8;
	for (int i = 0; i < 2; i++) {
		uses[i] = (struct pcsc_rec_use){ .reg = i,
						 .reads = 8,
						 .writes = 8,
						 .read_ns = 16000,
						 .write_ns = 8000 };
		registers[i] = (struct pcsc_rec_register){
			.offset = 4 * i + 0x10,
			.width = 4,
			.reads = 8,
			.writes = 8,
			.last = 7,
			.nr_written = 1,
			.written = { 7 },
			.latency_sum_ns = 24000,
			.write_sum_ns = 8000,
		};
	}
	assert_answer(
		report(10, false),
		"Hint:       0000:01:00.0 was reset 8 times, and 2 registers of it were saved and restored each time, 48.0 us");
	/* Another value than was read is no restore. */
	registers[0].written[0] = 8;
	assert_answer(report(10, false), "and 1 register of it was saved");
	functions[0].resets[PCSC_REC_RESET_FLR] = 3;
	assert_null(strstr(report(10, false), "saved and restored"));
}

/* Forty functions' registers are read a hundred times each: no one of them stands out. */
static void test_repeated(void **state)
{
	(void)state;
	make(FUNCTIONS);
	assert_null(strstr(report(10, false), "Hint: "));
	make(2);
	uses[0].read_ns = registers[0].latency_sum_ns = 8000000;
	assert_answer(
		report(10, false),
		"Hint:       ECAP header 0x100 of 0000:01:00.0 was read 100 times by lspci, 8.00 ms; it never changed");
	registers[0].changes = 5;
	assert_answer(report(10, false), "; it changed 5 times, after writes");
	registers[0].silent_changes = 1;
	assert_answer(
		report(10, false),
		"; it changed 5 times, 1 of them without a write: a poll");
	registers[0].changes = 11;
	assert_null(strstr(report(10, false), "0x100 of 0000:01:00.0 was"));
}

/* One caller's part is too small, though the register is read often. */
static void test_repeated_by_two(void **state)
{
	(void)state;
	make(1);
	rec.header.nr_uses = 2;
	uses[0].reads = 85;
	uses[1] = (struct pcsc_rec_use){ .caller = 1, .reads = 15 };
	assert_null(strstr(report(10, false), "Hint: "));
}

static void make_bytes(unsigned int nr)
{
	make(FUNCTIONS);
	rec.header.nr_registers = rec.header.nr_uses = nr;
	rec.registers = many_registers;
	rec.uses = many_uses;
	for (unsigned int i = 0; i < nr; i++) {
		many_registers[i] = registers[0];
		many_registers[i].offset = i;
		many_registers[i].width = 1;
		many_registers[i].reads = 1;
		many_registers[i].latency_sum_ns = 36000;
		many_uses[i] = (struct pcsc_rec_use){
			.reg = i,
			.reads = 1,
			.read_ns = 36000,
		};
	}
}

static void test_bytes(void **state)
{
	(void)state;
	make_bytes(BYTES);
	assert_answer(
		report(10, false),
		"Hint:       256 bytes of 0000:01:00.0 were read one by one by lspci, 9.22 ms: by dwords it would be a quarter of the reads");
	/* Each by both paths: they are no more bytes. */
	for (int i = 0; i < BYTES; i++) {
		many_registers[i].offset = i / 2;
		many_registers[i].family = i % 2;
	}
	assert_answer(report(10, false), "Hint:       128 bytes of");
	make_bytes(63);
	assert_null(strstr(report(10, false), "Hint: "));
	/* Between them stands what another caller reads. */
	make_bytes(128);
	for (int i = 0; i < 128; i += 2)
		many_uses[i].caller = 1;
	assert_answer(report(10, false), "Hint:       64 bytes of");
	/* Another caller's bytes, and another function's, are others. */
	make_bytes(100);
	for (int i = 50; i < 100; i++)
		many_uses[i].caller = 1;
	assert_null(strstr(report(10, false), "Hint: "));
	make_bytes(100);
	for (int i = 50; i < 100; i++)
		many_registers[i].function = 1;
	assert_null(strstr(report(10, false), "Hint: "));
}

/* Each register in the group that says how it behaved. */
static void test_patterns(void **state)
{
	static const struct {
		const char *words;
		struct pcsc_rec_register r;
	} cases[] = {
		{ "only written", { .writes = 3 } },
		{ "failed", { .errors = 3 } },
		{ "all-ones", { .reads = 3, .all_ones = 3 } },
		{ "changes by itself",
		  { .reads = 3, .changes = 2, .silent_changes = 1 } },
		{ "changes by writes", { .reads = 3, .changes = 2 } },
		{ "never changed", { .reads = 2 } },
		{ "read once", { .reads = 3, .all_ones = 2 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(pcsc_pattern(&cases[i].r), cases[i].words);
	make(2);
	assert_int_equal(pcsc_by_parse(&by, "pattern"), 0);
	registers[1].changes = 1;
	assert_non_null(strstr(report(10, false), "never changed"));
	assert_non_null(strstr(report(10, false), "changes by writes"));
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_restored),
		TEST(test_flipped),
		TEST(test_flipped_by_a_path),
		TEST(test_repeated),
		TEST(test_repeated_by_two),
		TEST(test_bytes),
		TEST(test_patterns),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
