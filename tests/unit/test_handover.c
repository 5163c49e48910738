// SPDX-License-Identifier: GPL-2.0-only
/* What one kernel leaves for the next: whole, damaged, or another's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/hash.h"
#include "core/regs.h"
#include "left.h"

#define says(reason, because)                           \
	do {                                            \
		const char *said = reason;              \
		assert_non_null(said);                  \
		assert_non_null(strstr(said, because)); \
	} while (0)

#define refused(because) says(left_check(f), because)

/* A lie whose sums are right. */
static void resum(struct left *f)
{
	pcsc_handover_sum(left_header(f));
}

/* Of the header alone: it may name more than there is. */
static void resum_header(struct left *f)
{
	const unsigned int skip = offsetof(struct pcsc_handover_header, size);

	left_header(f)->sum = pcsc_mix_words(
		PCSC_MIX_START, f->region + skip,
		(sizeof(struct pcsc_handover_header) - skip) / 8);
}

static void test_header(void **state)
{
	struct left *f = *state;

	left_header(f)->profile_crc32 ^= 1;
	refused("damaged");
	left_header(f)->profile_crc32 ^= 1;
	left_header(f)->table_hash ^= 1;
	resum(f);
	refused("register table");
	left_header(f)->table_hash ^= 1;
	for (unsigned int byte = 0x7f; byte != ' '; byte = (byte + 1) & 0xff) {
		left_header(f)->release[0] = byte;
		resum(f);
		if (byte)
			refused("damaged");
	}
	left_header(f)->release[0] = '6';
	memset(left_header(f)->helper, 'x', sizeof(left_header(f)->helper));
	resum(f);
	refused("damaged");
	left_header(f)->helper[0] = '\0';
	resum(f);
	assert_null(left_check(f));
	left_header(f)->walk_version++;
	resum(f);
	refused("register table");
	left_header(f)->reserved = 1;
	resum(f);
	refused("header is damaged");
	left_header(f)->reserved = 0;
	left_header(f)->nr_functions++;
	refused("header is damaged");
	left_header(f)->restrictions_size++;
	refused("another version");
	left_header(f)->restrictions_size--;
	refused("header is damaged");
	left_header(f)->version = 1;
	refused("another version");
	left_header(f)->magic++;
	refused("nothing was ever");
}

static void index_fits(struct left *f)
{
	resum(f);
	assert_null(left_check(f));
}

static void index_refused(struct left *f)
{
	resum(f);
	refused("function");
}

static void test_index(void **state)
{
	struct left *f = *state;

	left_entry(f, 3)->pf = 4; /* a VF */
	index_refused(f);
	/* behind the last, even if it looks like a PF */
	*left_entry(f, LEFT_FUNCTIONS) = *left_entry(f, 0);
	left_entry(f, 3)->pf = LEFT_FUNCTIONS;
	index_refused(f);
	left_entry(f, 3)->pf = 0;
	left_entry(f, 3)->domain = 1; /* not the PF's */
	index_refused(f);
	left_entry(f, 3)->domain = 0;
	left_entry(f, 5)->layout = 1;
	index_refused(f);
	left_entry(f, 5)->layout = 0;
	left_entry(f, 5)->flags |= 1 << 7;
	index_refused(f);
	left_entry(f, 5)->flags &= ~(1 << 7);
	left_entry(f, 5)->bridges = PCSC_HANDOVER_MAX_BRIDGES + 1;
	index_refused(f);
	left_entry(f, 5)->bridges = 0;
	index_fits(f);
}

static void test_the_index_from_end_to_end(void **state)
{
	struct left *f = *state;
	const u32 capacity = pcsc_handover_places(LEFT_REGION).capacity;

	left_entry(f, LEFT_FUNCTIONS)->bridges = PCSC_HANDOVER_MAX_BRIDGES + 1;
	index_fits(f);
	left_header(f)->nr_functions = capacity;
	index_refused(f);
	left_entry(f, LEFT_FUNCTIONS)->bridges = 0;
	index_fits(f);
	left_entry(f, capacity - 1)->bridges = PCSC_HANDOVER_MAX_BRIDGES + 1;
	index_refused(f);
	left_entry(f, capacity - 1)->bridges = 0;
	left_entry(f, 0)->bridges = PCSC_HANDOVER_MAX_BRIDGES + 1;
	index_refused(f);
	left_header(f)->nr_functions = capacity + 1;
	resum(f);
	refused("index are longer");
	left_header(f)->nr_functions = ~0u;
	resum_header(f);
	refused("index are longer");
}

