/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The helper on paper: the recorded functions with lines and maps of their own, and what
 * becomes of each access that was recorded, by the core that the helper runs. Of the
 * kernel-helper's rules it has those that decide hits: brackets by writes, proofs,
 * survival, siblings. It has no hooks, does not compare hits with hardware, and knows of
 * drivers only who had a function in the end.
 */
#ifndef PCSC_PROFILE_PAPER_H
#define PCSC_PROFILE_PAPER_H

#include "core/line.h"
#include "core/map.h"
#include "recording.h"

enum paper_answer {
	PAPER_HIT, /* from the function's own line */
	PAPER_SIBLING, /* from what its siblings have in common */
	PAPER_MISS, /* const, and read for the first time */
	PAPER_UNCACHABLE,
	PAPER_BYPASS, /* inside a reset, or not proved since */
	PAPER_WRITE,
	PAPER_ANSWERS,
};

struct paper; /* all functions */

/*
 * The functions of @rec under the compiled profile @profile, which is checked. NULL
 * without memory. Both have to last as long.
 */
struct paper *paper_new(const struct pcsc_rec *rec, const void *profile);
void paper_free(struct paper *paper);

/* What becomes of the next event, in the order of time. */
enum paper_answer paper_event(struct paper *paper,
			      const struct pcsc_rec_event *e);

/* A kexec: lines are handed over, and adopted when their functions have shown who they are. */
void paper_kexec(struct paper *paper);

/* Reads that the helper would have made for itself: of three VFs, by which others are answered. */
u64 paper_own_reads(const struct paper *paper);

#endif
