// SPDX-License-Identifier: GPL-2.0-only
/* Habits that take time and could be given up: what a report says in one line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "cleanup.h"
#include "report.h"
#include "talk.h"

#define MANY_READS 100 /* of one register of one function, by one caller */
#define MANY_BYTES 64 /* as many as all may read, which have no right to more */
#define MANY_RESETS 4 /* of one function: fewer are not a habit */
#define LEAST_PERCENT 5 /* of the time in accesses: less is not worth a line */

struct hint {
	void (*print)(const struct pcsc_view *view, const struct hint *h);
	uint64_t ns; /* what it took */
	uint64_t n; /* how often, or how many */
	uint32_t reg; /* the register, or the first of them */
	uint32_t last; /* of them */
	uint32_t caller; /* PCSC_REC_NONE: not known */
};

/* The one that took longest; of equals the one that is most. */
static void consider(struct hint *best, const struct hint *h)
{
	if (!best->print || h->ns > best->ns ||
	    (h->ns == best->ns && h->n > best->n))
		*best = *h;
}

static bool is_worth_a_line(const struct pcsc_view *view, uint64_t ns)
{
	return ns * 100 >= view->s->all.latency_sum_ns * LEAST_PERCENT;
}

static const char *function_of(const struct pcsc_view *view,
			       const struct hint *h,
			       char bdf[static PCSC_BDF_SIZE])
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_rec_function *f =
		&rec->functions[rec->registers[h->reg].function];

	return pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn);
}

static void print_caller(const struct pcsc_view *view, const struct hint *h)
{
	if (h->caller != PCSC_REC_NONE)
		printf(" by %s", view->s->rec->callers[h->caller].name);
}

/* ---- written again and again ---- */

/* A reset begins by the one, and a power state is the other. */
static bool acts_when_written(const struct pcsc_view *view,
			      const struct pcsc_rec_register *r)
{
	char name[PCSC_REGNAME_SIZE];

	pcsc_regname(view->regnames, r, name);
	return !strncmp(name, "DevCtl", 6) || !strncmp(name, "PMCSR", 5);
}

/* After a reset, and when a function wakes, the kernel writes what was there before. */
static uint32_t *count_restored(const struct pcsc_rec *rec)
{
	const struct pcsc_rec_header *h = &rec->header;
	uint32_t *nr = calloc(h->nr_functions + 1ull, sizeof(*nr));

	for (uint32_t i = 0; nr && i < h->nr_functions; i++)
		for (int n = 0; n < PCSC_REC_RESETS; n++)
			nr[i] += rec->functions[i].resets[n];
	for (uint32_t i = 0; nr && i < h->nr_waits; i++)
		nr[rec->waits[i].function] +=
			rec->waits[i].kind == PCSC_REC_WAIT_RESUME;
	return nr;
}

/* Written again and again with one or two values: most of that is in vain. */
static bool is_flipped(const struct pcsc_view *view,
		       const struct pcsc_rec_register *r, uint32_t restored)
{
	return r->nr_written && r->nr_written <= 2 &&
	       r->writes >= 4 + 2ull * restored && !acts_when_written(view, r);
}

static bool is_other_path(const struct pcsc_rec_register *a,
			  const struct pcsc_rec_register *b)
{
	return a->function == b->function && a->offset == b->offset &&
	       a->width == b->width && b->writes;
}

/* Rows of one register stand together. */
static bool other_path_writes(const struct pcsc_view *view, uint32_t reg)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_rec_register *r = &rec->registers[reg];

	return (reg && is_other_path(r, r - 1)) ||
	       (reg + 1 < rec->header.nr_registers && is_other_path(r, r + 1));
}

