// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brackets around resets. Most open with a config write, before it reaches
 * hardware; some close by another write, once that has reached it; hooks.c opens and
 * closes those that are no write. All end in pending: hardware answers until the
 * function has shown its identity again.
 */
#include <linux/jiffies.h>

#include "bracket.h"
#include "find.h"
#include "stats.h"
#include "work.h"

/*
 * PCIe 6.6.1: 100 ms before a request may be sent. An identity seen earlier
 * may be from before the reset took hold.
 */
#define QUIET_MS 100
#define QUIET_POWER_MS 10 /* PCI-PM 5.4, D3hot to D0 */
#define QUIET_BIST_MS 2000

/* The byte that a write puts at @at, if it covers it. */
static bool covers(u16 where, u8 size, u32 value, u16 at, u8 *byte)
{
	if (at < where || at >= where + size)
		return false;
	*byte = value >> (8 * (at - where));
	return true;
}

static void reset_counted(const struct pcsc_function *f)
{
	pcsc_count(READ_ONCE(f->phase), PCSC_N_RESET);
	pcsc_count(READ_ONCE(f->phase), PCSC_N_INVALIDATION);
}

/* Brackets of this function that hold what is below it, or its VFs. */
#define HOLDS_BELOW \
	(PCSC_OPEN_SBR | PCSC_OPEN_LINK | PCSC_OPEN_SLOT | PCSC_OPEN_POWER)
#define HOLDS_VFS (PCSC_OPEN_POWER | PCSC_OPEN_VFS)

static bool holds(const struct pcsc_function *f, int which)
{
	/* One whose layout is another, or unknown, cannot be followed. */
	return atomic_read(&f->hooked) > 0 || atomic_read(&f->open) & which ||
	       READ_ONCE(f->walk_status) != PCSC_WALK_OK ||
	       !READ_ONCE(f->line.map) ||
	       pcsc_line_bypassed(&f->line) & PCSC_BYPASS_LAYOUT;
}

/* Counted by who opens a bracket, before it moves anybody's line on. */
static atomic_t openings = ATOMIC_INIT(0);

/* The buses of a domain that are below a bridge which holds them. */
struct cover {
	u32 domain;
	int openings; /* when it was looked at */
	bool looked_at;
	DECLARE_BITMAP(held, 256);
};

static void look_at_bridges(struct cover *cover)
{
	const struct pcsc_function *f;
	u8 first, last;
	u32 i;

	bitmap_zero(cover->held, 256);
	for (i = 0; i < pcsc_pool_used(); i++) {
		f = pcsc_pool_at(i);
		/* Once each: bus numbers may be written meanwhile. */
		first = READ_ONCE(f->secondary);
		last = READ_ONCE(f->subordinate);
		if (first && last >= first && f->domain == cover->domain &&
		    holds(f, HOLDS_BELOW))
			bitmap_set(cover->held, first, last - first + 1);
	}
}

struct held {
	const struct pcsc_function *f;
	struct cover *cover;
};

static bool is_held_from_above(const struct held *held)
{
	const struct pcsc_function *pf =
		READ_ONCE(held->f->vf) ? READ_ONCE(held->f->pf) : NULL;
	struct cover *cover = held->cover;
	const int now = atomic_read(&openings);

	if (!cover->looked_at || cover->openings != now) {
		cover->looked_at = true;
		cover->openings = now;
		smp_rmb(); /* what was counted can be seen */
		look_at_bridges(cover);
	}
	return test_bit(held->f->bus, cover->held) ||
	       (pf && holds(pf, HOLDS_VFS));
}

/* Why others, or other brackets of its own, still hold a function. */
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

/* No identity is believed for so long; and somebody has to look for it. */
static void be_quiet(struct pcsc_function *f, unsigned int quiet_ms)
{
	/* Rounded down: who waits as long as the specification asks is heard. */
	const unsigned long until = jiffies + quiet_ms * HZ / MSEC_PER_SEC;

	if (time_after(until, READ_ONCE(f->quiet_until)))
		WRITE_ONCE(f->quiet_until, until);
	WRITE_ONCE(f->looked, 0);
	/* Others read a VF's header soon enough; a PF's IDs perhaps never. */
	if (!READ_ONCE(f->vf))
		pcsc_work_later();
}

/*
 * A VF that does not exist yet: its PF's state is looked at when it does.
 * Without need its seal is not to be broken.
 */
