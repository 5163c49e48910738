// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/caps.h"
#include "core/regs.h"
#include "core/walk.h"
#include "dump.h"

static void check_cap(const struct pcsc_cap *cap, bool ext, u16 id, u16 offset,
		      u16 length)
{
	assert_int_equal(cap->ext, ext);
	assert_int_equal(cap->id, id);
	assert_int_equal(cap->offset, offset);
	assert_int_equal(cap->length, length);
}

static void finds_what_a_vf_has(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.nr_caps, 3);
	check_cap(&layout.caps[0], false, PCSC_CAP_MSIX, 0x40, 12);
	check_cap(&layout.caps[1], false, PCSC_CAP_EXP, 0x80, 0x3c);
	check_cap(&layout.caps[2], true, PCSC_ECAP_ARI, 0x100, 8);
	assert_int_equal(layout.caps[0].next, 0x80);
	assert_int_equal(layout.caps[1].next, 0);
	assert_int_equal(layout.caps[2].version, 1);
	assert_int_equal(layout.cap_pointer, 0x40);
	assert_int_equal(layout.pcie_type, 0);
	assert_int_equal(layout.header_type, 0);
	assert_int_equal(layout.cfg_size, 4096);
	assert_ptr_equal(pcsc_layout_find(&layout, false, PCSC_CAP_EXP),
			 &layout.caps[1]);
	assert_null(pcsc_layout_find(&layout, true, PCSC_CAP_EXP));
}

/* Status, header type, pointer, and one for each header. */
static void reads_no_more_than_it_needs(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_walk(&img, &layout);
	assert_int_equal(img.reads, 3 + 3);
	assert_int_equal(img.astray, 0);

	img_nvme_pf(&img);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	/* VSEC and DVSEC have their length behind the header. */
	assert_int_equal(img.reads, 3 + layout.nr_caps + 2);
}

static void finds_what_a_pf_has(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_pf(&img);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.nr_caps, 15);
	check_cap(&layout.caps[1], false, PCSC_CAP_MSI, 0x50, 0x18);
	check_cap(&layout.caps[4], false, PCSC_CAP_VPD, 0xc0, 8);
	check_cap(&layout.caps[5], false, PCSC_CAP_VNDR, 0xd0, 0x10);
	assert_true(layout.caps[5].opaque);
	check_cap(&layout.caps[6], false, PCSC_CAP_AF, 0xe8, 8);
	check_cap(&layout.caps[7], true, PCSC_ECAP_AER, 0x100, 0x48);
	assert_false(layout.caps[7].opaque);
	check_cap(&layout.caps[9], true, PCSC_ECAP_SRIOV, 0x160, 0x40);
	check_cap(&layout.caps[13], true, PCSC_ECAP_VNDR, 0x1d0, 0x20);
	check_cap(&layout.caps[14], true, PCSC_ECAP_DVSEC, 0x200, 0x24);
	assert_true(layout.caps[14].opaque);
}

static void finds_what_a_port_has(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_port(&img);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.header_type, 1);
	assert_int_equal(layout.pcie_type, 4);
	check_cap(&layout.caps[2], false, PCSC_CAP_SSVID, 0xa0, 8);
	assert_false(layout.caps[2].opaque);
	/* Root port extensions with five dwords of logs. */
	check_cap(&layout.caps[6], true, PCSC_ECAP_DPC, 0x160, 0x34);
}

static void honours_the_status_bit(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_put8(&img, 0x06, 0);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.nr_caps, 1);
	assert_int_equal(layout.cap_pointer, 0);
	assert_int_equal(layout.pcie_type, PCSC_NO_PCIE);
}

static void ignores_the_low_bits_of_pointers(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_put8(&img, 0x34, 0x43);
	img_put8(&img, 0x41, 0x82);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.cap_pointer, 0x40);
	assert_int_equal(layout.nr_caps, 3);
	/* As the header says: guards compare it whole. */
	assert_int_equal(layout.caps[0].next, 0x82);
}

static void conventional_space_ends_at_256(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img.cfg_size = 256;
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.nr_caps, 2);
	assert_int_equal(layout.cfg_size, 256);
	assert_int_equal(img.astray, 0);
}

