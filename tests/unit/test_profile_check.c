// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/caps.h"
#include "core/map.h"
#include "core/profile.h"
#include "core/regs.h"
#include "dump.h"
#include "pack.h"

#define IN_HEADER(field) offsetof(struct pcsc_profile_header, field)
#define MODEL_AT(n, field)                         \
	(sizeof(struct pcsc_profile_header) +      \
	 (n) * sizeof(struct pcsc_profile_model) + \
	 offsetof(struct pcsc_profile_model, field))
#define RULE_AT(pack, n, field)                                  \
	(sizeof(struct pcsc_profile_header) +                    \
	 (pack)->nr_models * sizeof(struct pcsc_profile_model) + \
	 (n) * sizeof(struct pcsc_profile_rule) +                \
	 offsetof(struct pcsc_profile_rule, field))

static void accepted_file(struct pack *pack)
{
	struct pcsc_profile_error error = { 0, "nothing" };

	if (pcsc_profile_check(pack->file, pack->size, &error))
		fail_msg("refused at %u: %s", error.offset, error.reason);
}

static void accepted(struct pack *pack)
{
	pack_file(pack);
	accepted_file(pack);
}

static void refused_file(struct pack *pack, u32 offset, const char *reason)
{
	struct pcsc_profile_error error = { 0, NULL };

	assert_int_equal(pcsc_profile_check(pack->file, pack->size, &error),
			 -PCSC_EINVAL);
	assert_string_equal(error.reason, reason);
	assert_int_equal(error.offset, offset);
}

static void refused(struct pack *pack, u32 offset, const char *reason)
{
	pack_file(pack);
	refused_file(pack, offset, reason);
}

/* One model, three rules. */
static void good(struct pack *pack)
{
	pack_init(pack);
	pack_model(pack, PCSC_MATCH_VENDOR | PCSC_MATCH_LAYOUT);
	pack_rule(pack, PCSC_SPACE_HEADER, 0, 0x00, 4, PCSC_CONST, 0);
	pack_rule(pack, PCSC_SPACE_CAP, PCSC_CAP_EXP, 0x04, 2, PCSC_CONST, 0);
	pack_rule(pack, PCSC_SPACE_RAW, 0, 0x200, 0x100, PCSC_CONST,
		  PCSC_RULE_EVIDENCE | PCSC_RULE_ZERO);
}

static int setup(void **state)
{
	struct pack *pack = calloc(1, sizeof(*pack));

	if (!pack)
		return -1;
	good(pack);
	*state = pack;
	return 0;
}

static int teardown(void **state)
{
	pack_free(*state);
	free(*state);
	return 0;
}

static void a_good_one_passes(void **state)
{
	struct pack *pack = *state;

	accepted(pack);
	pack_model(pack, 0);
	accepted(pack);
	/* Models may share rules. */
	pack->models[1].first_rule = 0;
	pack->models[1].nr_rules = 2;
	accepted(pack);
	pack_init(pack);
	accepted(pack);
}

static void the_specification_passes(void **state)
{
	struct pack *pack = *state;

	pack_init(pack);
	pack_model(pack, 0);
	pack_spec(pack);
	accepted(pack);
}

static void sizes_are_exact(void **state)
{
	struct pack *pack = *state;
	struct pcsc_profile_header *header;
	u8 *whole;
	u32 size;

	header = pack_file(pack);
	header->size++;
	refused_file(pack, IN_HEADER(size), "not the size of the file");
	/* Cut at every byte, each in a buffer of its own for ASan. */
	pack_file(pack);
	whole = pack->file;
	for (size = 0; size < pack->size; size++) {
		struct pcsc_profile_error error;
		u8 *cut = malloc(size + !size);

		memcpy(cut, whole, size);
		if (size >= 12)
			((struct pcsc_profile_header *)cut)->size = size;
		assert_int_equal(pcsc_profile_check(cut, size, &error),
				 -PCSC_EINVAL);
		free(cut);
	}
}