static void print_flipped(const struct pcsc_view *view, const struct hint *h)
{
	const struct pcsc_rec_register *r = &view->s->rec->registers[h->reg];
	char name[PCSC_REGNAME_SIZE], bdf[PCSC_BDF_SIZE];

	pcsc_regname(view->regnames, r, name);
	printf("Hint:       %s of %s was written %" PRIu64
	       " times with %u %s (%0*x",
	       name, function_of(view, h, bdf), r->writes, r->nr_written,
	       pcsc_noun(r->nr_written, "value", "values"), 2 * r->width,
	       r->written[0]);
	if (r->nr_written == 2)
		printf(", %0*x", 2 * r->width, r->written[1]);
	printf(")%s%s\n", other_path_writes(view, h->reg) ? " by path " : "",
	       other_path_writes(view, h->reg) ? pcsc_family_names[r->family] :
						 "");
}

static void look_for_flipped(const struct pcsc_view *view, struct hint *best)
{
	const struct pcsc_rec *rec = view->s->rec;
	_cleanup_free_ uint32_t *restored = count_restored(rec);

	for (uint32_t i = 0; restored && i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];
		const struct hint h = {
			print_flipped, r->write_sum_ns, r->writes, i, i,
			PCSC_REC_NONE
		};

		if (view->s->chosen[r->function] &&
		    is_flipped(view, r, restored[r->function]))
			consider(best, &h);
	}
}

/* ---- saved and restored ---- */

static uint64_t resets_of(const struct pcsc_rec_function *f)
{
	uint64_t nr = 0;

	for (int n = 0; n < PCSC_REC_RESETS; n++)
		nr += f->resets[n];
	return nr;
}

/* At each reset it was read before, and written with what was read. */
static bool is_restored(const struct pcsc_rec_register *r, uint64_t resets)
{
	return r->nr_written == 1 && r->written[0] == r->last &&
	       r->writes >= resets && r->reads >= resets;
}

/* What a save's read and a restore's write took, at so many resets. */
static uint64_t restored_ns(const struct pcsc_rec_register *r, uint64_t resets)
{
	const uint64_t read_ns = r->latency_sum_ns - r->write_sum_ns;

	return (r->reads ? read_ns / r->reads : 0) * resets +
	       r->write_sum_ns / r->writes * resets;
}

static void print_restored(const struct pcsc_view *view, const struct hint *h)
{
	const struct pcsc_rec *rec = view->s->rec;
	const uint64_t resets =
		resets_of(&rec->functions[rec->registers[h->reg].function]);
	char bdf[PCSC_BDF_SIZE], time[PCSC_TIME_SIZE];

	printf("Hint:       %s was reset %" PRIu64 " times, and %" PRIu64
	       " %s saved and restored each time, %s\n",
	       function_of(view, h, bdf), resets, h->n,
	       pcsc_noun(h->n, "register of it was", "registers of it were"),
	       pcsc_time(h->ns, time));
}

/* To what was restored of this function: its registers are next to each other. */
static void add_restored(const struct pcsc_view *view, struct hint *of_function,
			 uint32_t i, struct hint *best)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_rec_register *r = &rec->registers[i];
	const uint64_t resets = resets_of(&rec->functions[r->function]);

	if (resets < MANY_RESETS || !view->s->chosen[r->function] ||
	    !is_restored(r, resets))
		return;
	if (!of_function->n ||
	    rec->registers[of_function->reg].function != r->function)
		*of_function = (struct hint){ print_restored, 0, 0, i, i,
					      PCSC_REC_NONE };
	of_function->n++;
	of_function->ns += restored_ns(r, resets);
	if (is_worth_a_line(view, of_function->ns))
		consider(best, of_function);
}

static void look_for_restored(const struct pcsc_view *view, struct hint *best)
{
	struct hint of_function = {};

	for (uint32_t i = 0; i < view->s->rec->header.nr_registers; i++)
		add_restored(view, &of_function, i, best);
}

/* ---- read again and again ---- */

