// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brackets around what is no config write: resets by firmware or by a method of the device,
 * recovery, power transitions (hooks.c), and the sleep of the host.
 */
#include <linux/jiffies.h>
#include <linux/lockdep.h>

#include "bracket.h"
#include "find.h"
#include "hold.h"
#include "state.h"
#include "work.h"

void pcsc_bracket_open(struct pcsc_function *f)
{
	/* pcsc_bracket_left_open() may ask since when as soon as it counts as open. */
	if (!atomic_read(&f->hooked))
		WRITE_ONCE(f->opened, jiffies);
	if (atomic_inc_return(&f->hooked) == 1)
		pcsc_bracket_reset(f);
	pcsc_hold_tell();
	pcsc_line_bypass(&f->line, PCSC_BYPASS_RESET, 0);
	pcsc_each_hanging_on(f, pcsc_visit_open, NULL);
	/* The work reports the bracket if it is left open. */
	pcsc_work_later();
}

void pcsc_bracket_close(struct pcsc_function *f, bool lost)
{
	struct pcsc_cover cover = { .domain = f->domain };
	bool keeps;

	if (lost)
		WRITE_ONCE(f->lost, true);
	/*
	 * Positive: another bracket is still open. Negative: the reset began
	 * before we could see it, so there is no bracket to close.
	 */
	if (atomic_dec_if_positive(&f->hooked))
		return;
	WRITE_ONCE(f->left_open, false);
	lost = xchg(&f->lost, false);
	/* Nothing is lost if the hook was around a power step. */
	keeps = pcsc_hold_keeps(f, lost ? 0 : PCSC_SURVIVES_D3HOT);
	pcsc_hold_end(f, 0, PCSC_BYPASS_RESET, &cover, keeps && !lost);
	pcsc_each_hanging_on(f, pcsc_visit_close, &cover);
}

/* pci_dev_wait() gives up after 60 s. */
#define LONGEST_BRACKET (120 * HZ)

bool pcsc_bracket_left_open(struct pcsc_function *f)
{
	if (!atomic_read(&f->hooked) || READ_ONCE(f->left_open))
		return false;
	smp_rmb(); /* pcsc_bracket_open() writes it before it counts. */
	if (time_before(jiffies, READ_ONCE(f->opened) + LONGEST_BRACKET))
		return false;
	WRITE_ONCE(f->left_open, true);
	return true;
}

void pcsc_brackets_suspend(void)
{
	u32 i;

	lockdep_assert_held(&pcsc_mutex);
	for (i = 0; i < pcsc_pool_used(); i++)
		pcsc_line_bypass(&pcsc_pool_at(i)->line, PCSC_BYPASS_SUSPEND,
				 0);
}

void pcsc_brackets_resume(void)
{
	struct pcsc_function *f;
	u32 i;

	lockdep_assert_held(&pcsc_mutex);
	/*
	 * Resume all, since a function that came meanwhile may have slept too.
	 */
	for (i = 0; i < pcsc_pool_used(); i++) {
		f = pcsc_pool_at(i);
		pcsc_hold_end(f, 0, PCSC_BYPASS_SUSPEND, NULL, false);
	}
}
