// SPDX-License-Identifier: GPL-2.0-only
/*
 * Brackets around resets. Most open with a config write, before it reaches
 * hardware; some close by another write; hooks.c opens and closes those that
 * are no write. All end in pending: hardware answers until the function has
 * shown its identity again.
 */
#include <linux/jiffies.h>

#include "handover.h"
#include "pcsc.h"

/*
 * PCIe 6.6.1: 100 ms before a request may be sent. An identity seen earlier
 * may be from before the reset took hold.
 */
#define QUIET_MS 100
#define QUIET_POWER_MS 10 /* PCI-PM 5.4, D3hot to D0 */

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

static void line_pending(struct pcsc_function *f, unsigned int quiet_ms,
			 u32 set, u32 clear)
{
	/* Rounded down: who waits as long as the specification asks is heard. */
	unsigned long until = jiffies + quiet_ms * HZ / MSEC_PER_SEC;
	const bool vf = READ_ONCE(f->vf);

	/*
	 * A VF that does not exist yet: its PF's state is looked at when it does.
	 * Without need its seal is not to be broken.
	 */
	if (vf && pcsc_line_bypassed(&f->line) & PCSC_BYPASS_HANDED) {
		if (pcsc_line_bypassed(&f->line) & clear)
			pcsc_line_bypass(&f->line, 0, clear);
		return;
	}
	if (time_after(until, READ_ONCE(f->quiet_until)))
		WRITE_ONCE(f->quiet_until, until);
	WRITE_ONCE(f->looked, 0);
	pcsc_line_bypass(&f->line, PCSC_BYPASS_PENDING | set, clear);
	/* A VF's layout is its PF's firmware's: its own reset leaves it alone. */
	if (!vf || set || clear & PCSC_BYPASS_ABOVE)
		pcsc_line_recheck(&f->line);
	/* Others read a VF's header soon enough; a PF's IDs perhaps never. */
	if (!vf)
		pcsc_work_later();
	/*
	 * What only evidence speaks for, read while user space could change
	 * the device behind us, was perhaps user space's doing.
	 */
	if (READ_ONCE(f->user_filled)) {
		WRITE_ONCE(f->user_filled, false);
		pcsc_line_empty(&f->line, false);
	}
}

typedef void (*pcsc_visit)(struct pcsc_function *f, u32 arg);

static void each_below(const struct pcsc_function *bridge, pcsc_visit visit,
		       u32 arg)
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

static void each_vf(const struct pcsc_function *pf, pcsc_visit visit, u32 arg)
{
	unsigned int count = READ_ONCE(pf->vf_count);
	unsigned int rid = READ_ONCE(pf->vf_first);
	unsigned int stride = READ_ONCE(pf->vf_stride);
	struct pcsc_function *f;

	for (; count--; rid += stride) {
		f = pcsc_find(pf->domain, (rid >> 8) & 0xff, rid & 0xff);
		if (f && READ_ONCE(f->pf) == pf)
			visit(f, arg);
	}
}

/* The reset takes a lower port's own reset, link disable, slot power with it. */
static void visit_open(struct pcsc_function *f, u32 unused)
{
	atomic_andnot(PCSC_OPEN_SBR | PCSC_OPEN_LINK | PCSC_OPEN_SLOT,
		      &f->open);
	line_pending(f, QUIET_MS, PCSC_BYPASS_ABOVE, 0);
}

static void visit_close(struct pcsc_function *f, u32 unused)
{
	line_pending(f, QUIET_MS, 0, PCSC_BYPASS_ABOVE);
}

/* VF Enable is set: those that the kernel has kept as devices are back. */
static void visit_enabled(struct pcsc_function *f, u32 unused)
{
	const bool device = READ_ONCE(f->phase) >= PCSC_PHASE_KERNEL;

	line_pending(f, QUIET_MS, 0,
		     PCSC_BYPASS_ABOVE | (device ? PCSC_BYPASS_GONE : 0));
}

/* Not reborn: it may come back as it is, and what was demoted stays so. */
static void visit_gone(struct pcsc_function *f, u32 unused)
{
	pcsc_line_bypass(&f->line, PCSC_BYPASS_GONE | PCSC_BYPASS_PENDING, 0);
	pcsc_line_empty(&f->line, false);
}

