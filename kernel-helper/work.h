/* SPDX-License-Identifier: GPL-2.0-only */
/* What is done in a while, in process context; asked for in any. */
#ifndef PCSC_WORK_H
#define PCSC_WORK_H

#include <linux/types.h>

/*
 * What is done: @in_a_while under pcsc_mutex, again later if it returns true; @off under
 * pcsc_mutex, again soon if it returns true, once the mode was told to be off.
 */
void pcsc_work_init(bool (*in_a_while)(void), bool (*off)(void));

/* Any context. Later: pending functions; now: lies. */
void pcsc_work_later(void);
void pcsc_work_now(void);
void pcsc_work_stop(void);
void pcsc_work_off(void); /* in process context: the mode is to be off */
void pcsc_work_off_stop(void); /* not under pcsc_mutex */

#endif
