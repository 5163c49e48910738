// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lengths in which VFs of one PF may differ: evidence speaks for a VF under the map of
 * its sibling only when it was seen to have the sibling's lengths.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/caps.h"
#include "core/extent.h"
#include "core/guards.h"
#include "core/line.h"
#include "core/map.h"
#include "core/regs.h"
#include "dump.h"
#include "pack.h"

#define RAW 0xc0 /* behind all of the conventional structures */
#define ZEROES 0x300 /* behind all of the extended ones */

struct world {
	struct img img;
	struct pcsc_layout layout;
	struct pack pack;
	struct pcsc_map map;
	struct pcsc_cells cells;
	struct pcsc_line line;
};

static int setup(void **state)
{
	struct world *w = aligned_alloc(PCSC_CACHE_LINE,
					(sizeof(*w) + PCSC_CACHE_LINE - 1) &
						~(PCSC_CACHE_LINE - 1ul));

	if (!w)
		return -1;
	memset(w, 0, sizeof(*w));
	*state = w;
	img_init(&w->img, 4096);
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	pack_free(&w->pack);
	free(w);
	return 0;
}

/* An endpoint's VF, whose profile has evidence for two dwords. */
static void make(struct world *w)
{
	const struct pcsc_identity identity = { .is_vf = true,
						.class_code = 0x020000 };

	assert_int_equal(img_walk(&w->img, &w->layout), PCSC_WALK_OK);
	pack_init(&w->pack);
	pack_model(&w->pack, 0);
	w->pack.models[0].match = PCSC_MATCH_LAYOUT;
	w->pack.models[0].fingerprint = w->layout.fingerprint;
	pack_rule(&w->pack, PCSC_SPACE_RAW, 0, RAW, 4, PCSC_CONST,
		  PCSC_RULE_EVIDENCE);
	pack_rule(&w->pack, PCSC_SPACE_RAW, 0, ZEROES, 4, PCSC_CONST,
		  PCSC_RULE_EVIDENCE | PCSC_RULE_ZERO);
	pack_spec(&w->pack);
	pack_file(&w->pack);
	assert_int_equal(pcsc_map_make(&w->map, (void *)w->pack.file, &identity,
				       &w->layout),
			 0);
	pcsc_line_init(&w->line, &w->cells);
	pcsc_line_assign(&w->line, &w->map);
	pcsc_line_bypass(&w->line, 0, ~0u);
}

/* Read from the image, or from memory. */
static enum pcsc_answer ask(struct world *w, u16 where, u8 size)
{
	struct pcsc_ticket ticket;
	enum pcsc_answer answer;
	u32 value;

	answer = pcsc_line_lookup(&w->line, where, size, &value, &ticket);
	if (answer == PCSC_HIT)
		return answer;
	value = img_get32(&w->img, where & ~3) >> (8 * (where & 3));
	if (size < 4)
		value &= (1u << (8 * size)) - 1;
	pcsc_line_fill(&w->line, &ticket, value);
	return answer;
}

/*
 * As the kernel does: it finds capabilities by their headers, conventional ones by
 * words, and asks for the type in PCI Express. But not what is at @but.
 */
static void see_headers(struct world *w, u16 but)
{
	const struct pcsc_cap *cap = w->layout.caps;

	ask(w, 0x34, 1);
	for (; cap < w->layout.caps + w->layout.nr_caps; cap++) {
		ask(w, cap->offset, cap->ext ? 4 : 2);
		if (!cap->ext && cap->id == PCSC_CAP_EXP && cap->offset != but)
			ask(w, cap->offset + 2, 2);
	}
}

/* Is what evidence speaks for answered from memory, when it is asked again? */
static bool is_served(struct world *w)
{
	ask(w, RAW, 4);
	ask(w, ZEROES, 4);
	return ask(w, RAW, 4) == PCSC_HIT && ask(w, ZEROES, 4) == PCSC_HIT;
}

static bool is_in_doubt(const struct world *w)
{
	return pcsc_line_bypassed(&w->line) & PCSC_BYPASS_LAYOUT;
}