static bool waits_for_its_pf(const struct pcsc_function *f)
{
	return READ_ONCE(f->vf) &&
	       pcsc_line_bypassed(&f->line) & PCSC_BYPASS_HANDED;
}

/* Something begins, or has happened, that values are not known to survive. */
static void lose(struct pcsc_function *f, unsigned int quiet_ms, u32 set)
{
	if (waits_for_its_pf(f))
		return;
	WRITE_ONCE(f->user_filled, false);
	/* Those that it would bring back are not those that were handed over. */
	WRITE_ONCE(f->handed_vfs, 0);
	be_quiet(f, quiet_ms);
	pcsc_line_lose(&f->line, PCSC_BYPASS_PENDING | set);
}

static void end(struct pcsc_function *f, unsigned int quiet_ms, u32 clear,
		struct cover *cover, bool keep)
{
	struct cover own = { .domain = f->domain };
	const struct held held = { f, cover ?: &own };
	const struct pcsc_holds holds = { held_for, &held };

	if (waits_for_its_pf(f))
		return;
	if (!keep)
		WRITE_ONCE(f->handed_vfs, 0);
	be_quiet(f, quiet_ms);
	pcsc_line_end(&f->line, clear, &holds, keep);
}

void pcsc_bracket_join(struct pcsc_function *f)
{
	struct cover cover = { .domain = f->domain };
	const struct held held = { f, &cover };
	const u32 reasons = held_for(&held);

	if (!reasons)
		return;
	pcsc_line_lose(&f->line, PCSC_BYPASS_PENDING | reasons);
	/* One that has ended meanwhile has perhaps not seen it. */
	end(f, 0, reasons, NULL, false);
}

/*
 * A VF's own reset or power step: it is its PF's firmware's, and what its layout's
 * guards cover stays. But what only evidence speaks for, read while user space
 * could change the device behind us, was perhaps user space's doing.
 */
static bool keeps_over_its_own(struct pcsc_function *f)
{
	return READ_ONCE(f->vf) && !xchg(&f->user_filled, false);
}

static void each_below(const struct pcsc_function *bridge, pcsc_visit visit,
		       void *arg)
{
	unsigned int first = READ_ONCE(bridge->secondary);
	unsigned int last = READ_ONCE(bridge->subordinate);
	const struct pcsc_bus *b;
	struct pcsc_function *f;
	unsigned int bus, devfn;

	if (!first)
		return;
	for (bus = first; bus <= last; bus++) {
		b = pcsc_find_bus(bridge->domain, bus);
		for (devfn = 0; b && devfn < 256; devfn++) {
			f = READ_ONCE(b->function[devfn]);
			if (f)
				visit(f, arg);
		}
	}
}

static void each_vf(const struct pcsc_function *pf, pcsc_visit visit, void *arg)
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

/*
 * The reset takes a lower port's own reset, link disable, slot power with it, and a
 * PF's VF Enable.
 */
static void visit_open(struct pcsc_function *f, void *unused)
{
	atomic_andnot(PCSC_OPEN_SBR | PCSC_OPEN_LINK | PCSC_OPEN_SLOT,
		      &f->open);
	if (READ_ONCE(f->vf_count))
		atomic_or(PCSC_OPEN_VFS, &f->open);
	lose(f, QUIET_MS, PCSC_BYPASS_ABOVE);
}

static void visit_close(struct pcsc_function *f, void *cover)
{
	end(f, QUIET_MS, PCSC_BYPASS_ABOVE, cover, false);
}

/* VF Enable is set: those that the kernel has kept as devices are back. */
static void visit_enabled(struct pcsc_function *f, void *cover)
{
	const bool device = READ_ONCE(f->phase) >= PCSC_PHASE_KERNEL;

	end(f, QUIET_MS, PCSC_BYPASS_ABOVE | (device ? PCSC_BYPASS_GONE : 0),
	    cover, false);
}

/* Not reborn: it may come back as it is, and what was demoted stays so. */
static void visit_gone(struct pcsc_function *f, void *unused)
{
	pcsc_line_lose(&f->line, PCSC_BYPASS_GONE | PCSC_BYPASS_PENDING);
}

/* lose() has prepared the rest, so a new generation is enough. */
static void visit_lost_again(struct pcsc_function *f, void *unused)
{
	if (!waits_for_its_pf(f))
		pcsc_line_lose(&f->line, PCSC_BYPASS_PENDING);
}

