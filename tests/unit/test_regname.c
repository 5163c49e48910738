// SPDX-License-Identifier: GPL-2.0-only
/* What registers are called, wherever a function has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "core/caps.h"
#include "synth.h"
#include "trace/regname.h"

static struct synth synth;
static struct pcsc_regnames names;

/* The name, and what holds it, of @width bytes at @offset of function @fn. */
static const char *name(unsigned int fn, uint16_t offset, uint8_t width)
{
	static char out[PCSC_REGNAME_SIZE];
	const struct pcsc_rec_register r = { .function = fn,
					     .offset = offset,
					     .width = width };

	pcsc_regname(&names, &r, out);
	return out;
}

static const char *holder(unsigned int fn, uint16_t offset)
{
	static char out[PCSC_REGNAME_SIZE];
	const struct pcsc_rec_register r = { .function = fn,
					     .offset = offset,
					     .width = 1 };

	pcsc_regname_holder(&names, &r, out);
	return out;
}

static bool is_const(unsigned int fn, uint16_t offset, uint8_t width)
{
	const struct pcsc_rec_register r = { .function = fn,
					     .offset = offset,
					     .width = width };

	return pcsc_regname_is_const(&names, &r);
}

static int setup(void **state)
{
	(void)state;
	synth_make(&synth, 2);
	return pcsc_regnames_init(&names, &synth.rec);
}

static int teardown(void **state)
{
	(void)state;
	pcsc_regnames_free(&names);
	synth_free(&synth);
	return 0;
}

static void test_header(void **state)
{
	(void)state;
	assert_string_equal(name(0, 0x04, 2), "COMMAND");
	assert_string_equal(name(0, 0x05, 1), "COMMAND");
	assert_string_equal(name(0, 0x04, 4), "COMMAND/STATUS");
	assert_string_equal(name(0, 0x00, 4), "VENDOR_ID/DEVICE_ID");
	assert_string_equal(name(0, 0x08, 4), "REVISION..CLASS_DEVICE");
	assert_string_equal(name(0, 0x18, 4), "BASE_ADDRESS_2");
	assert_string_equal(holder(0, 0x18), "header");
	synth.rec.functions[1].header_type = 1;
	assert_string_equal(name(1, 0x18, 1), "PRIMARY_BUS");
	assert_string_equal(name(1, 0x18, 4), "PRIMARY_BUS..SEC_LATENCY_TIMER");
	synth.rec.functions[1].header_type =
		2; /* CardBus: what all types share */
	assert_string_equal(name(1, 0x04, 2), "COMMAND");
	assert_string_equal(name(1, 0x18, 4), "0x018");
}

static void test_capabilities(void **state)
{
	(void)state;
	assert_string_equal(name(0, 0x40, 2), "CAP_EXP header");
	assert_string_equal(name(0, 0x4c, 4), "LnkCap");
	assert_string_equal(name(0, 0x52, 2), "LnkSta");
	assert_string_equal(name(0, 0x50, 4), "LnkCtl/LnkSta");
	assert_string_equal(holder(0, 0x52), "CAP_EXP");
	assert_string_equal(name(0, 0x82, 2), "MSI-X Message Control");
	assert_string_equal(name(0, 0x94, 4), "CAP_VNDR+0x04");
	assert_string_equal(name(0, 0x100, 4), "ECAP header 0x100");
	assert_string_equal(holder(0, 0x100), "ECAP_AER");
	assert_string_equal(name(0, 0x104, 4), "AER UESta");
	assert_string_equal(name(0, 0x150, 4), "ECAP_DSN header");
	assert_string_equal(name(0, 0x154, 4), "Device Serial Number");
	assert_string_equal(name(0, 0x16c, 4), "ECAP_VNDR+0x0c");
}

/* Between capabilities, and behind them. */
static void test_undescribed(void **state)
{
	(void)state;
	assert_string_equal(name(0, 0x38, 4), "0x038");
	assert_string_equal(name(0, 0x7c, 4), "0x07c");
	assert_string_equal(name(0, 0x8c, 4), "0x08c");
	assert_string_equal(holder(0, 0x8c), "undescribed");
	assert_string_equal(name(0, 0x15c, 4), "0x15c");
}

/* A capability of which no value was read is known by what the kernel knew. */
static void test_from_the_kernel(void **state)
{
	struct pcsc_rec_cap caps[] = {
		{ .function = 1, .id = PCSC_CAP_EXP, .offset = 0x60 },
		{ .function = 1, .id = PCSC_ECAP_L1PM, .offset = 0x200 },
	};

	(void)state;
	synth.rec.header.nr_registers = SYNTH_DWORDS; /* of function 0 alone */
	synth.rec.caps = caps;
	synth.rec.header.nr_caps = 2;
	assert_string_equal(name(1, 0x72, 2), "LnkSta");
	assert_string_equal(name(1, 0x20c, 4), "L1SubCtl2");
	assert_string_equal(name(1, 0x100, 4), "ECAP header 0x100");
	assert_string_equal(name(1, 0x5e, 2), "0x05e");
	assert_string_equal(name(0, 0x52, 2), "LnkSta");
	assert_string_equal(name(0, 0x72, 2), "LnkSta2");
}

/* What the specification alone lets a cache keep: of a VF more than of others. */
static void test_constant(void **state)
{
	(void)state;
	assert_true(is_const(0, 0x100, 4));
	assert_true(is_const(0, 0x34, 1));
	assert_false(is_const(0, 0x04, 2));
	assert_false(is_const(0, 0x52, 2)); /* Link Status */
	assert_false(is_const(0, 0x4c, 4)); /* exit latencies change */
	assert_false(is_const(0, 0x7c, 4));
	assert_false(is_const(0, 0x94, 4));
	assert_true(is_const(0, 0x00, 4));
	assert_true(is_const(0, 0x10, 4));
	synth.rec.functions[1].flags &= ~PCSC_REC_FN_VF;
	assert_false(is_const(1, 0x00, 4)); /* tells whether it is there */
	assert_false(is_const(1, 0x10, 4)); /* an address */
	assert_true(is_const(1, 0x100, 4));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(test_header),	TEST(test_capabilities),
		TEST(test_undescribed), TEST(test_from_the_kernel),
		TEST(test_constant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
