// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the helper meets beside it: a kernel with a cache of its own
 * (/sys/bus/pci/pcsc is taken); a count of what an access costs; accesses that
 * no caller in the kernel makes; functions that others keep for themselves; a
 * driver of user space's, whose remove() may hang and whose shutdown() takes its time; buses whose registers can be
 * mapped; a kernel that goes past their operations; somebody who interposes, too;
 * a part of the kernel that fails; a processor that hears no interrupt for seconds.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/device/bus.h>
#include <linux/irqflags.h>
#include <linux/kobject.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/rcupdate.h>
#include <linux/sort.h>
#include <linux/workqueue.h>

#include <asm/tsc.h>

static bool take_name;
module_param(take_name, bool, 0444);
MODULE_PARM_DESC(take_name, "have /sys/bus/pci/pcsc");

static bool map_bus;
module_param(map_bus, bool, 0444);
MODULE_PARM_DESC(map_bus, "the first root bus's operations map registers");

static struct kobject *taken;

/* Written: ADDRESS OFFSET; read: what was measured last. */
static char result[64] = "nothing was measured\n";

static int show(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%s", result);
}

#define ROUNDS 64

static unsigned long median;
module_param(median, ulong, 0444);
MODULE_PARM_DESC(median, "of the reads of which measure says the cheapest");

static int compare(const void *a, const void *b)
{
	const u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

/* The cheapest of some reads, in cycles: with QEMU's -icount, instructions. */
static u64 cost(struct pci_bus *bus, unsigned int devfn, int where)
{
	static u64 took[ROUNDS];
	unsigned long flags;
	u64 start;
	u32 value;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		local_irq_save(flags);
		start = rdtsc_ordered();
		pci_bus_read_config_dword(bus, devfn, where, &value);
		took[i] = rdtsc_ordered() - start;
		local_irq_restore(flags);
	}
	sort(took, ROUNDS, sizeof(*took), compare, NULL);
	median = took[ROUNDS / 2];
	return took[0];
}

/* ADDRESS OFFSET [SIZE], hexadecimal */
struct request {
	struct pci_bus *bus;
	unsigned int devfn, where, size;
};

static int parse(const char *text, struct request *r)
{
	unsigned int domain, number, device, function;

	r->size = 4;
	if (sscanf(text, "%x:%x:%x.%x %x %x", &domain, &number, &device,
		   &function, &r->where, &r->size) < 5)
		return -EINVAL;
	/* As nobody should ask, too: above 255. */
	r->devfn = device << 3 | function;
	r->bus = pci_find_bus(domain, number);
	return r->bus ? 0 : -ENODEV;
}

