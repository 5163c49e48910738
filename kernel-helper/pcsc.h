/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the helper know of each other. */
#ifndef PCSC_H
#define PCSC_H

#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/rwsem.h>
#include <linux/percpu.h>
#include <linux/types.h>

#include "core/handover.h"
#include "core/line.h"
#include "core/map.h"
#include "core/profile.h"
#include "core/walk.h"
#include "stats.h"
#include "uapi/pcsc.h"

#define PCSC_VERSION "0.1"

/* Brackets that only another write closes; struct pcsc_function.open. */
#define PCSC_OPEN_SBR BIT(0) /* secondary bus reset asserted */
#define PCSC_OPEN_LINK BIT(1) /* link disabled */
#define PCSC_OPEN_SLOT BIT(2) /* slot power off */
#define PCSC_OPEN_POWER BIT(3) /* not in D0 */
#define PCSC_OPEN_VFS BIT(4) /* a PF was reset: are its VFs still enabled? */
#define PCSC_OPEN_PERHAPS \
	BIT(5) /* perhaps not in D0: the first write of it tells */

/*
 * One function: its line and what is known of it. Lives in the pool, at one
 * address for good: another device that appears there takes the same object
 * over, emptied. Never freed while interposed, so readers hold nothing.
 */
struct pcsc_function {
	struct pcsc_line line;
	u32 index; /* in the pool */
	u32 domain;
	u8 bus;
	u8 devfn;
	u8 phase; /* enum pcsc_phase */
	u8 walk_status; /* enum pcsc_walk_status */
	u8 mode; /* PCSC_MODE_*: the host's, its model's or its own, the least */
	u64 __percpu *hits;
	bool left_open; /* it was said that a bracket was */
	bool lost; /* what a bracket closes was more than an attempt */
	atomic_t open; /* PCSC_OPEN_* */
	atomic_t hooked; /* brackets that the kernel's functions hold open */
	unsigned long opened; /* jiffies: the first of them */
	u8 secondary; /* bridges: the buses below, 0: none */
	u8 subordinate;
	bool ari; /* its bus has no other device: devfn is a function's number */
	bool user_filled; /* evidence was kept while user space could write */
	bool vf;
	/* As hardware must show it: dword 0 after a bracket, all to the next kernel. */
	u32 id[PCSC_ID_DWORDS];
	unsigned long quiet_until; /* jiffies: no identity is believed before */
	u8 looked; /* times that we looked for the identity in vain */
	struct pcsc_function *pf; /* a VF's PF */
	/* a PF's VFs, as it last enabled them: routing ID, step, number */
	u16 vf_first;
	u16 vf_stride;
	u16 vf_count;
	u32 vf_page_size;
	u32 handed_vfs; /* a PF's: the last kernel's, waiting for it to bring them back */
	struct pcsc_identity identity;
	const struct pcsc_map
		*vf_map; /* a PF's: its VFs', once one was walked */
	/* Counted where hardware was asked, never on a hit. */
	atomic64_t hardware_reads;
	atomic64_t background_reads;
	atomic64_t writes;
	atomic64_t demotions;
	atomic64_t mismatches;
};

/* ---- the whole (main.c) ---- */

/*
 * Serialises modes, profiles, functions coming and going. Never taken on the
 * path of an access. Devices come and go under the rescan lock, and then we
 * are told: who leaves off or changes the profile takes that lock first, by
 * pcsc_lock_all(). A driver whose remove() hangs holds it for good, so nothing else
 * takes it.
 */
extern struct mutex pcsc_mutex;

void pcsc_lock_all(void);
void pcsc_unlock_all(void);

/* Held for reading by who uses a function without the mutex: no going off. */
extern struct rw_semaphore pcsc_alive;

/* PCSC_MODE_*: read on every access, changed under pcsc_mutex. */
extern u32 pcsc_mode;

/* Fills wait until no CPU can still be in an access that began before us. */
extern bool pcsc_fills_allowed;

/*
 * How often the mode was told to be off since it was last told to be another one. If
 * it was, nothing is answered from memory and nothing is read in the background,
 * whatever pcsc_mode is still. It is raised in any context, before any lock is taken.
 */
extern atomic_t pcsc_stops;

static inline bool pcsc_is_stopped(void)
{
	return atomic_read(&pcsc_stops);
}

