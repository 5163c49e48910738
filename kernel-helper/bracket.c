// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brackets around resets. Most open with a config write, before it reaches
 * hardware; some of these close by another write, once that has reached it.
 * hooks.c opens and closes those that are no write. After each the function is
 * pending: hardware answers until it has shown its identity again.
 */
#include <linux/jiffies.h>
#include <linux/lockdep.h>

#include "acknowledge.h"
#include "bracket.h"
#include "find.h"
#include "follow.h"
#include "hold.h"
#include "siblings.h"
#include "state.h"
#include "stats.h"
#include "work.h"

#define QUIET_POWER_MS 10 /* PCI-PM 5.4, D3hot to D0 */
#define QUIET_BIST_MS 2000

void pcsc_bracket_reset(const struct pcsc_function *f)
{
	pcsc_count(READ_ONCE(f->phase), PCSC_N_RESET);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_INVALIDATION);
}

/* VF Enable is set, so VFs that the kernel has kept as devices are back. */
static void visit_enabled(struct pcsc_function *f, void *cover)
{
	const bool device = READ_ONCE(f->phase) >= PCSC_PHASE_KERNEL;

	pcsc_hold_end(f, PCSC_QUIET_MS,
		      PCSC_BYPASS_ABOVE | (device ? PCSC_BYPASS_GONE : 0),
		      cover, false);
}

/* Keep demotions: the same VF may come back. */
static void visit_gone(struct pcsc_function *f, void *unused)
{
	pcsc_line_lose(&f->line, PCSC_BYPASS_GONE | PCSC_BYPASS_PENDING);
	/* The next one is a new one, unless user space still has a hold of it. */
	if (READ_ONCE(f->phase) != PCSC_PHASE_USER) {
		WRITE_ONCE(f->touched, false);
		WRITE_ONCE(f->tainted, false);
	}
}

static void visit_reset(struct pcsc_function *f, void *unused)
{
	pcsc_hold_lose(f, PCSC_QUIET_MS, 0);
}

static void visit_emptied(struct pcsc_function *f, void *unused)
{
	/* The identity of what is no VF does not show what such a write has changed. */
	if (READ_ONCE(f->vf) && pcsc_hold_waits(f))
		return;
	/* As in pcsc_hold_lose(). */
	WRITE_ONCE(f->handed_vfs, 0);
	pcsc_line_lose(&f->line, 0);
}

static void visit_moved(struct pcsc_function *f, void *unused)
{
	pcsc_line_bypass(&f->line, PCSC_BYPASS_MOVED, 0);
	pcsc_line_empty(&f->line, true);
}

static bool open_below(struct pcsc_function *f, u8 which)
{
	const bool was_open = atomic_fetch_or(which, &f->open) & which;

	pcsc_hold_tell();
	pcsc_each_below(f, pcsc_visit_open, NULL);
	if (was_open)
		return false;
	/*
	 * The port's own registers may show what is plugged in, or the state of
	 * the link, so they are lost as well.
	 */
	pcsc_line_lose(&f->line, 0);
	return true;
}

static void close_below(struct pcsc_function *f, u8 which)
{
	struct pcsc_cover cover = { .domain = f->domain };

	if (!(atomic_fetch_andnot(which, &f->open) & which))
		return;
	pcsc_line_lose(&f->line, 0);
	pcsc_each_below(f, pcsc_visit_close, &cover);
}

/*
 * PCIe 6.6.2: a PF's reset clears its VF Enable as well. @which: as for
 * pcsc_hold_keeps().
 */
static void reset(struct pcsc_function *f, unsigned int quiet_ms, u8 which)
{
	if (READ_ONCE(f->vf_count)) {
		atomic_or(PCSC_OPEN_VFS, &f->open);
		pcsc_hold_tell();
	}
	if (pcsc_hold_keeps(f, which))
		pcsc_hold_end(f, quiet_ms, 0, NULL, true);
	else
		pcsc_hold_lose(f, quiet_ms, 0);
	pcsc_each_below(f, visit_reset, NULL);
	pcsc_each_vf(f, pcsc_visit_open, NULL);
}

/*
 * Is this a VF whose own reset was just written? It may be silent then (6.6.2).
 */
static bool need_not_answer(const struct pcsc_function *f)
{
	return READ_ONCE(f->vf) &&
	       pcsc_bracket_reasons(f) == PCSC_BYPASS_PENDING &&
	       time_before(jiffies, READ_ONCE(f->quiet_until) + HZ);
}

/*
 * Hardware has answered all-ones, or "ask again", where a function that is
 * there cannot, so it is gone or inside a reset of its own, and nobody knows
 * since when.
 */
