// SPDX-License-Identifier: GPL-2.0-only
/* What callers waited for that is no access: the sentences about it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "cleanup.h"
#include "report.h"
#include "talk.h"

static const char *address(const struct pcsc_rec *rec, uint32_t function,
			   char bdf[static PCSC_BDF_SIZE])
{
	const struct pcsc_rec_function *f = &rec->functions[function];

	return pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn);
}

/* ---- all waits ---- */

/* In which function of the kernel the longest one was. */
static void print_lock(const struct pcsc_rec *rec, const struct pcsc_waited *k)
{
	const char *where =
		pcsc_stack_symbol(rec, rec->waits[k->longest].stack, 0);

	if (where)
		printf(" in %s", where);
}

static bool print_kinds(const struct pcsc_rec *rec, const struct pcsc_waits *w)
{
	char time[PCSC_TIME_SIZE];
	bool any = false;

	for (int i = 0; i < PCSC_REC_WAITS; i++) {
		const struct pcsc_waited *k = &w->kind[i];

		if (k->nr == k->nested)
			continue;
		printf("%s%s %s (%u)", any ? ", " : "", pcsc_wait_names[i],
		       pcsc_time(k->ns, time), k->nr - k->nested);
		if (i == PCSC_REC_WAIT_LOCK)
			print_lock(rec, k);
		any = true;
	}
	return any;
}

bool pcsc_print_waits(const struct pcsc_view *view)
{
	const struct pcsc_waits *all = &view->waiting->all;
	const struct pcsc_waited *blocked = &all->kind[PCSC_REC_WAIT_BLOCKED];
	const uint64_t ns = pcsc_waits_ns(all);
	char time[PCSC_TIME_SIZE];

	if (!ns && !blocked->nr)
		return false;
	printf("Waits:      ");
	if (ns) {
		printf("%s besides, which is not configuration space: ",
		       pcsc_time(ns, time));
		print_kinds(view->s->rec, all);
	}
	if (blocked->nr)
		printf("%s%u %s held up by a reset, %s", ns ? "; " : "",
		       blocked->nr,
		       pcsc_noun(blocked->nr, "access", "accesses"),
		       pcsc_time(blocked->nested_ns, time));
	putchar('\n');
	return true;
}

/* ---- what woke ---- */

/* @functions: how many were woken, once or more. */
static const struct pcsc_visit_sum *longest_waking(const struct pcsc_rec *rec,
						   const struct pcsc_waiting *w,
						   uint32_t *functions)
{
	_cleanup_free_ bool *woken =
		calloc(rec->header.nr_functions + 1, sizeof(*woken));
	const struct pcsc_visit_sum *longest = NULL;

	*functions = 0;
	for (uint32_t i = 0; i < w->nr_visits; i++) {
		const struct pcsc_visit_sum *s = &w->visits[i];
		const struct pcsc_waited *k =
			&s->waits.kind[PCSC_REC_WAIT_RESUME];

		if (woken && k->nr) {
			*functions += !woken[s->visit->function];
			woken[s->visit->function] = true;
		}
		if (k->nr &&
		    (!longest ||
		     k->ns + k->nested_ns >
			     longest->waits.kind[PCSC_REC_WAIT_RESUME].ns +
				     longest->waits.kind[PCSC_REC_WAIT_RESUME]
					     .nested_ns))
			longest = s;
	}
	return longest;
}

static void print_ancestors(const struct pcsc_rec_process *p)
{
	for (int i = 0; i < PCSC_REC_ANCESTORS && p->ancestors[i]; i++)
		printf("%s%s", i ? " < " : " (by ", p->names[i]);
	if (p->ancestors[0])
		putchar(')');
}

/* What it read of the function. */
struct read {
	uint32_t registers;
	uint32_t constants; /* of these, by the specification */
	bool identity; /* which sysfs has in files of its own */
};

#define BEHIND_IDENTITY 0x0c /* IDs, Command and Status, revision and class */