/* A PF's reset clears VF Enable: its VFs begin empty, as after that write. */
static void visit_pf_reset(struct pcsc_function *f, u32 unused)
{
	visit_open(f, 0);
	pcsc_line_empty(&f->line, false);
}

/*
 * What it went through was no reset that the values are known to survive. Empty
 * first: once it is pending, somebody may prove that it is itself.
 */
static void visit_lost(struct pcsc_function *f, u32 unused)
{
	pcsc_line_empty(&f->line, false);
	line_pending(f, QUIET_MS, 0, 0);
}

/* Empty before anybody can prove that it is itself. */
static void visit_lost_close(struct pcsc_function *f, u32 unused)
{
	pcsc_line_bypass(&f->line, PCSC_BYPASS_ABOVE, 0);
	pcsc_line_empty(&f->line, false);
	line_pending(f, 0, 0, PCSC_BYPASS_ABOVE);
}

static void visit_moved(struct pcsc_function *f, u32 unused)
{
	pcsc_line_bypass(&f->line, PCSC_BYPASS_MOVED, 0);
	pcsc_line_empty(&f->line, true);
}

static void open_below(struct pcsc_function *f, u8 which)
{
	if (!(atomic_fetch_or(which, &f->open) & which))
		reset_counted(f);
	each_below(f, visit_open, 0);
}

static void close_below(struct pcsc_function *f, u8 which)
{
	/* One that another write still holds open stays so. */
	if (atomic_fetch_andnot(which, &f->open) == which)
		each_below(f, visit_close, 0);
}

/* PCIe 6.6.2: a PF's reset takes its VFs' enable with it. */
static void function_reset(struct pcsc_function *f)
{
	if (READ_ONCE(f->vf_count))
		atomic_or(PCSC_OPEN_VFS, &f->open);
	reset_counted(f);
	line_pending(f, QUIET_MS, 0, 0);
	each_vf(f, visit_pf_reset, 0);
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
	if (has_moved_on(pf, ticket))
		return;
	each_vf(pf, visit_close, 0);
	/* Another reset may have begun meanwhile. */
	if (has_moved_on(pf, ticket))
		each_vf(pf, visit_pf_reset, 0);
}

/* A link was down: all below has been reset, or is gone (PCIe 6.6.1). */
static void lost_below(struct pcsc_function *f)
{
	reset_counted(f);
	each_below(f, visit_lost, 0);
}

#define PRESENCE_EVENTS (PCI_EXP_SLTSTA_PFD | PCI_EXP_SLTSTA_PDC)

/* By acknowledging it (RW1C) the kernel says that it has seen the event. */
static void write_slot_status(struct pcsc_function *f, u16 at, u16 where,
			      u8 size, u32 value)
{
	u8 byte;

	if ((covers(where, size, value, at, &byte) && byte & PRESENCE_EVENTS) ||
	    (covers(where, size, value, at + 1, &byte) &&
	     byte & (PCI_EXP_SLTSTA_DLLSC >> 8)))
		lost_below(f);
}

/* Containment takes the link down by itself; its end is written (6.2.10). */
static void write_dpc(struct pcsc_function *f, u16 dpc, u16 where, u8 size,
		      u32 value)
{
	u8 byte;

	if (covers(where, size, value, dpc + PCI_EXP_DPC_STATUS, &byte) &&
	    byte & (PCI_EXP_DPC_STATUS_TRIGGER | PCI_EXP_DPC_STATUS_INTERRUPT))
		lost_below(f);
}

/* Surprise Down, acknowledged. */
static void write_aer(struct pcsc_function *f, u16 aer, u16 where, u8 size,
		      u32 value)
{
	u8 byte;

	if (covers(where, size, value, aer + PCI_ERR_UNCOR_STATUS, &byte) &&
	    byte & PCI_ERR_UNC_SURPDN)
		lost_below(f);
}

