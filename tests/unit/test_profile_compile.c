// SPDX-License-Identifier: GPL-2.0-only
/* The compiled form says what the profile says, or nothing at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "core/map.h"
#include "profile/image.h"
#include "profile/profile.h"
#include "said.h"
#include "save.h"
#include "synth.h"
#include "talk.h"

static char dir[] = "/tmp/pcsc-profile.XXXXXX";
static char path[64];

static struct profile *sample(void)
{
	struct synth synth;
	struct pcsc_rec *recs[] = { &synth.rec };
	struct profile_tally tally;
	struct profile *prof;

	synth_make(&synth, 20);
	synth.rec.functions[4].device = 0x1520;
	assert_int_equal(profile_generate(recs, 1, "sample", &prof, &tally), 0);
	synth_free(&synth);
	return prof;
}

static void *compiled(struct profile *prof, u32 *size)
{
	void *data;

	assert_int_equal(profile_compile("FILE", prof, &data, size), 0);
	return data;
}

static void put_crc(void *data, u32 size)
{
	struct pcsc_profile_header *header = data;
	const void *range;
	u32 length;

	range = pcsc_profile_crc_range(data, size, &length);
	header->crc32 = crc32(0, range, length);
}

static void refused(const void *data, size_t size, const char *reason)
{
	struct profile *out = NULL;
	const char *said;
	int err;

	said_start();
	err = profile_decode("FILE", data, size, &out);
	said = said_stop();
	if (!err || pcsc_exit_of(err) != PCSC_EXIT_REFUSED ||
	    strncmp(said, "pcsc: FILE: ", 12) || !strstr(said, reason))
		fail_msg("said: %s\nnot: %s", said, reason);
	assert_null(out);
}

/* What a function's byte is by the profile: 0 volatile, 1 const, 2 zero. */
static int byte_class(const struct profile_model *model, u8 space, u16 cap,
		      u16 offset)
{
	for (size_t i = 0; i < model->nr_rules; i++) {
		const struct profile_rule *r = &model->rules[i];

		if (r->klass == PCSC_CONST && r->space == space &&
		    r->cap == cap && offset >= r->offset &&
		    offset < r->offset + r->length)
			return 1 + r->zero;
	}
	return 0;
}

static void test_same_bytes(void **state)
{
	_cleanup_prof_ struct profile *prof = sample(), *back = NULL;
	_cleanup_free_ void *data = NULL;
	u32 size;

	(void)state;
	data = compiled(prof, &size);
	assert_true(size < PCSC_PROFILE_MAX_SIZE);
	assert_int_equal(profile_decode("FILE", data, size, &back), 0);
	assert_int_equal(back->nr_models, prof->nr_models);
	assert_string_equal(back->name, "sample");
	for (size_t m = 0; m < prof->nr_models; m++) {
		const struct profile_model *a = &prof->models[m];
		const struct profile_model *b = &back->models[m];

		assert_memory_equal(&a->id, &b->id, sizeof(a->id));
		assert_true(b->nr_rules < a->nr_rules);
		for (u16 i = 0; i < IMAGE_SIZE; i++)
			for (u8 s = 0; s < PCSC_SPACES; s++)
				assert_int_equal(byte_class(a, s, 0, i),
						 byte_class(b, s, 0, i));
		for (u16 i = 0; i < 0x60; i++)
			assert_int_equal(
				byte_class(a, PCSC_SPACE_CAP, 0x10, i),
				byte_class(b, PCSC_SPACE_CAP, 0x10, i));
	}
}

/* The text of what was compiled has no evidence, so it says less of resets. */
static void forget_survived(void *data, u32 size)
{
	struct pcsc_profile_header *header = data;
	struct pcsc_profile_model *models = (void *)(header + 1);

	for (u32 i = 0; i < header->nr_models; i++)
		models[i].survives = 0;
	put_crc(data, size);
}

static void test_compiles_to_itself(void **state)
{
	_cleanup_prof_ struct profile *prof = sample(), *back = NULL,
				      *again = NULL;
	_cleanup_free_ void *first = NULL, *second = NULL;
	_cleanup_free_ char *text = NULL;
	u32 size, size2;

	(void)state;
	first = compiled(prof, &size);
	assert_int_equal(profile_decode("FILE", first, size, &back), 0);
	assert_int_equal(profile_check("FILE", back, false), 0);
	assert_int_equal(profile_dump(back, &text), 0);
	assert_int_equal(profile_parse("FILE", text, strlen(text), &again), 0);
	assert_int_equal(profile_check("FILE", again, false), 0);
	second = compiled(again, &size2);
	assert_int_equal(size, size2);
	forget_survived(first, size);
	forget_survived(second, size);
	assert_memory_equal(first, second, size);
}

