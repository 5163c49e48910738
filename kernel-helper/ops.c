// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interposing: the read and write pointers of the buses' struct pci_ops are
 * exchanged in place, so that buses present and future are covered and code
 * that compares bus->ops (vmd_acpi_find_companion()) sees what it expects.
 */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include <asm/pgtable.h>

#include "compat.h"
#include "events.h"
#include "find.h"
#include "ops.h"

struct pcsc_ops_slot pcsc_ops_slots[PCSC_OPS_SLOTS];
static const struct pcsc_trampoline *ours;
static u32 foreign;

static struct pcsc_ops_slot *slot_of(const struct pci_ops *ops)
{
	int i;

	for (i = 0; i < PCSC_OPS_SLOTS; i++)
		if (READ_ONCE(pcsc_ops_slots[i].ops) == ops)
			return &pcsc_ops_slots[i];
	return NULL;
}

u32 pcsc_ops_foreign(void)
{
	return foreign;
}

void pcsc_ops_note(struct pci_bus *bus)
{
	if (slot_of(bus->ops) ||
	    !pcsc_bus_leave_alone(pci_domain_nr(bus), bus->number))
		return;
	foreign++;
	pcsc_event(PCSC_EVENT_FOREIGN_OPS, foreign);
}

int pcsc_ops_read(struct pci_bus *bus, unsigned int devfn, int where, int size,
		  u32 *value)
{
	const struct pcsc_ops_slot *slot = slot_of(bus->ops);

	return slot ? slot->read(bus, devfn, where, size, value) :
		      PCIBIOS_FUNC_NOT_SUPPORTED;
}

/*
 * Is the object writable? That is looked up in the page tables, never tried,
 * and never changed. Only core-kernel objects are taken: a module's go with the
 * module.
 */
static bool ops_writable(const struct pci_ops *ops)
{
	unsigned long address = (unsigned long)&ops->read;
	unsigned int level;
	pte_t *pte;

	/* Only the kernel's image counts, not a module's data or the heap. */
	if (address < __START_KERNEL_map || address >= MODULES_VADDR)
		return false;
	pte = lookup_address(address, &level);
	return pte && pte_present(*pte) && pte_write(*pte);
}

static bool ops_usable(const struct pci_ops *ops)
{
	/* N8: these operations emulate narrow reads with 32-bit ones. */
	if (ops->read == pci_generic_config_read32)
		return false;
	/* H9: a caller that has mapped a register could write to it past us. */
	if (ops->map_bus)
		return false;
	return ops->read && ops->write && ops_writable(ops);
}

/* Write first: no read may be kept while a write can still go round us. */
static bool slot_take(int n, struct pci_ops *ops)
{
	struct pcsc_ops_slot *slot = &pcsc_ops_slots[n];

	slot->read = ops->read;
	slot->write = ops->write;
	WRITE_ONCE(slot->ops, ops);
	if (cmpxchg(&ops->write, slot->write, ours[n].write) != slot->write)
		goto lost;
	if (cmpxchg(&ops->read, slot->read, ours[n].read) != slot->read)
		goto lost_write;
	return true;

lost_write:
	cmpxchg(&ops->write, ours[n].write, slot->write);
lost:
	/* A CPU may be in the trampoline, so no other object gets this slot. */
	WRITE_ONCE(slot->ops, NULL);
	return false;
}

/* Does the object hold somebody else's pointer, neither ours nor its own? */
static bool slot_is_held(int n)
{
	const struct pcsc_ops_slot *slot = &pcsc_ops_slots[n];
	const pcsc_read_op read = READ_ONCE(slot->ops->read);
	const pcsc_write_op write = READ_ONCE(slot->ops->write);

	return (read != ours[n].read && read != slot->read) ||
	       (write != ours[n].write && write != slot->write);
}

/* A kept slot may have given back one of its pointers, so take both again. */
static bool slot_retake(int n)
{
	struct pcsc_ops_slot *slot = &pcsc_ops_slots[n];

	cmpxchg(&slot->ops->write, slot->write, ours[n].write);
	cmpxchg(&slot->ops->read, slot->read, ours[n].read);
	return READ_ONCE(slot->ops->write) == ours[n].write &&
	       READ_ONCE(slot->ops->read) == ours[n].read;
}

/* Slots that could not be given back are ours again if nobody is on top. */
static int slots_kept(void)
{
	int i, nr = 0;

	for (i = 0; i < PCSC_OPS_SLOTS; i++)
		if (pcsc_ops_slots[i].ops && slot_retake(i))
			nr++;
	return nr;
}

static int free_slot(int n)
{
	while (n < PCSC_OPS_SLOTS && pcsc_ops_slots[n].ops)
		n++;
	return n;
}

/* True if they are ours now. A slot that was tried in vain is not used again. */
static bool take(struct pci_ops *ops, int *slot)
{
	if (slot_of(ops))
		return false;
	*slot = free_slot(*slot);
	return *slot < PCSC_OPS_SLOTS && ops_usable(ops) &&
	       slot_take((*slot)++, ops);
}

