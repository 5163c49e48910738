/* SPDX-License-Identifier: GPL-2.0-only */
/* `pcsc-profile rehearse`: the next kexec's reads of configuration space, before it. */
#ifndef PCSC_PROFILE_REHEARSE_H
#define PCSC_PROFILE_REHEARSE_H

#include <stdbool.h>
#include <stdint.h>

struct rehearse_options {
	const char *recording; /* with events: of what a new kernel does here */
	const char *profile;
	const char *until; /* a mark; NULL: all of it */
	uint32_t read_us; /* what a read of hardware takes; 0: as recorded */
	bool json;
};

/* Print to standard output. 0 or a negative errno, said. */
int rehearse_command(const struct rehearse_options *o);

#endif