/* A header of zeroes at 0x100 says, and proves, that there are none. */
static void an_empty_extended_list_is_seen(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_put32(&img, 0x100, 0);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.nr_caps, 3);
	check_cap(&layout.caps[2], true, PCSC_ECAP_NULL, 0x100, 4);
	assert_false(pcsc_layout_undescribed(&layout, 0x103));
	assert_true(pcsc_layout_undescribed(&layout, 0x104));
}

/* ---- lengths ---- */

static const struct cap_length {
	u8 id;
	u16 flags;
	u16 length;
} cap_lengths[] = {
	{ PCSC_CAP_NULL, 0x0000, 4 },	 { PCSC_CAP_PM, 0x0003, 8 },
	{ PCSC_CAP_MSI, 0x0000, 0x0c },	 { PCSC_CAP_MSI, 0x0080, 0x10 },
	{ PCSC_CAP_MSI, 0x0100, 0x14 },	 { PCSC_CAP_MSI, 0x0180, 0x18 },
	{ PCSC_CAP_EXP, 0x0001, 0x3c }, /* version 1: endpoint */
	{ PCSC_CAP_EXP, 0x0041, 0x3c }, /* root port */
	{ PCSC_CAP_EXP, 0x0051, 0x3c }, /* upstream port */
	{ PCSC_CAP_EXP, 0x0161, 0x3c }, /* downstream port */
	{ PCSC_CAP_EXP, 0x0091, 0x3c }, /* integrated endpoint */
	{ PCSC_CAP_EXP, 0x00a1, 0x3c }, /* event collector */
	{ PCSC_CAP_EXP, 0x0003, 0xc0 }, /* nobody knows how long */
	{ PCSC_CAP_EXP, 0x0002, 0x3c },	 { PCSC_CAP_EXP, 0x0092, 0x3c },
	{ PCSC_CAP_MSIX, 0x0000, 12 },	 { PCSC_CAP_AF, 0x0306, 8 },
	{ PCSC_CAP_VPD, 0x0000, 8 },	 { PCSC_CAP_VNDR, 0x0014, 0x14 },
	{ PCSC_CAP_VNDR, 0x0015, 0x18 }, { PCSC_CAP_VNDR, 0x0003, 4 },
	{ PCSC_CAP_VNDR, 0x0002, 0xc0 }, /* nonsense: all there is */
	{ PCSC_CAP_VNDR, 0x00ff, 0xc0 }, { PCSC_CAP_HT, 0x0000, 0xc0 },
	{ PCSC_CAP_EA, 0x0000, 4 },	 { 0x77, 0x0000, 0xc0 },
};

static void capabilities_have_their_lengths(void **state)
{
	struct pcsc_layout layout;
	struct img img;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cap_lengths) / sizeof(cap_lengths[0]); i++) {
		const struct cap_length *c = &cap_lengths[i];

		img_init(&img, 256);
		img_cap(&img, 0x40, c->id, c->flags);
		assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
		if (layout.caps[0].length != c->length)
			fail_msg("CAP %#x flags %#x: %#x, not %#x", c->id,
				 c->flags, layout.caps[0].length, c->length);
	}
}

