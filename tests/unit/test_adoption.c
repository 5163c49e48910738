// SPDX-License-Identifier: GPL-2.0-only
/* A line that the last kernel has left, and its adoption by the next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "left.h"

static void test_whole(void **state)
{
	struct left *f = *state;
	u32 value;

	assert_null(left_check(f));
	for (int i = 0; i < LEFT_FUNCTIONS; i++) {
		assert_true(left_adopt(f, i, true));
		assert_int_equal(left_ask(&f->lines[i], LEFT_SPEC, &value),
				 PCSC_BYPASS);
		left_prove(&f->lines[i]);
		assert_int_equal(left_ask(&f->lines[i], LEFT_SPEC, &value),
				 PCSC_HIT);
		assert_int_equal(value, 0x1000 + i);
	}
}

/* Of what only evidence speaks for, zeroes cross, and only if told. */
static void test_evidence(void **state)
{
	struct left *f = *state;
	u32 value;

	assert_true(left_adopt(f, 1, true));
	left_prove(&f->lines[1]);
	assert_int_equal(left_ask(&f->lines[1], LEFT_MIXED, &value), PCSC_MISS);
	assert_int_equal(left_ask(&f->lines[1], LEFT_RAW, &value), PCSC_HIT);
	assert_int_equal(left_ask(&f->lines[1], LEFT_RAW_LOW, &value),
			 PCSC_HIT);
	assert_int_equal(left_ask(&f->lines[1], LEFT_RAW_HIGH, &value),
			 PCSC_HIT);
	assert_true(left_adopt(f, 2, false));
	left_prove(&f->lines[2]);
	assert_int_equal(left_ask(&f->lines[2], LEFT_RAW, &value), PCSC_MISS);
	assert_int_equal(left_ask(&f->lines[2], LEFT_RAW_LOW, &value),
			 PCSC_MISS);
	assert_int_equal(left_ask(&f->lines[2], LEFT_RAW_HIGH, &value),
			 PCSC_MISS);
	assert_int_equal(left_ask(&f->lines[2], LEFT_SPEC, &value), PCSC_HIT);
	assert_int_equal(value, 0x1002);
}

static void test_adopting_touches_its_cells_only(void **state)
{
	struct left *f = *state;
	const u8 *end = (const u8 *)left_cells(f, LEFT_FUNCTIONS);
	const size_t rest = f->region + LEFT_REGION - end;

	memset(f->region + LEFT_REGION - rest, 0xff, rest);
	memset(f->copy, 0xff, rest);
	for (int i = 0; i < LEFT_FUNCTIONS; i++)
		assert_true(left_adopt(f, i, i & 1));
	assert_memory_equal(end, f->copy, rest);
}

/* What was read under the last kernel's generation does not end this one's. */
static void test_adopted_is_the_next_generation(void **state)
{
	struct left *f = *state;
	const u64 sealed = left_cells(f, 1)->state >> 32;

	assert_true(left_adopt(f, 1, true));
	assert_int_equal(left_cells(f, 1)->state >> 32, sealed + 1);
}

static void test_adopted_once(void **state)
{
	struct left *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket unused;
	u32 value;

	assert_true(left_adopt(f, 1, true));
	left_prove(line);
	assert_int_equal(left_look(f, 1, true, &unused), PCSC_SEAL_UNSEEN);
	assert_int_equal(left_ask(line, LEFT_SPEC, &value), PCSC_HIT);
}

/* It is as any line that has just got its map. */
static void assert_begins_empty(struct left *f, struct pcsc_line *line)
{
	struct pcsc_ticket ticket;
	u32 value;

	assert_ptr_equal(line->map, &f->map);
	assert_int_equal(pcsc_line_valid_bytes(line), 0);
	left_prove(line);
	assert_int_equal(pcsc_line_lookup(line, LEFT_SPEC, 4, &value, &ticket),
			 PCSC_MISS);
	assert_int_not_equal(pcsc_line_fill(line, &ticket, 0x4711), 0);
	assert_int_equal(left_ask(line, LEFT_SPEC, &value), PCSC_HIT);
	assert_int_equal(value, 0x4711);
}

