// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a helper has demoted becomes conflicts, and merging them takes the rules: with a
 * helper that is made up here, and functions in a directory that looks like sysfs's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/caps.h"
#include "dump.h"
#include "profile/demotions.h"
#include "profile/host.h"
#include "profile/merge.h"
#include "said.h"
#include "uapi/pcsc.h"

#define FUNCTIONS 4
#define DEVCAP2 0x74 /* CAP_EXP+0x24 */
#define RAW_A 0x300 /* eight bytes that only evidence speaks for */
#define RAW_B 0x400 /* and eight others */
#define RAW_PERSON 0x500 /* four that a person calls const */
#define SPARE 0x38 /* undescribed bytes of the header, four */

/* ---- a helper ---- */

static struct {
	__u32 mode;
	struct pcsc_function_state state[FUNCTIONS];
	__u8 byte[FUNCTIONS][4096];
} helper;

static int answer_bytes(struct pcsc_bytes *b)
{
	if (b->bus != 1 || b->devfn >= FUNCTIONS) {
		errno = ENODEV;
		return -1;
	}
	b->count = 4096;
	memcpy((void *)(uintptr_t)b->items, helper.byte[b->devfn], 4096);
	return 0;
}

static int answer_state(struct pcsc_state *s)
{
	if (s->count >= FUNCTIONS)
		memcpy((void *)(uintptr_t)s->items, helper.state,
		       sizeof(helper.state));
	s->count = FUNCTIONS;
	return 0;
}

/* In place of the C library's. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list list;
	void *arg;

	(void)fd;
	va_start(list, request);
	arg = va_arg(list, void *);
	va_end(list);
	if (request == PCSC_IOC_INFO) {
		((struct pcsc_info *)arg)->abi = PCSC_ABI;
		((struct pcsc_info *)arg)->mode = helper.mode;
		return 0;
	}
	if (request == PCSC_IOC_STATE)
		return answer_state(arg);
	assert_int_equal(request, PCSC_IOC_BYTES);
	return answer_bytes(arg);
}

static void demote(unsigned int devfn, u16 where, u16 length, u8 more)
{
	for (u16 i = 0; i < length; i++)
		helper.byte[devfn][where + i] =
			PCSC_BYTE_CONST | PCSC_BYTE_DEMOTED | more;
}

/* All evidence of a function, as the helper reports it. */
static void drop(unsigned int devfn, u32 why)
{
	demote(devfn, RAW_A, 8, PCSC_BYTE_EVIDENCE);
	demote(devfn, SPARE, 4, PCSC_BYTE_EVIDENCE);
	helper.state[devfn].evidence = why;
}

/* ---- its functions ---- */

static char dir[] = "/tmp/pcsc-demotions.XXXXXX";

