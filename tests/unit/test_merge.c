// SPDX-License-Identifier: GPL-2.0-only
/*
 * Merging profiles: random ones give the same bytes in any order and grouping, and
 * nothing is const that one of them contradicts. And what diff says of two profiles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/caps.h"
#include "profile/diff.h"
#include "dump.h"
#include "profile/merge.h"

#define PROFILES 5
#define ROUNDS 300

static u64 random_state = 0x2545f491;

static u32 below(u32 n)
{
	return img_random(&random_state) % n;
}

/* ---- random profiles ---- */

static struct profile_model *add_model(struct profile *prof, u16 device)
{
	struct profile_model *model =
		profile_grow(&prof->models, &prof->nr_models, sizeof(*model));

	assert_non_null(model);
	model->id.match = PCSC_MATCH_VENDOR | PCSC_MATCH_DEVICE |
			  PCSC_MATCH_VF | PCSC_MATCH_LAYOUT;
	model->id.vendor = 0x8086;
	model->id.device = device;
	model->id.is_vf = true;
	model->id.fingerprint = 7;
	model->functions = 1 + below(64);
	model->hosts = 1;
	return model;
}

static struct profile_rule *add_rule(struct profile_model *model, u8 space,
				     u16 cap, u16 offset, u16 length, u8 klass,
				     u8 basis)
{
	struct profile_rule *rule =
		profile_grow(&model->rules, &model->nr_rules, sizeof(*rule));

	assert_non_null(rule);
	rule->space = space;
	rule->cap = cap;
	rule->offset = offset;
	rule->length = length;
	rule->klass = klass;
	rule->basis = basis;
	rule->attribute = PCSC_ATTRS;
	return rule;
}

static void add_evidence(struct profile_rule *rule)
{
	rule->has_evidence = true;
	rule->evidence = (struct profile_evidence){
		.functions = 16 + below(4),
		.reads = 48 + below(4),
		.least_reads = 3 + below(2),
		.values = 1 + below(2),
		.survived = { below(2), below(2), below(2) },
	};
	rule->siblings = below(2) * (60 + below(8));
}

static void add_conflict(struct profile_model *model, u8 space, u16 cap,
			 u16 offset, u16 length, const char *name, u8 reason)
{
	struct profile_conflict *c = profile_grow(
		&model->conflicts, &model->nr_conflicts, sizeof(*c));
	char example[16];

	assert_non_null(c);
	snprintf(example, sizeof(example), "0000:%02x:00.0", below(256));
	*c = (struct profile_conflict){
		.space = space,
		.cap = cap,
		.offset = offset,
		.length = length,
		.reason = reason,
		.functions = 1 + below(3),
		.writes = below(3),
		.name = name ? strdup(name) : NULL,
		.example = strdup(example),
	};
}

/* Runs of undescribed bytes, now and then without or with another class. */
static void add_undescribed(struct profile_model *model)
{
	u16 at = 0x400;

	while (at < 0x440) {
		const u16 length = 1 + below(12);
		const u32 kind = below(6);

		if (kind > 1)
			add_evidence(add_rule(model, PCSC_SPACE_RAW, 0, at,
					      length, PCSC_CONST,
					      PROFILE_EVIDENCE));
		else if (!kind)
			add_rule(model, PCSC_SPACE_RAW, 0, at, length,
				 PCSC_VOLATILE, PROFILE_PERSON);
		at += length;
	}
	if (!below(8))
		add_conflict(model, PCSC_SPACE_RAW, 0, 0x410, 4, NULL,
			     PROFILE_CHANGED);
	if (!below(16))
		add_conflict(model, PCSC_SPACE_RAW, 0, 0x600, 4, NULL,
			     PROFILE_WRITTEN);
}

static void add_described(struct profile_model *model)
{
	const struct pcsc_reg *reg =
		pcsc_reg_find(PCSC_SPACE_CAP, PCSC_CAP_EXP, 0x24);
	struct profile_rule *rule;

	if (!below(4)) {
		add_conflict(model, PCSC_SPACE_CAP, PCSC_CAP_EXP, 0x24, 4,
			     reg->name, PROFILE_CHANGED);
		return;
	}
	if (!below(3))
		return;
	rule = add_rule(model, PCSC_SPACE_CAP, PCSC_CAP_EXP, 0x24, 1 + below(4),
			PCSC_CONST, PROFILE_SPECIFICATION);
	rule->name = strdup(reg->name);
	rule->source = strdup(reg->source);
	rule->attribute = reg->attr;
	add_evidence(rule);
}

static struct profile *random_profile(void)
{
	struct profile *prof = profile_new("random");

