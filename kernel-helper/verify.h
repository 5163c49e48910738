/* SPDX-License-Identifier: GPL-2.0-only */
/* Comparing the cache with hardware, and what follows a mismatch. */
#ifndef PCSC_VERIFY_H
#define PCSC_VERIFY_H

#include <linux/compiler.h>
#include <linux/types.h>

#include "core/handover.h"
#include "object.h"

extern u32 pcsc_verify_below;

/*
 * Is a processor's n-th hit one of those that are compared with hardware? The
 * multiplier is the golden ratio's, so the hits compared are spread evenly, also
 * over any period with which a reader goes round the registers.
 */
static inline bool pcsc_verify_due(u32 n)
{
	return n * 2654435769u < READ_ONCE(pcsc_verify_below);
}

/* A hit gave @cached where hardware has @found. Any context. */
void pcsc_mismatch_found(struct pcsc_function *f, u16 where, u8 size,
			 u32 cached, u32 found);

/*
 * @f's siblings would have answered @cached where hardware has @found. That is
 * the template's mistake, so @f stays. @users: perhaps its user's doing, which
 * is no mismatch.
 */
void pcsc_mismatch_of_siblings(struct pcsc_function *f, u16 where, u8 size,
			       u32 cached, u32 found, bool users);

/* Has on_mismatch=off stopped serving since last asked? Under pcsc_mutex. */
bool pcsc_verify_stopped(void);

/* Bytes that are not served for any function of a model. Under pcsc_mutex. */
void pcsc_mismatches_collect(void);
void pcsc_mismatches_exclude(struct pcsc_map *map,
			     const struct pcsc_identity *identity);
bool pcsc_mismatches_concern(const struct pcsc_identity *identity);
/* In what is known of a function's bytes: a map that is made anew does not show it. */
void pcsc_mismatches_mark(u8 *known, u32 count,
			  const struct pcsc_identity *identity);
void pcsc_mismatches_set_aside(bool aside); /* maps are made without them */
u32 pcsc_mismatches(void);

/*
 * A function with a mismatch is quarantined as long as the same model is at its
 * address. The first returns PCSC_BYPASS_QUARANTINE or 0; the second is for the
 * operator, and is true if there was a quarantine to end.
 */
u32 pcsc_quarantine_of(const struct pcsc_function *f);
bool pcsc_quarantine_end(u32 domain, u8 bus, u8 devfn);
u32 pcsc_quarantined(void);

/*
 * Mismatches and quarantine belong to the profile that they were found under. The
 * first tells whether that is this one; the second forgets them all, and makes
 * it this one from now on.
 */
bool pcsc_mismatches_are_of(u32 crc);
void pcsc_mismatches_forget(u32 crc);

/* To the next kernel, and from the last one, where it was checked. */
void pcsc_mismatches_hand(struct pcsc_handover_restrictions *to);
void pcsc_mismatches_take(const struct pcsc_handover_restrictions *from);
/* How many were found, and not passed on to the rest of the model. */
u32 pcsc_mismatches_lost(void);

#endif