/* Operations that do nothing: what the kernel's own part of a read costs. */
static int read_nothing(struct pci_bus *bus, unsigned int devfn, int where,
			int size, u32 *value)
{
	*value = 0;
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops no_ops = { .read = read_nothing };
static struct pci_bus no_bus = { .ops = &no_ops };

static int measure(const char *text, const struct kernel_param *unused)
{
	struct request r;
	int ret = parse(text, &r);

	if (sysfs_streq(text, "empty")) {
		snprintf(result, sizeof(result), "%llu\n", cost(&no_bus, 0, 0));
		return 0;
	}
	if (!ret)
		snprintf(result, sizeof(result), "%llu\n",
			 cost(r.bus, r.devfn, r.where));
	return ret;
}

/* Past the kernel's check of alignment, as code of an architecture's may be. */
static int ask(const char *text, const struct kernel_param *unused)
{
	struct request r;
	int ret = parse(text, &r);
	u32 value = 0;

	if (ret)
		return ret;
	ret = r.bus->ops->read(r.bus, r.devfn, r.where, r.size, &value);
	snprintf(result, sizeof(result), "%d %08x\n", ret, value);
	return 0;
}

static const struct kernel_param_ops measure_ops = {
	.set = measure,
	.get = show,
};

module_param_cb(measure, &measure_ops, NULL, 0644);
MODULE_PARM_DESC(
	measure,
	"cycles of a dword read: ADDRESS OFFSET, hexadecimal; or of one that no device gets: empty");

static const struct kernel_param_ops ask_ops = { .set = ask, .get = show };

module_param_cb(ask, &ask_ops, NULL, 0644);
MODULE_PARM_DESC(ask, "what the bus's operations answer: ADDRESS OFFSET SIZE");

/* mdelay() counts the processor's time stamps, so it ends although no tick comes. */
static int set_deaf(const char *text, const struct kernel_param *unused)
{
	unsigned long flags;
	unsigned int seconds;
	int ret = kstrtouint(text, 0, &seconds);

	if (ret)
		return ret;
	for (; seconds; seconds--) {
		local_irq_save(flags);
		mdelay(1000);
		local_irq_restore(flags);
	}
	return 0;
}

static const struct kernel_param_ops deaf_ops = { .set = set_deaf };

module_param_cb(deaf, &deaf_ops, NULL, 0200);
MODULE_PARM_DESC(deaf, "be so many seconds without interrupts, one at a time");

/* As a driver does: without the lock that user space's accesses share. */
static int put(const char *text, const struct kernel_param *unused)
{
	struct request r;
	int ret = parse(text, &r); /* ADDRESS OFFSET BYTE */

	if (!ret)
		pci_bus_write_config_byte(r.bus, r.devfn, r.where, r.size);
	return ret;
}

static const struct kernel_param_ops put_ops = { .set = put };

module_param_cb(put, &put_ops, NULL, 0200);
MODULE_PARM_DESC(put, "write a byte: ADDRESS OFFSET BYTE, hexadecimal");

/* As the kernel does around BIST and resets: nobody else's time. */
static struct pci_dev *held;

static void let_go(void)
{
	if (!held)
		return;
	pci_cfg_access_unlock(held);
	pci_dev_put(held);
	held = NULL;
}

/* Returns when it is held, and does not wait, so that others can be asked meanwhile. */
static void hold_it(struct pci_dev *pdev, unsigned int on)
{
	let_go();
	if (!on)
		return;
	pci_cfg_access_lock(pdev);
	held = pci_dev_get(pdev);
}

/* As pci_dev_trylock() does, for VFIO. How often somebody else had it. */
static void try_it(struct pci_dev *pdev, unsigned int ms)
{
	const unsigned long until = jiffies + msecs_to_jiffies(ms);
	unsigned int refused = 0;

	while (time_before(jiffies, until)) {
		if (pci_cfg_access_trylock(pdev))
			pci_cfg_access_unlock(pdev);
		else
			refused++;
		usleep_range(50, 100);
	}
	snprintf(result, sizeof(result), "%u\n", refused);
}

/* ADDRESS ARGUMENT (milliseconds, a power state, on or off), hexadecimal */
static int with_device(const char *text,
		       void (*what)(struct pci_dev *pdev, unsigned int arg))
{
	struct pci_dev *pdev;
	struct request r;
	int ret = parse(text, &r);

	if (ret)
		return ret;
	pdev = pci_get_slot(r.bus, r.devfn);
	if (!pdev)
		return -ENODEV;
	what(pdev, r.where);
	pci_dev_put(pdev);
	return 0;
}

static int hold(const char *text, const struct kernel_param *unused)
{
	return with_device(text, hold_it);
}

static int try(const char *text, const struct kernel_param *unused)
{
	return with_device(text, try_it);
}

static void sleep_it(struct pci_dev *pdev, unsigned int state)
{
	pci_set_power_state(pdev, (__force pci_power_t)state);
}

static int power(const char *text, const struct kernel_param *unused)
{
	return with_device(text, sleep_it);
}

static const struct kernel_param_ops power_ops = { .set = power };

module_param_cb(power, &power_ops, NULL, 0200);
MODULE_PARM_DESC(power, "as a driver does: ADDRESS STATE (0: D0, 3: D3hot)");

static const struct kernel_param_ops hold_ops = { .set = hold };
static const struct kernel_param_ops try_ops = { .set = try, .get = show };

module_param_cb(hold, &hold_ops, NULL, 0200);
MODULE_PARM_DESC(hold, "keep others from a function: ADDRESS 1; 0: no more");
module_param_cb(try, &try_ops, NULL, 0644);
MODULE_PARM_DESC(try, "try to: ADDRESS MS, hexadecimal; how often in vain");

/* As a task of the helper's that waits for something would: its lock is taken. */
static struct mutex *kept;
static unsigned int keep_ms;
static DECLARE_COMPLETION(lock_taken);
static DECLARE_COMPLETION(lock_wanted_back);

static void keep(struct work_struct *unused)
{
	mutex_lock(kept);
	complete(&lock_taken);
	wait_for_completion_timeout(&lock_wanted_back,
				    msecs_to_jiffies(keep_ms));
	mutex_unlock(kept);
}

static DECLARE_WORK(keeper, keep);

static void give_lock_back(void)
{
	complete(&lock_wanted_back);
	flush_work(&keeper);
}

/* Returns when the mutex is taken, so that nobody must guess when it is. */
static int lock(const char *text, const struct kernel_param *unused)
{
	unsigned long address;
	unsigned int ms;

	if (sscanf(text, "%lx %u", &address, &ms) != 2)
		return -EINVAL;
	give_lock_back();
	if (!address)
		return 0;
	kept = (struct mutex *)address;
	keep_ms = ms;
	reinit_completion(&lock_taken);
	reinit_completion(&lock_wanted_back);
	queue_work(system_unbound_wq, &keeper);
	wait_for_completion(&lock_taken);
	return 0;
}

static const struct kernel_param_ops lock_ops = { .set = lock };

module_param_cb(lock, &lock_ops, NULL, 0200);
MODULE_PARM_DESC(lock, "keep a mutex: ADDRESS, as in /proc/kallsyms, MS; "
		       "0 0: give it back");

/* By its name one that hands devices to user space; for driver_override. */
static int user_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	return 0;
}

