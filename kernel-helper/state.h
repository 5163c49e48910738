/* SPDX-License-Identifier: GPL-2.0-only */
/* What is in force, and the locks under which it changes. */
#ifndef PCSC_STATE_H
#define PCSC_STATE_H

#include <linux/atomic.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>

#include "core/profile.h"
#include "uapi/pcsc.h"

#define PCSC_VERSION "0.1"

/*
 * Serialises modes, profiles, functions coming and going. Never taken on the
 * path of an access. Devices come and go under the rescan lock, and their
 * notifiers then take this mutex: so leaving off and changing the profile take
 * that lock first, by pcsc_lock_all(). A driver whose remove() hangs holds it
 * for good, so nothing else takes it.
 */
extern struct mutex pcsc_mutex;

void pcsc_lock_all(void);
void pcsc_unlock_all(void);

/*
 * Held for reading while a function is used without the mutex, so the mode
 * cannot go off meanwhile.
 */
extern struct rw_semaphore pcsc_alive;

/* PCSC_MODE_*: read on every access, changed under pcsc_mutex. */
extern u32 pcsc_mode;

/*
 * While false nothing is kept: until no CPU can still be in an access that
 * began before we interposed, and again once the mode goes off or a kexec
 * begins.
 */
extern bool pcsc_fills_allowed;

/*
 * How often the mode was told to be off since it was last told to be another
 * one. If not 0, nothing is answered from memory and nothing is read in the
 * background, whatever pcsc_mode still is. It is raised in any context, before
 * any lock is taken.
 */
extern atomic_t pcsc_stops;

static inline bool pcsc_is_stopped(void)
{
	return atomic_read(&pcsc_stops);
}

/*
 * There is a restriction that the next kernel has not been left: a mismatch, a limit. Set in
 * any context, cleared under pcsc_mutex.
 */
extern bool pcsc_restricted;

/* All of these are changed under pcsc_mutex. */

/* The mode stays off before this, so a failing init has nothing to undo. */
extern bool pcsc_is_loaded;

/* Built in: the kernel looks at the bus, and the drivers of ports begin. */
extern bool pcsc_is_starting;

/* True from the preparation of suspend or hibernation to its end. */
extern bool pcsc_asleep;

/* Resets may go unseen, so maps are made without evidence. */
extern bool pcsc_no_evidence;

/* The profile in force, or NULL; and put another one, or none, in its place. */
extern struct pcsc_profile_header *pcsc_profile;
void pcsc_profile_set(struct pcsc_profile_header *profile);

/* What anybody may know of it, for whom no lock is kept. False: there is none. */
struct pcsc_profile_told {
	char name[sizeof(pcsc_profile->name)];
	u32 crc32;
};
bool pcsc_profile_tell(struct pcsc_profile_told *told);

static inline u32 pcsc_profile_crc(void)
{
	return pcsc_profile ? pcsc_profile->crc32 : 0;
}

/*
 * May this task set a module parameter? 0, or -EPERM. The mode of the file in sysfs
 * lets user 0 write to it, also one that is inside a container and has no capabilities.
 */
int pcsc_may_set(void);

/* A module parameter whose value is one of @words, which end with NULL. */
struct pcsc_choice {
	const char *const *words;
	u32 chosen;
};

extern const struct kernel_param_ops pcsc_choice_ops;

#endif
