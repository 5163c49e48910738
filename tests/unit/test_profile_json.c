// SPDX-License-Identifier: GPL-2.0-only
/* JSON goes both ways unchanged; what makes no sense is refused, with a place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "profile/profile.h"
#include "said.h"
#include "synth.h"
#include "talk.h"

#define TOP "{\"schema\":\"pcsc-profile\",\"version\":1,\"name\":\"t\","
#define MODEL(match, rules) \
	TOP "\"models\":[{\"match\":{" match "},\"rules\":[" rules "]}]}"
#define RULE(space, offset, length, class, basis)                           \
	"{\"space\":\"" space "\",\"offset\":" offset ",\"length\":" length \
	",\"class\":\"" class "\",\"basis\":\"" basis "\"}"
#define ANY(rules) MODEL("", rules)

/* Parse and check; what was said is in *said. */
static int load(const char *text, size_t size, struct profile **prof,
		const char **said)
{
	int err;

	*prof = NULL;
	said_start();
	err = profile_parse("FILE", text, size, prof);
	if (!err)
		err = profile_check("FILE", *prof, false);
	*said = said_stop();
	return err;
}

static void refused(const char *text, const char *reason)
{
	_cleanup_prof_ struct profile *prof = NULL;
	const char *said;
	int err = load(text, strlen(text), &prof, &said);

	if (err != -EINVAL || !strstr(said, reason))
		fail_msg("%s\nsaid: %s\nnot: %s", text, said, reason);
	assert_int_equal(pcsc_exit_of(err), PCSC_EXIT_REFUSED);
}

static void accepted(const char *text)
{
	_cleanup_prof_ struct profile *prof = NULL;
	const char *said;

	if (load(text, strlen(text), &prof, &said))
		fail_msg("%s\nsaid: %s", text, said);
}

static void same_again(struct profile *prof)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	_cleanup_prof_ struct profile *again = NULL;
	const char *said;

	assert_int_equal(profile_dump(prof, &first), 0);
	assert_int_equal(load(first, strlen(first), &again, &said), 0);
	assert_int_equal(profile_dump(again, &second), 0);
	assert_string_equal(first, second);
}

static void test_round_trip(void **state)
{
	struct synth synth;
	struct pcsc_rec *recs[] = { &synth.rec };
	struct profile_tally tally;
	struct profile *prof;

	(void)state;
	synth_make(&synth, 20);
	synth_reg(&synth, 8, 0x64)->changes = 2;
	synth_reg(&synth, 8, 0x44)->writes = 2;
	synth.rec.functions[4].revision = 9;
	assert_int_equal(profile_generate(recs, 1, "trip", &prof, &tally), 0);
	assert_true(tally.conflicts > 0);
	same_again(prof);
	profile_free(prof);
	synth_free(&synth);
	assert_int_equal(profile_specification("spec", &prof), 0);
	same_again(prof);
	profile_free(prof);
}

static void test_huge_counts(void **state)
{
	struct synth synth;
	struct pcsc_rec *recs[] = { &synth.rec };
	struct profile_tally tally;
	struct profile *prof;

	(void)state;
	synth_make(&synth, 2);
	synth_reg(&synth, 0, 0x64)->reads = UINT64_MAX - 5;
	synth_reg(&synth, 0, 0x68)->reads = UINT64_MAX;
	assert_int_equal(profile_generate(recs, 1, "huge", &prof, &tally), 0);
	same_again(prof);
	profile_free(prof);
	synth_free(&synth);
}

/* A table that no tool has is not this tool's once it was written. */
static void test_a_table_of_zero_stays(void **state)
{
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_free_ char *text = NULL;
	const char zero[] = TOP "\"table\":\"0x00000000\",\"models\":[]}";
	const char *said;

	(void)state;
	assert_int_equal(load(zero, strlen(zero), &prof, &said), 0);
	assert_non_null(strstr(said, "another register table (0x00000000"));
	assert_int_equal(profile_dump(prof, &text), 0);
	assert_non_null(strstr(text, "\"table\": \"0x00000000\""));
	same_again(prof);
}

