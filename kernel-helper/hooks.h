/* SPDX-License-Identifier: GPL-2.0-only */
/* Resets that are no write. */
#ifndef PCSC_HOOKS_H
#define PCSC_HOOKS_H

/*
 * Find out which of the functions to be hooked are as we know them; the others
 * will not be hooked. To be called when the module loads, in process context.
 */
void pcsc_hooks_look_up(void);

/* Under pcsc_mutex. Hooks that cannot be placed are logged, and counted. */
void pcsc_hooks_place(void);
void pcsc_hooks_remove(void);
u32 pcsc_hooks_missing(void);
u32 pcsc_hooks_off(void); /* PCSC_HOOKS_* */
u64 pcsc_hooks_missed(void); /* calls that went unseen */

#endif
