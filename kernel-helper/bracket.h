/* SPDX-License-Identifier: GPL-2.0-only */
/* Brackets around resets, and what is believed after them. */
#ifndef PCSC_BRACKET_H
#define PCSC_BRACKET_H

#include <linux/pci.h>
#include <linux/types.h>

#include "follow.h"
#include "object.h"
#include "uapi/pcsc.h"

/*
 * To be called before a write reaches hardware, through @bus or past it (NULL): returns what it means
 * (core/meaning.h), which the other two get. The first opens what lasts, and does
 * what happens once; the second, to be called after the write, does the latter
 * again, and closes what is over. @alone: no other write to @f was under way, so that what
 * it means is what hardware has.
 */
u32 pcsc_bracket_write(struct pcsc_function *f, struct pci_bus *bus, u16 where,
		       u8 size, u32 value);
void pcsc_bracket_written(struct pcsc_function *f, u32 means, bool alone);
/* For a write that has reached hardware: what it has meant, for pcsc_bracket_written(). */
u32 pcsc_bracket_write_again(struct pcsc_function *f, u16 where, u8 size,
			     u32 value);
void pcsc_bracket_count(const struct pcsc_function *f, u32 means);

/* One more reset, for the counts. */
void pcsc_bracket_reset(const struct pcsc_function *f);

/* VF Enable is about to be set for VFs that are not those of the handover. */
void pcsc_bracket_vfs_enabled(struct pcsc_function *pf);

/*
 * Open the brackets @which (PCSC_OPEN_*) that hardware says were open before
 * anybody followed the function.
 */
void pcsc_bracket_begun(struct pcsc_function *f, u32 which);
/* Likewise, if hardware is only to be asked; @which has no PCSC_OPEN_POWER. */
void pcsc_bracket_held(struct pcsc_function *f, u32 which);
/* The sleep that was begun was perhaps over already. */
void pcsc_bracket_not_asleep(struct pcsc_function *f);

/* Close those @which (PCSC_OPEN_*) that a write has ended, or that hardware denies. */
void pcsc_bracket_over(struct pcsc_function *f, u32 which);

/* A VF of the handover is created again by the write that is under way. */
void pcsc_bracket_vf_created(struct pcsc_function *vf);

/*
 * Round a reset, recovery or power transition that is no config write: open
 * before it, close after it. They nest. If anything was @lost in any of them,
 * the line begins empty. Any context.
 */
void pcsc_bracket_open(struct pcsc_function *f);
void pcsc_bracket_close(struct pcsc_function *f, bool lost);

/*
 * Why the function is bypassed, less the reasons that concern the cache alone:
 * for all of those it may be there and answer.
 */
u32 pcsc_bracket_reasons(const struct pcsc_function *f);

/*
 * Hardware denies that the function is there, so it, its VFs and all below it
 * are pending and empty.
 */
void pcsc_bracket_absent(struct pcsc_function *f);

/* A write whose effect nobody knows was made, or is about to be. */
void pcsc_bracket_opaque_write(struct pcsc_function *f);

/*
 * After @pf's reset VF Enable is still set in hardware, as a read after @ticket
 * has shown. False: something has happened since, so it is to be read again.
 */
bool pcsc_bracket_vfs_there(struct pcsc_function *pf,
			    const struct pcsc_ticket *ticket);

/* The function's power state is known, no matter by what it was changed. */
void pcsc_bracket_power(struct pcsc_function *f, bool on);

/* The host goes to sleep; it has woken up. Every function, under pcsc_mutex. */
void pcsc_brackets_suspend(void);
void pcsc_brackets_resume(void);

/* True once for each bracket that is open for longer than any reset takes. */
bool pcsc_bracket_left_open(struct pcsc_function *f);

/*
 * True if the function could not be read when it came, and nothing speaks
 * against another look. One that got no map comes again with what befalls it, not
 * with its reads, each of which would have all functions looked at.
 */
static inline bool pcsc_may_look_for_layout(const struct pcsc_function *f)
{
	return READ_ONCE(f->walk_status) == PCSC_WALK_READ &&
	       READ_ONCE(f->line.map) &&
	       READ_ONCE(f->looked) < PCSC_MAX_LOOKS &&
	       READ_ONCE(f->mode) != PCSC_MODE_OFF &&
	       !(pcsc_bracket_reasons(f) &
		 ~(PCSC_BYPASS_PENDING | PCSC_BYPASS_EVALUATING));
}

#endif