static const struct ecap_length {
	u16 id;
	u8 version;
	u16 at; /* of a dword that decides */
	u32 dword;
	u16 length;
} ecap_lengths[] = {
	{ PCSC_ECAP_AER, 1, 0, 0, 0x60 },
	{ PCSC_ECAP_DSN, 1, 0, 0, 12 },
	{ PCSC_ECAP_ACS, 1, 4, 0x00000000, 8 },
	{ PCSC_ECAP_ACS, 1, 4, 0x00000820, 12 },
	{ PCSC_ECAP_ACS, 1, 4, 0x00002120, 16 },
	{ PCSC_ECAP_ACS, 1, 4, 0x00000020, 40 }, /* 0 stands for 256 */
	{ PCSC_ECAP_ACS, 1, 4, 0x000008df, 8 },
	{ PCSC_ECAP_ARI, 1, 0, 0, 8 },
	{ PCSC_ECAP_ATS, 1, 0, 0, 8 },
	{ PCSC_ECAP_SRIOV, 1, 0, 0, 0x40 },
	{ PCSC_ECAP_PRI, 1, 0, 0, 16 },
	{ PCSC_ECAP_PASID, 1, 0, 0, 8 },
	{ PCSC_ECAP_LTR, 1, 0, 0, 8 },
	{ PCSC_ECAP_PTM, 1, 0, 0, 12 },
	{ PCSC_ECAP_DPC, 1, 4, 0, 12 },
	{ PCSC_ECAP_DPC, 1, 4, 0x00000520, 0x34 },
	{ PCSC_ECAP_DPC, 1, 4, 0x00000a20, 0x48 },
	{ PCSC_ECAP_DPC, 1, 4, 0x000005df, 12 },
	{ PCSC_ECAP_DPC, 1, 4, 0x00002520, 0x74 }, /* 21 dwords in Flit Mode */
	{ PCSC_ECAP_AER, 3, 0, 0, 0xf00 },
	{ PCSC_ECAP_ATS, 0, 0, 0, 0xf00 },
	{ PCSC_ECAP_ATS, 2, 0, 0, 0xf00 },
	{ PCSC_ECAP_L1PM, 1, 0, 0, 0x10 },
	{ PCSC_ECAP_L1PM, 2, 0, 0, 0x14 },
	{ PCSC_ECAP_DPA, 1, 4, 0xffffffe3 & 0x3fffffff, 0x14 },
	{ PCSC_ECAP_DPA, 1, 4, 4, 0x18 },
	{ PCSC_ECAP_DPA, 1, 4, 0x1f, 0x30 },
	{ PCSC_ECAP_VF_REBAR, 1, 8, 0x20, 12 },
	{ PCSC_ECAP_VF_REBAR, 1, 8, 0xc5, 4 + 6 * 8 },
	{ PCSC_ECAP_REBAR, 1, 8, 0x20, 12 },
	{ PCSC_ECAP_REBAR, 1, 8, 0xc5, 4 + 6 * 8 },
	{ PCSC_ECAP_VNDR, 1, 4, 0x01000001, 0x10 },
	{ PCSC_ECAP_VNDR, 1, 4, 0x01100001, 0x14 },
	{ PCSC_ECAP_VNDR, 1, 4, 0x00000001, 0xf00 },
	{ PCSC_ECAP_VNDR, 1, 4, 0x00700001, 0xf00 },
	{ PCSC_ECAP_VNDR, 1, 4, 0xfff00001, 0xf00 },
	{ PCSC_ECAP_DVSEC, 1, 4, 0x03800001, 0x38 },
	{ PCSC_ECAP_DVSEC, 1, 4, 0x00900001, 0xf00 },
	{ PCSC_ECAP_DLNK, 1, 0, 0, 12 },
	{ PCSC_ECAP_VC, 1, 0, 0, 0xf00 },
	{ 0x7777, 1, 0, 0, 0xf00 },
};

static void extended_capabilities_have_their_lengths(void **state)
{
	struct pcsc_layout layout;
	struct img img;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ecap_lengths) / sizeof(ecap_lengths[0]); i++) {
		const struct ecap_length *c = &ecap_lengths[i];

		img_init(&img, 4096);
		img_ecap(&img, 0x100, c->id, c->version);
		if (c->at)
			img_put32(&img, 0x100 + c->at, c->dword);
		assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
		if (layout.caps[0].length != c->length)
			fail_msg("ECAP %#x dword %#x: %#x, not %#x", c->id,
				 c->dword, layout.caps[0].length, c->length);
	}
}

/* Two entries of three and five dwords; a bridge has bus numbers before. */
static void allocation_entries_are_followed(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_init(&img, 256);
	img_cap(&img, 0x40, PCSC_CAP_EA, 2);
	img_put32(&img, 0x44, 0x80000002);
	img_put32(&img, 0x50, 0x80000004);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.caps[0].length, 4 + 12 + 20);

	img_put8(&img, 0x0e, 1);
	img_put32(&img, 0x48, 0x80000002);
	img_put32(&img, 0x54, 0x80000004);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.caps[0].length, 8 + 12 + 20);

	img_put8(&img, 0x0e, 0);
	img_put8(&img, 0x42, 63);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OUTSIDE);
	assert_int_equal(img.astray, 0);
}

