// SPDX-License-Identifier: GPL-2.0-only
/* Functions that come, go, and change hands. Under pcsc_mutex. */
#include <linux/lockdep.h>
#include <linux/pm_runtime.h>
#include <linux/string.h>

#include "adopt.h"
#include "bracket.h"
#include "early.h"
#include "evaluate.h"
#include "find.h"
#include "function.h"
#include "handed.h"
#include "limit.h"
#include "ops.h"
#include "populate.h"
#include "siblings.h"
#include "state.h"
#include "vfs.h"
#include "writing.h"

/* Does the driver give the device to user space, which may change all of it? */
static bool driver_is_user(const struct pci_dev *pdev)
{
	const struct device_driver *driver;
	bool is_user;

	/* The module of a driver that is just unbound is not freed meanwhile. */
	rcu_read_lock();
	driver = READ_ONCE(pdev->dev.driver);
	/* vfio-pci, mlx5_vfio_pci..., uio_pci_generic, igb_uio, xen-pciback */
	is_user = driver && (strstr(driver->name, "vfio") ||
			     strstr(driver->name, "uio") ||
			     strstr(driver->name, "pciback"));
	rcu_read_unlock();
	return is_user;
}

static enum pcsc_phase phase_of(const struct pci_dev *pdev)
{
	return driver_is_user(pdev) ? PCSC_PHASE_USER : PCSC_PHASE_KERNEL;
}

static void set_phase(struct pcsc_function *f, const struct pci_dev *pdev)
{
	WRITE_ONCE(f->phase, phase_of(pdev));
	if (READ_ONCE(f->phase) != PCSC_PHASE_USER)
		return;
	WRITE_ONCE(f->touched, true);
	/* As a PF: its VFs are user space's as well. */
	pcsc_siblings_drop(f);
}

static void add_vf(struct pci_dev *pdev)
{
	struct pcsc_function *pf = pcsc_function_of(pci_physfn(pdev));
	struct pcsc_function *f = pcsc_function_of(pdev);

	if (!pf)
		return;
	/*
	 * If VFs of the handover are still waited for, VF Enable was set
	 * without our seeing it, so give them up.
	 */
	pcsc_handed_refuse_vfs(pf);
	if (!f || !f->line.map ||
	    pcsc_line_bypassed(&f->line) & PCSC_BYPASS_GONE) {
		pcsc_evaluate_vfs(pf, pdev);
		f = pcsc_function_of(pdev);
	} else if (pcsc_line_bypassed(&f->line) &
			   (PCSC_BYPASS_LAYOUT | PCSC_BYPASS_MOVED) ||
		   !pcsc_is_identified(f, pdev)) {
		/* This VF is not like its siblings: give it its own map. */
		pcsc_handed_refuse(f);
		pcsc_evaluate(f, pdev);
	} else if (READ_ONCE(pf->vfs) == PCSC_VFS_CREATED &&
		   f->line.map->nr_shared && pcsc_populate_learns()) {
		/*
		 * The first of those that came over a kexec: their lines lack what
		 * siblings answered for them.
		 */
		pcsc_siblings_open(pf, f->line.map);
	}
	if (f)
		set_phase(f, pdev);
}

/* Nothing is known of it, but perhaps to the last kernel. */
static void begin_function(struct pcsc_function *f, struct pci_dev *pdev)
{
	WRITE_ONCE(f->vf, false);
	WRITE_ONCE(f->pf, NULL);
	WRITE_ONCE(f->vf_map, NULL);
	WRITE_ONCE(f->secondary, 0);
	atomic_set(&f->open, 0);
	set_phase(f, pdev);
	/* Its VFs' lines came with it, so they are given up with it. */
	if (pcsc_handed_adopt(f, pdev))
		return;
	pcsc_handed_refuse_vfs(f);
	pcsc_handed_refuse(f);
	pcsc_evaluate(f, pdev);
	pcsc_claim_vfs(f, pdev);
}