static void visit_lost(struct pcsc_function *f, void *unused)
{
	lose(f, 0, 0);
}

static void visit_reset(struct pcsc_function *f, void *unused)
{
	lose(f, QUIET_MS, 0);
}

static void visit_emptied(struct pcsc_function *f, void *unused)
{
	if (waits_for_its_pf(f))
		return;
	/* As in lose(). */
	WRITE_ONCE(f->handed_vfs, 0);
	pcsc_line_lose(&f->line, 0);
}

static void visit_moved(struct pcsc_function *f, void *unused)
{
	pcsc_line_bypass(&f->line, PCSC_BYPASS_MOVED, 0);
	pcsc_line_empty(&f->line, true);
}

/* All that hangs on it: what is below, and its VFs. */
static void each_that_hangs_on(const struct pcsc_function *f, pcsc_visit visit,
			       void *arg)
{
	each_below(f, visit, arg);
	each_vf(f, visit, arg);
}

/* To be told after the bracket is open, before anybody's line is moved on. */
static void tell_opening(void)
{
	atomic_inc(&openings);
	smp_mb__after_atomic();
}

/*
 * What a write does. It is known before the write and used after it as well, since the
 * writer may be stopped in between for as long as others need to read old values.
 */
#define DID_CLOSE \
	(PCSC_OPEN_SBR | PCSC_OPEN_LINK | PCSC_OPEN_SLOT | PCSC_OPEN_POWER)
#define DID_OPEN BIT(8)
#define DID_RESET BIT(9)
#define DID_BIST BIT(10)
#define DID_RESET_ALL BIT(11) /* the functions of a device */
#define DID_LOSE BIT(12)
/* BIT(13): PCSC_DID_ENABLE_VFS */

static u32 open_below(struct pcsc_function *f, u8 which)
{
	const bool was_open = atomic_fetch_or(which, &f->open) & which;

	tell_opening();
	each_below(f, visit_open, NULL);
	if (was_open)
		return 0;
	/* What is plugged in there, or how far the link is up, shows in it. */
	pcsc_line_lose(&f->line, 0);
	return DID_OPEN;
}

static void close_below(struct pcsc_function *f, u8 which)
{
	struct cover cover = { .domain = f->domain };

	if (!(atomic_fetch_andnot(which, &f->open) & which))
		return;
	pcsc_line_lose(&f->line, 0);
	each_below(f, visit_close, &cover);
}

/* PCIe 6.6.2: a PF's reset takes its VFs' enable with it. */
static void reset(struct pcsc_function *f, unsigned int quiet_ms)
{
	if (READ_ONCE(f->vf_count)) {
		atomic_or(PCSC_OPEN_VFS, &f->open);
		tell_opening();
	}
	if (keeps_over_its_own(f))
		end(f, quiet_ms, 0, NULL, true);
	else
		lose(f, quiet_ms, 0);
	each_below(f, visit_reset, NULL);
	each_vf(f, visit_open, NULL);
}

/* Inside a VF's own reset that has just been written it need not answer (6.6.2). */
static bool need_not_answer(const struct pcsc_function *f)
{
	return READ_ONCE(f->vf) &&
	       pcsc_bracket_reasons(f) == PCSC_BYPASS_PENDING &&
	       time_before(jiffies, READ_ONCE(f->quiet_until) + HZ);
}

/*
 * Hardware has answered all-ones, or "ask again", where it could not: it is not
 * there, or inside a reset of its own, and nobody knows since when.
 */
void pcsc_bracket_absent(struct pcsc_function *f)
{
	/* What is below a port may have shown itself, and been read, since then. */
	if ((pcsc_line_bypassed(&f->line) & PCSC_BYPASS_ABSENT &&
	     !READ_ONCE(f->secondary)) ||
	    waits_for_its_pf(f))
		return;
	pcsc_count(READ_ONCE(f->phase), PCSC_N_INVALIDATION);
	/* First: another reader that finds it absent already returns at once. */
	each_that_hangs_on(f, visit_lost, NULL);
	if (need_not_answer(f)) {
		be_quiet(f, 0);
		pcsc_line_bypass(&f->line,
				 PCSC_BYPASS_PENDING | PCSC_BYPASS_ABSENT, 0);
	} else {
		lose(f, 0, PCSC_BYPASS_ABSENT);
	}
}

