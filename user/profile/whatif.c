// SPDX-License-Identifier: GPL-2.0-only
#include "whatif.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "jsonw.h"
#include "paper.h"
#include "profile.h"
#include "talk.h"

#define MOST_CALLERS 10

struct tally {
	const char *name;
	u64 nr[PAPER_ANSWERS]; /* accesses */
	u64 ns; /* of reads, as recorded */
	u64 saved_ns; /* of those that hit */
};

struct whatif {
	const struct whatif_options *o;
	struct pcsc_rec *rec;
	struct tally all;
	struct tally *phases; /* one more than there are marks */
	struct tally *callers;
	u64 own_reads;
};

static const char *const answer_words[PAPER_ANSWERS] = {
	[PAPER_HIT] = "hits",	   [PAPER_SIBLING] = "sibling_hits",
	[PAPER_MISS] = "misses",   [PAPER_UNCACHABLE] = "uncachable",
	[PAPER_BYPASS] = "bypass", [PAPER_WRITE] = "writes",
};

static u64 hits_of(const struct tally *t)
{
	return t->nr[PAPER_HIT] + t->nr[PAPER_SIBLING];
}

static u64 reads_of(const struct tally *t)
{
	return hits_of(t) + t->nr[PAPER_MISS] + t->nr[PAPER_UNCACHABLE] +
	       t->nr[PAPER_BYPASS];
}

static double percent(u64 part, u64 whole)
{
	return whole ? 100.0 * part / whole : 0;
}

/* ---- the replay ---- */

static void add(struct tally *t, enum paper_answer answer, u32 ns)
{
	t->nr[answer]++;
	if (answer == PAPER_WRITE)
		return;
	t->ns += ns;
	if (answer == PAPER_HIT || answer == PAPER_SIBLING)
		t->saved_ns += ns;
}

static void replay(struct whatif *w, struct paper *paper)
{
	const struct pcsc_rec *rec = w->rec;
	u32 phase = 0;

	for (u32 i = 0; i < rec->header.nr_events; i++) {
		const struct pcsc_rec_event *e = &rec->events[i];
		const enum paper_answer answer = paper_event(paper, e);
		const u32 caller = e->caller & PCSC_REC_EVENT_CALLER;

		while (phase < rec->header.nr_marks &&
		       rec->marks[phase].ns <= e->begin_ns)
			phase++;
		add(&w->all, answer, e->ns);
		add(&w->phases[phase], answer, e->ns);
		if (caller < rec->header.nr_callers)
			add(&w->callers[caller], answer, e->ns);
	}
}

/* What the last kernel had in memory: the same workload fills it. */
static void warm_up(const struct whatif *w, struct paper *paper)
{
	for (u32 i = 0; i < w->rec->header.nr_events; i++)
		paper_event(paper, &w->rec->events[i]);
	paper_kexec(paper);
}

static int run(struct whatif *w)
{
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_free_ void *compiled = NULL;
	struct paper *paper;
	u64 before = 0;
	u32 size;
	int err;

	err = profile_load(w->o->profile, false, &prof, NULL) ?:
		      profile_compile(profile_input_name(w->o->profile), prof,
				      &compiled, &size);
	if (err)
		return err;
	paper = paper_new(w->rec, compiled);
	if (!paper)
		return pcsc_fail(-ENOMEM, "out of memory");
	if (w->o->warm) {
		warm_up(w, paper);
		before = paper_own_reads(paper);
	}
	replay(w, paper);
	w->own_reads = paper_own_reads(paper) - before;
	paper_free(paper);
	return 0;
}

/* ---- what is printed ---- */

static void print_row(const struct tally *t)
{
	const u64 reads = reads_of(t), hits = hits_of(t);

	printf("%-24.24s %9" PRIu64 " %9" PRIu64 " %5.1f %9" PRIu64
	       " %9.1f %9.1f\n",
	       t->name, reads, hits, percent(hits, reads), reads - hits,
	       t->ns / 1e6, t->saved_ns / 1e6);
}

static void print_rows(const char *what, const struct tally *rows, u32 nr)
{
	printf("\n%-24s %9s %9s %5s %9s %9s %9s\n", what, "READS", "HITS", "%",
	       "HARDWARE", "MS", "SAVED");
	for (u32 i = 0; i < nr; i++)
		if (reads_of(&rows[i]))
			print_row(&rows[i]);
}

