// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resets, recoveries, power transitions and writes that do not come through the
 * buses' operations: probes on the kernel's functions that do them open
 * brackets before and close them after.
 *
 * There are two probes for each function. The one at the entry cannot run out
 * of instances; the one at the return can, and then the bracket stays open, so
 * hardware answers.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/acpi.h>
#include <linux/kprobes.h>
#include <linux/lockdep.h>
#include <linux/moduleparam.h>
#include <linux/workqueue.h>

#include "access.h"
#include "bracket.h"
#include "events.h"
#include "find.h"
#include "function.h"
#include "heart.h"
#include "hooks.h"
#include "prototypes.h"
#include "state.h"

static bool hooks = true;
module_param(hooks, bool, 0444);
MODULE_PARM_DESC(
	hooks,
	"Probe the kernel's resets that are no config write (default yes); without probes evidence is not served");

/* What one call of a hooked function does, and to which function. */
struct hook_call {
	struct pcsc_function *function;
	struct pci_dev *pdev;
	u32 value;
	u16 where;
	u8 size;
	bool powers_off;
	bool was_cold;
};

struct hook {
	const char *name;
	/* What look() takes from registers; see pcsc_btf_prototype_is(). */
	const char *prototype;
	/* The kernel was configured to have it. */
	bool wanted;
	/* False: this call does nothing that matters. */
	bool (*look)(struct hook_call *call, struct pt_regs *regs);
	void (*begin)(const struct hook_call *call);
	void (*end)(const struct hook_call *call, int result);
	struct kprobe entry;
	struct kretprobe whole;
	bool known; /* this kernel's function has that prototype */
	bool placed;
};

static bool look_at(struct hook_call *call, struct pci_dev *pdev)
{
	call->pdev = pdev;
	call->function = pdev ? pcsc_function_of(pdev) : NULL;
	return call->function;
}

static struct pci_dev *first_argument(struct pt_regs *regs)
{
	return (struct pci_dev *)regs_get_kernel_argument(regs, 0);
}

/* ---- resets: (struct pci_dev *, bool probe) ---- */

static bool look_at_reset(struct hook_call *call, struct pt_regs *regs)
{
	const bool only_asked = regs_get_kernel_argument(regs, 1) & 0xff;

	return !only_asked && look_at(call, first_argument(regs));
}

static void begin_reset(const struct hook_call *call)
{
	pcsc_bracket_open(call->function);
}

/* State may be lost whatever the result: a failed _RST is -ENOTTY, too. */
static void end_reset(const struct hook_call *call, int result)
{
	pcsc_bracket_close(call->function, true);
}

/* ---- recovery: (struct pci_dev *, ...) ---- */

/*
 * The function that pcie_do_recovery() starts from: a port, or a device of the
 * root complex, itself; else the bridge above the device.
 */
static bool look_at_recovery(struct hook_call *call, struct pt_regs *regs)
{
	struct pci_dev *pdev = first_argument(regs);
	const int type = pci_pcie_type(pdev);

	if (type != PCI_EXP_TYPE_ROOT_PORT && type != PCI_EXP_TYPE_DOWNSTREAM &&
	    type != PCI_EXP_TYPE_RC_EC && type != PCI_EXP_TYPE_RC_END)
		pdev = pci_upstream_bridge(pdev);
	return look_at(call, pdev);
}

/* ---- power ---- */

/*
 * On an error the platform does not manage the device, or AML has failed on its way, so
 * the power state is as it was noted; what is no VF begins empty all the same, see
 * pcsc_hold_keeps().
 */
static void end_power(const struct hook_call *call, int result)
{
	/* Note the power state first, so that nothing is served in between. */
	if (result >= 0)
		pcsc_bracket_power(call->function, !call->powers_off);
	pcsc_bracket_close(call->function, result >= 0);
}

/* (struct pci_dev *, pci_power_t): AML may do anything (_PS0, _PS3, _ON) */
static bool look_at_acpi_power(struct hook_call *call, struct pt_regs *regs)
{
	struct pci_dev *pdev = first_argument(regs);

	call->powers_off =
		(__force int)regs_get_kernel_argument(regs, 1) != 0; /* D0 */
	return ACPI_COMPANION(&pdev->dev) && look_at(call, pdev);
}

/*
 * (struct pci_dev *). From D3cold there need not be a write to PMCSR; from
 * D3hot that write comes after the platform's part, so the bracket is around
 * both.
 */
static bool look_at_power_up(struct hook_call *call, struct pt_regs *regs)
{
	struct pci_dev *pdev = first_argument(regs);

	call->was_cold = pdev->current_state == PCI_D3cold;
	return pcsc_sleeps(pdev) && look_at(call, pdev);
}

static void end_power_up(const struct hook_call *call, int result)
{
	pcsc_bracket_power(call->function, call->pdev->current_state == PCI_D0);
	pcsc_bracket_close(call->function, call->was_cold);
}

/* ---- AML: (struct acpi_pci_id *, u32 reg, u64 value, u32 bits) ---- */

