/* SPDX-License-Identifier: GPL-2.0-only */
/* Histograms of latencies: sums, quantiles, JSON. Times are in nanoseconds. */
#ifndef PCSC_LATENCY_H
#define PCSC_LATENCY_H

#include <stdint.h>

#include "jsonw.h"
#include "recording.h"

/* 0 if there is none. */
double pcsc_mean(uint64_t sum, uint64_t n);

/* Sums of pcsc_rec_hist: of thousands of functions, or of a daemon's months. */
struct pcsc_latencies {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t max_ns;
	uint64_t slots[PCSC_REC_SLOTS];
};

void pcsc_latencies_add(struct pcsc_latencies *sum,
			const struct pcsc_rec_hist *h);
/* What came since @before; its longest is known if it is the longest of all. */
struct pcsc_latencies pcsc_latencies_since(const struct pcsc_latencies *now,
					   const struct pcsc_latencies *before);
/* The latency that share @q of a histogram stays below, interpolated. */
double pcsc_latencies_quantile_ns(const struct pcsc_latencies *l, double q);
/* Write count, sum, longest, quantiles and slots as members of the object that is open. */
void pcsc_latencies_json(struct pcsc_jsonw *w, const struct pcsc_latencies *l);

#endif
