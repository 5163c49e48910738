/* SPDX-License-Identifier: GPL-2.0-only */
/* How the helper is, in a word. It is decided here and nowhere else. */
#ifndef PCSC_HEALTH_H
#define PCSC_HEALTH_H

#include "totals.h"

struct health {
	const char *word;
	const char *level; /* "good", "idle", "warn" or "bad" */
	const char *advice; /* what it means, and what to do */
};

const struct health *health_of(const struct stats *s);

#endif