int pcsc_ops_interpose(const struct pcsc_trampoline *trampolines,
		       const char **reason)
{
	struct pci_ops *early = pcsc_ops_of_root_buses();
	struct pci_bus *bus = NULL;
	int slot = 0, taken;

	ours = trampolines;
	taken = slots_kept();
	foreign = 0;
	if (early)
		taken += take(early, &slot);
	while ((bus = pci_find_next_bus(bus)))
		taken += take(bus->ops, &slot);
	if (!taken) {
		synchronize_rcu();
		synchronize_rcu_tasks();
		*reason =
			"no root bus has operations that may be interposed on this kernel";
		return -EOPNOTSUPP;
	}
	/*
	 * A CPU may have fetched the old write pointer and not used it yet, so
	 * nothing is kept before all such accesses are over, preempted ones
	 * (RCU-tasks) included.
	 */
	synchronize_rcu();
	synchronize_rcu_tasks();
	return 0;
}

/* ---- do accesses come through us? ---- */

struct task_struct *pcsc_trial;
static u32 seen;

bool pcsc_trial_note(u32 what)
{
	if (READ_ONCE(pcsc_trial) != current || !in_task())
		return false;
	seen |= what;
	return true;
}

/* A function is not read if it sleeps, or the kernel keeps others out (H24). */
static bool may_be_tried(struct pci_dev *pdev, const struct pcsc_ops_slot *slot)
{
	/* The kernel sets the bit under pci_lock; a moment old is good enough. */
	const bool blocked = data_race((bool)pdev->block_cfg_access);

	return slot_of(pdev->bus->ops) == slot && !pdev->is_virtfn &&
	       !pcsc_sleeps(pdev) && !blocked;
}

/*
 * The Vendor ID is read-only (PCI 3.0, 6.2.1), so writing it changes nothing.
 */
static u32 try_function(struct pci_bus *bus, unsigned int devfn)
{
	u16 vendor;

	seen = 0;
	WRITE_ONCE(pcsc_trial, current);
	pci_bus_read_config_word(bus, devfn, PCI_VENDOR_ID, &vendor);
	pci_bus_write_config_word(bus, devfn, PCI_VENDOR_ID, vendor);
	WRITE_ONCE(pcsc_trial, NULL);
	return seen;
}

/* True if there was a function to try. */
static bool try_slot(const struct pcsc_ops_slot *slot, u32 *what)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev) {
		if (!may_be_tried(pdev, slot))
			continue;
		*what &= try_function(pdev->bus, pdev->devfn);
		pci_dev_put(pdev);
		return true;
	}
	return false;
}

/*
 * Before the kernel has looked for buses, 00:00.0 is reached by a bus of our own. There
 * need not be such a function: then the write goes nowhere.
 */
static bool try_root(u32 *what)
{
	struct pci_sysdata sysdata = { .node = NUMA_NO_NODE };
	struct pci_bus *bus;

	if (pci_find_next_bus(NULL) || !pcsc_ops_of_root_buses())
		return false;
	bus = kzalloc(sizeof(*bus), GFP_KERNEL);
	if (!bus)
		return false;
	bus->ops = pcsc_ops_of_root_buses();
	bus->sysdata = &sysdata;
	*what &= try_function(bus, 0);
	kfree(bus);
	return true;
}

int pcsc_ops_try(const char **reason)
{
	u32 what = PCSC_TRIAL_READ | PCSC_TRIAL_WRITE;
	bool tried = try_root(&what);
	int i;

	for (i = 0; i < PCSC_OPS_SLOTS; i++)
		if (pcsc_ops_slots[i].ops)
			tried |= try_slot(&pcsc_ops_slots[i], &what);
	if (!tried)
		*reason =
			"no function is awake, so nothing shows that accesses can be seen";
	else if (!(what & PCSC_TRIAL_READ))
		*reason =
			"this kernel reads configuration space past the buses' operations";
	else if (!(what & PCSC_TRIAL_WRITE))
		*reason =
			"this kernel writes configuration space past the buses' operations";
	else
		return 0;
	return -EOPNOTSUPP;
}

bool pcsc_ops_held(void)
{
	int i;

	for (i = 0; i < PCSC_OPS_SLOTS; i++)
		if (pcsc_ops_slots[i].ops && slot_is_held(i))
			return true;
	return false;
}

/*
 * Give back the read pointer first, the reverse of taking, so that no read may
 * be kept while a write can go round us. Only a pointer that is still ours is
 * replaced.
 */
static bool slot_give(int n)
{
	struct pcsc_ops_slot *slot = &pcsc_ops_slots[n];
	const pcsc_read_op read =
		cmpxchg(&slot->ops->read, ours[n].read, slot->read);
	pcsc_write_op write;

	if (read != ours[n].read && read != slot->read)
		return false;
	write = cmpxchg(&slot->ops->write, ours[n].write, slot->write);
	return write == ours[n].write || write == slot->write;
}

bool pcsc_ops_restore(void)
{
	u32 given = 0;
	bool all = true;
	int i;

	for (i = 0; i < PCSC_OPS_SLOTS; i++) {
		if (!pcsc_ops_slots[i].ops)
			continue;
		if (slot_give(i))
			given |= BIT(i);
		else
			all = false;
	}
	synchronize_rcu();
	synchronize_rcu_tasks();
	/*
	 * A module that has stacked on us since we looked still calls us
	 * through the slots that were not given back, so those stay.
	 */
	for (i = 0; i < PCSC_OPS_SLOTS; i++)
		if (given & BIT(i))
			WRITE_ONCE(pcsc_ops_slots[i].ops, NULL);
	return all;
}