static void test_both_kinds_of_numbers(void **state)
{
	(void)state;
	accepted(ANY(RULE("header", "52", "1", "const", "specification")));
	accepted(ANY(RULE("header", "\"0x34\"", "\"0x1\"", "const",
			  "specification")));
	refused(ANY(RULE("header", "\"52\"", "1", "const", "specification")),
		"FILE: models[0].rules[0].offset: not a number");
	refused(ANY(RULE("header", "\"0x\"", "1", "const", "specification")),
		"rules[0].offset: not a number");
	refused(ANY(RULE("header", "\"0x3g\"", "1", "const", "specification")),
		"rules[0].offset: not a number");
	refused(ANY(RULE("header", "-1", "1", "const", "specification")),
		"rules[0].offset: not a number");
	refused(ANY(RULE("header", "1.5", "1", "const", "specification")),
		"rules[0].offset: not a number");
	refused(ANY(RULE("header", "99999999999999999999", "1", "const",
			 "specification")),
		"FILE:1:");
}

static void test_syntax(void **state)
{
	(void)state;
	refused("", "FILE:1:0: ");
	refused("{\n\"schema\":\n}", "FILE:3:1: ");
	refused(TOP "\"name\":\"u\",\"models\":[]}", "FILE:1:");
	refused(TOP "\"models\":[]} x", "FILE:1:");
	refused("[]", "not an object");
}

static void test_form(void **state)
{
	(void)state;
	accepted(TOP "\"models\":[]}");
	refused("{\"schema\":\"pcsc-profile\",\"version\":1,\"models\":[]}",
		"FILE: name: missing");
	refused("{\"schema\":\"other\",\"version\":1,\"name\":\"t\",\"models\":[]}",
		"FILE: schema: ");
	refused("{\"schema\":\"pcsc-profile\",\"version\":2,\"name\":\"t\",\"models\":[]}",
		"FILE: version: ");
	refused(TOP "\"models\":{}}", "FILE: models: not an array");
	refused(TOP "\"models\":[1]}", "FILE: models[0]: not an object");
	refused(TOP "\"models\":[],\"extra\":1}", "unknown key 'extra'");
	refused(TOP "\"models\":[],\"e\\u001b[31m\":1}",
		"unknown key 'e?[31m'");
	refused(ANY("{}"), "FILE: models[0].rules[0].space: missing");
	refused(ANY(RULE("hat", "0", "1", "const", "person")),
		"models[0].rules[0].space: 'hat'");
	refused(ANY(RULE("header", "0", "1", "fast", "person")),
		"models[0].rules[0].class: 'fast'");
	refused(MODEL("\"vendor\":\"0x12345\"", ""),
		"models[0].match.vendor: 0x12345 is more than 0xffff");
	refused(MODEL("\"vf\":1", ""), "models[0].match.vf: neither");
	refused(MODEL("\"subsystem_vendor\":1", ""), "go together");
	refused("{\"schema\":\"pcsc-profile\",\"version\":1,\"models\":[],"
		"\"name\":\"more than thirty-one characters, by far\"}",
		"FILE: name: more than 31");
	refused("{\"schema\":\"pcsc-profile\",\"version\":1,\"models\":[],"
		"\"name\":\"\\u001b]0;x\"}",
		"FILE: name: not all of it is printable");
}

static void test_capabilities(void **state)
{
#define CAP(cap)                                                  \
	"{\"space\":\"cap\",\"capability\":" cap ",\"offset\":0," \
	"\"length\":2,\"class\":\"const\",\"basis\":\"specification\"}"
	(void)state;
	accepted(ANY(CAP("\"CAP_EXP\"")));
	accepted(ANY(CAP("\"0x10\"")));
	accepted(ANY(CAP("\"any\"")));
	refused(ANY(CAP("\"ECAP_AER\"")), "rules[0].capability: 'ECAP_AER'");
	refused(ANY(CAP("\"0x100\"")), "rules[0].capability: '0x100'");
	refused(ANY(CAP("16")), "rules[0].capability: ");
	refused(ANY(RULE("cap", "0", "2", "const", "person")),
		"rules[0].capability: missing");
	refused(ANY(CAP("\"CAP_EXP\"") "," CAP("\"0x0010\"")),
		"models[0]: rules[1] covers CAP_EXP+0x0, and so does rules[0]");
}

