// SPDX-License-Identifier: GPL-2.0-only
#include "regs.h"

#include "caps.h"
#include "hash.h"

/*
 * Rows are sorted by space, capability and offset, since pcsc_reg_find() does a
 * binary search.
 */
#define ROW(space_, cap_, offset_, length_, attr_, klass_, by_, flags_, name_, \
	    source_)                                                           \
	{ .space = PCSC_SPACE_##space_,                                        \
	  .attr = PCSC_##attr_,                                                \
	  .klass = PCSC_##klass_,                                              \
	  .changed_by = PCSC_BY_##by_,                                         \
	  .flags = flags_,                                                     \
	  .cap = cap_,                                                         \
	  .offset = offset_,                                                   \
	  .length = length_,                                                   \
	  .name = name_,                                                       \
	  .source = source_ },

#define CONST(space, cap, offset, length, attr, flags, name, source)       \
	ROW(space, cap, offset, length, attr, CONST, NOTHING, flags, name, \
	    source)
#define CONFIG(space, cap, offset, length, attr, by, flags, name, source) \
	ROW(space, cap, offset, length, attr, CONFIG, by, flags, name, source)
#define CHANGES(space, cap, offset, length, attr, by, name, source) \
	ROW(space, cap, offset, length, attr, VOLATILE, by, 0, name, source)
#define FLOOR(space, cap, offset, length, attr, by, name, source)             \
	ROW(space, cap, offset, length, attr, VOLATILE, by, PCSC_FLOOR, name, \
	    source)
#define BODY(space, cap, offset, length, name, source)           \
	ROW(space, cap, offset, length, MIXED, VOLATILE, DEVICE, \
	    PCSC_FLOOR | PCSC_OPAQUE, name, source)
#define CAP(id, source) \
	CONST(CAP, PCSC_CAP_##id, 0, 2, RO, 0, "CAP_" #id, source)
#define ECAP(id, source) \
	CONST(ECAP, PCSC_ECAP_##id, 0, 4, RO, 0, "ECAP_" #id, source)

const struct pcsc_reg pcsc_regs[] = {
#include "table_header.h"
#include "table_cap.h"
#include "table_ecap.h"
};

const unsigned int pcsc_nr_regs = sizeof(pcsc_regs) / sizeof(pcsc_regs[0]);

const char *const pcsc_space_names[PCSC_SPACES] = {
	[PCSC_SPACE_HEADER] = "header",	  [PCSC_SPACE_HEADER0] = "header0",
	[PCSC_SPACE_HEADER1] = "header1", [PCSC_SPACE_CAP] = "cap",
	[PCSC_SPACE_ECAP] = "ecap",	  [PCSC_SPACE_RAW] = "raw",
};

const char *const pcsc_class_names[PCSC_CLASSES] = {
	[PCSC_VOLATILE] = "volatile",
	[PCSC_CONFIG] = "config",
	[PCSC_CONST] = "const",
};

const char *const pcsc_attr_names[PCSC_ATTRS] = {
	[PCSC_RO] = "RO",     [PCSC_HWINIT] = "HwInit", [PCSC_RW] = "RW",
	[PCSC_RW1C] = "RW1C", [PCSC_RSVD] = "Rsvd",	[PCSC_MIXED] = "mixed",
};

const char *const pcsc_changed_by_names[PCSC_BY_COUNT] = {
	[PCSC_BY_NOTHING] = "nothing",	 [PCSC_BY_DEVICE] = "device",
	[PCSC_BY_LINK] = "link",	 [PCSC_BY_SLOT_POWER] = "slot-power",
	[PCSC_BY_MSI_MODE] = "msi-mode", [PCSC_BY_SRIOV] = "sriov",
	[PCSC_BY_FIRMWARE] = "firmware", [PCSC_BY_PLATFORM] = "platform",
};

static const struct cap_name {
	u16 id;
	bool ext;
	bool described;
	const char *name;
} cap_names[] = {
#define DESCRIBED true
#define OPAQUE false
#define CAP_NAME(name_, id_, body_) \
	{ .id = id_, .ext = false, .described = body_, .name = "CAP_" #name_ },
#define ECAP_NAME(name_, id_, body_) \
	{ .id = id_, .ext = true, .described = body_, .name = "ECAP_" #name_ },
	PCSC_CAPS(CAP_NAME) PCSC_ECAPS(ECAP_NAME)
};

static const struct cap_name *find_cap_name(bool ext, u16 id)
{
	unsigned int i;

	for (i = 0; i < sizeof(cap_names) / sizeof(cap_names[0]); i++)
		if (cap_names[i].ext == ext && cap_names[i].id == id)
			return &cap_names[i];
	return NULL;
}

bool pcsc_cap_known(bool ext, u16 id)
{
	const struct cap_name *cap = find_cap_name(ext, id);

	return cap && cap->described;
}

const char *pcsc_cap_name(bool ext, u16 id)
{
	const struct cap_name *cap = find_cap_name(ext, id);

	return cap ? cap->name : NULL;
}

/* Hash all that decides a byte's class, so no names and sources. */
u32 pcsc_regs_hash(void)
{
	u32 hash = PCSC_HASH_START;
	const struct pcsc_reg *reg;

	for (reg = pcsc_regs; reg < pcsc_regs + pcsc_nr_regs; reg++) {
		hash = pcsc_hash16(hash, reg->space | reg->attr << 8);
		hash = pcsc_hash16(hash, reg->klass | reg->changed_by << 8);
		hash = pcsc_hash16(hash, reg->flags);
		hash = pcsc_hash16(hash, reg->cap);
		hash = pcsc_hash16(hash, reg->offset);
		hash = pcsc_hash16(hash, reg->length);
	}
	return hash;
}

static u64 sort_key(u8 space, u16 cap, u16 offset)
{
	return (u64)space << 32 | (u32)cap << 16 | offset;
}

/* The last row that starts at or before @offset, if it reaches that far. */
static const struct pcsc_reg *find_row(u8 space, u16 cap, u16 offset)
{
	const u64 key = sort_key(space, cap, offset);
	unsigned int low = 0, high = pcsc_nr_regs, middle;
	const struct pcsc_reg *reg;

	while (low < high) {
		middle = low + (high - low) / 2;
		reg = &pcsc_regs[middle];
		if (sort_key(reg->space, reg->cap, reg->offset) <= key)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	reg = &pcsc_regs[low - 1];
	if (reg->space != space || reg->cap != cap ||
	    offset - reg->offset >= reg->length)
		return NULL;
	return reg;
}

const struct pcsc_reg *pcsc_reg_find(u8 space, u16 cap, u16 offset)
{
	const struct pcsc_reg *reg = find_row(space, cap, offset);

	if (reg)
		return reg;
	switch (space) {
	case PCSC_SPACE_HEADER0:
	case PCSC_SPACE_HEADER1:
		return find_row(PCSC_SPACE_HEADER, cap, offset);
	case PCSC_SPACE_CAP:
	case PCSC_SPACE_ECAP:
		return find_row(space, PCSC_ANY_CAP, offset);
	}
	return NULL;
}

bool pcsc_reg_is_const(const struct pcsc_reg *reg, bool is_vf)
{
	if (pcsc_reg_is_floor(reg, is_vf))
		return false;
	return reg->klass == PCSC_CONST ||
	       (is_vf && reg->flags & PCSC_VF_CONST);
}
