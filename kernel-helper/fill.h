/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hardware answered is kept, compared, or taken as a sign of absence. Any
 * context.
 */
#ifndef PCSC_FILL_H
#define PCSC_FILL_H

#include <linux/types.h>

#include "object.h"

/* Hardware answered @value to what @ticket missed: keep what may be kept. */
void pcsc_fill(struct pcsc_function *f, const struct pcsc_ticket *ticket,
	       u32 value);

/*
 * Hardware answered @value where @ticket had a hit with @cached: if they differ,
 * is it a mismatch?
 */
void pcsc_compare(struct pcsc_function *f, const struct pcsc_ticket *ticket,
		  u16 where, u8 size, u32 cached, u32 value);

/*
 * The same where @ticket missed and its siblings would have answered @cached: if
 * it is equal, they may answer for it from now on.
 */
void pcsc_compare_siblings(struct pcsc_function *f,
			   const struct pcsc_ticket *ticket, u32 cached,
			   u32 value);

/* Hardware answered @value: does that say that the function is not there? */
void pcsc_look_for_absence(struct pcsc_function *f, u16 where, u8 size,
			   u32 value);

/* Count @bytes of @f as demoted; @cause was an access at @where. */
void pcsc_count_demoted(struct pcsc_function *f, unsigned int bytes, u32 cause,
			u16 where, u8 size);

#endif
