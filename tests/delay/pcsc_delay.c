// SPDX-License-Identifier: GPL-2.0-only
/*
 * pcsc_delay: devices as slow as real ones. Every configuration access by the
 * buses' struct pci_ops takes at least read_ns or write_ns. Whatever interposes
 * there later is above the delay, and what it answers itself is not delayed: so
 * load this first.
 *
 * It stays until reboot. What was stacked on top may still call it, and there
 * would be no telling when that is over.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/timekeeping.h>

#include <asm/pgtable.h>

#define SLOTS 2

static struct {
	struct pci_ops *ops;
	typeof_member(struct pci_ops, read) read;
	typeof_member(struct pci_ops, write) write;
} slots[SLOTS];

static unsigned int read_ns = 29000;
module_param(read_ns, uint, 0644);
MODULE_PARM_DESC(read_ns, "least duration of a read, 0: as it is");

static unsigned int write_ns;
module_param(write_ns, uint, 0644);
MODULE_PARM_DESC(write_ns, "least duration of a write, 0: as it is");

static bool late;
module_param(late, bool, 0644);
MODULE_PARM_DESC(
	late,
	"the device is asked at the end of the time, not at its beginning");

static atomic64_t nr_reads = ATOMIC64_INIT(0);
static atomic64_t nr_writes = ATOMIC64_INIT(0);
static atomic64_t reads_took_ns = ATOMIC64_INIT(0);

static int get_count(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%lld\n", atomic64_read(param->arg));
}

/* Parameters given at load are set, whatever their mode. */
static int refuse_count(const char *value, const struct kernel_param *param)
{
	return -EPERM;
}

static const struct kernel_param_ops count_ops = {
	.get = get_count,
	.set = refuse_count,
};
module_param_cb(nr_reads, &count_ops, &nr_reads, 0444);
module_param_cb(nr_writes, &count_ops, &nr_writes, 0444);
module_param_cb(reads_took_ns, &count_ops, &reads_took_ns, 0444);

/* The fast clock: no lock that somebody we interrupted could hold. */
static void spin_until(u64 start, unsigned int ns)
{
	while ((s64)(ktime_get_mono_fast_ns() - start) < ns)
		cpu_relax();
}

/*
 * How long a thread is held up where it asks whether a device is awake, as by a host
 * that gives the processor to somebody else.
 */
static unsigned int wake_ns;

static int hold_up(struct kprobe *probe, struct pt_regs *regs)
{
	spin_until(ktime_get_mono_fast_ns(), READ_ONCE(wake_ns));
	return 0;
}

/* pci_config_pm_runtime_get() calls it for every function. */
static struct kprobe barrier = {
	.symbol_name = "pm_runtime_barrier",
	.pre_handler = hold_up,
};

static int set_wake_ns(const char *value, const struct kernel_param *param)
{
	static bool probed;
	int ret = probed ? 0 : register_kprobe(&barrier);

	probed = probed || !ret;
	return ret ?: param_set_uint(value, param);
}

static const struct kernel_param_ops wake_ops = {
	.get = param_get_uint,
	.set = set_wake_ns,
};
module_param_cb(wake_ns, &wake_ops, &wake_ns, 0644);
MODULE_PARM_DESC(wake_ns, "what asking whether a device is awake takes longer");

static int slow_read(int n, struct pci_bus *bus, unsigned int devfn, int where,
		     int size, u32 *value)
{
	unsigned int ns = READ_ONCE(read_ns);
	u64 start = ktime_get_mono_fast_ns();
	int ret;

	if (READ_ONCE(late))
		spin_until(start, ns);
	ret = slots[n].read(bus, devfn, where, size, value);
	if (ns)
		spin_until(start, ns);
	atomic64_inc(&nr_reads);
	atomic64_add(ktime_get_mono_fast_ns() - start, &reads_took_ns);
	return ret;
}

static int slow_write(int n, struct pci_bus *bus, unsigned int devfn, int where,
		      int size, u32 value)
{
	unsigned int ns = READ_ONCE(write_ns);
	u64 start = ktime_get_mono_fast_ns();
	int ret = slots[n].write(bus, devfn, where, size, value);

	atomic64_inc(&nr_writes);
	if (ns)
		spin_until(start, ns);
	return ret;
}

/* One for each operations object: which one runs tells the original. */
#define TRAMPOLINE(n)                                                 \
	static int read_##n(struct pci_bus *bus, unsigned int devfn,  \
			    int where, int size, u32 *value)          \
	{                                                             \
		return slow_read(n, bus, devfn, where, size, value);  \
	}                                                             \
	static int write_##n(struct pci_bus *bus, unsigned int devfn, \
			     int where, int size, u32 value)          \
	{                                                             \
		return slow_write(n, bus, devfn, where, size, value); \
	}

TRAMPOLINE(0)
TRAMPOLINE(1)

static const struct pci_ops trampolines[SLOTS] = {
	{ .read = read_0, .write = write_0 },
	{ .read = read_1, .write = write_1 },
};

/* Looked up, never tried: some objects are const. */
static bool ops_usable(const struct pci_ops *ops)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)&ops->read, &level);

	return ops->read && ops->write && pte && pte_present(*pte) &&
	       pte_write(*pte);
}

/* The number of objects, or an error if any root bus's cannot be delayed. */
static int find_ops(void)
{
	struct pci_bus *bus = NULL;
	int nr = 0, i;

	while ((bus = pci_find_next_bus(bus))) {
		for (i = 0; i < nr && slots[i].ops != bus->ops; i++)
			;
		if (i < nr)
			continue;
		if (nr == SLOTS || !ops_usable(bus->ops))
			return -EOPNOTSUPP;
		slots[nr++].ops = bus->ops;
	}
	return nr ?: -ENODEV;
}

/* The original is known before anybody can come by: compare, then exchange. */
static void take(int n)
{
	struct pci_ops *ops = slots[n].ops;

	do
		slots[n].read = READ_ONCE(ops->read);
	while (cmpxchg(&ops->read, slots[n].read, trampolines[n].read) !=
	       slots[n].read);
	do
		slots[n].write = READ_ONCE(ops->write);
	while (cmpxchg(&ops->write, slots[n].write, trampolines[n].write) !=
	       slots[n].write);
}

static int __init delay_init(void)
{
	int nr = find_ops(), n;

	if (nr < 0) {
		pr_err("the root buses' operations cannot be replaced, or are not one or two objects\n");
		return nr;
	}
	for (n = 0; n < nr; n++)
		take(n);
	pr_info("reads take at least %u ns, writes %u ns\n", read_ns, write_ns);
	return 0;
}
module_init(delay_init);
/* No module_exit(): that is what makes rmmod refuse. */

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Test: slow PCI configuration accesses");
