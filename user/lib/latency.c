// SPDX-License-Identifier: GPL-2.0-only
#include "latency.h"

double pcsc_mean(uint64_t sum, uint64_t n)
{
	return n ? (double)sum / n : 0;
}

void pcsc_latencies_add(struct pcsc_latencies *sum,
			const struct pcsc_rec_hist *h)
{
	sum->count += h->count;
	sum->sum_ns += h->sum_ns;
	if (h->max_ns > sum->max_ns)
		sum->max_ns = h->max_ns;
	for (int i = 0; i < PCSC_REC_SLOTS; i++)
		sum->slots[i] += h->slots[i];
}

struct pcsc_latencies pcsc_latencies_since(const struct pcsc_latencies *now,
					   const struct pcsc_latencies *before)
{
	struct pcsc_latencies l = *now;
	unsigned int last = 0;

	l.count -= before->count;
	l.sum_ns -= before->sum_ns;
	for (unsigned int i = 0; i < PCSC_REC_SLOTS; i++) {
		l.slots[i] -= before->slots[i];
		if (l.slots[i])
			last = i;
	}
	if (!l.count)
		l.max_ns = 0;
	else if (now->max_ns == before->max_ns && last < PCSC_REC_SLOTS - 1 &&
		 pcsc_slot_low(last + 1) < l.max_ns)
		l.max_ns = pcsc_slot_low(last + 1);
	return l;
}

/* The last slot has no end but the longest latency. */
static double slot_end(const struct pcsc_latencies *l, unsigned int slot)
{
	uint64_t end = pcsc_slot_low(slot + 1);

	return slot == PCSC_REC_SLOTS - 1 && l->max_ns > end ? l->max_ns : end;
}

double pcsc_latencies_quantile_ns(const struct pcsc_latencies *l, double q)
{
	double wanted = q * l->count, below = 0, ns;

	for (unsigned int i = 0; i < PCSC_REC_SLOTS; i++) {
		double low = pcsc_slot_low(i);
		double high = slot_end(l, i);

		if (!l->slots[i] || below + l->slots[i] < wanted) {
			below += l->slots[i];
			continue;
		}
		ns = low + (high - low) * (wanted - below) / l->slots[i];
		return ns < l->max_ns ? ns : l->max_ns;
	}
	return l->max_ns;
}

static void put_slot(struct pcsc_jsonw *w, unsigned int slot, uint64_t count)
{
	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_uint(w, "from_ns", pcsc_slot_low(slot));
	pcsc_jsonw_uint(w, "count", count);
	pcsc_jsonw_end(w);
}

void pcsc_latencies_json(struct pcsc_jsonw *w, const struct pcsc_latencies *l)
{
	pcsc_jsonw_uint(w, "count", l->count);
	pcsc_jsonw_uint(w, "sum_ns", l->sum_ns);
	pcsc_jsonw_uint(w, "max_ns", l->max_ns);
	pcsc_jsonw_double(w, "p50_ns", pcsc_latencies_quantile_ns(l, 0.5));
	pcsc_jsonw_double(w, "p99_ns", pcsc_latencies_quantile_ns(l, 0.99));
	pcsc_jsonw_array(w, "slots");
	for (unsigned int i = 0; i < PCSC_REC_SLOTS; i++)
		if (l->slots[i])
			put_slot(w, i, l->slots[i]);
	pcsc_jsonw_end(w);
}