static void print_text(const struct whatif *w)
{
	const struct tally *all = &w->all;
	const u64 reads = reads_of(all), hits = hits_of(all);

	printf("Of %" PRIu64 " reads %" PRIu64
	       " (%.1f %%) would be answered from memory: %.1f ms of %.1f ms%s.\n",
	       reads, hits, percent(hits, reads), all->saved_ns / 1e6,
	       all->ns / 1e6,
	       w->o->warm ? ", after a handover of the same workload's lines" :
			    "");
	printf("Hardware would be read %" PRIu64 " times: %" PRIu64
	       " by others (%" PRIu64
	       " of registers that are never cached, %" PRIu64
	       " for the first time, %" PRIu64 " around resets), %" PRIu64
	       " by the helper for siblings.\n",
	       reads - hits + w->own_reads, reads - hits,
	       all->nr[PAPER_UNCACHABLE], all->nr[PAPER_MISS],
	       all->nr[PAPER_BYPASS], w->own_reads);
	if (w->rec->header.nr_marks)
		print_rows("PHASE", w->phases, w->rec->header.nr_marks + 1);
	print_rows("CALLER", w->callers,
		   w->rec->header.nr_callers < MOST_CALLERS ?
			   w->rec->header.nr_callers :
			   MOST_CALLERS);
}

static void json_tally(struct pcsc_jsonw *w, const char *key,
		       const struct tally *t)
{
	pcsc_jsonw_object(w, key);
	if (t->name)
		pcsc_jsonw_string(w, "name", t->name);
	pcsc_jsonw_uint(w, "reads", reads_of(t));
	for (int i = 0; i < PAPER_ANSWERS; i++)
		pcsc_jsonw_uint(w, answer_words[i], t->nr[i]);
	pcsc_jsonw_uint(w, "ns", t->ns);
	pcsc_jsonw_uint(w, "saved_ns", t->saved_ns);
	pcsc_jsonw_end(w);
}

static void json_rows(struct pcsc_jsonw *w, const char *key,
		      const struct tally *rows, u32 nr)
{
	pcsc_jsonw_array(w, key);
	for (u32 i = 0; i < nr; i++)
		if (reads_of(&rows[i]))
			json_tally(w, NULL, &rows[i]);
	pcsc_jsonw_end(w);
}

static void print_json(const struct whatif *what)
{
	struct pcsc_jsonw w = { .file = stdout };

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-profile-what-if");
	pcsc_jsonw_uint(&w, "version", 1);
	pcsc_jsonw_bool(&w, "warm", what->o->warm);
	json_tally(&w, "all", &what->all);
	pcsc_jsonw_uint(&w, "own_reads", what->own_reads);
	json_rows(&w, "phases", what->phases, what->rec->header.nr_marks + 1);
	json_rows(&w, "callers", what->callers, what->rec->header.nr_callers);
	pcsc_jsonw_end(&w);
}

/* ---- the command ---- */

static int compare_ns(const void *pa, const void *pb)
{
	const struct tally *a = pa, *b = pb;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int name_tallies(struct whatif *w)
{
	const struct pcsc_rec *rec = w->rec;

	w->phases = calloc(rec->header.nr_marks + 1ull, sizeof(*w->phases));
	w->callers = calloc(rec->header.nr_callers + 1ull, sizeof(*w->callers));
	if (!w->phases || !w->callers)
		return pcsc_fail(-ENOMEM, "out of memory");
	for (u32 i = 0; i <= rec->header.nr_marks; i++)
		w->phases[i].name = i ? rec->marks[i - 1].name : "(start)";
	for (u32 i = 0; i < rec->header.nr_callers; i++)
		w->callers[i].name = rec->callers[i].name;
	return 0;
}

static int check_recording(const struct whatif *w)
{
	const struct pcsc_rec_header *h = &w->rec->header;

	if (!(h->flags & PCSC_REC_EVENTS))
		return pcsc_fail(
			-EINVAL,
			"%s: the order of its accesses is not known: record with 'pcsc-trace record --events'",
			w->o->recording);
	if (h->flags & PCSC_REC_SERVED)
		return pcsc_fail(
			-EINVAL,
			"%s: the helper's mode was 'on' while it was recorded, so it says what is left with it: record in mode 'off'",
			w->o->recording);
	if (h->flags & (PCSC_REC_INCOMPLETE | PCSC_REC_PARTIAL))
		pcsc_warn(
			"%s: not all accesses are in it, so the answer is about those that are",
			w->o->recording);
	return 0;
}

static void whatif_free(struct whatif *w)
{
	if (w->rec)
		pcsc_rec_free(w->rec);
	free(w->phases);
	free(w->callers);
}

int whatif_command(const struct whatif_options *o)
{
	_cleanup_(whatif_free) struct whatif w = { .o = o };
	int err;

	err = pcsc_rec_load(o->recording, &w.rec) ?:
		      check_recording(&w)	  ?:
		      name_tallies(&w)		  ?:
						    run(&w);
	if (err)
		return err;
	qsort(w.callers, w.rec->header.nr_callers, sizeof(*w.callers),
	      compare_ns);
	if (o->json)
		print_json(&w);
	else
		print_text(&w);
	return pcsc_flush_stdout();
}
