// SPDX-License-Identifier: GPL-2.0-only
/* What takes the time, who asks, and does it ever change: in sentences. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bdf.h"
#include "cleanup.h"
#include "heaviest.h"
#include "report.h"
#include "talk.h"

/* Below it, time is better looked for elsewhere. */
#define LITTLE_PERCENT 5
/* Above it, somebody who wants to cache reads should know. */
#define MANY_WRITES_PERCENT 50
#define NAMED 3

static uint64_t read_ns(const struct pcsc_tally *t)
{
	return t->latency_sum_ns - t->write_sum_ns;
}

static void print_head(const struct pcsc_rec_header *h)
{
	time_t started = h->started_ns / 1000000000;
	char when[64] = "?";
	struct tm tm;

	if (localtime_r(&started, &tm))
		strftime(when, sizeof(when), "%F %T %z", &tm);
	printf("Recording of %s, Linux %s, from %s", h->host, h->release, when);
	if (h->only[0])
		printf(", nothing but %s", h->only);
	putchar('\n');
}

static void print_boot(const struct pcsc_rec_header *h)
{
	char began[PCSC_TIME_SIZE], first[PCSC_TIME_SIZE];

	if (!h->boot_ns)
		return;
	printf("Boot:       recorded from %s after the kernel's start on",
	       pcsc_time(h->boot_ns, began));
	if (h->initramfs_ns)
		printf(", the first %s in the initramfs",
		       pcsc_time(h->initramfs_ns, first));
	puts("; UNSEEN before that: the kernel's enumeration, drivers that are built in");
}

/* ---- how much ---- */

/* What was missed may be what hangs; and some functions say nothing about the host. */
static bool speaks_for_host(const struct pcsc_summary *s)
{
	const struct pcsc_rec_header *h = &s->rec->header;

	return s->nr_functions == h->nr_functions && !h->only[0] &&
	       !pcsc_rec_missed(&h->losses);
}

static void print_nothing(const struct pcsc_summary *s)
{
	const struct pcsc_rec_header *h = &s->rec->header;
	const bool all = s->nr_functions == h->nr_functions;
	const uint64_t missed = pcsc_rec_missed(&h->losses);

	if (h->nr_functions && !s->nr_functions) {
		puts("No function of the recording is one of those chosen.");
		return;
	}
	printf("No configuration access %s%sin %.1f s",
	       missed ? "was seen from its begin to its end " : "",
	       all ? "" : "to the functions chosen ", h->duration_ns / 1e9);
	if (missed)
		printf(", and %" PRIu64
		       " %s missed: one that takes longer than the recording is such a one",
		       missed, pcsc_noun(missed, "was", "were"));
	puts(speaks_for_host(s) ? ": what takes the time is elsewhere." : ".");
}

static void print_kind(uint64_t n, const char *one, const char *many,
		       uint64_t ns)
{
	char time[PCSC_TIME_SIZE];

	if (n)
		printf("%" PRIu64 " %s", n, pcsc_noun(n, one, many));
	else
		printf("no %s", many);
	if (ns)
		printf(" %s", pcsc_time(ns, time));
}

/* Is the time of reads known apart from that of so many @writes? */
static bool tells_apart(const struct pcsc_summary *s, uint64_t writes)
{
	return s->rec->header.version >= 3 || !writes;
}

static void print_share(const struct pcsc_summary *s)
{
	const double whole = s->rec->header.duration_ns;
	const struct pcsc_tally *t = &s->all;
	char all[PCSC_TIME_SIZE], of[PCSC_TIME_SIZE];

	printf("Configuration accesses: %s ",
	       pcsc_time(t->latency_sum_ns, all));
	if (t->latency_sum_ns <= whole)
		printf("of %s (%.1f %%): ", pcsc_time(whole, of),
		       pcsc_percent(t->latency_sum_ns, whole));
	else
		printf("in %s, %s: ", pcsc_time(whole, of),
		       pcsc_tally_accesses(t) > 1 ? "made side by side" :
						    "begun before it");
	print_kind(t->reads, "read", "reads",
		   tells_apart(s, t->writes) ? read_ns(t) : 0);
	printf(", ");
	print_kind(t->writes, "write", "writes",
		   tells_apart(s, t->reads) ? t->write_sum_ns : 0);
	if (t->errors)
		printf(", %" PRIu64 " failed (their time is included)",
		       t->errors);
	putchar('\n');
}

