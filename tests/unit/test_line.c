// SPDX-License-Identifier: GPL-2.0-only
/* A line under a map made by hand: what is kept, what is served, what ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/line.h"

#define CAP 0x40 /* a capability's header: bytes 0-1 const */
#define BODY 0x44 /* its body */
#define RAW 0x80 /* zero by evidence */
#define MIXED 0x34 /* byte 0 const, the rest by evidence */
#define CLASS 0x08 /* all const */
#define COMMAND 0x04 /* nothing const */

struct fixture {
	struct pcsc_map map;
	struct pcsc_cells cells;
	struct pcsc_line line;
};

static void entry(struct pcsc_map *map, u16 where, u16 slot, u8 mask,
		  u8 evidence, u8 guard)
{
	map->dword[where / 4] = (struct pcsc_map_entry){
		.slot = slot,
		.mask = mask,
		.evidence = evidence,
		.guard = guard,
		.described = 0xf & ~evidence,
	};
	if (slot < PCSC_MAX_SLOTS)
		map->slot_evidence[slot] = evidence;
}

static void make_map(struct pcsc_map *map, bool vf)
{
	map->cfg_size = 4096;
	map->is_vf = vf;
	for (int i = 0; i < PCSC_DWORDS; i++)
		map->dword[i].slot = PCSC_SLOT_NONE;
	for (int i = 0; i < 16; i++)
		map->dword[i].described = 0xf;
	entry(map, 0x00, 0, 0xf, 0, PCSC_GUARD_NONE);
	entry(map, CLASS, 1, 0xf, 0, PCSC_GUARD_NONE);
	entry(map, MIXED, 2, 0xf, 0xe, PCSC_GUARD_NONE);
	entry(map, CAP, 3, 0x3, 0, 2);
	map->dword[CAP / 4].described = 0xf;
	entry(map, BODY, 4, 0xf, 0, 2);
	entry(map, RAW, PCSC_SLOT_ZERO, 0xf, 0xf, PCSC_GUARD_ALL);
	map->dword[MIXED / 4].head = 1;
	map->dword[CAP / 4].head = 2;
	map->heads[0] = (struct pcsc_map_head){
		.offset = MIXED, .guard = 1, .mask = 0xff, .value = CAP
	};
	map->heads[1] = (struct pcsc_map_head){ .offset = CAP,
						.guard = 2,
						.needs = 1,
						.mask = 0xffff,
						.value = 0x0011 };
	map->nr_heads = 2;
	map->all = 1 << 1 | 1 << 2;
	map->nr_slots = 5;
	map->nr_evidence = 7;
}

static int setup_kind(void **state, bool vf)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	make_map(&f->map, vf);
	pcsc_line_init(&f->line, &f->cells);
	pcsc_line_assign(&f->line, &f->map);
	pcsc_line_bypass(&f->line, 0, ~0u);
	*state = f;
	return 0;
}

static int setup(void **state)
{
	return setup_kind(state, false);
}

