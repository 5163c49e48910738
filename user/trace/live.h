/* SPDX-License-Identifier: GPL-2.0-only */
/* What is shown while it happens: pcsc-trace watch and hist. */
#ifndef PCSC_LIVE_H
#define PCSC_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "trace.h"

struct pcsc_live_options {
	double seconds; /* 0: until a signal, or the command's end */
	double interval; /* hist: between two; 0: one at the end */
	uint32_t count; /* hist: how many; 0: no bound */
	bool stamps; /* hist: the time before each */
	bool ms; /* hist: milliseconds, not microseconds */
	bool us; /* hist: microseconds were asked for */
	bool json; /* hist: a line of JSON for each */
	uint32_t max_registers; /* 0: by the number of functions */
	struct pcsc_wanted_options wanted;
	char **command; /* NULL: none */
};

/* Something that runs beside a tracer. */
struct pcsc_live {
	const struct pcsc_live_options *options;
	struct pcsc_tracer tracer;
	struct pcsc_inventory inv;
	uint64_t every_ns; /* between two ticks */
	uint64_t next_look; /* CLOCK_MONOTONIC */
	int write_error; /* an errno of standard output's; 0: none */
	int error; /* a tick's, negative, said */
	uint64_t lost; /* as far as it was said */
	/* False: it is enough. */
	bool (*tick)(struct pcsc_live *live, bool last);
	void *context; /* tick's own */
};

/* Load, attach, start the command, and tick. An exit status: see pcsc_record(). */
int pcsc_live_run(struct pcsc_live *live);

/* ---- watch.c, hist.c; each returns an exit status ---- */

/* A line for each access. */
int pcsc_watch(const struct pcsc_live_options *options);
/* Latencies as histograms. */
int pcsc_hist(const struct pcsc_live_options *options);

#endif