static void print_repeated(const struct pcsc_view *view, const struct hint *h)
{
	const struct pcsc_rec_register *r = &view->s->rec->registers[h->reg];
	char name[PCSC_REGNAME_SIZE], bdf[PCSC_BDF_SIZE], time[PCSC_TIME_SIZE];

	pcsc_regname(view->regnames, r, name);
	printf("Hint:       %s of %s was read %" PRIu64 " times", name,
	       function_of(view, h, bdf), h->n);
	print_caller(view, h);
	printf(", %s; ", pcsc_time(h->ns, time));
	if (!r->changes)
		puts("it never changed");
	else if (r->silent_changes)
		printf("it changed %" PRIu64 " %s, %" PRIu64
		       " of them without a write: a poll\n",
		       r->changes, pcsc_noun(r->changes, "time", "times"),
		       r->silent_changes);
	else
		printf("it changed %" PRIu64 " %s, after writes\n", r->changes,
		       pcsc_noun(r->changes, "time", "times"));
}

/* Nine of ten reads return what the read before did, and nine of ten are this caller's. */
static bool is_repeated(const struct pcsc_rec_register *r,
			const struct pcsc_rec_use *u)
{
	return u->reads >= MANY_READS && u->reads * 10 >= r->reads * 9 &&
	       pcsc_register_repeats(r) * 10 >= r->reads * 9;
}

static void look_for_repeated(const struct pcsc_view *view, struct hint *best)
{
	const struct pcsc_rec *rec = view->s->rec;

	for (uint32_t i = 0; i < rec->header.nr_uses; i++) {
		const struct pcsc_rec_use *u = &rec->uses[i];
		const struct pcsc_rec_register *r = &rec->registers[u->reg];
		const struct hint h = { print_repeated, u->read_ns, u->reads,
					u->reg,		u->reg,	    u->caller };

		if (view->s->chosen[r->function] && is_repeated(r, u) &&
		    is_worth_a_line(view, h.ns))
			consider(best, &h);
	}
}

/* ---- byte by byte ---- */

static void print_bytes(const struct pcsc_view *view, const struct hint *h)
{
	char bdf[PCSC_BDF_SIZE], time[PCSC_TIME_SIZE];

	printf("Hint:       %" PRIu64 " bytes of %s were read one by one", h->n,
	       function_of(view, h, bdf));
	print_caller(view, h);
	printf(", %s: by dwords it would be a quarter of the reads\n",
	       pcsc_time(h->ns, time));
}

/* To what its caller reads of this function: of each caller there is one, of the last. */
static void add_byte(const struct pcsc_view *view, struct hint *by_caller,
		     const struct pcsc_rec_use *u, struct hint *best)
{
	const struct pcsc_rec *rec = view->s->rec;
	const struct pcsc_rec_register *r = &rec->registers[u->reg];
	struct hint *h = &by_caller[u->caller];

	if (r->width != 1 || !u->reads || !view->s->chosen[r->function])
		return;
	if (!h->n || rec->registers[h->reg].function != r->function)
		*h =
			(struct hint){ print_bytes, 0,	    0,
				       u->reg,	    u->reg, u->caller };
	/* A byte has a row for each path by which it is read. */
	h->n += !h->n || rec->registers[h->last].offset != r->offset;
	h->last = u->reg;
	h->ns += u->read_ns;
	if (h->n >= MANY_BYTES && is_worth_a_line(view, h->ns))
		consider(best, h);
}

static void look_for_bytes(const struct pcsc_view *view, struct hint *best)
{
	const struct pcsc_rec *rec = view->s->rec;
	_cleanup_free_ struct hint *by_caller =
		calloc(rec->header.nr_callers + 1ull, sizeof(*by_caller));

	for (uint32_t i = 0; by_caller && i < rec->header.nr_uses; i++)
		add_byte(view, by_caller, &rec->uses[i], best);
}

void pcsc_print_hint(const struct pcsc_view *view)
{
	struct hint best = {};

	look_for_flipped(view, &best);
	look_for_restored(view, &best);
	look_for_repeated(view, &best);
	look_for_bytes(view, &best);
	if (best.print)
		best.print(view, &best);
}