static int setup_vf(void **state)
{
	return setup_kind(state, true);
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* Ask, and let hardware answer @hardware if need be. */
static enum pcsc_answer ask(struct pcsc_line *line, u16 where, u8 size,
			    u32 hardware, u32 *got)
{
	struct pcsc_ticket ticket;
	enum pcsc_answer answer;

	answer = pcsc_line_lookup(line, where, size, got, &ticket);
	if (answer == PCSC_HIT)
		return answer;
	*got = hardware;
	pcsc_line_fill(line, &ticket, hardware);
	return answer;
}

#define answers(where, size, hardware, expected, value)                      \
	do {                                                                 \
		u32 got;                                                     \
		assert_int_equal(ask(&f->line, where, size, hardware, &got), \
				 expected);                                  \
		assert_int_equal(got, value);                                \
	} while (0)

static void see_headers(struct fixture *f)
{
	answers(MIXED, 1, CAP, PCSC_MISS, CAP);
	answers(CAP, 2, 0x0011, PCSC_MISS, 0x0011);
}

static void test_fill_and_hit(void **state)
{
	struct fixture *f = *state;

	answers(CLASS, 4, 0x01080203, PCSC_MISS, 0x01080203);
	answers(CLASS, 4, 0xdead, PCSC_HIT, 0x01080203);
	answers(CLASS + 2, 2, 0xdead, PCSC_HIT, 0x0108);
	answers(CLASS + 1, 1, 0xdead, PCSC_HIT, 0x02);
	answers(COMMAND, 4, 7, PCSC_UNCACHABLE, 7);
	answers(COMMAND, 4, 8, PCSC_UNCACHABLE, 8);
}

/* What the helper asks first, before pcsc_line_lookup(). */
static void test_hit_alone(void **state)
{
	struct fixture *f = *state;
	u32 value = 0;

	assert_false(pcsc_line_hit(&f->line, CLASS, 4, &value));
	answers(CLASS, 4, 0x01080203, PCSC_MISS, 0x01080203);
	assert_true(pcsc_line_hit(&f->line, CLASS, 4, &value));
	assert_int_equal(value, 0x01080203);
	assert_true(pcsc_line_hit(&f->line, CLASS + 3, 1, &value));
	assert_int_equal(value, 0x01);
	assert_false(pcsc_line_hit(&f->line, COMMAND, 4, &value));
	entry(&f->map, 0x100, 5, 0xf, 0, PCSC_GUARD_NONE);
	answers(0x100, 4, 6, PCSC_MISS, 6);
	assert_true(pcsc_line_hit(&f->line, 0x100, 4, &value));
	f->map.cfg_size = 0x100;
	assert_false(pcsc_line_hit(&f->line, 0x100, 4, &value));
	/* a reason that ends no generation, as no reader is to rely on */
	f->cells.state |= PCSC_BYPASS_POWER;
	assert_false(pcsc_line_hit(&f->line, CLASS, 4, &value));
	f->cells.state &= ~(u64)PCSC_BYPASS_POWER;
	assert_true(pcsc_line_hit(&f->line, CLASS, 4, &value));
	f->line.map = NULL;
	assert_false(pcsc_line_hit(&f->line, CLASS, 4, &value));
}

static void test_narrow_fills_join(void **state)
{
	struct fixture *f = *state;

	answers(CLASS, 2, 0x0203, PCSC_MISS, 0x0203);
	answers(CLASS, 4, 0x01080203, PCSC_MISS, 0x01080203);
	answers(CLASS, 4, 0, PCSC_HIT, 0x01080203);
}

static void test_all_ones_are_never_kept(void **state)
{
	struct fixture *f = *state;

	answers(CLASS, 4, ~0u, PCSC_MISS, ~0u);
	answers(CLASS, 2, 0xffff, PCSC_MISS, 0xffff);
	answers(CLASS, 1, 0xff, PCSC_MISS, 0xff);
	answers(0, 4, ~0u, PCSC_MISS, ~0u);
	answers(0, 4, 0x1234, PCSC_MISS, 0x1234);
}

static void test_vf_ids_are_all_ones(void **state)
{
	struct fixture *f = *state;

	answers(0, 4, ~0u, PCSC_MISS, ~0u);
	answers(0, 2, 0, PCSC_HIT, 0xffff);
	answers(CLASS, 4, ~0u, PCSC_MISS, ~0u);
	answers(CLASS, 4, 1, PCSC_MISS, 1);
	/* its IDs end where Command begins */
	entry(&f->map, COMMAND, 5, 0xf, 0, PCSC_GUARD_NONE);
	answers(COMMAND, 4, ~0u, PCSC_MISS, ~0u);
	answers(COMMAND, 4, 7, PCSC_MISS, 7);
}

static void test_guards(void **state)
{
	struct fixture *f = *state;

	/* kept, but not served before its header was seen */
	answers(BODY, 4, 0x55, PCSC_MISS, 0x55);
	answers(BODY, 4, 0x55, PCSC_MISS, 0x55);
	/* a header alone proves nothing: the list must lead to it */
	answers(CAP, 2, 0x0011, PCSC_MISS, 0x0011);
	answers(BODY, 4, 0x55, PCSC_MISS, 0x55);
	answers(RAW, 4, 0, PCSC_MISS, 0);
	see_headers(f);
	answers(BODY, 4, 0, PCSC_HIT, 0x55);
	answers(CAP, 2, 0, PCSC_HIT, 0x0011);
	answers(RAW, 4, 1, PCSC_HIT, 0);
}

static void test_uncached_header_satisfies_its_guard(void **state)
{
	struct fixture *f = *state;

	f->map.dword[CAP / 4].mask = 0;
	f->map.dword[CAP / 4].slot = PCSC_SLOT_NONE;
	answers(MIXED, 1, CAP, PCSC_MISS, CAP);
	answers(CAP, 4, 0x80050011, PCSC_UNCACHABLE, 0x80050011);
	answers(BODY, 4, 0x55, PCSC_MISS, 0x55);
	answers(BODY, 4, 0, PCSC_HIT, 0x55);
}

/* A part of a header does not show where the header leads. */
static void test_half_a_header_proves_nothing(void **state)
{
	struct fixture *f = *state;

	answers(BODY, 4, 0x55, PCSC_MISS, 0x55);
	answers(MIXED, 1, CAP, PCSC_MISS, CAP);
	answers(CAP, 1, 0x11, PCSC_MISS, 0x11);
	answers(CAP, 1, 0x11, PCSC_MISS, 0x11);
	answers(BODY, 4, 0x55, PCSC_MISS, 0x55);
	/* but a contradiction needs no more than the byte */
	answers(CAP + 1, 1, 0x40, PCSC_MISS, 0x40);
	assert_int_equal(pcsc_line_bypassed(&f->line), PCSC_BYPASS_LAYOUT);
}

static void test_another_layout_is_bypassed(void **state)
{
	struct fixture *f = *state;

	answers(MIXED, 1, CAP, PCSC_MISS, CAP);
	answers(CAP, 2, 0x0010, PCSC_MISS, 0x0010);
	assert_int_equal(pcsc_line_bypassed(&f->line), PCSC_BYPASS_LAYOUT);
	answers(MIXED, 1, 0x50, PCSC_BYPASS, 0x50);
}

static void test_zero_by_evidence(void **state)
{
	struct fixture *f = *state;

	see_headers(f);
	answers(RAW, 2, 0, PCSC_MISS, 0); /* too narrow to tell */
	answers(RAW, 4, 0, PCSC_MISS, 0);
	answers(RAW, 4, 7, PCSC_HIT, 0);
	answers(RAW + 2, 2, 7, PCSC_HIT, 0);
}

static void test_not_zero_ends_all_evidence(void **state)
{
	struct fixture *f = *state;

	see_headers(f);
	answers(RAW, 2, 7, PCSC_MISS, 7);
	answers(RAW, 4, 0, PCSC_UNCACHABLE, 0);
}

static void test_an_old_identity_ends_no_newer_bracket(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket before, after;
	u32 value;

	pcsc_line_bypass(&f->line, PCSC_BYPASS_PENDING, 0);
	pcsc_line_lookup(&f->line, 0, 4, &value, &before);
	pcsc_line_bypass(&f->line, PCSC_BYPASS_PENDING, 0);
	assert_false(pcsc_line_proved(&f->line, &before));
	answers(CLASS, 4, 5, PCSC_BYPASS, 5);
	pcsc_line_lookup(&f->line, 0, 4, &value, &after);
	assert_true(pcsc_line_proved(&f->line, &after));
	answers(CLASS, 4, 5, PCSC_MISS, 5);
}

static void test_lost_is_not_found_again(void **state)
{
	struct fixture *f = *state;
	unsigned int i;

	see_headers(f);
	answers(BODY, 4, 5, PCSC_MISS, 5);
	answers(BODY, 4, 0, PCSC_HIT, 5);
	pcsc_line_lose(&f->line, 0);
	assert_int_equal(pcsc_line_valid_bytes(&f->line), 0);
	/* a reset that keeps what is held */
	pcsc_line_bypass(&f->line, PCSC_BYPASS_PENDING, 0);
	pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_PENDING);
	assert_int_equal(pcsc_line_valid_bytes(&f->line), 0);
	see_headers(f);
	answers(BODY, 4, 6, PCSC_MISS, 6);
	answers(BODY, 4, 0, PCSC_HIT, 6);
	/* a slot has 24 bits of the generation, a guard 16 */
	for (i = 0; i < 1u << 24; i++)
		pcsc_line_lose(&f->line, 0);
	assert_int_equal(pcsc_line_valid_bytes(&f->line), 0);
	answers(BODY, 4, 7, PCSC_MISS, 7);
}

