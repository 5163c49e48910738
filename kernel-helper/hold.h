/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which brackets hold a function, and how its line is lost while they do. Any
 * context.
 */
#ifndef PCSC_HOLD_H
#define PCSC_HOLD_H

#include <linux/bitmap.h>
#include <linux/types.h>

#include "object.h"

/*
 * PCIe 6.6.1: 100 ms before a request may be sent. An identity seen earlier may
 * be from before the reset took effect.
 */
#define PCSC_QUIET_MS 100

/* The buses of a domain that are below a bridge which holds them. */
struct pcsc_cover {
	u32 domain;
	int openings; /* their count when @held was made */
	bool looked_at;
	DECLARE_BITMAP(held, 256);
};

/* An event that values are not known to survive begins, or has happened. */
void pcsc_hold_lose(struct pcsc_function *f, unsigned int quiet_ms, u32 set);

/*
 * A bracket of @clear is over; what other brackets hold stays held. With @keep,
 * values stay as well.
 */
void pcsc_hold_end(struct pcsc_function *f, unsigned int quiet_ms, u32 clear,
		   struct pcsc_cover *cover, bool keep);

/* The function may have come inside open brackets, which then hold it too. */
void pcsc_hold_join(struct pcsc_function *f);

/* Does a bracket hold it, its own or one from above? */
bool pcsc_hold_is_held(const struct pcsc_function *f);

/* To be called after a bracket was opened, before any line is moved on. */
void pcsc_hold_tell(void);

/* Believe no identity for @quiet_ms from now on. */
void pcsc_hold_quiet(struct pcsc_function *f, unsigned int quiet_ms);

/* Is this a function of the last kernel's that has not come back yet? */
bool pcsc_hold_waits(const struct pcsc_function *f);

/*
 * Do values outlive a reset of the function's own, which is @reset, one of
 * PCSC_SURVIVES_*, or 0: another? To be asked once for each, before the function
 * can be read again: the answer is used up, and evidence that says nothing of such
 * resets is dropped.
 */
bool pcsc_hold_keeps(struct pcsc_function *f, u8 reset);

/* Visit all of these buses; none if the first is 0. */
void pcsc_each_on_buses(u32 domain, unsigned int first, unsigned int last,
			pcsc_visit visit, void *arg);

/* Visit all that is below a bridge, a PF's VFs, or both. */
void pcsc_each_below(const struct pcsc_function *bridge, pcsc_visit visit,
		     void *arg);
void pcsc_each_vf(const struct pcsc_function *pf, pcsc_visit visit, void *arg);
void pcsc_each_hanging_on(const struct pcsc_function *f, pcsc_visit visit,
			  void *arg);

/*
 * Visits: hold from above; the same where nothing may have been reset, so that a port's
 * own brackets stay; hold no longer (@cover or NULL), lose, lose once more. For the last
 * two the caller asks for the work, once.
 */
void pcsc_visit_open(struct pcsc_function *f, void *unused);
void pcsc_visit_hold(struct pcsc_function *f, void *unused);
void pcsc_visit_close(struct pcsc_function *f, void *cover);
void pcsc_visit_lost(struct pcsc_function *f, void *unused);
void pcsc_visit_lost_again(struct pcsc_function *f, void *unused);

#endif