static void add_function(struct pci_dev *pdev)
{
	struct pcsc_function *f;

	f = pcsc_claim(pci_domain_nr(pdev->bus), pdev->bus->number,
		       pdev->devfn);
	if (!f)
		return;
	/* Before it has VFs it is seen when they are created. */
	WRITE_ONCE(f->vfs, pci_num_vf(pdev) ? PCSC_VFS_UNKNOWN : PCSC_VFS_NONE);
	if (pcsc_early_met(f, pdev))
		set_phase(f, pdev);
	else
		begin_function(f, pdev);
	/* Waking up is a reset, so note that the function sleeps. */
	if (pcsc_sleeps(pdev))
		pcsc_bracket_power(f, false);
}

void pcsc_function_add(struct pci_dev *pdev)
{
	struct pcsc_function *f;

	lockdep_assert_held(&pcsc_mutex);
	if (pdev->is_virtfn)
		add_vf(pdev);
	else
		add_function(pdev);
	pcsc_ops_note(pdev->bus);
	f = pcsc_function_of(pdev);
	if (!f)
		return;
	/* It stays until pcsc_function_remove(), which comes before its end. */
	f->pdev = pdev;
	pcsc_limit_apply(f);
}

void pcsc_function_remove(struct pci_dev *pdev)
{
	struct pcsc_function *f = pcsc_function_of(pdev);

	lockdep_assert_held(&pcsc_mutex);
	if (!f)
		return;
	f->pdev = NULL;
	pcsc_handed_refuse_vfs(f);
	pcsc_line_bypass(&f->line, PCSC_BYPASS_GONE, PCSC_BYPASS_POWER);
	pcsc_line_empty(&f->line, true);
	WRITE_ONCE(f->phase, PCSC_PHASE_UNKNOWN);
	/* What appears at these bus numbers later is not below this bridge. */
	WRITE_ONCE(f->secondary, 0);
	atomic_set(&f->open, 0);
}

/* What could not be read when the function came may be readable now. */
static struct pcsc_function *prepare_bind(struct pci_dev *pdev)
{
	struct pcsc_function *f = NULL;

	mutex_lock(&pcsc_mutex);
	if (pcsc_mode != PCSC_MODE_OFF && driver_is_user(pdev))
		f = pcsc_function_of(pdev);
	/* A VF whose PF has switched it off is there as a device only. */
	if (f && f->line.map && f->walk_status == PCSC_WALK_READ &&
	    !(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_GONE)) {
		pcsc_handed_refuse(f);
		pcsc_evaluate(f, pdev);
	}
	if (f)
		down_read(&pcsc_alive);
	mutex_unlock(&pcsc_mutex);
	return f;
}

/* Is @pdev below the bridge @above, or a VF of the PF @above? */
static bool hangs_on(struct pci_dev *pdev, const struct pci_dev *above)
{
	struct pci_dev *bridge = pci_physfn(pdev);

	if (bridge != pdev && bridge == above)
		return true;
	for (bridge = pci_upstream_bridge(bridge); bridge;
	     bridge = pci_upstream_bridge(bridge))
		if (bridge == above)
			return true;
	return false;
}

/*
 * Nothing of a function is const before what is above it was evaluated
 * (above_is_known()), so look again at all that hangs on @above. Each is walked
 * later, by itself, since it may sleep, or be inside a reset.
 */
static void look_at_what_hangs_on(const struct pci_dev *above)
{
	struct pci_dev *pdev = NULL;
	struct pcsc_function *f;

	for_each_pci_dev(pdev) {
		if (!hangs_on(pdev, above))
			continue;
		f = pcsc_function_of(pdev);
		if (!f || !f->line.map ||
		    pcsc_line_bypassed(&f->line) & PCSC_BYPASS_GONE) {
			pcsc_function_add(pdev);
			continue;
		}
		WRITE_ONCE(f->looked, 0);
		WRITE_ONCE(f->walk_status, PCSC_WALK_READ);
	}
}

