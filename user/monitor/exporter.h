/* SPDX-License-Identifier: GPL-2.0-only */
/* What a scrape is made of, whoever asks for it: HTTP, or a file for node_exporter. */
#ifndef PCSC_MONITOR_EXPORTER_H
#define PCSC_MONITOR_EXPORTER_H

#include <stddef.h>

#include "monitor/metrics.h"

struct exporter {
	const char *dir; /* the helper's numbers */
	struct profile_watch *profile;
	const struct tracer *tracer; /* NULL: nobody has asked for latencies */
	struct self self;
	/* What the last scrape told: all reads, and those of the mode on. */
	uint64_t reads, on;
};

/* The numbers of now as text, which the caller frees. 0 or -ENOMEM, silently. */
int exporter_scrape(struct exporter *e, enum metrics_format format, char **text,
		    size_t *size);

#endif
