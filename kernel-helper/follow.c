// SPDX-License-Identifier: GPL-2.0-only
/*
 * What hangs on a function whose writes cannot be followed, since nobody knows where its
 * registers are: its VFs, or all below it.
 */
#include "follow.h"
#include "hold.h"
#include "work.h"

/*
 * A bracket that opens meanwhile sets the count to 0, so the look is not
 * counted.
 */
bool pcsc_look_again(struct pcsc_function *f)
{
	const u8 looked = READ_ONCE(f->looked);

	if (looked >= PCSC_MAX_LOOKS)
		return false;
	return cmpxchg(&f->looked, looked, looked + 1) != looked ||
	       looked + 1 < PCSC_MAX_LOOKS;
}

/*
 * A function of the last kernel's that has not come back is left alone, to keep its seal:
 * when it does it asks what holds it.
 */
static void visit_paused(struct pcsc_function *f, void *unused)
{
	const u32 gone = PCSC_BYPASS_HANDED | PCSC_BYPASS_GONE;

	if ((pcsc_line_bypassed(&f->line) & gone) != gone)
		pcsc_visit_hold(f, NULL);
}

void pcsc_follow_pause(struct pcsc_function *f)
{
	pcsc_hold_tell();
	pcsc_each_hanging_on(f, visit_paused, NULL);
}

/*
 * The function's layout is not the one by which its writes were followed, so
 * nobody knows where its resets are written: all that hangs on it is bypassed until
 * it has been walked again.
 */
void pcsc_follow_lost(struct pcsc_function *f)
{
	pcsc_hold_tell();
	/* Nothing was reset, so brackets of ports below stay open. */
	pcsc_each_hanging_on(f, pcsc_visit_hold, NULL);
	/* If it was looked at too often, its next bracket has it walked. */
	WRITE_ONCE(f->walk_status, PCSC_WALK_READ);
	if (pcsc_look_again(f))
		pcsc_work_later();
}

void pcsc_follow_again(struct pcsc_function *f)
{
	WRITE_ONCE(f->walk_status, PCSC_WALK_READ);
	WRITE_ONCE(f->looked, 0);
	pcsc_follow_pause(f);
	pcsc_line_lose(&f->line, PCSC_BYPASS_EVALUATING | PCSC_BYPASS_PENDING);
	pcsc_work_later();
}

/* A line of the handover that nothing holds is left alone, to keep its seal. */
static void visit_resumed(struct pcsc_function *f, void *cover)
{
	const u32 why = pcsc_line_bypassed(&f->line);

	if (!(why & PCSC_BYPASS_HANDED) || why & PCSC_BYPASS_ABOVE)
		pcsc_visit_close(f, cover);
}

void pcsc_follow_resume(struct pcsc_function *f)
{
	struct pcsc_cover cover = { .domain = f->domain };

	pcsc_each_hanging_on(f, visit_resumed, &cover);
}
