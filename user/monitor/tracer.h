/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long configuration accesses take, with the helper or without it: `pcsc-trace hist -j`
 * runs beside the daemon, with the rights that the daemon was started with, and says each
 * second what came. It ends with the daemon. If it ends before, the reason is told.
 */
#ifndef PCSC_MONITOR_TRACER_H
#define PCSC_MONITOR_TRACER_H

#include <stdio.h>

#include "latency.h"

#define TRACER_RECENT 120 /* seconds: one histogram each */
#define TRACER_LOSSES 3

struct tracer;

/*
 * Start it, from where PATH has it. To be called before rights are dropped and before other
 * descriptors are opened. 0, or a negative errno after a sentence. That it cannot be run is
 * told like its end.
 */
int tracer_start(struct tracer **t);
void tracer_stop(struct tracer *t);

/* For the caller's poll(), and what to call when it can be read. -1: it has ended. */
int tracer_fd(const struct tracer *t);
void tracer_run(struct tracer *t);

/* Why there is nothing new, or NULL: there is. @t may be NULL: nobody has asked for it. */
const char *tracer_reason(const struct tracer *t);

/* All reads, or writes, since it began. */
const struct pcsc_latencies *tracer_all(const struct tracer *t, bool is_write);

/* What it did not see, by the reason, and since it began. */
extern const char *const tracer_losses[TRACER_LOSSES];
uint64_t tracer_lost(const struct tracer *t, unsigned int reason);

/* JSON: reads and writes, of the last TRACER_RECENT seconds and since it began. */
void tracer_json(FILE *out, const struct tracer *t);

#endif
