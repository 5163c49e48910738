/* SPDX-License-Identifier: GPL-2.0-only */
/* Resets that are no write. */
#ifndef PCSC_HOOKS_H
#define PCSC_HOOKS_H

/*
 * When the module loads, in process context: which of the functions to be hooked
 * are as we know them. The others will not be placed.
 */
void pcsc_hooks_look_up(void);

/* Under pcsc_mutex. Those that cannot be placed are said, and counted. */
void pcsc_hooks_place(void);
void pcsc_hooks_remove(void);
u32 pcsc_hooks_missing(void);
u32 pcsc_hooks_off(void); /* PCSC_HOOKS_* */
u64 pcsc_hooks_missed(void); /* calls that went unseen */

#endif
