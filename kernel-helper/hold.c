// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which brackets hold a function, and how its line is lost while they do. Any
 * context.
 */
#include <linux/jiffies.h>
#include <linux/pci.h>

#include "find.h"
#include "hold.h"
#include "work.h"

/* Brackets of this function that hold what is below it, or its VFs. */
#define HOLDS_BELOW \
	(PCSC_OPEN_SBR | PCSC_OPEN_LINK | PCSC_OPEN_SLOT | PCSC_OPEN_POWER)
#define HOLDS_VFS (PCSC_OPEN_POWER | PCSC_OPEN_VFS)

static bool holds(const struct pcsc_function *f, int which)
{
	/*
	 * Writes to a function of another or unknown layout cannot be followed,
	 * so it holds what hangs on it.
	 */
	return atomic_read(&f->hooked) > 0 || atomic_read(&f->open) & which ||
	       READ_ONCE(f->walk_status) != PCSC_WALK_OK ||
	       !READ_ONCE(f->line.map) ||
	       pcsc_line_bypassed(&f->line) & PCSC_BYPASS_LAYOUT;
}

/*
 * Counted by pcsc_hold_tell() as a bracket opens, before any line is moved on.
 */
static atomic_t openings = ATOMIC_INIT(0);

static void look_at_bridges(struct pcsc_cover *cover)
{
	const struct pcsc_function *f;
	u8 first, last;

	bitmap_zero(cover->held, 256);
	for (f = pcsc_bridges(); f; f = f->next_bridge) {
		/* Read each once: bus numbers may be written meanwhile. */
		first = READ_ONCE(f->secondary);
		last = READ_ONCE(f->subordinate);
		if (first && last >= first && f->domain == cover->domain &&
		    holds(f, HOLDS_BELOW))
			bitmap_set(cover->held, first, last - first + 1);
	}
}

struct held {
	const struct pcsc_function *f;
	struct pcsc_cover *cover;
};

static bool is_held_from_above(const struct held *held)
{
	const struct pcsc_function *pf =
		READ_ONCE(held->f->vf) ? READ_ONCE(held->f->pf) : NULL;
	struct pcsc_cover *cover = held->cover;
	const int now = atomic_read(&openings);

	if (!cover->looked_at || cover->openings != now) {
		cover->looked_at = true;
		cover->openings = now;
		smp_rmb(); /* brackets counted so far are visible from here */
		look_at_bridges(cover);
	}
	return test_bit(held->f->bus, cover->held) ||
	       (pf && holds(pf, HOLDS_VFS));
}

/* Why brackets that are still open, its own or from above, hold a function. */
static u32 held_for(const void *of)
{
	const struct held *held = of;
	u32 reasons = 0;

	if (atomic_read(&held->f->hooked) > 0)
		reasons |= PCSC_BYPASS_RESET;
	if (atomic_read(&held->f->open) & PCSC_OPEN_POWER)
		reasons |= PCSC_BYPASS_POWER;
	if (is_held_from_above(held))
		reasons |= PCSC_BYPASS_ABOVE;
	return reasons;
}

static void hush(struct pcsc_function *f, unsigned int quiet_ms)
{
	/*
	 * Rounded down, so that an access made exactly after the required delay
	 * is not refused.
	 */
	const unsigned long until = jiffies + quiet_ms * HZ / MSEC_PER_SEC;

	if (time_after(until, READ_ONCE(f->quiet_until)))
		WRITE_ONCE(f->quiet_until, until);
	WRITE_ONCE(f->looked, 0);
}

/* Believe no identity for so long, and have the work look for it then. */
static void be_quiet(struct pcsc_function *f, unsigned int quiet_ms)
{
	hush(f, quiet_ms);
	/*
	 * A VF's header is read by others soon enough; the IDs of other
	 * functions perhaps never.
	 */
	if (!READ_ONCE(f->vf))
		pcsc_work_later();
}

/*
 * A VF of the last kernel's does not exist before its PF brings it back, and its PF's
 * state is looked at then; another function has not been seen before its first access,
 * which looks for open brackets, and then who it is. Its line is left alone, since any
 * change would break its seal. Any other reason shows that it is broken already.
 */
static bool waits(const struct pcsc_function *f)
{
	return (READ_ONCE(f->vf) || READ_ONCE(f->early) == PCSC_EARLY_WAITS) &&
	       pcsc_line_bypassed(&f->line) ==
		       (PCSC_BYPASS_HANDED | PCSC_BYPASS_GONE);
}

static void forget_user_and_vfs(struct pcsc_function *f)
{
	WRITE_ONCE(f->user_filled, false);
	/* The VFs that come back now are not those handed over. */
	WRITE_ONCE(f->handed_vfs, 0);
}

/* An event that values are not known to survive begins, or has happened. */
static void lose(struct pcsc_function *f, unsigned int quiet_ms, u32 set)
{
	if (waits(f))
		return;
	forget_user_and_vfs(f);
	be_quiet(f, quiet_ms);
	pcsc_line_lose(&f->line, PCSC_BYPASS_PENDING | set);
}

void pcsc_hold_quiet(struct pcsc_function *f, unsigned int quiet_ms)
{
	be_quiet(f, quiet_ms);
}

bool pcsc_hold_waits(const struct pcsc_function *f)
{
	return waits(f);
}

void pcsc_hold_lose(struct pcsc_function *f, unsigned int quiet_ms, u32 set)
{
	/* A reset may take effect after its write: until then no identity is believed. */
	if (waits(f))
		hush(f, quiet_ms);
	lose(f, quiet_ms, set);
}

