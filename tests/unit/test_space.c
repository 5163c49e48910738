// SPDX-License-Identifier: GPL-2.0-only
/* What pcsc-monitor says of a function's configuration space, and of whose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "core/caps.h"
#include "monitor/space.h"

static const struct sample_address first = { .bus = 1 };

static struct sample_address at(unsigned int bus)
{
	return (struct sample_address){ .bus = bus };
}

static int make(void **state)
{
	*state = calloc(1, sizeof(struct spaces));
	return !*state;
}

static int drop(void **state)
{
	free(*state);
	return 0;
}

/* What is said of the first one, if @space is what the reader has told. */
static char *say(struct spaces *s, const struct sample_space *space)
{
	struct pcsc_jsonw w = { .compact = true };
	char *text = NULL;
	size_t size;

	w.file = open_memstream(&text, &size);
	assert_non_null(w.file);
	if (space)
		spaces_take(s, space, 1, 1000);
	pcsc_jsonw_object(&w, NULL);
	space_json(s, spaces_look(s, &first, 1500, 0), &w, 1500);
	pcsc_jsonw_end(&w);
	fclose(w.file);
	return text;
}

static void those_that_somebody_looks_at_are_asked_for(void **state)
{
	struct spaces *s = *state;
	struct sample_ask ask = { 0 };
	struct sample_address of;

	spaces_ask(s, &ask, 0);
	assert_int_equal(ask.nr_spaces, 0);
	for (unsigned int i = 1; i <= SAMPLE_SPACES + 1; i++) {
		of = at(i);
		spaces_look(s, &of, 100 * i, 0);
	}
	/* The ninth has taken the first one's room. */
	spaces_ask(s, &ask, 0);
	assert_int_equal(ask.nr_spaces, SAMPLE_SPACES);
	assert_int_equal(ask.spaces[0].bus, SAMPLE_SPACES + 1);
	/* The second is looked at again, so the third makes room. */
	of = at(2);
	spaces_look(s, &of, 2000, 0);
	assert_int_equal(spaces_look(s, &first, 2001, 0), 2);
	ask.nr_spaces = 0;
	spaces_ask(s, &ask, 2000);
	assert_int_equal(ask.nr_spaces, 2);
}

static void room_that_was_made_has_nothing_of_the_last(void **state)
{
	struct sample_space space = { .of = first };
	struct spaces *s = *state;
	struct sample_address of;

	spaces_look(s, &first, 1, 0);
	free(say(s, &space));
	for (unsigned int i = 2; i <= SAMPLE_SPACES + 1; i++) {
		of = at(i);
		assert_int_equal(
			s->slots[spaces_look(s, &of, 1500 + i, 0)].said_ms, 0);
	}
	s->slots[0].looked_ms = 0;
}

static void what_was_said_long_ago_is_forgotten(void **state)
{
	const struct sample_space space = { .of = first };
	struct spaces *s = *state;

	spaces_look(s, &first, 1000, 0);
	spaces_take(s, &space, 1, 1100);
	assert_int_not_equal(
		s->slots[spaces_look(s, &first, 1200, 1000)].said_ms, 0);
	assert_int_equal(s->slots[spaces_look(s, &first, 9000, 4000)].said_ms,
			 0);
}

static void what_nobody_looks_at_is_not_taken(void **state)
{
	const struct sample_space space = { .of = first };
	struct spaces *s = *state;
	_cleanup_free_ char *text = NULL;

	spaces_take(s, &space, 1, 1000);
	text = say(s, NULL);
	assert_string_equal(text,
			    "{\"address\":\"0000:01:00.0\",\"known\":false}\n");
}

static void a_helper_that_is_gone_has_said_nothing(void **state)
{
	const struct sample_space space = { .of = first };
	struct spaces *s = *state;
	_cleanup_free_ char *text = NULL;

	spaces_look(s, &first, 1, 0);
	spaces_take(s, &space, 1, 1000);
	spaces_forget(s);
	text = say(s, NULL);
	assert_non_null(strstr(text, "\"known\":false"));
}

static void a_function_that_it_has_not(void **state)
{
	const struct sample_space space = { .of = first, .err = -ENODEV };
	struct spaces *s = *state;
	_cleanup_free_ char *text = NULL;

	spaces_look(s, &first, 1, 0);
	text = say(s, &space);
	assert_non_null(strstr(
		text,
		"\"known\":true,\"age_ms\":500,\"reason\":\"the helper has no such function\"}"));
}

