// SPDX-License-Identifier: GPL-2.0-only
/* Whether the helper served while a recording ran, from its files in sysfs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "trace/served.h"

static char dir[] = "/dev/shm/pcsc-served.XXXXXX";

static void put(const char *name, const char *text)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void helper(const char *mode, unsigned int hits)
{
	char stats[64];

	snprintf(stats, sizeof(stats), "Cache Hits: %u\nCache Misses: 7\n",
		 hits);
	put("mode", mode);
	put("stats", stats);
}

static int unload(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/mode", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/stats", dir);
	unlink(path);
	return 0;
}

/* What is said at the end of a recording that began under @mode, @hits. */
static struct pcsc_served began(const char *mode, unsigned int hits)
{
	struct pcsc_served s;

	helper(mode, hits);
	pcsc_served_begin(&s, dir);
	return s;
}

static void test_without_the_helper(void **state)
{
	struct pcsc_served s;

	(void)state;
	pcsc_served_begin(&s, "/nowhere/at/all");
	pcsc_served_look(&s);
	assert_false(s.yes);
	pcsc_served_begin(&s, dir);
	pcsc_served_look(&s);
	assert_false(s.yes);
}

static void test_hardware_answered(void **state)
{
	static const char *const modes[] = { "off\n", "shadow\n", "\n", "" };

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct pcsc_served s = began(modes[i], 1234);

		pcsc_served_look(&s);
		assert_false(s.yes);
	}
}

static void test_on_at_the_start(void **state)
{
	struct pcsc_served s = began("on\n", 0);

	(void)state;
	helper("off\n", 0);
	pcsc_served_look(&s);
	assert_true(s.yes);
}

static void test_on_in_between(void **state)
{
	struct pcsc_served s = began("shadow\n", 5);

	(void)state;
	helper("on\n", 5);
	pcsc_served_look(&s);
	helper("shadow\n", 5);
	pcsc_served_look(&s);
	assert_true(s.yes);
}

static void test_on_at_the_end(void **state)
{
	struct pcsc_served s = began("off\n", 0);

	(void)state;
	helper("on\n", 0);
	pcsc_served_look(&s);
	assert_true(s.yes);
}

static void test_on_between_two_looks(void **state)
{
	struct pcsc_served s = began("off\n", 5);

	(void)state;
	helper("off\n", 6);
	pcsc_served_look(&s);
	assert_true(s.yes);
	/* Loaded, switched on and off, and all of it after the start. */
	unload(NULL);
	pcsc_served_begin(&s, dir);
	helper("off\n", 1);
	pcsc_served_look(&s);
	assert_true(s.yes);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_without_the_helper, unload),
		cmocka_unit_test_teardown(test_hardware_answered, unload),
		cmocka_unit_test_teardown(test_on_at_the_start, unload),
		cmocka_unit_test_teardown(test_on_in_between, unload),
		cmocka_unit_test_teardown(test_on_at_the_end, unload),
		cmocka_unit_test_teardown(test_on_between_two_looks, unload),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