/* Nobody adopts it: what it says of its layout is nobody's business. */
static void test_what_is_not_held_may_be_anything(void **state)
{
	struct left *f = *state;

	left_entry(f, 7)->flags = PCSC_HANDOVER_VF;
	left_entry(f, 7)->layout = 1000;
	left_entry(f, 7)->pf = 1000;
	index_fits(f);
	/* but nobody's PF */
	left_entry(f, 0)->flags = 0;
	index_refused(f);
}

static void test_domains_of_software_are_not_held(void **state)
{
	struct left *f = *state;

	left_header(f)->nr_functions = 1;
	left_entry(f, 0)->domain = PCSC_HANDOVER_SOFTWARE_DOMAINS - 1;
	index_fits(f);
	left_entry(f, 0)->domain = PCSC_HANDOVER_SOFTWARE_DOMAINS;
	index_refused(f);
}

/* The first at 1:01.0 + 2, each three further, four of them. */
static void test_vfs_are_where_their_pf_puts_them(void **state)
{
	static const u8 good[] = { 0x0a, 0x0d, 0x10, 0x13 };
	static const u8 bad[] = { 0x00, 0x07, 0x09, 0x0b, 0x0c, 0x14, 0x16 };
	struct left *f = *state;

	left_header(f)->nr_functions = 2;
	left_entry(f, 0)->vf_first = 0x10a;
	left_entry(f, 0)->vf_stride = 3;
	left_entry(f, 0)->vf_count = 4;
	for (size_t i = 0; i < sizeof(good); i++) {
		left_entry(f, 1)->devfn = good[i];
		index_fits(f);
	}
	for (size_t i = 0; i < sizeof(bad); i++) {
		left_entry(f, 1)->devfn = bad[i];
		index_refused(f);
	}
	left_entry(f, 1)->devfn = 0x0a;
	left_entry(f, 1)->bus = 2;
	index_refused(f);
}

static struct pcsc_layout *layout(struct left *f, int i)
{
	return &pcsc_handover_layouts(f->region, LEFT_REGION)[i];
}

static void layout_fits(struct left *f)
{
	resum(f);
	assert_null(left_check(f));
}

static void layout_refused(struct left *f)
{
	resum(f);
	refused("layout in it");
}

static const struct edge {
	struct pcsc_cap cap;
	bool fits;
} edges[] = {
	{ { .offset = 0x40, .length = 0xc0, .need = 4 }, true },
	{ { .offset = 0x3c, .length = 4, .need = 4 }, false },
	{ { .offset = 0x42, .length = 4, .need = 4 }, false },
	{ { .offset = 0x44, .length = 4, .need = 4 }, true },
	{ { .offset = 0x44, .length = 0, .need = 4 }, false },
	{ { .offset = 0x44, .length = 8, .need = 8 }, true },
	{ { .offset = 0x44, .length = 8, .need = 0 }, false },
	{ { .offset = 0x44, .length = 8, .need = 6 }, false },
	{ { .offset = 0x44, .length = 8, .need = 12 }, false },
	{ { .offset = 0xfc, .length = 4, .need = 4 }, true },
	{ { .offset = 0xfc, .length = 5, .need = 4 }, false },
	{ { .offset = 0x100, .length = 4, .need = 4 }, false },
	{ { .offset = 0x100, .length = 0xf00, .need = 4, .ext = true }, true },
	{ { .offset = 0x100, .length = 0xf01, .need = 4, .ext = true }, false },
	{ { .offset = 0xfc, .length = 4, .need = 4, .ext = true }, false },
	{ { .offset = 0xffc,
	    .length = 4,
	    .need = 4,
	    .ext = true,
	    .opaque = true },
	  true },
	{ { .offset = 0xffc, .length = 5, .need = 4, .ext = true }, false },
	{ { .offset = 0xfffc, .length = 0xffff, .need = 4, .ext = true },
	  false },
};

