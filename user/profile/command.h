/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands that make one profile of many files. */
#ifndef PCSC_PROFILE_COMMAND_H
#define PCSC_PROFILE_COMMAND_H

#include "profile.h"

struct profile_inputs {
	char *const *paths;
	size_t nr;
	const char *out;
	const char *name; /* NULL: the command's own */
	bool specification; /* generate: of no recording */
	bool redact; /* merge: without what names functions */
	bool demotions; /* merge: with those of this host's helper */
};

/* 0 or a negative errno, said. */
int generate_command(const struct profile_inputs *in);
int merge_command(const struct profile_inputs *in);

#endif