/*
 * Its layout is not the one by which it was followed: where its resets are written
 * nobody knows, so all that hangs on it is held until it has been walked again.
 */
void pcsc_bracket_layout(struct pcsc_function *f)
{
	tell_opening();
	each_that_hangs_on(f, visit_open, NULL);
	/* Should it have been looked at too often, its next bracket has it walked. */
	WRITE_ONCE(f->walk_status, PCSC_WALK_READ);
	if (pcsc_look_again(f))
		pcsc_work_later();
}

/* What waits from the last kernel, and nobody has held, is to keep its seal. */
static void visit_evaluated(struct pcsc_function *f, void *cover)
{
	const u32 why = pcsc_line_bypassed(&f->line);

	if (!(why & PCSC_BYPASS_HANDED) || why & PCSC_BYPASS_ABOVE)
		visit_close(f, cover);
}

void pcsc_bracket_evaluated(struct pcsc_function *f)
{
	struct cover cover = { .domain = f->domain };

	each_that_hangs_on(f, visit_evaluated, &cover);
}

/* A write to bytes of which nobody knows what they do. */
void pcsc_bracket_opaque_write(struct pcsc_function *f)
{
	visit_emptied(f, NULL);
	each_that_hangs_on(f, visit_emptied, NULL);
}

static bool has_moved_on(const struct pcsc_function *f,
			 const struct pcsc_ticket *ticket)
{
	return pcsc_load_acquire(&f->line.cells->state) >>
		       PCSC_STATE_GEN_SHIFT !=
	       ticket->generation;
}

void pcsc_bracket_vfs_there(struct pcsc_function *pf,
			    const struct pcsc_ticket *ticket)
{
	struct cover cover = { .domain = pf->domain };

	if (!has_moved_on(pf, ticket))
		each_vf(pf, visit_close, &cover);
}

/*
 * A link was down: all below has been reset, or is gone (PCIe 6.6.1). The port's own
 * bytes may follow what is plugged in: an emulated root port's AtomicOp bits do.
 */
static void lose_below(struct pcsc_function *f, pcsc_visit visit)
{
	pcsc_line_lose(&f->line, 0);
	each_below(f, visit, NULL);
}

#define PRESENCE_EVENTS (PCI_EXP_SLTSTA_PFD | PCI_EXP_SLTSTA_PDC)

/* By acknowledging it (RW1C) the kernel says that it has seen the event. */
static u32 write_slot_status(u16 at, u16 where, u8 size, u32 value)
{
	u8 byte;

	if ((covers(where, size, value, at, &byte) && byte & PRESENCE_EVENTS) ||
	    (covers(where, size, value, at + 1, &byte) &&
	     byte & (PCI_EXP_SLTSTA_DLLSC >> 8)))
		return DID_LOSE;
	return 0;
}

/* Containment takes the link down by itself; its end is written (6.2.10). */
static u32 write_dpc(u16 dpc, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, dpc + PCI_EXP_DPC_STATUS, &byte) &&
	    byte & (PCI_EXP_DPC_STATUS_TRIGGER | PCI_EXP_DPC_STATUS_INTERRUPT))
		return DID_LOSE;
	return 0;
}

/* Surprise Down, acknowledged. */
static u32 write_aer(u16 aer, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, aer + PCI_ERR_UNCOR_STATUS, &byte) &&
	    byte & PCI_ERR_UNC_SURPDN)
		return DID_LOSE;
	return 0;
}

static u32 write_port(struct pcsc_function *f, u16 pcie, u16 where, u8 size,
		      u32 value)
{
	u32 did = 0;
	u8 byte;

	if (covers(where, size, value, pcie + PCI_EXP_LNKCTL, &byte))
		did |= byte & PCI_EXP_LNKCTL_LD ?
			       open_below(f, PCSC_OPEN_LINK) :
			       PCSC_OPEN_LINK;
	if (covers(where, size, value, pcie + PCI_EXP_SLTCTL + 1, &byte))
		did |= byte & (PCI_EXP_SLTCTL_PCC >> 8) ?
			       open_below(f, PCSC_OPEN_SLOT) :
			       PCSC_OPEN_SLOT;
	return did |
	       write_slot_status(pcie + PCI_EXP_SLTSTA, where, size, value);
}

