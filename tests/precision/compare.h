/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of the bytes, held against what is true of them. */
#ifndef PCSC_PRECISION_COMPARE_H
#define PCSC_PRECISION_COMPARE_H

#include <stdio.h>

#include "says.h"

enum verdict {
	/* Said to be constant: */
	RIGHT,
	WRONG, /* it changed while it was recorded */
	WRONG_OVER_RESET, /* an FLR changes it, whatever the function */
	WRONG_REGISTER, /* of the specification, and hardware changes it later */
	WRONG_SIBLING, /* another VF has another value */
	AGAINST_RULES, /* it is constant, but evidence or table does not bear it out */
	LATE, /* it changes only after the recording */
	SHOWN, /* it changes only with what the kernel sees, and after */
	/* Not said to be, and constant in truth: */
	MISSED,
	SELDOM_READ,
	FORBIDDEN, /* from here on, by the design: */
	IN_LISTS = FORBIDDEN, /* that cannot be followed */
	OF_VENDOR,
	BY_TABLE,
	IN_CONFLICT,
	MUTE,
	BESIDE_WRITTEN,
	OVER_NO_RESET,
	ASLEEP,
	BESIDE_CHANGE,
	/* Not said, and not constant. */
	RIGHTLY_SILENT,
	VERDICTS,
};

/* "its vendor's" */
extern const char *const verdict_words[VERDICTS];

/* Bytes of functions, not of groups. */
struct sums {
	uint64_t bytes[VERDICTS];
	uint64_t shared; /* by which one VF may speak for another */
};

/* Of one group, into @sums. @names, if not NULL, is told where RIGHT is in doubt. */
void compare_group(const struct group *group, const struct says *says,
		   struct sums *sums, FILE *names);

#endif
