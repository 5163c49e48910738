/* SPDX-License-Identifier: GPL-2.0-only */
/* Brackets around resets, and what is believed after them. */
#ifndef PCSC_BRACKET_H
#define PCSC_BRACKET_H

#include <linux/pci.h>
#include <linux/types.h>

#include "object.h"
#include "uapi/pcsc.h"

/*
 * Before the write reaches hardware: what it means (meaning.h). And after, with that: the first
 * opens what lasts, and does what happens once; the second does that again, and closes.
 */
u32 pcsc_bracket_write(struct pcsc_function *f, u16 where, u8 size, u32 value);
void pcsc_bracket_written(struct pcsc_function *f, u32 means);
void pcsc_bracket_count(const struct pcsc_function *f, u32 means);

/* VF Enable is about to be set, and its VFs are none that were handed over. */
void pcsc_bracket_vfs_enabled(struct pcsc_function *pf);

/* What hardware says was open (PCSC_OPEN_*) before anybody followed the function. */
void pcsc_bracket_begun(struct pcsc_function *f, u32 which);

/* A handed VF is created again by the write that is under way. */
void pcsc_bracket_vf_created(struct pcsc_function *vf);

/*
 * Hardware answered @value to what @ticket was given for: does that prove that
 * the function is itself again?
 */
void pcsc_bracket_identity(struct pcsc_function *f,
			   const struct pcsc_ticket *ticket, u16 where, u8 size,
			   u32 value);

/*
 * Round a reset, recovery or power transition that is no config write: opened
 * before, closed after. They nest. If anything was @lost in it the lines begin
 * empty. Any context.
 */
void pcsc_bracket_open(struct pcsc_function *f);
void pcsc_bracket_close(struct pcsc_function *f, bool lost);

/*
 * Why it is bypassed, less the reasons that are the cache's own affair: the
 * function itself may be there all the same.
 */
u32 pcsc_bracket_reasons(const struct pcsc_function *f);

/* Hardware denies that the function is there: it, its VFs and all below pend. */
void pcsc_bracket_absent(struct pcsc_function *f);

/* A header has contradicted the function's map; the function has been walked again. */
void pcsc_bracket_layout(struct pcsc_function *f);
void pcsc_bracket_evaluated(struct pcsc_function *f);

/* Something was written, or is about to be, of which nobody knows what it does. */
void pcsc_bracket_opaque_write(struct pcsc_function *f);

/* After @pf's reset hardware has VF Enable set still, by a read after @ticket. */
void pcsc_bracket_vfs_there(struct pcsc_function *pf,
			    const struct pcsc_ticket *ticket);

/* Its power state is known, whoever changed it. */
void pcsc_bracket_power(struct pcsc_function *f, bool on);

/* The host goes to sleep, and is back: every function. Under pcsc_mutex. */
void pcsc_brackets_suspend(void);
void pcsc_brackets_resume(void);

/* True once for each bracket that is open for longer than any reset takes. */
bool pcsc_bracket_left_open(struct pcsc_function *f);

/* What looks for something in vain so often is gone, asleep, or another device. */
#define PCSC_MAX_LOOKS 8

/* One look at @f more was in vain. True if there may be another. */
bool pcsc_look_again(struct pcsc_function *f);

/* It could not be read when it came, and nothing speaks against another look. */
static inline bool pcsc_may_look_for_layout(const struct pcsc_function *f)
{
	return READ_ONCE(f->walk_status) == PCSC_WALK_READ &&
	       READ_ONCE(f->looked) < PCSC_MAX_LOOKS &&
	       READ_ONCE(f->mode) != PCSC_MODE_OFF &&
	       !(pcsc_bracket_reasons(f) & ~PCSC_BYPASS_PENDING);
}

#endif
