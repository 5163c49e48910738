// SPDX-License-Identifier: GPL-2.0-only
#include "extent.h"

/* PCIe device/port types (7.5.3.2) */
#define TYPE_ROOT_PORT 4
#define TYPE_DOWNSTREAM 6
#define TYPE_RC_ENDPOINT 9
#define TYPE_RC_EVENT_COLLECTOR 10

/* In the header's dword (7.7.1.2, 7.5.3.2) */
#define MSI_WIDE (0x80u << 16)
#define MSI_MASKS (0x100u << 16)
#define EXP_VERSION (0xfu << 16)
#define EXP_TYPE (0xfu << 20)

/* In the dword that pcsc_length_field() names (7.9.5.2, 7.7.11.2, 7.9.14.2, 7.8.6.3, 7.9.12.2) */
#define VSEC_LENGTH 0xfff00000u
#define ACS_EGRESS 0x20u
#define ACS_BITS 0xff00u
#define DPC_ROOT_PORT 0x20u
#define DPC_LOG 0xf00u
#define DPC_MORE 0x2000u
#define REBAR_BARS 0xe0u
#define DPA_SUBSTATES 0x1fu

/* Lengths that no register decides; for opaque bodies the most they take. */
static const struct fixed_extent {
	u16 id;
	bool ext;
	u16 need, may;
} fixed_extents[] = {
	{ PCSC_CAP_NULL, false, 2, 4 },
	{ PCSC_CAP_PM, false, 8, 8 },
	{ PCSC_CAP_VPD, false, 8, 8 },
	{ PCSC_CAP_SLOTID, false, 2, 4 },
	{ PCSC_CAP_SSVID, false, 2, 8 },
	{ PCSC_CAP_MSIX, false, 12, 12 },
	{ PCSC_CAP_SATA, false, 2, 16 },
	{ PCSC_CAP_AF, false, 6, 8 },
	{ PCSC_CAP_FPB, false, 2, 0x24 },
	{ PCSC_ECAP_NULL, true, 4, 4 },
	{ PCSC_ECAP_DSN, true, 12, 12 },
	{ PCSC_ECAP_PB, true, 4, 16 },
	{ PCSC_ECAP_ARI, true, 8, 8 },
	{ PCSC_ECAP_ATS, true, 8, 8 },
	{ PCSC_ECAP_SRIOV, true, 0x40, 0x40 },
	{ PCSC_ECAP_RCILINK, true, 4, 12 },
	{ PCSC_ECAP_MCAST, true, 4, 0x30 },
	{ PCSC_ECAP_PRI, true, 16, 16 },
	{ PCSC_ECAP_TPH, true, 4, 12 + 64 * 2 },
	{ PCSC_ECAP_LTR, true, 8, 8 },
	{ PCSC_ECAP_SECPCI, true, 4, 12 + 32 * 2 },
	{ PCSC_ECAP_PASID, true, 8, 8 },
	{ PCSC_ECAP_PTM, true, 12, 12 },
	{ PCSC_ECAP_FRS, true, 4, 16 },
	{ PCSC_ECAP_RTR, true, 4, 12 },
	{ PCSC_ECAP_DLNK, true, 4, 12 },
	{ PCSC_ECAP_16GT, true, 4, 0x20 + 32 },
	{ PCSC_ECAP_LMR, true, 4, 8 + 32 * 4 },
	{ PCSC_ECAP_HIER_ID, true, 4, 0x20 },
	{ PCSC_ECAP_NPEM, true, 4, 16 },
	{ PCSC_ECAP_32GT, true, 4, 0x20 + 32 },
	{ PCSC_ECAP_DOE, true, 4, 24 },
	{ PCSC_ECAP_DEV3, true, 4, 16 },
	{ PCSC_ECAP_64GT, true, 4, 0x20 + 32 },
};

/* The newest version of an extended capability whose length is known here. */
static u8 newest_version(u16 id)
{
	switch (id) {
	case PCSC_ECAP_AER:
	case PCSC_ECAP_L1PM:
		return 2;
	}
	return 1;
}