static void print_elsewhere(const struct pcsc_view *view)
{
	const struct pcsc_summary *s = view->s;

	if (!pcsc_print_waits(view) && speaks_for_host(s) &&
	    pcsc_percent(s->all.latency_sum_ns, s->rec->header.duration_ns) <
		    LITTLE_PERCENT)
		puts("That is little: most of the time is spent elsewhere.");
}

/* ---- who, and what ---- */

/* The time of each caller, those with attributes apart. */
static uint64_t *time_by_caller(const struct pcsc_summary *s)
{
	const struct pcsc_rec *rec = s->rec;
	uint64_t *ns = calloc(rec->header.nr_callers, sizeof(*ns));

	for (uint32_t i = 0; ns && i < rec->header.nr_uses; i++) {
		const struct pcsc_rec_use *u = &rec->uses[i];

		if (s->chosen[rec->registers[u->reg].function])
			ns[u->caller] += u->read_ns + u->write_ns;
	}
	return ns;
}

/* The attributes of sysfs that took the named caller longest. */
static void print_attributes(const struct pcsc_rec *rec, uint64_t *ns,
			     uint32_t first)
{
	const struct pcsc_rec_caller *c = rec->callers;
	uint32_t most;

	for (int n = 0; n < NAMED; n++) {
		most = PCSC_REC_NONE;
		for (uint32_t i = first; i < rec->header.nr_callers &&
					 !strcmp(c[i].name, c[first].name);
		     i++)
			if (c[i].attribute[0] && ns[i] &&
			    (most == PCSC_REC_NONE || ns[i] > ns[most]))
				most = i;
		if (most == PCSC_REC_NONE)
			return;
		printf("%s%s", n ? ", " : " through ", c[most].attribute);
		ns[most] = 0;
	}
}

static void print_callers(const struct pcsc_summary *s,
			  const struct pcsc_groups *g)
{
	const uint64_t all = pcsc_tally_accesses(&s->all);
	_cleanup_free_ uint64_t *ns = time_by_caller(s);

	if (!s->rec->header.nr_callers)
		return;
	printf("Callers:    ");
	for (size_t i = 0; i < g->nr && i < NAMED; i++) {
		printf("%s%s %.1f %% (%" PRIu64 " of %" PRIu64 ")",
		       i ? ", " : "",
		       pcsc_groups_label(g, &g->groups[i], 0, NULL, 0),
		       pcsc_percent(pcsc_group_ns(&g->groups[i]),
				    s->all.latency_sum_ns),
		       pcsc_group_accesses(&g->groups[i]), all);
		if (ns && g->groups[i].keys[0] < s->rec->header.nr_callers)
			print_attributes(s->rec, ns, g->groups[i].keys[0]);
	}
	printf("%s\n", g->nr > NAMED ? ", ..." : "");
}

static void print_where(const struct pcsc_summary *s,
			const struct pcsc_group *g)
{
	const struct pcsc_rec_function *f = &s->rec->functions[g->function];
	char bdf[PCSC_BDF_SIZE];

	if (g->functions == 1)
		printf(", %s",
		       pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn));
	else
		printf(", %u %s", g->functions,
		       g->vfs == g->functions ? "VFs" : "functions");
	if (g->vfs && g->vfs < g->functions)
		printf(" (%u %s)", g->vfs, pcsc_noun(g->vfs, "VF", "VFs"));
}

