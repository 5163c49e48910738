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

#endif