static u32 all_held(const void *of)
{
	return *(const u32 *)of;
}

static void test_an_end_lifts_what_nobody_else_holds(void **state)
{
	const u32 clear = PCSC_BYPASS_ABOVE | PCSC_BYPASS_RESET;
	struct fixture *f = *state;
	u32 held = PCSC_BYPASS_ABOVE;
	const struct pcsc_holds holds = { all_held, &held };

	answers(CLASS, 4, 5, PCSC_MISS, 5);
	pcsc_line_bypass(&f->line, clear, 0);
	pcsc_line_end(&f->line, clear, &holds, true);
	assert_int_equal(pcsc_line_bypassed(&f->line),
			 PCSC_BYPASS_ABOVE | PCSC_BYPASS_PENDING);
	held = 0;
	pcsc_line_end(&f->line, clear, &holds, true);
	assert_int_equal(pcsc_line_bypassed(&f->line), PCSC_BYPASS_PENDING);
	assert_int_equal(pcsc_line_valid_bytes(&f->line), 4);
	pcsc_line_end(&f->line, clear, NULL, false);
	assert_int_equal(pcsc_line_valid_bytes(&f->line), 0);
}

static void test_a_restore_demotes_nothing(void **state)
{
	struct fixture *f = *state;

	f->map.dword[CLASS / 4].fixed = 0xf;
	answers(CLASS, 4, 0x01080203, PCSC_MISS, 0x01080203);
	assert_int_equal(pcsc_line_write(&f->line, CLASS, 4, 0x01080203), 0);
	answers(CLASS, 4, 0, PCSC_HIT, 0x01080203);
	assert_int_equal(pcsc_line_write(&f->line, CLASS + 1, 1, 0x02), 0);
	answers(CLASS, 4, 0, PCSC_HIT, 0x01080203);
	assert_int_equal(pcsc_line_write(&f->line, CLASS + 1, 1, 0x03), 4);
	answers(CLASS, 4, 5, PCSC_UNCACHABLE, 5);
}

