// SPDX-License-Identifier: GPL-2.0-only
/* The published vectors of FNV-1a; and that no damage of one bit is missed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/hash.h"

static u32 fnv(const char *text)
{
	u32 hash = PCSC_HASH_START;

	while (*text)
		hash = pcsc_hash8(hash, *text++);
	return hash;
}

static void fnv_of_its_authors(void **state)
{
	(void)state;
	assert_int_equal(fnv(""), 0x811c9dc5);
	assert_int_equal(fnv("a"), 0xe40c292c);
	assert_int_equal(fnv("foobar"), 0xbf9cf968);
}

static void sixteen_bits_are_two_bytes(void **state)
{
	(void)state;
	/* little-endian: "fo" */
	assert_int_equal(pcsc_hash16(PCSC_HASH_START, 0x6f66), fnv("fo"));
}

/* Two words that differ in one bit, at either place, differ in their sum. */
static void every_bit_counts(void **state)
{
	const u64 words[2] = { 0x0123456789abcdef, 0xfedcba9876543210 };
	const u64 sum = pcsc_mix_words(PCSC_MIX_START, words, 2);
	u64 changed[2];

	(void)state;
	for (unsigned int bit = 0; bit < 128; bit++) {
		changed[0] = words[0];
		changed[1] = words[1];
		changed[bit / 64] ^= 1ull << (bit % 64);
		assert_true(pcsc_mix_words(PCSC_MIX_START, changed, 2) != sum);
	}
	changed[0] = words[1];
	changed[1] = words[0];
	assert_true(pcsc_mix_words(PCSC_MIX_START, changed, 2) != sum);
	/* handed over from one version of us to another: it stays what it is */
	assert_true(sum == 0x621b3b9031684a0full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fnv_of_its_authors),
		cmocka_unit_test(sixteen_bits_are_two_bytes),
		cmocka_unit_test(every_bit_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
