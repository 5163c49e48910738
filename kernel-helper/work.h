/* SPDX-License-Identifier: GPL-2.0-only */
/* Work done later in process context, asked for in any context. */
#ifndef PCSC_WORK_H
#define PCSC_WORK_H

#include <linux/types.h>

/* When the work is to be done again; soon: let go of the mutex in between. */
enum pcsc_again {
	PCSC_AGAIN_NOT,
	PCSC_AGAIN_LATER,
	PCSC_AGAIN_SOON,
};

/*
 * Set what is done. @in_a_while is called under pcsc_mutex; @off is called under
 * pcsc_mutex once the mode was told to be off, and again soon if it returns true.
 */
void pcsc_work_init(enum pcsc_again (*in_a_while)(void), bool (*off)(void));

/*
 * Ask for the work in any context: later for pending functions, now for mismatches.
 */
void pcsc_work_later(void);
void pcsc_work_now(void);
void pcsc_work_stop(void);
void pcsc_work_off(void); /* in process context: the mode is to be off */
void pcsc_work_off_stop(void); /* not under pcsc_mutex */

#endif
