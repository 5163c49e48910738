// SPDX-License-Identifier: GPL-2.0-only
#include "meaning.h"

#include "caps.h"
#include "guards.h"

/* Numbers of the specification and nothing else; user space has the same file. */
#include <linux/pci_regs.h>

/* Does a write cover the byte at @at? Then *byte is what it puts there. */
static bool covers(u16 where, u8 size, u32 value, u16 at, u8 *byte)
{
	if (at < where || at >= where + size)
		return false;
	*byte = value >> (8 * (at - where));
	return true;
}

/* Does a write cover any of the @length bytes at @at? */
static bool touches(u16 where, u8 size, u16 at, u8 length)
{
	return where < at + length && where + size > at;
}

static u32 begins(bool set, u32 which)
{
	return set ? PCSC_MEANS_OPEN(which) : which;
}

/*
 * Without ARI forwarding nothing below whose number is 8 or more answers (6.13), and VFs
 * may be among it.
 */
static u32 of_forwarding(u16 pcie, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, pcie + PCI_EXP_DEVCTL2, &byte) &&
	    !(byte & PCI_EXP_DEVCTL2_ARI))
		return PCSC_MEANS_NO_FORWARDING;
	return 0;
}

#define PRESENCE_EVENTS (PCI_EXP_SLTSTA_PFD | PCI_EXP_SLTSTA_PDC)

/* By acknowledging it (RW1C) the kernel says that it has seen the event. */
static u32 of_slot_status(u16 at, u16 where, u8 size, u32 value)
{
	u8 byte;

	if ((covers(where, size, value, at, &byte) && byte & PRESENCE_EVENTS) ||
	    (covers(where, size, value, at + 1, &byte) &&
	     byte & (PCI_EXP_SLTSTA_DLLSC >> 8)))
		return PCSC_MEANS_ACKNOWLEDGED;
	return 0;
}

static u32 of_port(u16 pcie, u16 where, u8 size, u32 value)
{
	u32 means = 0;
	u8 byte;

	/* A write of the slot's power limit makes the port tell it (7.5.3.9). */
	if (touches(where, size, pcie + PCI_EXP_SLTCAP, 4))
		means |= PCSC_MEANS_LOSE;
	if (covers(where, size, value, pcie + PCI_EXP_LNKCTL, &byte))
		means |= begins(byte & PCI_EXP_LNKCTL_LD, PCSC_OPEN_LINK);
	if (covers(where, size, value, pcie + PCI_EXP_SLTCTL + 1, &byte))
		means |= begins(byte & (PCI_EXP_SLTCTL_PCC >> 8),
				PCSC_OPEN_SLOT);
	return means | of_forwarding(pcie, where, size, value) |
	       of_slot_status(pcie + PCI_EXP_SLTSTA, where, size, value);
}

static u32 of_device(u16 pcie, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, pcie + PCI_EXP_DEVCTL + 1, &byte) &&
	    byte & (PCI_EXP_DEVCTL_BCR_FLR >> 8))
		return PCSC_MEANS_RESET;
	return 0;
}

/*
 * By specification a VF's link control is zero (9.3.5.7). One that shows its
 * PF's instead changes with it.
 */
static u32 of_pf(u16 pcie, u16 where, u8 size)
{
	return touches(where, size, pcie + PCI_EXP_LNKCTL, 2) ||
			       touches(where, size, pcie + PCI_EXP_LNKCTL2, 2) ?
		       PCSC_MEANS_LOSE :
		       0;
}

static u32 of_af(u16 af, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, af + PCI_AF_CTRL, &byte) &&
	    byte & PCI_AF_CTRL_FLR)
		return PCSC_MEANS_RESET;
	return 0;
}

/* PCIe 5.3.1.4: D3hot to D0 may reset. */
static u32 of_pm(u16 pm, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, pm + PCI_PM_CTRL, &byte))
		return begins(byte & PCI_PM_CTRL_STATE_MASK, PCSC_OPEN_POWER);
	return 0;
}

static u32 of_sriov(u16 sriov, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, sriov + PCI_SRIOV_CTRL, &byte))
		return byte & PCI_SRIOV_CTRL_VFE ? PCSC_MEANS_VFS :
						   PCSC_MEANS_NO_VFS;
	return 0;
}