/* The same condition as pcsc_background_read() has. */
static bool is_awake(struct pci_dev *pdev)
{
	return !pcsc_sleeps(pdev) && !pm_runtime_suspended(&pdev->dev);
}

static void evaluate_late(struct pcsc_function *f, struct pci_dev *pdev)
{
	pcsc_handed_refuse(f);
	if (pdev->is_virtfn) {
		pcsc_evaluate(f, pdev);
		if (f->pf && f->walk_status == PCSC_WALK_OK &&
		    !READ_ONCE(f->pf->vf_map))
			WRITE_ONCE(f->pf->vf_map, f->line.map);
		return;
	}
	WRITE_ONCE(f->vf_map, NULL);
	pcsc_handed_refuse_vfs(f);
	pcsc_evaluate(f, pdev);
	pcsc_claim_vfs(f, pdev);
}

/* True: look again. */
static bool look_at(struct pcsc_function *f, struct pci_dev *pdev)
{
	evaluate_late(f, pdev);
	if (f->walk_status == PCSC_WALK_READ)
		return pcsc_look_again(f);
	WRITE_ONCE(f->looked, 0);
	if (!f->vf)
		look_at_what_hangs_on(pdev);
	return true;
}

/* A sleeping function is not waited for: its next read brings us here again. */
bool pcsc_look_for_layout(struct pcsc_function *f)
{
	struct pci_dev *pdev = f->pdev;

	lockdep_assert_held(&pcsc_mutex);
	if (!pcsc_may_look_for_layout(f))
		return false;
	/* A walk beside a write does not count. */
	if (time_before(jiffies, READ_ONCE(f->quiet_until) + HZ) ||
	    pcsc_writes_now(f) < 0)
		return true;
	return pdev && is_awake(pdev) && look_at(f, pdev);
}

void pcsc_function_bind(struct pci_dev *pdev)
{
	struct pcsc_function *f = prepare_bind(pdev);

	if (!f)
		return;
	/* These are a thousand reads, so they are made without the mutex. */
	pcsc_populate(f, pdev);
	set_phase(f, pdev);
	smp_mb(); /* pairs with donors_are_untouched(): before its driver begins */
	up_read(&pcsc_alive);
}

void pcsc_function_unbound(struct pci_dev *pdev)
{
	struct pcsc_function *f = pcsc_function_of(pdev);

	lockdep_assert_held(&pcsc_mutex);
	if (!f || READ_ONCE(f->phase) != PCSC_PHASE_USER)
		return;
	WRITE_ONCE(f->phase, PCSC_PHASE_KERNEL);
	if (READ_ONCE(f->user_filled)) {
		WRITE_ONCE(f->user_filled, false);
		pcsc_line_empty(&f->line, false);
	}
}

void pcsc_functions_unhooked(void)
{
	struct pcsc_function *f;
	u32 i;

	lockdep_assert_held(&pcsc_mutex);
	for (i = 0; i < pcsc_pool_used(); i++) {
		f = pcsc_pool_at(i);
		/* Have the next VFs' map made anew, without evidence. */
		WRITE_ONCE(f->vf_map, NULL);
		pcsc_siblings_drop(f);
		pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_RESET);
		pcsc_line_empty(&f->line, false);
	}
}

static void add_all(bool vfs)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev)
		if (pdev->is_virtfn == vfs)
			pcsc_function_add(pdev);
}

/*
 * Set the phases of all VFs before the first one is added, since that one opens
 * the lines of them all: what is kept of a VF that user space has must be
 * marked so.
 */
static void set_phases(void)
{
	struct pci_dev *pdev = NULL;
	struct pcsc_function *f;

	for_each_pci_dev(pdev) {
		f = pcsc_function_of(pdev);
		if (f)
			set_phase(f, pdev);
	}
}

/* Add PFs first, since their VFs refer to them. */
void pcsc_functions_find(void)
{
	lockdep_assert_held(&pcsc_mutex);
	add_all(false);
	set_phases();
	add_all(true);
	pcsc_handed_refuse_absent();
}
