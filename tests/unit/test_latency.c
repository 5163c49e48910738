// SPDX-License-Identifier: GPL-2.0-only
/* Percentiles of latencies, against the latencies themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "trace/trace.h"

static struct pcsc_latencies hist;

/* As the BPF program does it. */
static void account(uint64_t ns)
{
	hist.count++;
	hist.sum_ns += ns;
	if (ns > hist.max_ns)
		hist.max_ns = ns;
	hist.slots[pcsc_slot_of(ns)]++;
}

/* 1000 latencies, evenly from @low to @high. */
static void uniform(uint64_t low, uint64_t high)
{
	memset(&hist, 0, sizeof(hist));
	for (int i = 0; i < 1000; i++)
		account(low + (high - low) * i / 999);
}

static void assert_within_a_tenth(double q, double truth)
{
	double got = pcsc_latencies_quantile_ns(&hist, q);

	if (got < 0.9 * truth || got > 1.1 * truth)
		fail_msg("quantile %.2f is %.0f ns, the truth %.0f ns", q, got,
			 truth);
}

static void test_slots_meet(void **state)
{
	(void)state;
	assert_int_equal(pcsc_slot_of(0), 0);
	for (unsigned int i = 1; i < PCSC_SLOTS; i++) {
		assert_int_equal(pcsc_slot_of(pcsc_slot_low(i)), i);
		assert_int_equal(pcsc_slot_of(pcsc_slot_low(i) - 1), i - 1);
	}
	assert_int_equal(pcsc_slot_low(PCSC_SLOTS), 1ull << 32);
	assert_int_equal(pcsc_slot_of(1ull << 32), PCSC_SLOTS - 1);
	assert_int_equal(pcsc_slot_of(UINT64_MAX), PCSC_SLOTS - 1);
	assert_int_equal(pcsc_slot_of((1ull << 32) + 5), PCSC_SLOTS - 1);
}

/* Every constant from 128 ns to a second or two, 1 % apart. */
static void test_constant(void **state)
{
	(void)state;
	for (uint64_t ns = 128; ns < 2000000000; ns += ns / 100 + 1) {
		uniform(ns, ns);
		assert_within_a_tenth(0.5, ns);
		assert_within_a_tenth(0.99, ns);
	}
}

static void test_uniform(void **state)
{
	(void)state;
	for (uint64_t low = 128; low < 1000000000; low += low / 7 + 1) {
		for (uint64_t high = low; high < 4 * low; high += low / 9 + 1) {
			uniform(low, high);
			assert_within_a_tenth(0.5, (low + high) / 2.0);
			assert_within_a_tenth(0.99, low + 0.99 * (high - low));
		}
	}
}

/* Reads of 36 us beside a few slow ones: 49.5 us was printed for the former. */
static void test_36_us(void **state)
{
	(void)state;
	uniform(36000, 36000);
	for (int i = 0; i < 11; i++)
		account(2000000);
	assert_within_a_tenth(0.5, 36000);
	assert_within_a_tenth(0.995, 2000000);
}

static void test_beyond_the_last_slot(void **state)
{
	(void)state;
	uniform(9000000000, 9000000000);
	assert_true(pcsc_latencies_quantile_ns(&hist, 0.99) > 8.9e9);
	assert_true(pcsc_latencies_quantile_ns(&hist, 0.99) <= 9e9);
}

static void test_nothing(void **state)
{
	(void)state;
	memset(&hist, 0, sizeof(hist));
	assert_true(pcsc_latencies_quantile_ns(&hist, 0.5) == 0);
}

static void test_octaves(void **state)
{
	uint64_t octaves[PCSC_OCTAVES];

	(void)state;
	memset(&hist, 0, sizeof(hist));
	account(3);
	account(127);
	account(128);
	account(36000);
	account(65535);
	account(65536);
	pcsc_fold_octaves(&hist, octaves);
	assert_int_equal(octaves[6], 2);
	assert_int_equal(octaves[7], 1);
	assert_int_equal(octaves[15], 2);
	assert_int_equal(octaves[16], 1);
}

/* Each has room in 32 bits, both together have not. */
static void test_many_functions(void **state)
{
	const struct pcsc_rec_hist busy = {
		.count = 3000000001,
		.sum_ns = 70000,
		.max_ns = 800000000,
		.slots = { [40] = 3000000000, [90] = 1 },
	};

	(void)state;
	memset(&hist, 0, sizeof(hist));
	pcsc_latencies_add(&hist, &busy);
	pcsc_latencies_add(&hist, &busy);
	assert_true(hist.slots[40] == 6000000000);
	assert_true(pcsc_latencies_quantile_ns(&hist, 0.5) <=
		    pcsc_slot_low(41));
}

/* An interval's longest: exact if it is the longest of all, else the end of its slot. */
static void test_since(void **state)
{
	struct pcsc_latencies before, since;

	(void)state;
	uniform(30000, 30000);
	before = hist;
	account(20000);
	since = pcsc_latencies_since(&hist, &before);
	assert_int_equal(since.count, 1);
	assert_int_equal(since.max_ns, pcsc_slot_low(pcsc_slot_of(20000) + 1));
	account(40000);
	since = pcsc_latencies_since(&hist, &before);
	assert_int_equal(since.max_ns, 40000);
	/* The last slot has no end. */
	account(20000000000);
	before = hist;
	account(10000000000);
	since = pcsc_latencies_since(&hist, &before);
	assert_true(since.max_ns >= 10000000000);
	since = pcsc_latencies_since(&hist, &hist);
	assert_int_equal(since.count + since.max_ns, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots_meet),
		cmocka_unit_test(test_constant),
		cmocka_unit_test(test_uniform),
		cmocka_unit_test(test_36_us),
		cmocka_unit_test(test_beyond_the_last_slot),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_octaves),
		cmocka_unit_test(test_many_functions),
		cmocka_unit_test(test_since),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