static const struct structure {
	const char *name;
	bool ext;
	u16 id;
	u16 flags; /* conventional ones: behind the header */
	u32 dword; /* extended ones: where their length is */
	u16 where; /* how its length is read, from the header on */
	u8 size;
	u16 other; /* the byte of it that is otherwise in the sibling */
	u8 flip; /* and in which bits */
} structures[] = {
	{ "MSI", false, PCSC_CAP_MSI, 0x0080, 0, 2, 2, 2, 0x80 },
	{ "MSI with masks", false, PCSC_CAP_MSI, 0x0180, 0, 2, 2, 3, 0x01 },
	{ "VNDR", false, PCSC_CAP_VNDR, 0x10, 0, 2, 1, 2, 0x11 },
	{ "VSEC", true, PCSC_ECAP_VNDR, 0, 0x0201aaaa, 4, 4, 7, 0x11 },
	{ "DVSEC", true, PCSC_ECAP_DVSEC, 0, 0x0201aaaa, 4, 4, 6, 0x10 },
	{ "DVSEC, word", true, PCSC_ECAP_DVSEC, 0, 0x0201aaaa, 6, 2, 7, 0x80 },
	{ "PCIe's type", false, PCSC_CAP_EXP, 2, 0, 2, 2, 2, 0x10 },
	{ "its version", false, PCSC_CAP_EXP, 2, 0, 2, 1, 2, 0x03 },
	{ "ACS", true, PCSC_ECAP_ACS, 0, 0x2020, 4, 2, 4, 0x20 },
	{ "its bits", true, PCSC_ECAP_ACS, 0, 0x2020, 4, 2, 5, 0x80 },
	{ "DPC", true, PCSC_ECAP_DPC, 0, 0, 4, 2, 4, 0x20 },
	{ "its log", true, PCSC_ECAP_DPC, 0, 0x0120, 4, 2, 5, 0x02 },
	{ "in Flit Mode", true, PCSC_ECAP_DPC, 0, 0x0120, 4, 4, 5, 0x20 },
	{ "ReBAR", true, PCSC_ECAP_REBAR, 0, 0x20, 8, 4, 8, 0x40 },
	{ "VF ReBAR", true, PCSC_ECAP_VF_REBAR, 0, 0x20, 8, 4, 8, 0xc0 },
	{ "DPA", true, PCSC_ECAP_DPA, 0, 0x05, 4, 1, 4, 0x10 },
};

#define STRUCTURES (sizeof(structures) / sizeof(structures[0]))

static const struct structure *structure(const char *name)
{
	size_t i;

	for (i = 0; i < STRUCTURES; i++)
		if (!strcmp(structures[i].name, name))
			return &structures[i];
	fail_msg("no %s", name);
	return NULL;
}

static u16 put(struct world *w, const struct structure *s)
{
	const struct pcsc_length_field field =
		pcsc_length_field(s->ext, s->id, s->dword);

	img_init(&w->img, 4096);
	img_cap(&w->img, 0x40, PCSC_CAP_EXP, 2);
	if (s->ext) {
		img_ecap(&w->img, 0x100, s->id, 1);
		img_put32(&w->img, 0x100 + field.offset, s->dword);
		return 0x100;
	}
	if (s->id == PCSC_CAP_EXP)
		return 0x40;
	img_cap(&w->img, 0x80, s->id, s->flags);
	return 0x80;
}

static void evidence_waits_for_the_length(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < STRUCTURES; i++) {
		const struct structure *s = &structures[i];
		const u16 at = put(w, s);

		make(w);
		see_headers(w, at);
		if (is_served(w))
			fail_msg("%s: though its length was not seen", s->name);
		ask(w, at + s->where, s->size);
		if (!is_served(w) || is_in_doubt(w))
			fail_msg("%s: though its length was seen", s->name);
	}
}

/* A dword is as good as its pieces. */
static void whole_dwords_prove_both(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < STRUCTURES; i++) {
		const struct pcsc_cap *cap;

		put(w, &structures[i]);
		make(w);
		ask(w, 0x34, 4);
		for (cap = w->layout.caps;
		     cap < w->layout.caps + w->layout.nr_caps; cap++) {
			ask(w, cap->offset, 4);
			ask(w, cap->offset + 4, 4);
			ask(w, cap->offset + 8, 4);
		}
		if (!is_served(w))
			fail_msg("%s", structures[i].name);
	}
}

static void another_length_is_another_layout(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < STRUCTURES; i++) {
		const struct structure *s = &structures[i];
		const u16 at = put(w, s);

		make(w);
		w->img.bytes[at + s->other] ^= s->flip;
		see_headers(w, at);
		assert_false(is_in_doubt(w));
		ask(w, at + s->where, s->size);
		if (!is_in_doubt(w) || is_served(w))
			fail_msg("%s", s->name);
	}
}