static void test_what_denies_absence(void **state)
{
	struct fixture *f = *state;

	assert_false(pcsc_line_denies_absence(&f->line, CLASS, 4));
	answers(CLASS, 4, 0x01ff0203, PCSC_MISS, 0x01ff0203);
	assert_true(pcsc_line_denies_absence(&f->line, CLASS, 4));
	assert_false(pcsc_line_denies_absence(&f->line, CLASS + 2, 1));
	assert_false(pcsc_line_denies_absence(&f->line, COMMAND, 4));
	pcsc_line_lose(&f->line, 0);
	assert_false(pcsc_line_denies_absence(&f->line, CLASS, 4));
}

/* Bytes that are served no more have no say in whether the function is there. */
static void test_evidence_that_is_over_denies_nothing(void **state)
{
	struct fixture *f = *state;

	see_headers(f);
	answers(RAW, 4, 0, PCSC_MISS, 0);
	answers(MIXED, 4, CAP, PCSC_MISS, CAP);
	assert_true(pcsc_line_denies_absence(&f->line, RAW, 4));
	assert_true(pcsc_line_denies_absence(&f->line, MIXED + 2, 2));
	pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_WRITTEN);
	assert_false(pcsc_line_denies_absence(&f->line, RAW, 4));
	assert_false(pcsc_line_denies_absence(&f->line, MIXED + 2, 2));
	assert_true(pcsc_line_denies_absence(&f->line, MIXED, 1));
}

static void test_why_evidence_is_over(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_RESET),
			 7);
	assert_int_equal(pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_RESET),
			 0);
	assert_int_equal(f->cells.no_evidence, PCSC_DROPPED_RESET);
	/* It was not served any more, but now it is wrong, and that is news. */
	assert_int_equal(pcsc_line_demote(&f->line, RAW, 4), 7);
	assert_int_equal(f->cells.no_evidence, PCSC_DROPPED_READ);
	assert_int_equal(pcsc_line_write(&f->line, RAW, 4, 0), 0);
	assert_int_equal(f->cells.no_evidence, PCSC_DROPPED_WRITTEN);
	assert_int_equal(pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_READ),
			 0);
	assert_int_equal(f->cells.no_evidence, PCSC_DROPPED_WRITTEN);
	pcsc_line_empty(&f->line, true);
	assert_int_equal(f->cells.no_evidence, PCSC_DROPPED_NOT);
}

static void test_what_is_not_zero_contradicts(void **state)
{
	struct fixture *f = *state;

	see_headers(f);
	answers(RAW, 4, 5, PCSC_MISS, 5);
	assert_int_equal(f->cells.no_evidence, PCSC_DROPPED_READ);
}

#define BY_EVIDENCE (PCSC_KNOWN_CONST | PCSC_KNOWN_EVIDENCE)
#define BY_TABLE (PCSC_KNOWN_CONST | PCSC_KNOWN_DESCRIBED)

