/* SPDX-License-Identifier: GPL-2.0-only */
/* Do the kernel's probes work? Anybody may switch them off. Under pcsc_mutex. */
#ifndef PCSC_HEART_H
#define PCSC_HEART_H

#include <linux/kprobes.h>
#include <linux/types.h>

/* Probe a function of our own. 0, or what register_kprobe() says. */
int pcsc_heart_place(void);

/* Call that function: was the probe met? */
bool pcsc_heart_beats(void);

/*
 * The probe, which the caller unregisters with others, since each call waits
 * for grace periods; NULL if it was not placed.
 */
struct kprobe *pcsc_heart_take(void);

#endif
