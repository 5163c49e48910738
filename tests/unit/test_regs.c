// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/caps.h"
#include "core/regs.h"

#define HEADER PCSC_SPACE_HEADER
#define HEADER0 PCSC_SPACE_HEADER0
#define HEADER1 PCSC_SPACE_HEADER1
#define CAP PCSC_SPACE_CAP
#define ECAP PCSC_SPACE_ECAP

#define for_each_reg(reg) \
	for (reg = pcsc_regs; reg < pcsc_regs + pcsc_nr_regs; reg++)

static u32 space_end(u8 space)
{
	switch (space) {
	case CAP:
		return 0xc0;
	case ECAP:
		return 0xf00;
	}
	return 0x40;
}

static void rows_are_sorted_and_apart(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 1; i < pcsc_nr_regs; i++) {
		const struct pcsc_reg *a = &pcsc_regs[i - 1];
		const struct pcsc_reg *b = &pcsc_regs[i];

		if (a->space == b->space && a->cap == b->cap) {
			assert_true(a->offset + a->length <= b->offset);
			continue;
		}
		assert_true(a->space < b->space ||
			    (a->space == b->space && a->cap < b->cap));
	}
}

static void rows_are_whole(void **state)
{
	const struct pcsc_reg *reg;

	(void)state;
	for_each_reg(reg)
	{
		assert_true(reg->space < PCSC_SPACE_RAW);
		assert_true(reg->length > 0);
		assert_true(reg->offset + reg->length <= space_end(reg->space));
		assert_non_null(reg->name);
		assert_non_null(reg->source);
		if (reg->space == CAP || reg->space == ECAP)
			assert_true(
				reg->cap == PCSC_ANY_CAP ||
				pcsc_cap_name(reg->space == ECAP, reg->cap));
		else
			assert_int_equal(reg->cap, 0);
	}
}

/* RO or HwInit, and nothing changes it: both, or it is not const. */
static void const_means_const(void **state)
{
	const struct pcsc_reg *reg;

	(void)state;
	for_each_reg(reg)
	{
		if (reg->klass == PCSC_CONST) {
			assert_true(reg->attr == PCSC_RO ||
				    reg->attr == PCSC_HWINIT);
			assert_int_equal(reg->changed_by, PCSC_BY_NOTHING);
		}
		if (reg->flags & PCSC_FLOOR)
			assert_int_equal(reg->klass, PCSC_VOLATILE);
		else if (reg->klass == PCSC_VOLATILE)
			assert_int_not_equal(reg->changed_by, PCSC_BY_NOTHING);
		if (reg->flags & PCSC_VF_CONST)
			assert_true(reg->space <= HEADER0 ||
				    reg->cap == PCSC_CAP_EXP);
	}
}

/* No two rows of one header type speak of the same byte. */
static void headers_agree(void **state)
{
	u16 offset;
	u8 space;

	(void)state;
	for (space = HEADER0; space <= HEADER1; space++)
		for (offset = 0; offset < 0x40; offset++) {
			const struct pcsc_reg *reg =
				pcsc_reg_find(space, 0, offset);

			if (reg && reg->space != HEADER)
				assert_null(pcsc_reg_find(HEADER, 0, offset));
		}
}

