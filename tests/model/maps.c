// SPDX-License-Identifier: GPL-2.0-only
#include "maps.h"

#include <stdlib.h>
#include <string.h>

#include "core/caps.h"
#include "core/regs.h"
#include "tests/unit/dump.h"
#include "tests/unit/pack.h"

u32 maps_random(u64 *state)
{
	return img_random(state);
}

u32 maps_below(u64 *state, u32 n)
{
	return (u64)img_random(state) * n >> 32;
}

static void put32(u8 *bytes, u32 value)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		bytes[i] = value >> (8 * i);
}

void maps_paint(const struct pcsc_map *map, u8 *hardware, u64 *random)
{
	const struct pcsc_map_entry *entry;
	unsigned int i, h;
	u32 value;

	for (i = 0; i < PCSC_DWORDS; i++) {
		entry = &map->dword[i];
		value = img_random(random);
		if (entry->slot == PCSC_SLOT_ZERO)
			value = 0;
		for (h = 0; h < map->nr_heads; h++)
			if (map->heads[h].offset == 4 * i)
				value = (value & ~map->heads[h].mask) |
					map->heads[h].value;
		if (map->is_vf && !i)
			value = ~0u;
		put32(hardware + 4 * i, value);
	}
}

/* ---- by hand --------------------------------------------------------------- */

static u8 some_bytes(u64 *random)
{
	static const u8 masks[] = { 0xf, 0xf, 0xf, 0x3, 0xc, 0x1, 0xe, 0x6 };

	return masks[maps_below(random, sizeof(masks))];
}

static void give_slot(struct pcsc_map *map, u16 where, u8 mask, u8 evidence)
{
	struct pcsc_map_entry *entry = &map->dword[where / 4];

	if (!mask || entry->slot != PCSC_SLOT_NONE)
		return;
	entry->slot = map->nr_slots++;
	entry->mask = mask;
	entry->evidence = evidence;
	map->slot_evidence[entry->slot] = evidence;
	entry->described &= ~evidence;
}

static u8 hang_guard(struct pcsc_map *map, u16 where, u8 needs, u32 mask,
		     u32 value)
{
	struct pcsc_map_head *head = &map->heads[map->nr_heads++];

	head->offset = where;
	head->guard = map->nr_heads;
	head->needs = needs;
	head->mask = mask;
	head->value = value & mask;
	if (!map->dword[where / 4].head)
		map->dword[where / 4].head = map->nr_heads;
	map->all |= 1ull << head->guard;
	return head->guard;
}

static void header(struct pcsc_map *map, u64 *random)
{
	unsigned int i;

	for (i = 0; i < 16; i++)
		map->dword[i].described = 0xf;
	give_slot(map, 0x00, 0xf, 0);
	give_slot(map, 0x08, some_bytes(random), 0);
	give_slot(map, 0x2c, some_bytes(random), 0);
	if (maps_below(random, 2))
		give_slot(map, 0x3c, some_bytes(random), 0);
}

static void capability(struct pcsc_map *map, u16 where, u8 guard, u64 *random)
{
	static const u8 masks[] = { 0x0, 0x3, 0xf };
	unsigned int i, length = 1 + maps_below(random, 3);

	give_slot(map, where, masks[maps_below(random, 3)], 0);
	for (i = 0; i < length; i++) {
		map->dword[where / 4 + i].guard = guard;
		map->dword[where / 4 + i].described = 0xf;
		if (i)
			give_slot(map, where + 4 * i, some_bytes(random), 0);
	}
}

/* Some capabilities have a length, in the header's dword or in the next one. */
static void hang_length(struct pcsc_map *map, u16 where, u8 guard, u64 *random)
{
	switch (maps_below(random, 4)) {
	case 0:
		if (where < 0x100)
			hang_guard(map, where, guard, 0x00ff0000,
				   img_random(random));
		break;
	case 1:
		if (map->dword[where / 4 + 1].guard == guard)
			hang_guard(map, where + 4, guard, 0xfff00000,
				   img_random(random));
		break;
	}
}

static void capabilities(struct pcsc_map *map, u64 *random)
{
	unsigned int i, n = maps_below(random, 5);
	u16 where = 0x40;
	u8 guard;

	if (!n)
		return;
	/* The capability pointer's byte, and three that nobody describes. */
	give_slot(map, 0x34, 0xf, 0xe);
	guard = hang_guard(map, 0x34, PCSC_GUARD_NONE, 0xfc, where);
	for (i = 0; i < n; i++, where += 0x10 + 4 * maps_below(random, 4)) {
		if (map->cfg_size > 256 && i == n / 2 && i) {
			where = 0x100;
			guard = PCSC_GUARD_NONE;
		}
		guard = hang_guard(map, where, guard,
				   where < 0x100 ? 0xffff : ~0u,
				   1 + maps_below(random, 0xfffffe));
		capability(map, where, guard, random);
		hang_length(map, where, guard, random);
	}
}

