/* SPDX-License-Identifier: GPL-2.0-only */
/* What the last kernel left. Under pcsc_mutex, where nothing else is said. */
#ifndef PCSC_HANDED_H
#define PCSC_HANDED_H

#include <linux/atomic.h>

#include "core/handover.h"
#include "object.h"

/* What the last kernel left: a private copy, checked, until we go off. */
struct pcsc_handed {
	void *copy; /* the region up to its cells; NULL: nothing was taken */
	u64 from; /* pcsc_handover_id() of the kernel that left it; 0: none */
	u32 functions;
	u32 with_line; /* of them, sealed with a line */
	atomic_t adopted;
	atomic_t refused;
	u32 gap_ms; /* from the last kernel's end to this one's start */
	u64 index_ns; /* spent on checking and listing them */
	atomic64_t adopt_ns; /* spent on checking seals and adopting */
	const char *reason; /* why nothing was taken */
	const char *lost; /* why restrictions may be missing, or NULL */
};

extern struct pcsc_handed pcsc_handed;

/*
 * Look at what the region holds, if a @kexec started this kernel; in any case
 * the region is disarmed, so nobody takes it again. Restrictions are in force
 * at once. Called once, before anything else is done with the region.
 */
void pcsc_handed_take(bool kexec);
/* The same where what was left is there and cannot even be looked at. */
void pcsc_handed_refuse_all(const char *reason);

/*
 * NULL if what was taken is of the kernel whose pcsc_handover_id() is @id, and was not
 * dropped; else why not. Needs no lock: its caller may ask only once.
 */
const char *pcsc_handed_is_from(u64 id);

/* Give up what was taken and is not in use. Under pcsc_mutex. */
void pcsc_handed_drop(const char *reason);

/*
 * A pool of so many functions is about to be made: give up what was taken if it
 * cannot be used any more.
 */
void pcsc_handed_check(u32 functions);

/* A pool was just made: put the handed functions into it. 0 or -ENOMEM. */
int pcsc_handed_claim(void);

/*
 * Every device has been looked at, so give up the lines of functions that were
 * not there.
 */
void pcsc_handed_refuse_absent(void);

/* Give up the handed line of this function, or those of a PF's VFs. */
void pcsc_handed_refuse(struct pcsc_function *f);
void pcsc_handed_refuse_vfs(struct pcsc_function *pf);

/*
 * Visit the VFs of the last kernel's @pf that still wait to be adopted: found by
 * their addresses, so it takes as long as @pf has VFs.
 */
void pcsc_handed_each_vf(const struct pcsc_function *pf, pcsc_visit visit,
			 void *arg);

/* The entry at @index, its layout, and whose it is, less its place on the host. */
struct pcsc_handover_function *pcsc_handed_at(u32 index);
const struct pcsc_layout *
pcsc_handed_layout(const struct pcsc_handover_function *entry);

struct pcsc_identity
pcsc_handed_identity(const struct pcsc_handover_function *entry);

/*
 * The entry of a function whose line waits to be adopted, or NULL. Any context.
 */
struct pcsc_handover_function *
pcsc_handed_waiting(const struct pcsc_function *f);

/* Was the handover taken longer ago than that? */
bool pcsc_handed_waited(unsigned int seconds);

#endif