static void write_file(const char *bdf, const char *name, const void *data,
		       size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, bdf, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

/* An endpoint: PCI Express at 0x50, AER at 0x100. */
static void make_function(unsigned int devfn)
{
	static const char modalias[] =
		"pci:v00008086d0000154Csv00008086sd00001234bc02sc00i00\n";
	char bdf[16], path[64];
	struct img img;

	snprintf(bdf, sizeof(bdf), "0000:01:00.%u", devfn);
	snprintf(path, sizeof(path), "%s/%s", dir, bdf);
	mkdir(path, 0700);
	img_init(&img, 4096);
	img_cap(&img, 0x50, PCSC_CAP_EXP, 2);
	img_ecap(&img, 0x100, PCSC_ECAP_AER, 2);
	write_file(bdf, "modalias", modalias, strlen(modalias));
	write_file(bdf, "revision", "0x01\n", 5);
	write_file(bdf, "config", img.bytes, sizeof(img.bytes));
}

static int fresh(void **state)
{
	(void)state;
	memset(&helper, 0, sizeof(helper));
	helper.mode = PCSC_MODE_ON;
	for (unsigned int i = 0; i < FUNCTIONS; i++) {
		helper.state[i].bus = 1;
		helper.state[i].devfn = i;
		make_function(i);
	}
	return 0;
}

/* ---- a profile ---- */

static void add_rule(struct profile_model *model, u8 space, u16 cap, u16 offset,
		     u16 length, u8 basis)
{
	struct profile_rule *rule =
		profile_grow(&model->rules, &model->nr_rules, sizeof(*rule));

	*rule = (struct profile_rule){
		.space = space,
		.cap = cap,
		.offset = offset,
		.length = length,
		.klass = PCSC_CONST,
		.basis = basis,
		.attribute = PCSC_ATTRS,
	};
}

static struct profile *make_profile(u32 layout_xor)
{
	struct profile *prof = profile_new("served");
	struct profile_model *model =
		profile_grow(&prof->models, &prof->nr_models, sizeof(*model));
	struct host_function f;

	assert_int_equal(host_look(dir, 0, 1, 0, &f), 0);
	assert_int_equal(f.layout.status, PCSC_WALK_OK);
	model->id.match =
		PCSC_MATCH_VENDOR | PCSC_MATCH_DEVICE | PCSC_MATCH_LAYOUT;
	model->id.vendor = 0x8086;
	model->id.device = 0x154c;
	model->id.fingerprint = f.layout.fingerprint ^ layout_xor;
	model->functions = FUNCTIONS;
	model->hosts = 1;
	add_rule(model, PCSC_SPACE_CAP, PCSC_CAP_EXP, 0x24, 4,
		 PROFILE_SPECIFICATION);
	add_rule(model, PCSC_SPACE_CAP, PCSC_CAP_EXP, 0x2c, 4,
		 PROFILE_SPECIFICATION);
	add_rule(model, PCSC_SPACE_RAW, 0, RAW_A, 8, PROFILE_EVIDENCE);
	add_rule(model, PCSC_SPACE_RAW, 0, RAW_B, 8, PROFILE_EVIDENCE);
	add_rule(model, PCSC_SPACE_RAW, 0, RAW_PERSON, 4, PROFILE_PERSON);
	add_rule(model, PCSC_SPACE_HEADER0, 0, SPARE, 4, PROFILE_EVIDENCE);
	profile_sort(prof);
	return prof;
}

static bool has_rule(const struct profile *prof, u8 space, u16 offset)
{
	const struct profile_model *model = &prof->models[0];

	for (size_t i = 0; i < model->nr_rules; i++)
		if (model->rules[i].space == space &&
		    offset >= model->rules[i].offset &&
		    offset - model->rules[i].offset < model->rules[i].length)
			return true;
	return false;
}

static struct profile *find(const struct profile *prof)
{
	struct profile *found = NULL;

	assert_int_equal(demotions_find(-1, dir, prof, &found), 0);
	return found;
}

/* What `merge --demotions` does; *said is what it says. */
static struct profile *merge(const char **said)
{
	struct profile *prof = make_profile(0), *found;

	said_start();
	found = find(prof);
	demotions_say(found, prof);
	assert_int_equal(merge_into(prof, found), 0);
	*said = said_stop();
	assert_int_equal(merge_finish(prof), 0);
	profile_sort(prof);
	profile_free(found);
	return prof;
}

static void is_as_served(void)
{
	const char *said;
	struct profile *prof = merge(&said), *same = make_profile(0);
	char *a, *b;

	assert_int_equal(prof->models[0].nr_conflicts, 0);
	assert_int_equal(profile_dump(prof, &a), 0);
	assert_int_equal(profile_dump(same, &b), 0);
	assert_string_equal(a, b);
	assert_string_equal(said, "");
	free(a);
	free(b);
	profile_free(prof);
	profile_free(same);
}

/* ---- tests ---- */

static void nothing_demoted_changes_nothing(void **state)
{
	(void)state;
	is_as_served();
}

static void a_register_is_called_const_no_more(void **state)
{
	const struct profile_conflict *c;
	const char *said;
	struct profile *prof;

	(void)state;
	demote(3, DEVCAP2 + 1, 1, 0);
	demote(2, DEVCAP2, 4, 0);
	prof = merge(&said);
	assert_int_equal(prof->nr_models, 1);
	assert_int_equal(prof->models[0].functions, FUNCTIONS);
	assert_int_equal(prof->models[0].hosts, 1);
	assert_int_equal(prof->models[0].nr_conflicts, 1);
	c = &prof->models[0].conflicts[0];
	assert_int_equal(c->space, PCSC_SPACE_CAP);
	assert_int_equal(c->cap, PCSC_CAP_EXP);
	assert_int_equal(c->offset, 0x24);
	assert_int_equal(c->length, 4);
	assert_string_equal(c->name, "DevCap2");
	assert_int_equal(c->reason, PROFILE_DEMOTED);
	assert_int_equal(c->functions, 2);
	assert_string_equal(c->example, "0000:01:00.2");
	for (u16 i = 0; i < 4; i++)
		assert_false(has_rule(prof, PCSC_SPACE_CAP, 0x24 + i));
	assert_true(has_rule(prof, PCSC_SPACE_CAP, 0x2c));
	assert_true(has_rule(prof, PCSC_SPACE_RAW, RAW_A));
	assert_non_null(strstr(
		said,
		"CAP_EXP+0x24 (DevCap2) demoted on 2 functions, such as 0000:01:00.2: no rule for it"));
	profile_free(prof);
}

static void evidence_that_a_reset_ended_is_not_wrong(void **state)
{
	(void)state;
	drop(1, PCSC_EVIDENCE_RESET);
	/* An older helper does not say why. */
	drop(2, 0);
	is_as_served();
}

static void what_is_itself_contradicted_counts_after_a_reset(void **state)
{
	const char *said;
	struct profile *prof;

	(void)state;
	drop(1, PCSC_EVIDENCE_RESET);
	demote(1, RAW_A + 4, 2, 0);
	prof = merge(&said);
	assert_int_equal(prof->models[0].nr_conflicts, 1);
	assert_int_equal(prof->models[0].conflicts[0].length, 2);
	assert_true(has_rule(prof, PCSC_SPACE_RAW, RAW_A + 3));
	assert_false(has_rule(prof, PCSC_SPACE_RAW, RAW_A + 4));
	assert_false(has_rule(prof, PCSC_SPACE_RAW, RAW_A + 5));
	assert_true(has_rule(prof, PCSC_SPACE_RAW, RAW_A + 6));
	profile_free(prof);
}

static void a_write_takes_all_evidence(void **state)
{
	const char *said;
	struct profile *prof;

	(void)state;
	drop(1, PCSC_EVIDENCE_WRITTEN);
	prof = merge(&said);
	assert_int_equal(prof->models[0].nr_conflicts, 2);
	assert_int_equal(prof->models[0].conflicts[0].reason, PROFILE_WRITTEN);
	assert_null(prof->models[0].conflicts[0].name);
	assert_false(has_rule(prof, PCSC_SPACE_RAW, RAW_A));
	assert_false(has_rule(prof, PCSC_SPACE_RAW, RAW_B));
	assert_false(has_rule(prof, PCSC_SPACE_HEADER0, SPARE));
	assert_true(has_rule(prof, PCSC_SPACE_RAW, RAW_PERSON));
	assert_true(has_rule(prof, PCSC_SPACE_CAP, 0x24));
	assert_non_null(strstr(said, "no rules by evidence"));
	profile_free(prof);
}

static void a_read_takes_the_evidence_that_was_dropped(void **state)
{
	const char *said;
	struct profile *prof;

	(void)state;
	drop(1, PCSC_EVIDENCE_READ);
	prof = merge(&said);
	assert_int_equal(prof->models[0].conflicts[0].reason, PROFILE_DEMOTED);
	assert_false(has_rule(prof, PCSC_SPACE_RAW, RAW_A));
	/* Said in another space than the conflict's. */
	assert_false(has_rule(prof, PCSC_SPACE_HEADER0, SPARE));
	assert_true(has_rule(prof, PCSC_SPACE_RAW, RAW_B));
	assert_true(has_rule(prof, PCSC_SPACE_CAP, 0x24));
	profile_free(prof);
}

static void a_persons_rule_stays_and_that_is_said(void **state)
{
	const char *said;
	struct profile *prof;

	(void)state;
	demote(0, RAW_PERSON, 4, 0);
	prof = merge(&said);
	assert_true(has_rule(prof, PCSC_SPACE_RAW, RAW_PERSON));
	assert_int_equal(prof->models[0].nr_conflicts, 1);
	assert_non_null(strstr(said, "basis person, so it stays: take it out"));
	profile_free(prof);
}

static void another_layout_is_another_model(void **state)
{
	struct profile *prof = make_profile(1), *found;

	(void)state;
	demote(0, DEVCAP2, 4, 0);
	said_start();
	found = find(prof);
	assert_non_null(
		strstr(said_stop(), "0000:01:00.0: no model is for it"));
	assert_int_equal(found->nr_models, 0);
	profile_free(found);
	profile_free(prof);
}

static void lists_that_cannot_be_followed(void **state)
{
	struct profile *prof = make_profile(0), *found;
	static const u8 absent[4096] = { [0 ... 4095] = 0xff };

	(void)state;
	demote(1, DEVCAP2, 4, 0);
	write_file("0000:01:00.1", "config", absent, sizeof(absent));
	said_start();
	found = find(prof);
	assert_non_null(strstr(said_stop(), "lists cannot be followed, so"));
	assert_int_equal(found->nr_models, 0);
	profile_free(found);
	profile_free(prof);
}

static void a_helper_that_is_off_has_forgotten(void **state)
{
	struct profile *prof = make_profile(0), *found = NULL;

	(void)state;
	helper.mode = PCSC_MODE_OFF;
	demote(0, DEVCAP2, 4, 0);
	said_start();
	assert_int_equal(demotions_find(-1, dir, prof, &found), -EINVAL);
	assert_non_null(strstr(said_stop(), "mode is off"));
	assert_null(found);
	profile_free(prof);
}

/* Written, read on another host, and merged there: as if it had been asked. */
static void carried_in_a_file_it_is_the_same(void **state)
{
	struct profile *prof = make_profile(0), *found, *read;
	char *text, *here, *there;
	const char *said;
	struct profile *merged;

	(void)state;
	demote(0, DEVCAP2, 4, 0);
	drop(2, PCSC_EVIDENCE_WRITTEN);
	merged = merge(&said);
	assert_int_equal(profile_dump(merged, &here), 0);
	found = find(prof);
	assert_int_equal(profile_dump(found, &text), 0);
	assert_int_equal(profile_parse("f", text, strlen(text), &read), 0);
	assert_int_equal(profile_check("f", read, false), 0);
	assert_int_equal(merge_into(read, prof), 0);
	assert_int_equal(merge_finish(read), 0);
	snprintf(read->name, sizeof(read->name), "%s", merged->name);
	assert_int_equal(profile_dump(read, &there), 0);
	assert_string_equal(here, there);
	free(text);
	free(here);
	free(there);
	profile_free(found);
	profile_free(read);
	profile_free(merged);
	profile_free(prof);
}

static int remove_all(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

#define TEST(f) cmocka_unit_test_setup(f, fresh)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_demoted_changes_nothing),
		TEST(a_register_is_called_const_no_more),
		TEST(evidence_that_a_reset_ended_is_not_wrong),
		TEST(what_is_itself_contradicted_counts_after_a_reset),
		TEST(a_write_takes_all_evidence),
		TEST(a_read_takes_the_evidence_that_was_dropped),
		TEST(a_persons_rule_stays_and_that_is_said),
		TEST(another_layout_is_another_model),
		TEST(lists_that_cannot_be_followed),
		TEST(a_helper_that_is_off_has_forgotten),
		TEST(carried_in_a_file_it_is_the_same),
	};

	if (!mkdtemp(dir))
		return 1;
	return cmocka_run_group_tests(tests, NULL, remove_all);
}