static void counts_do_not_overflow(void **state)
{
	static const u32 counts[] = { 0xffffffff, 0x80000000, 0x55555556,
				      0x15555556, 0x08000000 };
	struct pack *pack = *state;
	struct pcsc_profile_header *header;
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		header = pack_file(pack);
		header->nr_models = counts[i];
		refused_file(pack, IN_HEADER(nr_models), "too many models");
		header = pack_file(pack);
		header->nr_rules = counts[i];
		refused_file(pack, IN_HEADER(nr_rules),
			     "models and rules do not fill the file");
	}
	pack->models[0].first_rule = 0xffffffff;
	refused(pack, MODEL_AT(0, first_rule), "rules outside the file");
	pack->models[0].first_rule = 1;
	refused(pack, MODEL_AT(0, nr_rules), "rules outside the file");
	pack->models[0].nr_rules = 0xffffffff;
	refused(pack, MODEL_AT(0, nr_rules), "rules outside the file");
}

/* It is printed, by tools and in sysfs: at every place, every byte. */
static void names_are_printable(void **state)
{
	struct pack *pack = *state;

	for (unsigned int at = 0; at < 31; at++)
		for (unsigned int byte = 1; byte < 256; byte++) {
			char *name = pack_file(pack)->name;

			memset(name, 'x', 31);
			name[31] = '\0';
			name[at] = byte;
			if (byte >= ' ' && byte <= '~')
				accepted_file(pack);
			else
				refused_file(
					pack, IN_HEADER(name),
					"name has no end, or is not printable ASCII");
		}
}

static void headers_are_checked(void **state)
{
	struct pack *pack = *state;
	struct pcsc_profile_error error = { 77, NULL };

	pack_file(pack)->magic ^= 1;
	refused_file(pack, IN_HEADER(magic), "not a compiled profile");
	pack_file(pack)->version = 2;
	refused_file(pack, IN_HEADER(version), "a version we do not know");
	pack_file(pack)->reserved = 1;
	refused_file(pack, IN_HEADER(reserved), "reserved field is not 0");
	memset(pack_file(pack)->name, 'x', 32);
	refused_file(pack, IN_HEADER(name),
		     "name has no end, or is not printable ASCII");
	assert_int_equal(pcsc_profile_check(pack_file(pack),
					    PCSC_PROFILE_MAX_SIZE + 1, &error),
			 -PCSC_EINVAL);
	assert_string_equal(error.reason, "larger than 1 MiB");
	assert_int_equal(error.offset, 0);
	error.offset = 77;
	assert_int_equal(
		pcsc_profile_check((u8 *)pack_file(pack) + 1, 64, &error),
		-PCSC_EINVAL);
	assert_string_equal(error.reason, "not aligned");
	assert_int_equal(error.offset, 0);
	error = (struct pcsc_profile_error){ 77, NULL };
	assert_int_equal(pcsc_profile_check(pack_file(pack), 63, &error),
			 -PCSC_EINVAL);
	assert_string_equal(error.reason, "shorter than its header");
	assert_int_equal(error.offset, 0);
}

static void models_are_checked(void **state)
{
	struct pack *pack = *state;
	struct pcsc_profile_model *model = &pack->models[0];

	model->match |= 1u << 7;
	refused(pack, MODEL_AT(0, match), "unknown match bits");
	model->match &= PCSC_MATCH_ALL;
	model->class_code = 0x1000000;
	refused(pack, MODEL_AT(0, class_code), "class of more than 24 bits");
	model->class_code = 0xffffff;
	accepted(pack);
	model->is_vf = 2;
	refused(pack, MODEL_AT(0, is_vf), "neither 0 nor 1");
	model->is_vf = 0;
	model->survives = PCSC_SURVIVES_ALL + 1;
	refused(pack, MODEL_AT(0, survives), "unknown resets");
	model->survives = PCSC_SURVIVES_ALL;
	model->match = PCSC_MATCH_VENDOR;
	refused(pack, RULE_AT(pack, 2, space),
		"raw, but its model names no layout");
	/* the second one is looked at, too, and its rules */
	model->match = PCSC_MATCH_LAYOUT;
	*pack_model(pack, 1u << 7) = (struct pcsc_profile_model){
		.match = 1u << 7, .first_rule = 1, .nr_rules = 2
	};
	refused(pack, MODEL_AT(1, match), "unknown match bits");
	pack->models[1].match = 0;
	refused(pack, RULE_AT(pack, 2, space),
		"raw, but its model names no layout");
}

