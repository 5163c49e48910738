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

double pcsc_mean(uint64_t sum, uint64_t n)
{
	return n ? (double)sum / n : 0;
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

void pcsc_hist_add(struct pcsc_rec_hist *sum, const struct pcsc_rec_hist *h)
{
	sum->width = h->width;
	sum->is_write = h->is_write;
	sum->count += h->count;
	sum->sum_ns += h->sum_ns;
	sum->max_ns = larger(sum->max_ns, h->max_ns);
	for (int i = 0; i < PCSC_REC_SLOTS; i++)
		sum->slots[i] += h->slots[i];
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
			pcsc_hist_add(
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

/* The last slot has no end but the longest latency. */
static double slot_end(const struct pcsc_rec_hist *h, unsigned int slot)
{
	uint64_t end = pcsc_slot_low(slot + 1);

	return slot == PCSC_REC_SLOTS - 1 && h->max_ns > end ? h->max_ns : end;
}

double pcsc_quantile_ns(const struct pcsc_rec_hist *h, double q)
{
	double wanted = q * h->count, below = 0, ns;

	for (unsigned int i = 0; i < PCSC_REC_SLOTS; i++) {
		double low = pcsc_slot_low(i);
		double high = slot_end(h, i);

		if (!h->slots[i] || below + h->slots[i] < wanted) {
			below += h->slots[i];
			continue;
		}
		ns = low + (high - low) * (wanted - below) / h->slots[i];
		return ns < h->max_ns ? ns : h->max_ns;
	}
	return h->max_ns;
}

void pcsc_fold_octaves(const struct pcsc_rec_hist *h,
		       uint64_t octaves[PCSC_OCTAVES])
{
	memset(octaves, 0, PCSC_OCTAVES * sizeof(*octaves));
	for (unsigned int i = 0; i < PCSC_REC_SLOTS; i++)
		octaves[PCSC_SLOTS_FIRST_OCTAVE + i / PCSC_SLOTS_PER_OCTAVE] +=
			h->slots[i];
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