static void test_what_is_known_of_a_byte(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(pcsc_line_known(&f->line, RAW),
			 BY_EVIDENCE | PCSC_KNOWN_UNPROVED);
	see_headers(f);
	assert_int_equal(pcsc_line_known(&f->line, COMMAND),
			 PCSC_KNOWN_DESCRIBED);
	assert_int_equal(pcsc_line_known(&f->line, MIXED),
			 BY_TABLE | PCSC_KNOWN_CACHED);
	assert_int_equal(pcsc_line_known(&f->line, MIXED + 1), BY_EVIDENCE);
	answers(MIXED, 4, CAP, PCSC_MISS, CAP);
	assert_int_equal(pcsc_line_known(&f->line, MIXED + 1),
			 BY_EVIDENCE | PCSC_KNOWN_CACHED);
	answers(RAW, 4, 0, PCSC_MISS, 0);
	assert_int_equal(pcsc_line_known(&f->line, RAW + 3),
			 BY_EVIDENCE | PCSC_KNOWN_CACHED);
	assert_int_equal(pcsc_line_known(&f->line, 4096), 0);
	pcsc_line_empty(&f->line, false);
	assert_int_equal(pcsc_line_known(&f->line, MIXED), BY_TABLE);
	assert_int_equal(pcsc_line_known(&f->line, RAW),
			 BY_EVIDENCE | PCSC_KNOWN_UNPROVED);
	f->line.map = NULL;
	assert_int_equal(pcsc_line_known(&f->line, MIXED), 0);
}

/* Evidence that was dropped is told from a byte that was itself contradicted. */
static void test_what_is_known_of_a_demoted_byte(void **state)
{
	struct fixture *f = *state;

	see_headers(f);
	answers(MIXED, 4, CAP, PCSC_MISS, CAP);
	answers(RAW, 4, 0, PCSC_MISS, 0);
	pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_RESET);
	assert_int_equal(pcsc_line_known(&f->line, MIXED),
			 BY_TABLE | PCSC_KNOWN_CACHED);
	assert_int_equal(pcsc_line_known(&f->line, MIXED + 1),
			 BY_EVIDENCE | PCSC_KNOWN_DEMOTED);
	assert_int_equal(pcsc_line_known(&f->line, RAW),
			 BY_EVIDENCE | PCSC_KNOWN_DEMOTED);
	pcsc_line_demote(&f->line, MIXED, 4);
	assert_int_equal(pcsc_line_known(&f->line, MIXED),
			 BY_TABLE | PCSC_KNOWN_DEMOTED);
	assert_int_equal(pcsc_line_known(&f->line, MIXED + 1),
			 PCSC_KNOWN_CONST | PCSC_KNOWN_DEMOTED);
}

static void test_what_a_map_says_is_known(void **state)
{
	struct fixture *f = *state;

	f->map.dword[CLASS / 4].shared = 1 << 2;
	f->map.dword[COMMAND / 4].opaque = 1 << 3;
	assert_int_equal(pcsc_line_known(&f->line, CLASS + 2),
			 BY_TABLE | PCSC_KNOWN_SHARED);
	assert_int_equal(pcsc_line_known(&f->line, CLASS + 1), BY_TABLE);
	assert_int_equal(pcsc_line_known(&f->line, COMMAND + 3),
			 PCSC_KNOWN_DESCRIBED | PCSC_KNOWN_OPAQUE);
	assert_int_equal(pcsc_line_known(&f->line, BODY),
			 PCSC_KNOWN_CONST | PCSC_KNOWN_DESCRIBED |
				 PCSC_KNOWN_UNPROVED);
}

static void test_recheck_wants_the_layout_again(void **state)
{
	struct fixture *f = *state;

	see_headers(f);
	answers(BODY, 4, 5, PCSC_MISS, 5);
	answers(CLASS, 4, 6, PCSC_MISS, 6);
	answers(RAW, 4, 0, PCSC_MISS, 0);
	pcsc_line_recheck(&f->line, &(struct pcsc_ticket){ .generation = 0 });
	answers(CLASS, 4, 7, PCSC_MISS, 7);
	answers(BODY, 4, 5, PCSC_MISS, 5);
	see_headers(f);
	answers(BODY, 4, 0, PCSC_HIT, 5);
	answers(RAW, 4, 1, PCSC_HIT, 0);
}

static void test_write_demotes(void **state)
{
	struct fixture *f = *state;

	answers(CLASS, 4, 0x01020304, PCSC_MISS, 0x01020304);
	/* a part of it: the whole dword */
	assert_int_equal(pcsc_line_write(&f->line, CLASS + 1, 1, 0), 4);
	answers(CLASS, 4, 0x01020904, PCSC_UNCACHABLE, 0x01020904);
	answers(CLASS + 1, 1, 9, PCSC_UNCACHABLE, 9);
	answers(CLASS + 2, 2, 9, PCSC_UNCACHABLE, 9);
	assert_int_equal(pcsc_line_write(&f->line, CLASS, 4, 0), 0);
	assert_int_equal(pcsc_line_write(&f->line, COMMAND, 2, 0), 0);
}

