// SPDX-License-Identifier: GPL-2.0-only
#include "events.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pcsc_trace.skel.h"
#include "talk.h"

static bool make_room(struct pcsc_events *e)
{
	size_t room = e->room ? 2 * e->room : 4096;
	void *rows;

	if (e->nr < e->room)
		return true;
	if (e->nr >= e->most)
		return false;
	if (room > e->most)
		room = e->most;
	rows = reallocarray(e->rows, room, sizeof(*e->rows));
	if (!rows)
		return false;
	e->rows = rows;
	e->room = room;
	return true;
}

static int take(void *context, void *data, size_t size)
{
	struct pcsc_events *e = context;

	if (size < sizeof(*e->rows))
		return 0;
	if (make_room(e))
		memcpy(&e->rows[e->nr++], data, sizeof(*e->rows));
	else
		e->dropped++;
	return 0;
}

int pcsc_events_open(struct pcsc_events *e, const struct pcsc_trace *skel,
		     size_t most)
{
	e->most = most;
	e->ring =
		ring_buffer__new(bpf_map__fd(skel->maps.events), take, e, NULL);
	if (!e->ring)
		return pcsc_fail(-errno, "cannot fetch accesses one by one: %s",
				 strerror(errno));
	return 0;
}

void pcsc_events_fetch(struct pcsc_events *e)
{
	if (e->ring)
		ring_buffer__consume(e->ring);
}

void pcsc_events_close(struct pcsc_events *e)
{
	ring_buffer__free(e->ring);
	free(e->rows);
	memset(e, 0, sizeof(*e));
}