static u32 write_pcie(struct pcsc_function *f, u16 pcie, u16 where, u8 size,
		      u32 value)
{
	u8 byte;

	if (READ_ONCE(f->secondary))
		return write_port(f, pcie, where, size, value);
	if (covers(where, size, value, pcie + PCI_EXP_DEVCTL + 1, &byte) &&
	    byte & (PCI_EXP_DEVCTL_BCR_FLR >> 8))
		return DID_RESET;
	return 0;
}

static u32 write_af(u16 af, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, af + PCI_AF_CTRL, &byte) &&
	    byte & PCI_AF_CTRL_FLR)
		return DID_RESET;
	return 0;
}

/* PCIe 7.5.1.1.10: the function need not answer for two seconds. */
static u32 write_bist(u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, PCI_BIST, &byte) &&
	    byte & PCI_BIST_START)
		return DID_BIST;
	return 0;
}

/* Nothing below answers meanwhile. */
static void power_off(struct pcsc_function *f)
{
	atomic_or(PCSC_OPEN_POWER, &f->open);
	tell_opening();
	pcsc_line_bypass(&f->line, PCSC_BYPASS_POWER, 0);
	each_that_hangs_on(f, visit_open, NULL);
}

static void power_on(struct pcsc_function *f)
{
	struct cover cover = { .domain = f->domain };

	if (!(atomic_fetch_andnot(PCSC_OPEN_POWER | PCSC_OPEN_PERHAPS,
				  &f->open) &
	      (PCSC_OPEN_POWER | PCSC_OPEN_PERHAPS)))
		return;
	reset_counted(f);
	/* Without No_Soft_Reset its VFs are gone (PCIe 5.3.1.4.1). */
	if (READ_ONCE(f->vf_count))
		atomic_or(PCSC_OPEN_VFS, &f->open);
	end(f, QUIET_POWER_MS, PCSC_BYPASS_POWER, &cover,
	    keeps_over_its_own(f));
	each_that_hangs_on(f, visit_close, &cover);
}

void pcsc_bracket_power(struct pcsc_function *f, bool on)
{
	if (on)
		power_on(f);
	else
		power_off(f);
}

/* PCIe 5.3.1.4: D3hot to D0 may reset. */
static u32 write_pm(struct pcsc_function *f, u16 pm, u16 where, u8 size,
		    u32 value)
{
	u8 byte;

	if (!covers(where, size, value, pm + PCI_PM_CTRL, &byte))
		return 0;
	if (!(byte & PCI_PM_CTRL_STATE_MASK))
		return PCSC_OPEN_POWER;
	power_off(f);
	return 0;
}

static u32 write_sriov(struct pcsc_function *f, u16 sriov, u16 where, u8 size,
		       u32 value)
{
	u8 byte;

	if (!covers(where, size, value, sriov + PCI_SRIOV_CTRL, &byte))
		return 0;
	atomic_andnot(PCSC_OPEN_VFS, &f->open);
	if (byte & PCI_SRIOV_CTRL_VFE)
		return PCSC_DID_ENABLE_VFS;
	each_vf(f, visit_gone, NULL);
	return 0;
}

void pcsc_bracket_vfs_enabled(struct pcsc_function *pf)
{
	struct cover cover = { .domain = pf->domain };

	each_vf(pf, visit_enabled, &cover);
}

#define CXL_CONTROL2 0x10 /* in the DVSEC for CXL devices, CXL 3.1 8.1.3.4 */
#define CXL_CONTROL2_RESET BIT(2)

/* All functions of the device. Whose DVSEC it is, nobody has to know here. */
static u32 write_dvsec(const struct pcsc_map *map, u16 where, u8 size,
		       u32 value)
{
	const struct pcsc_map_head *head;
	u8 byte;

	for (head = map->heads; head < map->heads + map->nr_heads; head++)
		if (head->offset >= PCI_CFG_SPACE_SIZE &&
		    PCI_EXT_CAP_ID(head->value) == PCI_EXT_CAP_ID_DVSEC &&
		    covers(where, size, value, head->offset + CXL_CONTROL2,
			   &byte) &&
		    byte & CXL_CONTROL2_RESET)
			return DID_RESET_ALL;
	return 0;
}