/* What the table describes of a capability is inside its structure. */
static void rows_fit_in_their_structures(void **state)
{
	struct pcsc_layout layout;
	const struct pcsc_reg *reg;
	struct img img;

	(void)state;
	for (reg = pcsc_regs; reg < pcsc_regs + pcsc_nr_regs; reg++) {
		if (reg->space < PCSC_SPACE_CAP || reg->cap == PCSC_ANY_CAP ||
		    !pcsc_cap_known(reg->space == PCSC_SPACE_ECAP, reg->cap))
			continue;
		img_init(&img, 4096);
		/* The largest form: 64 bits, masks, vectors, logs, version 2. */
		if (reg->space == PCSC_SPACE_CAP) {
			img_cap(&img, 0x40, reg->cap,
				reg->cap == PCSC_CAP_EXP ? 2 :
				reg->cap == PCSC_CAP_EA	 ? 38 :
							   0x180);
		} else {
			img_ecap(&img, 0x100, reg->cap, 2);
			img_put32(&img, 0x104, 0x0f20);
			img_put32(&img, 0x108, 6 << 5);
			if (reg->cap == PCSC_ECAP_ACS)
				img_put32(&img, 0x104, 0x20);
		}
		if (reg->cap == PCSC_CAP_EA && reg->space == PCSC_SPACE_CAP)
			for (u16 at = 0x44; at < 0x100; at += 20)
				img_put32(&img, at, 4);
		img_walk(&img, &layout);
		if (reg->offset + reg->length > layout.caps[0].length)
			fail_msg("%s reaches %#x of %#x", reg->name,
				 reg->offset + reg->length,
				 layout.caps[0].length);
	}
}

/* ---- what ends a walk ---- */

static void expect(struct img *img, enum pcsc_walk_status status, u16 where)
{
	struct pcsc_layout layout;

	assert_int_equal(img_walk(img, &layout), status);
	assert_int_equal(layout.status, status);
	assert_int_equal(layout.where, where);
	assert_int_equal(img->astray, 0);
	assert_int_not_equal(layout.fingerprint, 0);
}

static void loops_end(void **state)
{
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_put8(&img, 0x81, 0x40);
	expect(&img, PCSC_WALK_LOOP, 0x40);
	img_nvme_vf(&img);
	img_put8(&img, 0x41, 0x40);
	expect(&img, PCSC_WALK_LOOP, 0x40);
	img_nvme_pf(&img);
	img_put32(&img, 0x200, 0x16010023);
	expect(&img, PCSC_WALK_LOOP, 0x160);
}

static void pointers_outside_end_it(void **state)
{
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_put8(&img, 0x34, 0x3c);
	expect(&img, PCSC_WALK_OUTSIDE, 0x3c);
	img_nvme_vf(&img);
	img_put8(&img, 0x81, 0x10);
	expect(&img, PCSC_WALK_OUTSIDE, 0x10);
	img_nvme_vf(&img);
	img_put32(&img, 0x100, 0x0801000e);
	expect(&img, PCSC_WALK_OUTSIDE, 0x80);
}

/* A structure that does not fit before the end of its space. */
static void structures_outside_end_it(void **state)
{
	struct img img;

	(void)state;
	img_init(&img, 4096);
	img_cap(&img, 0xfc, PCSC_CAP_PM, 3);
	expect(&img, PCSC_WALK_OUTSIDE, 0xfc);
	img_init(&img, 4096);
	img_ecap(&img, 0x100, PCSC_ECAP_LTR, 1);
	img_ecap(&img, 0xffc, PCSC_ECAP_SRIOV, 1);
	expect(&img, PCSC_WALK_OUTSIDE, 0xffc);
	img_init(&img, 4096);
	img_ecap(&img, 0x100, PCSC_ECAP_LTR, 1);
	img_ecap(&img, 0xffc, PCSC_ECAP_VNDR, 1);
	expect(&img, PCSC_WALK_OK, 0);
}