static struct read what_was_read(const struct pcsc_view *view,
				 const struct pcsc_rec_visit *v)
{
	const struct pcsc_rec *rec = view->s->rec;
	const char *name = rec->callers[rec->processes[v->process].caller].name;
	struct read all = {};

	for (uint32_t i = 0; i < rec->header.nr_uses; i++) {
		const struct pcsc_rec_use *u = &rec->uses[i];
		const struct pcsc_rec_register *r = &rec->registers[u->reg];

		if (r->function != v->function || !u->reads ||
		    r->family != PCSC_REC_USER ||
		    strcmp(rec->callers[u->caller].name, name))
			continue;
		all.registers++;
		all.constants += pcsc_regname_is_const(view->regnames, r);
		all.identity |= r->offset < BEHIND_IDENTITY;
	}
	return all;
}

static void print_constants(const struct pcsc_view *view,
			    const struct pcsc_visit_sum *s)
{
	const struct read all = what_was_read(view, s->visit);

	if (!all.registers)
		return;
	if (all.registers == all.constants)
		printf("; all it read is constant");
	else
		printf("; %u of %u registers it read are constant",
		       all.constants, all.registers);
	if (all.identity)
		printf(": sysfs has IDs and class without waking");
}

void pcsc_print_woken(const struct pcsc_view *view)
{
	const struct pcsc_rec *rec = view->s->rec;
	uint32_t functions;
	const struct pcsc_visit_sum *s =
		longest_waking(rec, view->waiting, &functions);
	const struct pcsc_waited *k;
	const struct pcsc_rec_process *p;
	char bdf[PCSC_BDF_SIZE], time[PCSC_TIME_SIZE];

	if (!s)
		return;
	k = &s->waits.kind[PCSC_REC_WAIT_RESUME];
	p = &rec->processes[s->visit->process];
	printf("Woken:      %s from %s by %s",
	       address(rec, s->visit->function, bdf),
	       pcsc_power_name(rec->waits[k->longest].from),
	       rec->callers[p->caller].name);
	print_ancestors(p);
	printf(", %u %s, %s", k->nr, pcsc_noun(k->nr, "time", "times"),
	       pcsc_time(k->ns + k->nested_ns, time));
	print_constants(view, s);
	if (functions > 1)
		printf("; %u more %s", functions - 1,
		       pcsc_noun(functions - 1, "function", "functions"));
	putchar('\n');
}

/* ---- openings ---- */

struct openings {
	uint32_t nr;
	uint32_t at_once; /* at most */
	uint64_t sum_ns;
	uint64_t longest_ns;
	uint64_t access_ns;
	struct pcsc_waits waits;
	const char *caller; /* the first one's */
	bool others; /* not all are of that name */
};

static int compare_times(const void *pa, const void *pb)
{
	const uint64_t a = *(const uint64_t *)pa, b = *(const uint64_t *)pb;

	return a < b ? -1 : a > b;
}

/* Visits come by their beginnings: of those that have begun, some have ended. */
static uint32_t most_at_once(const struct pcsc_waiting *w, uint64_t *ends,
			     uint32_t nr)
{
	uint32_t begun = 0, ended = 0, most = 0;

	qsort(ends, nr, sizeof(*ends), compare_times);
	for (uint32_t i = 0; i < w->nr_visits; i++) {
		const struct pcsc_visit_sum *s = &w->visits[i];

		if (!s->is_opening)
			continue;
		begun++;
		while (ended < begun && ends[ended] <= s->visit->first_ns)
			ended++;
		if (begun - ended > most)
			most = begun - ended;
	}
	return most;
}

static void add_opening(struct openings *o, const struct pcsc_rec *rec,
			const struct pcsc_visit_sum *s)
{
	const uint64_t ns = s->end_ns - s->visit->first_ns;
	const char *caller =
		rec->callers[rec->processes[s->visit->process].caller].name;

	if (!o->nr++)
		o->caller = caller;
	o->others |= !!strcmp(o->caller, caller);
	o->sum_ns += ns;
	if (ns > o->longest_ns)
		o->longest_ns = ns;
	o->access_ns += pcsc_visit_first_access_ns(s);
	pcsc_waits_add(&o->waits, rec, &s->first_waits);
}

