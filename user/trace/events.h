/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses one by one, as the kernel hands them over. */
#ifndef PCSC_TRACE_EVENTS_H
#define PCSC_TRACE_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "pcsc_events.h"

struct pcsc_trace; /* the BPF skeleton */
struct ring_buffer;

struct pcsc_events {
	struct ring_buffer *ring; /* NULL: nobody asked for them */
	struct pcsc_access_event *rows; /* in the order in which they ended */
	size_t nr;
	size_t room;
	size_t most; /* rows that are kept */
	uint64_t dropped; /* for which there was no room here */
};

/* How often they must be fetched: a host makes fewer accesses in that time than fit. */
#define PCSC_EVENTS_NS 100000000ull
#define PCSC_EVENTS_RING (8u << 20) /* bytes */

/* To be fetched from @skel, which is loaded. 0 or a negative errno, said. */
int pcsc_events_open(struct pcsc_events *e, const struct pcsc_trace *skel,
		     size_t most);
void pcsc_events_fetch(struct pcsc_events *e);
void pcsc_events_close(struct pcsc_events *e);

#endif
