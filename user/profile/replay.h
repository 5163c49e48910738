/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording's events through the helper on paper, counted. */
#ifndef PCSC_PROFILE_REPLAY_H
#define PCSC_PROFILE_REPLAY_H

#include "paper.h"

struct tally {
	const char *name;
	u64 nr[PAPER_ANSWERS]; /* accesses */
	u64 ns; /* of reads, as recorded */
	u64 saved_ns; /* of those that hit */
};

struct replay {
	const struct pcsc_rec *rec;
	u32 nr_events; /* that are replayed, from the first on */
	struct tally all;
	struct tally *phases; /* one more than there are marks */
	struct tally *callers;
	u64 own_reads;
};

/*
 * The recording at @path, if it has the order of accesses and they were hardware's.
 * 0 or a negative errno, said.
 */
int replay_load(const char *path, struct pcsc_rec **rec);

/*
 * Prepare to replay @rec up to its first mark called @until, or all of it (NULL).
 * 0 or a negative errno, said.
 */
int replay_begin(struct replay *r, const struct pcsc_rec *rec,
		 const char *until);

/*
 * Replay under the compiled profile @profile. @warm: after a kexec, with what the same
 * events had filled before. 0 or a negative errno, said.
 */
int replay_run(struct replay *r, const void *profile, bool warm);
void replay_free(struct replay *r);

static inline void replay_recp(struct pcsc_rec **rec)
{
	if (*rec)
		pcsc_rec_free(*rec);
}

u64 tally_hits(const struct tally *t);
u64 tally_reads(const struct tally *t);
double tally_percent(u64 part, u64 whole);

#endif