static void test_a_broken_seal_leaves_nothing(void **state)
{
	struct left *f = *state;

	left_entry(f, 1)->seal++;
	assert_false(left_adopt(f, 1, true));
	assert_begins_empty(f, &f->lines[1]);
}

/* It may be inside a bracket that nobody has joined, so a proof is not enough. */
static void test_what_is_no_vf_is_evaluated_after_a_broken_seal(void **state)
{
	struct left *f = *state;

	f->map.is_vf = false;
	left_entry(f, 1)->seal++;
	assert_false(left_adopt(f, 1, true));
	assert_int_equal(pcsc_line_bypassed(&f->lines[1]),
			 PCSC_BYPASS_PENDING | PCSC_BYPASS_GONE);
	pcsc_line_bypass(&f->lines[1], 0, PCSC_BYPASS_GONE);
	assert_begins_empty(f, &f->lines[1]);
}

/* Before its PF has brought it back a VF is not there. */
static void test_what_has_not_returned_is_not_looked_at(void **state)
{
	struct left *f = *state;
	struct pcsc_ticket unused;
	u32 value;

	left_hand(f, 1);
	assert_int_equal(left_look(f, 1, true, &unused), PCSC_SEAL_UNSEEN);
	assert_int_equal(left_ask(&f->lines[1], LEFT_SPEC, &value),
			 PCSC_BYPASS);
	assert_true(pcsc_line_return(&f->lines[1]));
	assert_int_equal(left_look(f, 1, true, &unused), PCSC_SEAL_WHOLE);
	/* The second reader asks hardware. */
	assert_int_equal(left_look(f, 1, true, &unused), PCSC_SEAL_UNSEEN);
	assert_int_equal(left_ask(&f->lines[1], LEFT_SPEC, &value),
			 PCSC_BYPASS);
}

/* Another function of the model had a mismatch there, in this kernel. */
static void test_a_broken_seal_ends_no_demotion(void **state)
{
	struct left *f = *state;
	struct pcsc_ticket unused;
	u32 value;

	left_hand(f, 1);
	pcsc_line_demote(&f->lines[1], LEFT_SPEC, 1);
	pcsc_line_drop_evidence(&f->lines[1], PCSC_DROPPED_WRITTEN);
	assert_true(pcsc_line_return(&f->lines[1]));
	assert_int_equal(left_look(f, 1, true, &unused), PCSC_SEAL_BROKEN);
	left_prove(&f->lines[1]);
	assert_int_equal(left_ask(&f->lines[1], LEFT_SPEC, &value),
			 PCSC_UNCACHABLE);
	assert_int_equal(left_ask(&f->lines[1], LEFT_RAW, &value),
			 PCSC_UNCACHABLE);
}

/* Each ends the exemption of VFs that do not exist yet. */
static void test_what_happens_after_the_return_breaks_the_seal(void **state)
{
	struct left *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket unused;

	left_hand(f, 1);
	assert_true(pcsc_line_return(line));
	pcsc_line_lose(line, 0);
	assert_int_equal(left_look(f, 1, true, &unused), PCSC_SEAL_BROKEN);
	assert_begins_empty(f, line);
}

static void test_what_happens_after_the_look_breaks_it_too(void **state)
{
	struct left *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket ticket;

	left_hand(f, 1);
	assert_true(pcsc_line_return(line));
	assert_int_equal(left_look(f, 1, true, &ticket), PCSC_SEAL_WHOLE);
	pcsc_line_lose(line, 0);
	assert_false(pcsc_line_adopt(line, &ticket));
	assert_begins_empty(f, line);
}

/* A kexec is like a reset: what hangs on the layout waits until it was seen. */
static void test_rechecked_before_it_is_served(void **state)
{
	struct left *f = *state;
	struct pcsc_line *line = &f->lines[1];
	const u64 generation = left_cells(f, 1)->state >> PCSC_STATE_GEN_SHIFT;
	struct pcsc_ticket ticket;
	u32 value;

	/* The last kernel had seen all of it. */
	f->map.all = 1 << 1;
	f->map.dword[LEFT_RAW / 4].guard = PCSC_GUARD_ALL;
	left_cells(f, 1)->seen = generation << PCSC_SEEN_GEN_SHIFT | f->map.all;
	left_seal(f);
	left_hand(f, 1);
	assert_true(pcsc_line_return(line));
	assert_int_equal(left_look(f, 1, true, &ticket), PCSC_SEAL_WHOLE);
	pcsc_line_recheck(line, &ticket);
	assert_true(pcsc_line_adopt(line, &ticket));
	assert_true(pcsc_line_proved(line, &ticket));
	assert_int_equal(left_ask(line, LEFT_RAW_LOW, &value), PCSC_HIT);
	assert_int_equal(left_ask(line, LEFT_RAW, &value), PCSC_MISS);
}