/* Lengths that one register tells: where it is, and in which bits. */
static const struct {
	u16 id;
	bool ext;
	u16 offset;
	u32 mask;
	u32 only_with; /* the other bits mean nothing while this one is clear */
} length_fields[] = {
	{ PCSC_CAP_MSI, false, 0, MSI_WIDE | MSI_MASKS, 0 },
	{ PCSC_CAP_VNDR, false, 0, 0x00ff0000, 0 },
	{ PCSC_CAP_EXP, false, 0, EXP_VERSION | EXP_TYPE, 0 },
	{ PCSC_ECAP_VNDR, true, 4, VSEC_LENGTH, 0 },
	{ PCSC_ECAP_DVSEC, true, 4, VSEC_LENGTH, 0 },
	{ PCSC_ECAP_ACS, true, 4, ACS_EGRESS | ACS_BITS, ACS_EGRESS },
	{ PCSC_ECAP_DPA, true, 4, DPA_SUBSTATES, 0 },
	{ PCSC_ECAP_DPC, true, 4, DPC_ROOT_PORT | DPC_LOG | DPC_MORE,
	  DPC_ROOT_PORT },
	{ PCSC_ECAP_REBAR, true, 8, REBAR_BARS, 0 },
	{ PCSC_ECAP_VF_REBAR, true, 8, REBAR_BARS, 0 },
};

struct pcsc_length_field pcsc_length_field(bool ext, u16 id, u32 dword)
{
	const size_t nr = sizeof(length_fields) / sizeof(length_fields[0]);
	struct pcsc_length_field field = {};
	size_t i;

	for (i = 0; i < nr; i++) {
		if (length_fields[i].ext != ext || length_fields[i].id != id)
			continue;
		field.offset = length_fields[i].offset;
		field.mask = length_fields[i].mask;
		if (length_fields[i].only_with & ~dword)
			field.mask = length_fields[i].only_with;
	}
	return field;
}

/*
 * The null capability is its header; the other two have a length of their own.
 */
static bool length_needs_version(u16 id)
{
	return id != PCSC_ECAP_NULL && id != PCSC_ECAP_VNDR &&
	       id != PCSC_ECAP_DVSEC;
}

static struct pcsc_extent exactly(u16 length)
{
	return (struct pcsc_extent){ .need = length, .may = length };
}

/* Structures begin at dwords, so a header has room for 4 bytes. */
static struct pcsc_extent opaque_body(u16 length, u16 least)
{
	/* A length that cannot be true says nothing. */
	return (struct pcsc_extent){
		.need = 4,
		.may = length < least ? PCSC_TO_THE_NEXT : length,
	};
}

static struct pcsc_extent fixed_extent(bool ext, u16 id)
{
	const size_t nr = sizeof(fixed_extents) / sizeof(fixed_extents[0]);
	size_t i;

	for (i = 0; i < nr; i++)
		if (fixed_extents[i].ext == ext && fixed_extents[i].id == id)
			return (struct pcsc_extent){
				.need = fixed_extents[i].need,
				.may = fixed_extents[i].may,
			};
	return opaque_body(0, 1);
}

/*
 * The vector's extension for data of 32 bits is claimed, used or not (7.7.1).
 */
static struct pcsc_extent msi_extent(u32 header)
{
	const bool wide = header & MSI_WIDE;
	const bool masks = header & MSI_MASKS;

	if (masks)
		return exactly(wide ? 0x18 : 0x14);
	return wide ? (struct pcsc_extent){ .need = 0x0e, .may = 0x10 } :
		      (struct pcsc_extent){ .need = 0x0a, .may = 0x0c };
}

/*
 * Version 1 has only what its type uses (PCIe 1.1, 7.8). Later ones have all of
 * it (7.5.3), but some devices put other structures where they had nothing, so
 * what a type has no use for is not needed.
 */
u16 pcsc_extent_exp_need(u8 version, u8 type)
{
	const bool has_link = type < TYPE_RC_ENDPOINT;
	const bool has_slot = type == TYPE_ROOT_PORT || type == TYPE_DOWNSTREAM;

	if (version >= 2) {
		if (has_slot)
			return 0x3c;
		return has_link ? 0x34 : 0x2c;
	}
	if (type == TYPE_ROOT_PORT || type == TYPE_RC_EVENT_COLLECTOR)
		return 0x24;
	if (has_slot)
		return 0x1c;
	return has_link ? 0x14 : 0x0c;
}

/* Some devices of version 1 have data of their own behind what they need. */
static struct pcsc_extent exp_extent(u32 header)
{
	const u8 version = (header & EXP_VERSION) >> 16;
	const u8 type = (header & EXP_TYPE) >> 20;

	return (struct pcsc_extent){
		.need = pcsc_extent_exp_need(version, type),
		.may = version <= 2 ? 0x3c : PCSC_TO_THE_NEXT,
	};
}

/* Each entry's first dword says how many follow it (7.8.5.3). */
static struct pcsc_extent ea_extent(struct pcsc_walking *w, u16 offset,
				    u32 header)
{
	unsigned int entries = (header >> 16) & 0x3f;
	u16 length = w->layout->header_type == 1 ? 8 : 4;
	u32 entry;

	for (; entries && offset + length < PCSC_CFG_SIZE; entries--) {
		if (!pcsc_walk_read(w, offset + length, &entry))
			break;
		length += 4 + 4 * (entry & 7);
	}
	if (entries && !pcsc_walk_stopped(w))
		length = PCSC_CFG_SIZE;
	return exactly(length);
}