static void every_state_is_said(void **state)
{
	static const struct {
		__u8 byte;
		const char *run;
	} of[] = {
		{ PCSC_BYTE_DESCRIBED | PCSC_BYTE_CONST | PCSC_BYTE_CACHED,
		  "[0,2,\"header 0x00\",\"VENDOR_ID\",\"memory\",0,0,\"7.5.1.1.1\"]" },
		{ PCSC_BYTE_DESCRIBED | PCSC_BYTE_CONST | PCSC_BYTE_UNPROVED,
		  "\"VENDOR_ID\",\"unread\",0,1," },
		{ PCSC_BYTE_DESCRIBED | PCSC_BYTE_CONST | PCSC_BYTE_CACHED |
			  PCSC_BYTE_DEMOTED,
		  "\"VENDOR_ID\",\"demoted\",0,0," },
		{ PCSC_BYTE_DESCRIBED | PCSC_BYTE_CONST | PCSC_BYTE_CACHED |
			  PCSC_BYTE_EVIDENCE | PCSC_BYTE_SHARED,
		  "\"VENDOR_ID\",\"memory-evidence\",1,0," },
		{ PCSC_BYTE_CONST | PCSC_BYTE_EVIDENCE,
		  "\"undescribed\",\"unread-evidence\",0,0,\"\"]" },
		{ PCSC_BYTE_DESCRIBED | PCSC_BYTE_OPAQUE,
		  "\"body\",\"vendor\",0,0,\"\"]" },
		{ PCSC_BYTE_DESCRIBED, "\"CACHE_LINE_SIZE\",\"config\",0,0," },
		{ PCSC_BYTE_DESCRIBED, "\"STATUS\",\"volatile\",0,0," },
		{ 0, "\"undescribed\",\"undescribed\",0,0,\"\"]" },
	};
	struct sample_space space = { .of = first };
	struct spaces *s = *state;

	spaces_look(s, &first, 1, 0);
	space.bytes.count = 256;
	space.bytes.verified_s = PCSC_NEVER;
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		_cleanup_free_ char *text = NULL;

		memset(space.byte, of[i].byte, sizeof(space.byte));
		text = say(s, &space);
		assert_null(strstr(text, "verified_s"));
		if (!strstr(text, of[i].run))
			fail_msg("no %s in %s", of[i].run, text);
	}
}

/* The last run ends where the space does, and capabilities have their names. */
static void places_are_named_by_capabilities(void **state)
{
	struct sample_space space = { .of = first };
	struct spaces *s = *state;
	_cleanup_free_ char *text = NULL;

	spaces_look(s, &first, 1, 0);
	space.bytes.count = 4096;
	space.bytes.verified_s = 3;
	space.bytes.emptied_s = 7;
	space.bytes.nr_caps = 2;
	space.caps[0] = (struct pcsc_capability){ .id = PCSC_CAP_EXP,
						  .offset = 0x60,
						  .length = 0x3c };
	space.caps[1] = (struct pcsc_capability){
		.id = PCSC_ECAP_ARI, .offset = 0x100, .length = 8, .extended = 1
	};
	memset(space.byte, PCSC_BYTE_DESCRIBED, 0x108);
	text = say(s, &space);
	assert_non_null(strstr(text, "\"forgotten_s\":7,\"verified_s\":3"));
	assert_non_null(strstr(
		text, "[108,1,\"CAP_EXP+0xc\",\"LnkCap: Speed, Width\""));
	assert_non_null(strstr(text, "\"ECAP_ARI+0x4\",\"ARICap\""));
	assert_non_null(strstr(
		text,
		"[264,3832,\"raw 0x108\",\"undescribed\",\"undescribed\",0,0,\"\"]]}"));
}

static void too_many_capabilities_are_cut(void **state)
{
	struct sample_space space = { .of = first };
	struct spaces *s = *state;

	spaces_look(s, &first, 1, 0);
	space.bytes.count = 256;
	space.bytes.nr_caps = 1000000;
	free(say(s, &space));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_that_somebody_looks_at_are_asked_for),
		TEST(room_that_was_made_has_nothing_of_the_last),
		TEST(what_was_said_long_ago_is_forgotten),
		TEST(what_nobody_looks_at_is_not_taken),
		TEST(a_helper_that_is_gone_has_said_nothing),
		TEST(a_function_that_it_has_not),
		TEST(every_state_is_said),
		TEST(places_are_named_by_capabilities),
		TEST(too_many_capabilities_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