/* An event that sets no reason, between the look and the recheck. */
static void test_no_recheck_hides_an_event(void **state)
{
	struct left *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket ticket;

	left_hand(f, 1);
	assert_true(pcsc_line_return(line));
	assert_int_equal(left_look(f, 1, true, &ticket), PCSC_SEAL_WHOLE);
	pcsc_line_lose(line, 0);
	pcsc_line_recheck(line, &ticket);
	assert_false(pcsc_line_adopt(line, &ticket));
	assert_begins_empty(f, line);
}

/* A bracket that is open stays open. */
static void test_a_look_ends_no_bracket(void **state)
{
	struct left *f = *state;
	struct pcsc_line *line = &f->lines[1];
	struct pcsc_ticket unused;

	left_hand(f, 1);
	assert_true(pcsc_line_return(line));
	pcsc_line_bypass(line, PCSC_BYPASS_ABOVE, 0);
	assert_int_equal(left_look(f, 1, true, &unused), PCSC_SEAL_BROKEN);
	assert_int_equal(pcsc_line_bypassed(line),
			 PCSC_BYPASS_ABOVE | PCSC_BYPASS_PENDING);
}

static void test_what_has_changed_does_not_return(void **state)
{
	struct left *f = *state;

	left_hand(f, 1);
	pcsc_line_bypass(&f->lines[1], PCSC_BYPASS_DISABLED, 0);
	assert_false(pcsc_line_return(&f->lines[1]));
}

/* The next helper must come to the same, or nothing is ever adopted. */
static void test_a_seal_stays_what_it_is(void **state)
{
	struct left *f = *state;

	assert_true(pcsc_line_seal(&f->lines[1], 7) == 0xed584827b8c4fcdb);
}

static void test_handed_is_inert(void **state)
{
	struct left *f = *state;
	struct pcsc_line *line = &f->lines[3];
	u32 value;

	pcsc_line_hand(line, left_cells(f, 3));
	assert_int_equal(left_ask(line, LEFT_SPEC, &value), PCSC_BYPASS);
	pcsc_line_lend(line, &f->map);
	assert_int_equal(left_ask(line, LEFT_SPEC, &value), PCSC_BYPASS);
	pcsc_line_refuse(line);
	assert_int_equal(pcsc_line_bypassed(line), PCSC_BYPASS_GONE);
	assert_int_equal(pcsc_line_valid_bytes(line), 0);
	assert_null(line->map);
}

/* What happens to a line after it was sealed breaks its seal. */
static void test_late_invalidation(void **state)
{
	struct left *f = *state;

	pcsc_line_empty(&f->lines[0], false);
	pcsc_line_demote(&f->lines[1], LEFT_SPEC, 1);
	pcsc_line_write(&f->lines[2], 0x200, 4, 0);
	pcsc_line_drop_evidence(&f->lines[3], PCSC_DROPPED_WRITTEN);
	pcsc_line_bypass(&f->lines[4], PCSC_BYPASS_PENDING, 0);
	for (int i = 0; i < 5; i++)
		assert_false(left_adopt(f, i, true));
	for (int i = 5; i < LEFT_FUNCTIONS; i++)
		assert_true(left_adopt(f, i, true));
}

static void test_forget(void **state)
{
	struct left *f = *state;
	u32 value;

	assert_true(left_adopt(f, 1, true));
	left_prove(&f->lines[1]);
	pcsc_line_forget(&f->lines[1], LEFT_SPEC, 8);
	assert_int_equal(left_ask(&f->lines[1], LEFT_SPEC, &value), PCSC_MISS);
	assert_int_equal(left_ask(&f->lines[1], LEFT_RAW, &value), PCSC_HIT);
}

