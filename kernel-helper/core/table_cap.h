/* SPDX-License-Identifier: GPL-2.0-only */
/* Rows of the register table: capabilities. Included by regs.c alone. */
/* clang-format off */

CAP(NULL, "7.5.1.1.11")

/* A device may load PMC from its memory, which is firmware's activation. */
CAP(PM, "7.5.2")
CONST(CAP, PCSC_CAP_PM, 0x02, 2, RO, 0, "PMC", "7.5.2.1")
FLOOR(CAP, PCSC_CAP_PM, 0x04, 4, MIXED, DEVICE, "PMCSR", "7.5.2.2")

CAP(AGP, "AGP 3.0")
CONST(CAP, PCSC_CAP_AGP, 0x02, 2, RO, 0, "AGP Version", "AGP 3.0")
CHANGES(CAP, PCSC_CAP_AGP, 0x04, 4, RO, PLATFORM, "AGP Status", "AGP 3.0")
FLOOR(CAP, PCSC_CAP_AGP, 0x08, 4, RW, NOTHING, "AGP Command", "AGP 3.0")
BODY(CAP, PCSC_CAP_AGP, 0x0c, 0xb4, "AGP Body", "AGP 3.0")

CAP(VPD, "PCI 3.0, appendix I")
FLOOR(CAP, PCSC_CAP_VPD, 0x02, 2, RW, DEVICE, "VPD Address", "PCI 3.0, appendix I")
FLOOR(CAP, PCSC_CAP_VPD, 0x04, 4, RW, DEVICE, "VPD Data", "PCI 3.0, appendix I")

CAP(SLOTID, "PCI-to-PCI Bridge 1.2, 13")
CONST(CAP, PCSC_CAP_SLOTID, 0x02, 1, HWINIT, 0, "Expansion Slot", "PCI-to-PCI Bridge 1.2, 13")
CONFIG(CAP, PCSC_CAP_SLOTID, 0x03, 1, RW, PLATFORM, 0, "Chassis Number", "PCI-to-PCI Bridge 1.2, 13")

/*
 * Message Control decides where data, mask and pending bits are, so bytes that
 * may hold a pending bit in one form are on the floor in all forms.
 */
CAP(MSI, "7.7.1")
FLOOR(CAP, PCSC_CAP_MSI, 0x02, 2, MIXED, NOTHING, "MSI Message Control", "7.7.1.2")
CONFIG(CAP, PCSC_CAP_MSI, 0x04, 4, RW, NOTHING, PCSC_ADDRESS | PCSC_PER_VF, "MSI Message Address", "7.7.1.3")
CONFIG(CAP, PCSC_CAP_MSI, 0x08, 8, RW, NOTHING, PCSC_ADDRESS | PCSC_PER_VF, "MSI Upper Address, Data, Mask", "7.7.1.4")
FLOOR(CAP, PCSC_CAP_MSI, 0x10, 8, MIXED, DEVICE, "MSI Mask, Pending", "7.7.1.8")

CAP(CHSWP, "PICMG 2.1")
FLOOR(CAP, PCSC_CAP_CHSWP, 0x02, 2, MIXED, DEVICE, "Hot Swap Control, Status", "PICMG 2.1")
BODY(CAP, PCSC_CAP_CHSWP, 0x04, 0xbc, "Hot Swap Body", "PICMG 2.1")
CAP(PCIX, "PCI-X 2.0, 7.2")
FLOOR(CAP, PCSC_CAP_PCIX, 0x02, 2, MIXED, DEVICE, "PCI-X Command or Secondary Status", "PCI-X 2.0, 7.2")
FLOOR(CAP, PCSC_CAP_PCIX, 0x04, 4, MIXED, DEVICE, "PCI-X Status", "PCI-X 2.0, 7.2")
BODY(CAP, PCSC_CAP_PCIX, 0x08, 0xb8, "PCI-X Split Transactions, ECC", "PCI-X 2.0, 7.2")
CAP(HT, "HyperTransport 3.1, 7")
BODY(CAP, PCSC_CAP_HT, 0x02, 0xbe, "HyperTransport Body", "HyperTransport 3.1, 7")

CAP(VNDR, "7.9.4")
CONST(CAP, PCSC_CAP_VNDR, 0x02, 1, RO, PCSC_PER_VF, "Vendor Length", "7.9.4")
BODY(CAP, PCSC_CAP_VNDR, 0x03, 0xbd, "Vendor Body", "7.9.4")

