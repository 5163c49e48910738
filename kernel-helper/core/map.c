// SPDX-License-Identifier: GPL-2.0-only
#include "map.h"

#include "caps.h"
#include "guards.h"
#include "hash.h"
#include "regs.h"

#define CLASS_BRIDGE 0x06
#define CLASS_SYSTEM 0x08

/* PCIe device/port types that evidence may speak for (7.5.3.2) */
#define TYPE_ENDPOINT 0
#define TYPE_LEGACY_ENDPOINT 1

struct maker {
	struct pcsc_map *map;
	const struct pcsc_identity *identity;
	const struct pcsc_layout *layout;
	bool evidence; /* may evidence speak for this function at all? */
	bool same_table; /* was the profile compiled by this register table? */
};

static u16 position(const struct pcsc_layout *layout, bool ext, u16 id)
{
	const struct pcsc_cap *cap = pcsc_layout_find(layout, ext, id);

	return cap ? cap->offset : 0;
}

/* What the register table knows of the byte at @offset. */
static void describe(const struct maker *m, u16 offset)
{
	struct pcsc_map_entry *entry = &m->map->dword[offset / 4];
	const u8 bit = 1u << (offset % 4);
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg;

	if (pcsc_layout_undescribed(m->layout, offset))
		return;
	entry->described |= bit;
	reg = pcsc_layout_reg(m->layout, offset, &cap);
	if (!reg || reg->flags & PCSC_OPAQUE)
		entry->opaque |= bit;
	else if (pcsc_reg_is_const(reg, m->identity->is_vf))
		entry->fixed |= bit;
}

static void describe_range(const struct maker *m, u32 from, u32 end)
{
	for (; from < end && from < m->layout->cfg_size; from++)
		describe(m, from);
}

/* Nothing describes what is neither header nor capability: most of 4 KiB. */
static void describe_all(const struct maker *m)
{
	const struct pcsc_layout *layout = m->layout;
	const struct pcsc_cap *cap;

	if (layout->status != PCSC_WALK_OK) {
		describe_range(m, 0, layout->cfg_size);
		return;
	}
	describe_range(m, 0, PCSC_CAP_BASE);
	for (cap = layout->caps; cap < layout->caps + layout->nr_caps; cap++)
		describe_range(m, cap->offset, cap->offset + cap->length);
}

static bool is_described(const struct maker *m, u16 offset)
{
	return m->map->dword[offset / 4].described >> (offset % 4) & 1;
}

static void start(const struct maker *m)
{
	const struct pcsc_layout *layout = m->layout;
	struct pcsc_map *map = m->map;

	/* Not a compound literal, which might be built on the stack. */
	__builtin_memset(map, 0, sizeof(*map));
	map->cfg_size = layout->cfg_size;
	map->header_type = layout->header_type;
	map->pcie_type = layout->pcie_type;
	map->is_vf = m->identity->is_vf;
	map->pcie = position(layout, false, PCSC_CAP_EXP);
	map->pm = position(layout, false, PCSC_CAP_PM);
	map->af = position(layout, false, PCSC_CAP_AF);
	map->sriov = position(layout, true, PCSC_ECAP_SRIOV);
	map->aer = position(layout, true, PCSC_ECAP_AER);
	map->dpc = position(layout, true, PCSC_ECAP_DPC);
	map->fingerprint = layout->fingerprint;
	map->model = -1;
	describe_all(m);
}

bool pcsc_evidence_may_speak(const struct pcsc_layout *layout, u32 class_code,
			     bool on_root_bus)
{
	const u8 base = class_code >> 16;

	if (on_root_bus || layout->header_type != 0 || base == CLASS_BRIDGE ||
	    base == CLASS_SYSTEM)
		return false;
	return layout->pcie_type == TYPE_ENDPOINT ||
	       layout->pcie_type == TYPE_LEGACY_ENDPOINT;
}

/*
 * May the byte at @offset be const, since @rule says so? Not if it is on the
 * floor, or unknown to the table.
 */
static bool may_be_const(const struct maker *m,
			 const struct pcsc_profile_rule *rule, u16 offset)
{
	const bool by_evidence = rule->flags & PCSC_RULE_EVIDENCE ||
				 rule->space == PCSC_SPACE_RAW;
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg;

	if (!is_described(m, offset))
		return by_evidence && m->evidence;
	if (by_evidence)
		return false;
	reg = pcsc_layout_reg(m->layout, offset, &cap);
	if (!reg || pcsc_reg_is_floor(reg, m->identity->is_vf))
		return false;
	/* Another table may have called a register constant that is not. */
	if (!m->same_table && !pcsc_reg_is_const(reg, m->identity->is_vf))
		return false;
	/* pci_restore_config_space() compares before it writes (H18). */
	if (reg->flags & PCSC_ADDRESS &&
	    !(reg->flags & PCSC_VF_CONST && m->identity->is_vf))
		return false;
	/*
	 * Drivers and the kernel read these to see whether a device is there
	 * and is the same one, so they are served for VFs only.
	 */
	return !(reg->flags & PCSC_PROBE) || m->identity->is_vf;
}

