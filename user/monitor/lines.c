// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "monitor/clock.h"
#include "talk.h"

#define HEADER_EVERY 20

/* By how much a counter grew; a reloaded helper counts from 0. */
static uint64_t gone(uint64_t from, uint64_t to)
{
	return to >= from ? to - from : to;
}

static int print_line(struct lines *l, const struct stats *s, double at)
{
	const struct figures from = stats_figures(&l->last, s->mode);
	const struct figures to = stats_figures(s, s->mode);
	uint64_t mode_reads = gone(from.mode_reads, to.mode_reads);
	uint64_t hits = gone(from.hits, to.hits);
	double per = 1 / (at - l->last_time);
	time_t wall = time(NULL);
	char clock[16], rate[16] = "-";

	strftime(clock, sizeof(clock), "%H:%M:%S", localtime(&wall));
	if (mode_reads)
		snprintf(rate, sizeof(rate), "%.1f", 100.0 * hits / mode_reads);
	if (l->printed++ % HEADER_EVERY == 0)
		puts("time        reads/s    hits/s   hit%      hw/s mismatches mode");
	printf("%s %10.0f %9.0f %6s %9.0f %10" PRIu64 " %s\n", clock,
	       gone(from.reads, to.reads) * per, hits * per, rate,
	       gone(from.hardware_reads, to.hardware_reads) * per,
	       to.mismatches, s->mode[0] ? s->mode : "-");
	return pcsc_flush_stdout();
}

static void tell(struct lines *l, int err, bool up)
{
	if (l->told == !up)
		return;
	l->told = !up;
	if (up)
		pcsc_warn("helper loaded");
	else if (err)
		pcsc_warn("%s/stats: %s: waiting", l->dir, strerror(-err));
	else
		pcsc_warn("helper not loaded: waiting");
}

int lines_sample(struct lines *l)
{
	struct stats s;
	double at = now();
	int err = stats_read(&s, l->dir);

	tell(l, err, s.up);
	err = 0;
	if (s.up && l->last.up && !l->quiet)
		err = print_line(l, &s, at);
	l->last = s;
	l->last_time = at;
	return err;
}