/* A lie was found, in any context: on_mismatch=off stops there and then. */
void pcsc_mode_mismatch(void);

/* A module parameter that is one of some words, a list that ends with NULL. */
struct pcsc_choice {
	const char *const *words;
	u32 chosen;
};

extern const struct kernel_param_ops pcsc_choice_ops;

/*
 * As somebody commands: takes the locks itself. For off these are none that a device
 * or a driver can hold, and what must wait follows by itself (pcsc_mode_finish_off()).
 * 0 or a negative errno with *reason, a static sentence.
 */
int pcsc_mode_command(u32 mode, const char **reason);

/* Under pcsc_mutex. True: the mode cannot be off yet, so look again. */
bool pcsc_mode_finish_off(void);

/*
 * Change the mode, under pcsc_lock_all() to leave off and under pcsc_mutex otherwise.
 * Leaving off begins empty; going off leaves nothing behind. As pcsc_mode_command().
 */
int pcsc_set_mode(u32 mode, const char **reason);
bool pcsc_locked_off(void);

/* Functions that this host may have: the pool's size. */
u32 pcsc_pool_wanted(void);

/* ---- interposing (ops.c) ---- */

#define PCSC_OPS_SLOTS 4

int pcsc_ops_interpose(const char **reason);
bool pcsc_ops_restore(void); /* false: not all, we can still be called */
bool pcsc_ops_held(void); /* somebody stacked on us: we cannot leave */
u32 pcsc_ops_foreign(void);
void pcsc_ops_note(struct pci_bus *bus); /* once a function there was claimed */

/*
 * A kernel may call what it knows a bus's operations to be past the object that has
 * them. So before anything is served, a read and a write of each such object's first
 * function must be seen here.
 */
#define PCSC_TRIAL_READ BIT(0)
#define PCSC_TRIAL_WRITE BIT(1)

extern struct task_struct *pcsc_trial; /* who makes them */

int pcsc_ops_try(const char **reason);
bool pcsc_trial_note(u32 what);

/* True if it is the trial's: nobody else is to know of it. */
static inline bool pcsc_trial_sees(u32 what)
{
	return unlikely(READ_ONCE(pcsc_trial)) && pcsc_trial_note(what);
}

/* The hardware behind an interposed bus, whoever calls. */
int pcsc_ops_read(struct pci_bus *bus, unsigned int devfn, int where, int size,
		  u32 *value);

/* ---- the path of an access (access.c) ---- */

typedef int (*pcsc_read_op)(struct pci_bus *bus, unsigned int devfn, int where,
			    int size, u32 *value);
typedef int (*pcsc_write_op)(struct pci_bus *bus, unsigned int devfn, int where,
			     int size, u32 value);

/* As in struct pci_ops; last, where the original is found. */
int pcsc_access_read(struct pci_bus *bus, unsigned int devfn, int where,
		     int size, u32 *value, const pcsc_read_op *original);
int pcsc_access_write(struct pci_bus *bus, unsigned int devfn, int where,
		      int size, u32 value, const pcsc_write_op *original);

/*
 * A write round the buses' operations (AML): to be told before and after, the latter
 * with what the former returned.
 */
u32 pcsc_access_before_write(struct pcsc_function *f, struct pci_bus *bus,
			     u16 where, u8 size, u32 value);
void pcsc_access_after_write(struct pcsc_function *f, u16 where, u8 size,
			     u32 value, u32 did);

/* Hardware answered @value: does that say that the function is not there? */
void pcsc_look_for_absence(struct pcsc_function *f, u16 where, u8 size,
			   u32 value);

/* Hardware answered @value to what @ticket missed: keep what may be kept. */
void pcsc_keep(struct pcsc_function *f, const struct pcsc_ticket *ticket,
	       u32 value);

/* Hardware answered @value where @ticket had hit with @held: the truth? */
void pcsc_compare(struct pcsc_function *f, const struct pcsc_ticket *ticket,
		  u16 where, u8 size, u32 held, u32 value);

/* ---- resets that are writes (bracket.c) ---- */

/*
 * Before the write reaches hardware; and after, with what was returned before: that
 * opens what lasts, and does what happens once; this does that again, and closes.
 */
u32 pcsc_bracket_write(struct pcsc_function *f, struct pci_bus *bus, u16 where,
		       u8 size, u32 value);
void pcsc_bracket_written(struct pcsc_function *f, u32 did);
void pcsc_bracket_count(const struct pcsc_function *f, u32 did);

