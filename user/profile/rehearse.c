// SPDX-License-Identifier: GPL-2.0-only
#include "rehearse.h"

#include <inttypes.h>

#include "bdf.h"
#include "cleanup.h"
#include "jsonw.h"
#include "outlook.h"
#include "profile.h"
#include "replay.h"
#include "talk.h"

#define MOST_COLD 10

/* The same work three times: by hardware alone, from an empty cache, after a kexec. */
struct rehearsal {
	const struct rehearse_options *o;
	struct replay cold;
	struct replay warm;
	struct outlook outlook;
};

/* ---- time ---- */

static double alone_ms(const struct rehearsal *r, const struct tally *t)
{
	return r->o->read_us ? tally_reads(t) * r->o->read_us / 1e3 :
			       t->ns / 1e6;
}

static double left_ms(const struct rehearsal *r, const struct tally *t)
{
	const u64 hardware = tally_reads(t) - tally_hits(t);

	return r->o->read_us ? hardware * r->o->read_us / 1e3 :
			       (t->ns - t->saved_ns) / 1e6;
}

/* ---- text ---- */

static void print_work(const struct rehearsal *r)
{
	const struct tally *t = &r->warm.all;
	const u64 reads = tally_reads(t), hits = tally_hits(t);

	printf("After the next kexec the recorded work would read configuration space %" PRIu64
	       " times: %" PRIu64 " (%.1f %%) from memory, %" PRIu64
	       " from hardware. That is %.1f ms instead of %.1f ms.\n",
	       reads, hits, tally_percent(hits, reads), reads - hits,
	       left_ms(r, t), alone_ms(r, t));
}

static void print_handover(const struct outlook *o)
{
	const struct pcsc_handover *h = &o->handover;

	switch (o->verdict) {
	case OUTLOOK_UNASKED:
		printf("Whether this host would hand its lines over was not asked: the helper is not loaded, or you are not root.\n");
		break;
	case OUTLOOK_REFUSED:
		printf("But this host would hand nothing over now: %s. See `pcsc-ctl handover setup` and `pcsc-ctl mode on`.\n",
		       h->reason[0] ? h->reason : "no lines live in a region");
		break;
	case OUTLOOK_PARTLY:
		printf("This host would hand over %u of the %u functions that it may have: the region has no room for more. See `pcsc-ctl handover setup`.\n",
		       h->capacity, h->wanted);
		break;
	case OUTLOOK_TAKEN:
		printf("This host would hand its lines over now: the region has room for all of %u functions.\n",
		       h->wanted);
		break;
	}
}

static void print_cold(const struct outlook *o)
{
	char bdf[PCSC_BDF_SIZE];

	if (o->verdict < OUTLOOK_PARTLY)
		return;
	printf("%u of %u functions would come cold%s\n", o->nr_cold,
	       o->functions,
	       o->nr_cold ? ", by what `pcsc-ctl state` says of them:" : ".");
	for (__u32 i = 0; i < o->nr_cold && i < MOST_COLD; i++)
		printf("  %s  %s\n",
		       pcsc_bdf_format(bdf, o->cold[i].domain, o->cold[i].bus,
				       o->cold[i].devfn),
		       o->cold[i].why);
	if (o->nr_cold > MOST_COLD)
		printf("  and %u more: see -j\n", o->nr_cold - MOST_COLD);
}

static void print_row(const struct rehearsal *r, const char *name,
		      const struct tally *cold, const struct tally *warm)
{
	const u64 reads = tally_reads(warm);

	printf("%-11.11s %7" PRIu64 " %7.1f |%7" PRIu64 " %8" PRIu64
	       " %7.1f |%7" PRIu64 " %8" PRIu64 " %7.1f\n",
	       name, reads, alone_ms(r, warm), tally_hits(cold),
	       reads - tally_hits(cold), left_ms(r, cold), tally_hits(warm),
	       reads - tally_hits(warm), left_ms(r, warm));
}

static void print_text(const struct rehearsal *r)
{
	print_work(r);
	print_handover(&r->outlook);
	print_cold(&r->outlook);
	printf("\n%-11s %7s %7s |%16s %7s |%16s %7s\n", "", "WITHOUT", "",
	       "EMPTY CACHE", "", "AFTER A HANDOVER", "");
	printf("%-11s %7s %7s |%7s %8s %7s |%7s %8s %7s\n", "PHASE", "READS",
	       "MS", "HITS", "HARDWARE", "MS", "HITS", "HARDWARE", "MS");
	for (u32 i = 0; i <= r->warm.rec->header.nr_marks; i++)
		if (tally_reads(&r->warm.phases[i]))
			print_row(r, r->warm.phases[i].name, &r->cold.phases[i],
				  &r->warm.phases[i]);
	print_row(r, "all", &r->cold.all, &r->warm.all);
	printf("\nNot in it: what the kernel reads before the helper is loaded, and the helper's own reads (%" PRIu64
	       " with an empty cache, %" PRIu64 " after a handover).\n",
	       r->cold.own_reads, r->warm.own_reads);
}

