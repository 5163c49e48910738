/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The register description table: the one place that says what the bytes of
 * configuration space are. Everything else reads it.
 */
#ifndef PCSC_CORE_REGS_H
#define PCSC_CORE_REGS_H

#include "port.h"

/* What an offset is relative to. */
enum pcsc_space {
	PCSC_SPACE_HEADER, /* both header types, absolute */
	PCSC_SPACE_HEADER0, /* type 0 only, absolute */
	PCSC_SPACE_HEADER1, /* type 1 only, absolute */
	PCSC_SPACE_CAP, /* a capability, from its header */
	PCSC_SPACE_ECAP, /* an extended capability, from its header */
	PCSC_SPACE_RAW, /* profiles only: undescribed bytes, absolute */
	PCSC_SPACES,
};

/* The class of a byte. An unknown byte is volatile. */
enum pcsc_class {
	PCSC_VOLATILE,
	PCSC_CONFIG,
	PCSC_CONST,
	PCSC_CLASSES,
};

/* The specification's attribute (PCIe 7.4). */
enum pcsc_attr {
	PCSC_RO,
	PCSC_HWINIT,
	PCSC_RW,
	PCSC_RW1C,
	PCSC_RSVD,
	PCSC_MIXED, /* fields of several attributes */
	PCSC_ATTRS,
};

/* What changes a register besides a software write to it. */
enum pcsc_changed_by {
	PCSC_BY_NOTHING,
	PCSC_BY_DEVICE, /* the function itself, at any time */
	PCSC_BY_LINK, /* link training, common clock setup */
	PCSC_BY_SLOT_POWER, /* a Set_Slot_Power_Limit message */
	PCSC_BY_MSI_MODE, /* the number of MSI messages in use */
	PCSC_BY_SRIOV, /* NumVFs, ARI hierarchy, system page size */
	PCSC_BY_FIRMWARE, /* the PF's driver or firmware */
	PCSC_BY_PLATFORM, /* AML, SMM */
	PCSC_BY_COUNT,
};

/* pcsc_reg.flags */
#define PCSC_FLOOR (1u << 0) /* volatile whatever a profile says */
#define PCSC_VF_CONST (1u << 1) /* const in a VF, by PCIe 9.3.4 or 9.3.5 */
#define PCSC_PROBE (1u << 2) /* tells whether the device is there */
#define PCSC_ADDRESS \
	(1u << 3) /* holds an address: restored by comparing, never served */
#define PCSC_OPAQUE (1u << 4) /* the vendor's: a write may change anything */
#define PCSC_PER_VF (1u << 5) /* may differ among the VFs of one PF */

/*
 * pcsc_reg.cap and pcsc_profile_rule.cap: the header, and only it, of every
 * capability, whether the table knows its ID or not.
 */
#define PCSC_ANY_CAP 0xffff

struct pcsc_reg {
	u8 space; /* enum pcsc_space */
	u8 attr; /* enum pcsc_attr */
	u8 klass; /* enum pcsc_class, by the specification's own word */
	u8 changed_by; /* enum pcsc_changed_by */
	u8 flags; /* PCSC_FLOOR ... */
	u16 cap; /* capability ID, 0 for headers */
	u16 offset; /* bytes, relative to the space */
	u16 length; /* bytes */
	const char *name; /* as setpci and lspci name it */
	const char *source; /* PCIe 6.0 section unless it says otherwise */
};

extern const struct pcsc_reg pcsc_regs[];
extern const unsigned int pcsc_nr_regs;

/* A hash of the table's rules; profiles and handovers carry it. */
u32 pcsc_regs_hash(void);

/*
 * The register that holds byte @offset of @space/@cap, or NULL. HEADER0 and
 * HEADER1 include what both header types share; a capability whose ID has no
 * row still has its header's.
 */
const struct pcsc_reg *pcsc_reg_find(u8 space, u16 cap, u16 offset);

/* Is the register volatile whatever a profile says, in a VF or another? */
static inline bool pcsc_reg_is_floor(const struct pcsc_reg *reg, bool is_vf)
{
	return reg->flags & PCSC_FLOOR &&
	       !(is_vf && reg->flags & PCSC_VF_CONST);
}

/*
 * May a value that is equal in the VFs of a PF stand for another VF's? Not that
 * of a register by which a VF is known, or in which VFs differ by design.
 */
static inline bool pcsc_reg_may_be_shared(const struct pcsc_reg *reg)
{
	return !(reg->flags & (PCSC_PROBE | PCSC_PER_VF));
}

/* Is the register constant by the table's own word, in a VF or another? */
bool pcsc_reg_is_const(const struct pcsc_reg *reg, bool is_vf);

/* Does the table describe this capability's body? */
bool pcsc_cap_known(bool ext, u16 id);

/* "CAP_EXP", "ECAP_AER"..., as setpci spells it; NULL if unknown. */
const char *pcsc_cap_name(bool ext, u16 id);

extern const char *const pcsc_space_names[PCSC_SPACES];
extern const char *const pcsc_class_names[PCSC_CLASSES];
extern const char *const pcsc_attr_names[PCSC_ATTRS];
extern const char *const pcsc_changed_by_names[PCSC_BY_COUNT];

#endif