static void test_demotions_cross(void **state)
{
	struct left *f = *state;
	u32 value;

	pcsc_line_demote(&f->lines[1], LEFT_SPEC, 1);
	pcsc_line_drop_evidence(&f->lines[2], PCSC_DROPPED_WRITTEN);
	left_seal(f);
	assert_true(left_adopt(f, 1, true));
	left_prove(&f->lines[1]);
	assert_int_equal(left_ask(&f->lines[1], LEFT_SPEC, &value),
			 PCSC_UNCACHABLE);
	assert_true(left_adopt(f, 2, true));
	left_prove(&f->lines[2]);
	assert_int_equal(left_ask(&f->lines[2], LEFT_RAW, &value),
			 PCSC_UNCACHABLE);
}

static bool adopted_with(struct left *f, u64 *word, unsigned int shift)
{
	bool adopted;

	memcpy(f->copy, f->region, LEFT_REGION);
	*word += 1ull << shift;
	left_seal(f);
	adopted = left_adopt(f, 1, true);
	memcpy(f->region, f->copy, LEFT_REGION);
	return adopted;
}

/* A line never has words of a generation that it has not come to. */
static void test_words_of_the_future(void **state)
{
	struct left *f = *state;
	struct pcsc_cells *c = left_cells(f, 1);

	assert_false(adopted_with(f, &c->seen, PCSC_SEEN_GEN_SHIFT));
	for (int i = 0; i < PCSC_DWORDS / 32; i++)
		assert_false(adopted_with(f, &c->zero[i], 32));
	for (int i = 0; i < PCSC_MAX_SLOTS; i++)
		assert_false(
			adopted_with(f, &c->slots[i], PCSC_SLOT_GEN_SHIFT));
	assert_true(left_adopt(f, 1, true));
	assert_true(left_adopt(f, 2, true));
}

/* Sealed just after it was emptied: its words are of the generation before. */
static void test_emptied_stays_empty(void **state)
{
	struct left *f = *state;

	left_cells(f, 1)->state += 1ull << 32;
	left_seal(f);
	assert_true(left_adopt(f, 1, true));
	assert_int_equal(pcsc_line_valid_bytes(&f->lines[1]), 0);
}

static void test_another_map(void **state)
{
	struct left *f = *state;
	u64 hash = pcsc_map_hash(&f->map);

	f->map.dword[LEFT_SPEC / 4].mask = 0x7;
	assert_true(pcsc_map_hash(&f->map) != hash);
	f->map.dword[LEFT_SPEC / 4].mask = 0xf;
	f->map.model = 7;
	assert_true(pcsc_map_hash(&f->map) == hash);
}

static void test_another_owner(void **state)
{
	struct left *f = *state;

	left_entry(f, 1)->devfn = 0x55;
	assert_false(left_adopt(f, 1, true));
	left_entry(f, 2)->map_hash++;
	assert_false(left_adopt(f, 2, true));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, left_setup, left_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_whole),
		TEST(test_evidence),
		TEST(test_adopting_touches_its_cells_only),
		TEST(test_adopted_is_the_next_generation),
		TEST(test_adopted_once),
		TEST(test_a_broken_seal_leaves_nothing),
		TEST(test_what_is_no_vf_is_evaluated_after_a_broken_seal),
		TEST(test_a_broken_seal_ends_no_demotion),
		TEST(test_what_has_not_returned_is_not_looked_at),
		TEST(test_what_happens_after_the_return_breaks_the_seal),
		TEST(test_what_happens_after_the_look_breaks_it_too),
		TEST(test_rechecked_before_it_is_served),
		TEST(test_no_recheck_hides_an_event),
		TEST(test_a_look_ends_no_bracket),
		TEST(test_what_has_changed_does_not_return),
		TEST(test_a_seal_stays_what_it_is),
		TEST(test_handed_is_inert),
		TEST(test_late_invalidation),
		TEST(test_forget),
		TEST(test_demotions_cross),
		TEST(test_words_of_the_future),
		TEST(test_emptied_stays_empty),
		TEST(test_another_map),
		TEST(test_another_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
