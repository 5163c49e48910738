// SPDX-License-Identifier: GPL-2.0-only
#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "talk.h"

u64 tally_hits(const struct tally *t)
{
	return t->nr[PAPER_HIT] + t->nr[PAPER_SIBLING];
}

u64 tally_reads(const struct tally *t)
{
	return tally_hits(t) + t->nr[PAPER_MISS] + t->nr[PAPER_UNCACHABLE] +
	       t->nr[PAPER_BYPASS];
}

double tally_percent(u64 part, u64 whole)
{
	return whole ? 100.0 * part / whole : 0;
}

/* ---- the recording ---- */

static int check_recording(const char *path, const struct pcsc_rec_header *h)
{
	if (!(h->flags & PCSC_REC_EVENTS))
		return pcsc_fail(
			-EINVAL,
			"%s: the order of its accesses is not known: record with 'pcsc-trace record --events'",
			path);
	if (h->flags & PCSC_REC_SERVED)
		return pcsc_fail(
			-EINVAL,
			"%s: the helper's mode was 'on' while it was recorded, so it says what is left with it: record in mode 'off'",
			path);
	if (h->flags & (PCSC_REC_INCOMPLETE | PCSC_REC_PARTIAL))
		pcsc_warn(
			"%s: not all accesses are in it, so the answer is about those that are",
			path);
	if (h->events_lost)
		pcsc_warn(
			"%s: %llu more accesses could not be kept one by one, so the answer is about the first ones: record with a larger --max-events",
			path, (unsigned long long)h->events_lost);
	return 0;
}

int replay_load(const char *path, struct pcsc_rec **rec)
{
	return pcsc_rec_load(path, rec) ?:
					  check_recording(path, &(*rec)->header);
}

/* ---- one replay ---- */

static int find_end(struct replay *r, const char *until)
{
	const struct pcsc_rec *rec = r->rec;
	u32 mark = 0;

	r->nr_events = rec->header.nr_events;
	if (!until)
		return 0;
	while (mark < rec->header.nr_marks &&
	       strcmp(rec->marks[mark].name, until))
		mark++;
	if (mark == rec->header.nr_marks)
		return pcsc_fail(
			-EINVAL,
			"there is no mark '%s' in the recording: 'pcsc-trace report' lists its phases",
			until);
	r->nr_events = 0;
	while (r->nr_events < rec->header.nr_events &&
	       rec->events[r->nr_events].begin_ns < rec->marks[mark].ns)
		r->nr_events++;
	return 0;
}

static int name_tallies(struct replay *r)
{
	const struct pcsc_rec *rec = r->rec;

	r->phases = calloc(rec->header.nr_marks + 1ull, sizeof(*r->phases));
	r->callers = calloc(rec->header.nr_callers + 1ull, sizeof(*r->callers));
	if (!r->phases || !r->callers)
		return pcsc_fail(-ENOMEM, "out of memory");
	for (u32 i = 0; i <= rec->header.nr_marks; i++)
		r->phases[i].name = i ? rec->marks[i - 1].name : "(start)";
	for (u32 i = 0; i < rec->header.nr_callers; i++)
		r->callers[i].name = rec->callers[i].name;
	return 0;
}

int replay_begin(struct replay *r, const struct pcsc_rec *rec,
		 const char *until)
{
	r->rec = rec;
	return find_end(r, until) ?: name_tallies(r);
}

static void add(struct tally *t, enum paper_answer answer, u32 ns)
{
	t->nr[answer]++;
	if (answer == PAPER_WRITE)
		return;
	t->ns += ns;
	if (answer == PAPER_HIT || answer == PAPER_SIBLING)
		t->saved_ns += ns;
}

static void count_all(struct replay *r, struct paper *paper)
{
	const struct pcsc_rec *rec = r->rec;
	u32 phase = 0;

	for (u32 i = 0; i < r->nr_events; i++) {
		const struct pcsc_rec_event *e = &rec->events[i];
		const enum paper_answer answer = paper_event(paper, e);
		const u32 caller = e->caller & PCSC_REC_EVENT_CALLER;

		while (phase < rec->header.nr_marks &&
		       rec->marks[phase].ns <= e->begin_ns)
			phase++;
		add(&r->all, answer, e->ns);
		add(&r->phases[phase], answer, e->ns);
		if (caller < rec->header.nr_callers)
			add(&r->callers[caller], answer, e->ns);
	}
}

/* What the last kernel had in memory: the same workload fills it. */
static void warm_up(const struct replay *r, struct paper *paper)
{
	for (u32 i = 0; i < r->nr_events; i++)
		paper_event(paper, &r->rec->events[i]);
	paper_kexec(paper);
}

int replay_run(struct replay *r, const void *profile, bool warm)
{
	struct paper *paper = paper_new(r->rec, profile);
	u64 before = 0;

	if (!paper)
		return pcsc_fail(-ENOMEM, "out of memory");
	if (warm) {
		warm_up(r, paper);
		before = paper_own_reads(paper);
	}
	count_all(r, paper);
	r->own_reads = paper_own_reads(paper) - before;
	paper_free(paper);
	return 0;
}

void replay_free(struct replay *r)
{
	free(r->phases);
	free(r->callers);
}
