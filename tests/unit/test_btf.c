// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prototypes from a BTF that is made here, so that its right text is known. Those of
 * real kernels are asked for in guests (helper.bats).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "core/btf.h"

/* ---- a BTF made by hand ---- */

enum kind {
	INT = 1,
	PTR,
	STRUCT = 4,
	TYPEDEF = 8,
	CONST = 10,
	FUNC = 12,
	PROTO
};

struct made {
	u32 word[256];
	unsigned int words;
	char strings[256];
	unsigned int chars;
	u8 bytes[2048];
	u32 size;
};

static u32 string(struct made *m, const char *s)
{
	const u32 at = m->chars;

	memcpy(m->strings + at, s, strlen(s) + 1);
	m->chars += strlen(s) + 1;
	return at;
}

static void type(struct made *m, const char *name, enum kind kind, u32 members,
		 u32 of)
{
	m->word[m->words++] = name ? string(m, name) : 0;
	m->word[m->words++] = (u32)kind << 24 | members;
	m->word[m->words++] = of;
}

static void word(struct made *m, u32 value)
{
	m->word[m->words++] = value;
}

static void parameter(struct made *m, u32 of)
{
	word(m, 0);
	word(m, of);
}

static void finish(struct made *m)
{
	const u32 types = m->words * 4;
	const u32 header[] = { 0x0001eb9f, 24, 0, types, types, m->chars };

	memcpy(m->bytes, header, 24);
	memcpy(m->bytes + 24, m->word, types);
	memcpy(m->bytes + 24 + types, m->strings, m->chars);
	m->size = 24 + types + m->chars;
}

/* As the types of the functions below: their numbers are in the comments. */
static void make(struct made *m)
{
	memset(m, 0, sizeof(*m));
	m->chars = 1;
	type(m, "int", INT, 0, 4); /* 1 */
	word(m, 0x20);
	type(m, "pci_dev", STRUCT, 1, 8); /* 2, one member */
	word(m, 0);
	word(m, 1);
	word(m, 0);
	type(m, NULL, PTR, 0, 2); /* 3 */
	type(m, "pci_power_t", TYPEDEF, 0, 1); /* 4 */
	type(m, NULL, PROTO, 2, 1); /* 5 */
	parameter(m, 3);
	parameter(m, 4);
	type(m, "set_power", FUNC, 0, 5); /* 6 */
	type(m, NULL, CONST, 0, 2); /* 7 */
	type(m, NULL, PTR, 0, 7); /* 8 */
	type(m, NULL, PTR, 0, 5); /* 9: to a function */
	type(m, NULL, PROTO, 2, 0); /* 10 */
	parameter(m, 8);
	parameter(m, 9);
	type(m, "look", FUNC, 0, 10); /* 11 */
	type(m, NULL, PROTO, 0, 0); /* 12 */
	type(m, "nothing", FUNC, 0, 12); /* 13 */
	type(m, "circle", FUNC, 0, 6); /* 14: of no prototype */
	type(m, NULL, PTR, 0, 15); /* 15: to itself */
	type(m, NULL, PROTO, 1, 99); /* 16: of a type that is not there */
	parameter(m, 15);
	type(m, "bad", FUNC, 0, 16); /* 17 */
	type(m, "twin", FUNC, 0, 5); /* 18: of two files, but the same */
	type(m, "twin", FUNC, 0, 5); /* 19 */
	type(m, "double", FUNC, 0, 5); /* 20: of two files, and not the same */
	type(m, "double", FUNC, 0, 10); /* 21 */
	type(m, NULL, PROTO, 2, 1); /* 22: as 5, in other words */
	parameter(m, 3);
	parameter(m, 4);
	type(m, "equal", FUNC, 0, 5); /* 23 */
	type(m, "equal", FUNC, 0, 22); /* 24 */
	type(m, NULL, PROTO, 1, 1); /* 25: as 5 begins */
	parameter(m, 3);
	type(m, "shorter", FUNC, 0, 5); /* 26 */
	type(m, "shorter", FUNC, 0, 25); /* 27 */
	type(m, "longer", FUNC, 0, 25); /* 28 */
	type(m, "longer", FUNC, 0, 5); /* 29 */
	type(m, "half", FUNC, 0, 0); /* 30: of no prototype, and of one */
	type(m, "half", FUNC, 0, 5); /* 31 */
	finish(m);
}

static bool ask(const void *bytes, u32 size, const char *function, char *to,
		u32 room)
{
	_cleanup_free_ u32 *at = NULL;
	struct pcsc_btf btf;

	if (!pcsc_btf_open(&btf, bytes, size))
		return false;
	at = calloc(btf.nr_types + 1, sizeof(*at));
	assert_non_null(at);
	pcsc_btf_index(&btf, at);
	return pcsc_btf_prototype(&btf, function, to, room);
}