static void test_ranges(void **state)
{
	(void)state;
	refused(ANY(RULE("header", "0", "0", "const", "person")),
		"models[0].rules[0].length: no bytes");
	refused(ANY(RULE("header", "63", "2", "const", "person")),
		"models[0].rules[0]: 2 bytes at header 0x3f: outside");
	refused(ANY(RULE("header", "\"0x1000\"", "1", "const", "person")),
		"rules[0].offset: 0x1000 is more than 0xfff");
	refused(ANY(RULE("raw", "\"0x100\"", "1", "const", "person")),
		"needs a layout");
	accepted(MODEL("\"layout\":1",
		       RULE("raw", "\"0xfff\"", "1", "const", "evidence")));
	refused(MODEL("\"layout\":1",
		      RULE("raw", "\"0xfff\"", "2", "const", "evidence")),
		"outside");
	refused(MODEL("\"layout\":1",
		      RULE("raw", "\"0x3f\"", "1", "const", "evidence")),
		"outside");
}

static void test_overlaps(void **state)
{
	(void)state;
	refused(ANY(RULE("header", "\"0x8\"", "4", "const", "person") "," RULE(
			"header", "\"0x34\"", "1", "const",
			"person") "," RULE("header0", "\"0xb\"", "1", "const",
					   "person")),
		"models[0]: rules[2] covers header0 0x0b, and so does rules[0]");
	accepted(ANY(RULE("header", "\"0x8\"", "3", "const", "person") "," RULE(
		"header0", "\"0xb\"", "1", "const", "person")));
	accepted(ANY(RULE("header0", "\"0x10\"", "4", "const",
			  "person") "," RULE("header1", "\"0x10\"", "4",
					     "const", "person")));
	refused(TOP "\"models\":[{\"match\":{\"vendor\":1},\"rules\":[]},"
		    "{\"match\":{},\"rules\":[]},"
		    "{\"match\":{\"vendor\":1},\"rules\":[]}]}",
		"models[0] and models[2] match the same");
}

static void test_bases(void **state)
{
	(void)state;
	refused(ANY(RULE("header", "\"0x3c\"", "1", "const", "specification")),
		"the register table does not call header 0x3c const");
	accepted(ANY(
		RULE("header", "\"0x3c\"", "1", "config", "specification")));
	accepted(ANY(RULE("header", "\"0x3c\"", "1", "const", "person")));
	refused(ANY(RULE("header", "\"0x3c\"", "1", "const", "evidence")),
		"only bytes that the table does not describe can have basis");
	accepted(ANY(RULE("header0", "\"0x36\"", "1", "const", "evidence")));
	refused(ANY(RULE("header0", "\"0x36\"", "1", "const", "person")),
		"only evidence");
	/* A VF's BARs are const, other functions' are not. */
	refused(ANY(RULE("header0", "\"0x10\"", "4", "const", "specification")),
		"does not call");
	accepted(MODEL("\"vf\":true", RULE("header0", "\"0x10\"", "4", "const",
					   "specification")));
	refused(MODEL("\"vf\":false", RULE("header0", "\"0x10\"", "4", "const",
					   "specification")),
		"does not call");
	refused(ANY("{\"space\":\"header\",\"offset\":52,\"length\":1,"
		    "\"class\":\"const\",\"basis\":\"person\","
		    "\"register\":\"STATUS\"}"),
		"rules[0].register: says 'STATUS', but header 0x34 is 'CAPABILITIES'");
}

