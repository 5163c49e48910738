/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines to the next kernel. */
#ifndef PCSC_HANDOVER_H
#define PCSC_HANDOVER_H

#include <linux/types.h>

#include "core/line.h"
#include "uapi/pcsc.h"

/* Find the region. Never fails: without one nothing is handed over. */
void pcsc_handover_open(const char *where, bool kexec);

/*
 * Have the next kernel find it: to be called after pcsc_handover_open(), once kexec
 * handover takes pages (pcsc_kho_keep()).
 */
void pcsc_handover_keep(void);
void pcsc_handover_close(void);
/* Loading has failed: as above, but what was taken and is lost with us is said to be. */
void pcsc_handover_undo(void);

/* Functions that there is room for; 0: there is no region. */
u32 pcsc_handover_capacity(void);

/*
 * Cells in the region for a pool of @functions, or NULL if it has no room; and
 * give them back.
 */
struct pcsc_cells *pcsc_handover_get_cells(u32 functions);
void pcsc_handover_put_cells(void);

/* Lines change from here on, or end, without their seals: the region hands none over. */
void pcsc_handover_withdraw(void);

/* A kexec would hand lines over. Under pcsc_mutex. */
bool pcsc_handover_is_live(void);

/* Which load of the helper this is: random, and in what it hands over. */
u64 pcsc_handover_id(void);

/*
 * A session holds the lines; -EBUSY: another one does, or the helper is busy, -ENODATA:
 * there are none to hand over. And it does no longer.
 */
int pcsc_handover_hold(void);
void pcsc_handover_let_go(void);

/*
 * Seal the lines for a kexec that has begun; -EBUSY: the helper is busy. And go on as
 * before, since that kexec does not take place.
 */
int pcsc_handover_freeze(void);
void pcsc_handover_unfreeze(void);

void pcsc_handover_status(struct pcsc_handover *status);

#endif