CAP(DBG, "EHCI 1.0, appendix C")
CONST(CAP, PCSC_CAP_DBG, 0x02, 2, RO, 0, "Debug Port", "EHCI 1.0, appendix C")
BODY(CAP, PCSC_CAP_DBG, 0x04, 0xbc, "Debug Port Body", "EHCI 1.0, appendix C")
CAP(CCRC, "PICMG 2.12")
BODY(CAP, PCSC_CAP_CCRC, 0x02, 0xbe, "CompactPCI Body", "PICMG 2.12")
CAP(HOTPLUG, "SHPC 1.0")
BODY(CAP, PCSC_CAP_HOTPLUG, 0x02, 0xbe, "SHPC Body", "SHPC 1.0")
CAP(SSVID, "PCI-to-PCI Bridge 1.2")
CONST(CAP, PCSC_CAP_SSVID, 0x04, 4, HWINIT, 0, "SSVID, SSID", "PCI-to-PCI Bridge 1.2")
CAP(AGP3, "AGP 3.0")
BODY(CAP, PCSC_CAP_AGP3, 0x02, 0xbe, "AGP8x Body", "AGP 3.0")
CAP(SECURE, "AMD I/O Virtualization 1.26")
BODY(CAP, PCSC_CAP_SECURE, 0x02, 0xbe, "IOMMU Body", "AMD I/O Virtualization 1.26")

/*
 * The Interrupt Message Number follows the number of messages in use; power
 * limits come in a message, exit latencies with the common clock (7.4). A message
 * comes when the link does, which no VF outlives, or after a write to the port's
 * SltCap. A VF controls no link (RsvdP, 9.3.5.7); and who has no slot and is no
 * root has zero in their registers (7.5.3), which holds for every VF.
 */
CAP(EXP, "7.5.3.1")
CONST(CAP, PCSC_CAP_EXP, 0x02, 1, RO, 0, "PCIe Flags: Version, Type", "7.5.3.2")
CHANGES(CAP, PCSC_CAP_EXP, 0x03, 1, MIXED, MSI_MODE, "PCIe Flags: Slot, Interrupt Message", "7.5.3.2")
CONST(CAP, PCSC_CAP_EXP, 0x04, 2, RO, 0, "DevCap", "7.5.3.3")
ROW(CAP, PCSC_CAP_EXP, 0x06, 2, RO, VOLATILE, SLOT_POWER, PCSC_VF_CONST, "DevCap: Slot Power Limit, FLR", "7.5.3.3, 9.3.5.3")
FLOOR(CAP, PCSC_CAP_EXP, 0x08, 2, RW, NOTHING, "DevCtl", "7.5.3.4")
FLOOR(CAP, PCSC_CAP_EXP, 0x0a, 2, MIXED, DEVICE, "DevSta", "7.5.3.5")
CONST(CAP, PCSC_CAP_EXP, 0x0c, 1, RO, 0, "LnkCap: Speed, Width", "7.5.3.6")
CHANGES(CAP, PCSC_CAP_EXP, 0x0d, 2, RO, LINK, "LnkCap: ASPM, Exit Latencies", "7.5.3.6")
CONST(CAP, PCSC_CAP_EXP, 0x0f, 1, HWINIT, 0, "LnkCap: Port Number", "7.5.3.6")
ROW(CAP, PCSC_CAP_EXP, 0x10, 2, RW, VOLATILE, LINK, PCSC_FLOOR | PCSC_VF_CONST, "LnkCtl", "7.5.3.7, 9.3.5.7")
FLOOR(CAP, PCSC_CAP_EXP, 0x12, 2, MIXED, LINK, "LnkSta", "7.5.3.8")
ROW(CAP, PCSC_CAP_EXP, 0x14, 3, HWINIT, VOLATILE, SLOT_POWER, PCSC_VF_CONST, "SltCap: Hot-Plug, Power Limit", "7.5.3.9")
CONST(CAP, PCSC_CAP_EXP, 0x17, 1, HWINIT, 0, "SltCap: Physical Slot", "7.5.3.9")
ROW(CAP, PCSC_CAP_EXP, 0x18, 2, RW, VOLATILE, DEVICE, PCSC_FLOOR | PCSC_VF_CONST, "SltCtl", "7.5.3.10")
ROW(CAP, PCSC_CAP_EXP, 0x1a, 2, MIXED, VOLATILE, DEVICE, PCSC_FLOOR | PCSC_VF_CONST, "SltSta", "7.5.3.11")
ROW(CAP, PCSC_CAP_EXP, 0x1c, 2, RW, VOLATILE, PLATFORM, PCSC_FLOOR | PCSC_VF_CONST, "RootCtl", "7.5.3.12")
CONST(CAP, PCSC_CAP_EXP, 0x1e, 2, RO, 0, "RootCap", "7.5.3.13")
ROW(CAP, PCSC_CAP_EXP, 0x20, 4, MIXED, VOLATILE, DEVICE, PCSC_FLOOR | PCSC_VF_CONST, "RootSta", "7.5.3.14")
CONST(CAP, PCSC_CAP_EXP, 0x24, 4, HWINIT, 0, "DevCap2", "7.5.3.15")
FLOOR(CAP, PCSC_CAP_EXP, 0x28, 2, RW, LINK, "DevCtl2", "7.5.3.16")
FLOOR(CAP, PCSC_CAP_EXP, 0x2a, 2, RSVD, DEVICE, "DevSta2", "7.5.3.17")
CONST(CAP, PCSC_CAP_EXP, 0x2c, 4, HWINIT, 0, "LnkCap2", "7.5.3.18")
CONFIG(CAP, PCSC_CAP_EXP, 0x30, 2, RW, LINK, PCSC_VF_CONST, "LnkCtl2", "7.5.3.19, 9.3.5.13")
FLOOR(CAP, PCSC_CAP_EXP, 0x32, 2, MIXED, LINK, "LnkSta2", "7.5.3.20")
CONST(CAP, PCSC_CAP_EXP, 0x34, 4, HWINIT, 0, "SltCap2", "7.5.3.21")
CONFIG(CAP, PCSC_CAP_EXP, 0x38, 2, RW, NOTHING, PCSC_VF_CONST, "SltCtl2", "7.5.3.22")
ROW(CAP, PCSC_CAP_EXP, 0x3a, 2, RSVD, VOLATILE, DEVICE, PCSC_FLOOR | PCSC_VF_CONST, "SltSta2", "7.5.3.23")