/* Every single floor register, called const or config, from any direction. */
static void test_every_floor_register(void **state)
{
	char text[512], id[16], cap[64];
	unsigned int nr = 0;

	(void)state;
	for (unsigned int i = 0; i < pcsc_nr_regs; i++) {
		const struct pcsc_reg *reg = &pcsc_regs[i];

		if (!(reg->flags & PCSC_FLOOR))
			continue;
		*cap = '\0';
		if (reg->space >= PCSC_SPACE_CAP)
			snprintf(cap, sizeof(cap), ",\"capability\":\"%s\"",
				 pcsc_cap_string(reg->space, reg->cap, id));
		snprintf(text, sizeof(text),
			 ANY("{\"space\":\"%s\"%s,\"offset\":%u,\"length\":1,"
			     "\"class\":\"%s\",\"basis\":\"%s\"}"),
			 pcsc_space_names[reg->space], cap,
			 reg->offset + reg->length - 1,
			 nr % 2 ? "const" : "config",
			 profile_basis_names[nr % PROFILE_BASES]);
		refused(text, reg->name);
		nr++;
	}
	assert_true(nr > 30);
}

static const struct profile_rule *find(const struct profile *prof,
				       const struct pcsc_reg *reg)
{
	const struct profile_model *model = &prof->models[0];

	for (size_t i = 0; i < model->nr_rules; i++)
		if (model->rules[i].space == reg->space &&
		    model->rules[i].cap == reg->cap &&
		    model->rules[i].offset == reg->offset &&
		    model->rules[i].length == reg->length)
			return &model->rules[i];
	return NULL;
}

static void test_hostile_file(void **state)
{
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_free_ char *text = NULL;
	const char *said;
	size_t size;

	(void)state;
	assert_int_equal(profile_read_file("tests/profiles/hostile.json",
					   PROFILE_MAX_JSON, &text, &size),
			 0);
	assert_int_equal(profile_parse("hostile.json", text, size, &prof), 0);
	/* It has them all. */
	for (unsigned int i = 0; i < pcsc_nr_regs; i++)
		if (pcsc_regs[i].flags & PCSC_FLOOR &&
		    !find(prof, &pcsc_regs[i]))
			fail_msg("hostile.json lacks %s", pcsc_regs[i].name);
	said_start();
	assert_int_equal(profile_check("hostile.json", prof, false), -EINVAL);
	said = said_stop();
	assert_non_null(strstr(
		said,
		"hostile.json: models[0].rules[0]: header 0x04 is COMMAND"));
	said_start();
	assert_int_equal(profile_check("hostile.json", prof, true), 0);
	said = said_stop();
	assert_non_null(strstr(said, "COMMAND"));
	assert_non_null(strstr(said, "ACSCtl"));
	assert_int_equal(prof->models[0].nr_rules, 0);
}

static void test_floor_wins(void **state)
{
	const char *text = ANY(RULE("header0", "0", "52", "const", "person"));
	_cleanup_prof_ struct profile *prof = NULL;
	static const u16 expect[][2] = { { 0, 4 }, { 8, 7 }, { 0x10, 36 } };
	const char *said;

	(void)state;
	assert_int_equal(profile_parse("FILE", text, strlen(text), &prof), 0);
	said_start();
	assert_int_equal(profile_check("FILE", prof, true), 0);
	said = said_stop();
	assert_non_null(strstr(
		said, "FILE: models[0].rules[0]: header0 0x04 (COMMAND)"));
	assert_non_null(strstr(said, "header0 0x06 (STATUS)"));
	assert_non_null(strstr(said, "header0 0x0f (BIST)"));
	profile_sort(prof);
	assert_int_equal(prof->models[0].nr_rules, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(prof->models[0].rules[i].offset, expect[i][0]);
		assert_int_equal(prof->models[0].rules[i].length, expect[i][1]);
	}
}