/* What hardware says was open (PCSC_OPEN_*) before anybody followed the function. */
void pcsc_bracket_begun(struct pcsc_function *f, u32 which);

/* A handed VF is created again by the write that is under way. */
void pcsc_bracket_vf_created(struct pcsc_function *vf);

/*
 * Hardware answered @value to what @ticket was given for: does that prove that
 * the function is itself again?
 */
void pcsc_bracket_identity(struct pcsc_function *f,
			   const struct pcsc_ticket *ticket, u16 where, u8 size,
			   u32 value);

/*
 * Round a reset, recovery or power transition that is no config write: opened
 * before, closed after. They nest. If anything was @lost in it the lines begin
 * empty. Any context.
 */
void pcsc_bracket_open(struct pcsc_function *f);
void pcsc_bracket_close(struct pcsc_function *f, bool lost);

/*
 * Why it is bypassed, less the reasons that are the cache's own affair: the
 * function itself may be there all the same.
 */
u32 pcsc_bracket_reasons(const struct pcsc_function *f);

/* It has perhaps come inside brackets that are open: they hold it, too. */
void pcsc_bracket_join(struct pcsc_function *f);

/* Hardware denies that the function is there: it, its VFs and all below pend. */
void pcsc_bracket_absent(struct pcsc_function *f);

/* A header has contradicted the function's map; the function has been walked again. */
void pcsc_bracket_layout(struct pcsc_function *f);
void pcsc_bracket_evaluated(struct pcsc_function *f);

/* Something was written, or is about to be, of which nobody knows what it does. */
void pcsc_bracket_opaque_write(struct pcsc_function *f);

/* After @pf's reset hardware has VF Enable set still, by a read after @ticket. */
void pcsc_bracket_vfs_there(struct pcsc_function *pf,
			    const struct pcsc_ticket *ticket);

/* PCI_UNKNOWN is D0 without a driver (pci_device_remove()): every bind begins with it. */
static inline bool pcsc_sleeps(const struct pci_dev *pdev)
{
	return pdev->current_state != PCI_D0 &&
	       pdev->current_state != PCI_UNKNOWN;
}

/* Its power state is known, whoever changed it. */
void pcsc_bracket_power(struct pcsc_function *f, bool on);

/* The host goes to sleep, and is back: every function. Under pcsc_mutex. */
void pcsc_brackets_suspend(void);
void pcsc_brackets_resume(void);

/* True once for each bracket that is open for longer than any reset takes. */
bool pcsc_bracket_left_open(struct pcsc_function *f);

/* ---- resets that are no write (hooks.c) ---- */

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

/* ---- finding functions (find.c) ---- */

struct pcsc_bus {
	struct pcsc_function *function[256];
	bool left_alone; /* its operations are not interposed, and that was counted */
};

struct pcsc_domain {
	struct pcsc_bus *bus[256];
};

extern struct pcsc_domain *pcsc_domain0;
struct pcsc_domain *pcsc_find_domain(u32 domain);

/*
 * Three loads. Tables and pool only grow while interposed, so readers need no
 * protection.
 */
static inline const struct pcsc_bus *pcsc_find_bus(u32 domain, u8 bus)
{
	const struct pcsc_domain *d =
		domain ? pcsc_find_domain(domain) : READ_ONCE(pcsc_domain0);

	return d ? READ_ONCE(d->bus[bus]) : NULL;
}

static inline struct pcsc_function *pcsc_find(u32 domain, u8 bus, u8 devfn)
{
	const struct pcsc_bus *b = pcsc_find_bus(domain, bus);

	return b ? READ_ONCE(b->function[devfn]) : NULL;
}

typedef void (*pcsc_visit)(struct pcsc_function *f, void *arg);

/*
 * @f and the other functions of its device, less VFs: what is written to one may change
 * another. With ARI that is all of the bus (PCIe 6.13), without it the slot.
 */
void pcsc_each_of_device(struct pcsc_function *f, pcsc_visit visit, void *arg);

struct pcsc_function *pcsc_pool_at(u32 index);
u32 pcsc_pool_used(void);

