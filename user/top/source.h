/* SPDX-License-Identifier: GPL-2.0-only */
/* Where the numbers come from: the helper, or files in its place. */
#ifndef PCSC_TOP_SOURCE_H
#define PCSC_TOP_SOURCE_H

#include <stdbool.h>

#include "identities.h"
#include "sample.h"
#include "totals.h"

struct source {
	const char *dir; /* of stats and mode */
	const char *file; /* of --state, or NULL for the helper's device */
	bool totals_only; /* another host's totals have no functions here */
	struct identities ids;
};

/* What was read at one time. */
struct reading {
	double at; /* seconds, of a clock that does not jump */
	struct stats stats;
	int err; /* negative: why nothing is known of functions */
	struct pcsc_info info;
	const struct sample_device *devices;
	const struct sample_function *functions; /* in the order of addresses */
	__u32 nr_devices, nr_functions;
	bool has_space;
	struct sample_space space; /* of the function that was asked for */
	void *owned;
};

/*
 * Read, and one function's bytes too unless @of is NULL. What @r points to is there
 * until the next time. The device is open meanwhile only, since an open one keeps the
 * module from being unloaded.
 */
void source_read(struct source *s, const struct sample_address *of,
		 struct reading *r);
/* Of the clock that readings are dated by, in seconds. */
double source_now(void);

void reading_free(struct reading *r);
void source_free(struct source *s);

#endif