/* What else is in those dwords may be otherwise, or change. */
static void only_the_length_counts(void **state)
{
	struct world *w = *state;
	u16 at = put(w, structure("MSI"));

	make(w);
	see_headers(w, at);
	img_put16(&w->img, at + 2, 0x0080 | 0x71); /* MSI is in use */
	ask(w, at + 2, 2);
	assert_true(is_served(w));
	at = put(w, structure("VSEC"));
	make(w);
	see_headers(w, at);
	img_put32(&w->img, at + 4, structure("VSEC")->dword ^ 0xfffff);
	ask(w, at + 4, 4);
	assert_true(is_served(w));
}

/* A piece of a length is no proof, and no length is before its header. */
static void in_order_and_whole(void **state)
{
	struct world *w = *state;
	u16 at = put(w, structure("VSEC"));

	make(w);
	ask(w, at + 4, 4);
	see_headers(w, at);
	assert_false(is_served(w));
	ask(w, at + 7, 1);
	assert_false(is_served(w));
	ask(w, at + 4, 4);
	assert_true(is_served(w));

	at = put(w, structure("VNDR"));
	make(w);
	ask(w, at + 2, 1);
	see_headers(w, at);
	assert_false(is_served(w));
	ask(w, at + 2, 1);
	assert_true(is_served(w));
}

static const struct pcsc_map_head *head_at(const struct pcsc_map *map,
					   u16 offset, u32 mask)
{
	const struct pcsc_map_head *head;

	for (head = map->heads; head < map->heads + map->nr_heads; head++)
		if (head->offset == offset && head->mask == mask)
			return head;
	fail_msg("no head at %#x", offset);
	return NULL;
}

/* Siblings do not answer for what shows that a VF is like them. */
static void lengths_are_not_shared(void **state)
{
	struct world *w = *state;
	struct pcsc_cap cap;

	for (size_t i = 0; i < STRUCTURES; i++) {
		const struct structure *s = &structures[i];
		const struct pcsc_length_field field =
			pcsc_length_field(s->ext, s->id, s->dword);
		const u16 at = put(w, s) + field.offset;
		const struct pcsc_map_head *head;

		make(w);
		assert_false(w->map.dword[at / 4].shared &
			     pcsc_bytes_with(field.mask));
		head = head_at(&w->map, at, field.mask);
		assert_int_equal(head->value,
				 img_get32(&w->img, at) & field.mask);
		assert_false(pcsc_head_cap(head, &cap));
		assert_true(w->map.all >> head->guard & 1);
	}
}

/*
 * A sibling's structure has room for two; this one's ends before the second, where a
 * register of its vendor is: neither kept before that is known, nor after.
 */
static void nothing_is_known_behind_an_unknown_end(void **state)
{
	struct world *w = *state;
	const u16 at = put(w, structure("VF ReBAR"));

	img_put32(&w->img, at + 8, 0x40);
	make(w);
	assert_int_equal(w->map.dword[(at + 12) / 4].mask, 0xf);
	w->img.bytes[at + 8] = 0x20;
	see_headers(w, 0);
	ask(w, at + 12, 4);
	assert_int_equal(ask(w, at + 12, 4), PCSC_MISS);
	ask(w, at + 8, 4);
	assert_true(is_in_doubt(w));
	assert_int_equal(ask(w, at + 12, 4), PCSC_BYPASS);
}

/* Registers in what a structure may take, but need not. */
static const struct tail {
	bool ext;
	u16 id;
	u16 where;
} tails[] = {
	{ false, PCSC_CAP_SSVID, 0x04 }, { false, PCSC_CAP_FPB, 0x04 },
	{ true, PCSC_ECAP_VC, 0x10 },	 { true, PCSC_ECAP_MFVC, 0x04 },
	{ true, PCSC_ECAP_TPH, 0x04 },	 { true, PCSC_ECAP_DPA, 0x04 },
};

#define TAILS (sizeof(tails) / sizeof(tails[0]))

/* It is the first of its list; what comes after it, in list order, is @last. */
static u16 put_tail(struct world *w, const struct tail *tail, u16 *last)
{
	img_init(&w->img, 4096);
	if (tail->ext) {
		*last = 0x300;
		img_cap(&w->img, 0x40, PCSC_CAP_EXP, 2);
		img_ecap(&w->img, 0x100, tail->id, 1);
		img_ecap(&w->img, *last, PCSC_ECAP_LTR, 1);
		return 0x100;
	}
	*last = 0x80;
	img_cap(&w->img, 0x40, tail->id, 0);
	img_cap(&w->img, *last, PCSC_CAP_EXP, 2);
	img_ecap(&w->img, 0x100, PCSC_ECAP_LTR, 1);
	return 0x40;
}