/* In the last of two layouts, as the last of two capabilities. */
static void test_capabilities_lie_in_their_space(void **state)
{
	struct left *f = *state;

	left_header(f)->nr_layouts = 2;
	*layout(f, 1) = *layout(f, 0);
	layout(f, 1)->nr_caps = 2;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		layout(f, 1)->caps[1] = edges[i].cap;
		if (edges[i].fits)
			layout_fits(f);
		else
			layout_refused(f);
	}
	/* the space ends where the function's does */
	layout(f, 1)->caps[1] = (struct pcsc_cap){
		.offset = 0x100,
		.length = 0xf00,
		.need = 4,
		.ext = true,
	};
	layout_fits(f);
	layout(f, 1)->cfg_size = 256;
	layout_refused(f);
}

/* Neither true nor false: a compiler may take it for both. */
static void test_bools_are_bools(void **state)
{
	struct left *f = *state;
	struct pcsc_cap *cap = &layout(f, 0)->caps[0];

	memset(&cap->opaque, 2, 1);
	layout_refused(f);
	memset(&cap->opaque, 1, 1);
	layout_fits(f);
	memset(&cap->ext, 2, 1);
	layout_refused(f);
	cap->offset = 0x100;
	layout_refused(f);
	memset(&cap->ext, 1, 1);
	layout_fits(f);
}

static void test_layouts(void **state)
{
	struct left *f = *state;
	struct pcsc_layout *first = layout(f, 0);

	first->cfg_size = 256;
	layout_fits(f);
	first->cfg_size = 260;
	layout_refused(f);
	first->cfg_size = 4096;
	first->header_type = 1;
	layout_fits(f);
	first->header_type = 2;
	index_refused(f); /* its functions have no line */
	first->header_type = 0;
	first->cap_pointer = 0x41;
	layout_refused(f);
	first->cap_pointer = 0x44;
	layout_fits(f);
	first->status = PCSC_WALK_LOOP;
	index_refused(f);
	first->status = PCSC_WALK_OK;
	first->nr_caps = PCSC_MAX_CAPS + 1;
	/* what would be the next one must not make the difference */
	for (int i = 1; i < PCSC_MAX_CAPS; i++)
		first->caps[i] = first->caps[0];
	memcpy(first + 1, first->caps, sizeof(first->caps[0]));
	layout_refused(f);
	first->nr_caps = PCSC_MAX_CAPS;
	layout_fits(f);
}

/* One function that could not be walked is no reason to refuse the others. */
static void test_a_layout_of_nobody_may_be_anything(void **state)
{
	struct left *f = *state;

	left_header(f)->nr_layouts = 2;
	*layout(f, 1) = *layout(f, 0);
	layout(f, 1)->status = PCSC_WALK_READ;
	layout(f, 1)->cfg_size = 0;
	layout_fits(f);
	left_entry(f, 5)->layout = 1;
	index_refused(f);
	left_entry(f, 5)->layout = 0;
	layout(f, 1)->status = PCSC_WALK_OK;
	layout_refused(f);
	layout(f, 1)->header_type = 2;
	layout_fits(f);
}

static void test_as_many_layouts_as_there_is_room_for(void **state)
{
	struct left *f = *state;

	for (int i = 1; i < PCSC_HANDOVER_MAX_LAYOUTS; i++)
		*layout(f, i) = *layout(f, 0);
	left_header(f)->nr_layouts = PCSC_HANDOVER_MAX_LAYOUTS;
	layout_fits(f);
	left_header(f)->nr_layouts = PCSC_HANDOVER_MAX_LAYOUTS + 1;
	resum(f);
	refused("index are longer");
	left_header(f)->nr_layouts = ~0u;
	resum_header(f);
	refused("index are longer");
}