static bool look_at_aml(struct hook_call *call, struct pt_regs *regs)
{
	const struct acpi_pci_id *id =
		(struct acpi_pci_id *)regs_get_kernel_argument(regs, 0);
	const u32 where = regs_get_kernel_argument(regs, 1);
	const u32 bits = regs_get_kernel_argument(regs, 3);

	if (where >= PCI_CFG_SPACE_EXP_SIZE ||
	    (bits != 8 && bits != 16 && bits != 32))
		return false;
	call->where = where;
	call->size = bits / 8;
	call->value = regs_get_kernel_argument(regs, 2);
	if (where + call->size > PCI_CFG_SPACE_EXP_SIZE)
		return false;
	call->function = pcsc_find(id->segment, id->bus,
				   PCI_DEVFN(id->device, id->function));
	return call->function;
}

/* AML may write across dwords: such a write is taken as single bytes. */
static u8 step_of(const struct hook_call *call)
{
	return call->where & (call->size - 1) ? 1 : call->size;
}

static void begin_aml(const struct hook_call *call)
{
	const u8 step = step_of(call);
	u8 at;

	for (at = 0; at < call->size; at += step)
		pcsc_access_before_write(call->function, NULL, call->where + at,
					 step, call->value >> (8 * at));
}

static void end_aml(const struct hook_call *call, int result)
{
	struct pcsc_function *f = call->function;
	const u8 step = step_of(call);
	u32 value;
	u16 where;
	u8 at;

	for (at = 0; at < call->size; at += step) {
		where = call->where + at;
		value = call->value >> (8 * at);
		/*
		 * Do again what was done at the entry, and get its meaning: the
		 * entry is another probe's, which cannot pass it on.
		 */
		pcsc_access_after_write(
			f, where, step, value,
			pcsc_bracket_write_again(f, where, step, value), true);
	}
}

/* ---- all of them ---- */

#define RESET "int (struct pci_dev *, bool)"

static struct hook all[] = {
	{ "pci_dev_acpi_reset", RESET, IS_ENABLED(CONFIG_ACPI), look_at_reset,
	  begin_reset, end_reset },
	{ "pci_dev_specific_reset", RESET, IS_ENABLED(CONFIG_PCI_QUIRKS),
	  look_at_reset, begin_reset, end_reset },
	{ "pcie_do_recovery", "pci_ers_result_t (struct pci_dev *, ...)",
	  IS_ENABLED(CONFIG_PCIEAER), look_at_recovery, begin_reset,
	  end_reset },
	{ "acpi_pci_set_power_state", "int (struct pci_dev *, pci_power_t)",
	  IS_ENABLED(CONFIG_ACPI), look_at_acpi_power, begin_reset, end_power },
	{ "pci_power_up", "int (struct pci_dev *)", true, look_at_power_up,
	  begin_reset, end_power_up },
	{ "acpi_os_write_pci_configuration",
	  "acpi_status (struct acpi_pci_id *, u32, u64, u32)",
	  IS_ENABLED(CONFIG_ACPI), look_at_aml, begin_aml, end_aml },
};

static u32 missing;
static u32 off; /* PCSC_HOOKS_* */

/* Most calls under way at a time, since devices resume in parallel. */
#define CALLS 256

static int on_entry(struct kprobe *probe, struct pt_regs *regs)
{
	const struct hook *hook = container_of(probe, struct hook, entry);
	struct hook_call call = {};

	if (hook->look(&call, regs))
		hook->begin(&call);
	return 0;
}

static int on_call(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct hook *hook =
		container_of(get_kretprobe(instance), struct hook, whole);
	struct hook_call *call = (struct hook_call *)instance->data;

	*call = (struct hook_call){};
	return hook->look(call, regs) ? 0 : 1;
}

static int on_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct hook *hook =
		container_of(get_kretprobe(instance), struct hook, whole);

	hook->end((struct hook_call *)instance->data, regs_return_value(regs));
	return 0;
}

static void look_up(struct hook *hook, const struct pcsc_prototypes *kernel)
{
	char found[PCSC_PROTOTYPE_SIZE];

	pcsc_prototypes_find(kernel, hook->name, found);
	hook->known = pcsc_btf_prototype_is(found, hook->prototype);
	if (!hook->known)
		pr_warn("%s is '%s' in this kernel's BTF, not '%s': it will not be hooked\n",
			hook->name, found, hook->prototype);
}

void pcsc_hooks_look_up(void)
{
	struct pcsc_prototypes kernel;
	struct hook *hook;
	int ret;

	if (!hooks)
		return;
	ret = pcsc_prototypes_open(&kernel);
	if (ret) {
		pr_warn("this kernel's BTF cannot be read (%d), so no function will be hooked\n",
			ret);
		return;
	}
	for (hook = all; hook < all + ARRAY_SIZE(all); hook++)
		if (hook->wanted)
			look_up(hook, &kernel);
	pcsc_prototypes_close(&kernel);
}