static void print_count(uint64_t n, const char *one, const char *many,
			uint64_t ns, uint64_t timed)
{
	char mean[PCSC_TIME_SIZE];

	printf("%" PRIu64 " %s", n, pcsc_noun(n, one, many));
	if (ns && timed)
		printf(" of %s%s", n == 1 ? "" : "about ",
		       pcsc_time(pcsc_mean(ns, timed), mean));
}

static void print_register(const struct pcsc_summary *s,
			   const struct pcsc_groups *groups,
			   const struct pcsc_group *g)
{
	printf("%s %.1f %%: ", pcsc_groups_label(groups, g, 0, NULL, 0),
	       pcsc_percent(pcsc_group_ns(g), s->all.latency_sum_ns));
	if (g->writes)
		print_count(g->writes, "write", "writes", g->clean.write_ns,
			    g->clean.writes);
	if (g->writes && g->reads)
		printf(", ");
	if (g->reads) {
		print_count(g->reads, "read", "reads",
			    tells_apart(s, g->writes) ? g->clean.read_ns : 0,
			    g->clean.reads);
		printf(" (%" PRIu64 " %s)", g->repeats,
		       pcsc_noun(g->repeats, "repeat", "repeats"));
	}
	if (g->errors)
		printf("%s%" PRIu64 " failed",
		       g->writes || g->reads ? ", " : "", g->errors);
	print_where(s, g);
	putchar('\n');
}

static void print_registers(const struct pcsc_summary *s,
			    const struct pcsc_groups *g)
{
	for (size_t i = 0; i < g->nr && i < NAMED; i++) {
		printf("%s", i ? "            " : "Registers:  ");
		print_register(s, g, &g->groups[i]);
	}
}

/* One by one, thousands of VFs would stand behind a few busy ports. */
static void print_vfs(const struct pcsc_summary *s)
{
	uint64_t ns = 0;
	uint32_t nr = 0;

	for (uint32_t i = 0; i < s->rec->header.nr_functions; i++)
		if (s->functions[i].registers &&
		    s->rec->functions[i].flags & PCSC_REC_FN_VF) {
			ns += s->functions[i].latency_sum_ns;
			nr++;
		}
	if (nr > NAMED)
		printf("%u VFs %.1f %% together; ", nr,
		       pcsc_percent(ns, s->all.latency_sum_ns));
}

static int print_functions(const struct pcsc_summary *s)
{
	_cleanup_(
		pcsc_heaviest_free) struct pcsc_heaviest h = { .most = NAMED };
	char bdf[PCSC_BDF_SIZE];
	int err = 0;

	for (uint32_t i = 0; !err && i < s->rec->header.nr_functions; i++)
		if (s->functions[i].registers)
			err = pcsc_heaviest_add(
				&h, s->functions[i].latency_sum_ns, i);
	if (err)
		return err;
	pcsc_heaviest_sort(&h);
	printf("Functions:  ");
	print_vfs(s);
	for (uint32_t i = 0; i < h.nr; i++) {
		const struct pcsc_rec_function *f =
			&s->rec->functions[h.rows[i].index];

		printf("%s%s %.1f %%", i ? ", " : "",
		       pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn),
		       pcsc_percent(h.rows[i].weight, s->all.latency_sum_ns));
	}
	if (h.met > h.nr)
		printf(", %u more", h.met - h.nr);
	putchar('\n');
	return 0;
}

/* ---- does it ever change ---- */

static void print_writes(const struct pcsc_tally *t)
{
	if (pcsc_percent(t->write_sum_ns, t->latency_sum_ns) >=
	    MANY_WRITES_PERCENT)
		printf("Writes:     %.1f %% of the time is in writes, where a cache of reads cannot help\n",
		       pcsc_percent(t->write_sum_ns, t->latency_sum_ns));
}