static void write_pcie(struct pcsc_function *f, u16 pcie, u16 where, u8 size,
		       u32 value)
{
	const bool bridge = READ_ONCE(f->secondary);
	u8 byte;

	if (covers(where, size, value, pcie + PCI_EXP_DEVCTL + 1, &byte) &&
	    byte & (PCI_EXP_DEVCTL_BCR_FLR >> 8) && !bridge)
		function_reset(f);
	if (!bridge)
		return;
	if (covers(where, size, value, pcie + PCI_EXP_LNKCTL, &byte)) {
		if (byte & PCI_EXP_LNKCTL_LD)
			open_below(f, PCSC_OPEN_LINK);
		else
			close_below(f, PCSC_OPEN_LINK);
	}
	if (covers(where, size, value, pcie + PCI_EXP_SLTCTL + 1, &byte)) {
		if (byte & (PCI_EXP_SLTCTL_PCC >> 8))
			open_below(f, PCSC_OPEN_SLOT);
		else
			close_below(f, PCSC_OPEN_SLOT);
	}
	write_slot_status(f, pcie + PCI_EXP_SLTSTA, where, size, value);
}

static void write_af(struct pcsc_function *f, u16 af, u16 where, u8 size,
		     u32 value)
{
	u8 byte;

	if (covers(where, size, value, af + PCI_AF_CTRL, &byte) &&
	    byte & PCI_AF_CTRL_FLR)
		function_reset(f);
}

/* Nothing below answers meanwhile. */
static void power_off(struct pcsc_function *f)
{
	atomic_or(PCSC_OPEN_POWER, &f->open);
	pcsc_line_bypass(&f->line, PCSC_BYPASS_POWER, 0);
	each_below(f, visit_open, 0);
	each_vf(f, visit_open, 0);
}

static void power_on(struct pcsc_function *f)
{
	if (!(atomic_fetch_andnot(PCSC_OPEN_POWER, &f->open) & PCSC_OPEN_POWER))
		return;
	reset_counted(f);
	line_pending(f, QUIET_POWER_MS, 0, PCSC_BYPASS_POWER);
	each_below(f, visit_close, 0);
	each_vf(f, visit_close, 0);
}

void pcsc_bracket_power(struct pcsc_function *f, bool on)
{
	if (on)
		power_on(f);
	else
		power_off(f);
}

/* PCIe 5.3.1.4: D3hot to D0 may reset. */
static void write_pm(struct pcsc_function *f, u16 pm, u16 where, u8 size,
		     u32 value)
{
	u8 byte;

	if (!covers(where, size, value, pm + PCI_PM_CTRL, &byte))
		return;
	pcsc_bracket_power(f, !(byte & PCI_PM_CTRL_STATE_MASK));
}

static void write_sriov(struct pcsc_function *f, struct pci_bus *bus, u16 sriov,
			u16 where, u8 size, u32 value)
{
	u8 byte;

	if (!covers(where, size, value, sriov + PCI_SRIOV_CTRL, &byte))
		return;
	atomic_andnot(PCSC_OPEN_VFS, &f->open);
	if (!(byte & PCI_SRIOV_CTRL_VFE))
		each_vf(f, visit_gone, 0);
	else if (!bus || !pcsc_handed_vfs(f, bus, sriov))
		each_vf(f, visit_enabled, 0);
}

#define CXL_CONTROL2 0x10 /* in the DVSEC for CXL devices, CXL 3.1 8.1.3.4 */
#define CXL_CONTROL2_RESET BIT(2)

/* All functions of the device. Whose DVSEC it is, nobody has to know here. */
static void write_dvsec(struct pcsc_function *f, const struct pcsc_map *map,
			u16 where, u8 size, u32 value)
{
	const struct pcsc_map_head *head;
	struct pcsc_function *other;
	u8 byte, function;

	for (head = map->heads; head < map->heads + map->nr_heads; head++)
		if (head->offset >= PCI_CFG_SPACE_SIZE &&
		    PCI_EXT_CAP_ID(head->value) == PCI_EXT_CAP_ID_DVSEC &&
		    covers(where, size, value, head->offset + CXL_CONTROL2,
			   &byte) &&
		    byte & CXL_CONTROL2_RESET)
			break;
	if (head == map->heads + map->nr_heads)
		return;
	for (function = 0; function < 8; function++) {
		other = pcsc_find(f->domain, f->bus,
				  (f->devfn & ~7) | function);
		if (other)
			function_reset(other);
	}
}