static void point_to(struct world *w, u16 header, u16 next)
{
	if (header < 0x100) {
		w->img.bytes[header + 1] = next;
		return;
	}
	w->img.bytes[header + 2] |= (next & 0xf) << 4;
	w->img.bytes[header + 3] = next >> 4;
}

/* Another structure of a sibling may be there, which its list tells at its end. */
static void a_tail_waits_for_the_whole_list(void **state)
{
	struct world *w = *state;

	for (size_t i = 0; i < TAILS; i++) {
		u16 last;
		const u16 where =
			put_tail(w, &tails[i], &last) + tails[i].where;

		make(w);
		assert_int_equal(w->map.dword[where / 4].mask, 0xf);
		ask(w, 0x34, 4);
		ask(w, where & ~0x3f, 4);
		ask(w, where, 4);
		if (ask(w, where, 4) == PCSC_HIT)
			fail_msg("%zu: before the list was seen", i);
		/* Of the other list nothing is needed. */
		for (u16 at = where & ~0xff; at <= last; at += 4)
			ask(w, at, 4);
		if (ask(w, where, 4) != PCSC_HIT)
			fail_msg("%zu: though the list was seen", i);
		point_to(w, last, where);
		pcsc_line_empty(&w->line, false);
		for (u16 at = 0x34; at < last; at += 4)
			ask(w, at, 4);
		if (ask(w, where, 4) != PCSC_MISS)
			fail_msg("%zu: before what is there was seen", i);
		ask(w, last, 4);
		assert_true(is_in_doubt(w));
	}
}

/* Resizable BARs are told behind the first of them; some have none at all. */
static void nor_before_it_is_told(void **state)
{
	struct world *w = *state;
	const u16 at = put(w, structure("ReBAR"));

	make(w);
	assert_int_equal(w->map.dword[(at + 4) / 4].mask, 0xf);
	see_headers(w, 0);
	ask(w, at + 4, 4);
	assert_int_equal(ask(w, at + 4, 4), PCSC_MISS);
	/* The first one's control is where the length is, so it waits for itself. */
	assert_int_equal(w->map.dword[(at + 8) / 4].guard,
			 head_at(&w->map, at + 8, 0xe0)->guard);
	ask(w, at + 8, 4);
	assert_int_equal(ask(w, at + 4, 4), PCSC_HIT);
}

/* Of version 1, which ends where the sibling's DevCap2 is. */
static void version_2_is_not_taken_for_granted(void **state)
{
	struct world *w = *state;

	put(w, structure("VNDR"));
	make(w);
	assert_int_equal(w->map.dword[0x64 / 4].mask, 0xf);
	w->img.bytes[0x42] = 0x01;
	see_headers(w, 0x40);
	ask(w, 0x64, 4);
	assert_int_equal(ask(w, 0x64, 4), PCSC_MISS);
	ask(w, 0x42, 2);
	assert_true(is_in_doubt(w));
}

/* What the vector's size says without a vector, and a log's without a root port. */
static void what_means_nothing_may_differ(void **state)
{
	struct world *w = *state;
	u16 at;

	put(w, structure("ACS"));
	at = 0x100;
	img_put16(&w->img, at + 4, 0x4000);
	make(w);
	img_put16(&w->img, at + 4, 0x2000);
	see_headers(w, 0);
	ask(w, at + 4, 2);
	assert_false(is_in_doubt(w));
	assert_true(is_served(w));
	put(w, structure("DPC"));
	make(w);
	img_put16(&w->img, at + 4, 0x2f00);
	see_headers(w, 0);
	ask(w, at + 4, 2);
	assert_true(is_served(w));
}

/* A VF that its PF has created anew shows them again; its headers it need not. */
static void created_anew_they_are_seen_again(void **state)
{
	struct world *w = *state;
	const u16 at = put(w, structure("VNDR"));

	make(w);
	see_headers(w, at);
	ask(w, at + 2, 1);
	assert_true(is_served(w));
	pcsc_line_unprove_lengths(&w->line);
	assert_false(is_served(w));
	assert_int_equal(ask(w, at, 2), PCSC_HIT);
	assert_int_equal(ask(w, 0x34, 1), PCSC_HIT);
	assert_int_equal(ask(w, at + 2, 1), PCSC_MISS);
	assert_false(is_served(w)); /* before PCI Express */
	ask(w, 0x42, 2);
	assert_true(is_served(w));
}

/* ---- where there is no room ---- */