/* What the first root bus's operations were when we came. */
static struct pci_ops direct;

/* As a kernel that calls them by name: so does one of the kernel's accessors. */
static char *past = "";
module_param(past, charp, 0444);
MODULE_PARM_DESC(past,
		 "read or write: words go past the buses' operations object");

static int read_past(struct pci_bus *bus, unsigned int devfn, int where,
		     u16 *value)
{
	u32 all;
	int ret = direct.read(bus, devfn, where, 2, &all);

	*value = all;
	return ret;
}

static int write_past(struct pci_bus *bus, unsigned int devfn, int where,
		      u16 value)
{
	return direct.write(bus, devfn, where, 2, value);
}

static int divert_read(struct kprobe *probe, struct pt_regs *regs)
{
	regs->ip = (unsigned long)read_past;
	return 1;
}

static int divert_write(struct kprobe *probe, struct pt_regs *regs)
{
	regs->ip = (unsigned long)write_past;
	return 1;
}

static struct kprobe diverted;

static int divert(void)
{
	const bool write = !strcmp(past, "write");

	diverted.symbol_name = write ? "pci_bus_write_config_word" :
				       "pci_bus_read_config_word";
	diverted.pre_handler = write ? divert_write : divert_read;
	return register_kprobe(&diverted);
}

/*
 * As a part of the kernel that fails when all has been made ready for a kexec, after it
 * has touched a device.
 */
static char *fails = "";
module_param(fails, charp, 0444);
MODULE_PARM_DESC(fails, "a function of the kernel that returns -EIO");

static unsigned int touches[3];
module_param_array(touches, uint, NULL, 0444);
MODULE_PARM_DESC(
	touches,
	"bus, devfn, offset: before it does, this byte is set to 0 and the header is read");

static unsigned long keeps;
module_param(keeps, ulong, 0444);
MODULE_PARM_DESC(
	keeps, "it does not fail: a mutex is kept, ADDRESS, before it returns");

static struct pci_bus *touched;

static int fail(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	unsigned int at;
	u32 value;

	if (keeps) {
		kept = (struct mutex *)keeps;
		keep_ms = 90000;
		queue_work(system_unbound_wq, &keeper);
		mdelay(500); /* this handler cannot sleep: another processor takes it */
		return 0;
	}
	if (touched)
		pci_bus_write_config_byte(touched, touches[1], touches[2], 0);
	for (at = 0; touched && at < PCI_STD_HEADER_SIZEOF; at += 4)
		pci_bus_read_config_dword(touched, touches[1], at, &value);
	regs_set_return_value(regs, -EIO);
	return 0;
}

static struct kretprobe failing = { .handler = fail };

static int let_fail(void)
{
	failing.kp.symbol_name = fails;
	if (touches[2])
		touched = pci_find_bus(0, touches[0]);
	return *fails ? register_kretprobe(&failing) : 0;
}

static bool hang;
module_param(hang, bool, 0644);
MODULE_PARM_DESC(hang, "the driver's remove() waits as long as this is set");