static void prototypes_are_written_as_c(void **state)
{
	static const struct {
		const char *function;
		const char *prototype;
	} right[] = {
		{ "set_power", "int (struct pci_dev *, pci_power_t)" },
		{ "look", "void (const struct pci_dev *, function *)" },
		{ "nothing", "void (void)" },
		{ "bad", "? (? * * * * * * * *)" },
		{ "twin", "int (struct pci_dev *, pci_power_t)" },
		{ "equal", "int (struct pci_dev *, pci_power_t)" },
	};
	struct made m;
	char text[80];
	unsigned int i;

	(void)state;
	make(&m);
	for (i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_true(ask(m.bytes, m.size, right[i].function, text,
				sizeof(text)));
		assert_string_equal(text, right[i].prototype);
	}
	assert_false(ask(m.bytes, m.size, "circle", text, sizeof(text)));
	assert_false(ask(m.bytes, m.size, "set_powe", text, sizeof(text)));
	assert_false(ask(m.bytes, m.size, "set_power2", text, sizeof(text)));
	assert_false(ask(m.bytes, m.size, "pci_dev", text, sizeof(text)));
	assert_false(ask(m.bytes, m.size, "double", text, sizeof(text)));
	assert_false(ask(m.bytes, m.size, "shorter", text, sizeof(text)));
	assert_false(ask(m.bytes, m.size, "longer", text, sizeof(text)));
	assert_false(ask(m.bytes, m.size, "half", text, sizeof(text)));
}

static void text_that_has_no_room_is_refused(void **state)
{
	const char *prototype = "int (struct pci_dev *, pci_power_t)";
	char text[80];
	struct made m;
	u32 room;

	(void)state;
	make(&m);
	for (room = 0; room < sizeof(text); room++) {
		memset(text, 'x', sizeof(text));
		assert_int_equal(ask(m.bytes, m.size, "set_power", text, room),
				 room > strlen(prototype));
		assert_int_equal(text[room], 'x');
	}
}

/* Each byte another one, each length: an answer or none, and no crash. */
static void damage_is_survived(void **state)
{
	struct made m, damaged;
	char text[80];
	u32 i, bit;

	(void)state;
	make(&m);
	for (i = 0; i < m.size; i++) {
		_cleanup_free_ u8 *exact = malloc(i + 1);

		memcpy(exact, m.bytes, i);
		ask(exact, i, "set_power", text, sizeof(text));
		for (bit = 0; bit < 8; bit++) {
			damaged = m;
			damaged.bytes[i] ^= 1u << bit;
			ask(damaged.bytes, m.size, "look", text, sizeof(text));
		}
	}
}

static void header_is_checked(void **state)
{
	/* where, what: each is refused */
	static const u32 wrong[][2] = {
		{ 0, 0x0001eb9e }, { 0, 0x0002eb9f }, { 1, 20 },
		{ 1, 26 },	   { 1, 0x10000 },    { 2, 2 },
		{ 2, 0xfffffffc }, { 3, 0xfffffffc }, { 3, 6 },
		{ 4, 0xffffffff }, { 5, 0xffffffff }, { 5, 0 },
	};
	struct pcsc_btf btf;
	struct made m;
	unsigned int i;

	(void)state;
	make(&m);
	assert_true(pcsc_btf_open(&btf, m.bytes, m.size));
	assert_int_equal(btf.nr_types, 31);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		make(&m);
		memcpy(m.bytes + 4 * wrong[i][0], &wrong[i][1], 4);
		assert_false(pcsc_btf_open(&btf, m.bytes, m.size));
	}
	make(&m);
	m.bytes[m.size - 1] = 'x';
	assert_false(pcsc_btf_open(&btf, m.bytes, m.size));
	make(&m);
	m.bytes[24 + 4 + 3] = 20; /* a kind that nobody knows */
	assert_false(pcsc_btf_open(&btf, m.bytes, m.size));
	m.bytes[24 + 4 + 3] = 0;
	assert_false(pcsc_btf_open(&btf, m.bytes, m.size));
}

static void only_the_rest_may_differ(void **state)
{
	(void)state;
	assert_true(pcsc_btf_prototype_is("int (a *)", "int (a *)"));
	assert_true(pcsc_btf_prototype_is("int (a *, b)", "int (a *, ...)"));
	assert_true(pcsc_btf_prototype_is("int (a *, b, c)", "int (a *, ...)"));
	assert_false(pcsc_btf_prototype_is("int (a *)", "int (a *, ...)"));
	assert_false(pcsc_btf_prototype_is("int (b *, c)", "int (a *, ...)"));
	assert_false(pcsc_btf_prototype_is("int (a *, b)", "int (a *)"));
	assert_false(pcsc_btf_prototype_is("int (a *)", "int (a *, b)"));
	assert_false(pcsc_btf_prototype_is("void (a *)", "int (a *)"));
	assert_false(pcsc_btf_prototype_is("unknown", "int (a *)"));
	assert_false(pcsc_btf_prototype_is("", "int (a *)"));
}

static void an_encoding_of_later_is_refused(void **state)
{
	static const u8 bits[] = { 16, 23, 29, 30 };
	struct pcsc_btf btf;
	struct made m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bits); i++) {
		make(&m);
		m.word[1] |= 1u << bits[i];
		finish(&m);
		assert_false(pcsc_btf_open(&btf, m.bytes, m.size));
	}
	make(&m);
	m.word[1] |= 1u << 31; /* kind_flag, which some kinds have */
	finish(&m);
	assert_true(pcsc_btf_open(&btf, m.bytes, m.size));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prototypes_are_written_as_c),
		cmocka_unit_test(text_that_has_no_room_is_refused),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(header_is_checked),
		cmocka_unit_test(an_encoding_of_later_is_refused),
		cmocka_unit_test(only_the_rest_may_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
