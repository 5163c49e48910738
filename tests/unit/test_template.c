// SPDX-License-Identifier: GPL-2.0-only
/* What several VFs have in common answers for another one, and when it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/template.h"

#define BODY 0x44 /* in a capability, behind guard 1 */
#define MORE 0x48 /* in the same */
#define HEAD 0x40 /* its header: bytes 0 and 1 are proof */
#define BAR 0x10 /* in the header */
#define OWN 0x14 /* in the header, and never shared */
#define TAIL 0x4c /* in the same, but only if the whole layout is as it is */
#define NEAR 0x80 /* zero by evidence, not far from there */
#define RAW 0x300 /* zero by evidence */
#define VFS 4

struct vf {
	struct pcsc_cells cells;
	struct pcsc_line line;
};

struct fixture {
	struct pcsc_map map;
	struct vf vf[VFS]; /* those that are read */
	struct vf other; /* that is to be answered */
	struct vf template;
};

static void entry(struct pcsc_map *map, u16 where, u16 slot, u8 guard,
		  u8 shared)
{
	map->dword[where / 4] = (struct pcsc_map_entry){
		.slot = slot,
		.mask = 0xf,
		.evidence = slot == PCSC_SLOT_ZERO ? 0xf : 0,
		.guard = guard,
		.described = slot == PCSC_SLOT_ZERO ? 0 : 0xf,
		.shared = shared,
	};
}