	assert_non_null(prof);
	for (u16 device = 1; device <= 3; device++) {
		struct profile_model *model;

		if (!below(3))
			continue;
		model = add_model(prof, device);
		add_described(model);
		add_undescribed(model);
	}
	prof->incomplete = !below(10);
	return prof;
}

/* A copy as a file would be. */
static struct profile *copy(struct profile *prof)
{
	struct profile *again;
	char *text;

	assert_int_equal(profile_dump(prof, &text), 0);
	assert_int_equal(profile_parse("copy", text, strlen(text), &again), 0);
	free(text);
	return again;
}

/* ---- order and grouping ---- */

/* Merge profiles[order[0..nr)], each by itself. */
static struct profile *merge_all(struct profile *const *profiles,
				 const unsigned int *order, unsigned int nr)
{
	struct profile *to = profile_new("merged");

	for (unsigned int i = 0; i < nr; i++) {
		struct profile *from = copy(profiles[order[i]]);

		assert_int_equal(merge_into(to, from), 0);
		profile_free(from);
	}
	assert_int_equal(merge_finish(to), 0);
	return to;
}

static char *text_of(struct profile *prof)
{
	char *text;

	assert_int_equal(profile_dump(prof, &text), 0);
	profile_free(prof);
	return text;
}

static void shuffle(unsigned int *order)
{
	for (unsigned int i = 0; i < PROFILES; i++)
		order[i] = i;
	for (unsigned int i = PROFILES - 1; i; i--) {
		const unsigned int j = below(i + 1), old = order[i];

		order[i] = order[j];
		order[j] = old;
	}
}

static void any_order_and_grouping_is_the_same(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct profile *profiles[PROFILES], *halves[2];
		unsigned int order[PROFILES], both[2] = { 0, 1 };
		char *one, *other, *grouped;

		for (unsigned int i = 0; i < PROFILES; i++)
			profiles[i] = random_profile();
		shuffle(order);
		one = text_of(merge_all(profiles, order, PROFILES));
		halves[0] = merge_all(profiles, order, 2);
		halves[1] = merge_all(profiles, order + 2, PROFILES - 2);
		grouped = text_of(merge_all(halves, both, 2));
		shuffle(order);
		other = text_of(merge_all(profiles, order, PROFILES));
		assert_string_equal(one, other);
		assert_string_equal(one, grouped);
		free(one);
		free(other);
		free(grouped);
		profile_free(halves[0]);
		profile_free(halves[1]);
		for (unsigned int i = 0; i < PROFILES; i++)
			profile_free(profiles[i]);
	}
}

/* ---- what is const ---- */

static bool covers(u8 space, u16 offset, u16 length, u8 at_space, u16 at)
{
	return space == at_space && at >= offset && at - offset < length;
}

static int class_at(const struct profile_model *model, u8 space, u16 at)
{
	for (size_t i = 0; i < model->nr_rules; i++)
		if (covers(model->rules[i].space, model->rules[i].offset,
			   model->rules[i].length, space, at))
			return model->rules[i].klass;
	return -1;
}

static bool denies(const struct profile_model *model, u8 space, u16 at)
{
	for (size_t i = 0; i < model->nr_conflicts; i++) {
		const struct profile_conflict *c = &model->conflicts[i];

		if (covers(c->space, c->offset, c->length, space, at) ||
		    (space == PCSC_SPACE_RAW && !c->name &&
		     c->reason == PROFILE_WRITTEN))
			return true;
	}
	return class_at(model, space, at) == PCSC_VOLATILE;
}

static const struct profile_model *model_of(const struct profile *prof,
					    u16 device)
{
	for (size_t i = 0; i < prof->nr_models; i++)
		if (prof->models[i].id.device == device)
			return &prof->models[i];
	return NULL;
}

/* Const in one, and denied by none: that, and nothing else, is const. */
static void check_byte(struct profile *const *profiles,
		       const struct profile *merged, u16 device, u8 space,
		       u16 at)
{
	const struct profile_model *model = model_of(merged, device);
	bool expected = false, denied = false;

	for (unsigned int i = 0; i < PROFILES; i++) {
		const struct profile_model *its = model_of(profiles[i], device);

		if (!its)
			continue;
		expected |= class_at(its, space, at) == PCSC_CONST;
		denied |= denies(its, space, at);
	}
	assert_int_equal(model && class_at(model, space, at) == PCSC_CONST,
			 expected && !denied);
}