static void put_many(struct world *w, unsigned int vsecs)
{
	u16 at = 0x100;

	img_init(&w->img, 4096);
	img_cap(&w->img, 0x40, PCSC_CAP_EXP, 2);
	for (unsigned int i = 0; i < PCSC_MAX_CAPS - 1; i++, at += 8) {
		img_ecap(&w->img, at,
			 i < vsecs ? PCSC_ECAP_VNDR : PCSC_ECAP_LTR, 1);
		img_put32(&w->img, at + 4, 0x00800000);
	}
}

static void too_many_lengths_are_no_evidence(void **state)
{
	struct world *w = *state;
	/* One is taken by PCI Express. */
	const unsigned int room = PCSC_MAX_GUARDS - PCSC_MAX_CAPS - 2;

	put_many(w, room);
	make(w);
	assert_int_equal(w->map.nr_heads, PCSC_MAX_GUARDS);
	assert_int_equal(w->map.nr_evidence, 8);
	put_many(w, room + 1);
	make(w);
	assert_int_equal(w->map.nr_heads, PCSC_MAX_GUARDS);
	assert_int_equal(w->map.nr_evidence, 0);
}

/* In no generation: the word of guards has the generation's bits beside theirs. */
static void what_nothing_proves_is_never_served(void **state)
{
	struct world *w = *state;
	u16 at = 0x100 + 8 * (PCSC_MAX_CAPS - 2);

	/* They take all room there is. */
	put_many(w, PCSC_MAX_GUARDS - PCSC_MAX_CAPS - 2);
	img_put16(&w->img, at, PCSC_ECAP_VF_REBAR);
	img_put32(&w->img, at + 8, 0x40);
	make(w);
	assert_int_equal(w->map.dword[(at + 12) / 4].guard, PCSC_GUARD_NEVER);
	assert_int_equal(w->map.dword[(at + 12) / 4].mask, 0);
	/* A map that calls it const all the same is not believed. */
	w->map.dword[(at + 12) / 4].mask = 0xf;
	w->map.dword[(at + 12) / 4].slot = w->map.nr_slots++;
	for (unsigned int n = 0; n < 0x4002; n++)
		pcsc_line_empty(&w->line, false);
	see_headers(w, 0);
	img_put32(&w->img, at + 12, 0x1111);
	ask(w, at + 12, 4);
	assert_int_equal(ask(w, at + 12, 4), PCSC_MISS);
}

/* Another structure begins where the length should be. */
static void lengths_of_others_are_no_evidence(void **state)
{
	struct world *w = *state;

	put(w, structure("VSEC"));
	img_ecap(&w->img, 0x104, PCSC_ECAP_LTR, 1);
	make(w);
	assert_int_equal(w->map.nr_evidence, 0);
	/* It is no fault of the list: these can do with their header. */
	put(w, structure("DPA"));
	img_ecap(&w->img, 0x104, PCSC_ECAP_LTR, 1);
	make(w);
	assert_int_equal(w->map.nr_evidence, 0);
	put(w, structure("VF ReBAR"));
	img_ecap(&w->img, 0x104, PCSC_ECAP_LTR, 1);
	make(w);
	assert_int_equal(w->map.nr_evidence, 0);
}

/* Each of its entries has a length of its own. */
static void entries_with_lengths_are_no_evidence(void **state)
{
	struct world *w = *state;

	put(w, structure("ACS"));
	img_cap(&w->img, 0x80, PCSC_CAP_EA, 1);
	make(w);
	assert_int_equal(w->map.nr_evidence, 0);
}

/* At the end of the space there is none. */
static void behind_the_end_is_no_length(void **state)
{
	struct world *w = *state;

	put(w, structure("VSEC"));
	img_ecap(&w->img, 0xffc, PCSC_ECAP_VNDR, 1);
	make(w);
	assert_int_equal(w->map.nr_evidence, 8);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(evidence_waits_for_the_length),
		TEST(whole_dwords_prove_both),
		TEST(another_length_is_another_layout),
		TEST(only_the_length_counts),
		TEST(in_order_and_whole),
		TEST(lengths_are_not_shared),
		TEST(nothing_is_known_behind_an_unknown_end),
		TEST(nor_before_it_is_told),
		TEST(a_tail_waits_for_the_whole_list),
		TEST(version_2_is_not_taken_for_granted),
		TEST(what_means_nothing_may_differ),
		TEST(created_anew_they_are_seen_again),
		TEST(too_many_lengths_are_no_evidence),
		TEST(what_nothing_proves_is_never_served),
		TEST(lengths_of_others_are_no_evidence),
		TEST(entries_with_lengths_are_no_evidence),
		TEST(behind_the_end_is_no_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
