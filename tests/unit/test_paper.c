// SPDX-License-Identifier: GPL-2.0-only
/* The helper on paper: what becomes of accesses, one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "profile/paper.h"
#include "profile/profile.h"
#include "synth.h"

#define IDS 0x154c8086u
#define COMMAND 0x04
#define DEVCTL 0x48
#define DEVCAP2 0x64
#define FLR 0x8000
#define PMCSR 0xb4
#define MS 1000000ull
#define WAITED \
	(78 * MS) /* 100 ms by an emulated kernel's ticks, as recorded once */

struct world {
	struct synth synth;
	void *profile;
	struct paper *paper;
	u64 now;
};

/* Of VFs whose bytes at RESERVED have survived FLRs, and steps to D3hot if @pm. */
#define RESERVED 0x38
#define EVIDENCE(pm)                                                         \
	"{'schema': 'pcsc-profile', 'version': 1, 'name': 't', 'models': [{" \
	"'match': {'vf': true}, 'rules': [{'space': 'header0',"              \
	"'offset': '0x38', 'length': 4, 'class': 'const', 'zero': true,"     \
	"'basis': 'evidence', 'evidence': {'functions': 16, 'reads': 48,"    \
	"'least_reads': 3, 'values': 1, 'writes': 0, 'changes': 0,"          \
	"'silent_changes': 0,"                                               \
	"'survived': {'flr': 1, 'pm': " pm ", 'bus': 0}}}]}]}"

static struct world *make_with(void **state, uint16_t flags,
			       struct profile *prof)
{
	struct world *w = *state;
	u32 size;

	synth_make(&w->synth, 1);
	synth_value(&w->synth, 0x90, 0x0010b009);
	synth_value(&w->synth, PMCSR - 4, 0x00030001);
	w->synth.rec.functions[0].flags = PCSC_REC_FN_IDS | flags;
	if (!(flags & PCSC_REC_FN_VF)) {
		synth_value(&w->synth, 0, IDS);
		synth_reg(&w->synth, 0, 0)->all_ones = 0;
	}
	assert_int_equal(profile_compile("p", prof, &w->profile, &size), 0);
	profile_free(prof);
	w->paper = paper_new(&w->synth.rec, w->profile);
	assert_non_null(w->paper);
	return w;
}

static struct world *make(void **state, uint16_t flags)
{
	struct profile *prof;

	assert_int_equal(profile_specification("specification", &prof), 0);
	return make_with(state, flags, prof);
}

static enum paper_answer event(struct world *w, u16 offset, u32 value,
			       u16 flags)
{
	const struct pcsc_rec_event e = {
		.begin_ns = w->now += MS,
		.value = value,
		.where = offset | 2 << PCSC_REC_EVENT_WIDTH | flags,
	};

	return paper_event(w->paper, &e);
}

static enum paper_answer reads(struct world *w, u16 offset, u32 value)
{
	return event(w, offset, value, 0);
}

static void writes(struct world *w, u16 offset, u32 value)
{
	assert_int_equal(event(w, offset, value, PCSC_REC_EVENT_WRITE),
			 PAPER_WRITE);
}

static void a_constant_is_read_once(void **state)
{
	struct world *w = make(state, 0);

	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_MISS);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_HIT);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_HIT);
}

static void the_floor_is_always_read(void **state)
{
	struct world *w = make(state, 0);

	assert_int_equal(reads(w, COMMAND, 0), PAPER_UNCACHABLE);
	assert_int_equal(reads(w, COMMAND, 0), PAPER_UNCACHABLE);
}