/* Under pcsc_mutex. */
int pcsc_pool_create(u32 functions);
u32 pcsc_pool_no_room(void); /* how often a function found none */
void pcsc_pool_tell(void); /* if more have not: an event, a line in the log */
bool pcsc_bus_leave_alone(u32 domain, u8 bus); /* true the first time */
void pcsc_pool_hide(void); /* nobody finds anything any more */
void pcsc_pool_destroy(void); /* when nobody can be in an access any more */
struct pcsc_function *pcsc_claim(u32 domain, u8 bus, u8 devfn);

/* ---- functions (function.c, evaluate.c, populate.c) ---- */

/* Under pcsc_mutex, where nothing else is said. */

void pcsc_function_add(struct pci_dev *pdev);
void pcsc_function_remove(struct pci_dev *pdev);
void pcsc_function_unbound(struct pci_dev *pdev);
void pcsc_functions_find(void); /* every device there is */

/* Resets may have gone unseen, and will: empty, and without what evidence says. */
void pcsc_functions_unhooked(void);

/* Without the mutex: a driver is about to be bound. */
void pcsc_function_bind(struct pci_dev *pdev);
struct pcsc_function *pcsc_function_of(const struct pci_dev *pdev);

/* Read hardware in the background; counted under @cause. */
int pcsc_background_read(struct pcsc_function *f, struct pci_dev *pdev,
			 u16 where, u8 size, u32 *value,
			 enum pcsc_counter cause);

/* Who @pdev is, by what the kernel knows: no read. */
void pcsc_identify(struct pcsc_function *f, struct pci_dev *pdev);

bool pcsc_is_identified(const struct pcsc_function *f, struct pci_dev *pdev);

/* Read f->id; six reads at most. 0, or -errno if one is not to be had. */
int pcsc_identity_read(struct pcsc_function *f, struct pci_dev *pdev,
		       const struct pcsc_layout *layout);

void pcsc_evaluate(struct pcsc_function *f, struct pci_dev *pdev);

/* Brackets that hardware says were opened before anybody followed the function. */
void pcsc_join_begun(struct pcsc_function *f, struct pci_dev *pdev);

/* The map that follows from a layout, or NULL: out of memory. */
const struct pcsc_map *pcsc_map_for(struct pcsc_function *f,
				    struct pci_dev *pdev,
				    const struct pcsc_layout *layout);

/* Maps are numbered; the first @room of their layouts go to @to. How many. */
u32 pcsc_map_number(const struct pcsc_map *map);
u64 pcsc_map_hash_of(const struct pcsc_map *map); /* reckoned once */
u32 pcsc_maps_save(struct pcsc_layout *to, u32 room);
void pcsc_claim_vfs(struct pcsc_function *pf, struct pci_dev *pdev);
void pcsc_evaluate_vfs(struct pcsc_function *pf, struct pci_dev *vf);
void pcsc_maps_destroy(void);
u32 pcsc_maps_count(void);

/*
 * Read what the map calls const and is not held yet: before a user-space
 * driver takes the function, whose doing later evidence might be. Under
 * pcsc_alive, without the mutex.
 */
void pcsc_populate(struct pcsc_function *f, struct pci_dev *pdev);

/*
 * Compare what is held of the dword at @where with hardware, in the widths
 * that fill it. How many reads that took.
 */
u32 pcsc_check_dword(struct pcsc_function *f, struct pci_dev *pdev, u16 where);

/* ---- in the background (scrub.c) ---- */

void pcsc_scrub_start(void);
void pcsc_scrub_stop(void);

/* If it is pending, read who it is. True if it has to be looked at again. */
bool pcsc_look_for_identity(struct pcsc_function *f);

/* If its reset may have left VFs enabled, read whether. True: look again. */
bool pcsc_look_for_vfs(struct pcsc_function *f);

/* What looks for something in vain so often is gone, asleep, or another device. */
#define PCSC_MAX_LOOKS 8

/* One look at @f more was in vain. True if there may be another. */
bool pcsc_look_again(struct pcsc_function *f);

/*
 * If it could not be read when it came (it slept, or was inside a reset), and can be
 * now, give it its map, and what hangs on it. True: look again.
 */
bool pcsc_look_for_layout(struct pcsc_function *f);

/* It could not be read when it came, and nothing speaks against another look. */
static inline bool pcsc_may_look_for_layout(const struct pcsc_function *f)
{
	return READ_ONCE(f->walk_status) == PCSC_WALK_READ &&
	       READ_ONCE(f->looked) < PCSC_MAX_LOOKS &&
	       READ_ONCE(f->mode) != PCSC_MODE_OFF &&
	       !(pcsc_bracket_reasons(f) & ~PCSC_BYPASS_PENDING);
}