static const struct expected {
	u8 space;
	u16 cap;
	u16 offset;
	u16 length;
	u8 klass;
	bool floor;
} expected[] = {
	/* PCIe: what changes though it is RO or HwInit */
	{ CAP, PCSC_CAP_EXP, 0x02, 1, PCSC_CONST, false },
	{ CAP, PCSC_CAP_EXP, 0x03, 1, PCSC_VOLATILE, false },
	{ CAP, PCSC_CAP_EXP, 0x04, 2, PCSC_CONST, false },
	{ CAP, PCSC_CAP_EXP, 0x06, 2, PCSC_VOLATILE, false },
	{ CAP, PCSC_CAP_EXP, 0x08, 4, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_EXP, 0x0c, 1, PCSC_CONST, false },
	{ CAP, PCSC_CAP_EXP, 0x0d, 2, PCSC_VOLATILE, false },
	{ CAP, PCSC_CAP_EXP, 0x0f, 1, PCSC_CONST, false },
	{ CAP, PCSC_CAP_EXP, 0x10, 4, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_EXP, 0x14, 3, PCSC_VOLATILE, false },
	{ CAP, PCSC_CAP_EXP, 0x18, 6, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_EXP, 0x20, 4, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_EXP, 0x24, 4, PCSC_CONST, false },
	{ CAP, PCSC_CAP_EXP, 0x28, 4, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_EXP, 0x32, 2, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_EXP, 0x3a, 2, PCSC_VOLATILE, true },
	/* status, power, isolation */
	{ HEADER, 0, 0x04, 4, PCSC_VOLATILE, true },
	{ HEADER, 0, 0x0f, 1, PCSC_VOLATILE, true },
	{ HEADER1, 0, 0x18, 4, PCSC_VOLATILE, true },
	{ HEADER1, 0, 0x1e, 2, PCSC_VOLATILE, true },
	{ HEADER1, 0, 0x3e, 2, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_PM, 0x04, 4, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_VPD, 0x02, 6, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_MSI, 0x02, 2, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_MSI, 0x10, 8, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_MSIX, 0x02, 2, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_AF, 0x04, 2, PCSC_VOLATILE, true },
	{ CAP, PCSC_CAP_VNDR, 0x03, 0xbd, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_AER, 0x04, 4, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_AER, 0x10, 4, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_AER, 0x18, 20, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_AER, 0x30, 24, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_ACS, 0x06, 34, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_ATS, 0x06, 2, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_PRI, 0x04, 4, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_PASID, 0x06, 2, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_SRIOV, 0x08, 4, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_SRIOV, 0x10, 2, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_SRIOV, 0x14, 4, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_DPC, 0x06, 10, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_DPC, 0x20, 60, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_PTM, 0x08, 4, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_DOE, 0x04, 20, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_VNDR, 0x08, 0xef8, PCSC_VOLATILE, true },
	{ ECAP, PCSC_ECAP_DVSEC, 0x0a, 0xef6, PCSC_VOLATILE, true },
	/* software's, and hand-written profiles may say otherwise */
	{ HEADER, 0, 0x3c, 1, PCSC_CONFIG, false },
	{ HEADER, 0, 0x0c, 2, PCSC_CONFIG, false },
	{ HEADER0, 0, 0x10, 24, PCSC_CONFIG, false },
	{ HEADER0, 0, 0x30, 4, PCSC_CONFIG, false },
	{ CAP, PCSC_CAP_MSI, 0x04, 12, PCSC_CONFIG, false },
	{ CAP, PCSC_CAP_EA, 0x04, 4, PCSC_CONFIG, false },
	{ ECAP, PCSC_ECAP_SRIOV, 0x20, 28, PCSC_CONFIG, false },
	{ ECAP, PCSC_ECAP_REBAR, 0x08, 4, PCSC_CONFIG, false },
	/* what cannot change */
	{ HEADER, 0, 0x00, 4, PCSC_CONST, false },
	{ HEADER, 0, 0x08, 4, PCSC_CONST, false },
	{ HEADER, 0, 0x0e, 1, PCSC_CONST, false },
	{ HEADER, 0, 0x34, 1, PCSC_CONST, false },
	{ HEADER0, 0, 0x2c, 4, PCSC_CONST, false },
	{ CAP, PCSC_CAP_PM, 0x02, 2, PCSC_CONST, false },
	{ CAP, PCSC_CAP_MSIX, 0x04, 4, PCSC_CONST, false },
	{ CAP, PCSC_CAP_VNDR, 0x00, 3, PCSC_CONST, false },
	{ ECAP, PCSC_ECAP_DSN, 0x00, 12, PCSC_CONST, false },
	{ ECAP, PCSC_ECAP_TPH, 0x04, 4, PCSC_CONST, false },
	{ ECAP, PCSC_ECAP_DLNK, 0x04, 4, PCSC_VOLATILE, false },
	{ ECAP, PCSC_ECAP_DEV3, 0x04, 4, PCSC_VOLATILE, false },
	{ ECAP, PCSC_ECAP_VC, 0x04, 8, PCSC_CONST, false },
	{ ECAP, PCSC_ECAP_SRIOV, 0x1a, 6, PCSC_CONST, false },
	{ ECAP, PCSC_ECAP_REBAR, 0x04, 4, PCSC_CONST, false },
	{ ECAP, PCSC_ECAP_DVSEC, 0x00, 10, PCSC_CONST, false },
	/* RO that follows something else (B7) */
	{ ECAP, PCSC_ECAP_SRIOV, 0x06, 2, PCSC_VOLATILE, false },
	{ ECAP, PCSC_ECAP_SRIOV, 0x0c, 4, PCSC_VOLATILE, false },
	{ ECAP, PCSC_ECAP_ARI, 0x05, 1, PCSC_VOLATILE, false },
	{ CAP, PCSC_CAP_MSIX, 0x08, 4, PCSC_VOLATILE, false },
	{ ECAP, PCSC_ECAP_16GT, 0x20, 32, PCSC_VOLATILE, false },
	{ ECAP, PCSC_ECAP_DPC, 0x04, 1, PCSC_VOLATILE, false },
	{ ECAP, PCSC_ECAP_PTM, 0x05, 1, PCSC_VOLATILE, false },
};

static void classes_are_as_promised(void **state)
{
	size_t i;
	u16 n;

	(void)state;
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		const struct expected *e = &expected[i];

		for (n = 0; n < e->length; n++) {
			const struct pcsc_reg *reg =
				pcsc_reg_find(e->space, e->cap, e->offset + n);

			if (!reg || reg->klass != e->klass ||
			    !!(reg->flags & PCSC_FLOOR) != e->floor)
				fail_msg("space %u cap %#x byte %#x", e->space,
					 e->cap, e->offset + n);
		}
	}
}

