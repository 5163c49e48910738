// SPDX-License-Identifier: GPL-2.0-only
/* What is root's in pcsc-monitor: its key, the events that are kept, and their text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "monitor/key.h"
#include "monitor/ring.h"
#include "monitor/said.h"

static void a_key_opens_and_nothing_else_does(void **unused)
{
	const struct key key = { "00112233445566778899aabbccddeeff" };
	const struct key none = { "" };

	(void)unused;
	assert_true(key_opens(&key, "Bearer 00112233445566778899aabbccddeeff"));
	assert_false(key_opens(&key, NULL));
	assert_false(key_opens(&key, ""));
	assert_false(key_opens(&key, "Bearer "));
	assert_false(key_opens(&key, "Bearer 00112233445566778899aabbccddeef"));
	assert_false(
		key_opens(&key, "Bearer 00112233445566778899aabbccddeeff0"));
	assert_false(
		key_opens(&key, "Bearer 10112233445566778899aabbccddeeff"));
	assert_false(
		key_opens(&key, "Bearer 00112233445566778899aabbccddeefe"));
	assert_false(key_opens(&none, "Bearer "));
	assert_false(key_opens(&none, "Bearer"));
}

static void keys_differ(void **unused)
{
	struct key a, b;

	(void)unused;
	assert_int_equal(key_make(&a), 0);
	assert_int_equal(key_make(&b), 0);
	assert_int_equal(strspn(a.text, "0123456789abcdef"), KEY_CHARS);
	assert_int_equal(strlen(a.text), KEY_CHARS);
	assert_string_not_equal(a.text, b.text);
}

static struct pcsc_event mismatch(uint64_t seq, uint64_t time_ns)
{
	return (struct pcsc_event){ .kind = PCSC_EVENT_MISMATCH,
				    .seq = seq,
				    .time_ns = time_ns,
				    .width = 4,
				    .cached = 0xdeadbeef,
				    .found = 0xfeedface };
}

static struct ring *new_ring(void **state)
{
	*state = calloc(1, sizeof(struct ring));
	assert_non_null(*state);
	return *state;
}

static int free_ring(void **state)
{
	free(*state);
	return 0;
}

static void no_value_is_kept(void **state)
{
	const struct pcsc_event e = mismatch(0, 1);
	struct ring *r = new_ring(state);

	ring_take(r, &e, 1, 2, 1000);
	assert_int_equal(r->next, 1);
	assert_int_equal(r->slots[0].event.cached, 0);
	assert_int_equal(r->slots[0].event.found, 0);
}

static void known_events_come_once(void **state)
{
	const struct pcsc_event events[] = { mismatch(0, 1), mismatch(1, 2),
					     mismatch(2, 3) };
	struct ring *r = new_ring(state);

	ring_take(r, events, 2, 9, 1000);
	ring_take(r, events, 3, 9, 1000);
	ring_take(r, events, 3, 9, 1000);
	ring_take(r, NULL, 0, 9, 1000);
	assert_int_equal(r->next, 3);
	assert_int_equal(r->lost, 0);
}

static void gaps_are_lost_but_not_the_first(void **state)
{
	const struct pcsc_event first = mismatch(100, 1),
				later = mismatch(111, 2);
	struct ring *r = new_ring(state);

	ring_take(r, &first, 1, 9, 1000);
	assert_int_equal(r->lost, 0);
	ring_take(r, &later, 1, 9, 1000);
	assert_int_equal(r->lost, 10);
}

static void a_reload_is_seen(void **state)
{
	const struct pcsc_event old = mismatch(5, 1), lower = mismatch(0, 50),
				same = mismatch(0, 90);
	struct ring *r = new_ring(state);

	ring_take(r, &old, 1, 100, 1000);
	ring_take(r, &lower, 1, 100, 1000);
	assert_int_equal(r->next, 2);
	ring_take(r, &same, 1, 100, 1000);
	assert_int_equal(r->next, 3);
	assert_int_equal(r->lost, 0);
}

static void sizes_beyond_reason_are_no_sample(void **unused)
{
	struct sample_head h = { .magic = SAMPLE_MAGIC };

	(void)unused;
	assert_int_equal(sample_size(&h), sizeof(h));
	h.nr_functions = 2;
	assert_int_equal(sample_size(&h),
			 sizeof(h) + 2 * sizeof(struct sample_function));
	h.nr_functions = SAMPLE_FUNCTIONS + 1;
	assert_int_equal(sample_size(&h), 0);
	h = (struct sample_head){ .magic = SAMPLE_MAGIC + 1 };
	assert_int_equal(sample_size(&h), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_opens_and_nothing_else_does),
		cmocka_unit_test(keys_differ),
		cmocka_unit_test_teardown(no_value_is_kept, free_ring),
		cmocka_unit_test_teardown(known_events_come_once, free_ring),
		cmocka_unit_test_teardown(gaps_are_lost_but_not_the_first,
					  free_ring),
		cmocka_unit_test_teardown(a_reload_is_seen, free_ring),
		cmocka_unit_test(sizes_beyond_reason_are_no_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
