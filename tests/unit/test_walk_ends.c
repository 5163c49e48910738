// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where a capability ends, bytes begin that evidence may speak for. So no byte
 * between its start and the next structure is left undescribed, unless its ID
 * and version fix its length, or its own fields say it: over random lists, and
 * over those that `tools/setup --corpus` fetches.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/caps.h"
#include "core/regs.h"
#include "core/walk.h"
#include "dump.h"

#define FUNCTIONS 20000
#define ANY 0xf

/* Every structure whose end is known, and the least it takes then. */
static const struct closed {
	bool ext;
	u16 id;
	u8 newest; /* version; conventional ones but PCIe have none */
	u16 length;
} closed[] = {
	{ false, PCSC_CAP_NULL, ANY, 4 },
	{ false, PCSC_CAP_PM, ANY, 8 },
	{ false, PCSC_CAP_VPD, ANY, 8 },
	{ false, PCSC_CAP_MSI, ANY, 0x0c },
	{ false, PCSC_CAP_VNDR, ANY, 4 },
	{ false, PCSC_CAP_SLOTID, ANY, 4 },
	{ false, PCSC_CAP_SSVID, ANY, 8 },
	{ false, PCSC_CAP_EXP, 2, 0x3c },
	{ false, PCSC_CAP_MSIX, ANY, 12 },
	{ false, PCSC_CAP_SATA, ANY, 16 },
	{ false, PCSC_CAP_AF, ANY, 8 },
	{ false, PCSC_CAP_EA, ANY, 4 },
	{ false, PCSC_CAP_FPB, ANY, 0x24 },
	{ true, PCSC_ECAP_NULL, ANY, 4 },
	{ true, PCSC_ECAP_AER, 2, 0x60 },
	{ true, PCSC_ECAP_DSN, 1, 12 },
	{ true, PCSC_ECAP_PB, 1, 16 },
	{ true, PCSC_ECAP_RCILINK, 1, 12 },
	{ true, PCSC_ECAP_VNDR, ANY, 8 },
	{ true, PCSC_ECAP_ACS, 1, 8 },
	{ true, PCSC_ECAP_ARI, 1, 8 },
	{ true, PCSC_ECAP_ATS, 1, 8 },
	{ true, PCSC_ECAP_SRIOV, 1, 0x40 },
	{ true, PCSC_ECAP_MCAST, 1, 0x30 },
	{ true, PCSC_ECAP_PRI, 1, 16 },
	{ true, PCSC_ECAP_REBAR, 1, 4 },
	{ true, PCSC_ECAP_DPA, 1, 0x14 },
	{ true, PCSC_ECAP_TPH, 1, 12 + 64 * 2 },
	{ true, PCSC_ECAP_LTR, 1, 8 },
	{ true, PCSC_ECAP_SECPCI, 1, 12 + 32 * 2 },
	{ true, PCSC_ECAP_PASID, 1, 8 },
	{ true, PCSC_ECAP_DPC, 1, 12 },
	{ true, PCSC_ECAP_L1PM, 2, 0x10 },
	{ true, PCSC_ECAP_PTM, 1, 12 },
	{ true, PCSC_ECAP_FRS, 1, 16 },
	{ true, PCSC_ECAP_RTR, 1, 12 },
	{ true, PCSC_ECAP_DVSEC, ANY, 12 },
	{ true, PCSC_ECAP_VF_REBAR, 1, 4 },
	{ true, PCSC_ECAP_DLNK, 1, 12 },
	{ true, PCSC_ECAP_16GT, 1, 0x20 + 32 },
	{ true, PCSC_ECAP_LMR, 1, 8 + 32 * 4 },
	{ true, PCSC_ECAP_HIER_ID, 1, 0x20 },
	{ true, PCSC_ECAP_NPEM, 1, 16 },
	{ true, PCSC_ECAP_32GT, 1, 0x20 + 32 },
	{ true, PCSC_ECAP_DOE, 1, 24 },
	{ true, PCSC_ECAP_DEV3, 1, 16 },
	{ true, PCSC_ECAP_64GT, 1, 0x20 + 32 },
};