static void probes_are_the_identity(void **state)
{
	static const u8 probes[] = { 0x00, 0x01, 0x02, 0x03, 0x08, 0x09,
				     0x0a, 0x0b, 0x2c, 0x2d, 0x2e, 0x2f };
	u16 offset;

	(void)state;
	for (offset = 0; offset < 0x40; offset++) {
		const struct pcsc_reg *reg = pcsc_reg_find(HEADER0, 0, offset);

		assert_int_equal(reg && (reg->flags & PCSC_PROBE),
				 !!memchr(probes, offset, sizeof(probes)));
	}
	assert_true(pcsc_reg_find(ECAP, PCSC_ECAP_DSN, 4)->flags & PCSC_PROBE);
	assert_true(pcsc_reg_find(ECAP, PCSC_ECAP_DSN, 11)->flags & PCSC_PROBE);
}

static void reserved_bytes_have_no_row(void **state)
{
	u16 offset;

	(void)state;
	for (offset = 0x35; offset < 0x3c; offset++)
		assert_null(pcsc_reg_find(HEADER0, 0, offset));
	for (offset = 0x35; offset < 0x38; offset++)
		assert_null(pcsc_reg_find(HEADER1, 0, offset));
	assert_non_null(pcsc_reg_find(HEADER1, 0, 0x38));
	assert_null(pcsc_reg_find(CAP, PCSC_CAP_PM, 8));
	assert_null(pcsc_reg_find(ECAP, PCSC_ECAP_SRIOV, 0x13));
	assert_null(pcsc_reg_find(ECAP, PCSC_ECAP_DSN, 12));
	assert_null(pcsc_reg_find(PCSC_SPACE_RAW, 0, 0));
}

static void unknown_ids_have_a_header(void **state)
{
	(void)state;
	assert_int_equal(pcsc_reg_find(CAP, 0x77, 1)->klass, PCSC_CONST);
	assert_null(pcsc_reg_find(CAP, 0x77, 2));
	assert_int_equal(pcsc_reg_find(ECAP, 0x7777, 3)->klass, PCSC_CONST);
	assert_null(pcsc_reg_find(ECAP, 0x7777, 4));
	assert_null(pcsc_cap_name(false, 0x77));
	assert_false(pcsc_cap_known(false, 0x77));
}

static void names_are_setpcis(void **state)
{
	(void)state;
	assert_string_equal(pcsc_cap_name(false, 0x10), "CAP_EXP");
	assert_string_equal(pcsc_cap_name(false, 0x01), "CAP_PM");
	assert_string_equal(pcsc_cap_name(true, 0x01), "ECAP_AER");
	assert_string_equal(pcsc_cap_name(true, 0x10), "ECAP_SRIOV");
	assert_true(pcsc_cap_known(true, PCSC_ECAP_SRIOV));
	assert_false(pcsc_cap_known(false, PCSC_CAP_VNDR));
	assert_false(pcsc_cap_known(true, PCSC_ECAP_DVSEC));
	assert_false(pcsc_cap_known(true, PCSC_ECAP_DOE));
	assert_false(pcsc_cap_known(true, PCSC_ECAP_IDE));
}

static void every_enumerator_has_a_name(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < PCSC_SPACES; i++)
		assert_non_null(pcsc_space_names[i]);
	for (i = 0; i < PCSC_CLASSES; i++)
		assert_non_null(pcsc_class_names[i]);
	for (i = 0; i < PCSC_ATTRS; i++)
		assert_non_null(pcsc_attr_names[i]);
	for (i = 0; i < PCSC_BY_COUNT; i++)
		assert_non_null(pcsc_changed_by_names[i]);
}

static u32 fnv1a(u32 hash, const u8 *bytes, size_t size)
{
	while (size--)
		hash = (hash ^ *bytes++) * 0x01000193;
	return hash;
}

/* All columns that decide, none that only name. */
static void hash_covers_the_rules(void **state)
{
	const struct pcsc_reg *reg;
	u32 hash = 0x811c9dc5;

	(void)state;
	for_each_reg(reg)
	{
		const u8 row[] = {
			reg->space,	    reg->attr,
			reg->klass,	    reg->changed_by,
			reg->flags,	    0,
			reg->cap & 0xff,    reg->cap >> 8,
			reg->offset & 0xff, reg->offset >> 8,
			reg->length & 0xff, reg->length >> 8,
		};

		hash = fnv1a(hash, row, sizeof(row));
	}
	assert_int_equal(pcsc_regs_hash(), hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_sorted_and_apart),
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(const_means_const),
		cmocka_unit_test(headers_agree),
		cmocka_unit_test(classes_are_as_promised),
		cmocka_unit_test(probes_are_the_identity),
		cmocka_unit_test(reserved_bytes_have_no_row),
		cmocka_unit_test(unknown_ids_have_a_header),
		cmocka_unit_test(names_are_setpcis),
		cmocka_unit_test(every_enumerator_has_a_name),
		cmocka_unit_test(hash_covers_the_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