/* Which of the parts a change is seen in: 1 header, 2 restrictions, 4 lines. */
static int seen_in(struct left *f, u64 offset)
{
	struct pcsc_handover_header *h = left_header(f);
	const u64 sum = h->sum, restrictions_sum = h->restrictions_sum;
	const u64 lines_sum = h->lines_sum;
	int seen = 0;

	f->region[offset] ^= 1;
	if (pcsc_handover_check_header(h))
		seen = 1;
	pcsc_handover_sum(h);
	seen |= h->restrictions_sum != restrictions_sum ? 2 : 0;
	seen |= h->lines_sum != lines_sum ? 4 : 0;
	f->region[offset] ^= 1;
	h->restrictions_sum = restrictions_sum;
	h->lines_sum = lines_sum;
	h->sum = sum;
	return seen;
}

/* The header from its sum on, restrictions, layouts and index: whole, and nothing else. */
static void test_every_word_is_summed(void **state)
{
	struct left *f = *state;
	const struct pcsc_handover_places p = pcsc_handover_places(LEFT_REGION);
	u64 end = sizeof(struct pcsc_handover_header);
	u64 at;

	for (at = 24; at < offsetof(struct pcsc_handover_header, nr_layouts);
	     at += 8)
		assert_int_equal(seen_in(f, at) & 1, 1);
	for (at = offsetof(struct pcsc_handover_header, table_hash); at < end;
	     at += 4)
		assert_int_equal(seen_in(f, at) & 1, 1);
	for (at = end; at < p.restrictions; at += 8)
		assert_int_equal(seen_in(f, at), 0);
	end = p.restrictions + sizeof(struct pcsc_handover_restrictions);
	for (; at < p.layouts; at += 8)
		assert_int_equal(seen_in(f, at), at < end ? 2 : 0);
	end = p.layouts + sizeof(struct pcsc_layout);
	for (; at < p.index; at += 8)
		assert_int_equal(seen_in(f, at), at < end ? 4 : 0);
	end = p.index + LEFT_FUNCTIONS * sizeof(struct pcsc_handover_function);
	for (; at < p.cells; at += 8)
		assert_int_equal(seen_in(f, at), at < end ? 4 : 0);
}

/* All of an entry but its seal. */
static void test_every_byte_is_salt(void **state)
{
	const unsigned int end = offsetof(struct pcsc_handover_function, seal);
	struct left *f = *state;
	struct pcsc_handover_function changed;

	for (unsigned int i = 0; i < sizeof(changed); i++) {
		changed = *left_entry(f, 1);
		((u8 *)&changed)[i] ^= 1;
		assert_int_equal(pcsc_handover_salt(&changed) ==
					 pcsc_handover_salt(left_entry(f, 1)),
				 i >= end);
	}
}

/* ---- restrictions: what must not be forgotten ---- */

static const char *check_restrictions(struct left *f)
{
	const char *reason = pcsc_handover_check_header(left_header(f));

	return reason ? reason :
			pcsc_handover_check_restrictions(left_header(f));
}

static void restrict_some(struct left *f)
{
	struct pcsc_handover_restrictions *r = left_restrictions(f);

	*r = (struct pcsc_handover_restrictions){
		.profile_crc32 = 7,
		.nr_mismatches = 2,
		.nr_quarantined = 2,
		.nr_limits = 2,
		.mismatches = { { 0x8086, 0x10d3, 0x3c, 1, 0 },
				{ 0x8086, 0x10ca, 0xffc, 4, 1 } },
		.quarantined = { { .bus = 1, .vendor = 0x8086 },
				 { .domain = 0x10000, .devfn = 0xff } },
		.limits = { { .scope = PCSC_HANDOVER_OF_MODEL,
			      .vendor = 0x8086,
			      .device = 0x10d3 },
			    { .scope = PCSC_HANDOVER_OF_FUNCTION,
			      .mode = 1,
			      .domain = 0x10000,
			      .bus = 8,
			      .devfn = 0x81 } },
	};
	resum(f);
	assert_null(check_restrictions(f));
}

