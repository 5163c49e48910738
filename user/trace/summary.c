// SPDX-License-Identifier: GPL-2.0-only
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "talk.h"

const char *const pcsc_family_names[PCSC_REC_FAMILIES] = {
	[PCSC_REC_BUS] = "kernel",
	[PCSC_REC_USER] = "user",
};

uint64_t pcsc_tally_accesses(const struct pcsc_tally *t)
{
	return t->reads + t->writes + t->errors;
}

/* Without the first read, which had nothing to repeat. */
uint64_t pcsc_register_repeats(const struct pcsc_rec_register *r)
{
	uint64_t told = r->reads - r->all_ones;

	return told ? told - r->changes - (told > r->changes) : 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void add_clean(struct pcsc_clean *c, const struct pcsc_rec_register *r)
{
	c->reads += r->reads;
	c->writes += r->writes;
	c->read_ns += r->latency_sum_ns - r->write_sum_ns;
	c->write_ns += r->write_sum_ns;
}

static void add_register(struct pcsc_tally *t,
			 const struct pcsc_rec_register *r)
{
	t->reads += r->reads;
	t->writes += r->writes;
	t->errors += r->errors;
	t->all_ones += r->all_ones;
	t->changes += r->changes;
	t->silent_changes += r->silent_changes;
	t->repeats += pcsc_register_repeats(r);
	t->latency_sum_ns += r->latency_sum_ns;
	t->latency_max_ns = larger(t->latency_max_ns, r->latency_max_ns);
	t->write_sum_ns += r->write_sum_ns;
	t->write_max_ns = larger(t->write_max_ns, r->write_max_ns);
	t->read_max_ns = larger(t->read_max_ns, r->read_max_ns);
	if (!r->errors)
		add_clean(&t->clean, r);
	t->registers++;
}

static void choose(struct pcsc_summary *s, const struct pci_filter *filter)
{
	for (uint32_t i = 0; i < s->rec->header.nr_functions; i++) {
		const struct pcsc_rec_function *f = &s->rec->functions[i];

		s->chosen[i] = pcsc_filter_match(filter, f);
		s->nr_functions += s->chosen[i];
		s->nr_vfs += s->chosen[i] && f->flags & PCSC_REC_FN_VF;
	}
}

int pcsc_summarize(const struct pcsc_rec *rec, const struct pci_filter *filter,
		   struct pcsc_summary *s)
{
	const struct pcsc_rec_header *h = &rec->header;

	*s = (struct pcsc_summary){ .rec = rec };
	s->chosen = calloc(h->nr_functions + 1ull, sizeof(*s->chosen));
	s->functions = calloc(h->nr_functions + 1ull, sizeof(*s->functions));
	if (!s->chosen || !s->functions)
		return pcsc_fail(-ENOMEM, "no memory left");

	choose(s, filter);
	for (uint32_t i = 0; i < h->nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];

		if (!s->chosen[r->function])
			continue;
		add_register(&s->functions[r->function], r);
		add_register(&s->family[r->family], r);
		add_register(&s->all, r);
	}
	for (uint32_t i = 0; i < h->nr_hists; i++) {
		const struct pcsc_rec_hist *hist = &rec->hists[i];

		if (s->chosen[hist->function])
			pcsc_latencies_add(
				&s->hists[hist->width / 2][hist->is_write],
				hist);
	}
	return 0;
}

void pcsc_summary_free(struct pcsc_summary *s)
{
	free(s->chosen);
	free(s->functions);
}

void pcsc_fold_octaves(const struct pcsc_latencies *l,
		       uint64_t octaves[PCSC_OCTAVES])
{
	memset(octaves, 0, PCSC_OCTAVES * sizeof(*octaves));
	for (unsigned int i = 0; i < PCSC_REC_SLOTS; i++)
		octaves[PCSC_SLOTS_FIRST_OCTAVE + i / PCSC_SLOTS_PER_OCTAVE] +=
			l->slots[i];
}

uint32_t pcsc_first_register(const struct pcsc_rec *rec, uint32_t function)
{
	uint32_t low = 0, high = rec->header.nr_registers;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (rec->registers[mid].function < function)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