static void test_undescribed_write_demotes_all_evidence(void **state)
{
	struct fixture *f = *state;

	see_headers(f);
	answers(RAW, 4, 0, PCSC_MISS, 0);
	answers(MIXED, 4, CAP, PCSC_MISS, CAP);
	assert_int_equal(pcsc_line_write(&f->line, 0x200, 1, 0), 7);
	answers(RAW, 4, 7, PCSC_UNCACHABLE, 7);
	answers(MIXED, 4, CAP, PCSC_UNCACHABLE, CAP);
	answers(MIXED, 1, 0, PCSC_HIT, CAP);
	assert_int_equal(pcsc_line_write(&f->line, 0x200, 1, 0), 0);
	/* demotion outlives an invalidation, not another device */
	pcsc_line_empty(&f->line, false);
	see_headers(f);
	answers(RAW, 4, 7, PCSC_UNCACHABLE, 7);
	pcsc_line_empty(&f->line, true);
	see_headers(f);
	answers(RAW, 4, 0, PCSC_MISS, 0);
	answers(RAW, 4, 7, PCSC_HIT, 0);
}

static void test_two_values_kill_the_byte(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket first, second;
	u32 value;

	pcsc_line_lookup(&f->line, CLASS, 4, &value, &first);
	pcsc_line_lookup(&f->line, CLASS, 4, &value, &second);
	assert_int_equal(pcsc_line_fill(&f->line, &first, 5), 4);
	assert_int_equal(pcsc_line_fill(&f->line, &second, 6), -4);
	answers(CLASS, 4, 7, PCSC_UNCACHABLE, 7);
}

static void test_bracket_keeps_const_and_refuses_late_fills(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket late;
	u32 value;

	see_headers(f);
	answers(CLASS, 4, 5, PCSC_MISS, 5);
	pcsc_line_lookup(&f->line, BODY, 4, &value, &late);
	pcsc_line_bypass(&f->line, PCSC_BYPASS_PENDING, 0);
	answers(CLASS, 4, 6, PCSC_BYPASS, 6);
	assert_int_equal(pcsc_line_fill(&f->line, &late, 7), 0);
	pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_PENDING);
	assert_int_equal(pcsc_line_fill(&f->line, &late, 7), 0);
	answers(CLASS, 4, 6, PCSC_HIT, 5);
	answers(BODY, 4, 8, PCSC_MISS, 8);
	answers(BODY, 4, 0, PCSC_HIT, 8);
}

static void test_empty_forgets_and_refuses_late_fills(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket late;
	u32 value;

	see_headers(f);
	answers(CLASS, 4, 5, PCSC_MISS, 5);
	answers(RAW, 4, 0, PCSC_MISS, 0);
	pcsc_line_lookup(&f->line, BODY, 4, &value, &late);
	pcsc_line_empty(&f->line, false);
	assert_int_equal(pcsc_line_valid_bytes(&f->line), 0);
	assert_int_equal(pcsc_line_fill(&f->line, &late, 7), 0);
	answers(CLASS, 4, 6, PCSC_MISS, 6);
	answers(RAW, 4, 0, PCSC_MISS, 0);
	answers(RAW, 4, 0, PCSC_MISS, 0); /* the layout must be seen again */
}

static void test_another_map_serves_nothing_of_the_old(void **state)
{
	struct fixture *f = *state;
	struct pcsc_map other = f->map;
	struct pcsc_ticket late;
	u32 value;

	answers(CLASS, 4, 5, PCSC_MISS, 5);
	pcsc_line_lookup(&f->line, 0, 4, &value, &late);
	pcsc_line_assign(&f->line, &other);
	assert_int_equal(pcsc_line_fill(&f->line, &late, 7), 0);
	answers(CLASS, 4, 6, PCSC_MISS, 6);
	answers(CLASS, 4, 7, PCSC_HIT, 6);
	pcsc_line_assign(&f->line, NULL);
	answers(CLASS, 4, 8, PCSC_BYPASS, 8);
}

static void test_outside_and_astride(void **state)
{
	struct fixture *f = *state;

	f->map.cfg_size = 256;
	answers(0x100, 4, 5, PCSC_UNCACHABLE, 5);
	answers(CLASS + 1, 4, 5, PCSC_UNCACHABLE, 5);
	assert_int_equal(pcsc_line_write(&f->line, 0x100, 4, 0), 0);
}

static void test_a_new_line_is_empty(void **state)
{
	struct fixture *f = *state;

	memset(&f->cells, 0x55, sizeof(f->cells));
	memset(&f->line, 0x55, sizeof(f->line));
	pcsc_line_init(&f->line, &f->cells);
	assert_null(f->line.map);
	assert_int_equal(pcsc_line_bypassed(&f->line), PCSC_BYPASS_GONE);
	assert_int_equal(pcsc_line_valid_bytes(&f->line), 0);
	assert_int_equal(f->cells.no_evidence, 0);
	/* all of it leaves with a handover */
	assert_int_equal(f->cells.pad, 0);
}