/* Surprise Down, acknowledged. */
static u32 of_aer(u16 aer, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, aer + PCI_ERR_UNCOR_STATUS, &byte) &&
	    byte & PCI_ERR_UNC_SURPDN)
		return PCSC_MEANS_ACKNOWLEDGED;
	return 0;
}

#define DPC_CTL_SOFTWARE_TRIGGER 0x40 /* 7.9.14.3 */

/*
 * Containment takes the link down by itself, or because a write asks for it; its end is a
 * write (6.2.10).
 */
static u32 of_dpc(u16 dpc, u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, dpc + PCI_EXP_DPC_CTL, &byte) &&
	    byte & DPC_CTL_SOFTWARE_TRIGGER)
		return PCSC_MEANS_LOSE;
	if (covers(where, size, value, dpc + PCI_EXP_DPC_STATUS, &byte) &&
	    byte & (PCI_EXP_DPC_STATUS_TRIGGER | PCI_EXP_DPC_STATUS_INTERRUPT))
		return PCSC_MEANS_ACKNOWLEDGED;
	return 0;
}

#define CXL_CONTROL2 0x10 /* in the DVSEC for CXL devices, CXL 3.1 8.1.3.4 */
#define CXL_CONTROL2_RESET (1u << 2)

/*
 * No need to know whether a DVSEC is CXL's: any write that would be CXL's reset
 * is taken for one.
 */
static u32 of_dvsecs(const struct pcsc_map *map, u16 where, u8 size, u32 value)
{
	const struct pcsc_map_head *head;
	u8 byte;

	for (head = map->heads; head < map->heads + map->nr_heads; head++)
		if (head->offset >= PCSC_CFG_SIZE && pcsc_head_is_cap(head) &&
		    PCI_EXT_CAP_ID(head->value) == PCI_EXT_CAP_ID_DVSEC &&
		    covers(where, size, value, head->offset + CXL_CONTROL2,
			   &byte) &&
		    byte & CXL_CONTROL2_RESET)
			return PCSC_MEANS_RESET_ALL;
	return 0;
}

/* PCIe 7.5.1.1.10: the function need not answer for two seconds. */
static u32 of_bist(u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, PCI_BIST, &byte) &&
	    byte & PCI_BIST_START)
		return PCSC_MEANS_BIST;
	return 0;
}

static u32 of_bridge_control(u16 where, u8 size, u32 value)
{
	u8 byte;

	if (covers(where, size, value, PCI_BRIDGE_CONTROL, &byte))
		return begins(byte & PCI_BRIDGE_CTL_BUS_RESET, PCSC_OPEN_SBR);
	return 0;
}

void pcsc_meaning_of_buses(u16 where, u8 size, u32 value, u8 *secondary,
			   u8 *subordinate)
{
	covers(where, size, value, PCI_SECONDARY_BUS, secondary);
	covers(where, size, value, PCI_SUBORDINATE_BUS, subordinate);
}

static const struct {
	u16 offset; /* of the map's field with its position */
	u32 (*means)(u16 capability, u16 where, u8 size, u32 value);
} capabilities[] = {
	{ offsetof(struct pcsc_map, af), of_af },
	{ offsetof(struct pcsc_map, pm), of_pm },
	{ offsetof(struct pcsc_map, sriov), of_sriov },
	{ offsetof(struct pcsc_map, aer), of_aer },
	{ offsetof(struct pcsc_map, dpc), of_dpc },
};

u32 pcsc_meaning(const struct pcsc_map *map, bool bridge, u16 where, u8 size,
		 u32 value)
{
	u32 means = of_bist(where, size, value);
	unsigned int i;
	u16 at;

	if (map->header_type == PCI_HEADER_TYPE_BRIDGE)
		means |= of_bridge_control(where, size, value);
	if (map->pcie)
		means |= bridge ? of_port(map->pcie, where, size, value) :
				  of_device(map->pcie, where, size, value);
	if (map->pcie && map->sriov)
		means |= of_pf(map->pcie, where, size);
	for (i = 0; i < sizeof(capabilities) / sizeof(capabilities[0]); i++) {
		at = *(const u16 *)((const u8 *)map + capabilities[i].offset);
		if (at)
			means |= capabilities[i].means(at, where, size, value);
	}
	if (where >= PCSC_CFG_SIZE)
		means |= of_dvsecs(map, where, size, value);
	return means;
}
