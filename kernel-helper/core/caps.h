/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The capabilities that have a name: X(name, ID, what the table says of them).
 * DESCRIBED: every byte of the body has a row. OPAQUE: the header has one, the
 * body as a whole need not.
 */
#ifndef PCSC_CORE_CAPS_H
#define PCSC_CORE_CAPS_H

/* clang-format off */
#define PCSC_CAPS(X)			\
	X(NULL, 0x00, DESCRIBED)	\
	X(PM, 0x01, DESCRIBED)		\
	X(AGP, 0x02, OPAQUE)		\
	X(VPD, 0x03, DESCRIBED)		\
	X(SLOTID, 0x04, OPAQUE)		\
	X(MSI, 0x05, DESCRIBED)		\
	X(CHSWP, 0x06, OPAQUE)		\
	X(PCIX, 0x07, OPAQUE)		\
	X(HT, 0x08, OPAQUE)		\
	X(VNDR, 0x09, OPAQUE)		\
	X(DBG, 0x0a, OPAQUE)		\
	X(CCRC, 0x0b, OPAQUE)		\
	X(HOTPLUG, 0x0c, OPAQUE)	\
	X(SSVID, 0x0d, OPAQUE)		\
	X(AGP3, 0x0e, OPAQUE)		\
	X(SECURE, 0x0f, OPAQUE)		\
	X(EXP, 0x10, DESCRIBED)		\
	X(MSIX, 0x11, DESCRIBED)	\
	X(SATA, 0x12, OPAQUE)		\
	X(AF, 0x13, DESCRIBED)		\
	X(EA, 0x14, DESCRIBED)

#define PCSC_ECAPS(X)			\
	X(NULL, 0x0000, DESCRIBED)	\
	X(AER, 0x0001, DESCRIBED)	\
	X(VC, 0x0002, OPAQUE)		\
	X(DSN, 0x0003, DESCRIBED)	\
	X(PB, 0x0004, OPAQUE)		\
	X(RCLINK, 0x0005, OPAQUE)	\
	X(RCILINK, 0x0006, OPAQUE)	\
	X(RCEC, 0x0007, OPAQUE)		\
	X(MFVC, 0x0008, OPAQUE)		\
	X(VC2, 0x0009, OPAQUE)		\
	X(RBCB, 0x000a, OPAQUE)		\
	X(VNDR, 0x000b, OPAQUE)		\
	X(ACS, 0x000d, DESCRIBED)	\
	X(ARI, 0x000e, DESCRIBED)	\
	X(ATS, 0x000f, DESCRIBED)	\
	X(SRIOV, 0x0010, DESCRIBED)	\
	X(MRIOV, 0x0011, OPAQUE)	\
	X(MCAST, 0x0012, OPAQUE)	\
	X(PRI, 0x0013, DESCRIBED)	\
	X(REBAR, 0x0015, DESCRIBED)	\
	X(DPA, 0x0016, OPAQUE)		\
	X(TPH, 0x0017, OPAQUE)		\
	X(LTR, 0x0018, DESCRIBED)	\
	X(SECPCI, 0x0019, OPAQUE)	\
	X(PMUX, 0x001a, OPAQUE)		\
	X(PASID, 0x001b, DESCRIBED)	\
	X(LNR, 0x001c, OPAQUE)		\
	X(DPC, 0x001d, DESCRIBED)	\
	X(L1PM, 0x001e, DESCRIBED)	\
	X(PTM, 0x001f, DESCRIBED)	\
	X(M_PCIE, 0x0020, OPAQUE)	\
	X(FRS, 0x0021, OPAQUE)		\
	X(RTR, 0x0022, OPAQUE)		\
	X(DVSEC, 0x0023, OPAQUE)	\
	X(VF_REBAR, 0x0024, OPAQUE)	\
	X(DLNK, 0x0025, OPAQUE)		\
	X(16GT, 0x0026, OPAQUE)		\
	X(LMR, 0x0027, OPAQUE)		\
	X(HIER_ID, 0x0028, OPAQUE)	\
	X(NPEM, 0x0029, OPAQUE)		\
	X(32GT, 0x002a, OPAQUE)		\
	X(DOE, 0x002e, OPAQUE)		\
	X(IDE, 0x0030, OPAQUE)		\
	X(64GT, 0x0031, OPAQUE)

#define PCSC_CAP_ID(name, id, body) PCSC_CAP_##name = id,
#define PCSC_ECAP_ID(name, id, body) PCSC_ECAP_##name = id,

enum { PCSC_CAPS(PCSC_CAP_ID) };
enum { PCSC_ECAPS(PCSC_ECAP_ID) };
/* clang-format on */

#undef PCSC_CAP_ID
#undef PCSC_ECAP_ID

/* Where the lists begin and end. */
#define PCSC_CAP_BASE 0x40
#define PCSC_ECAP_BASE 0x100
#define PCSC_CFG_SIZE 256
#define PCSC_CFG_SIZE_EXT 4096

#endif
