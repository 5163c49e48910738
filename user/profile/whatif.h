/* SPDX-License-Identifier: GPL-2.0-only */
/* `pcsc-profile what-if`: a recorded workload with the helper, before anybody loads it. */
#ifndef PCSC_PROFILE_WHATIF_H
#define PCSC_PROFILE_WHATIF_H

#include <stdbool.h>

struct whatif_options {
	const char *recording; /* with events */
	const char *profile;
	const char *until; /* a mark; NULL: all of it */
	bool warm; /* lines of the last kernel are handed over before it begins */
	bool json;
};

/* Print to standard output. 0 or a negative errno, said. */
int whatif_command(const struct whatif_options *o);

#endif
