/* SPDX-License-Identifier: GPL-2.0-only */
/* Interposing on the operations of the buses. */
#ifndef PCSC_OPS_H
#define PCSC_OPS_H

#include <linux/bits.h>
#include <linux/compiler.h>
#include <linux/pci.h>
#include <linux/types.h>

#define PCSC_OPS_SLOTS 4

typedef int (*pcsc_read_op)(struct pci_bus *bus, unsigned int devfn, int where,
			    int size, u32 *value);
typedef int (*pcsc_write_op)(struct pci_bus *bus, unsigned int devfn, int where,
			     int size, u32 value);

/* An interposed object, and the operations it had. */
struct pcsc_ops_slot {
	struct pci_ops *ops;
	pcsc_read_op read;
	pcsc_write_op write;
};

extern struct pcsc_ops_slot pcsc_ops_slots[PCSC_OPS_SLOTS];

/* What takes their place: a pair for each slot, which calls its originals. */
struct pcsc_trampoline {
	pcsc_read_op read;
	pcsc_write_op write;
};

int pcsc_ops_interpose(const struct pcsc_trampoline *trampolines,
		       const char **reason);
bool pcsc_ops_restore(void); /* false: not all, we can still be called */
bool pcsc_ops_held(void); /* somebody stacked on us: we cannot leave */
u32 pcsc_ops_foreign(void);
void pcsc_ops_note(struct pci_bus *bus); /* once a function there was claimed */

/*
 * A kernel may call a bus's operations by name, past the object that has them.
 * So before anything is served, a read and a write of each such object's first
 * function must be seen here.
 */
#define PCSC_TRIAL_READ BIT(0)
#define PCSC_TRIAL_WRITE BIT(1)

extern struct task_struct *pcsc_trial; /* the task that makes them */

int pcsc_ops_try(const char **reason);
bool pcsc_trial_note(u32 what);

/* True if the access is the trial's, of which nothing else is to know. */
static inline bool pcsc_trial_sees(u32 what)
{
	return unlikely(READ_ONCE(pcsc_trial)) && pcsc_trial_note(what);
}

/* Read the hardware behind an interposed bus, past the cache. */
int pcsc_ops_read(struct pci_bus *bus, unsigned int devfn, int where, int size,
		  u32 *value);

#endif
