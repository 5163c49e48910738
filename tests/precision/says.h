/* SPDX-License-Identifier: GPL-2.0-only */
/* Which bytes somebody calls constant who has seen the recording. */
#ifndef PCSC_PRECISION_SAYS_H
#define PCSC_PRECISION_SAYS_H

#include "group.h"
#include "profile/profile.h"

struct says {
	bool constant[WORLD_BYTES];
	bool shared[WORLD_BYTES]; /* one VF's value may stand for another's */
};

/* What @prof says of this group's functions. */
void says_profile(const struct profile *prof, const struct group *group,
		  struct says *out);

/* What a naive generator says: what has not changed is constant. */
void says_naive(const struct pcsc_rec *rec, const struct group *group,
		struct says *out);

#endif