static void the_fields_of_rules_are_checked(void **state)
{
	struct pack *pack = *state;
	struct pcsc_profile_rule *cap = &pack->rules[1], *raw = &pack->rules[2];
	const struct pcsc_profile_rule was = *cap;

	cap->space = PCSC_SPACES;
	refused(pack, RULE_AT(pack, 1, space), "unknown space");
	*cap = was;
	cap->klass = PCSC_CLASSES;
	refused(pack, RULE_AT(pack, 1, klass), "unknown class");
	*cap = was;
	cap->flags = 1u << 3;
	refused(pack, RULE_AT(pack, 1, flags), "unknown flags");
	cap->flags = PCSC_RULE_SIBLINGS;
	refused(pack, RULE_AT(pack, 1, flags),
		"its model is not of VFs, which alone have siblings");
	cap->flags = PCSC_RULE_EVIDENCE;
	refused(pack, RULE_AT(pack, 1, flags),
		"no evidence inside a capability");
	cap->flags = PCSC_RULE_ZERO;
	refused(pack, RULE_AT(pack, 1, flags),
		"only a rule by evidence can say zero");
	*cap = was;
	cap->cap = 0x100;
	refused(pack, RULE_AT(pack, 1, cap), "capability ID of 8 bits");
	cap->cap = 0xff;
	cap->klass = PCSC_VOLATILE;
	accepted(pack);
	*cap = was;
	cap->reserved = 1;
	refused(pack, RULE_AT(pack, 1, reserved), "reserved field is not 0");
	*cap = was;
	raw->cap = 1;
	refused(pack, RULE_AT(pack, 2, cap), "this space has no capabilities");
	good(pack);
	for (u8 space = PCSC_SPACE_HEADER; space <= PCSC_SPACE_HEADER1;
	     space++) {
		pack->rules[0].space = space;
		pack->rules[0].cap = 1;
		refused(pack, RULE_AT(pack, 0, cap),
			"this space has no capabilities");
	}
}

static const struct range {
	u8 space;
	u16 cap;
	u16 end;
} ranges[] = {
	{ PCSC_SPACE_HEADER, 0, 0x40 },
	{ PCSC_SPACE_HEADER0, 0, 0x40 },
	{ PCSC_SPACE_HEADER1, 0, 0x40 },
	{ PCSC_SPACE_CAP, PCSC_CAP_PM, 0xc0 },
	{ PCSC_SPACE_ECAP, PCSC_ECAP_AER, 0xf00 },
	{ PCSC_SPACE_RAW, 0, 0x1000 },
};

static void ranges_are_checked(void **state)
{
	struct pack *pack = *state;
	struct pcsc_profile_rule *rule;
	size_t i;

	for (i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		const struct range *r = &ranges[i];

		pack_init(pack);
		pack_model(pack, PCSC_MATCH_LAYOUT);
		rule = pack_rule(pack, r->space, r->cap, 0, r->end,
				 PCSC_VOLATILE, 0);
		accepted(pack);
		rule->length = 0;
		refused(pack, RULE_AT(pack, 0, length), "length is 0");
		rule->length = r->end + 1;
		refused(pack, RULE_AT(pack, 0, length),
			"reaches out of its space");
		rule->length = 0xffff;
		rule->offset = r->end - 1;
		refused(pack, RULE_AT(pack, 0, length),
			"reaches out of its space");
		rule->length = 2;
		refused(pack, RULE_AT(pack, 0, length),
			"reaches out of its space");
		rule->length = 1;
		accepted(pack);
		rule->offset = r->end;
		refused(pack, RULE_AT(pack, 0, offset),
			"offset outside its space");
	}
}