void pcsc_bracket_absent(struct pcsc_function *f)
{
	/*
	 * A port is not skipped: what is below it may have shown itself, and
	 * been read, since it was found absent.
	 */
	if ((pcsc_line_bypassed(&f->line) & PCSC_BYPASS_ABSENT &&
	     !READ_ONCE(f->secondary)) ||
	    pcsc_hold_waits(f))
		return;
	pcsc_count(READ_ONCE(f->phase), PCSC_N_INVALIDATION);
	/* As a PF: its VFs are not what they have shown to be. */
	pcsc_siblings_drop(f);
	/*
	 * Lose these first: another reader that finds the function absent
	 * already returns at once, and must not find old values below it.
	 */
	pcsc_each_hanging_on(f, pcsc_visit_lost, NULL);
	if (need_not_answer(f)) {
		pcsc_hold_quiet(f, 0);
		pcsc_line_bypass(&f->line,
				 PCSC_BYPASS_PENDING | PCSC_BYPASS_ABSENT, 0);
	} else {
		/* Its siblings have not been away, so they do not speak for it. */
		if (READ_ONCE(f->vf))
			pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_RESET);
		pcsc_hold_lose(f, 0, PCSC_BYPASS_ABSENT);
	}
}

/*
 * Such a write may change anything, so the function, its VFs and all below it
 * begin empty.
 */
void pcsc_bracket_opaque_write(struct pcsc_function *f)
{
	visit_emptied(f, NULL);
	pcsc_each_hanging_on(f, visit_emptied, NULL);
}

static bool has_moved_on(const struct pcsc_function *f,
			 const struct pcsc_ticket *ticket)
{
	return pcsc_load_acquire(&f->line.cells->state) >>
		       PCSC_STATE_GEN_SHIFT !=
	       ticket->generation;
}

bool pcsc_bracket_vfs_there(struct pcsc_function *pf,
			    const struct pcsc_ticket *ticket)
{
	struct pcsc_cover cover = { .domain = pf->domain };

	if (has_moved_on(pf, ticket))
		return false;
	pcsc_each_vf(pf, pcsc_visit_close, &cover);
	return true;
}

/*
 * A link was down, so all below has been reset, or is gone (PCIe 6.6.1). The
 * port's own bytes may follow what is plugged in, as the AtomicOp bits of an
 * emulated root port do, so they are lost too.
 */
static void lose_below(struct pcsc_function *f, pcsc_visit visit)
{
	pcsc_line_lose(&f->line, 0);
	pcsc_each_hanging_on(f, visit, NULL);
	pcsc_work_later();
}

/*
 * Nothing below a port that is not in D0 answers, so all that hangs on the
 * function is held.
 */
static void power_off(struct pcsc_function *f)
{
	atomic_or(PCSC_OPEN_POWER, &f->open);
	pcsc_hold_tell();
	pcsc_line_bypass(&f->line, PCSC_BYPASS_POWER, 0);
	pcsc_each_hanging_on(f, pcsc_visit_open, NULL);
}

static void power_on(struct pcsc_function *f)
{
	struct pcsc_cover cover = { .domain = f->domain };

	if (!(atomic_fetch_andnot(PCSC_OPEN_POWER | PCSC_OPEN_PERHAPS,
				  &f->open) &
	      (PCSC_OPEN_POWER | PCSC_OPEN_PERHAPS)))
		return;
	pcsc_bracket_reset(f);
	/* Without No_Soft_Reset a PF's VFs are gone now (PCIe 5.3.1.4.1). */
	if (READ_ONCE(f->vf_count))
		atomic_or(PCSC_OPEN_VFS, &f->open);
	pcsc_hold_end(f, QUIET_POWER_MS, PCSC_BYPASS_POWER, &cover,
		      pcsc_hold_keeps(f, PCSC_SURVIVES_D3HOT));
	pcsc_each_hanging_on(f, pcsc_visit_close, &cover);
}

void pcsc_bracket_power(struct pcsc_function *f, bool on)
{
	if (on)
		power_on(f);
	else
		power_off(f);
}

void pcsc_bracket_vfs_enabled(struct pcsc_function *pf)
{
	struct pcsc_cover cover = { .domain = pf->domain };

	pcsc_each_vf(pf, visit_enabled, &cover);
}

void pcsc_bracket_vf_created(struct pcsc_function *vf)
{
	WRITE_ONCE(vf->quiet_until,
		   jiffies + PCSC_QUIET_MS * HZ / MSEC_PER_SEC);
}