/* A bracket meanwhile counts anew. */
bool pcsc_look_again(struct pcsc_function *f)
{
	const u8 looked = READ_ONCE(f->looked);

	if (looked >= PCSC_MAX_LOOKS)
		return false;
	return cmpxchg(&f->looked, looked, looked + 1) != looked ||
	       looked + 1 < PCSC_MAX_LOOKS;
}

void pcsc_bracket_vf_created(struct pcsc_function *vf)
{
	WRITE_ONCE(vf->quiet_until, jiffies + QUIET_MS * HZ / MSEC_PER_SEC);
}

/* Renumbering: whoever is there now is not who was. */
static void renumber(struct pcsc_function *f, u8 secondary, u8 subordinate)
{
	if (secondary == READ_ONCE(f->secondary) &&
	    subordinate == READ_ONCE(f->subordinate))
		return;
	each_below(f, visit_moved, NULL);
	WRITE_ONCE(f->secondary, secondary);
	WRITE_ONCE(f->subordinate, subordinate);
	each_below(f, visit_moved, NULL);
}

static u32 write_bridge(struct pcsc_function *f, u16 where, u8 size, u32 value)
{
	u8 secondary = READ_ONCE(f->secondary);
	u8 subordinate = READ_ONCE(f->subordinate);
	u32 did = 0;
	u8 byte;

	if (covers(where, size, value, PCI_BRIDGE_CONTROL, &byte))
		did = byte & PCI_BRIDGE_CTL_BUS_RESET ?
			      open_below(f, PCSC_OPEN_SBR) :
			      PCSC_OPEN_SBR;
	if (covers(where, size, value, PCI_SECONDARY_BUS, &byte))
		secondary = byte;
	if (covers(where, size, value, PCI_SUBORDINATE_BUS, &byte))
		subordinate = byte;
	renumber(f, secondary, subordinate);
	return did;
}

static void reset_each(struct pcsc_function *f, void *unused)
{
	reset(f, QUIET_MS);
}

/* These resets end by themselves: no write says that they are over. */
static void happen(struct pcsc_function *f, u32 did)
{
	if (did & DID_RESET)
		reset(f, QUIET_MS);
	if (did & DID_BIST)
		reset(f, QUIET_BIST_MS);
	if (did & DID_RESET_ALL)
		pcsc_each_of_device(f, reset_each, NULL);
}

static u32 decode(struct pcsc_function *f, const struct pcsc_map *map,
		  u16 where, u8 size, u32 value)
{
	u32 did = write_bist(where, size, value);

	if (map->header_type == PCI_HEADER_TYPE_BRIDGE)
		did |= write_bridge(f, where, size, value);
	if (map->pcie)
		did |= write_pcie(f, map->pcie, where, size, value);
	if (map->af)
		did |= write_af(map->af, where, size, value);
	if (map->pm)
		did |= write_pm(f, map->pm, where, size, value);
	if (map->aer)
		did |= write_aer(map->aer, where, size, value);
	if (map->dpc)
		did |= write_dpc(map->dpc, where, size, value);
	if (where >= PCI_CFG_SPACE_SIZE)
		did |= write_dvsec(map, where, size, value);
	return did;
}

u32 pcsc_bracket_write(struct pcsc_function *f, u16 where, u8 size, u32 value)
{
	const struct pcsc_map *map = READ_ONCE(f->line.map);
	u32 did;

	if (!map)
		return 0;
	did = decode(f, map, where, size, value);
	if (map->sriov)
		did |= write_sriov(f, map->sriov, where, size, value);
	happen(f, did);
	if (did & DID_LOSE)
		lose_below(f, visit_lost);
	return did;
}

void pcsc_bracket_count(const struct pcsc_function *f, u32 did)
{
	if (did & ~(DID_CLOSE | PCSC_DID_ENABLE_VFS))
		reset_counted(f);
}

void pcsc_bracket_written(struct pcsc_function *f, u32 did)
{
	u8 which;

	if (!did)
		return;
	happen(f, did);
	if (did & DID_LOSE)
		lose_below(f, visit_lost_again);
	if (did & DID_OPEN)
		pcsc_line_lose(&f->line, 0);
	for (which = PCSC_OPEN_SBR; which < PCSC_OPEN_POWER; which <<= 1)
		if (did & which)
			close_below(f, which);
	if (did & PCSC_OPEN_POWER)
		power_on(f);
}