static void rules_are_sorted_and_apart(void **state)
{
	struct pack *pack = *state;
	struct pcsc_profile_rule swap;

	swap = pack->rules[0];
	pack->rules[0] = pack->rules[1];
	pack->rules[1] = swap;
	refused(pack, RULE_AT(pack, 1, space), "unsorted or overlapping");
	pack_init(pack);
	pack_model(pack, 0);
	pack_rule(pack, PCSC_SPACE_HEADER, 0, 0x00, 4, PCSC_CONST, 0);
	pack_rule(pack, PCSC_SPACE_HEADER, 0, 0x03, 1, PCSC_VOLATILE, 0);
	refused(pack, RULE_AT(pack, 1, space), "unsorted or overlapping");
	pack->rules[1] = pack->rules[0];
	refused(pack, RULE_AT(pack, 1, space), "unsorted or overlapping");
	/* Each model counts for itself. */
	pack->models[0].nr_rules = 1;
	pack_model(pack, 0);
	pack->models[1].first_rule = 1;
	pack->models[1].nr_rules = 1;
	accepted(pack);
}

static void single(struct pack *pack, const struct pcsc_reg *reg, u8 klass)
{
	pack_init(pack);
	pack_model(pack, 0);
	pack_rule(pack, reg->space, reg->cap, reg->offset, reg->length, klass,
		  0);
}

/* Every row of the table: the floor refuses, the rest is the profile's. */
static void the_floor_holds(void **state)
{
	struct pack *pack = *state;
	const struct pcsc_reg *reg;
	unsigned int floors = 0;

	for (reg = pcsc_regs; reg < pcsc_regs + pcsc_nr_regs; reg++) {
		u8 klass;

		for (klass = PCSC_CONFIG; klass <= PCSC_CONST; klass++) {
			single(pack, reg, klass);
			if (!(reg->flags & PCSC_FLOOR)) {
				accepted(pack);
				continue;
			}
			refused(pack, RULE_AT(pack, 0, space),
				"this register is always volatile");
			floors++;
		}
		single(pack, reg, PCSC_VOLATILE);
		accepted(pack);
	}
	assert_true(floors > 80);
}

/* One byte of the floor in the middle or at the end of a range. */
static void the_floor_holds_inside_ranges(void **state)
{
	struct pack *pack = *state;

	pack->rules[0].length = 5;
	refused(pack, RULE_AT(pack, 0, space),
		"this register is always volatile");
	pack->rules[0].length = 0x0c;
	refused(pack, RULE_AT(pack, 0, space),
		"this register is always volatile");
	/* Command has two names. */
	pack->rules[0].space = PCSC_SPACE_HEADER0;
	pack->rules[0].length = 5;
	refused(pack, RULE_AT(pack, 0, space),
		"this register is always volatile");
	good(pack);
	pack->rules[1].length = 5;
	refused(pack, RULE_AT(pack, 1, space),
		"this register is always volatile");
}

static void nobody_knows_what_is_not_in_the_table(void **state)
{
	struct pack *pack = *state;
	struct pcsc_profile_rule *cap = &pack->rules[1];

	cap->cap = PCSC_CAP_NULL;
	refused(pack, RULE_AT(pack, 1, space),
		"no register that the table knows");
	cap->cap = 0x77;
	refused(pack, RULE_AT(pack, 1, space),
		"no register that the table knows");
	cap->cap = PCSC_ANY_CAP;
	refused(pack, RULE_AT(pack, 1, space),
		"no register that the table knows");
	cap->offset = 0;
	accepted(pack);
	cap->length = 3;
	refused(pack, RULE_AT(pack, 1, space),
		"no register that the table knows");
	good(pack);
	cap->offset = 0x3c;
	refused(pack, RULE_AT(pack, 1, space),
		"no register that the table knows");
}