/* May a VF's siblings answer for the byte, since @rule says so? */
static bool may_be_shared(const struct maker *m,
			  const struct pcsc_profile_rule *rule, u16 offset)
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg;

	if (!m->identity->is_vf || !(rule->flags & PCSC_RULE_SIBLINGS))
		return false;
	if (!is_described(m, offset))
		return rule->flags & PCSC_RULE_ZERO;
	reg = pcsc_layout_reg(m->layout, offset, &cap);
	return reg && pcsc_reg_may_be_shared(reg);
}

/* While the map is made, an entry's slot is a mask of its zero bytes. */
static void classify(const struct maker *m,
		     const struct pcsc_profile_rule *rule, u16 offset)
{
	struct pcsc_map_entry *entry = &m->map->dword[offset / 4];
	const u8 bit = 1u << (offset % 4);

	if (rule->klass != PCSC_CONST) {
		entry->mask &= ~bit;
		entry->evidence &= ~bit;
		entry->shared &= ~bit;
		return;
	}
	if (!may_be_const(m, rule, offset))
		return;
	entry->mask |= bit;
	if (may_be_shared(m, rule, offset))
		entry->shared |= bit;
	if (!(entry->described & bit))
		entry->evidence |= bit;
	if (rule->flags & PCSC_RULE_ZERO)
		entry->slot |= bit;
}

static void classify_range(const struct maker *m,
			   const struct pcsc_profile_rule *rule, u32 from,
			   u32 end)
{
	/* Nothing is behind the end, whatever rules and capabilities say. */
	for (; from < end && from < m->layout->cfg_size; from++)
		classify(m, rule, from);
}

static void apply_to_caps(const struct maker *m,
			  const struct pcsc_profile_rule *rule)
{
	const struct pcsc_layout *layout = m->layout;
	const bool ext = rule->space == PCSC_SPACE_ECAP;
	const struct pcsc_cap *cap;
	u32 end;

	for (cap = layout->caps; cap < layout->caps + layout->nr_caps; cap++) {
		if (cap->ext != ext ||
		    (cap->id != rule->cap && rule->cap != PCSC_ANY_CAP))
			continue;
		end = (u32)rule->offset + rule->length;
		if (end > cap->length)
			end = cap->length;
		classify_range(m, rule, cap->offset + rule->offset,
			       cap->offset + end);
	}
}

static void apply(const struct maker *m, const struct pcsc_profile_rule *rule)
{
	const u8 type = m->layout->header_type;

	switch (rule->space) {
	case PCSC_SPACE_CAP:
	case PCSC_SPACE_ECAP:
		apply_to_caps(m, rule);
		return;
	case PCSC_SPACE_HEADER0:
	case PCSC_SPACE_HEADER1:
		if (type != rule->space - PCSC_SPACE_HEADER0)
			return;
		break;
	}
	classify_range(m, rule, rule->offset, rule->offset + rule->length);
}

/*
 * Rules of different spaces may speak of one byte, so the stricter one is
 * applied last and wins.
 */
static void apply_rules(const struct maker *m,
			const struct pcsc_profile_header *profile,
			const struct pcsc_profile_model *model)
{
	const struct pcsc_profile_rule *rules =
		pcsc_profile_rules(profile) + model->first_rule;
	u32 i;

	for (i = 0; i < model->nr_rules; i++)
		if (rules[i].klass == PCSC_CONST)
			apply(m, &rules[i]);
	for (i = 0; i < model->nr_rules; i++)
		if (rules[i].klass != PCSC_CONST)
			apply(m, &rules[i]);
}

static const struct pcsc_profile_model *
find_model(const struct maker *m, const struct pcsc_profile_header *profile)
{
	const struct pcsc_profile_model *models = pcsc_profile_models(profile);
	u32 i;

	for (i = 0; i < profile->nr_models; i++) {
		if (!pcsc_model_matches(&models[i], m->identity,
					m->layout->fingerprint))
			continue;
		m->map->model = i;
		m->map->survives = models[i].survives;
		return &models[i];
	}
	return NULL;
}

static void exclude(struct pcsc_map_entry *entry, u8 bytes)
{
	entry->mask &= ~bytes;
	entry->evidence &= ~bytes;
	/* A dword without a slot can be const only as a whole. */
	if (entry->slot == PCSC_SLOT_ZERO && entry->mask != 0xf) {
		entry->mask = 0;
		entry->evidence = 0;
	}
	entry->shared &= entry->mask;
}