void pcsc_bracket_vf_created(struct pcsc_function *vf)
{
	WRITE_ONCE(vf->quiet_until, jiffies + QUIET_MS * HZ / MSEC_PER_SEC);
}

static void write_bridge(struct pcsc_function *f, u16 where, u8 size, u32 value)
{
	const u8 first = READ_ONCE(f->secondary);
	const u8 last = READ_ONCE(f->subordinate);
	u8 secondary = first;
	u8 subordinate = last;
	u8 byte;

	if (covers(where, size, value, PCI_BRIDGE_CONTROL, &byte)) {
		if (byte & PCI_BRIDGE_CTL_BUS_RESET)
			open_below(f, PCSC_OPEN_SBR);
		else
			close_below(f, PCSC_OPEN_SBR);
	}
	if (covers(where, size, value, PCI_SECONDARY_BUS, &byte))
		secondary = byte;
	if (covers(where, size, value, PCI_SUBORDINATE_BUS, &byte))
		subordinate = byte;
	if (secondary == first && subordinate == last)
		return;
	/* Renumbering: whoever is there now is not who was. */
	each_below(f, visit_moved, 0);
	WRITE_ONCE(f->secondary, secondary);
	WRITE_ONCE(f->subordinate, subordinate);
	each_below(f, visit_moved, 0);
}

void pcsc_bracket_write(struct pcsc_function *f, struct pci_bus *bus, u16 where,
			u8 size, u32 value)
{
	const struct pcsc_map *map = READ_ONCE(f->line.map);

	if (!map)
		return;
	if (map->header_type == PCI_HEADER_TYPE_BRIDGE)
		write_bridge(f, where, size, value);
	if (map->pcie)
		write_pcie(f, map->pcie, where, size, value);
	if (map->af)
		write_af(f, map->af, where, size, value);
	if (map->pm)
		write_pm(f, map->pm, where, size, value);
	if (map->sriov)
		write_sriov(f, bus, map->sriov, where, size, value);
	if (map->aer)
		write_aer(f, map->aer, where, size, value);
	if (map->dpc)
		write_dpc(f, map->dpc, where, size, value);
	if (where >= PCI_CFG_SPACE_SIZE)
		write_dvsec(f, map, where, size, value);
}

/* ---- resets that are no write ---- */

static void open_all(struct pcsc_function *f)
{
	pcsc_line_bypass(&f->line, PCSC_BYPASS_RESET, 0);
	each_below(f, visit_open, 0);
	each_vf(f, visit_open, 0);
}

void pcsc_bracket_open(struct pcsc_function *f)
{
	if (atomic_inc_return(&f->hooked) == 1) {
		WRITE_ONCE(f->opened, jiffies);
		reset_counted(f);
	}
	open_all(f);
	/* Should it be left open, somebody will say so. */
	pcsc_work_later();
}

static void close_all(struct pcsc_function *f, bool lost)
{
	const pcsc_visit visit = lost ? visit_lost_close : visit_close;

	if (lost) {
		pcsc_line_empty(&f->line, false);
		line_pending(f, 0, 0, PCSC_BYPASS_RESET);
	} else {
		pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_RESET);
	}
	each_below(f, visit, 0);
	each_vf(f, visit, 0);
}

void pcsc_bracket_close(struct pcsc_function *f, bool lost)
{
	if (lost)
		WRITE_ONCE(f->lost, true);
	/* Negative: it had begun before we were there to see it. */
	if (atomic_dec_if_positive(&f->hooked))
		return;
	WRITE_ONCE(f->left_open, false);
	close_all(f, xchg(&f->lost, false));
	/* Another that opened meanwhile has not closed yet. */
	if (atomic_read(&f->hooked))
		open_all(f);
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
		pcsc_line_empty(&f->line, false);
		line_pending(f, 0, 0, PCSC_BYPASS_SUSPEND);
	}
}

u32 pcsc_bracket_reasons(const struct pcsc_function *f)
{
	return pcsc_line_bypassed(&f->line) &
	       ~(PCSC_BYPASS_LAYOUT | PCSC_BYPASS_QUARANTINE |
		 PCSC_BYPASS_TOLD);
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
