// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/exporter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "monitor/clock.h"

/* That are made while the helper sums up its counters, at most. */
#define READS_MEANWHILE 1024

/*
 * The helper sums its counters up while reads go on, so one in shadow may be among these and
 * not yet among all reads. What was told of the mode on does not fall for that, since a
 * counter that falls is taken for one that began again.
 */
static void hold_on(struct exporter *e, struct stats *s)
{
	static const struct stat_rest of_on = { PCSC_STAT_READS,
						{ PCSC_STAT_SHADOW_READS } };
	const uint64_t reads = stats_value(s, PCSC_STAT_READS);
	uint64_t on = stats_rest(s, &of_on);

	if (reads >= e->reads && on < e->on && e->on - on < READS_MEANWHILE) {
		on = e->on;
		stats_change(s, PCSC_STAT_SHADOW_READS, reads - on);
	}
	e->reads = reads;
	e->on = on;
}

int exporter_scrape(struct exporter *e, enum metrics_format format, char **text,
		    size_t *size)
{
	_cleanup_free_ struct scrape *s = malloc(sizeof(*s));
	const double before = now();
	FILE *out = s ? open_memstream(text, size) : NULL;

	if (!out)
		return -ENOMEM;
	stats_read(&s->stats, e->dir);
	hold_on(e, &s->stats);
	e->self.read_seconds = now() - before;
	s->self = e->self;
	s->profile = profile_watch_last(e->profile);
	s->tracer = e->tracer;
	metrics_render(out, s, format);
	if (fclose(out)) {
		free(*text);
		return -ENOMEM;
	}
	return 0;
}