static void reset_each(struct pcsc_function *f, void *unused)
{
	reset(f, PCSC_QUIET_MS, 0);
}

/* Beside PCSC_MEANS_*: the write opened a bracket that was not open before. */
#define OPENED BIT(31)
#define RENUMBERED BIT(30) /* a bridge's bus numbers: see renumber() */

/*
 * The bus numbers mean other functions before and after the write. Those on buses that were
 * behind the bridge, and still are, have not moved: the kernel first gives a bridge all
 * numbers that there are, and takes back what it has not needed (pci_scan_bridge_extend()).
 */
static void visit_renumbered(struct pcsc_function *f, bool alone)
{
	const u8 was_first = READ_ONCE(f->was_secondary);
	const u8 was_last = READ_ONCE(f->was_subordinate);
	const u8 first = READ_ONCE(f->secondary);
	const u8 last = READ_ONCE(f->subordinate);

	if (alone && first == was_first && first) {
		pcsc_each_on_buses(f->domain, min(last, was_last) + 1,
				   max(last, was_last), visit_moved, NULL);
		return;
	}
	pcsc_each_on_buses(f->domain, was_first, was_last, visit_moved, NULL);
	pcsc_each_below(f, visit_moved, NULL);
}

static u32 renumber(struct pcsc_function *f, u16 where, u8 size, u32 value)
{
	const u8 first = READ_ONCE(f->secondary);
	const u8 last = READ_ONCE(f->subordinate);
	u8 secondary = first, subordinate = last;

	pcsc_meaning_of_buses(where, size, value, &secondary, &subordinate);
	if (secondary == first && subordinate == last)
		return 0;
	WRITE_ONCE(f->was_secondary, first);
	WRITE_ONCE(f->was_subordinate, last);
	WRITE_ONCE(f->secondary, secondary);
	WRITE_ONCE(f->subordinate, subordinate);
	visit_renumbered(f, true);
	return RENUMBERED;
}

static bool begin(struct pcsc_function *f, u32 means)
{
	bool opened = false;
	u8 which;

	for (which = PCSC_OPEN_SBR; which < PCSC_OPEN_POWER; which <<= 1)
		if (means & PCSC_MEANS_OPEN(which))
			opened |= open_below(f, which);
	if (means & PCSC_MEANS_OPEN(PCSC_OPEN_POWER))
		power_off(f);
	if (means & (PCSC_MEANS_VFS | PCSC_MEANS_NO_VFS))
		atomic_andnot(PCSC_OPEN_VFS, &f->open);
	/* Set once more, it creates no VFs: those of before are still there. */
	if (means & PCSC_MEANS_VFS && READ_ONCE(f->vfs) == PCSC_VFS_NONE)
		WRITE_ONCE(f->vfs, PCSC_VFS_CREATED);
	if (means & PCSC_MEANS_NO_VFS) {
		WRITE_ONCE(f->vfs, PCSC_VFS_NONE);
		pcsc_each_vf(f, visit_gone, NULL);
	}
	return opened;
}

/*
 * These are done both before the write and after it, since the writer may be
 * stopped in between for so long that others read old values again.
 */
static void happen(struct pcsc_function *f, u32 means)
{
	if (means & PCSC_MEANS_RESET)
		reset(f, PCSC_QUIET_MS, PCSC_SURVIVES_FLR);
	if (means & PCSC_MEANS_BIST)
		reset(f, QUIET_BIST_MS, 0);
	if (means & PCSC_MEANS_RESET_ALL)
		pcsc_each_of_device(f, reset_each, NULL);
}

u32 pcsc_bracket_write_again(struct pcsc_function *f, u16 where, u8 size,
			     u32 value)
{
	const struct pcsc_map *map = READ_ONCE(f->line.map);
	const bool of_buses = map &&
			      map->header_type == PCI_HEADER_TYPE_BRIDGE &&
			      where < PCI_SEC_LATENCY_TIMER &&
			      where + size > PCI_SECONDARY_BUS;

	/* They are known to have these numbers since before the write. */
	return pcsc_bracket_write(f, NULL, where, size, value) |
	       (of_buses ? RENUMBERED : 0);
}

u32 pcsc_bracket_write(struct pcsc_function *f, struct pci_bus *bus, u16 where,
		       u8 size, u32 value)
{
	const struct pcsc_map *map = READ_ONCE(f->line.map);
	u32 means;

	if (!map)
		return 0;
	means = pcsc_meaning_less_unset(f, map, bus, where, size, value);
	if (map->header_type == PCI_HEADER_TYPE_BRIDGE)
		means |= renumber(f, where, size, value);
	if (!means)
		return 0;
	if (begin(f, means))
		means |= OPENED;
	happen(f, means);
	if (means & PCSC_MEANS_LOSE)
		lose_below(f, pcsc_visit_lost);
	return means;
}

