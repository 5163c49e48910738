/* SPDX-License-Identifier: GPL-2.0-only */
/* A function that is pending shows that it is itself. Any context. */
#ifndef PCSC_IDENTITY_H
#define PCSC_IDENTITY_H

#include "object.h"

/*
 * Hardware answered @value to the read that @ticket was given for. If that
 * proves that the function is itself again, it is no longer pending.
 */
void pcsc_identity_seen(struct pcsc_function *f,
			const struct pcsc_ticket *ticket, u16 where, u8 size,
			u32 value);

#endif
