// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work done in the background: look for identities, for VFs that a reset may
 * have left, and for layouts that could not be read; pass mismatches on to the other
 * functions of the model; report brackets that stay open.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/lockdep.h>
#include <linux/pci.h>
#include <linux/sched.h>

#include "background.h"
#include "bracket.h"
#include "events.h"
#include "find.h"
#include "function.h"
#include "populate.h"
#include "state.h"
#include "verify.h"

static bool look_for_identity(struct pcsc_function *f)
{
	struct pci_dev *pdev = f->pdev;

	if (f->vf || pcsc_bracket_reasons(f) != PCSC_BYPASS_PENDING)
		return false;
	if (time_before(jiffies, READ_ONCE(f->quiet_until) + HZ))
		return true;
	if (!pdev)
		return false;
	pcsc_read_identity(f, pdev);
	return pcsc_bracket_reasons(f) == PCSC_BYPASS_PENDING &&
	       pcsc_look_again(f);
}

/* Read whether VF Enable is set. False: hardware did not say. */
static bool read_vf_enable(struct pcsc_function *pf, bool *enabled)
{
	const u16 where = pf->line.map->sriov + PCI_SRIOV_CTRL;
	struct pci_dev *pdev = pf->pdev;
	u32 value;
	int ret;

	if (!pdev)
		return false;
	ret = pcsc_background_read(pf, pdev, where, 2, &value, PCSC_N_IDENTITY);
	if (ret || value == 0xffff)
		return false;
	*enabled = value & PCI_SRIOV_CTRL_VFE;
	return true;
}

static bool look_for_vfs(struct pcsc_function *f)
{
	struct pcsc_ticket ticket;
	bool enabled;
	u32 unused;

	/*
	 * While the function is bypassed its VFs are not looked for:
	 * pcsc_identity_seen() asks for the work again.
	 */
	if (!(atomic_read(&f->open) & PCSC_OPEN_VFS) || !f->line.map ||
	    !f->line.map->sriov || pcsc_bracket_reasons(f))
		return false;
	if (time_before(jiffies, READ_ONCE(f->quiet_until) + HZ))
		return true;
	atomic_andnot(PCSC_OPEN_VFS, &f->open);
	pcsc_line_lookup(&f->line, PCI_HEADER_TYPE, 1, &unused, &ticket);
	if (!read_vf_enable(f, &enabled)) {
		atomic_or(PCSC_OPEN_VFS, &f->open);
		return pcsc_look_again(f);
	}
	if (!enabled || pcsc_bracket_vfs_there(f, &ticket))
		return false;
	/* What moved it on need not have been a reset, after which we are asked again. */
	atomic_or(PCSC_OPEN_VFS, &f->open);
	return true;
}

/* True while a hook's bracket is open. */
static bool bracket_is_open(struct pcsc_function *f)
{
	if (pcsc_bracket_left_open(f)) {
		pcsc_event_of(PCSC_EVENT_LEFT_OPEN, f, 0);
		pr_warn_ratelimited(
			"%04x:%02x:%02x.%u: a reset began more than 120 s ago and has not ended: the function is not served until it ends\n",
			f->domain, f->bus, PCI_SLOT(f->devfn),
			PCI_FUNC(f->devfn));
	}
	return atomic_read(&f->hooked);
}

static bool look_at(struct pcsc_function *f)
{
	bool again;

	again = look_for_identity(f);
	again |= look_for_vfs(f);
	again |= pcsc_look_for_layout(f);
	again |= bracket_is_open(f);
	return again;
}

/* To walk a thousand VFs takes longer than a kexec waits for the lock. */
#define LONGEST_RUN_NS (200 * NSEC_PER_MSEC)

enum pcsc_again pcsc_background_run(void)
{
	static u32 first; /* to be looked at */
	const u64 start = local_clock();
	const u32 used = pcsc_pool_used();
	bool again = false;
	u32 i;

	lockdep_assert_held(&pcsc_mutex);
	pcsc_mismatches_collect();
	pcsc_pool_tell();
	for (i = 0; i < used; i++) {
		if (pcsc_ns_since(start) > LONGEST_RUN_NS) {
			first += i;
			return PCSC_AGAIN_SOON;
		}
		again |= look_at(pcsc_pool_at((first + i) % used));
		cond_resched();
	}
	return again ? PCSC_AGAIN_LATER : PCSC_AGAIN_NOT;
}