static struct pcsc_extent cap_extent(struct pcsc_walking *w, u16 id, u16 offset,
				     u32 header)
{
	switch (id) {
	case PCSC_CAP_MSI:
		return msi_extent(header);
	case PCSC_CAP_VNDR:
		return opaque_body((header >> 16) & 0xff, 3);
	case PCSC_CAP_EXP:
		return exp_extent(header);
	case PCSC_CAP_EA:
		return ea_extent(w, offset, header);
	}
	return fixed_extent(false, id);
}

struct pcsc_extent pcsc_extent_cap(struct pcsc_walking *w, u16 id, u16 offset,
				   u32 header)
{
	struct pcsc_extent extent = cap_extent(w, id, offset, header);

	extent.length_bits = header & pcsc_length_field(false, id, header).mask;
	return extent;
}

static struct pcsc_extent acs_extent(u32 capability)
{
	const bool has_vector = capability & ACS_EGRESS;
	unsigned int bits = (capability & ACS_BITS) >> 8;

	if (!has_vector)
		return exactly(8);
	if (!bits)
		bits = 256;
	return exactly(8 + (bits + 31) / 32 * 4);
}

static struct pcsc_extent dpc_extent(u32 capability)
{
	const bool root_port = capability & DPC_ROOT_PORT;
	const unsigned int log_dwords = (capability & DPC_LOG) >> 8;
	/* The size's fifth bit counts in Flit Mode only, which may be left. */
	const unsigned int more_dwords = capability & DPC_MORE ? 0x10 : 0;
	const u16 need = 0x20 + 4 * log_dwords;

	if (!root_port)
		return exactly(0x0c);
	return (struct pcsc_extent){
		.need = need,
		.may = need + 4 * more_dwords,
	};
}

/*
 * In Flit Mode 10 dwords of a header are logged from 0x38 on (PCIe 6.2, 7.8.4).
 */
static struct pcsc_extent aer_extent(u8 pcie_type)
{
	const bool root = pcie_type == TYPE_ROOT_PORT ||
			  pcie_type == TYPE_RC_EVENT_COLLECTOR;

	return (struct pcsc_extent){ .need = root ? 0x38 : 0x2c, .may = 0x60 };
}

/* What a structure takes whose length is in the register @dword. */
static struct pcsc_extent extent_told_by(u16 id, u32 dword)
{
	switch (id) {
	case PCSC_ECAP_ACS:
		return acs_extent(dword);
	case PCSC_ECAP_DPC:
		return dpc_extent(dword);
	case PCSC_ECAP_DPA:
		return (struct pcsc_extent){
			.need = 4,
			.may = 0x10 + (dword & DPA_SUBSTATES) + 1,
		};
	case PCSC_ECAP_VF_REBAR:
		return (struct pcsc_extent){
			.need = 4,
			.may = 4 + 8 * ((dword & REBAR_BARS) >> 5),
		};
	case PCSC_ECAP_REBAR:
		return exactly(4 + 8 * ((dword & REBAR_BARS) >> 5));
	case PCSC_ECAP_DVSEC:
		return opaque_body(dword >> 20, 10);
	}
	return opaque_body(dword >> 20, 8);
}

/* Lengths that a register behind the header tells take one more read. */
static struct pcsc_extent ecap_extent(struct pcsc_walking *w, u16 id,
				      u16 offset, u8 version)
{
	const struct pcsc_length_field field = pcsc_length_field(true, id, 0);
	struct pcsc_extent extent;
	u32 dword;

	switch (id) {
	case PCSC_ECAP_AER:
		return aer_extent(w->layout->pcie_type);
	case PCSC_ECAP_L1PM:
		return exactly(version >= 2 ? 0x14 : 0x10);
	}
	if (!field.mask)
		return fixed_extent(true, id);
	offset += field.offset;
	if (offset >= w->layout->cfg_size || !pcsc_walk_read(w, offset, &dword))
		return opaque_body(0, 1);
	extent = extent_told_by(id, dword);
	extent.length_bits = dword & pcsc_length_field(true, id, dword).mask;
	return extent;
}

struct pcsc_extent pcsc_extent_ecap(struct pcsc_walking *w, u16 id, u16 offset,
				    u8 version)
{
	struct pcsc_extent extent = ecap_extent(w, id, offset, version);

	/* The end of other versions is not known here. */
	if (length_needs_version(id) &&
	    (!version || version > newest_version(id)))
		extent.may = PCSC_TO_THE_NEXT;
	return extent;
}