static void const_is_what_one_says_and_none_denies(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct profile *profiles[PROFILES], *merged;
		unsigned int order[PROFILES];

		for (unsigned int i = 0; i < PROFILES; i++)
			profiles[i] = random_profile();
		shuffle(order);
		merged = merge_all(profiles, order, PROFILES);
		for (u16 device = 1; device <= 3; device++) {
			for (u16 at = 0x400; at < 0x450; at++)
				check_byte(profiles, merged, device,
					   PCSC_SPACE_RAW, at);
			for (u16 at = 0x24; at < 0x28; at++)
				check_byte(profiles, merged, device,
					   PCSC_SPACE_CAP, at);
		}
		for (unsigned int i = 0; i < PROFILES; i++)
			profile_free(profiles[i]);
		profile_free(merged);
	}
}

static void support_is_counted(void **state)
{
	struct profile *a = profile_new("a"), *b = profile_new("b");
	struct profile_rule *x, *y;

	(void)state;
	x = add_rule(add_model(a, 1), PCSC_SPACE_RAW, 0, 0x400, 4, PCSC_CONST,
		     PROFILE_EVIDENCE);
	y = add_rule(add_model(b, 1), PCSC_SPACE_RAW, 0, 0x402, 4, PCSC_CONST,
		     PROFILE_EVIDENCE);
	a->models[0].functions = 16;
	b->models[0].functions = 20;
	x->has_evidence = y->has_evidence = true;
	x->evidence = (struct profile_evidence){ 16, 48, 3, 1, 0, 0, 0, { 1 } };
	y->evidence = (struct profile_evidence){ 20, 80, 4, 1, 0, 0, 0, { 2 } };
	x->siblings = 40;
	y->siblings = 30;
	assert_int_equal(merge_into(a, b), 0);
	assert_int_equal(merge_finish(a), 0);
	assert_int_equal(a->models[0].functions, 36);
	assert_int_equal(a->models[0].hosts, 2);
	assert_int_equal(a->models[0].nr_rules, 3);
	x = &a->models[0].rules[1];
	assert_int_equal(x->offset, 0x402);
	assert_int_equal(x->length, 2);
	assert_int_equal(x->evidence.functions, 36);
	assert_int_equal(x->evidence.reads, 128);
	assert_int_equal(x->evidence.least_reads, 3);
	assert_int_equal(x->evidence.survived[0], 3);
	assert_int_equal(x->siblings, 70);
	assert_int_equal(a->models[0].rules[0].siblings, 40);
	profile_free(a);
	profile_free(b);
}

static void examples_are_left_out(void **state)
{
	struct profile *a = profile_new("a");

	(void)state;
	add_conflict(add_model(a, 1), PCSC_SPACE_RAW, 0, 0x400, 4, NULL,
		     PROFILE_CHANGED);
	merge_redact(a);
	assert_null(a->models[0].conflicts[0].example);
	profile_free(a);
}

/* ---- differences ---- */

static ssize_t differences(struct profile *a, struct profile *b, char **text)
{
	size_t size;
	FILE *out = open_memstream(text, &size);
	ssize_t n = profile_diff(a, b, false, out);

	fclose(out);
	return n;
}

static void a_profile_is_as_itself(void **state)
{
	(void)state;
	for (unsigned int round = 0; round < ROUNDS; round++) {
		struct profile *a = random_profile(), *b = copy(a);
		char *text;

		assert_int_equal(differences(a, b, &text), 0);
		assert_string_equal(text, "");
		free(text);
		profile_free(a);
		profile_free(b);
	}
}

static void differences_are_said(void **state)
{
	struct profile *a = profile_new("a"), *b = profile_new("b");
	struct profile_model *from = add_model(a, 1), *to = add_model(b, 1);
	char *text;

	(void)state;
	to->id.fingerprint = 8;
	add_rule(from, PCSC_SPACE_RAW, 0, 0x400, 8, PCSC_CONST,
		 PROFILE_EVIDENCE);
	add_rule(to, PCSC_SPACE_RAW, 0, 0x404, 2, PCSC_VOLATILE,
		 PROFILE_PERSON);
	add_rule(to, PCSC_SPACE_RAW, 0, 0x406, 8, PCSC_CONST, PROFILE_EVIDENCE);
	/* The layout, four bytes gone, two of another class, six new. */
	assert_int_equal(differences(a, b, &text), 4);
	assert_non_null(strstr(text, "layout 00000007 -> 8086:0001 VF"));
	assert_non_null(strstr(text, "- raw 0x400                4 const"));
	assert_non_null(strstr(text, "! raw 0x404                2 const"));
	assert_non_null(strstr(text, "+ raw 0x408                6 no rule"));
	free(text);
	profile_free(a);
	profile_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_order_and_grouping_is_the_same),
		cmocka_unit_test(const_is_what_one_says_and_none_denies),
		cmocka_unit_test(support_is_counted),
		cmocka_unit_test(examples_are_left_out),
		cmocka_unit_test(a_profile_is_as_itself),
		cmocka_unit_test(differences_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
