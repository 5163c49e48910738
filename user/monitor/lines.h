/* SPDX-License-Identifier: GPL-2.0-only */
/* A line for each interval, and a word on stderr when the helper goes or comes. */
#ifndef PCSC_MONITOR_LINES_H
#define PCSC_MONITOR_LINES_H

#include <stdbool.h>

#include "totals.h"

struct lines {
	const char *dir; /* the helper's numbers */
	bool quiet; /* no lines */
	unsigned long printed;
	struct stats last; /* at the line before */
	double last_time;
	bool told; /* that there is no helper */
};

/* Counting begins at the first sample after a start or a reload, which has no
 * line. 0, or -EIO after a sentence if standard output cannot be written. */
int lines_sample(struct lines *l);

#endif