/*
 * Table Size, in Message Control, changes when a PF gives its VFs other numbers
 * of vectors (9.3.5); the PBA may then move, since it is behind the table.
 */
CAP(MSIX, "7.7.2")
FLOOR(CAP, PCSC_CAP_MSIX, 0x02, 2, MIXED, SRIOV, "MSI-X Message Control", "7.7.2.2")
CONST(CAP, PCSC_CAP_MSIX, 0x04, 4, RO, PCSC_PER_VF, "MSI-X Table", "7.7.2.3")
ROW(CAP, PCSC_CAP_MSIX, 0x08, 4, RO, VOLATILE, SRIOV, PCSC_PER_VF, "MSI-X PBA", "7.7.2.4")

CAP(SATA, "Serial ATA AHCI 1.3, 2.4")
CONST(CAP, PCSC_CAP_SATA, 0x02, 2, RO, 0, "SATA Revision", "Serial ATA AHCI 1.3, 2.4")
CONST(CAP, PCSC_CAP_SATA, 0x04, 4, RO, 0, "SATA BAR Location", "Serial ATA AHCI 1.3, 2.4")
FLOOR(CAP, PCSC_CAP_SATA, 0x08, 8, MIXED, DEVICE, "SATA Index, Data", "Serial ATA AHCI 1.3, 2.4")

CAP(AF, "PCI ECN Advanced Capabilities")
CONST(CAP, PCSC_CAP_AF, 0x02, 1, RO, 0, "AF Length", "PCI ECN Advanced Capabilities")
CONST(CAP, PCSC_CAP_AF, 0x03, 1, RO, 0, "AF Capabilities", "PCI ECN Advanced Capabilities")
FLOOR(CAP, PCSC_CAP_AF, 0x04, 1, RW, DEVICE, "AF Control", "PCI ECN Advanced Capabilities")
FLOOR(CAP, PCSC_CAP_AF, 0x05, 1, RO, DEVICE, "AF Status", "PCI ECN Advanced Capabilities")

/* Software writes an entry's Enable bit, and the bases of writable entries. */
CAP(EA, "7.8.5")
CONST(CAP, PCSC_CAP_EA, 0x02, 1, HWINIT, 0, "EA Entries", "7.8.5.1")
CONFIG(CAP, PCSC_CAP_EA, 0x04, 0xbc, MIXED, NOTHING, 0, "EA Entry", "7.8.5.3")

CAP(FPB, "7.8.11")
CONST(CAP, PCSC_CAP_FPB, 0x04, 4, HWINIT, 0, "FPBCap", "7.8.11.2")
FLOOR(CAP, PCSC_CAP_FPB, 0x08, 28, MIXED, NOTHING, "FPB Vectors", "7.8.11.3")

CONST(CAP, PCSC_ANY_CAP, 0x00, 2, RO, 0, "Capability Header", "7.5.1.1.11")
/* clang-format on */