/* A rule over all of a header or capability: every floor register in it is named. */
static void test_floor_names_all(void **state)
{
	for (unsigned int i = 0; i < pcsc_nr_regs; i++) {
		const struct pcsc_reg *reg = &pcsc_regs[i];
		struct profile_model model = { .id = { .match = 0 } };
		struct profile whole = { .models = &model,
					 .nr_models = 1,
					 .table = pcsc_regs_hash() };
		struct profile_rule *rule;
		const char *said;

		if (!(reg->flags & PCSC_FLOOR) || reg->length > 64)
			continue;
		rule = profile_grow(&model.rules, &model.nr_rules,
				    sizeof(*rule));
		*rule = (struct profile_rule){ .space = reg->space,
					       .klass = PCSC_CONST,
					       .basis = PROFILE_PERSON,
					       .attribute = PCSC_ATTRS,
					       .cap = reg->cap };
		/* From the first floor byte before it that has no gap between. */
		rule->offset = reg->offset;
		while (rule->offset &&
		       profile_floor_reg(reg->space, reg->cap, rule->offset - 1,
					 false))
			rule->offset--;
		rule->length = reg->offset + reg->length - rule->offset;
		said_start();
		assert_int_equal(profile_check("FILE", &whole, true), 0);
		said = said_stop();
		if (!strstr(said, reg->name))
			fail_msg("nobody names %s: %s", reg->name, said);
		assert_int_equal(model.nr_rules, 0);
		profile_model_clear(&model);
	}
	(void)state;
}

static void test_interrupt_line_file(void **state)
{
	_cleanup_prof_ struct profile *prof = NULL;
	bool compiled = true;

	(void)state;
	assert_int_equal(profile_load("tests/profiles/interrupt-line.json",
				      false, &prof, &compiled),
			 0);
	assert_false(compiled);
	assert_int_equal(prof->models[0].id.match, 0);
	assert_int_equal(prof->models[0].rules[0].offset, 0x3c);
	assert_int_equal(prof->models[0].rules[0].klass, PCSC_CONST);
}

/* A few rules and their evidence as text. */
static char *some_text(void)
{
	_cleanup_prof_ struct profile *prof = NULL;
	static const char rules[] = MODEL(
		"\"vendor\":\"0x8086\",\"layout\":7",
		RULE("header", "52", "1", "const", "specification") "," RULE(
			"raw", "256", "64", "const", "evidence"));
	char *text;

	assert_int_equal(profile_parse("FILE", rules, strlen(rules), &prof), 0);
	prof->models[0].rules[1].has_evidence = true;
	assert_int_equal(profile_dump(prof, &text), 0);
	return text;
}

/* Cut off anywhere, it is refused, never half taken; nor does it crash. */
static void test_truncated(void **state)
{
	_cleanup_free_ char *text = some_text();
	size_t size = strlen(text) - 1; /* without the newline */
	struct profile *out;
	const char *said;

	(void)state;
	accepted(text);
	for (size_t i = 0; i < size; i++) {
		assert_int_equal(load(text, i, &out, &said), -EINVAL);
		assert_null(out);
		assert_memory_equal(said, "pcsc: FILE:", 11);
	}
}

/* A flipped bit is refused or gives another profile that makes sense. */
static void test_bit_flips(void **state)
{
	_cleanup_free_ char *text = some_text();
	size_t size = strlen(text);
	struct profile *out;
	const char *said;

	(void)state;
	for (size_t i = 0; i < 8 * size; i++) {
		text[i / 8] ^= 1 << i % 8;
		if (load(text, size, &out, &said))
			assert_memory_equal(said, "pcsc: FILE:", 11);
		else
			same_again(out);
		profile_free(out);
		text[i / 8] ^= 1 << i % 8;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_huge_counts),
		cmocka_unit_test(test_a_table_of_zero_stays),
		cmocka_unit_test(test_both_kinds_of_numbers),
		cmocka_unit_test(test_syntax),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_overlaps),
		cmocka_unit_test(test_bases),
		cmocka_unit_test(test_every_floor_register),
		cmocka_unit_test(test_hostile_file),
		cmocka_unit_test(test_floor_wins),
		cmocka_unit_test(test_floor_names_all),
		cmocka_unit_test(test_interrupt_line_file),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_bit_flips),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
