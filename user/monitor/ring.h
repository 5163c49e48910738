/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last events, numbered from 1 in the order in which they came. The helper
 * numbers its own from 0 and begins again when it is reloaded; ours go on.
 * Registers' values are not kept.
 */
#ifndef PCSC_MONITOR_RING_H
#define PCSC_MONITOR_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "jsonw.h"
#include "uapi/pcsc.h"

#define RING_EVENTS 1024

struct ring {
	uint64_t next; /* the number of the next one, less 1 */
	uint64_t lost; /* the helper had dropped them before we asked */
	bool begun;
	uint64_t seq, time_ns; /* of the newest one, as the helper says */
	struct {
		struct pcsc_event event;
		uint64_t at_ms; /* since 1970 */
	} slots[RING_EVENTS];
};

/*
 * @events: the helper's last ones, oldest first; those that are known are left out.
 * @now_ns, @now_ms: the time on the helper's clock, and since 1970.
 */
void ring_take(struct ring *r, const struct pcsc_event *events, size_t n,
	       uint64_t now_ns, uint64_t now_ms);

/* Members of an object: what came behind number @after. */
void ring_json(const struct ring *r, struct pcsc_jsonw *w, uint64_t after);

#endif