static void undescribed(struct pcsc_map *map, u64 *random)
{
	const unsigned int end = map->cfg_size / 4;
	struct pcsc_map_entry *entry;
	unsigned int i, n = maps_below(random, 8);
	u8 mask;

	for (i = 0x40 / 4; i < end; i++)
		if (map->dword[i].described != 0xf)
			map->dword[i].guard = PCSC_GUARD_ALL;
	while (n--) {
		i = end - 1 - maps_below(random, 12);
		entry = &map->dword[i];
		if (entry->described || entry->slot != PCSC_SLOT_NONE)
			continue;
		mask = some_bytes(random);
		if (maps_below(random, 2)) {
			give_slot(map, 4 * i, mask, mask);
			continue;
		}
		entry->slot = PCSC_SLOT_ZERO;
		entry->mask = 0xf;
		entry->evidence = 0xf;
	}
}

/* What of a write's bytes the register table knows: some, by chance. */
static void know(struct pcsc_map *map, u64 *random)
{
	struct pcsc_map_entry *entry;

	for (entry = map->dword; entry < map->dword + PCSC_DWORDS; entry++) {
		if (maps_below(random, 2))
			entry->fixed = entry->described & entry->mask;
		if (maps_below(random, 4) == 0)
			entry->opaque = entry->described & ~entry->fixed;
	}
}

static void count(struct pcsc_map *map)
{
	unsigned int i;

	for (i = 0; i < 4 * PCSC_DWORDS; i++) {
		map->nr_const += map->dword[i / 4].mask >> i % 4 & 1;
		map->nr_evidence += map->dword[i / 4].evidence >> i % 4 & 1;
	}
}

void maps_by_hand(struct pcsc_map *map, u64 *random)
{
	unsigned int i;

	memset(map, 0, sizeof(*map));
	for (i = 0; i < PCSC_DWORDS; i++)
		map->dword[i].slot = PCSC_SLOT_NONE;
	map->cfg_size = maps_below(random, 3) ? 4096 : 256;
	map->is_vf = maps_below(random, 3) == 0;
	header(map, random);
	capabilities(map, random);
	undescribed(map, random);
	know(map, random);
	count(map);
}

/* ---- by the core ----------------------------------------------------------- */

static const struct {
	u16 id;
	u16 length;
	u16 flags;
	bool ext;
} kinds[] = {
	{ PCSC_CAP_PM, 0x08, 0x0003, false },
	{ PCSC_CAP_MSI, 0x18, 0x0180, false },
	{ PCSC_CAP_EXP, 0x3c, 0x0002, false },
	{ PCSC_CAP_MSIX, 0x0c, 0x0040, false },
	{ PCSC_CAP_VNDR, 0x10, 0x0010, false },
	{ PCSC_CAP_AF, 0x08, 0x0306, false },
	{ PCSC_ECAP_AER, 0x60, 0, true },
	{ PCSC_ECAP_DSN, 0x0c, 0, true },
	{ PCSC_ECAP_SRIOV, 0x40, 0, true },
	{ PCSC_ECAP_ATS, 0x08, 0, true },
	{ PCSC_ECAP_ACS, 0x08, 0, true },
};

static void draw_function(struct img *img, bool vf, u64 *random)
{
	bool first = true;
	u16 where = 0x40;
	unsigned int i;

	img_init(img, 4096);
	if (vf)
		img_put32(img, 0, ~0u);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		/* A PCIe endpoint, or evidence never speaks for it. */
		if (kinds[i].id != PCSC_CAP_EXP && !maps_below(random, 2))
			continue;
		if (kinds[i].ext && first) {
			where = 0x100;
			first = false;
		}
		if (kinds[i].ext)
			img_ecap(img, where, kinds[i].id, 1);
		else
			img_cap(img, where, kinds[i].id, kinds[i].flags);
		where += kinds[i].length + 4 * maps_below(random, 4);
	}
}

static void draw_rules(struct pack *pack, const struct pcsc_layout *layout,
		       u64 *random)
{
	struct pcsc_profile_model *model;
	u16 flags, length, offset = 0x30;

	pack_init(pack);
	model = pack_model(pack, PCSC_MATCH_LAYOUT);
	model->fingerprint = layout->fingerprint;
	pack_spec(pack);
	/* Sorted, as the check wants them. */
	while ((offset += maps_below(random, 0x60)) < 0x280) {
		length = 1 + maps_below(random, 0x40);
		flags = PCSC_RULE_EVIDENCE;
		if (maps_below(random, 3))
			flags |= PCSC_RULE_ZERO;
		pack_rule(pack, PCSC_SPACE_RAW, 0, offset, length, PCSC_CONST,
			  flags);
		offset += length;
	}
}

void maps_by_core(struct pcsc_map *map, u64 *random)
{
	static struct pack pack;
	struct pcsc_profile_error error;
	struct pcsc_layout layout;
	struct pcsc_identity identity = {
		.vendor = 0x1b36,
		.device = 0x0010,
		.class_code = 0x010802,
		.is_vf = maps_below(random, 2),
		.below_hotplug = maps_below(random, 4) == 0,
	};
	struct img img;

	draw_function(&img, identity.is_vf, random);
	img_walk(&img, &layout);
	draw_rules(&pack, &layout, random);
	pack_file(&pack);
	if (pcsc_profile_check(pack.file, pack.size, &error) ||
	    pcsc_map_make(map, (void *)pack.file, &identity, &layout))
		abort();
	pack_free(&pack);
}