static void absent_functions_end_it(void **state)
{
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	memset(img.bytes, 0xff, sizeof(img.bytes));
	expect(&img, PCSC_WALK_READ, 0x04);
	img_nvme_vf(&img);
	img_put32(&img, 0x80, 0xffffffff);
	expect(&img, PCSC_WALK_READ, 0x80);
	img_nvme_vf(&img);
	img_put8(&img, 0x80, 0xff);
	expect(&img, PCSC_WALK_READ, 0x80);
	img_nvme_vf(&img);
	img_put32(&img, 0x100, 0xffffffff);
	expect(&img, PCSC_WALK_READ, 0x100);
	img_nvme_vf(&img);
	img.known = 0x80;
	expect(&img, PCSC_WALK_READ, 0x80);
	img_nvme_pf(&img);
	img_put32(&img, 0x1d4, 0xffffffff);
	expect(&img, PCSC_WALK_READ, 0x1d4);
}

static void other_headers_end_it(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_put8(&img, 0x0e, 0x82);
	expect(&img, PCSC_WALK_HEADER, 0x0e);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_HEADER);
	assert_int_equal(layout.nr_caps, 0);
}

static void overlaps_are_found(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_vf(&img);
	img_cap(&img, 0x90, PCSC_CAP_PM, 3);
	expect(&img, PCSC_WALK_OVERLAP, 0x80);
	/* In whatever order the list has them. */
	img_init(&img, 256);
	img_cap(&img, 0x48, PCSC_CAP_PM, 3);
	img_cap(&img, 0x44, PCSC_CAP_VPD, 0);
	expect(&img, PCSC_WALK_OVERLAP, 0x44);
	/* A vendor's length that cannot be true reaches to the next only. */
	img_init(&img, 256);
	img_cap(&img, 0x40, PCSC_CAP_VNDR, 0x80);
	img_cap(&img, 0x60, PCSC_CAP_PM, 3);
	expect(&img, PCSC_WALK_OK, 0);
	img_walk(&img, &layout);
	assert_int_equal(layout.caps[0].length, 0x20);
}

/* Optional tails give way: real cards put the next structure there. */
static void optional_tails_give_way(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_init(&img, 4096);
	img_cap(&img, 0x40, PCSC_CAP_EXP, 0x0002);
	img_cap(&img, 0x74, PCSC_CAP_PM, 3);
	img_ecap(&img, 0x100, PCSC_ECAP_AER, 1);
	img_ecap(&img, 0x140, PCSC_ECAP_DSN, 1);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_int_equal(layout.caps[0].length, 0x34);
	assert_int_equal(layout.caps[2].length, 0x40);
	img_put8(&img, 0x42, 0x42); /* but a root port's are none */
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OVERLAP);
}

static void too_many_are_too_many(void **state)
{
	struct pcsc_layout layout;
	struct img img;
	u16 offset;

	(void)state;
	img_init(&img, 256);
	for (offset = 0x40; offset < 0x40 + 4 * PCSC_MAX_CAPS; offset += 4)
		img_cap(&img, offset, PCSC_CAP_NULL, 0);
	expect(&img, PCSC_WALK_OK, 0);
	img_cap(&img, offset, PCSC_CAP_NULL, 0);
	expect(&img, PCSC_WALK_TOO_MANY, offset);
	img_walk(&img, &layout);
	assert_int_equal(layout.nr_caps, PCSC_MAX_CAPS);
}

static void what_was_found_stands(void **state)
{
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_nvme_pf(&img);
	img_put32(&img, 0x200, 0x16010023);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_LOOP);
	assert_int_equal(layout.nr_caps, 15);
	assert_non_null(pcsc_layout_find(&layout, true, PCSC_ECAP_SRIOV));
	/* Of a broken layout nobody may say that a byte is free. */
	assert_false(pcsc_layout_undescribed(&layout, 0x800));
}

/* ---- fingerprints ---- */

static u32 print_of(struct img *img)
{
	struct pcsc_layout layout;

	img_walk(img, &layout);
	return layout.fingerprint;
}

