// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/exporter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cleanup.h"
#include "monitor/clock.h"

int exporter_scrape(struct exporter *e, enum metrics_format format, char **text,
		    size_t *size)
{
	_cleanup_free_ struct scrape *s = malloc(sizeof(*s));
	const double before = now();
	FILE *out = s ? open_memstream(text, size) : NULL;

	if (!out)
		return -ENOMEM;
	stats_read(&s->stats, e->dir);
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
