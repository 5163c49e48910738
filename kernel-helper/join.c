// SPDX-License-Identifier: GPL-2.0-only
/* Brackets that were open before anybody followed the function. */
#include <linux/pci.h>

#include "bracket.h"
#include "join.h"
#include "work.h"
#include "writing.h"

/* 1 or 0, or a negative errno if hardware does not say. */
static int is_set(const struct pcsc_reader *reader, u16 where, u16 mask)
{
	u32 value;
	int ret = pcsc_reader_read(reader, where, 2, &value);

	if (ret)
		return ret;
	return value == 0xffff ? -EIO : !!(value & mask);
}

/* PCIe 7.5.3.10: without a power controller the control bit means nothing. */
static int slot_is_off(const struct pcsc_reader *reader, u16 pcie)
{
	const int off =
		is_set(reader, pcie + PCI_EXP_SLTCTL, PCI_EXP_SLTCTL_PCC);

	return off > 0 ? is_set(reader, pcie + PCI_EXP_SLTCAP,
				PCI_EXP_SLTCAP_PCP) :
			 off;
}

/* PCSC_OPEN_*, or a negative errno if hardware does not say. */
static int begun_by_bridge(const struct pcsc_reader *reader, u16 pcie)
{
	const int bus =
		is_set(reader, PCI_BRIDGE_CONTROL, PCI_BRIDGE_CTL_BUS_RESET);
	const int link = pcie ? is_set(reader, pcie + PCI_EXP_LNKCTL,
				       PCI_EXP_LNKCTL_LD) :
				0;
	const int slot = pcie ? slot_is_off(reader, pcie) : 0;

	if (bus < 0 || link < 0 || slot < 0)
		return -EIO;
	return (bus ? PCSC_OPEN_SBR : 0) | (link ? PCSC_OPEN_LINK : 0) |
	       (slot ? PCSC_OPEN_SLOT : 0);
}

/* Hardware did not say, or may have been written to meanwhile. */
static void ask_again(struct pcsc_function *f)
{
	WRITE_ONCE(f->walk_status, PCSC_WALK_READ);
	pcsc_work_later();
}

/*
 * Those of @which are open; the others are not, if no write was under way since @writes: a
 * write may have closed one between our read and our opening it. One that begins now may be
 * opening what is closed here, so it is opened again until hardware was asked once more.
 */
static void set_open(struct pcsc_function *f, u32 which, u32 others, s64 writes)
{
	if (which)
		pcsc_bracket_begun(f, which);
	if (which && !pcsc_writes_none(f, writes))
		ask_again(f);
	others &= atomic_read(&f->open);
	if (!others || !pcsc_writes_none(f, writes))
		return;
	pcsc_bracket_over(f, others);
	if (pcsc_writes_none(f, writes))
		return;
	pcsc_bracket_held(f, others);
	ask_again(f);
}

#define OF_BRIDGE (PCSC_OPEN_SBR | PCSC_OPEN_LINK | PCSC_OPEN_SLOT)

/* A bridge that does not say holds all below it until it was walked again. */
static void join_bridge(const struct pcsc_reader *reader, u16 pcie, s64 writes)
{
	const int which = begun_by_bridge(reader, pcie);

	if (which < 0)
		ask_again(reader->function);
	else
		set_open(reader->function, which, OF_BRIDGE & ~which, writes);
}

/*
 * It is asleep, unless it was written to: D0 may have been written between our read and our
 * bracket, which nothing would close then. The walk does not count in that case.
 */
static void set_asleep(struct pcsc_function *f, s64 writes)
{
	if (pcsc_writes_none(f, writes))
		pcsc_bracket_begun(f, PCSC_OPEN_POWER);
	if (pcsc_writes_none(f, writes))
		return;
	pcsc_bracket_not_asleep(f);
	ask_again(f);
}

/*
 * Firmware or a tool may have put the function into D3hot. Some kernels do
 * not look before a driver is bound, and what they have noted may be old, so
 * ask hardware.
 */
static void join_sleep(const struct pcsc_reader *reader, u16 pm, s64 writes)
{
	const int asleep =
		is_set(reader, pm + PCI_PM_CTRL, PCI_PM_CTRL_STATE_MASK);

	/*
	 * If the power state is unknown, the first write of D0 ends a bracket. One that is
	 * open is not closed here: soon after a write of D3hot hardware still says D0
	 * (PCI-PM 5.4), and its way back must not go unseen.
	 */
	if (asleep < 0)
		atomic_or(PCSC_OPEN_PERHAPS, &reader->function->open);
	else if (asleep)
		set_asleep(reader->function, writes);
}

void pcsc_join_begun(const struct pcsc_reader *reader, s64 writes)
{
	struct pcsc_function *f = reader->function;
	const struct pcsc_map *map = f->line.map;

	if (!map || f->vf)
		return;
	if (READ_ONCE(f->secondary))
		join_bridge(reader, map->pcie, writes);
	if (map->pm)
		join_sleep(reader, map->pm, writes);
}