static void fingerprints_tell_layouts_apart(void **state)
{
	struct img img;
	u32 print;

	(void)state;
	img_nvme_vf(&img);
	print = print_of(&img);
	assert_int_equal(print_of(&img), print);
	img_put32(&img, 0x00, 0x12345678); /* not the IDs' business */
	img_put16(&img, 0x42, 0x07ff); /* nor the number of vectors */
	assert_int_equal(print_of(&img), print);

	img_put8(&img, 0x40, PCSC_CAP_VPD);
	assert_int_not_equal(print_of(&img), print);
	img_nvme_vf(&img);
	img_put32(&img, 0x100, 0x0002000e);
	assert_int_not_equal(print_of(&img), print);
	img_nvme_vf(&img);
	img_put8(&img, 0x0e, 1);
	assert_int_not_equal(print_of(&img), print);
	img_init(&img, 4096); /* MSI-X elsewhere */
	img_cap(&img, 0x44, PCSC_CAP_MSIX, 0x0040);
	img_cap(&img, 0x80, PCSC_CAP_EXP, 0x0002);
	img_ecap(&img, 0x100, PCSC_ECAP_ARI, 1);
	assert_int_not_equal(print_of(&img), print);
	img_nvme_vf(&img);
	img_put8(&img, 0x82, 1); /* shorter */
	assert_int_not_equal(print_of(&img), print);
	img_nvme_vf(&img);
	img_cap(&img, 0xc0, PCSC_CAP_PM, 3);
	assert_int_not_equal(print_of(&img), print);
}

/* ---- bytes ---- */

static void bytes_are_somebodys_or_nobodys(void **state)
{
	const struct pcsc_cap *cap;
	struct pcsc_layout layout;
	const struct pcsc_reg *reg;
	struct img img;

	(void)state;
	img_nvme_pf(&img);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	reg = pcsc_layout_reg(&layout, 0x74, &cap);
	assert_string_equal(reg->name, "DevCap");
	assert_int_equal(cap->id, PCSC_CAP_EXP);
	reg = pcsc_layout_reg(&layout, 0x16e, &cap);
	assert_string_equal(reg->name, "TotalVFs");
	reg = pcsc_layout_reg(&layout, 0x2d, &cap);
	assert_string_equal(reg->name, "SUBSYSTEM_VENDOR_ID");
	assert_null(cap);
	/* Reserved inside a capability: no row, but not free either. */
	assert_null(pcsc_layout_reg(&layout, 0x173, &cap));
	assert_int_equal(cap->id, PCSC_ECAP_SRIOV);
	assert_false(pcsc_layout_undescribed(&layout, 0x173));
	assert_null(pcsc_layout_reg(&layout, 0x48, &cap));
	assert_null(cap);
	assert_true(pcsc_layout_undescribed(&layout, 0x48));
	assert_true(pcsc_layout_undescribed(&layout, 0x35));
	assert_true(pcsc_layout_undescribed(&layout, 0x38));
	assert_false(pcsc_layout_undescribed(&layout, 0x34));
	assert_false(pcsc_layout_undescribed(&layout, 0xd8)); /* vendor body */
	assert_true(pcsc_layout_undescribed(&layout, 0xe0));
	assert_false(pcsc_layout_undescribed(&layout, 0x223)); /* DVSEC body */
	assert_true(pcsc_layout_undescribed(&layout, 0x224));
	assert_true(pcsc_layout_undescribed(&layout, 0xfff));

	img_port(&img);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	reg = pcsc_layout_reg(&layout, 0x19, &cap);
	assert_string_equal(reg->name, "SECONDARY_BUS");
	assert_true(pcsc_layout_undescribed(&layout, 0x35));
	assert_false(pcsc_layout_undescribed(&layout, 0x38));

	img_nvme_vf(&img);
	img.cfg_size = 256;
	img_walk(&img, &layout);
	assert_false(pcsc_layout_undescribed(&layout, 0x100));
}

/* ---- anything at all ---- */

static u16 random_offset(u64 *state)
{
	const u32 r = img_random(state);

	/* Mostly near what is there: else nothing gets far. */
	return r & 0x100 ? 0x40 + (r & 0xbc) : (r >> 16) & 0xffc;
}