/* What each rule by evidence was compared over, or the helper drops all of it. */
static u16 survives(struct profile *prof)
{
	_cleanup_free_ struct pcsc_profile_header *header = NULL;
	u32 size;

	header = compiled(prof, &size);
	return pcsc_profile_models(header)[1].survives;
}

static void test_survives(void **state)
{
	_cleanup_prof_ struct profile *prof = sample();
	struct profile_model *model = &prof->models[1];
	struct profile_rule *last = NULL;
	unsigned int nr = 0;

	(void)state;
	assert_int_equal(survives(prof), PCSC_SURVIVES_FLR);
	for (size_t i = 0; i < model->nr_rules; i++) {
		if (model->rules[i].basis != PROFILE_EVIDENCE)
			continue;
		nr++;
		last = &model->rules[i];
		last->evidence.survived[PCSC_REC_RESET_PM] = 1;
	}
	assert_true(nr > 1);
	assert_int_equal(survives(prof), PCSC_SURVIVES_ALL);
	last->evidence.survived[PCSC_REC_RESET_FLR] = 0;
	assert_int_equal(survives(prof), PCSC_SURVIVES_D3HOT);
	/* What a person says of bytes that nobody describes was not observed. */
	last->basis = PROFILE_PERSON;
	last->zero = false;
	last->evidence.survived[PCSC_REC_RESET_PM] = 0;
	assert_int_equal(survives(prof), 0);
	last->klass = PCSC_VOLATILE;
	assert_int_equal(survives(prof), PCSC_SURVIVES_ALL);
}

static void test_no_config_rules(void **state)
{
	_cleanup_prof_ struct profile *prof = sample();
	_cleanup_free_ struct pcsc_profile_header *header = NULL;
	unsigned int config = 0;
	u32 size;

	(void)state;
	for (size_t i = 0; i < prof->models[0].nr_rules; i++)
		config += prof->models[0].rules[i].klass == PCSC_CONFIG;
	assert_true(config > 0);
	header = compiled(prof, &size);
	for (u32 i = 0; i < header->nr_rules; i++)
		assert_int_equal(pcsc_profile_rules(header)[i].klass,
				 PCSC_CONST);
}

/* A distrusted header stays so though any capability's is const. */
static void test_volatile_rules_stay(void **state)
{
	static const char text[] =
		"{\"schema\":\"pcsc-profile\",\"version\":1,\"name\":\"t\","
		"\"models\":[{\"match\":{},\"rules\":[{\"space\":\"cap\","
		"\"capability\":\"any\",\"offset\":0,\"length\":2,"
		"\"class\":\"const\",\"basis\":\"specification\"},"
		"{\"space\":\"cap\",\"capability\":\"CAP_EXP\",\"offset\":0,"
		"\"length\":2,\"class\":\"%s\",\"basis\":\"person\"},"
		"{\"space\":\"cap\",\"capability\":\"CAP_EXP\",\"offset\":2,"
		"\"length\":1,\"class\":\"const\",\"basis\":\"person\"}]}]}";
	static const char *const classes[] = { "volatile", "config" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		_cleanup_prof_ struct profile *prof = NULL;
		_cleanup_free_ struct pcsc_profile_header *header = NULL;
		char buf[sizeof(text) + 16];
		u32 size;

		snprintf(buf, sizeof(buf), text, classes[i]);
		assert_int_equal(profile_parse("FILE", buf, strlen(buf), &prof),
				 0);
		assert_int_equal(profile_check("FILE", prof, false), 0);
		header = compiled(prof, &size);
		assert_int_equal(header->nr_rules, 3);
		assert_int_not_equal(pcsc_profile_rules(header)[0].klass,
				     PCSC_CONST);
	}
}