/* Lines that are refused, for whatever reason, take nothing with them. */
static void test_restrictions_without_lines(void **state)
{
	struct left *f = *state;

	restrict_some(f);
	left_entry(f, 1)->devfn ^= 1;
	refused("index are damaged");
	assert_null(check_restrictions(f));
	layout(f, 0)->cfg_size++;
	refused("index are damaged");
	assert_null(check_restrictions(f));
	left_seal(f);
	left_header(f)->table_hash++;
	resum(f);
	refused("register table");
	assert_null(check_restrictions(f));
	/* A layout, an entry or a line may have got another form. */
	left_header(f)->layout_size += 4;
	resum(f);
	refused("another version");
	assert_null(check_restrictions(f));
	left_header(f)->layout_size -= 4;
	left_header(f)->function_size += 8;
	resum(f);
	refused("another version");
	left_header(f)->function_size -= 8;
	left_header(f)->cells_size += 64;
	resum(f);
	refused("another version");
	assert_null(check_restrictions(f));
	left_header(f)->cells_size -= 64;
	/* Or it was told to make the region larger. */
	left_header(f)->size = LEFT_REGION / 2;
	resum(f);
	refused("another size");
	assert_null(check_restrictions(f));
	left_header(f)->size = LEFT_REGION;
	resum(f);
	left_header(f)->nr_functions = ~0u;
	resum_header(f);
	refused("longer");
	assert_null(check_restrictions(f));
	left_header(f)->nr_functions = 0;
	left_header(f)->nr_layouts = 0;
	left_header(f)->table_hash--;
	resum(f);
	assert_null(left_check(f));
	assert_null(check_restrictions(f));
}

/* And the other way round; a header that is damaged speaks for neither. */
static void test_lines_without_restrictions(void **state)
{
	struct left *f = *state;

	restrict_some(f);
	left_restrictions(f)->limits[0].mode = 1;
	says(check_restrictions(f), "limits are damaged");
	assert_null(left_check(f));
	resum(f);
	assert_null(check_restrictions(f));
	left_header(f)->sealed_at ^= 1;
	says(check_restrictions(f), "header is damaged");
	refused("header is damaged");
}

static void restrictions_refused(struct left *f, const char *because)
{
	resum(f);
	says(check_restrictions(f), because);
	assert_null(left_check(f));
}

static void test_restrictions_are_as_long_as_they_can_be(void **state)
{
	struct left *f = *state;
	struct pcsc_handover_restrictions *r = left_restrictions(f);
	u32 *const lengths[] = { &r->nr_mismatches, &r->nr_quarantined,
				 &r->nr_limits };

	restrict_some(f);
	for (int i = 0; i < PCSC_HANDOVER_RESTRICTIONS; i++) {
		r->mismatches[i] = r->mismatches[0];
		r->quarantined[i] = r->quarantined[0];
		r->limits[i] = r->limits[0];
	}
	for (int i = 0; i < 3; i++) {
		*lengths[i] = PCSC_HANDOVER_RESTRICTIONS;
		resum(f);
		assert_null(check_restrictions(f));
		*lengths[i] = PCSC_HANDOVER_RESTRICTIONS + 1;
		restrictions_refused(f, "longer than they can be");
		*lengths[i] = ~0u;
		restrictions_refused(f, "longer than they can be");
		*lengths[i] = 0;
		resum(f);
		assert_null(check_restrictions(f));
	}
}

/* The list is impossible, but not if it ends before that entry. */
static void shorter_fits(struct left *f, u32 *length, u32 impossible)
{
	restrictions_refused(f, "impossible");
	*length = impossible;
	resum(f);
	assert_null(check_restrictions(f));
}