static bool hanging;
module_param(hanging, bool, 0444);
MODULE_PARM_DESC(hanging, "it does");

static void user_remove(struct pci_dev *pdev)
{
	while (READ_ONCE(hang)) {
		WRITE_ONCE(hanging, true);
		msleep(10);
	}
	WRITE_ONCE(hanging, false);
}

static unsigned int shutdown_ms;
module_param(shutdown_ms, uint, 0644);
MODULE_PARM_DESC(shutdown_ms, "how long the driver's shutdown() takes");

static void user_shutdown(struct pci_dev *pdev)
{
	msleep(shutdown_ms);
}

static const struct pci_device_id nobody[] = { {} };

static struct pci_driver user_driver = {
	.name = "uio_pcsc",
	.id_table = nobody,
	.probe = user_probe,
	.remove = user_remove,
	.shutdown = user_shutdown,
};

static void __iomem *map_nothing(struct pci_bus *bus, unsigned int devfn,
				 int where)
{
	return NULL;
}

static void set_map_bus(void __iomem *(*to)(struct pci_bus *, unsigned int,
					    int))
{
	struct pci_bus *bus = pci_find_bus(0, 0);

	if (bus)
		bus->ops->map_bus = to;
}

/* Stacked on whoever has interposed on the first root bus's operations. */
static int (*below)(struct pci_bus *bus, unsigned int devfn, int where,
		    int size, u32 *value);

static int stacked_read(struct pci_bus *bus, unsigned int devfn, int where,
			int size, u32 *value)
{
	return below(bus, devfn, where, size, value);
}

static int stack(const char *text, const struct kernel_param *unused)
{
	struct pci_bus *bus = pci_find_bus(0, 0);
	bool on;
	int ret = kstrtobool(text, &on);

	if (ret || !bus)
		return -EINVAL;
	if (on && !below) {
		below = bus->ops->read;
		WRITE_ONCE(bus->ops->read, stacked_read);
	} else if (!on && below) {
		WRITE_ONCE(bus->ops->read, below);
		synchronize_rcu();
		synchronize_rcu_tasks();
		below = NULL;
	}
	return 0;
}

static const struct kernel_param_ops stack_ops = { .set = stack };

module_param_cb(stack, &stack_ops, NULL, 0200);
MODULE_PARM_DESC(stack,
		 "interpose on the first root bus's reads, or no longer");

/* As somebody who came before all others and puts back what was there then. */
static int put_back(const char *text, const struct kernel_param *unused)
{
	struct pci_bus *bus = pci_find_bus(0, 0);

	if (!bus)
		return -ENODEV;
	WRITE_ONCE(bus->ops->read, direct.read);
	return 0;
}

static const struct kernel_param_ops put_back_ops = { .set = put_back };

module_param_cb(put_back, &put_back_ops, NULL, 0200);
MODULE_PARM_DESC(put_back, "the first root bus's reads, as they were");

static int __init beside_init(void)
{
	const struct pci_bus *bus = pci_find_bus(0, 0);
	int ret;

	if (!bus)
		return -ENODEV;
	direct = *bus->ops;
	ret = let_fail();
	if (ret)
		return ret;
	ret = *past ? divert() : 0;
	if (ret)
		goto failing;
	ret = pci_register_driver(&user_driver);
	if (ret)
		goto diverted;
	if (map_bus)
		set_map_bus(map_nothing);
	if (take_name)
		taken = kobject_create_and_add(
			"pcsc", &bus_get_kset(&pci_bus_type)->kobj);
	if (!take_name || taken)
		return 0;
	pci_unregister_driver(&user_driver);
	ret = -ENOMEM;
diverted:
	if (*past)
		unregister_kprobe(&diverted);
failing:
	if (*fails)
		unregister_kretprobe(&failing);
	return ret;
}
module_init(beside_init);

static void __exit beside_exit(void)
{
	give_lock_back();
	let_go();
	stack("0", NULL);
	pci_unregister_driver(&user_driver);
	if (map_bus)
		set_map_bus(NULL);
	kobject_put(taken);
	if (*past)
		unregister_kprobe(&diverted);
	if (*fails)
		unregister_kretprobe(&failing);
}
module_exit(beside_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Beside the pci_pcsc helper, for its tests");