static u32 generation(const struct fixture *f)
{
	return f->cells.state >> PCSC_STATE_GEN_SHIFT;
}

/* A word holds 16 bits of it: only by ones none returns before its time. */
static void test_generations_go_by_ones(void **state)
{
	struct fixture *f = *state;
	const u32 first = generation(f);

	pcsc_line_bypass(&f->line, PCSC_BYPASS_PENDING, 0);
	assert_int_equal(generation(f), first + 1);
	pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_PENDING);
	assert_int_equal(generation(f), first + 1);
	pcsc_line_recheck(&f->line, &(struct pcsc_ticket){ .generation = 0 });
	assert_int_equal(generation(f), first + 2);
	pcsc_line_empty(&f->line, false);
	assert_int_equal(generation(f), first + 3);
	pcsc_line_assign(&f->line, NULL);
	assert_int_equal(generation(f), first + 4);
}

static void test_tickets_tell_what_may_be_kept(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket ticket;
	u32 value;

	pcsc_line_lookup(&f->line, COMMAND, 4, &value, &ticket);
	assert_null(ticket.map);
	pcsc_line_lookup(&f->line, CLASS, 1, &value, &ticket);
	assert_ptr_equal(ticket.map, &f->map);
	assert_false(ticket.evidence);
	/* nothing const, but a piece of the layout */
	pcsc_line_lookup(&f->line, CAP + 2, 2, &value, &ticket);
	assert_ptr_equal(ticket.map, &f->map);
	pcsc_line_lookup(&f->line, MIXED, 1, &value, &ticket);
	assert_false(ticket.evidence);
	pcsc_line_lookup(&f->line, MIXED, 2, &value, &ticket);
	assert_true(ticket.evidence);
}

static int fill(struct fixture *f, u16 where, u32 value)
{
	struct pcsc_ticket ticket;
	u32 unused;

	pcsc_line_lookup(&f->line, where, 4, &unused, &ticket);
	return pcsc_line_fill(&f->line, &ticket, value);
}

/* Another processor has begun to sweep: it has been here, or is yet to come. */
static void test_words_of_another_generation_are_let_alone(void **state)
{
	struct fixture *f = *state;

	see_headers(f);
	assert_int_equal(fill(f, BODY, 5), 4);
	assert_int_equal(fill(f, RAW, 0), 4);
	answers(BODY, 4, 6, PCSC_HIT, 5);
	answers(RAW, 4, 6, PCSC_HIT, 0);
	f->cells.slots[4] += 1ull << PCSC_SLOT_GEN_SHIFT;
	f->cells.zero[RAW / 128] += 1ull << PCSC_ZERO_GEN_SHIFT;
	assert_int_equal(fill(f, BODY, 5), 0);
	assert_int_equal(fill(f, RAW, 0), 0);
	answers(BODY, 4, 6, PCSC_MISS, 6);
	answers(RAW, 4, 0, PCSC_MISS, 0);
}

static void test_guards_of_another_generation_are_not_seen(void **state)
{
	struct fixture *f = *state;

	see_headers(f);
	assert_int_equal(fill(f, BODY, 5), 4);
	f->cells.seen += 1ull << PCSC_SEEN_GEN_SHIFT;
	answers(BODY, 4, 5, PCSC_MISS, 5);
	f->cells.seen -= 1ull << PCSC_SEEN_GEN_SHIFT;
	answers(BODY, 4, 6, PCSC_HIT, 5);
}

static void test_who_walked_it_has_seen_it(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket ticket;
	u32 value;

	answers(BODY, 4, 5, PCSC_MISS, 5);
	f->map.heads[2].guard = 3; /* behind the last */
	pcsc_line_lookup(&f->line, 0, 4, &value, &ticket);
	pcsc_line_trust_layout(&f->line, &ticket);
	assert_int_equal(f->cells.seen & PCSC_SEEN_MASK, f->map.all);
	answers(BODY, 4, 6, PCSC_HIT, 5);
	pcsc_line_recheck(&f->line, &(struct pcsc_ticket){ .generation = 0 });
	pcsc_line_trust_layout(&f->line, &ticket);
	answers(BODY, 4, 5, PCSC_MISS, 5);
}