/* ---- JSON ---- */

static void json_part(const struct rehearsal *r, struct pcsc_jsonw *w,
		      const char *key, const struct tally *t)
{
	pcsc_jsonw_object(w, key);
	pcsc_jsonw_uint(w, "hits", tally_hits(t));
	pcsc_jsonw_uint(w, "hardware", tally_reads(t) - tally_hits(t));
	pcsc_jsonw_uint(w, "us", left_ms(r, t) * 1e3);
	pcsc_jsonw_end(w);
}

static void json_row(const struct rehearsal *r, struct pcsc_jsonw *w,
		     const char *key, const struct tally *cold,
		     const struct tally *warm)
{
	pcsc_jsonw_object(w, key);
	if (warm->name)
		pcsc_jsonw_string(w, "name", warm->name);
	pcsc_jsonw_uint(w, "reads", tally_reads(warm));
	pcsc_jsonw_uint(w, "us", alone_ms(r, warm) * 1e3);
	json_part(r, w, "cold", cold);
	json_part(r, w, "warm", warm);
	pcsc_jsonw_end(w);
}

static void json_outlook(const struct outlook *o, struct pcsc_jsonw *w)
{
	static const char *const verdicts[] = {
		[OUTLOOK_UNASKED] = "unasked",
		[OUTLOOK_REFUSED] = "refused",
		[OUTLOOK_PARTLY] = "partly",
		[OUTLOOK_TAKEN] = "taken",
	};
	char bdf[PCSC_BDF_SIZE];

	pcsc_jsonw_object(w, "handover");
	pcsc_jsonw_string(w, "verdict", verdicts[o->verdict]);
	pcsc_jsonw_string(w, "reason", o->handover.reason);
	pcsc_jsonw_uint(w, "functions", o->functions);
	pcsc_jsonw_array(w, "cold");
	for (__u32 i = 0; i < o->nr_cold; i++) {
		pcsc_jsonw_object(w, NULL);
		pcsc_jsonw_string(w, "address",
				  pcsc_bdf_format(bdf, o->cold[i].domain,
						  o->cold[i].bus,
						  o->cold[i].devfn));
		pcsc_jsonw_string(w, "why", o->cold[i].why);
		pcsc_jsonw_end(w);
	}
	pcsc_jsonw_end(w);
	pcsc_jsonw_end(w);
}

static void print_json(const struct rehearsal *r)
{
	struct pcsc_jsonw w = { .file = stdout };

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-profile-rehearse");
	pcsc_jsonw_uint(&w, "version", 1);
	json_row(r, &w, "all", &r->cold.all, &r->warm.all);
	pcsc_jsonw_array(&w, "phases");
	for (u32 i = 0; i <= r->warm.rec->header.nr_marks; i++)
		if (tally_reads(&r->warm.phases[i]))
			json_row(r, &w, NULL, &r->cold.phases[i],
				 &r->warm.phases[i]);
	pcsc_jsonw_end(&w);
	pcsc_jsonw_uint(&w, "own_reads_cold", r->cold.own_reads);
	pcsc_jsonw_uint(&w, "own_reads_warm", r->warm.own_reads);
	json_outlook(&r->outlook, &w);
	pcsc_jsonw_end(&w);
}

/* ---- the command ---- */

static void rehearsal_free(struct rehearsal *r)
{
	replay_free(&r->cold);
	replay_free(&r->warm);
	outlook_free(&r->outlook);
}

static int replay_both(struct rehearsal *r, const struct pcsc_rec *rec,
		       const void *compiled)
{
	return replay_begin(&r->cold, rec, r->o->until)		?:
		       replay_begin(&r->warm, rec, r->o->until) ?:
		       replay_run(&r->cold, compiled, false)	?:
		       replay_run(&r->warm, compiled, true);
}

int rehearse_command(const struct rehearse_options *o)
{
	_cleanup_free_ void *compiled = NULL;
	_cleanup_(replay_recp) struct pcsc_rec *rec = NULL;
	_cleanup_(rehearsal_free) struct rehearsal r = { .o = o };
	u32 size;
	int err;

	err = replay_load(o->recording, &rec) ?:
		      profile_load_compiled(o->profile, false, &compiled, &size) ?:
		      replay_both(&r, rec, compiled) ?:
						       outlook_look(&r.outlook);
	if (err)
		return err;
	if (o->json)
		print_json(&r);
	else
		print_text(&r);
	return pcsc_flush_stdout();
}