/* ---- in a while (work.c) ---- */

/* Any context. Later: pending functions; now: lies. */
void pcsc_work_later(void);
void pcsc_work_now(void);
void pcsc_work_stop(void);
void pcsc_work_off(void); /* in process context: the mode is to be off */
void pcsc_work_off_stop(void); /* not under pcsc_mutex */

/* ---- whether the cache told the truth (verify.c) ---- */

extern u32 pcsc_verify_below;

/*
 * Is a function's n-th hit on a processor one of those that are compared with
 * hardware? By the golden ratio: one in so many, evenly, and of every period
 * with which somebody may go round its registers.
 */
static inline bool pcsc_verify_due(u64 n)
{
	return (u32)n * 2654435769u < READ_ONCE(pcsc_verify_below);
}

/* A hit was @held where hardware said @found. Any context. */
void pcsc_lied(struct pcsc_function *f, u16 where, u8 size, u32 held,
	       u32 found);

/* Under pcsc_mutex: bytes that a whole model is not believed any more. */
void pcsc_suspects_collect(void);
void pcsc_suspects_exclude(struct pcsc_map *map,
			   const struct pcsc_identity *identity);
bool pcsc_suspects_concern(const struct pcsc_identity *identity);
void pcsc_suspects_set_aside(bool aside); /* maps are made without them */
u32 pcsc_suspects(void);

/*
 * A function that lied stays out of service for as long as the same model is at
 * its address: PCSC_BYPASS_QUARANTINE or 0. Ended by the operator: was there any?
 */
u32 pcsc_quarantine_of(const struct pcsc_function *f);
bool pcsc_quarantine_end(u32 domain, u8 bus, u8 devfn);
u32 pcsc_quarantined(void);

/*
 * Suspects and quarantine belong to the profile that they were found under: is
 * it this one? From now on it is, and there are none.
 */
bool pcsc_suspects_are_of(u32 crc);
void pcsc_suspects_forget(u32 crc);

/* To the next kernel, and from the last one: checked. */
void pcsc_suspects_hand(struct pcsc_ho_restrictions *to);
void pcsc_suspects_take(const struct pcsc_ho_restrictions *from);
u32 pcsc_lies_lost(void); /* found, but not told to the rest of the model */

/* ---- modes of models and functions (limits.c) ---- */

/* Under pcsc_mutex. */
int pcsc_limit_set(const struct pcsc_mode *what, const char **reason);
void pcsc_limit_apply(struct pcsc_function *f);
void pcsc_limits_apply(void);
u32 pcsc_limits(void);
void pcsc_limits_hand(struct pcsc_ho_restrictions *to);
void pcsc_limits_take(const struct pcsc_ho_restrictions *from);

/* ---- events (events.c) ---- */

/* Any context. */
void pcsc_event_post(const struct pcsc_event *event);
void pcsc_event(u32 kind, u32 detail);
void pcsc_event_of(u32 kind, const struct pcsc_function *f, u32 detail);

struct poll_table_struct;
int pcsc_events_open(struct file *file);
void pcsc_events_close(struct file *file);
ssize_t pcsc_events_read(struct file *file, char __user *to, size_t size);
__poll_t pcsc_events_poll(struct file *file, struct poll_table_struct *table);
void pcsc_events_stop(void);

/* ---- the profile in force (policy.c) ---- */

/* Under pcsc_mutex; NULL: none. */
const struct pcsc_pf_header *pcsc_policy(void);
u32 pcsc_policy_crc(void);

/* Takes the locks itself, once the file is read and found good. */
int pcsc_policy_load(int fd, struct pcsc_load *load);
/* The one that the module's parameter names; says why, if it is refused. */
void pcsc_policy_from_firmware(struct device *device);
void pcsc_policy_destroy(void);

/* ---- outside (sysfs.c, control.c, notify.c) ---- */

int pcsc_sysfs_create(void);
void pcsc_sysfs_destroy(void);
int pcsc_control_create(void);
struct device *pcsc_control_device(void);
void pcsc_control_destroy(void);
bool pcsc_asleep(void); /* from the preparation to the end of it */
int pcsc_notify_register(void);
void pcsc_notify_unregister(void);

#endif