void pcsc_hold_end(struct pcsc_function *f, unsigned int quiet_ms, u32 clear,
		   struct pcsc_cover *cover, bool keep)
{
	struct pcsc_cover own = { .domain = f->domain };
	const struct held held = { f, cover ?: &own };
	const struct pcsc_holds holds = { held_for, &held };

	if (waits(f))
		return;
	if (!keep)
		WRITE_ONCE(f->handed_vfs, 0);
	be_quiet(f, quiet_ms);
	pcsc_line_end(&f->line, clear, &holds, keep);
}

bool pcsc_hold_is_held(const struct pcsc_function *f)
{
	struct pcsc_cover cover = { .domain = f->domain };
	const struct held held = { f, &cover };

	return held_for(&held);
}

void pcsc_hold_join(struct pcsc_function *f)
{
	struct pcsc_cover cover = { .domain = f->domain };
	const struct held held = { f, &cover };
	const u32 reasons = held_for(&held);

	if (!reasons)
		return;
	pcsc_line_lose(&f->line, PCSC_BYPASS_PENDING | reasons);
	/*
	 * A bracket that has ended meanwhile may not have seen this function,
	 * so ask again what holds it.
	 */
	pcsc_hold_end(f, 0, reasons, NULL, false);
}

/*
 * A VF's values are set by its PF's firmware, so its own reset or power step
 * does not change them, and what guards cover stays. But evidence that was
 * filled while user space could change the device behind us may be user space's
 * doing. And evidence is what was observed: if such a reset never was, siblings
 * that had none do not speak for this VF either, so it is not refilled.
 */
bool pcsc_hold_keeps(struct pcsc_function *f, u8 reset)
{
	const struct pcsc_map *map = pcsc_load_acquire(&f->line.map);

	if (!READ_ONCE(f->vf))
		return false;
	if (map && !(map->survives & reset))
		pcsc_line_drop_evidence(&f->line, PCSC_DROPPED_RESET);
	return !xchg(&f->user_filled, false);
}

void pcsc_each_on_buses(u32 domain, unsigned int first, unsigned int last,
			pcsc_visit visit, void *arg)
{
	const struct pcsc_bus *b;
	struct pcsc_function *f;
	unsigned int bus, devfn;

	if (!first)
		return;
	for (bus = first; bus <= last; bus++) {
		b = pcsc_find_bus(domain, bus);
		for (devfn = 0; b && devfn < 256; devfn++) {
			f = READ_ONCE(b->function[devfn]);
			if (f)
				visit(f, arg);
		}
	}
}

void pcsc_each_below(const struct pcsc_function *bridge, pcsc_visit visit,
		     void *arg)
{
	pcsc_each_on_buses(bridge->domain, READ_ONCE(bridge->secondary),
			   READ_ONCE(bridge->subordinate), visit, arg);
}

void pcsc_each_vf(const struct pcsc_function *pf, pcsc_visit visit, void *arg)
{
	unsigned int count = READ_ONCE(pf->vf_count);
	struct pcsc_function *f;
	unsigned int rid, stride;

	smp_rmb(); /* read_vfs() writes the count last */
	rid = READ_ONCE(pf->vf_first);
	stride = READ_ONCE(pf->vf_stride);
	for (; count--; rid += stride) {
		f = pcsc_find(pf->domain, (rid >> 8) & 0xff, rid & 0xff);
		if (f && READ_ONCE(f->pf) == pf)
			visit(f, arg);
	}
}

void pcsc_visit_hold(struct pcsc_function *f, void *unused)
{
	if (READ_ONCE(f->vf_count))
		atomic_or(PCSC_OPEN_VFS, &f->open);
	lose(f, PCSC_QUIET_MS, PCSC_BYPASS_ABOVE);
}

/*
 * A reset from above also ends a lower port's own bus reset, link disable and
 * slot power off, and clears a PF's VF Enable.
 */
void pcsc_visit_open(struct pcsc_function *f, void *unused)
{
	atomic_andnot(PCSC_OPEN_SBR | PCSC_OPEN_LINK | PCSC_OPEN_SLOT,
		      &f->open);
	pcsc_visit_hold(f, NULL);
}

void pcsc_visit_close(struct pcsc_function *f, void *cover)
{
	pcsc_hold_end(f, PCSC_QUIET_MS, PCSC_BYPASS_ABOVE, cover, false);
}

void pcsc_visit_lost(struct pcsc_function *f, void *unused)
{
	if (waits(f))
		return;
	forget_user_and_vfs(f);
	hush(f, 0);
	pcsc_line_lose(&f->line, PCSC_BYPASS_PENDING);
}

/* All that hangs on a function: what is below it, and its VFs. */
void pcsc_each_hanging_on(const struct pcsc_function *f, pcsc_visit visit,
			  void *arg)
{
	pcsc_each_below(f, visit, arg);
	pcsc_each_vf(f, visit, arg);
}

/* To be called after a bracket was opened, before any line is moved on. */
void pcsc_hold_tell(void)
{
	atomic_inc(&openings);
	/* Pairs with is_held_from_above(): lines are moved on after the count. */
	smp_mb__after_atomic();
}

/* pcsc_visit_lost() has done the rest, unless the function waited still to be adopted. */
void pcsc_visit_lost_again(struct pcsc_function *f, void *unused)
{
	if (waits(f))
		return;
	WRITE_ONCE(f->handed_vfs, 0);
	pcsc_line_lose(&f->line, PCSC_BYPASS_PENDING);
}
