// SPDX-License-Identifier: GPL-2.0-only
#include "waiting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "talk.h"

const char *const pcsc_wait_names[PCSC_REC_WAITS] = {
	[PCSC_REC_WAIT_RESUME] = "waking",
	[PCSC_REC_WAIT_FLR] = "FLR",
	[PCSC_REC_WAIT_PM] = "reset by D3hot",
	[PCSC_REC_WAIT_BUS] = "bus reset",
	[PCSC_REC_WAIT_LOCK] = "lock",
	[PCSC_REC_WAIT_BLOCKED] = "blocked by a reset",
};

const char *const pcsc_wait_words[PCSC_REC_WAITS] = {
	[PCSC_REC_WAIT_RESUME] = "resume", [PCSC_REC_WAIT_FLR] = "flr",
	[PCSC_REC_WAIT_PM] = "pm",	   [PCSC_REC_WAIT_BUS] = "bus",
	[PCSC_REC_WAIT_LOCK] = "lock",	   [PCSC_REC_WAIT_BLOCKED] = "blocked",
};

/* As pci_power_t counts. */
const char *pcsc_power_name(unsigned int state)
{
	static const char *const names[] = { "D0", "D1", "D2", "D3hot",
					     "D3cold" };

	return state < ARRAY_SIZE(names) ? names[state] : "?";
}

/* ---- sums ---- */

static void add_wait(struct pcsc_waits *to, const struct pcsc_rec *rec,
		     uint32_t index)
{
	const struct pcsc_rec_wait *w = &rec->waits[index];
	struct pcsc_waited *k = &to->kind[w->kind];

	if (!k->nr++ || w->ns > rec->waits[k->longest].ns)
		k->longest = index;
	if (w->nested) {
		k->nested++;
		k->nested_ns += w->ns;
	} else {
		k->ns += w->ns - w->access_ns;
	}
}

uint64_t pcsc_waits_ns(const struct pcsc_waits *w)
{
	uint64_t ns = 0;

	for (int i = 0; i < PCSC_REC_WAITS; i++)
		ns += w->kind[i].ns;
	return ns;
}

uint64_t pcsc_visit_access_ns(const struct pcsc_visit_sum *sum)
{
	return sum->visit->read_ns + sum->visit->write_ns;
}

uint64_t pcsc_visit_first_access_ns(const struct pcsc_visit_sum *sum)
{
	return sum->visit->pause_ns ? sum->visit->pause_access_ns :
				      pcsc_visit_access_ns(sum);
}

void pcsc_waits_add(struct pcsc_waits *to, const struct pcsc_rec *rec,
		    const struct pcsc_waits *from)
{
	for (int i = 0; i < PCSC_REC_WAITS; i++) {
		const struct pcsc_waited *k = &from->kind[i];
		struct pcsc_waited *t = &to->kind[i];

		if (k->nr && (!t->nr || rec->waits[k->longest].ns >
						rec->waits[t->longest].ns))
			t->longest = k->longest;
		t->ns += k->ns;
		t->nr += k->nr;
		t->nested += k->nested;
		t->nested_ns += k->nested_ns;
	}
}

/* ---- visits ---- */

static int compare_places(const struct pcsc_rec_visit *v, uint32_t process,
			  uint32_t function)
{
	if (v->process != process)
		return v->process < process ? -1 : 1;
	return v->function < function ? -1 : v->function > function;
}

/* They are in the order of the recording still. */
static struct pcsc_visit_sum *find_visit(struct pcsc_waiting *w,
					 uint32_t process, uint32_t function)
{
	uint32_t low = 0, high = w->nr_visits;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (compare_places(w->visits[mid].visit, process, function) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == w->nr_visits ||
	    compare_places(w->visits[low].visit, process, function))
		return NULL;
	return &w->visits[low];
}

/* vfio-pci resets what is opened, so a reset by somebody else than a driver tells. */
static bool is_opening(const struct pcsc_rec *rec,
		       const struct pcsc_visit_sum *s)
{
	const struct pcsc_rec_function *f = &rec->functions[s->visit->function];
	const struct pcsc_waited *k = s->first_waits.kind;

	return f->flags & PCSC_REC_FN_USER_DRIVER &&
	       (k[PCSC_REC_WAIT_FLR].nr || k[PCSC_REC_WAIT_PM].nr ||
		k[PCSC_REC_WAIT_BUS].nr);
}

static int compare_sums(const void *pa, const void *pb)
{
	const struct pcsc_rec_visit *a =
		((const struct pcsc_visit_sum *)pa)->visit;
	const struct pcsc_rec_visit *b =
		((const struct pcsc_visit_sum *)pb)->visit;

	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	return a < b ? -1 : a > b;
}

int pcsc_waiting_make(const struct pcsc_summary *s, struct pcsc_waiting *w)
{
	const struct pcsc_rec *rec = s->rec;

	*w = (struct pcsc_waiting){};
	w->visits = calloc(rec->header.nr_visits + 1ull, sizeof(*w->visits));
	if (!w->visits)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < rec->header.nr_visits; i++) {
		const struct pcsc_rec_visit *v = &rec->visits[i];

		if (s->chosen[v->function])
			w->visits[w->nr_visits++] = (struct pcsc_visit_sum){
				.visit = v,
				.end_ns = v->pause_ns ?: v->last_ns,
			};
	}
	for (uint32_t i = 0; i < rec->header.nr_waits; i++) {
		const struct pcsc_rec_wait *wait = &rec->waits[i];
		struct pcsc_visit_sum *sum;

		if (!s->chosen[wait->function])
			continue;
		add_wait(&w->all, rec, i);
		sum = find_visit(w, wait->process, wait->function);
		if (!sum)
			continue;
		add_wait(&sum->waits, rec, i);
		if (wait->begin_ns > sum->end_ns)
			continue;
		add_wait(&sum->first_waits, rec, i);
		/* Older recorders noted a pause where the kernel polls a reset once a second. */
		if (wait->begin_ns + wait->ns > sum->end_ns)
			sum->end_ns = wait->begin_ns + wait->ns;
	}
	for (uint32_t i = 0; i < w->nr_visits; i++)
		w->visits[i].is_opening = is_opening(rec, &w->visits[i]);
	if (w->nr_visits)
		qsort(w->visits, w->nr_visits, sizeof(*w->visits),
		      compare_sums);
	return 0;
}

void pcsc_waiting_free(struct pcsc_waiting *w)
{
	free(w->visits);
	*w = (struct pcsc_waiting){};
}

/* ---- stacks ---- */

/* What every stack of an access, or of a mutex, begins with. */
static bool says_nothing(const char *name)
{
	static const char *const prefixes[] = {
		"__traceiter_",
		"__mutex_lock",
		"mutex_lock",
		"pci_user_read_config_",
		"pci_user_write_config_",
		"pci_bus_read_config_",
		"pci_bus_write_config_",
		"pci_read_config_",
		"pci_write_config_",
	};

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(name, prefixes[i], strlen(prefixes[i])))
			return true;
	return false;
}

const char *pcsc_stack_symbol(const struct pcsc_rec *rec, uint32_t stack,
			      unsigned int skip)
{
	const struct pcsc_rec_stack *s;

	if (stack == PCSC_REC_NONE)
		return NULL;
	s = &rec->stacks[stack];
	for (int i = 0; i < PCSC_REC_FRAMES; i++) {
		if (s->symbols[i] == PCSC_REC_NONE)
			return NULL;
		if (!says_nothing(rec->symbols[s->symbols[i]].name) && !skip--)
			return rec->symbols[s->symbols[i]].name;
	}
	return NULL;
}
