/* SPDX-License-Identifier: GPL-2.0-only */
/* off, shadow, on: how the host gets from one to the other. */
#ifndef PCSC_MODE_H
#define PCSC_MODE_H

#include <linux/types.h>

/*
 * Change the mode on a command. Takes the locks itself; for off these are none
 * that a device or a driver can hold, and what must wait follows by itself
 * (pcsc_mode_finish_off()). 0 or a negative errno with *reason, a static
 * sentence.
 */
int pcsc_mode_command(u32 mode, const char **reason);

/* Under pcsc_mutex. True: the mode cannot be off yet, so look again. */
bool pcsc_mode_finish_off(void);

/*
 * Change the mode, under pcsc_lock_all() to leave off and under pcsc_mutex
 * otherwise. Leaving off begins with an empty cache; going off frees
 * everything. Returns as pcsc_mode_command() does.
 */
int pcsc_set_mode(u32 mode, const char **reason);

/* mode=off was given when the module was loaded, so no command leaves off. */
bool pcsc_locked_off(void);

/* 0, or -EINVAL: mode= was given, and is no word that it may be. */
int pcsc_mode_check(void);

/*
 * Built in: leave off as mode= says, before the bus is looked at; and once it was, give
 * up what was handed over and has not come.
 */
void pcsc_mode_begin(void);
void pcsc_mode_settle(void);

#endif