void pcsc_bracket_begun(struct pcsc_function *f, u32 which)
{
	if (which & PCSC_OPEN_POWER)
		power_off(f);
	if (!(which & ~PCSC_OPEN_POWER))
		return;
	atomic_or(which, &f->open);
	tell_opening();
	each_below(f, visit_open, NULL);
}

/* ---- resets that are no write ---- */

void pcsc_bracket_open(struct pcsc_function *f)
{
	if (atomic_inc_return(&f->hooked) == 1) {
		WRITE_ONCE(f->opened, jiffies);
		reset_counted(f);
	}
	tell_opening();
	pcsc_line_bypass(&f->line, PCSC_BYPASS_RESET, 0);
	each_that_hangs_on(f, visit_open, NULL);
	/* Should it be left open, somebody will say so. */
	pcsc_work_later();
}

void pcsc_bracket_close(struct pcsc_function *f, bool lost)
{
	struct cover cover = { .domain = f->domain };

	if (lost)
		WRITE_ONCE(f->lost, true);
	/* Negative: it had begun before we were there to see it. */
	if (atomic_dec_if_positive(&f->hooked))
		return;
	WRITE_ONCE(f->left_open, false);
	lost = xchg(&f->lost, false);
	end(f, 0, PCSC_BYPASS_RESET, &cover, keeps_over_its_own(f) && !lost);
	each_that_hangs_on(f, visit_close, &cover);
}

/* pci_dev_wait() gives up after 60 s. */
#define LONGEST_BRACKET (120 * HZ)

bool pcsc_bracket_left_open(struct pcsc_function *f)
{
	if (!atomic_read(&f->hooked) || READ_ONCE(f->left_open) ||
	    time_before(jiffies, READ_ONCE(f->opened) + LONGEST_BRACKET))
		return false;
	WRITE_ONCE(f->left_open, true);
	return true;
}

void pcsc_brackets_suspend(void)
{
	u32 i;

	for (i = 0; i < pcsc_pool_used(); i++)
		pcsc_line_bypass(&pcsc_pool_at(i)->line, PCSC_BYPASS_SUSPEND,
				 0);
}

void pcsc_brackets_resume(void)
{
	struct pcsc_function *f;
	u32 i;

	/* All: who came meanwhile may have slept as well. */
	for (i = 0; i < pcsc_pool_used(); i++) {
		f = pcsc_pool_at(i);
		end(f, 0, PCSC_BYPASS_SUSPEND, NULL, false);
	}
}

u32 pcsc_bracket_reasons(const struct pcsc_function *f)
{
	return pcsc_line_bypassed(&f->line) &
	       ~(PCSC_BYPASS_LAYOUT | PCSC_BYPASS_QUARANTINE |
		 PCSC_BYPASS_TOLD | PCSC_BYPASS_ABSENT);
}

/*
 * A VF's IDs read as all-ones (9.3.4.1.1), and so does all of it while it does
 * not answer: anything else, from any other register, is its proof of life.
 */
static bool vf_is_itself(const struct pcsc_function *f, u16 where, u8 size,
			 u32 value)
{
	const struct pcsc_function *pf = READ_ONCE(f->pf);

	if (!pf || where < PCI_COMMAND || value == GENMASK(8 * size - 1, 0))
		return false;
	return !pcsc_bracket_reasons(pf);
}

static bool function_is_itself(const struct pcsc_function *f, u16 where,
			       u8 size, u32 value)
{
	/*
	 * Who reads it anew has opened a generation before: whatever half of it
	 * is seen here proves nothing to pcsc_line_proved().
	 */
	const u32 ids = data_race(f->id[PCSC_ID_IDS]);

	return where == PCI_VENDOR_ID && size == 4 && value == ids;
}

void pcsc_bracket_identity(struct pcsc_function *f,
			   const struct pcsc_ticket *ticket, u16 where, u8 size,
			   u32 value)
{
	if (pcsc_bracket_reasons(f) != PCSC_BYPASS_PENDING ||
	    time_before(jiffies, READ_ONCE(f->quiet_until)))
		return;
	if ((READ_ONCE(f->vf) ? vf_is_itself(f, where, size, value) :
				function_is_itself(f, where, size, value)) &&
	    pcsc_line_proved(&f->line, ticket) &&
	    atomic_read(&f->open) & PCSC_OPEN_VFS)
		pcsc_work_later();
}