static void a_reset_loses_all_until_a_proof(void **state)
{
	struct world *w = make(state, 0);

	reads(w, DEVCAP2, 7);
	writes(w, DEVCTL, FLR);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_BYPASS);
	/* Too early to be believed. */
	assert_int_equal(reads(w, 0, IDS), PAPER_BYPASS);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_BYPASS);
	w->now += WAITED;
	/* Another device's IDs prove nothing. */
	assert_int_equal(reads(w, 0, IDS + 1), PAPER_BYPASS);
	assert_int_equal(reads(w, 0, IDS), PAPER_BYPASS);
	/* It is kept, but not served before the way to it was seen again. */
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_MISS);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_MISS);
	reads(w, 0x34, 0x40);
	reads(w, 0x40, 0x00028010);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_HIT);
}

static void a_vfs_own_reset_keeps(void **state)
{
	struct world *w = make(state, PCSC_REC_FN_VF);

	reads(w, 0x34, 0x40);
	reads(w, 0x40, 0x00028010);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_MISS);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_HIT);
	writes(w, DEVCTL, FLR);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_BYPASS);
	w->now += WAITED;
	/* Any answer of a VF that is not all-ones is its proof. */
	assert_int_equal(reads(w, COMMAND, 0x00100000), PAPER_BYPASS);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_HIT);
}

static struct world *make_evidence(void **state, const char *quoted)
{
	char *text = strdup(quoted);
	struct profile *prof;
	struct world *w;

	assert_non_null(text);
	for (char *at = text; *at; at++)
		if (*at == '\'')
			*at = '"';
	assert_int_equal(profile_parse("t", text, strlen(text), &prof), 0);
	free(text);
	w = make_with(state, PCSC_REC_FN_VF, prof);
	for (unsigned int at = 0; at < SYNTH_DWORDS * 4; at += 4)
		reads(w, at, synth_reg(&w->synth, 0, at)->last);
	return w;
}

static void writes_and_shows_itself(struct world *w, u16 offset, u32 value)
{
	writes(w, offset, value);
	w->now += WAITED;
	reads(w, COMMAND, 0x00100000);
}

/* A VF's evidence outlives its FLR; after a step to D3hot a read gets this answer. */
static void over_both(void **state, const char *profile,
		      enum paper_answer after_d3hot)
{
	struct world *w = make_evidence(state, profile);

	writes_and_shows_itself(w, DEVCTL, FLR);
	assert_int_equal(reads(w, RESERVED, 0), PAPER_HIT);
	writes(w, PMCSR, 3);
	writes_and_shows_itself(w, PMCSR, 0);
	assert_int_equal(reads(w, RESERVED, 0), after_d3hot);
	assert_int_equal(reads(w, RESERVED, 0), after_d3hot);
}

static void evidence_outlives_what_it_was_compared_over(void **state)
{
	over_both(state, EVIDENCE("1"), PAPER_HIT);
}

static void evidence_ends_with_another_reset(void **state)
{
	over_both(state, EVIDENCE("0"), PAPER_UNCACHABLE);
}

static void a_write_of_another_value_demotes(void **state)
{
	struct world *w = make(state, 0);

	reads(w, DEVCAP2, 7);
	writes(w, DEVCAP2, 8);
	assert_int_not_equal(reads(w, DEVCAP2, 7), PAPER_HIT);
	assert_int_not_equal(reads(w, DEVCAP2, 7), PAPER_HIT);
}

static void lines_outlive_a_kexec(void **state)
{
	struct world *w = make(state, 0);

	reads(w, DEVCAP2, 7);
	paper_kexec(w->paper);
	w->now = 0;
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_BYPASS);
	assert_int_equal(reads(w, 0, IDS), PAPER_BYPASS);
	assert_int_equal(reads(w, DEVCAP2, 7), PAPER_HIT);
}

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct world));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	paper_free(w->paper);
	free(w->profile);
	synth_free(&w->synth);
	free(w);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_constant_is_read_once),
		TEST(the_floor_is_always_read),
		TEST(a_reset_loses_all_until_a_proof),
		TEST(a_vfs_own_reset_keeps),
		TEST(evidence_outlives_what_it_was_compared_over),
		TEST(evidence_ends_with_another_reset),
		TEST(a_write_of_another_value_demotes),
		TEST(lines_outlive_a_kexec),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