#define COUNTED                                                               \
	(OPENED | PCSC_MEANS_RESET | PCSC_MEANS_BIST | PCSC_MEANS_RESET_ALL | \
	 PCSC_MEANS_LOSE)

void pcsc_bracket_count(const struct pcsc_function *f, u32 means)
{
	if (means & COUNTED)
		pcsc_bracket_reset(f);
}

void pcsc_bracket_over(struct pcsc_function *f, u32 which)
{
	u8 one;

	for (one = PCSC_OPEN_SBR; one < PCSC_OPEN_POWER; one <<= 1)
		if (which & one)
			close_below(f, one);
	if (which & PCSC_OPEN_POWER)
		power_on(f);
}

/*
 * Another write was under way as well, one of the two opens and one closes, and nobody knows
 * which of them reached hardware last: hold it until hardware was asked. Until then the next
 * write of D0 may be its way back from D3hot.
 */
static void reopen(struct pcsc_function *f, u32 which)
{
	if (which & PCSC_OPEN_POWER)
		atomic_or(PCSC_OPEN_PERHAPS, &f->open);
	pcsc_bracket_held(f, which & ~PCSC_OPEN_POWER);
	pcsc_follow_again(f);
}

/* VF Enable was cleared; another write may have set it meanwhile, so its PF is asked. */
static void vfs_disabled(struct pcsc_function *f)
{
	if (READ_ONCE(f->vfs) == PCSC_VFS_NONE) {
		pcsc_each_vf(f, visit_gone, NULL);
		return;
	}
	atomic_or(PCSC_OPEN_VFS, &f->open);
	pcsc_hold_tell();
	pcsc_each_vf(f, pcsc_visit_open, NULL);
	pcsc_work_later();
}

/* What this write has opened and another has closed, or the other way round. */
static u32 in_doubt(const struct pcsc_function *f, u32 means, bool alone)
{
	const u32 open = atomic_read(&f->open);
	const u32 opened = means >> PCSC_MEANS_OPEN_SHIFT & PCSC_MEANS_CLOSE;

	return (opened & ~open) | (alone ? 0 : means & PCSC_MEANS_CLOSE & open);
}

void pcsc_bracket_written(struct pcsc_function *f, u32 means, bool alone)
{
	const u32 doubt = in_doubt(f, means, alone);

	if (!means)
		return;
	happen(f, means);
	if (means & RENUMBERED)
		visit_renumbered(f, alone);
	if (means & PCSC_MEANS_NO_VFS)
		vfs_disabled(f);
	/* Another write may have switched forwarding on since this one has looked. */
	if (means & PCSC_MEANS_LOSE)
		lose_below(f, pcsc_visit_lost_again);
	else if (means & PCSC_MEANS_NO_FORWARDING && !alone)
		lose_below(f, pcsc_visit_lost);
	if (means & OPENED)
		pcsc_line_lose(&f->line, 0);
	pcsc_bracket_over(f, means & PCSC_MEANS_CLOSE);
	if (doubt)
		reopen(f, doubt);
}

void pcsc_bracket_begun(struct pcsc_function *f, u32 which)
{
	if (which & PCSC_OPEN_POWER)
		power_off(f);
	if (!(which & ~PCSC_OPEN_POWER))
		return;
	atomic_or(which, &f->open);
	pcsc_hold_tell();
	pcsc_each_below(f, pcsc_visit_open, NULL);
}

void pcsc_bracket_held(struct pcsc_function *f, u32 which)
{
	if (!which)
		return;
	atomic_or(which, &f->open);
	pcsc_hold_tell();
	pcsc_each_below(f, pcsc_visit_hold, NULL);
}

void pcsc_bracket_not_asleep(struct pcsc_function *f)
{
	atomic_or(PCSC_OPEN_PERHAPS, &f->open);
	atomic_andnot(PCSC_OPEN_POWER, &f->open);
	pcsc_line_bypass(&f->line, PCSC_BYPASS_PENDING, PCSC_BYPASS_POWER);
}

u32 pcsc_bracket_reasons(const struct pcsc_function *f)
{
	return pcsc_line_bypassed(&f->line) &
	       ~(PCSC_BYPASS_LAYOUT | PCSC_BYPASS_QUARANTINE |
		 PCSC_BYPASS_DISABLED | PCSC_BYPASS_ABSENT);
}
