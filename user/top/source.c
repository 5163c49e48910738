// SPDX-License-Identifier: GPL-2.0-only
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

#include "bdf.h"
#include "cleanup.h"

double source_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void from_device(struct source *s, const struct sample_address *of,
			struct reading *r)
{
	_cleanup_close_ int fd =
		open(PCSC_DEVICE, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	struct sample_head head = { .now_ns = source_now() * 1e9 };

	r->err = fd < 0 ? -errno : sample_functions(fd, &head, &s->ids);
	if (r->err)
		return;
	r->info = head.info;
	r->devices = s->ids.devices;
	r->nr_devices = head.nr_devices;
	r->functions = s->ids.functions;
	r->nr_functions = head.nr_functions;
	if (of)
		sample_space(fd, of, &r->space);
	r->has_space = of;
}

/* A file has the spaces that its maker put there, if any. */
static void find_space(const struct sample_space *s, __u32 nr,
		       const struct sample_address *of, struct reading *r)
{
	r->has_space = true;
	r->space.of = *of;
	r->space.err = -ENODATA;
	for (; nr--; s++)
		if (s->of.domain == of->domain && s->of.bus == of->bus &&
		    s->of.devfn == of->devfn)
			r->space = *s;
}

static void from_file(struct source *s, const struct sample_address *of,
		      struct reading *r)
{
	struct sample_head *h = NULL;
	const ssize_t n = sample_read(s->file, &h);
	const struct pcsc_event *events;

	r->err = n < 0 ? (int)n : h->err;
	r->owned = h;
	if (r->err)
		return;
	r->info = h->info;
	r->devices = (const void *)(h + 1);
	r->nr_devices = h->nr_devices;
	r->functions = (const void *)(r->devices + r->nr_devices);
	r->nr_functions = h->nr_functions;
	events = (const void *)(r->functions + r->nr_functions);
	if (of)
		find_space((const void *)(events + h->nr_events), h->nr_spaces,
			   of, r);
}

void source_read(struct source *s, const struct sample_address *of,
		 struct reading *r)
{
	*r = (struct reading){ .at = source_now() };
	stats_read(&r->stats, s->dir);
	if (s->totals_only)
		r->err = -ENOENT;
	else if (s->file)
		from_file(s, of, r);
	else
		from_device(s, of, r);
}

void reading_free(struct reading *r)
{
	free(r->owned);
	r->owned = NULL;
}

void source_free(struct source *s)
{
	pcsc_names_closep(&s->ids.names);
	free(s->ids.devices);
	free(s->ids.functions);
}
