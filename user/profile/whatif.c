// SPDX-License-Identifier: GPL-2.0-only
#include "whatif.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jsonw.h"
#include "profile.h"
#include "replay.h"
#include "talk.h"

#define MOST_CALLERS 10

struct whatif {
	const struct whatif_options *o;
	struct replay replay;
};

static const char *const answer_words[PAPER_ANSWERS] = {
	[PAPER_HIT] = "hits",	   [PAPER_SIBLING] = "sibling_hits",
	[PAPER_MISS] = "misses",   [PAPER_UNCACHABLE] = "uncachable",
	[PAPER_BYPASS] = "bypass", [PAPER_WRITE] = "writes",
};

/* ---- what is printed ---- */

static void print_row(const struct tally *t)
{
	const u64 reads = tally_reads(t), hits = tally_hits(t);

	printf("%-24.24s %9" PRIu64 " %9" PRIu64 " %5.1f %9" PRIu64
	       " %9.1f %9.1f\n",
	       t->name, reads, hits, tally_percent(hits, reads), reads - hits,
	       t->ns / 1e6, t->saved_ns / 1e6);
}

static void print_rows(const char *what, const struct tally *rows, u32 nr)
{
	printf("\n%-24s %9s %9s %5s %9s %9s %9s\n", what, "READS", "HITS", "%",
	       "HARDWARE", "MS", "SAVED");
	for (u32 i = 0; i < nr; i++)
		if (tally_reads(&rows[i]))
			print_row(&rows[i]);
}

static void print_text(const struct whatif *w)
{
	const struct replay *r = &w->replay;
	const struct tally *all = &r->all;
	const u64 reads = tally_reads(all), hits = tally_hits(all);

	printf("Of %" PRIu64 " reads %" PRIu64
	       " (%.1f %%) would be answered from memory: %.1f ms of %.1f ms%s.\n",
	       reads, hits, tally_percent(hits, reads), all->saved_ns / 1e6,
	       all->ns / 1e6,
	       w->o->warm ? ", after a handover of the same workload's lines" :
			    "");
	printf("Hardware would be read %" PRIu64 " times: %" PRIu64
	       " by others (%" PRIu64
	       " of registers that are never cached, %" PRIu64
	       " for the first time, %" PRIu64 " around resets), %" PRIu64
	       " by the helper for siblings.\n",
	       reads - hits + r->own_reads, reads - hits,
	       all->nr[PAPER_UNCACHABLE], all->nr[PAPER_MISS],
	       all->nr[PAPER_BYPASS], r->own_reads);
	if (r->rec->header.nr_marks)
		print_rows("PHASE", r->phases, r->rec->header.nr_marks + 1);
	print_rows("CALLER", r->callers,
		   r->rec->header.nr_callers < MOST_CALLERS ?
			   r->rec->header.nr_callers :
			   MOST_CALLERS);
}

static void json_tally(struct pcsc_jsonw *w, const char *key,
		       const struct tally *t)
{
	pcsc_jsonw_object(w, key);
	if (t->name)
		pcsc_jsonw_string(w, "name", t->name);
	pcsc_jsonw_uint(w, "reads", tally_reads(t));
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
		if (tally_reads(&rows[i]))
			json_tally(w, NULL, &rows[i]);
	pcsc_jsonw_end(w);
}

static void print_json(const struct whatif *what)
{
	const struct replay *r = &what->replay;
	struct pcsc_jsonw w = { .file = stdout };

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-profile-what-if");
	pcsc_jsonw_uint(&w, "version", 1);
	pcsc_jsonw_bool(&w, "warm", what->o->warm);
	json_tally(&w, "all", &r->all);
	pcsc_jsonw_uint(&w, "own_reads", r->own_reads);
	json_rows(&w, "phases", r->phases, r->rec->header.nr_marks + 1);
	json_rows(&w, "callers", r->callers, r->rec->header.nr_callers);
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

static void whatif_free(struct whatif *w)
{
	replay_free(&w->replay);
}

int whatif_command(const struct whatif_options *o)
{
	_cleanup_free_ void *compiled = NULL;
	_cleanup_(replay_recp) struct pcsc_rec *rec = NULL;
	_cleanup_(whatif_free) struct whatif w = { .o = o };
	u32 size;
	int err;

	err = replay_load(o->recording, &rec)		     ?:
		      replay_begin(&w.replay, rec, o->until) ?:
		      profile_load_compiled(o->profile, false, &compiled, &size) ?:
		      replay_run(&w.replay, compiled, o->warm);
	if (err)
		return err;
	qsort(w.replay.callers, rec->header.nr_callers,
	      sizeof(*w.replay.callers), compare_ns);
	if (o->json)
		print_json(&w);
	else
		print_text(&w);
	return pcsc_flush_stdout();
}