static void reserved_bytes_need_evidence(void **state)
{
	struct pack *pack = *state;
	struct pcsc_profile_rule *rule = &pack->rules[0];

	rule->offset = 0x35;
	rule->length = 3;
	refused(pack, RULE_AT(pack, 0, space),
		"only evidence can speak for reserved bytes");
	rule->flags = PCSC_RULE_EVIDENCE;
	accepted(pack);
	rule->length = 4; /* 0x38 is type 1's expansion ROM */
	refused(pack, RULE_AT(pack, 0, space),
		"header types differ here: say header0 or header1");
	rule->space = PCSC_SPACE_HEADER0;
	accepted(pack);
	rule->space = PCSC_SPACE_HEADER1;
	rule->length = 3;
	accepted(pack);
}

/* So that a lie can be tested where it does no harm. */
static void the_interrupt_line_may_be_called_const(void **state)
{
	struct pack *pack = *state;

	pack->rules[0].offset = 0x3c;
	pack->rules[0].length = 1;
	accepted(pack);
}

static void models_match_by_what_they_name(void **state)
{
	const struct pcsc_identity id = {
		.vendor = 0x1b36,
		.device = 0x0010,
		.subvendor = 0x1af4,
		.subdevice = 0x1100,
		.class_code = 0x010802,
		.revision = 2,
		.is_vf = true,
	};
	const struct pcsc_profile_model same = {
		.vendor = 0x1b36,
		.device = 0x0010,
		.subvendor = 0x1af4,
		.subdevice = 0x1100,
		.class_code = 0x010802,
		.revision = 2,
		.is_vf = 1,
		.fingerprint = 77,
	};
	struct pcsc_profile_model model = { .match = 0, .vendor = 1 };
	u32 bit;

	(void)state;
	assert_true(pcsc_model_matches(&model, &id, 77));
	model = same;
	model.match = PCSC_MATCH_ALL;
	assert_true(pcsc_model_matches(&model, &id, 77));
	assert_false(pcsc_model_matches(&model, &id, 78));
	for (bit = 1; bit <= PCSC_MATCH_ALL; bit <<= 1) {
		/* All zero: differs in every field. */
		model = (struct pcsc_profile_model){ .match = bit };
		assert_false(pcsc_model_matches(&model, &id, 77));
		model = same;
		model.match = bit;
		assert_true(pcsc_model_matches(&model, &id, 77));
	}
	model.match = PCSC_MATCH_SUBSYSTEM;
	model.subvendor = 0;
	assert_false(pcsc_model_matches(&model, &id, 77));
}

/* ---- as large as may be ---- */

/* Rules of one byte each, that every model shares. */
static void large(struct pack *pack, u32 nr_models, u32 nr_rules)
{
	const u32 size = sizeof(struct pcsc_profile_header) +
			 nr_models * sizeof(struct pcsc_profile_model) +
			 nr_rules * sizeof(struct pcsc_profile_rule);
	struct pcsc_profile_header header = *pack_file(pack);
	struct pcsc_profile_model *models;
	struct pcsc_profile_rule *rules;

	header.size = size;
	header.nr_models = nr_models;
	header.nr_rules = nr_rules;
	pack_free(pack);
	pack->size = size;
	pack->file = calloc(1, size);
	if (!pack->file)
		abort();
	memcpy(pack->file, &header, sizeof(header));
	models = (void *)(pack->file + sizeof(header));
	rules = (void *)(models + nr_models);
	for (u32 i = 0; i < nr_models; i++)
		models[i] =
			(struct pcsc_profile_model){ .match = PCSC_MATCH_LAYOUT,
						     .nr_rules = nr_rules };
	for (u32 i = 0; i < nr_rules; i++)
		rules[i] = (struct pcsc_profile_rule){ .space = PCSC_SPACE_RAW,
						       .offset = i % 4096,
						       .length = 1 };
}

static void a_file_may_have_a_mebibyte(void **state)
{
	struct pack *pack = *state;

	large(pack, 0, (PCSC_PROFILE_MAX_SIZE - 64) / 12);
	assert_int_equal(pack->size, PCSC_PROFILE_MAX_SIZE);
	accepted_file(pack);
}