static void print_repeats(const struct pcsc_summary *s,
			  const struct pcsc_groups *by_register)
{
	const struct pcsc_tally *t = &s->all;
	uint64_t saved = 0, saved_ns = 0;
	char time[PCSC_TIME_SIZE];

	for (size_t i = 0; i < by_register->nr; i++) {
		saved += by_register->groups[i].const_repeats;
		saved_ns += by_register->groups[i].const_ns;
	}
	if (!t->reads)
		return;
	printf("Repeats:    %" PRIu64 " of %" PRIu64
	       " reads (%.1f %%) returned what the read before did; ",
	       t->repeats, t->reads, pcsc_percent(t->repeats, t->reads));
	if (saved)
		printf("by the specification alone a cache would answer %" PRIu64
		       " of them%s%s\n",
		       saved, saved_ns ? ", " : "",
		       saved_ns ? pcsc_time(saved_ns, time) : "");
	else
		puts("by the specification alone a cache would answer none of them");
}

/* ---- trust ---- */

static void print_trust(const struct pcsc_rec_header *h)
{
	const struct pcsc_rec_losses *l = &h->losses;

	const bool unfinished = h->flags & PCSC_REC_UNFINISHED;

	if (unfinished)
		printf("UNFINISHED: the recorder was killed; what came after the first %.1f s is missing. ",
		       h->duration_ns / 1e9);
	if (!(h->flags & PCSC_REC_INCOMPLETE))
		printf("Nothing was lost.");
	else if (unfinished && !l->map_full && !l->inflight && !l->recursion)
		printf("Before that, nothing was lost.");
	else
		printf("INCOMPLETE: accesses that found no room: %" PRIu64
		       ", whose start or end was missed: %" PRIu64
		       "; program runs skipped: %" PRIu64 ".",
		       l->map_full, l->inflight, l->recursion);
	if (l->own)
		printf(" The recorder's own accesses, left out: %" PRIu64 ".",
		       l->own);
	putchar('\n');
	if (h->visits_left_out || h->waits_left_out)
		printf("There was no room to tell apart what processes did to functions in %" PRIu64
		       " accesses and waits, and for %" PRIu64 " waits.\n",
		       h->visits_left_out, h->waits_left_out);
	if (h->version < 3)
		printf("A recording of version %u does not tell reads from writes in the latencies of a register, nor who made them.\n",
		       h->version);
	if (h->events_lost)
		printf("Of the accesses, %" PRIu64
		       " could not be kept one by one (see --max-events).\n",
		       h->events_lost);
	if (h->flags & PCSC_REC_ACCESSES_ONLY)
		puts("ACCESSES ONLY: this kernel has no fentry, so resets, waking, attributes of sysfs, new\n"
		     "functions and drivers were not seen.");
	if (h->flags & PCSC_REC_SERVED)
		puts("SERVED: the helper's mode was 'on' while this was recorded, so memory answered\n"
		     "some reads: pcsc-profile generate takes no evidence from it.");
}

int pcsc_print_answer(const struct pcsc_view *view)
{
	const struct pcsc_summary *s = view->s;
	int err;

	print_head(&s->rec->header);
	print_boot(&s->rec->header);
	if (!pcsc_tally_accesses(&s->all)) {
		print_nothing(s);
		pcsc_print_waits(view);
		pcsc_print_woken(view);
		print_trust(&s->rec->header);
		return 0;
	}
	pcsc_groups_sort(view->by_register, PCSC_SORT_TIME);
	pcsc_groups_sort(view->by_caller, PCSC_SORT_TIME);
	print_share(s);
	print_elsewhere(view);
	pcsc_print_woken(view);
	pcsc_print_openings(view);
	err = pcsc_print_phases(view);
	if (err)
		return err;
	print_callers(s, view->by_caller);
	print_writes(&s->all);
	pcsc_print_hint(view);
	print_registers(s, view->by_register);
	pcsc_print_slowest(view);
	err = print_functions(s);
	if (err)
		return err;
	print_repeats(s, view->by_register);
	print_trust(&s->rec->header);
	return 0;
}
