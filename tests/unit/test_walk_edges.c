// SPDX-License-Identifier: GPL-2.0-only
/* A walk at its edges: how near structures may be, full lists, and what ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/caps.h"
#include "core/walk.h"
#include "dump.h"

#define EXP(version, type) ((version) | (type) << 4)

/* ---- how near the next structure may be ---- */

static const struct need {
	u8 id;
	u16 flags;
	u16 bytes; /* in whole dwords */
} needs[] = {
	{ PCSC_CAP_NULL, 0, 4 },
	{ PCSC_CAP_MSI, 0x0000, 0x0c },
	{ PCSC_CAP_MSI, 0x0080, 0x10 },
	{ PCSC_CAP_MSI, 0x0100, 0x14 },
	{ PCSC_CAP_MSI, 0x0180, 0x18 },
	{ PCSC_CAP_VNDR, 3, 4 },
	{ PCSC_CAP_VNDR, 0x20, 4 },
	{ PCSC_CAP_EXP, EXP(1, 0), 0x14 }, /* endpoint */
	{ PCSC_CAP_EXP, EXP(1, 4), 0x24 }, /* root port */
	{ PCSC_CAP_EXP, EXP(1, 6), 0x1c }, /* downstream port */
	{ PCSC_CAP_EXP, EXP(1, 8), 0x14 }, /* bridge from PCI */
	{ PCSC_CAP_EXP, EXP(1, 9), 0x0c }, /* integrated endpoint */
	{ PCSC_CAP_EXP, EXP(1, 10), 0x24 }, /* event collector */
	{ PCSC_CAP_EXP, EXP(2, 0), 0x34 },
	{ PCSC_CAP_EXP, EXP(2, 4), 0x3c },
	{ PCSC_CAP_EXP, EXP(2, 5), 0x34 }, /* upstream port */
	{ PCSC_CAP_EXP, EXP(2, 6), 0x3c },
	{ PCSC_CAP_EXP, EXP(2, 8), 0x34 },
	{ PCSC_CAP_EXP, EXP(2, 9), 0x2c },
	{ PCSC_CAP_EXP, EXP(2, 10), 0x2c },
};

static void neighbours(const struct need *n, u16 apart,
		       enum pcsc_walk_status status)
{
	struct pcsc_layout layout;
	struct img img;

	img_init(&img, 256);
	img_cap(&img, 0x40, n->id, n->flags);
	img_cap(&img, 0x40 + apart, PCSC_CAP_NULL, 0);
	if (img_walk(&img, &layout) != status)
		fail_msg("CAP %#x flags %#x, %#x apart: %s", n->id, n->flags,
			 apart, pcsc_walk_names[layout.status]);
	assert_int_equal(layout.caps[0].length, apart);
}

static void structures_may_be_as_near_as_their_need(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		neighbours(&needs[i], needs[i].bytes, PCSC_WALK_OK);
		if (needs[i].bytes > 4)
			neighbours(&needs[i], needs[i].bytes - 4,
				   PCSC_WALK_OVERLAP);
	}
}

/* Root ports and event collectors have registers that nobody else has. */
static void error_reporting_needs_more_in_a_root(void **state)
{
	enum pcsc_walk_status expected;
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	for (unsigned int type = 0; type < 16; type++)
		for (u16 apart = 0x28; apart <= 0x38; apart += 4) {
			const u16 need = type == 4 || type == 10 ? 0x38 : 0x2c;

			img_init(&img, 4096);
			img_cap(&img, 0x40, PCSC_CAP_EXP, EXP(2, type));
			img_ecap(&img, 0x100, PCSC_ECAP_AER, 2);
			img_ecap(&img, 0x100 + apart, PCSC_ECAP_NULL, 1);
			expected =
				apart < need ? PCSC_WALK_OVERLAP : PCSC_WALK_OK;
			assert_int_equal(img_walk(&img, &layout), expected);
		}
}

static u16 vendor_length(u16 id, u32 header)
{
	struct pcsc_layout layout;
	struct img img;

	img_init(&img, 4096);
	img_ecap(&img, 0x100, id, 1);
	img_put32(&img, 0x104, header);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	return layout.caps[0].length;
}

/* Shorter than its own header: it says nothing. */
static void lengths_are_believed_from_the_header_on(void **state)
{
	(void)state;
	assert_int_equal(vendor_length(PCSC_ECAP_VNDR, 7 << 20), 0xf00);
	assert_int_equal(vendor_length(PCSC_ECAP_VNDR, 8 << 20), 8);
	assert_int_equal(vendor_length(PCSC_ECAP_DVSEC, 9 << 20), 0xf00);
	assert_int_equal(vendor_length(PCSC_ECAP_DVSEC, 10 << 20), 12);
}

/* What would say how long it is lies outside. */
static void a_length_that_is_outside_says_nothing(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_init(&img, 4096);
	img_ecap(&img, 0x100, PCSC_ECAP_LTR, 1);
	img_ecap(&img, 0xff8, PCSC_ECAP_REBAR, 1);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.caps[1].length, 8);
	assert_int_equal(img.astray, 0);
}

/* ---- whose type it is ---- */

static void only_its_capability_tells_the_pcie_type(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_init(&img, 256);
	img_cap(&img, 0x40, PCSC_CAP_PM, 0x0053);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.pcie_type, PCSC_NO_PCIE);
	/* and of two the first, as the kernel takes it */
	img_cap(&img, 0x50, PCSC_CAP_EXP, EXP(1, 5));
	img_cap(&img, 0x80, PCSC_CAP_EXP, EXP(1, 6));
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.pcie_type, 5);
}