static const struct closed *closed_of(const struct pcsc_cap *cap, u8 version)
{
	for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++) {
		if (closed[i].ext != cap->ext || closed[i].id != cap->id)
			continue;
		if (closed[i].newest == ANY ||
		    (version && version <= closed[i].newest))
			return &closed[i];
	}
	return NULL;
}

/* As the image has it: only some conventional capabilities have any. */
static u8 version_of(const struct img *img, const struct pcsc_cap *cap)
{
	const u8 version = img->bytes[cap->offset + 2] & 0xf;

	return cap->id == PCSC_CAP_EXP && !cap->ext && !version ? 1 : version;
}

static u16 next_start(const struct pcsc_layout *layout,
		      const struct pcsc_cap *cap)
{
	u16 next = cap->ext ? layout->cfg_size : 256;

	for (unsigned int i = 0; i < layout->nr_caps; i++)
		if (layout->caps[i].offset > cap->offset &&
		    layout->caps[i].offset < next)
			next = layout->caps[i].offset;
	return next;
}

static unsigned int ends;

static void check_ends(const struct img *img, const struct pcsc_layout *layout)
{
	for (unsigned int i = 0; i < layout->nr_caps; i++) {
		const struct pcsc_cap *cap = &layout->caps[i];
		const u8 version = version_of(img, cap);
		const struct closed *known = closed_of(cap, version);
		u16 end = next_start(layout, cap);

		if (known && cap->offset + known->length < end)
			end = cap->offset + known->length;
		for (u16 at = cap->offset; at < end; at++)
			if (pcsc_layout_undescribed(layout, at))
				fail_msg(
					"%s: %s %#x version %u at %#x: byte %#x is nobody's, though it ends at %#x",
					img->name, cap->ext ? "ECAP" : "CAP",
					cap->id, version, cap->offset, at, end);
		ends++;
	}
}

/* ---- random lists ---- */

static u32 below(u64 *random, u32 n)
{
	return img_random(random) % n;
}

/* Room enough for a structure's need, or nobody's end would ever be looked at. */
static void random_lists(struct img *img, u64 *random)
{
	u16 at = 0x40;

	img_init(img, below(random, 4) ? 4096 : 256);
	while (at < 0xc0 && below(random, 8)) {
		img_cap(img, at, below(random, 0x18),
			below(random, 2) ? below(random, 4) :
					   below(random, 0x10000));
		at += 8 + 4 * below(random, 16);
	}
	for (at = 0x100; at < 0xf00 && img->cfg_size > 256;) {
		img_ecap(img, at, below(random, 0x34), below(random, 5));
		img_put32(img, at + 4, img_random(random));
		at += 0x40 + 4 * below(random, 100);
	}
}

static void no_byte_of_a_random_list_is_left_over(void **state)
{
	unsigned int sound = 0;
	u64 random = 0x9e3779b9;
	struct img img;

	(void)state;
	ends = 0;
	for (unsigned int i = 0; i < FUNCTIONS; i++) {
		struct pcsc_layout layout;

		random_lists(&img, &random);
		if (img_walk(&img, &layout) != PCSC_WALK_OK)
			continue;
		check_ends(&img, &layout);
		sound++;
	}
	assert_true(sound > FUNCTIONS / 20);
	assert_true(ends > 4 * sound);
}

/* ---- what was seen ---- */

static void each_function(struct img *img, void *ctx)
{
	struct pcsc_layout layout;

	(void)ctx;
	if (img_walk(img, &layout) == PCSC_WALK_OK)
		check_ends(img, &layout);
}

static void no_byte_of_the_corpus_is_left_over(void **state)
{
	const char *folder = getenv("PCSC_CORPUS");
	DIR *dir = folder ? opendir(folder) : NULL;
	struct dirent *entry;
	char path[4096];

	(void)state;
	if (!dir) {
		print_message("no dumps: PCSC_CORPUS names no folder "
			      "(tools/setup --corpus prints one)\n");
		skip();
	}
	ends = 0;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		dump_read(path, each_function, NULL);
	}
	closedir(dir);
	assert_true(ends > 100);
}

/* ---- AER in Flit Mode, PCIe of version 1 ---- */

