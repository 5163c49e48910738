/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hangs on a function whose writes cannot be followed, since nobody knows where its
 * registers are: its VFs, or all below it. Any context.
 */
#ifndef PCSC_FOLLOW_H
#define PCSC_FOLLOW_H

#include "object.h"

/* A header has contradicted the function's map. */
void pcsc_follow_lost(struct pcsc_function *f);

/* The function is about to be walked; it was walked, and has a map. */
void pcsc_follow_pause(struct pcsc_function *f);
void pcsc_follow_resume(struct pcsc_function *f);

/*
 * Nobody knows what the writes to @f have left: neither it nor what hangs on it is served
 * before it was walked.
 */
void pcsc_follow_again(struct pcsc_function *f);

/*
 * After so many looks in vain the function is taken to be gone, asleep, or
 * another device.
 */
#define PCSC_MAX_LOOKS 8

/* Another look at @f was in vain. True if there may be one more. */
bool pcsc_look_again(struct pcsc_function *f);

#endif