static void conventional_ones_have_no_version(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	memset(&layout, 0xff, sizeof(layout));
	img_walk(&img, &layout);
	assert_int_equal(layout.caps[1].version, 0);
	assert_false(layout.caps[1].ext);
	assert_int_equal(layout.caps[2].version, 1);
	assert_true(layout.caps[2].ext);
}

/* ---- what ends it, ends it ---- */

static void ends_with(struct img *img, unsigned int caps, unsigned int reads)
{
	struct pcsc_layout layout;

	img->reads = 0;
	assert_int_not_equal(img_walk(img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.nr_caps, caps);
	assert_int_equal(img->reads, reads);
}

static void nothing_is_read_after_the_end(void **state)
{
	struct img img;

	(void)state;
	img_nvme_vf(&img); /* MSI-X and back to it */
	img_put8(&img, 0x41, 0x40);
	ends_with(&img, 1, 4);
	img_nvme_vf(&img); /* absent from its second header on */
	img_put32(&img, 0x80, ~0u);
	ends_with(&img, 1, 5);
	img_nvme_vf(&img); /* from its extended list on */
	img_put32(&img, 0x100, ~0u);
	ends_with(&img, 2, 6);
	img_nvme_vf(&img); /* from Status on */
	img_put32(&img, 0x04, ~0u);
	ends_with(&img, 0, 1);
	img_nvme_vf(&img); /* an entry of Enhanced Allocation */
	img_put32(&img, 0x40, EXP(2, 0) << 16 | PCSC_CAP_EA);
	img_put32(&img, 0x44, ~0u);
	ends_with(&img, 1, 5);
}

/* A bit for each dword: none is taken for one that was visited. */
static void every_dword_is_visited_for_itself(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	for (u16 at = 0x104; at < 4096 - 0x80; at += 4) {
		img_init(&img, 4096);
		img_ecap(&img, 0x100, PCSC_ECAP_NULL, 1);
		img_ecap(&img, at, PCSC_ECAP_NULL, 1);
		img_ecap(&img, at + 0x80, PCSC_ECAP_NULL, 1);
		assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
		assert_int_equal(layout.nr_caps, 3);
	}
}

static void full(struct img *img, unsigned int caps)
{
	img_init(img, 4096);
	for (unsigned int i = 0; i < caps; i++)
		img_cap(img, 0x40 + 4 * i, PCSC_CAP_NULL, 0);
}

static void too_many_end_it_at_once(void **state)
{
	struct img img;

	(void)state;
	full(&img, PCSC_MAX_CAPS + 4);
	ends_with(&img, PCSC_MAX_CAPS, 3 + PCSC_MAX_CAPS + 1);
	full(&img, PCSC_MAX_CAPS);
	for (unsigned int i = 0; i < 4; i++)
		img_ecap(&img, 0x100 + 4 * i, PCSC_ECAP_NULL, 1);
	ends_with(&img, PCSC_MAX_CAPS, 3 + PCSC_MAX_CAPS + 1);
}

/* ---- behind the last capability ---- */

static void a_full_layout_ends_with_its_last(void **state)
{
	struct {
		struct pcsc_layout layout;
		struct pcsc_cap behind;
	} s;
	/* It would be in the first one's way, and too long. */
	const struct pcsc_cap behind = { .offset = 0x42, .length = 0xffff };
	struct pcsc_layout same;
	struct img img;

	(void)state;
	full(&img, PCSC_MAX_CAPS);
	img.cfg_size = 256;
	s.behind = behind;
	assert_int_equal(img_walk(&img, &s.layout), PCSC_WALK_OK);
	assert_int_equal(s.layout.nr_caps, PCSC_MAX_CAPS);
	assert_int_equal(s.layout.caps[0].length, 4);
	assert_memory_equal(&s.behind, &behind, sizeof(behind));
	img_walk(&img, &same);
	assert_int_equal(s.layout.fingerprint, same.fingerprint);
}

/* A layout that was handed over may have anything there. */
static void behind_the_last_is_nobody(void **state)
{
	const struct pcsc_cap *cap;
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_walk(&img, &layout);
	layout.caps[layout.nr_caps] = (struct pcsc_cap){ .id = PCSC_CAP_PM,
							 .offset = 0x60,
							 .length = 8 };
	assert_null(pcsc_layout_find(&layout, false, PCSC_CAP_PM));
	assert_null(pcsc_layout_reg(&layout, 0x60, &cap));
	assert_null(cap);
	assert_true(pcsc_layout_undescribed(&layout, 0x60));
}

/* Profiles on disk carry them. */
static void fingerprints_stay_what_they_are(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_walk(&img, &layout);
	assert_int_equal(layout.fingerprint, 0x4b1cf32d);
	img_port(&img);
	img_walk(&img, &layout);
	assert_int_equal(layout.fingerprint, 0x22e66b3e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structures_may_be_as_near_as_their_need),
		cmocka_unit_test(error_reporting_needs_more_in_a_root),
		cmocka_unit_test(lengths_are_believed_from_the_header_on),
		cmocka_unit_test(a_length_that_is_outside_says_nothing),
		cmocka_unit_test(only_its_capability_tells_the_pcie_type),
		cmocka_unit_test(conventional_ones_have_no_version),
		cmocka_unit_test(nothing_is_read_after_the_end),
		cmocka_unit_test(every_dword_is_visited_for_itself),
		cmocka_unit_test(too_many_end_it_at_once),
		cmocka_unit_test(a_full_layout_ends_with_its_last),
		cmocka_unit_test(behind_the_last_is_nobody),
		cmocka_unit_test(fingerprints_stay_what_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
