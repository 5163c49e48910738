// SPDX-License-Identifier: GPL-2.0-only
/* A map that is made to say less: what a fault or the user has taken back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/map.h"

#define FIRST 0x00
#define MIXED 0x34
#define LAST 0xffc

struct fixture {
	struct pcsc_map map;
	struct pcsc_map before;
};

static struct pcsc_map_entry *at(struct fixture *f, u16 where)
{
	return &f->map.dword[where / 4];
}

static void entry(struct fixture *f, u16 where, u16 slot, u8 mask, u8 evidence)
{
	at(f, where)->slot = slot;
	at(f, where)->mask = mask;
	at(f, where)->evidence = evidence;
	f->map.slot_evidence[slot] = evidence;
}

/* What lies behind the dwords has a bit wherever an entry has one. */
static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->map.cfg_size = 4096;
	for (int i = 0; i < PCSC_DWORDS; i++)
		f->map.dword[i].slot = PCSC_SLOT_NONE;
	entry(f, FIRST, 0, 0xf, 0x3);
	entry(f, MIXED, 1, 0xf, 0xe);
	entry(f, LAST, 2, 0x7, 0x7);
	memset(f->map.heads, 0xff, sizeof(f->map.heads));
	f->map.nr_const = 4 + 4 + 3;
	f->map.nr_evidence = 2 + 3 + 3;
	f->before = f->map;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void entry_is(struct fixture *f, u16 where, u8 mask, u8 evidence)
{
	assert_int_equal(at(f, where)->mask, mask);
	assert_int_equal(at(f, where)->evidence, evidence);
	assert_int_equal(f->map.slot_evidence[at(f, where)->slot], evidence);
	f->map.slot_evidence[at(f, where)->slot] =
		f->before.slot_evidence[at(f, where)->slot];
	*at(f, where) = f->before.dword[where / 4];
}

static void sums_are(struct fixture *f, u16 nr_const, u16 nr_evidence)
{
	assert_int_equal(f->map.nr_const, nr_const);
	assert_int_equal(f->map.nr_evidence, nr_evidence);
	f->map.nr_const = f->before.nr_const;
	f->map.nr_evidence = f->before.nr_evidence;
}

static void nothing_else_changed(struct fixture *f)
{
	assert_memory_equal(&f->map, &f->before, sizeof(f->map));
}

static void bytes_are_excluded(void **state)
{
	struct fixture *f = *state;

	pcsc_map_exclude(&f->map, MIXED, 0x6);
	entry_is(f, MIXED, 0x9, 0x8);
	sums_are(f, 9, 6);
	nothing_else_changed(f);
	pcsc_map_exclude(&f->map, MIXED + 3, 0xf);
	entry_is(f, MIXED, 0, 0);
	sums_are(f, 7, 5);
	nothing_else_changed(f);
}

static void bytes_behind_the_end_are_not(void **state)
{
	struct fixture *f = *state;

	pcsc_map_exclude(&f->map, 4096, 0xff);
	nothing_else_changed(f);
	f->map.cfg_size = f->before.cfg_size = MIXED;
	pcsc_map_exclude(&f->map, MIXED, 0xf);
	nothing_else_changed(f);
}

/* One without a slot is const as a whole or not at all. */
static void zero_dwords_go_whole(void **state)
{
	struct fixture *f = *state;

	at(f, MIXED)->slot = PCSC_SLOT_ZERO;
	at(f, MIXED)->evidence = 0xf;
	pcsc_map_exclude(&f->map, MIXED, 0);
	assert_int_equal(at(f, MIXED)->mask, 0xf);
	pcsc_map_exclude(&f->map, MIXED, 0x2);
	assert_int_equal(at(f, MIXED)->mask | at(f, MIXED)->evidence, 0);
}

static void siblings_lose_them_too(void **state)
{
	struct fixture *f = *state;

	at(f, MIXED)->shared = 0x7;
	pcsc_map_exclude(&f->map, MIXED, 0x6);
	assert_int_equal(at(f, MIXED)->shared, 0x1);
	assert_int_equal(f->map.nr_shared, 1);
}

static void evidence_is_excluded(void **state)
{
	struct fixture *f = *state;

	pcsc_map_exclude_evidence(&f->map);
	entry_is(f, FIRST, 0xc, 0);
	entry_is(f, MIXED, 0x1, 0);
	entry_is(f, LAST, 0, 0);
	sums_are(f, 3, 0);
	nothing_else_changed(f);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_are_excluded),   TEST(bytes_behind_the_end_are_not),
		TEST(zero_dwords_go_whole), TEST(siblings_lose_them_too),
		TEST(evidence_is_excluded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
