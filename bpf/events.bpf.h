/* SPDX-License-Identifier: GPL-2.0-only */
/* Each access on its own, for user space to fetch. */
#ifndef PCSC_BPF_EVENTS_H
#define PCSC_BPF_EVENTS_H

#include "filter.bpf.h"

/* User space makes it large if it wants events. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

__u64 lost_events;

/* Nobody is woken: user space looks often enough. */
VERIFIED_ONCE int send_event(const struct pcsc_access_event *e)
{
	if (!e)
		return 0;
	if (bpf_ringbuf_output(&events, (void *)e, sizeof(*e),
			       BPF_RB_NO_WAKEUP))
		count(&lost_events, 1);
	return 0;
}

#endif
