/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scrape as text: Prometheus' format 0.0.4, or OpenMetrics 1.0. Both have the
 * same series. docs/pcsc-monitor.md lists them, and tests hold it to that.
 */
#ifndef PCSC_MONITOR_METRICS_H
#define PCSC_MONITOR_METRICS_H

#include <stdio.h>

#include "monitor/profile_id.h"
#include "monitor/tracer.h"
#include "totals.h"

enum metrics_format { METRICS_PROMETHEUS, METRICS_OPENMETRICS };

/* What the daemon knows of itself; all but the time grow. */
struct self {
	double read_seconds; /* how long the helper's numbers took to read */
	uint64_t answered, refused; /* requests */
	uint64_t slow, idle, crowded; /* peers that were hung up on, and why */
};

struct scrape {
	struct stats stats;
	struct self self;
	struct profile_id profile;
	const struct tracer *tracer; /* NULL: nobody has asked for it */
};

void metrics_render(FILE *out, const struct scrape *s,
		    enum metrics_format format);

/* As a Content-Type. */
const char *metrics_type(enum metrics_format format);

/* Which of them a request with this Accept header is to have; NULL: without one. */
enum metrics_format metrics_accepted(const char *accept);

#endif