static void models_may_be_many(void **state)
{
	struct pack *pack = *state;

	large(pack, PCSC_PROFILE_MAX_MODELS, 0);
	accepted_file(pack);
	large(pack, PCSC_PROFILE_MAX_MODELS + 1, 0);
	refused_file(pack, IN_HEADER(nr_models), "too many models");
}

/* A small file that takes long to check: 1,048,576 rules in all are enough. */
static void shared_rules_count_for_each_model(void **state)
{
	struct pack *pack = *state;
	struct pcsc_profile_model *models;

	large(pack, 1024, 1025);
	models = (void *)(pack->file + sizeof(struct pcsc_profile_header));
	for (int i = 0; i < 1024; i++)
		models[i].nr_rules = 1024;
	accepted_file(pack);
	models[1022].nr_rules++;
	refused_file(pack, MODEL_AT(1023, nr_rules), "too many rules in all");
	models[1022].nr_rules--;
	models[1023].nr_rules++;
	refused_file(pack, MODEL_AT(1023, nr_rules), "too many rules in all");
}

/* ---- anything at all ---- */

static void no_floor_byte_is_const(const struct pcsc_map *map,
				   const struct pcsc_layout *layout)
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg;
	u32 offset;

	for (offset = 0; offset < 4096; offset++) {
		if (!(map->dword[offset / 4].mask & (1u << offset % 4)))
			continue;
		assert_true(offset < layout->cfg_size);
		reg = pcsc_layout_reg(layout, offset, &cap);
		if (reg)
			assert_false(pcsc_reg_is_floor(reg, map->is_vf));
		else
			assert_true(pcsc_layout_undescribed(layout, offset));
	}
}

static void mutate(struct pack *pack, u64 *seed)
{
	unsigned int changes = 1 + img_random(seed) % 4;

	while (changes--) {
		u32 at = img_random(seed) % pack->size;

		if (img_random(seed) & 1)
			pack->file[at] = img_random(seed);
		else
			pack->file[at] ^= 1u << (img_random(seed) % 8);
	}
}

static void anything_is_checked(void **state)
{
	const struct pcsc_identity identity = { .vendor = 0x1b36 };
	struct pack *pack = *state;
	static struct pcsc_map map;
	struct pcsc_layout layout;
	unsigned int passed = 0;
	u64 seed = 20250202;
	struct img img;
	int i;

	img_nvme_pf(&img);
	img_walk(&img, &layout);
	pack->models[0].match = PCSC_MATCH_LAYOUT;
	pack->models[0].fingerprint = layout.fingerprint;
	for (i = 0; i < 100000; i++) {
		struct pcsc_profile_error error = { 0, NULL };

		pack_file(pack);
		mutate(pack, &seed);
		if (!pcsc_profile_check(pack->file, pack->size, &error)) {
			if (passed++ % 8)
				continue;
			pcsc_map_make(&map, (void *)pack->file, &identity,
				      &layout);
			no_floor_byte_is_const(&map, &layout);
			continue;
		}
		assert_non_null(error.reason);
		assert_true(error.offset <= pack->size);
	}
	assert_true(passed > 1000);
	assert_true(passed < 90000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_good_one_passes),
		TEST(the_specification_passes),
		TEST(sizes_are_exact),
		TEST(counts_do_not_overflow),
		TEST(headers_are_checked),
		TEST(names_are_printable),
		TEST(models_are_checked),
		TEST(the_fields_of_rules_are_checked),
		TEST(ranges_are_checked),
		TEST(rules_are_sorted_and_apart),
		TEST(the_floor_holds),
		TEST(the_floor_holds_inside_ranges),
		TEST(nobody_knows_what_is_not_in_the_table),
		TEST(reserved_bytes_need_evidence),
		TEST(the_interrupt_line_may_be_called_const),
		TEST(models_match_by_what_they_name),
		TEST(a_file_may_have_a_mebibyte),
		TEST(models_may_be_many),
		TEST(shared_rules_count_for_each_model),
		TEST(anything_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