/* What nothing can prove would be kept and never served. */
static void drop_unprovable(struct pcsc_map *map)
{
	struct pcsc_map_entry *entry;

	for (entry = map->dword; entry < map->dword + PCSC_DWORDS; entry++)
		if (entry->guard == PCSC_GUARD_NEVER)
			exclude(entry, 0xf);
}

/* A dword that is zero by evidence in every byte needs no slot in the lines. */
static void settle_zeroes(struct pcsc_map *map)
{
	struct pcsc_map_entry *entry;

	for (entry = map->dword; entry < map->dword + PCSC_DWORDS; entry++) {
		const u8 zero = entry->slot & entry->evidence;

		entry->slot = zero == 0xf ? PCSC_SLOT_ZERO : PCSC_SLOT_NONE;
	}
}

static void give_slots(struct pcsc_map *map, bool evidence_only)
{
	struct pcsc_map_entry *entry;

	for (entry = map->dword; entry < map->dword + PCSC_DWORDS; entry++) {
		if (!entry->mask || entry->slot != PCSC_SLOT_NONE ||
		    (entry->mask == entry->evidence) != evidence_only)
			continue;
		if (map->nr_slots < PCSC_MAX_SLOTS) {
			entry->slot = map->nr_slots++;
			continue;
		}
		entry->mask = 0;
		entry->evidence = 0;
		entry->shared = 0;
		map->nr_dropped++;
	}
}

static void count(struct pcsc_map *map)
{
	const struct pcsc_map_entry *entry;

	__builtin_memset(map->slot_evidence, 0, sizeof(map->slot_evidence));
	map->nr_const = 0;
	map->nr_evidence = 0;
	map->nr_shared = 0;
	for (entry = map->dword; entry < map->dword + PCSC_DWORDS; entry++) {
		map->nr_const += pcsc_count_bytes(entry->mask);
		map->nr_evidence += pcsc_count_bytes(entry->evidence);
		map->nr_shared += !!entry->shared;
		if (entry->slot < PCSC_MAX_SLOTS)
			map->slot_evidence[entry->slot] = entry->evidence;
	}
}

int pcsc_map_make(struct pcsc_map *map,
		  const struct pcsc_profile_header *profile,
		  const struct pcsc_identity *identity,
		  const struct pcsc_layout *layout)
{
	const bool usable = layout->status == PCSC_WALK_OK;
	const struct pcsc_profile_model *model = NULL;
	struct maker m = {
		.map = map,
		.identity = identity,
		.layout = layout,
	};

	start(&m);
	m.evidence = pcsc_evidence_may_speak(layout, identity->class_code,
					     identity->on_root_bus);
	if (usable && !pcsc_guards_add(map, layout))
		m.evidence = false;
	if (usable && profile) {
		m.same_table = profile->table_hash == pcsc_regs_hash();
		model = find_model(&m, profile);
	}
	if (model)
		apply_rules(&m, profile, model);
	pcsc_guards_rest(map);
	drop_unprovable(map);
	settle_zeroes(map);
	give_slots(map, false);
	give_slots(map, true);
	pcsc_guards_unshare(map);
	count(map);
	return usable ? 0 : -PCSC_EINVAL;
}

void pcsc_map_exclude(struct pcsc_map *map, u16 where, u8 bytes)
{
	if (where < map->cfg_size)
		exclude(&map->dword[where / 4], bytes);
	count(map);
}

void pcsc_map_exclude_evidence(struct pcsc_map *map)
{
	struct pcsc_map_entry *entry;

	for (entry = map->dword; entry < map->dword + PCSC_DWORDS; entry++)
		exclude(entry, entry->evidence);
	count(map);
}

u64 pcsc_map_hash(const struct pcsc_map *map)
{
	u64 hash = PCSC_MIX_START;

	static_assert(sizeof(map->dword) % 8 == 0, "whole words");
	static_assert(sizeof(map->heads) % 8 == 0, "whole words");
	hash = pcsc_mix(hash, map->cfg_size | (u64)map->nr_slots << 16 |
				      (u64)map->nr_const << 32 |
				      (u64)map->nr_evidence << 48);
	hash = pcsc_mix(hash, map->nr_heads | (u64)map->header_type << 8 |
				      (u64)map->pcie_type << 16 |
				      (u64)map->is_vf << 24 |
				      (u64)map->fingerprint << 32);
	hash = pcsc_mix(hash, map->pcie | (u64)map->pm << 16 |
				      (u64)map->af << 32 |
				      (u64)map->sriov << 48);
	hash = pcsc_mix(hash, map->aer | (u64)map->dpc << 16);
	hash = pcsc_mix(hash, map->all);
	hash = pcsc_mix_words(hash, map->dword, sizeof(map->dword) / 8);
	return pcsc_mix_words(hash, map->heads, sizeof(map->heads) / 8);
}