/* First and last of each kind, with one field at a time that cannot be. */
static void test_impossible_restrictions(void **state)
{
	static const struct pcsc_handover_mismatch mismatches[] = {
		{ .size = 0 },
		{ .size = 3 },
		{ .size = 8 },
		{ .size = 4, .where = 0x3e },
		{ .size = 2, .where = 0x3d },
		{ .size = 1, .where = 0x1000 },
		{ .size = 4, .where = 0xfffc },
		{ .size = 1, .is_vf = 2 },
	};
	static const struct pcsc_handover_limit limits[] = {
		{ .scope = 0 },
		{ .scope = 3, .vendor = 1 },
		{ .scope = 1, .vendor = 1, .mode = 2 },
		{ .scope = 1, .vendor = 1, .domain = 1 },
		{ .scope = 1, .vendor = 1, .bus = 1 },
		{ .scope = 1, .vendor = 1, .devfn = 1 },
		{ .scope = 2, .bus = 1, .vendor = 1 },
		{ .scope = 2, .bus = 1, .device = 1 },
		{ .scope = 2, .bus = 1, .reserved = 1 },
	};
	struct left *f = *state;
	struct pcsc_handover_restrictions *r = left_restrictions(f);

	for (size_t i = 0; i < 2 * sizeof(mismatches) / sizeof(mismatches[0]);
	     i++) {
		restrict_some(f);
		r->mismatches[i % 2] = mismatches[i / 2];
		shorter_fits(f, &r->nr_mismatches, i % 2);
	}
	for (size_t i = 0; i < 2 * sizeof(limits) / sizeof(limits[0]); i++) {
		restrict_some(f);
		r->limits[i % 2] = limits[i / 2];
		shorter_fits(f, &r->nr_limits, i % 2);
	}
	for (int i = 0; i < 6; i++) {
		restrict_some(f);
		r->quarantined[i % 2].reserved[i / 2] = 1;
		shorter_fits(f, &r->nr_quarantined, i % 2);
	}
}

static void test_restrictions_say_whether_they_are_all(void **state)
{
	struct left *f = *state;

	restrict_some(f);
	left_restrictions(f)->incomplete = 1;
	resum(f);
	assert_null(check_restrictions(f));
	left_restrictions(f)->incomplete = 2;
	restrictions_refused(f, "impossible");
	left_restrictions(f)->incomplete = 0;
	left_restrictions(f)->reserved = 1;
	restrictions_refused(f, "impossible");
}

/* Restrictions of any writer: those that are taken stay within their readers' arrays. */
static void test_nothing_impossible_is_taken(void **state)
{
	struct left *f = *state;
	struct pcsc_handover_restrictions *r = left_restrictions(f);
	int taken = 0;

	srand(2);
	for (int round = 0; round < 20000; round++) {
		restrict_some(f);
		for (int n = 1 + rand() % 3; n; n--)
			((u8 *)r)[rand() % 64] = rand();
		resum(f);
		if (check_restrictions(f))
			continue;
		taken++;
		assert_true(r->nr_mismatches <= PCSC_HANDOVER_RESTRICTIONS);
		for (u32 i = 0; i < r->nr_mismatches; i++)
			assert_true(r->mismatches[i].size &&
				    r->mismatches[i].where / 4 ==
					    (r->mismatches[i].where +
					     r->mismatches[i].size - 1) /
						    4 &&
				    r->mismatches[i].where < 4096);
	}
	assert_in_range(taken, 100, 19900);
}

/* One bit anywhere: all is refused, or one line alone. */
static int adopted_after_flip(struct left *f, unsigned int bit)
{
	int n = 0;

	memcpy(f->copy, f->region, LEFT_REGION);
	f->region[bit / 8] ^= 1 << bit % 8;
	if (!left_check(f))
		for (int i = 0; i < LEFT_FUNCTIONS; i++)
			n += left_adopt(f, i, true);
	memcpy(f->region, f->copy, LEFT_REGION);
	return n;
}

static void test_flips(void **state)
{
	struct left *f = *state;
	const struct pcsc_handover_places p = pcsc_handover_places(LEFT_REGION);
	const unsigned int first = p.cells * 8;
	const unsigned int bits =
		LEFT_FUNCTIONS * sizeof(struct pcsc_cells) * 8;
	unsigned int bit;
	int n;

	srand(1);
	for (int round = 0; round < 2000; round++) {
		/* armed and version are the caller's to look at */
		bit = 16 * 8 +
		      rand() % (sizeof(struct pcsc_handover_header) - 16) * 8;
		assert_int_equal(adopted_after_flip(f, bit + rand() % 8), 0);
		bit = p.restrictions * 8 +
		      rand() % (sizeof(struct pcsc_handover_restrictions) * 8);
		assert_int_equal(adopted_after_flip(f, bit), LEFT_FUNCTIONS);
		bit = p.index * 8 +
		      rand() % (LEFT_FUNCTIONS *
				sizeof(struct pcsc_handover_function) * 8);
		assert_int_equal(adopted_after_flip(f, bit), 0);
		n = adopted_after_flip(f, first + rand() % bits);
		/* Reasons to bypass and padding are not sealed. */
		assert_true(n == LEFT_FUNCTIONS - 1 || n == LEFT_FUNCTIONS);
	}
}