/* Place the return's probe first, so that a bracket that opens will close. */
static int place(struct hook *hook)
{
	int ret;

	if (!hook->known)
		return -EPROTOTYPE;
	hook->whole = (struct kretprobe){
		.kp.symbol_name = hook->name,
		.entry_handler = on_call,
		.handler = on_return,
		.data_size = sizeof(struct hook_call),
		.maxactive = CALLS,
	};
	hook->entry = (struct kprobe){
		.symbol_name = hook->name,
		.pre_handler = on_entry,
	};
	ret = register_kretprobe(&hook->whole);
	if (ret)
		return ret;
	ret = register_kprobe(&hook->entry);
	if (ret)
		unregister_kretprobe(&hook->whole);
	return ret;
}

static u32 hooks_wanted(void)
{
	const struct hook *hook;
	u32 n = 0;

	for (hook = all; hook < all + ARRAY_SIZE(all); hook++)
		n += hook->wanted;
	return n;
}

static void are_off(void)
{
	off = PCSC_HOOKS_OFF;
	/*
	 * Set these before the functions are looked at, so that maps made
	 * meanwhile are without evidence, too.
	 */
	WRITE_ONCE(missing, hooks_wanted());
	pcsc_no_evidence = true;
	pcsc_functions_unhooked();
	pcsc_event(PCSC_EVENT_HOOKS_OFF, 1);
	pr_warn("the kernel's probes are switched off (debugfs kprobes/enabled, or sysctl kernel.ftrace_enabled), so resets go unseen: everything was forgotten, and bytes that only evidence speaks for are not served; switch them on, then set the mode to off and on again\n");
}

static void are_on_again(void)
{
	off = PCSC_HOOKS_WERE_OFF;
	pcsc_event(PCSC_EVENT_HOOKS_OFF, 0);
	pr_info("the kernel's probes are on again; set the mode to off and on again, so that bytes that only evidence speaks for are served\n");
}

static void look_at_probes(void)
{
	const bool work = pcsc_heart_beats();

	if (!work && off != PCSC_HOOKS_OFF)
		are_off();
	else if (work && off == PCSC_HOOKS_OFF)
		are_on_again();
}

#define BEAT (HZ / 2)

static void beat(struct work_struct *unused);
static DECLARE_DELAYED_WORK(beat_work, beat);

/*
 * The mutex's holder may be waiting for this work to end (pcsc_hooks_remove()),
 * so do not wait for the mutex.
 */
static void beat(struct work_struct *unused)
{
	const bool locked = mutex_trylock(&pcsc_mutex);

	if (locked) {
		look_at_probes();
		mutex_unlock(&pcsc_mutex);
	}
	queue_delayed_work(system_unbound_wq, &beat_work, locked ? BEAT : 1);
}

static void begin_beating(void)
{
	int ret = pcsc_heart_place();

	off = PCSC_HOOKS_WORK;
	if (ret) {
		missing++;
		pr_warn("the helper cannot see whether its hooks work (%d), so bytes that only evidence speaks for are not served\n",
			ret);
		return;
	}
	look_at_probes();
	queue_delayed_work(system_unbound_wq, &beat_work, BEAT);
}

static void end_beating(void)
{
	cancel_delayed_work_sync(&beat_work);
	off = PCSC_HOOKS_WORK;
}

void pcsc_hooks_place(void)
{
	struct hook *hook;
	int ret;

	lockdep_assert_held(&pcsc_mutex);
	missing = 0;
	for (hook = all; hook < all + ARRAY_SIZE(all); hook++) {
		if (!hook->wanted)
			continue;
		ret = hooks ? place(hook) : -EPERM;
		hook->placed = !ret;
		if (!ret)
			continue;
		missing++;
		pr_warn_ratelimited(
			"%s cannot be hooked (%d), so bytes that only evidence speaks for are not served\n",
			hook->name, ret);
	}
	if (hooks)
		begin_beating();
	pcsc_no_evidence = missing;
	if (missing)
		pcsc_event(PCSC_EVENT_HOOKS_MISSING, missing);
}

/* Remove all probes at a time, since each call waits for grace periods. */
void pcsc_hooks_remove(void)
{
	struct kprobe *entries[ARRAY_SIZE(all) + 1];
	struct kretprobe *wholes[ARRAY_SIZE(all)];
	struct kprobe *heart;
	struct hook *hook;
	int n = 0;

	lockdep_assert_held(&pcsc_mutex);
	end_beating();
	for (hook = all; hook < all + ARRAY_SIZE(all); hook++) {
		if (!hook->placed)
			continue;
		entries[n] = &hook->entry;
		wholes[n++] = &hook->whole;
		hook->placed = false;
	}
	unregister_kretprobes(wholes, n);
	heart = pcsc_heart_take();
	if (heart)
		entries[n++] = heart;
	unregister_kprobes(entries, n);
}

u32 pcsc_hooks_missing(void)
{
	return missing;
}

u32 pcsc_hooks_off(void)
{
	return off;
}

u64 pcsc_hooks_missed(void)
{
	const struct hook *hook;
	u64 n = 0;

	for (hook = all; hook < all + ARRAY_SIZE(all); hook++)
		if (hook->placed)
			n += hook->entry.nmissed + hook->whole.nmissed;
	return n;
}