static void test_zeroes_count_as_valid_bytes(void **state)
{
	static const u16 zeroes[] = { 0x4c, 0x50, RAW, 0xffc };
	struct fixture *f = *state;

	assert_int_equal(fill(f, CLASS, 5), 4);
	for (unsigned int i = 0; i < 4; i++) {
		entry(&f->map, zeroes[i], PCSC_SLOT_ZERO, 0xf, 0xf,
		      PCSC_GUARD_NONE);
		assert_int_equal(fill(f, zeroes[i], 0), 4);
		assert_int_equal(pcsc_line_valid_bytes(&f->line), 4 * i + 8);
	}
}

#define MANY 0x100 /* sixteen dwords, all const */

static void fill_many(struct fixture *f)
{
	for (int i = 0; i < 16; i++) {
		entry(&f->map, MANY + 4 * i, 10 + i, 0xf, 0, PCSC_GUARD_NONE);
		assert_int_equal(fill(f, MANY + 4 * i, 1 + i), 4);
	}
}

static void forgotten_are(struct fixture *f, int first, int end)
{
	struct pcsc_ticket ticket;
	enum pcsc_answer answer;
	u32 value;

	for (int i = 0; i < 16; i++) {
		answer = pcsc_line_lookup(&f->line, MANY + 4 * i, 4, &value,
					  &ticket);
		assert_int_equal(answer,
				 i >= first && i < end ? PCSC_MISS : PCSC_HIT);
	}
}

static void test_forgets_what_it_is_told(void **state)
{
	struct fixture *f = *state;

	fill_many(f);
	pcsc_line_forget(&f->line, MANY + 4, 0);
	forgotten_are(f, 0, 0);
	pcsc_line_forget(&f->line, MANY + 4, 4 * 13);
	forgotten_are(f, 1, 14);
	answers(MANY + 8, 4, 77, PCSC_MISS, 77);
	/* what is dead stays dead */
	pcsc_line_demote(&f->line, MANY + 8, 4);
	pcsc_line_forget(&f->line, MANY + 8, 4);
	answers(MANY + 8, 4, 77, PCSC_UNCACHABLE, 77);
}

static void test_forgets_to_the_end_of_the_map(void **state)
{
	struct fixture *f = *state;

	fill_many(f);
	f->map.cfg_size = MANY + 4 * 8;
	pcsc_line_forget(&f->line, MANY + 4 * 6, 0xffff);
	f->map.cfg_size = 4096;
	forgotten_are(f, 6, 8);
	pcsc_line_assign(&f->line, NULL);
	pcsc_line_forget(&f->line, MANY, 64);
}

static void test_a_line_is_small(void **state)
{
	(void)state;
	assert_true(sizeof(struct pcsc_cells) <= 1024);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(test_fill_and_hit),
		test(test_hit_alone),
		test(test_narrow_fills_join),
		test(test_all_ones_are_never_kept),
		cmocka_unit_test_setup_teardown(test_vf_ids_are_all_ones,
						setup_vf, teardown),
		test(test_guards),
		test(test_uncached_header_satisfies_its_guard),
		test(test_half_a_header_proves_nothing),
		test(test_another_layout_is_bypassed),
		test(test_zero_by_evidence),
		test(test_not_zero_ends_all_evidence),
		test(test_an_old_identity_ends_no_newer_bracket),
		test(test_lost_is_not_found_again),
		test(test_an_end_lifts_what_nobody_else_holds),
		test(test_a_restore_demotes_nothing),
		test(test_what_denies_absence),
		test(test_evidence_that_is_over_denies_nothing),
		test(test_why_evidence_is_over),
		test(test_what_is_not_zero_contradicts),
		test(test_what_is_known_of_a_byte),
		test(test_what_is_known_of_a_demoted_byte),
		test(test_what_a_map_says_is_known),
		test(test_recheck_wants_the_layout_again),
		test(test_write_demotes),
		test(test_undescribed_write_demotes_all_evidence),
		test(test_two_values_kill_the_byte),
		test(test_bracket_keeps_const_and_refuses_late_fills),
		test(test_empty_forgets_and_refuses_late_fills),
		test(test_another_map_serves_nothing_of_the_old),
		test(test_outside_and_astride),
		test(test_a_new_line_is_empty),
		test(test_generations_go_by_ones),
		test(test_tickets_tell_what_may_be_kept),
		test(test_words_of_another_generation_are_let_alone),
		test(test_guards_of_another_generation_are_not_seen),
		test(test_who_walked_it_has_seen_it),
		test(test_zeroes_count_as_valid_bytes),
		test(test_forgets_what_it_is_told),
		test(test_forgets_to_the_end_of_the_map),
		test(test_a_line_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
