/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A compiled profile: what the helper is given. Native byte order, no
 * pointers, no padding; nothing in it is trusted before pcsc_profile_check().
 *
 *	struct pcsc_profile_header
 *	struct pcsc_profile_model[nr_models]
 *	struct pcsc_profile_rule[nr_rules]
 */
#ifndef PCSC_CORE_PROFILE_H
#define PCSC_CORE_PROFILE_H

#include "port.h"

#define PCSC_PROFILE_MAGIC 0x50435350u /* "PSCP" little-endian */
#define PCSC_PROFILE_VERSION 1
#define PCSC_PROFILE_MAX_SIZE (1u << 20) /* bytes */
#define PCSC_PROFILE_MAX_MODELS 1024

struct pcsc_profile_header {
	u32 magic;
	u32 version;
	u32 size; /* bytes of the whole, this header included */
	u32 crc32; /* zlib's, of all that follows this field */
	u32 table_hash; /* pcsc_regs_hash() of its compiler */
	u32 nr_models;
	u32 nr_rules;
	u32 reserved; /* 0 */
	char name[32]; /* NUL-terminated printable ASCII */
};

/*
 * pcsc_profile_model.match: which fields must be equal. A VF is matched by its
 * PF's vendor ID and the VF device ID of the PF's SR-IOV capability.
 */
#define PCSC_MATCH_VENDOR (1u << 0)
#define PCSC_MATCH_DEVICE (1u << 1)
#define PCSC_MATCH_SUBSYSTEM (1u << 2)
#define PCSC_MATCH_CLASS (1u << 3)
#define PCSC_MATCH_REVISION (1u << 4)
#define PCSC_MATCH_VF (1u << 5) /* is_vf must be equal */
#define PCSC_MATCH_LAYOUT (1u << 6)
#define PCSC_MATCH_ALL ((1u << 7) - 1)

struct pcsc_profile_model {
	u32 match; /* PCSC_MATCH_* */
	u16 vendor;
	u16 device;
	u16 subvendor;
	u16 subdevice;
	u32 class_code; /* 24 bits */
	u8 revision;
	u8 is_vf;
	u16 survives; /* PCSC_SURVIVES_* */
	u32 fingerprint; /* pcsc_layout.fingerprint */
	u32 first_rule;
	u32 nr_rules;
};

/*
 * pcsc_profile_model.survives: resets of a function's own over which all evidence of
 * the model was compared. Evidence says nothing of others.
 */
#define PCSC_SURVIVES_FLR (1u << 0)
#define PCSC_SURVIVES_D3HOT (1u << 1) /* and back to D0 */
#define PCSC_SURVIVES_ALL (PCSC_SURVIVES_FLR | PCSC_SURVIVES_D3HOT)

/* pcsc_profile_rule.flags */
#define PCSC_RULE_EVIDENCE (1u << 0) /* observation alone speaks for it */
#define PCSC_RULE_ZERO (1u << 1) /* seen as zero on every function */
#define PCSC_RULE_SIBLINGS (1u << 2) /* seen as equal in all VFs of a PF */

struct pcsc_profile_rule {
	u8 space; /* enum pcsc_space */
	u8 klass; /* enum pcsc_class */
	u16 flags; /* PCSC_RULE_* */
	u16 cap; /* capability ID, 0 for headers and RAW */
	u16 offset; /* bytes, relative to the space */
	u16 length; /* bytes, at least 1 */
	u16 reserved; /* 0 */
};

/* What is wrong with a profile, and where. */
struct pcsc_profile_error {
	u32 offset; /* bytes from the start of the file */
	const char *reason; /* static */
};

/*
 * Check the structure of @size bytes at @data: sizes, counts, ranges, spaces,
 * classes, that evidence rules are RAW or header ones, that RAW rules belong to
 * models with PCSC_MATCH_LAYOUT, and that no rule calls a floor byte const or
 * config. The CRC is the caller's to check first (pcsc_profile_crc_range()).
 * 0 or -PCSC_EINVAL with *error filled in.
 */
int pcsc_profile_check(const void *data, u32 size,
		       struct pcsc_profile_error *error);

/* The bytes that crc32 covers. */
static inline const void *pcsc_profile_crc_range(const void *data, u32 size,
						 u32 *length)
{
	const u32 skip = 16;

	*length = size > skip ? size - skip : 0;
	return (const u8 *)data + (size > skip ? skip : size);
}

/* Valid only for a checked profile. */
static inline const struct pcsc_profile_model *
pcsc_profile_models(const struct pcsc_profile_header *header)
{
	return (const struct pcsc_profile_model *)(header + 1);
}

static inline const struct pcsc_profile_rule *
pcsc_profile_rules(const struct pcsc_profile_header *header)
{
	return (const struct pcsc_profile_rule *)(pcsc_profile_models(header) +
						  header->nr_models);
}

/* A function's identity, to match models by. */
struct pcsc_identity {
	u16 vendor;
	u16 device;
	u16 subvendor;
	u16 subdevice;
	u32 class_code; /* 24 bits */
	u8 revision;
	bool is_vf;
	bool below_hotplug; /* a hotplug-capable port somewhere above */
	bool on_root_bus;
};

bool pcsc_model_matches(const struct pcsc_profile_model *model,
			const struct pcsc_identity *identity, u32 fingerprint);

#endif