/* What the helper makes of it is what the profile says, byte for byte. */
static void test_the_helper_agrees(void **state)
{
	static struct image image;
	static struct pcsc_map map;
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_free_ struct pcsc_profile_header *header = NULL;
	struct pcsc_identity identity = { .is_vf = true };
	struct pcsc_rec *recs[1];
	struct pcsc_layout layout;
	struct profile_tally tally;
	struct synth synth;
	u32 size;

	(void)state;
	synth_make(&synth, 20);
	recs[0] = &synth.rec;
	assert_int_equal(profile_generate(recs, 1, "t", &prof, &tally), 0);
	header = compiled(prof, &size);
	image_init(&image);
	for (unsigned int i = 0; i < SYNTH_DWORDS; i++)
		image_add(&image, &synth.rec.registers[i]);
	assert_int_equal(image_walk(&image, 4096, &layout), PCSC_WALK_OK);
	identity.vendor = prof->models[0].id.vendor;
	identity.device = prof->models[0].id.device;
	identity.subvendor = prof->models[0].id.subvendor;
	identity.subdevice = prof->models[0].id.subdevice;
	identity.class_code = prof->models[0].id.class_code;
	identity.revision = prof->models[0].id.revision;
	assert_int_equal(pcsc_map_make(&map, header, &identity, &layout), 0);
	assert_int_equal(map.model, 0);
	assert_int_equal(map.nr_dropped, 0);
	assert_true(map.nr_const > 3800);
	for (unsigned int i = 0; i < IMAGE_SIZE; i++) {
		const struct profile_model *model = &prof->models[0];
		const struct pcsc_cap *cap;
		const struct pcsc_reg *reg = pcsc_layout_reg(&layout, i, &cap);
		bool served = map.dword[i / 4].mask & 1 << i % 4;
		bool said;

		if (reg)
			said = byte_class(model, reg->space, reg->cap,
					  i - (cap ? cap->offset : 0));
		else
			said = byte_class(model,
					  i < 0x40 ? PCSC_SPACE_HEADER0 :
						     PCSC_SPACE_RAW,
					  0, i);
		if (served != said)
			fail_msg("byte 0x%x: profile %d, helper %d", i, said,
				 served);
	}
	synth_free(&synth);
}

static void test_most_specific_first(void **state)
{
	static const char text[] =
		"{\"schema\":\"pcsc-profile\",\"version\":1,\"name\":\"t\","
		"\"models\":[{\"match\":{},\"rules\":[]},"
		"{\"match\":{\"vendor\":1},\"rules\":[]},"
		"{\"match\":{\"vf\":false},\"rules\":[]},"
		"{\"match\":{\"vendor\":1,\"device\":2},\"rules\":[]}]}";
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_free_ struct pcsc_profile_header *header = NULL;
	const struct pcsc_profile_model *models;
	u32 size;

	(void)state;
	assert_int_equal(profile_parse("FILE", text, strlen(text), &prof), 0);
	header = compiled(prof, &size);
	models = pcsc_profile_models(header);
	assert_int_equal(models[0].match,
			 PCSC_MATCH_VENDOR | PCSC_MATCH_DEVICE);
	assert_int_equal(models[3].match, 0);
}

static void test_truncated(void **state)
{
	_cleanup_prof_ struct profile *prof = sample();
	_cleanup_free_ void *data = NULL;
	u32 size;

	(void)state;
	data = compiled(prof, &size);
	for (u32 n = 4; n < size; n++)
		refused(data, n, "truncated");
}

static void test_longer(void **state)
{
	_cleanup_prof_ struct profile *prof = sample();
	_cleanup_free_ char *data = NULL;
	u32 size;

	(void)state;
	data = compiled(prof, &size);
	data = realloc(data, size + 4);
	memset(data + size, 0, 4);
	refused(data, size + 4, "offset 8: ");
}

static void test_bit_flips(void **state)
{
	_cleanup_prof_ struct profile *prof = sample();
	_cleanup_free_ u8 *data = NULL;
	u32 size;

	(void)state;
	data = compiled(prof, &size);
	for (u32 bit = 0; bit < 8 * size; bit++) {
		data[bit / 8] ^= 1 << bit % 8;
		refused(data, size, "FILE: offset ");
		data[bit / 8] ^= 1 << bit % 8;
	}
}

/* A right checksum does not allow a profile to call the floor const. */
static void test_hostile(void **state)
{
	_cleanup_prof_ struct profile *prof = sample();
	_cleanup_free_ struct pcsc_profile_header *header = NULL;
	struct pcsc_profile_rule *rule;
	char where[64];
	u32 size;

	(void)state;
	header = compiled(prof, &size);
	rule = (struct pcsc_profile_rule *)(uintptr_t)pcsc_profile_rules(
		header);
	for (unsigned int i = 0; i < pcsc_nr_regs; i++) {
		const struct pcsc_reg *reg = &pcsc_regs[i];

		/* The sample's first model is of VFs. */
		if (!pcsc_reg_is_floor(reg, true))
			continue;
		*rule = (struct pcsc_profile_rule){
			.space = reg->space,
			.klass = PCSC_CONST,
			.cap = reg->cap,
			.offset = reg->offset,
			.length = 1,
		};
		put_crc(header, size);
		pcsc_place(reg->space, reg->cap, reg->offset, where);
		strcat(where, "): this register is always volatile");
		refused(header, size, where);
	}
}

