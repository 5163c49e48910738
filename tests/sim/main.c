// SPDX-License-Identifier: GPL-2.0-only
/*
 * pcsc_sim: a host bridge in a PCI domain of its own, with functions that a
 * text describes. See docs/sim.md.
 *
 * With share_ops the simulated buses have the same struct pci_ops as the real
 * ones, and its pointers lead here first. So whoever interposes there later
 * gets to see simulated functions as it sees real ones.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include <asm/pgtable.h>

#include "sim.h"

struct sim sim = {
	.models = LIST_HEAD_INIT(sim.models),
	.groups = LIST_HEAD_INIT(sim.groups),
};
DEFINE_RAW_SPINLOCK(sim_lock);
DEFINE_MUTEX(sim_mutex);

unsigned int sim_domain = 0x10000;
module_param_named(domain, sim_domain, uint, 0444);
MODULE_PARM_DESC(domain, "PCI domain");

unsigned int sim_seed = 1;
module_param_named(seed, sim_seed, uint, 0444);
MODULE_PARM_DESC(seed, "of random moments; 0: another one each time");

static bool share_ops = true;
module_param(share_ops, bool, 0444);
MODULE_PARM_DESC(share_ops, "use the real buses' struct pci_ops");

static struct pci_ops own_ops = {
	.read = sim_read,
	.write = sim_write,
};

static struct {
	struct pci_ops *ops;
	typeof_member(struct pci_ops, read) read;
	typeof_member(struct pci_ops, write) write;
	bool reads, writes; /* taken */
} hook;

static int hook_read(struct pci_bus *bus, unsigned int devfn, int where,
		     int size, u32 *value)
{
	if (sim_is_ours(bus))
		return sim_read(bus, devfn, where, size, value);
	return READ_ONCE(hook.read)(bus, devfn, where, size, value);
}

static int hook_write(struct pci_bus *bus, unsigned int devfn, int where,
		      int size, u32 value)
{
	if (sim_is_ours(bus))
		return sim_write(bus, devfn, where, size, value);
	return READ_ONCE(hook.write)(bus, devfn, where, size, value);
}

/* Looked up, never tried: some objects are const. */
static bool ops_usable(const struct pci_ops *ops)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)&ops->read, &level);

	return ops->read && ops->write && pte && pte_present(*pte) &&
	       pte_write(*pte);
}

/* The original is known before anybody can come by: compare, then exchange. */
static void take(struct pci_ops *ops)
{
	hook.ops = ops;
	do
		hook.read = READ_ONCE(ops->read);
	while (cmpxchg(&ops->read, hook.read, hook_read) != hook.read);
	hook.reads = true;
	do
		hook.write = READ_ONCE(ops->write);
	while (cmpxchg(&ops->write, hook.write, hook_write) != hook.write);
	hook.writes = true;
}

bool sim_attached(void)
{
	return hook.reads || hook.writes;
}

/* The operations for our buses; while they are attached we cannot go. */
struct pci_ops *sim_attach(void)
{
	struct pci_bus *first;

	if (!share_ops)
		return &own_ops;
	if (sim_attached())
		return hook.ops;
	first = pci_find_next_bus(NULL);
	if (!first || !ops_usable(first->ops))
		return NULL;
	__module_get(THIS_MODULE);
	take(first->ops);
	return hook.ops;
}

static bool on_top(void)
{
	return (!hook.reads || READ_ONCE(hook.ops->read) == hook_read) &&
	       (!hook.writes || READ_ONCE(hook.ops->write) == hook_write);
}

static bool give_back(void)
{
	if (hook.reads &&
	    cmpxchg(&hook.ops->read, hook_read, hook.read) == hook_read)
		hook.reads = false;
	if (hook.writes &&
	    cmpxchg(&hook.ops->write, hook_write, hook.write) == hook_write)
		hook.writes = false;
	return !sim_attached();
}

/* Refused while somebody on top may call us. */
int sim_detach(void)
{
	if (!sim_attached())
		return 0;
	if (!on_top() || !give_back())
		return -EBUSY;
	synchronize_rcu();
	synchronize_rcu_tasks();
	module_put(THIS_MODULE);
	return 0;
}

static int __init sim_init(void)
{
	int ret;

	sim.map = kvcalloc(SIM_RIDS, sizeof(*sim.map), GFP_KERNEL);
	if (!sim.map)
		return -ENOMEM;
	ret = sim_log_init();
	if (ret)
		goto no_log;
	sim_speed_set(1);
	ret = sim_debugfs_init();
	if (!ret)
		return 0;
	sim_log_exit();
no_log:
	kvfree(sim.map);
	return ret;
}
module_init(sim_init);

/* Never while there are buses or we are attached: both hold the module. */
static void __exit sim_exit(void)
{
	sim_debugfs_exit();
	sim_unbuild();
	sim_forget();
	sim_log_exit();
	kvfree(sim.map);
	kvfree(sim_text);
}
module_exit(sim_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Simulated PCI functions in a domain of their own");