/* Every bit of every word that a hit may use. */
static void test_every_bit_of_a_line(void **state)
{
	struct left *f = *state;
	const struct pcsc_handover_places p = pcsc_handover_places(LEFT_REGION);
	const unsigned int first = p.cells * 8;
	const unsigned int sealed = offsetof(struct pcsc_cells, seen);
	const unsigned int end =
		offsetof(struct pcsc_cells, slots[PCSC_MAX_SLOTS]);

	for (unsigned int bit = sealed * 8; bit < end * 8; bit++) {
		if (bit / 8 >= offsetof(struct pcsc_cells, pad) &&
		    bit / 8 < offsetof(struct pcsc_cells, zero))
			continue;
		assert_int_equal(adopted_after_flip(f, first + bit),
				 LEFT_FUNCTIONS - 1);
	}
}

static void fits_together(u64 size)
{
	const struct pcsc_handover_places p = pcsc_handover_places(size);
	const u64 layouts = p.layouts + PCSC_HANDOVER_MAX_LAYOUTS *
						sizeof(struct pcsc_layout);
	const u64 index =
		p.index + p.capacity * sizeof(struct pcsc_handover_function);

	assert_true(sizeof(struct pcsc_handover_header) <= p.restrictions);
	assert_in_range(p.layouts,
			p.restrictions +
				sizeof(struct pcsc_handover_restrictions),
			p.restrictions +
				sizeof(struct pcsc_handover_restrictions) + 63);
	assert_in_range(p.index, layouts, layouts + 63);
	assert_in_range(p.cells, index, index + 63);
	assert_int_equal(p.index % 64, 0);
	assert_int_equal(p.cells % 64, 0);
	assert_true(p.cells + p.capacity * sizeof(struct pcsc_cells) <= size);
}

static void test_places(void **state)
{
	const u64 largest = 1ull << 30;

	(void)state;
	for (u32 n = 1; n < 5000; n += 7) {
		assert_true(
			pcsc_handover_places(pcsc_handover_size(n)).capacity >=
			n);
		fits_together(pcsc_handover_size(n));
		fits_together(pcsc_handover_size(n) + n);
	}
	assert_true(pcsc_handover_places(largest).capacity > 0);
	fits_together(largest);
}

static void test_no_room(void **state)
{
	const u64 sizes[] = { 0,
			      4096,
			      pcsc_handover_size(0) - 1,
			      pcsc_handover_size(0),
			      pcsc_handover_size(1) - 1,
			      (1ull << 30) + 1,
			      2ull << 30 };
	struct pcsc_handover_places p;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		p = pcsc_handover_places(sizes[i]);
		assert_int_equal(p.capacity, 0);
		assert_int_equal(p.cells, p.index);
	}
	assert_int_equal(pcsc_handover_places(pcsc_handover_size(1)).capacity,
			 1);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, left_setup, left_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_header),
		TEST(test_index),
		TEST(test_the_index_from_end_to_end),
		TEST(test_what_is_not_held_may_be_anything),
		TEST(test_domains_of_software_are_not_held),
		TEST(test_vfs_are_where_their_pf_puts_them),
		TEST(test_capabilities_lie_in_their_space),
		TEST(test_bools_are_bools),
		TEST(test_layouts),
		TEST(test_a_layout_of_nobody_may_be_anything),
		TEST(test_as_many_layouts_as_there_is_room_for),
		TEST(test_every_word_is_summed),
		TEST(test_every_byte_is_salt),
		TEST(test_restrictions_without_lines),
		TEST(test_lines_without_restrictions),
		TEST(test_restrictions_are_as_long_as_they_can_be),
		TEST(test_impossible_restrictions),
		TEST(test_restrictions_say_whether_they_are_all),
		TEST(test_nothing_impossible_is_taken),
		TEST(test_flips),
		TEST(test_every_bit_of_a_line),
		TEST(test_places),
		TEST(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