static void randomize(struct img *img, u64 *state)
{
	unsigned int changes = img_random(state) % 24;

	switch (img_random(state) % 4) {
	case 0:
		img_nvme_vf(img);
		break;
	case 1:
		img_nvme_pf(img);
		break;
	case 2:
		img_port(img);
		break;
	default:
		img_init(img, 4096);
		for (u16 i = 0; i < sizeof(img->bytes); i += 4)
			img_put32(img, i, img_random(state));
		img_put8(img, 0x0e, img_random(state) & 1);
	}
	if (img_random(state) % 4 == 0)
		img->cfg_size = 256;
	while (changes--) {
		u16 at = random_offset(state);

		if (img_random(state) & 1)
			img_put8(img, at + 1, random_offset(state));
		else if (img_random(state) % 16 == 0)
			img_put32(img, at, 0xffffffff);
		else
			img_put32(img, at,
				  (u32)random_offset(state) << 20 |
					  (img_random(state) & 0xf003f));
	}
}

static void check_bounds(const struct pcsc_layout *layout)
{
	unsigned int i, j;

	assert_true(layout->nr_caps <= PCSC_MAX_CAPS);
	assert_true(layout->status < PCSC_WALK_STATUSES);
	assert_int_not_equal(layout->fingerprint, 0);
	for (i = 0; i < layout->nr_caps; i++) {
		const struct pcsc_cap *a = &layout->caps[i];

		assert_true(a->offset >= (a->ext ? 0x100 : 0x40));
		assert_true(a->offset + a->length <=
			    (a->ext ? layout->cfg_size : 0x100));
		assert_true(a->length >= 4 && a->length % 4 == 0);
		for (j = 0; j < layout->nr_caps; j++) {
			const struct pcsc_cap *b = &layout->caps[j];

			if (i != j && a->offset <= b->offset)
				assert_true(a->offset + a->length <= b->offset);
		}
	}
}

static void anything_ends(void **state)
{
	unsigned int seen[PCSC_WALK_STATUSES] = { 0 };
	struct pcsc_layout layout;
	u64 seed = 20250101;
	struct img img;
	int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		randomize(&img, &seed);
		img_walk(&img, &layout);
		assert_int_equal(img.astray, 0);
		/* Headers, one dword behind some, and 63 entries of an EA. */
		assert_true(img.reads <= 3 + 2 * PCSC_MAX_CAPS + 1 + 63);
		check_bounds(&layout);
		seen[layout.status]++;
	}
	/* The fuzzer must reach what it is for. */
	for (i = 0; i < PCSC_WALK_STATUSES; i++)
		assert_true(seen[i] > 100);
}

static void statuses_have_names(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < PCSC_WALK_STATUSES; i++)
		assert_non_null(pcsc_walk_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_a_vf_has),
		cmocka_unit_test(reads_no_more_than_it_needs),
		cmocka_unit_test(finds_what_a_pf_has),
		cmocka_unit_test(finds_what_a_port_has),
		cmocka_unit_test(honours_the_status_bit),
		cmocka_unit_test(ignores_the_low_bits_of_pointers),
		cmocka_unit_test(conventional_space_ends_at_256),
		cmocka_unit_test(an_empty_extended_list_is_seen),
		cmocka_unit_test(capabilities_have_their_lengths),
		cmocka_unit_test(extended_capabilities_have_their_lengths),
		cmocka_unit_test(allocation_entries_are_followed),
		cmocka_unit_test(rows_fit_in_their_structures),
		cmocka_unit_test(loops_end),
		cmocka_unit_test(pointers_outside_end_it),
		cmocka_unit_test(structures_outside_end_it),
		cmocka_unit_test(absent_functions_end_it),
		cmocka_unit_test(other_headers_end_it),
		cmocka_unit_test(overlaps_are_found),
		cmocka_unit_test(optional_tails_give_way),
		cmocka_unit_test(too_many_are_too_many),
		cmocka_unit_test(what_was_found_stands),
		cmocka_unit_test(fingerprints_tell_layouts_apart),
		cmocka_unit_test(bytes_are_somebodys_or_nobodys),
		cmocka_unit_test(anything_ends),
		cmocka_unit_test(statuses_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
