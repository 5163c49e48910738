/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What two profiles say differently: of two hosts, of two firmware revisions, of before
 * and after. Evidence may be more or less without a difference.
 */
#ifndef PCSC_PROFILE_DIFF_H
#define PCSC_PROFILE_DIFF_H

#include "profile.h"

/*
 * Print the differences, as text or as JSON. Models that only one profile has are
 * compared with one of the other for the same device, if there is one. Both are sorted.
 * The number of differences, or -ENOMEM, said.
 */
ssize_t profile_diff(struct profile *a, struct profile *b, bool json,
		     FILE *out);

#endif