static void test_sizes(void **state)
{
	_cleanup_prof_ struct profile *prof = sample();
	_cleanup_free_ struct pcsc_profile_header *header = NULL;
	u32 size;

	(void)state;
	header = compiled(prof, &size);
	header->nr_rules = 0x20000000;
	put_crc(header, size);
	refused(header, size, "offset 24 (header)");
	header->nr_models = 0xffffffff;
	put_crc(header, size);
	refused(header, size, "offset 20 (header)");
}

static void test_too_large_to_compile(void **state)
{
	_cleanup_prof_ struct profile *prof = profile_new("large");
	const char *said;
	void *data;
	u32 size;
	int err;

	(void)state;
	for (u32 m = 0; m < 100; m++) {
		struct profile_model *model = profile_grow(
			&prof->models, &prof->nr_models, sizeof(*model));

		model->id.match = PCSC_MATCH_LAYOUT;
		model->id.fingerprint = m;
		for (u32 i = 0; i < 1000; i++) {
			struct profile_rule *rule = profile_grow(
				&model->rules, &model->nr_rules, sizeof(*rule));

			rule->space = PCSC_SPACE_RAW;
			rule->klass = PCSC_CONST;
			rule->basis = PROFILE_EVIDENCE;
			rule->attribute = PCSC_ATTRS;
			rule->offset = 0x40 + 2 * i;
			rule->length = 1;
		}
	}
	assert_int_equal(profile_check("FILE", prof, false), 0);
	said_start();
	err = profile_compile("FILE", prof, &data, &size);
	said = said_stop();
	assert_int_equal(err, -EFBIG);
	assert_non_null(strstr(said, "1048576"));
}

static void write_bytes(const void *data, size_t size)
{
	const struct iovec whole = { (void *)data, size };

	assert_int_equal(pcsc_save(path, &whole, 1, PCSC_SAVE_SHARED), 0);
}

static void load_refused(const char *reason)
{
	struct profile *out = NULL;
	const char *said;
	int err;

	said_start();
	err = profile_load(path, false, &out, NULL);
	said = said_stop();
	if (pcsc_exit_of(err) != PCSC_EXIT_REFUSED || !strstr(said, path) ||
	    !strstr(said, reason))
		fail_msg("said: %s\nnot: %s", said, reason);
	assert_null(out);
}

static void test_files(void **state)
{
	_cleanup_prof_ struct profile *prof = sample(), *out = NULL;
	_cleanup_free_ char *data = NULL;
	bool binary = false;
	u32 size;

	(void)state;
	data = compiled(prof, &size);
	write_bytes(data, size);
	assert_int_equal(profile_load(path, false, &out, &binary), 0);
	assert_true(binary);
	write_bytes("", 0);
	load_refused("it is empty");
	write_bytes("\x7f"
		    "ELF....",
		    8);
	load_refused("neither");
	write_bytes(data, 4);
	load_refused("truncated");
	assert_int_equal(truncate(path, PROFILE_MAX_JSON + 1), 0);
	load_refused("at most");
	write_bytes(data, size);
	assert_int_equal(truncate(path, PCSC_PROFILE_MAX_SIZE + 4), 0);
	load_refused("at most 1048576");
}

/* What has no size of its own is not read for ever. */
static void test_endless(void **state)
{
	const char *said;
	char *text;
	size_t size;

	(void)state;
	said_start();
	assert_int_equal(profile_read_file("/dev/zero", 1000, &text, &size),
			 -EFBIG);
	said = said_stop();
	assert_non_null(strstr(said, "/dev/zero: more than 1000 bytes"));
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_compiles_to_itself),
		cmocka_unit_test(test_survives),
		cmocka_unit_test(test_no_config_rules),
		cmocka_unit_test(test_volatile_rules_stay),
		cmocka_unit_test(test_the_helper_agrees),
		cmocka_unit_test(test_most_specific_first),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_longer),
		cmocka_unit_test(test_bit_flips),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_too_large_to_compile),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