static void begin(struct vf *vf, const struct pcsc_map *map)
{
	pcsc_line_init(&vf->line, &vf->cells);
	pcsc_line_assign(&vf->line, map);
	pcsc_line_bypass(&vf->line, 0, ~0u);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->map.cfg_size = 4096;
	f->map.is_vf = true;
	for (int i = 0; i < PCSC_DWORDS; i++)
		f->map.dword[i].slot = PCSC_SLOT_NONE;
	entry(&f->map, BAR, 0, PCSC_GUARD_NONE, 0xf);
	entry(&f->map, OWN, 1, PCSC_GUARD_NONE, 0);
	entry(&f->map, HEAD, 2, 1, 0xc);
	entry(&f->map, BODY, 3, 1, 0xf);
	entry(&f->map, MORE, 4, 1, 0xf);
	entry(&f->map, TAIL, 5, PCSC_GUARD_ALL, 0xf);
	entry(&f->map, NEAR, PCSC_SLOT_ZERO, PCSC_GUARD_ALL, 0xf);
	entry(&f->map, RAW, PCSC_SLOT_ZERO, PCSC_GUARD_ALL, 0xf);
	f->map.dword[HEAD / 4].head = 1;
	f->map.heads[0] = (struct pcsc_map_head){
		.offset = HEAD,
		.length = 0x10,
		.guard = 1,
		.mask = 0xffff,
		.value = 0x10,
	};
	f->map.nr_heads = 1;
	f->map.all = 1 << 1;
	f->map.nr_slots = 6;
	for (int i = 0; i < VFS; i++)
		begin(&f->vf[i], &f->map);
	begin(&f->other, &f->map);
	begin(&f->template, &f->map);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

/* Hardware answers @value to what @vf missed. */
static void fill(struct vf *vf, u16 where, u8 size, u32 value)
{
	struct pcsc_ticket ticket;
	u32 unused;

	pcsc_line_lookup(&vf->line, where, size, &unused, &ticket);
	pcsc_line_fill(&vf->line, &ticket, value);
}

static u8 agreed(struct fixture *f, u16 where, u32 *value)
{
	const struct pcsc_line *lines[VFS];

	for (int i = 0; i < VFS; i++)
		lines[i] = &f->vf[i].line;
	return pcsc_template_agreed(lines, VFS, &f->map, where, value);
}

static void learn(struct fixture *f, u16 where)
{
	struct pcsc_ticket ticket;
	u32 unused, value;
	u8 bytes = agreed(f, where, &value);

	pcsc_line_lookup(&f->template.line, where, 4, &unused, &ticket);
	pcsc_line_put(&f->template.line, &ticket, bytes, value);
}

/* All of the VFs have read their header, and @value at @where. */
static void know(struct fixture *f, u16 where, u32 value)
{
	for (int i = 0; i < VFS; i++) {
		fill(&f->vf[i], HEAD, 4, 0x00020010);
		fill(&f->vf[i], where, 4, value);
	}
	learn(f, where);
}

static enum pcsc_shared ask(struct fixture *f, u16 where, u8 size, u32 *value,
			    struct pcsc_ticket *ticket)
{
	u32 unused;

	assert_int_equal(
		pcsc_line_lookup(&f->other.line, where, size, &unused, ticket),
		PCSC_MISS);
	return pcsc_template_answer(&f->template.line, &f->other.line, ticket,
				    value);
}

static void answers(struct fixture *f, u16 where, enum pcsc_shared answer,
		    u32 expected)
{
	struct pcsc_ticket ticket;
	u32 value = expected;

	assert_int_equal(ask(f, where, 4, &value, &ticket), answer);
	assert_int_equal(value, expected);
}

/* As if hardware had been asked, and had the same. */
static void check(struct fixture *f, u16 where)
{
	struct pcsc_ticket ticket;
	u32 value;

	assert_int_equal(ask(f, where, 4, &value, &ticket),
			 PCSC_SHARED_UNCHECKED);
	pcsc_template_checked(&f->other.line, &ticket);
}

static void three_must_agree_and_none_differ(void **state)
{
	struct fixture *f = *state;
	u32 value;

	fill(&f->vf[0], BAR, 4, 5);
	fill(&f->vf[1], BAR, 4, 5);
	assert_int_equal(agreed(f, BAR, &value), 0);
	fill(&f->vf[2], BAR, 4, 5);
	assert_int_equal(agreed(f, BAR, &value), 0xf);
	assert_int_equal(value, 5);
	fill(&f->vf[3], BAR, 4, 0x105);
	assert_int_equal(agreed(f, BAR, &value), 0xd);
	/* Nor does one count that is bypassed, or under another map. */
	pcsc_line_bypass(&f->vf[0].line, PCSC_BYPASS_RESET, 0);
	assert_int_equal(agreed(f, BAR, &value), 0xd);
	pcsc_line_bypass(&f->vf[1].line, PCSC_BYPASS_RESET, 0);
	assert_int_equal(agreed(f, BAR, &value), 0);
}

static void the_first_answer_of_a_group_is_checked(void **state)
{
	struct fixture *f = *state;

	know(f, BODY, 7);
	know(f, MORE, 8);
	know(f, BAR, 0);
	know(f, RAW, 0);
	fill(&f->other, HEAD, 2, 0x10);
	check(f, BODY);
	answers(f, BODY, PCSC_SHARED_HIT, 7);
	answers(f, MORE, PCSC_SHARED_HIT, 8);
	answers(f, BAR, PCSC_SHARED_UNCHECKED, 0);
	answers(f, RAW, PCSC_SHARED_UNCHECKED, 0);
	/* Nothing of it is in its own line. */
	assert_int_equal(pcsc_line_valid_bytes(&f->other.line), 2);
}

/* Zeroes that nobody describes show nothing of a capability beside them. */
static void a_group_is_a_capability_whatever_guards_it(void **state)
{
	struct fixture *f = *state;

	know(f, BODY, 7);
	know(f, TAIL, 9);
	know(f, NEAR, 0);
	fill(&f->other, HEAD, 2, 0x10);
	check(f, NEAR);
	answers(f, TAIL, PCSC_SHARED_UNCHECKED, 9);
	check(f, BODY);
	answers(f, TAIL, PCSC_SHARED_HIT, 9);
}

static void its_own_header_must_have_agreed(void **state)
{
	struct fixture *f = *state;

	know(f, BODY, 7);
	know(f, RAW, 0);
	answers(f, BODY, PCSC_SHARED_NONE, 0);
	answers(f, RAW, PCSC_SHARED_NONE, 0);
	fill(&f->other, HEAD, 2, 0x10);
	answers(f, BODY, PCSC_SHARED_UNCHECKED, 7);
}

static void what_is_its_own_stays_its_own(void **state)
{
	struct fixture *f = *state;

	know(f, OWN, 9);
	answers(f, OWN, PCSC_SHARED_NONE, 0);
	/* The header's proof is its own, what shares its dword need not be. */
	know(f, HEAD, 0x00020010);
	answers(f, HEAD, PCSC_SHARED_NONE, 0);
	fill(&f->other, HEAD, 2, 0x10);
	answers(f, HEAD, PCSC_SHARED_UNCHECKED, 0x00020010);
}

static void a_drop_ends_it(void **state)
{
	struct fixture *f = *state;

	know(f, BAR, 5);
	check(f, BAR);
	answers(f, BAR, PCSC_SHARED_HIT, 5);
	pcsc_line_lose(&f->template.line, PCSC_BYPASS_PENDING);
	answers(f, BAR, PCSC_SHARED_NONE, 0);
	pcsc_line_bypass(&f->template.line, 0, PCSC_BYPASS_PENDING);
	answers(f, BAR, PCSC_SHARED_NONE, 0);
}

/* A late learner's ticket is from before the drop. */
static void nothing_is_learned_across_a_drop(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket ticket;
	u32 unused;

	pcsc_line_lookup(&f->template.line, BAR, 4, &unused, &ticket);
	pcsc_line_lose(&f->template.line, 0);
	pcsc_line_put(&f->template.line, &ticket, 0xf, 5);
	answers(f, BAR, PCSC_SHARED_NONE, 0);
}

static void its_own_reset_keeps_what_was_checked_a_loss_does_not(void **state)
{
	struct fixture *f = *state;

	know(f, BAR, 5);
	check(f, BAR);
	pcsc_line_end(&f->other.line, 0, NULL, true);
	pcsc_line_bypass(&f->other.line, 0, PCSC_BYPASS_PENDING);
	answers(f, BAR, PCSC_SHARED_HIT, 5);
	pcsc_line_lose(&f->other.line, 0);
	answers(f, BAR, PCSC_SHARED_UNCHECKED, 5);
	/* and a check from before it comes too late */
	check(f, BAR);
	pcsc_line_lose(&f->other.line, 0);
	answers(f, BAR, PCSC_SHARED_UNCHECKED, 5);
}

static void of_undescribed_bytes_only_zero_is_learned(void **state)
{
	struct fixture *f = *state;
	u32 value;

	f->map.dword[BAR / 4].evidence = 0xc;
	for (int i = 0; i < VFS; i++)
		fill(&f->vf[i], BAR, 4, 0x00050000);
	assert_int_equal(agreed(f, BAR, &value), 0xb);
}

static void another_map_is_not_answered(void **state)
{
	struct fixture *f = *state;
	struct pcsc_map *map = malloc(sizeof(*map));

	assert_non_null(map);
	*map = f->map;
	know(f, BAR, 5);
	pcsc_line_assign(&f->other.line, map);
	answers(f, BAR, PCSC_SHARED_NONE, 0);
	free(map);
}

static void what_it_learns_twice_and_differently_is_dead(void **state)
{
	struct fixture *f = *state;
	struct pcsc_ticket ticket;
	u32 unused;

	know(f, BAR, 5);
	pcsc_line_lookup(&f->template.line, BAR, 4, &unused, &ticket);
	pcsc_line_put(&f->template.line, &ticket, 0xf, 6);
	answers(f, BAR, PCSC_SHARED_NONE, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(three_must_agree_and_none_differ),
		TEST(the_first_answer_of_a_group_is_checked),
		TEST(a_group_is_a_capability_whatever_guards_it),
		TEST(its_own_header_must_have_agreed),
		TEST(what_is_its_own_stays_its_own),
		TEST(a_drop_ends_it),
		TEST(nothing_is_learned_across_a_drop),
		TEST(its_own_reset_keeps_what_was_checked_a_loss_does_not),
		TEST(of_undescribed_bytes_only_zero_is_learned),
		TEST(another_map_is_not_answered),
		TEST(what_it_learns_twice_and_differently_is_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