/* The logs reach to 0x60, and a serial number begins at 0x80 only. */
static void logs_in_flit_mode_are_nobodys_evidence(void **state)
{
	const struct pcsc_cap *cap;
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	img_init(&img, 4096);
	img_cap(&img, 0x40, PCSC_CAP_EXP, 2);
	img_ecap(&img, 0x100, PCSC_ECAP_AER, 2);
	img_ecap(&img, 0x180, PCSC_ECAP_DSN, 1);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	for (u16 at = 0x138; at < 0x160; at++) {
		assert_false(pcsc_layout_undescribed(&layout, at));
		assert_string_equal(pcsc_layout_reg(&layout, at, &cap)->name,
				    "AER TLP Prefix Log");
	}
	assert_true(pcsc_layout_undescribed(&layout, 0x160));
}

/*
 * What is behind an old device's registers is its own: neither evidence may
 * speak for it, nor what the table says of newer ones.
 */
static void old_devices_have_no_new_registers(void **state)
{
	const struct pcsc_cap *cap;
	struct pcsc_layout old, new;
	struct img img;

	(void)state;
	img_init(&img, 256);
	img_cap(&img, 0x40, PCSC_CAP_EXP, 1);
	assert_int_equal(img_walk(&img, &old), PCSC_WALK_OK);
	for (u16 at = 0x54; at < 0x7c; at++) {
		assert_false(pcsc_layout_undescribed(&old, at));
		assert_null(pcsc_layout_reg(&old, at, &cap));
		assert_ptr_equal(cap, &old.caps[0]);
	}
	assert_non_null(pcsc_layout_reg(&old, 0x53, &cap));
	assert_true(pcsc_layout_undescribed(&old, 0x7c));

	img_put8(&img, 0x42, 2);
	assert_int_equal(img_walk(&img, &new), PCSC_WALK_OK);
	assert_non_null(pcsc_layout_reg(&new, 0x64, &cap));
	assert_int_equal(old.caps[0].length, new.caps[0].length);
	assert_int_not_equal(old.fingerprint, new.fingerprint);
}

static void put_exp(struct img *img, u8 type)
{
	img_init(img, 256);
	img_cap(img, 0x40, PCSC_CAP_EXP, type << 4 | 2);
}

/* Of version 2, what a type has no use for may be another structure's. */
static void types_have_their_own_registers(void **state)
{
	static const struct {
		u8 type, end;
	} types[] = { { 0, 0x34 }, { 1, 0x34 }, { 4, 0x3c }, { 5, 0x34 },
		      { 6, 0x3c }, { 9, 0x2c }, { 10, 0x2c } };
	const struct pcsc_cap *cap;
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		put_exp(&img, types[i].type);
		assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
		for (u16 at = 0; at < 0x3c; at++) {
			assert_false(
				pcsc_layout_undescribed(&layout, 0x40 + at));
			/* LnkCtl2, which kernels restore whatever the type */
			if (!pcsc_layout_reg(&layout, 0x40 + at, &cap) !=
			    (at >= types[i].end && at / 4 != 0x30 / 4))
				fail_msg("type %u, byte %#x", types[i].type,
					 at);
		}
	}
}

/* The type that counts is the first one's. */
static void a_second_one_has_no_registers(void **state)
{
	const struct pcsc_cap *cap;
	struct pcsc_layout layout;
	struct img img;

	(void)state;
	put_exp(&img, 4);
	img_cap(&img, 0x80, PCSC_CAP_EXP, 2);
	assert_int_equal(img_walk(&img, &layout), PCSC_WALK_OK);
	assert_non_null(pcsc_layout_reg(&layout, 0x74, &cap));
	assert_non_null(pcsc_layout_reg(&layout, 0x80, &cap));
	for (u16 at = 0x82; at < 0xbc; at++)
		assert_null(pcsc_layout_reg(&layout, at, &cap));
	assert_ptr_equal(cap, &layout.caps[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_byte_of_a_random_list_is_left_over),
		cmocka_unit_test(no_byte_of_the_corpus_is_left_over),
		cmocka_unit_test(logs_in_flit_mode_are_nobodys_evidence),
		cmocka_unit_test(old_devices_have_no_new_registers),
		cmocka_unit_test(types_have_their_own_registers),
		cmocka_unit_test(a_second_one_has_no_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
