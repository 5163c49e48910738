/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A line's generations. Moving the generation on is what empties a line, what
 * keeps fills in flight from publishing, and what begins and ends a bracket.
 * For the files of the line.
 */
#ifndef PCSC_CORE_GENERATION_H
#define PCSC_CORE_GENERATION_H

#include "line.h"

/* What becomes of a line's words when a new generation begins. */
enum pcsc_sweep {
	PCSC_SWEEP_KEEP, /* all that was cached in the last generation */
	PCSC_SWEEP_KEEP_UNPROVED, /* all but the guards: its layout has to be seen again */
	PCSC_SWEEP_LOSE, /* nothing; demotions last */
	PCSC_SWEEP_DISTRUST, /* the same, whatever generation words claim to be of */
	PCSC_SWEEP_REBORN, /* nothing, not even demotions */
};

/*
 * Start a new generation, with the reasons to bypass of @set and without those
 * of @clear, in one step; @holds (may be NULL) names reasons that stay. Returns
 * the new generation, whose words were swept as @how says.
 */
u32 pcsc_line_advance(struct pcsc_line *line, u32 set, u32 clear,
		      const struct pcsc_holds *holds, enum pcsc_sweep how);

/*
 * A new generation @to empties the line by itself, since all its words are of
 * an older one: only words that are kept or reborn are touched.
 */
void pcsc_line_sweep(struct pcsc_line *line, enum pcsc_sweep how, u32 to);

#endif