static struct openings sum_openings(const struct pcsc_rec *rec,
				    const struct pcsc_waiting *w)
{
	_cleanup_free_ uint64_t *ends = calloc(w->nr_visits + 1, sizeof(*ends));
	struct openings o = {};

	for (uint32_t i = 0; ends && i < w->nr_visits; i++) {
		if (!w->visits[i].is_opening)
			continue;
		ends[o.nr] = w->visits[i].end_ns;
		add_opening(&o, rec, &w->visits[i]);
	}
	if (ends)
		o.at_once = most_at_once(w, ends, o.nr);
	return o;
}

static void print_shares(const struct pcsc_rec *rec, const struct openings *o)
{
	const uint64_t known = o->access_ns + pcsc_waits_ns(&o->waits);

	for (int i = 0; i < PCSC_REC_WAITS; i++) {
		const struct pcsc_waited *k = &o->waits.kind[i];

		if (k->nr == k->nested)
			continue;
		printf("%s %.1f %%", pcsc_wait_names[i],
		       pcsc_percent(k->ns, o->sum_ns));
		if (i == PCSC_REC_WAIT_LOCK)
			print_lock(rec, k);
		printf(", ");
	}
	printf("accesses %.1f %%, rest %.1f %%\n",
	       pcsc_percent(o->access_ns, o->sum_ns),
	       pcsc_percent(o->sum_ns > known ? o->sum_ns - known : 0,
			    o->sum_ns));
}

void pcsc_print_openings(const struct pcsc_view *view)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct openings o = sum_openings(rec, view->waiting);
	char mean[PCSC_TIME_SIZE], most[PCSC_TIME_SIZE];

	if (!o.nr)
		return;
	printf("Openings:   %u by %s%s, %s of %s", o.nr, o.caller,
	       o.others ? " and others" : "", o.nr == 1 ? "one" : "each",
	       pcsc_time(pcsc_mean(o.sum_ns, o.nr), mean));
	if (o.nr > 1)
		printf(" on average, %s at most, %s",
		       pcsc_time(o.longest_ns, most),
		       o.at_once > 1 ? "" : "one after another");
	if (o.at_once > 1)
		printf("up to %u at once", o.at_once);
	printf(": ");
	print_shares(rec, &o);
}

/* ---- the slowest access ---- */

/* A quicker one needs no sentence of its own. */
#define SLOW_NS 1000000

static const struct pcsc_rec_register *
register_of(const struct pcsc_rec *rec, const struct pcsc_rec_slow *a)
{
	uint32_t low = 0, high = rec->header.nr_registers;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		const struct pcsc_rec_register *r = &rec->registers[mid];

		if (r->function < a->function ||
		    (r->function == a->function && r->offset < a->offset))
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < rec->header.nr_registers; low++) {
		const struct pcsc_rec_register *r = &rec->registers[low];

		if (r->function != a->function || r->offset != a->offset)
			break;
		if (r->width == a->width && r->family == a->family)
			return r;
	}
	return NULL;
}

static void print_path(const struct pcsc_rec *rec, uint32_t stack)
{
	const char *name;

	for (unsigned int i = 0;
	     i < 4 && (name = pcsc_stack_symbol(rec, stack, i)); i++)
		printf("%s%s", i ? " < " : ", in ", name);
}

void pcsc_print_slowest(const struct pcsc_view *view)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_rec_register *r;
	const struct pcsc_rec_slow *a = rec->slow;
	const struct pcsc_rec_slow *end = a + rec->header.nr_slow;
	char name[PCSC_REGNAME_SIZE], bdf[PCSC_BDF_SIZE], time[PCSC_TIME_SIZE];

	while (a < end && !view->s->chosen[a->function])
		a++;
	r = a < end && a->ns >= SLOW_NS ? register_of(rec, a) : NULL;
	if (!r)
		return;
	pcsc_regname(view->regnames, r, name);
	printf("Slowest:    %s, %s of %s of %s by %s", pcsc_time(a->ns, time),
	       a->is_write ? "a write" : "a read", name,
	       address(rec, a->function, bdf), rec->callers[a->caller].name);
	print_path(rec, a->stack);
	putchar('\n');
}
