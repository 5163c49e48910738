// SPDX-License-Identifier: GPL-2.0-only
/* What becomes a rule, tested from both sides of every threshold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "profile/image.h"
#include "profile/profile.h"
#include "said.h"
#include "synth.h"

#define BYTE 0x204 /* undescribed, and zero */

static struct synth synth;
static struct profile *prof;
static struct profile_tally tally;

static int setup(void **state)
{
	(void)state;
	synth_make(&synth, PROFILE_MIN_FUNCTIONS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	profile_free(prof);
	prof = NULL;
	synth_free(&synth);
	return 0;
}

static void generate(void)
{
	struct pcsc_rec *recs[] = { &synth.rec };

	profile_free(prof);
	prof = NULL;
	assert_int_equal(profile_generate(recs, 1, "test", &prof, &tally), 0);
}

/* The rule of model 0 for this byte, or NULL. */
static struct profile_rule *rule(u8 space, u16 cap, u16 offset)
{
	struct profile_model *model;

	assert_true(prof->nr_models > 0);
	model = &prof->models[0];
	for (size_t i = 0; i < model->nr_rules; i++) {
		struct profile_rule *r = &model->rules[i];

		if (r->space == space && r->cap == cap && offset >= r->offset &&
		    offset < r->offset + r->length)
			return r;
	}
	return NULL;
}

static struct profile_rule *raw(u16 offset)
{
	return rule(PCSC_SPACE_RAW, 0, offset);
}

static unsigned int evidence_bytes(void)
{
	unsigned int n = 0;

	for (size_t m = 0; m < prof->nr_models; m++)
		for (size_t i = 0; i < prof->models[m].nr_rules; i++)
			if (prof->models[m].rules[i].basis == PROFILE_EVIDENCE)
				n += prof->models[m].rules[i].length;
	return n;
}

static struct profile_conflict *conflict(const char *name)
{
	struct profile_model *model = &prof->models[0];

	for (size_t i = 0; i < model->nr_conflicts; i++) {
		struct profile_conflict *c = &model->conflicts[i];

		if (name ? c->name && !strcmp(c->name, name) : !c->name)
			return c;
	}
	return NULL;
}

static void test_enough_evidence(void **state)
{
	struct profile_rule *r;

	(void)state;
	generate();
	assert_int_equal(prof->nr_models, 1);
	assert_int_equal(prof->models[0].functions, PROFILE_MIN_FUNCTIONS);
	assert_int_equal(prof->models[0].hosts, 1);
	assert_int_equal(prof->models[0].nr_conflicts, 0);
	r = raw(BYTE);
	assert_non_null(r);
	assert_int_equal(r->klass, PCSC_CONST);
	assert_int_equal(r->basis, PROFILE_EVIDENCE);
	assert_true(r->zero);
	assert_int_equal(r->evidence.functions, PROFILE_MIN_FUNCTIONS);
	assert_int_equal(r->evidence.least_reads, 3);
	assert_int_equal(r->evidence.reads, 3 * PROFILE_MIN_FUNCTIONS);
	assert_int_equal(r->evidence.values, 1);
	assert_int_equal(r->evidence.survived[PCSC_REC_RESET_FLR],
			 PROFILE_MIN_FUNCTIONS);
	assert_int_equal(r->evidence.survived[PCSC_REC_RESET_BUS], 0);
	assert_non_null(raw(SYNTH_NONZERO));
	assert_false(raw(SYNTH_NONZERO)->zero);
	assert_int_equal(raw(SYNTH_NONZERO)->offset, SYNTH_NONZERO);
	assert_non_null(rule(PCSC_SPACE_HEADER0, 0, 0x36));
	assert_non_null(rule(PCSC_SPACE_HEADER0, 0, 0x3b));
	assert_null(raw(0x36));
}

static void test_described_bytes_need_the_table(void **state)
{
	static const u16 described[] = { 0x48,	0x60,  0x88,  0x92, 0x9f,
					 0x104, 0x13c, 0x168, 0x17f };

	(void)state;
	generate();
	for (size_t i = 0; i < sizeof(described) / sizeof(described[0]); i++)
		assert_null(raw(described[i]));
	assert_non_null(raw(0xa0));
	assert_non_null(raw(0x180));
}

static void test_too_few_reads(void **state)
{
	(void)state;
	synth_reg(&synth, 7, BYTE)->reads = PROFILE_MIN_READS - 1;
	generate();
	assert_null(raw(BYTE));
	assert_non_null(raw(BYTE - 1));
	assert_non_null(raw(BYTE + 4));
}

static void test_too_few_functions(void **state)
{
	(void)state;
	teardown(NULL);
	synth_make(&synth, PROFILE_MIN_FUNCTIONS - 1);
	generate();
	assert_int_equal(evidence_bytes(), 0);
	assert_non_null(rule(PCSC_SPACE_CAP, 0x10, 0x24));
}

static void test_no_reset(void **state)
{
	(void)state;
	for (unsigned int fn = 0; fn < synth.nr; fn++)
		memset(synth_reg(&synth, fn, BYTE)->survived, 0,
		       sizeof(synth.rec.registers->survived));
	generate();
	assert_null(raw(BYTE));
	assert_non_null(raw(BYTE + 4));
	synth_reg(&synth, 3, BYTE)->survived[PCSC_REC_RESET_BUS] = 1;
	generate();
	assert_non_null(raw(BYTE));
	assert_int_equal(raw(BYTE)->evidence.survived[PCSC_REC_RESET_FLR], 0);
}

static void test_a_change(void **state)
{
	(void)state;
	synth_reg(&synth, 15, BYTE)->changes = 2; /* there and back */
	generate();
	assert_null(raw(BYTE));
	assert_non_null(raw(BYTE + 4));
	/* Said, so that it takes the rules of other hosts' profiles. */
	assert_non_null(conflict(NULL));
	assert_int_equal(conflict(NULL)->offset, BYTE);
	assert_int_equal(conflict(NULL)->length, 4);
	assert_int_equal(conflict(NULL)->reason, PROFILE_CHANGED);
}

static void test_all_ones(void **state)
{
	(void)state;
	synth_reg(&synth, 2, BYTE)->all_ones = 1;
	generate();
	assert_null(raw(BYTE));
	assert_non_null(raw(BYTE + 4));
}

static void test_a_write_ends_all_evidence(void **state)
{
	(void)state;
	synth_reg(&synth, 4, BYTE)->writes = 1;
	generate();
	assert_int_equal(evidence_bytes(), 0);
	assert_non_null(conflict(NULL));
	assert_int_equal(conflict(NULL)->offset, BYTE);
	assert_int_equal(conflict(NULL)->length, 4);
	assert_int_equal(conflict(NULL)->reason, PROFILE_WRITTEN);
	assert_string_equal(conflict(NULL)->example, "0000:01:00.4");
	assert_non_null(rule(PCSC_SPACE_CAP, 0x10, 0x24));
}

static void test_widths_that_disagree(void **state)
{
	struct pcsc_rec_register *reg = synth_reg(&synth, 0, BYTE);

	(void)state;
	/* 4 bytes at BYTE say 0, and 2 at its second byte do not. */
	reg[1] = *reg;
	reg[1].offset = BYTE + 1;
	reg[1].width = 2;
	reg[1].first = 0x100;
	reg[1].last = 0x100;
	generate();
	assert_non_null(raw(BYTE));
	assert_non_null(raw(BYTE + 1));
	assert_null(raw(BYTE + 2));
	assert_non_null(raw(BYTE + 3));
}

static void test_zero_on_every_function(void **state)
{
	(void)state;
	synth_reg(&synth, 9, BYTE)->first = 0x00010000;
	synth_reg(&synth, 9, BYTE)->last = 0x00010000;
	generate();
	assert_true(raw(BYTE + 1)->zero);
	assert_false(raw(BYTE + 2)->zero);
	assert_int_equal(raw(BYTE + 2)->length, 1);
	assert_int_equal(raw(BYTE + 2)->evidence.values, 2);
	assert_true(raw(BYTE + 3)->zero);
}

static void test_no_evidence_on_a_root_bus(void **state)
{
	(void)state;
	synth.rec.functions[5].flags |= PCSC_REC_FN_ROOT_BUS;
	generate();
	assert_int_equal(evidence_bytes(), 0);
}

static void test_no_evidence_for_bridges_and_chipsets(void **state)
{
	static const u32 classes[] = { 0x060000, 0x068000, 0x080600 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		for (unsigned int fn = 0; fn < synth.nr; fn++)
			synth.rec.functions[fn].class_code = classes[i];
		generate();
		assert_int_equal(prof->nr_models, 1);
		assert_int_equal(evidence_bytes(), 0);
	}
}

static void test_no_evidence_for_ports(void **state)
{
	(void)state;
	synth_value(&synth, 0x40, 0x00528010); /* upstream port */
	generate();
	assert_int_equal(prof->models[0].functions, PROFILE_MIN_FUNCTIONS);
	assert_int_equal(evidence_bytes(), 0);
	synth_value(&synth, 0x40, 0x00928010); /* root complex integrated */
	generate();
	assert_int_equal(evidence_bytes(), 0);
	synth_value(&synth, 0x34, 0x00000080); /* no PCIe capability */
	generate();
	assert_int_equal(evidence_bytes(), 0);
	synth_value(&synth, 0x34, 0x00000040);
	synth_value(&synth, 0x40, 0x00128010); /* legacy endpoint */
	generate();
	assert_true(evidence_bytes() > 0);
}

static void test_one_other_layout(void **state)
{
	(void)state;
	/* A longer vendor body: another model, too few functions in both. */
	synth_reg(&synth, 3, 0x90)->first = 0x00200009;
	synth_reg(&synth, 3, 0x90)->last = 0x00200009;
	generate();
	assert_int_equal(prof->nr_models, 2);
	assert_int_equal(evidence_bytes(), 0);
}

static void test_the_table_and_nobody_against(void **state)
{
	struct profile_rule *r;

	(void)state;
	generate();
	r = rule(PCSC_SPACE_CAP, 0x10, 0x26);
	assert_non_null(r);
	assert_int_equal(r->basis, PROFILE_SPECIFICATION);
	assert_string_equal(r->name, "DevCap2");
	assert_int_equal(r->offset, 0x24);
	assert_int_equal(r->length, 4);
	assert_non_null(r->source);
	assert_int_equal(r->evidence.functions, PROFILE_MIN_FUNCTIONS);
	/* RO and never seen to change, but not const by name: exit latencies. */
	assert_null(rule(PCSC_SPACE_CAP, 0x10, 0x0d));
	/* Floor. */
	assert_null(rule(PCSC_SPACE_CAP, 0x10, 0x08));
	/* A VF's IDs are all-ones, and const. */
	assert_non_null(rule(PCSC_SPACE_HEADER, 0, 0x00));
	/* Config registers are explained, not served. */
	assert_int_equal(rule(PCSC_SPACE_ECAP, 0x01, 0x08)->klass, PCSC_CONFIG);
	/* A VF's BARs are const, and what is zero in VFs. */
	assert_int_equal(rule(PCSC_SPACE_HEADER, 0, 0x0c)->klass, PCSC_CONST);
	assert_int_equal(rule(PCSC_SPACE_HEADER, 0, 0x0f)->klass, PCSC_CONST);
	assert_int_equal(rule(PCSC_SPACE_HEADER, 0, 0x3c)->klass, PCSC_CONST);
	assert_int_equal(rule(PCSC_SPACE_HEADER0, 0, 0x10)->klass, PCSC_CONST);
}

static void test_a_pf_is_no_vf(void **state)
{
	(void)state;
	for (unsigned int fn = 0; fn < synth.nr; fn++)
		synth.rec.functions[fn].flags &= ~PCSC_REC_FN_VF;
	generate();
	assert_int_equal(rule(PCSC_SPACE_HEADER0, 0, 0x10)->klass, PCSC_CONFIG);
	/* Read as all-ones only: no value, no rule. */
	assert_null(rule(PCSC_SPACE_HEADER, 0, 0x00));
}

static void test_never_read(void **state)
{
	(void)state;
	for (unsigned int fn = 0; fn < synth.nr; fn++)
		synth_reg(&synth, fn, 0x64)->reads = 0;
	generate();
	assert_null(rule(PCSC_SPACE_CAP, 0x10, 0x24));
	synth_reg(&synth, 2, 0x64)->reads = 1;
	generate();
	assert_non_null(rule(PCSC_SPACE_CAP, 0x10, 0x24));
	assert_int_equal(rule(PCSC_SPACE_CAP, 0x10, 0x24)->evidence.functions,
			 1);
}

static void test_conflict_by_change(void **state)
{
	(void)state;
	synth_reg(&synth, 8, 0x64)->changes = 2;
	generate();
	assert_null(rule(PCSC_SPACE_CAP, 0x10, 0x24));
	assert_non_null(conflict("DevCap2"));
	assert_int_equal(conflict("DevCap2")->reason, PROFILE_CHANGED);
	assert_int_equal(conflict("DevCap2")->functions, 1);
	assert_string_equal(conflict("DevCap2")->example, "0000:01:01.0");
	assert_int_equal(tally.conflicts, 1);
}

static void test_conflict_by_write(void **state)
{
	(void)state;
	synth_reg(&synth, 8, 0x64)->writes = 1;
	generate();
	assert_null(rule(PCSC_SPACE_CAP, 0x10, 0x24));
	assert_int_equal(conflict("DevCap2")->reason, PROFILE_WRITTEN);
	assert_true(evidence_bytes() > 0);
}

static void test_a_neighbour_explains(void **state)
{
	(void)state;
	/* MSI-X Message Control is in the dword of its header. */
	synth_reg(&synth, 1, 0x80)->changes = 3;
	generate();
	assert_null(conflict("CAP_MSIX"));
	assert_non_null(rule(PCSC_SPACE_CAP, 0x11, 0));
	/* But not a pointer that itself differs. */
	synth_reg(&synth, 1, 0x80)->first ^= 0x1000;
	generate();
	assert_int_equal(conflict("CAP_MSIX")->reason, PROFILE_CHANGED);
	assert_null(rule(PCSC_SPACE_CAP, 0x11, 0));
}

static void test_unknown_capability(void **state)
{
	(void)state;
	synth_value(&synth, 0x90, 0x00000055);
	generate();
	assert_non_null(rule(PCSC_SPACE_CAP, 0x55, 0));
	assert_int_equal(rule(PCSC_SPACE_CAP, 0x55, 0)->length, 2);
	assert_null(rule(PCSC_SPACE_CAP, PCSC_ANY_CAP, 0));
	assert_null(raw(0xa0)); /* its body may reach to the end */
	/* One unknown one that changes says nothing of another. */
	synth_value(&synth, 0x90, 0x0000a055);
	synth_value(&synth, 0xa0, 0x00000056);
	synth_reg(&synth, 3, 0xa0)->writes = 1;
	generate();
	assert_non_null(rule(PCSC_SPACE_CAP, 0x55, 0));
	assert_null(rule(PCSC_SPACE_CAP, 0x56, 0));
	assert_int_equal(prof->models[0].conflicts[0].cap, 0x56);
}

/* The same capability twice: one rule, which must hold for both. */
static void test_two_instances(void **state)
{
	struct profile_rule *r;

	(void)state;
	synth_value(&synth, 0x90, 0x0010a009);
	synth_value(&synth, 0xa0, 0x00100009);
	generate();
	r = rule(PCSC_SPACE_CAP, 0x09, 0);
	assert_int_equal(r->evidence.functions, PROFILE_MIN_FUNCTIONS);
	assert_int_equal(r->evidence.reads, 2 * 3 * PROFILE_MIN_FUNCTIONS);
	assert_int_equal(r->evidence.values, 2);
	synth_reg(&synth, 3, 0xa0)->writes = 1;
	generate();
	assert_null(rule(PCSC_SPACE_CAP, 0x09, 0));
	assert_int_equal(conflict("CAP_VNDR")->functions, 1);
}

/* One reset, seen by the kernel's reads and by a VMM's, is one. */
static void test_one_reset_two_readers(void **state)
{
	(void)state;
	for (unsigned int fn = 0; fn < synth.nr; fn++) {
		struct pcsc_rec_register *reg = synth_reg(&synth, fn, BYTE);

		reg[1] = reg[0];
		reg[1].family = PCSC_REC_BUS;
	}
	generate();
	assert_int_equal(raw(BYTE)->evidence.survived[PCSC_REC_RESET_FLR],
			 PROFILE_MIN_FUNCTIONS);
	assert_int_equal(raw(BYTE)->evidence.least_reads, 6);
}

static void test_left_out(void **state)
{
	(void)state;
	synth.rec.functions[0].flags &= ~PCSC_REC_FN_IDS;
	synth_reg(&synth, 1, 0x80)->first = 0x00028011; /* points at itself */
	synth_reg(&synth, 1, 0x80)->last = 0x00028011;
	generate();
	assert_int_equal(tally.functions, PROFILE_MIN_FUNCTIONS);
	assert_int_equal(tally.without_ids, 1);
	assert_int_equal(tally.unwalkable, 1);
	assert_int_equal(prof->models[0].functions, PROFILE_MIN_FUNCTIONS - 2);
}

/* Writes and errors are no reading; one read is. */
static void test_nobody_read_it(void **state)
{
	(void)state;
	for (unsigned int fn = 3; fn < 6; fn++)
		for (unsigned int i = 0; i < SYNTH_DWORDS; i++) {
			struct pcsc_rec_register *reg =
				synth_reg(&synth, fn, 4 * i);

			reg->reads = 0;
			reg->all_ones = 0;
			reg->writes = 1;
			reg->errors = 1;
		}
	generate();
	assert_int_equal(tally.unread, 3);
	assert_int_equal(tally.unwalkable, 0);
	synth_reg(&synth, 5, 0x40)->reads = 1;
	generate();
	assert_int_equal(tally.unread, 2);
	assert_int_equal(tally.unwalkable, 1);
	assert_int_equal(prof->models[0].functions, PROFILE_MIN_FUNCTIONS - 3);
}

static void test_headers_read_by_halves(void **state)
{
	(void)state;
	for (unsigned int fn = 0; fn < synth.nr; fn++)
		synth_reg(&synth, fn, 0x80)->width = 2;
	generate();
	assert_int_equal(tally.unwalkable, 0);
	assert_non_null(rule(PCSC_SPACE_CAP, 0x11, 0));
	/* Here the upper half decides what the structure is. */
	for (unsigned int fn = 0; fn < synth.nr; fn++)
		synth_reg(&synth, fn, 0x40)->width = 2;
	generate();
	assert_int_equal(tally.unwalkable, PROFILE_MIN_FUNCTIONS);
}

static void test_two_recordings(void **state)
{
	struct synth other;
	struct pcsc_rec *recs[] = { &synth.rec, &other.rec };

	(void)state;
	synth_make(&other, PROFILE_MIN_FUNCTIONS);
	other.rec.header.flags |= PCSC_REC_INCOMPLETE;
	for (unsigned int fn = 0; fn < synth.nr; fn++) {
		synth_reg(&synth, fn, BYTE)->reads = 2;
		synth_reg(&other, fn, BYTE)->reads = 1;
	}
	assert_int_equal(profile_generate(recs, 2, "test", &prof, &tally), 0);
	assert_int_equal(tally.functions, PROFILE_MIN_FUNCTIONS);
	assert_int_equal(prof->models[0].functions, PROFILE_MIN_FUNCTIONS);
	assert_int_equal(prof->models[0].hosts, 1);
	assert_true(prof->incomplete);
	assert_non_null(raw(BYTE));
	profile_free(prof);
	/* The same addresses elsewhere are other functions. */
	strcpy(other.rec.header.host, "another");
	assert_int_equal(profile_generate(recs, 2, "test", &prof, &tally), 0);
	assert_int_equal(prof->models[0].functions, 2 * PROFILE_MIN_FUNCTIONS);
	assert_int_equal(prof->models[0].hosts, 2);
	assert_null(raw(BYTE));
	synth_free(&other);
}

static void test_served_is_no_evidence(void **state)
{
	static char *const paths[] = { "off.rec", "on.rec", "shadow.rec" };
	struct pcsc_rec off = {}, on = {}, shadow = {};
	struct pcsc_rec *recs[] = { &off, &on, &shadow };
	const char *said;

	(void)state;
	on.header.flags = PCSC_REC_SERVED | PCSC_REC_INCOMPLETE;
	said_start();
	assert_int_equal(profile_take_evidence(recs, paths, 3), 2);
	said = said_stop();
	assert_non_null(strstr(said, "on.rec: no evidence"));
	assert_null(strstr(said, "off.rec"));
	assert_null(strstr(said, "shadow.rec"));
	assert_ptr_equal(recs[0], &off);
	assert_ptr_equal(recs[1], &shadow);
	assert_ptr_equal(recs[2], &on);

	said_start();
	assert_int_equal(profile_take_evidence(&recs[2], paths + 1, 1),
			 -EINVAL);
	said = said_stop();
	assert_non_null(strstr(said, "on.rec: no evidence"));
	assert_non_null(strstr(said, "no recording is left"));
	assert_int_equal(profile_take_evidence(NULL, NULL, 0), 0);
}

static void test_deterministic(void **state)
{
	_cleanup_free_ char *first = NULL, *second = NULL;
	struct synth other;
	struct pcsc_rec *recs[] = { &synth.rec, &other.rec };
	struct pcsc_rec *swapped[] = { &other.rec, &synth.rec };

	(void)state;
	synth_make(&other, 20);
	other.rec.header.started_ns = 1;
	other.rec.functions[3].device = 0x1520;
	synth_reg(&other, 8, 0x64)->changes = 2;
	assert_int_equal(profile_generate(recs, 2, "test", &prof, &tally), 0);
	assert_int_equal(profile_dump(prof, &first), 0);
	profile_free(prof);
	assert_int_equal(profile_generate(swapped, 2, "test", &prof, &tally),
			 0);
	assert_int_equal(profile_dump(prof, &second), 0);
	assert_string_equal(first, second);
	synth_free(&other);
}

static void test_specification(void **state)
{
	const struct profile_model *any;

	(void)state;
	assert_int_equal(profile_specification("test", &prof), 0);
	assert_int_equal(profile_check("test", prof, false), 0);
	assert_int_equal(prof->nr_models, 2);
	/* The first that fits is taken: what holds for VFs alone comes first. */
	assert_int_equal(prof->models[0].id.match, PCSC_MATCH_VF);
	assert_true(prof->models[0].id.is_vf);
	assert_non_null(rule(PCSC_SPACE_HEADER0, 0, 0x10));
	any = &prof->models[1];
	assert_int_equal(any->id.match, 0);
	for (size_t i = 0; i < any->nr_rules; i++) {
		const struct profile_rule *r = &any->rules[i];
		const struct pcsc_reg *reg =
			profile_reg(r->space, r->cap, r->offset);

		assert_non_null(reg);
		assert_int_equal(reg->klass, PCSC_CONST);
		assert_false(reg->flags & PCSC_FLOOR);
		assert_int_equal(r->length, reg->length);
	}
}

/* ---- no more than a profile holds ---- */

#define MANY (PCSC_PROFILE_MAX_MODELS + 40)
#define MANY_DWORDS 16

/* MANY functions, each a model of its own; the higher its ID the more reads. */
static struct pcsc_rec *many_models(void)
{
	struct pcsc_rec *rec = calloc(1, sizeof(*rec));

	assert_non_null(rec);
	rec->functions = calloc(MANY, sizeof(*rec->functions));
	rec->registers =
		calloc((size_t)MANY * MANY_DWORDS, sizeof(*rec->registers));
	assert_true(rec->functions && rec->registers);
	rec->header.nr_functions = MANY;
	rec->header.nr_registers = MANY * MANY_DWORDS;
	for (unsigned int fn = 0; fn < MANY; fn++) {
		rec->functions[fn] = (struct pcsc_rec_function){
			.bus = fn / 256,
			.devfn = fn % 256,
			.flags = PCSC_REC_FN_IDS,
			.vendor = 0x1234,
			.device = fn,
			.cfg_size = 256,
		};
		for (unsigned int i = 0; i < MANY_DWORDS; i++)
			rec->registers[fn * MANY_DWORDS + i] =
				(struct pcsc_rec_register){
					.function = fn,
					.offset = 4 * i,
					.width = 4,
					.reads = 1 + fn,
				};
	}
	return rec;
}

static void test_more_models_than_fit(void **state)
{
	struct pcsc_rec *rec = many_models();
	_cleanup_free_ void *data = NULL;
	u32 size;

	(void)state;
	assert_int_equal(profile_generate(&rec, 1, "test", &prof, &tally), 0);
	assert_int_equal(prof->nr_models, PCSC_PROFILE_MAX_MODELS);
	assert_int_equal(tally.nr_left_out, MANY - PCSC_PROFILE_MAX_MODELS);
	assert_int_equal(tally.functions, MANY);
	/* By fewest reads, not by who came last; the busiest of them first. */
	for (size_t i = 0; i < tally.nr_left_out; i++)
		assert_int_equal(tally.left_out[i].device,
				 tally.nr_left_out - 1 - i);
	for (size_t i = 0; i < prof->nr_models; i++) {
		assert_true(prof->models[i].id.device >= tally.nr_left_out);
		assert_int_equal(prof->models[i].functions, 1);
		assert_true(prof->models[i].nr_rules > 0);
	}
	assert_int_equal(profile_check("test", prof, false), 0);
	assert_int_equal(profile_compile("test", prof, &data, &size), 0);
	free(tally.left_out);
	pcsc_rec_free(rec);
}

/* Whatever is generated can be read and compiled: at every limit. */
static void test_as_large_as_allowed(void **state)
{
	struct pcsc_rec *rec = many_models();

	(void)state;
	for (size_t limit = 1000; limit < 1000000; limit = limit * 5 / 3) {
		struct profile_tally fit = {};
		_cleanup_free_ char *text = NULL;
		_cleanup_free_ void *data = NULL;
		u32 size;

		rec->header.nr_functions = 40;
		rec->header.nr_registers = 40 * MANY_DWORDS;
		profile_free(prof);
		assert_int_equal(profile_generate(&rec, 1, "t", &prof, &tally),
				 0);
		assert_int_equal(profile_fit(prof, limit, limit / 8, &fit), 0);
		assert_int_equal(prof->nr_models + fit.nr_left_out, 40);
		assert_int_equal(profile_dump(prof, &text), 0);
		assert_true(strlen(text) <= limit);
		assert_int_equal(profile_compile("t", prof, &data, &size), 0);
		assert_true(size <= limit / 8 || !prof->nr_models);
		free(fit.left_out);
	}
	/* The last limit has room for all. */
	assert_int_equal(prof->nr_models, 40);
	pcsc_rec_free(rec);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_enough_evidence),
		TEST(test_described_bytes_need_the_table),
		TEST(test_too_few_reads),
		TEST(test_too_few_functions),
		TEST(test_no_reset),
		TEST(test_a_change),
		TEST(test_all_ones),
		TEST(test_a_write_ends_all_evidence),
		TEST(test_widths_that_disagree),
		TEST(test_zero_on_every_function),
		TEST(test_no_evidence_on_a_root_bus),
		TEST(test_no_evidence_for_bridges_and_chipsets),
		TEST(test_no_evidence_for_ports),
		TEST(test_one_other_layout),
		TEST(test_the_table_and_nobody_against),
		TEST(test_a_pf_is_no_vf),
		TEST(test_never_read),
		TEST(test_conflict_by_change),
		TEST(test_conflict_by_write),
		TEST(test_a_neighbour_explains),
		TEST(test_unknown_capability),
		TEST(test_two_instances),
		TEST(test_one_reset_two_readers),
		TEST(test_left_out),
		TEST(test_nobody_read_it),
		TEST(test_headers_read_by_halves),
		TEST(test_two_recordings),
		TEST(test_served_is_no_evidence),
		TEST(test_deterministic),
		TEST(test_specification),
		TEST(test_more_models_than_fit),
		TEST(test_as_large_as_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
