// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/caps.h"
#include "core/extent.h"
#include "core/map.h"
#include "core/regs.h"
#include "dump.h"
#include "pack.h"

#define EVIDENCE PCSC_RULE_EVIDENCE
#define ZERO (PCSC_RULE_EVIDENCE | PCSC_RULE_ZERO)

struct world {
	struct img img;
	struct pcsc_layout layout;
	struct pcsc_identity identity;
	struct pack pack;
	struct pcsc_map map;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return -1;
	w->identity = (struct pcsc_identity){
		.vendor = 0x1b36,
		.device = 0x0010,
		.class_code = 0x010802,
	};
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	pack_free(&w->pack);
	free(w);
	return 0;
}

static struct world *vf(void **state)
{
	struct world *w = *state;

	img_nvme_vf(&w->img);
	w->identity.is_vf = true;
	pack_init(&w->pack);
	pack_model(&w->pack, 0);
	return w;
}

static struct world *pf(void **state)
{
	struct world *w = *state;

	img_nvme_pf(&w->img);
	w->identity.is_vf = false;
	pack_init(&w->pack);
	pack_model(&w->pack, 0);
	return w;
}

/* A profile that has rules for the layout at hand only. */
static void match_layout(struct world *w)
{
	img_walk(&w->img, &w->layout);
	w->pack.models[0].match = PCSC_MATCH_LAYOUT;
	w->pack.models[0].fingerprint = w->layout.fingerprint;
}

static int make(struct world *w)
{
	struct pcsc_profile_error error = { 0, NULL };

	pack_file(&w->pack);
	if (pcsc_profile_check(w->pack.file, w->pack.size, &error))
		fail_msg("refused at %u: %s", error.offset, error.reason);
	img_walk(&w->img, &w->layout);
	return pcsc_map_make(&w->map, (void *)w->pack.file, &w->identity,
			     &w->layout);
}

static void raw(struct world *w, u16 offset, u16 length, u16 flags)
{
	pack_rule(&w->pack, PCSC_SPACE_RAW, 0, offset, length, PCSC_CONST,
		  flags);
}

static bool is_const(const struct world *w, u16 offset)
{
	return w->map.dword[offset / 4].mask & (1u << offset % 4);
}

static unsigned int const_bytes(const struct world *w, u16 offset, u16 length)
{
	unsigned int n = 0;

	while (length--)
		n += is_const(w, offset++);
	return n;
}

static const struct pcsc_map_head *head_of(const struct world *w, u16 offset)
{
	u8 head = w->map.dword[offset / 4].head;

	return head ? &w->map.heads[head - 1] : NULL;
}

/* Numbers and masks that must hold of any map. */
static void check_sums(const struct world *w)
{
	bool used[PCSC_MAX_SLOTS] = { false };
	unsigned int bytes = 0, evidence = 0, slots = 0, i;
	u64 all = 0;

	for (i = 0; i < PCSC_DWORDS; i++) {
		const struct pcsc_map_entry *e = &w->map.dword[i];

		bytes += __builtin_popcount(e->mask);
		evidence += __builtin_popcount(e->evidence);
		assert_int_equal(e->evidence & ~e->mask, 0);
		assert_int_equal(e->evidence & e->described, 0);
		assert_int_equal(!e->mask, e->slot == PCSC_SLOT_NONE);
		assert_true(e->guard == PCSC_GUARD_ALL ||
			    e->guard == PCSC_GUARD_NEVER ||
			    e->guard <= w->map.nr_heads);
		assert_true(e->head <= w->map.nr_heads);
		if (e->slot == PCSC_SLOT_NONE || e->slot == PCSC_SLOT_ZERO)
			continue;
		assert_true(e->slot < w->map.nr_slots);
		assert_false(used[e->slot]);
		used[e->slot] = true;
		slots++;
	}
	assert_int_equal(w->map.nr_const, bytes);
	assert_int_equal(w->map.nr_evidence, evidence);
	assert_int_equal(w->map.nr_slots, slots);
	for (i = 0; i < w->map.nr_heads; i++) {
		assert_in_range(w->map.heads[i].guard, 1, PCSC_MAX_GUARDS);
		all |= 1ull << w->map.heads[i].guard;
		/* Heads of one dword are one behind the other. */
		if (!i || w->map.heads[i].offset != w->map.heads[i - 1].offset)
			assert_int_equal(
				w->map.dword[w->map.heads[i].offset / 4].head,
				i + 1);
	}
	assert_int_equal(w->map.all, all);
}

/* ---- what is const ---- */

static void nothing_is_const_without_a_rule(void **state)
{
	struct world *w = vf(state);

	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
	assert_int_equal(w->map.model, 0);
	check_sums(w);
	assert_int_equal(pcsc_map_make(&w->map, NULL, &w->identity, &w->layout),
			 0);
	assert_int_equal(w->map.nr_const, 0);
	assert_int_equal(w->map.model, -1);
	assert_int_equal(w->map.pcie, 0x80);
	w->pack.models[0].match = PCSC_MATCH_VENDOR;
	w->pack.models[0].vendor = 1;
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.model, -1);
}

static void the_specification_serves_what_it_says(void **state)
{
	struct world *w = pf(state);

	pack_spec(&w->pack);
	assert_int_equal(make(w), 0);
	check_sums(w);
	assert_int_equal(w->map.nr_evidence, 0);
	assert_int_equal(w->map.nr_dropped, 0);
	/* header type, pointer; not by what its presence is told */
	assert_int_equal(const_bytes(w, 0x00, 4), 0);
	assert_int_equal(const_bytes(w, 0x04, 4), 0);
	assert_int_equal(const_bytes(w, 0x08, 8), 1);
	assert_int_equal(const_bytes(w, 0x10, 24), 0);
	assert_int_equal(const_bytes(w, 0x2c, 4), 0);
	assert_int_equal(const_bytes(w, 0x30, 4), 0);
	assert_int_equal(const_bytes(w, 0x34, 8), 1);
	assert_false(is_const(w, 0x3c));
	/* PM: header and PMC; MSI: header; PCIe: flags, DevCap, ... */
	assert_int_equal(const_bytes(w, 0x40, 8), 4);
	assert_int_equal(const_bytes(w, 0x50, 0x18), 2);
	assert_int_equal(const_bytes(w, 0x70, 4), 3);
	assert_int_equal(const_bytes(w, 0x74, 4), 2);
	assert_int_equal(const_bytes(w, 0x78, 4), 0);
	assert_int_equal(const_bytes(w, 0x7c, 4), 2);
	assert_int_equal(const_bytes(w, 0xb4, 8), 4);
	/* the vendor's body is nobody's; behind it is nothing at all */
	assert_int_equal(const_bytes(w, 0xd0, 0x18), 3);
	/* SR-IOV: header, capabilities, link, device ID, sizes */
	assert_int_equal(const_bytes(w, 0x160, 0x40), 4 + 2 + 1 + 2 + 4);
	assert_int_equal(const_bytes(w, 0x200, 0x24), 10);
	assert_int_equal(const_bytes(w, 0x224, 0x1000 - 0x224), 0);
}

static void the_floor_wins(void **state)
{
	struct world *w = pf(state);
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg;
	u16 offset;

	/* What the check would refuse: the map does not lean on it. */
	w->pack.models[0].match = PCSC_MATCH_LAYOUT;
	for (reg = pcsc_regs; reg < pcsc_regs + pcsc_nr_regs; reg++)
		pack_rule(&w->pack, reg->space, reg->cap, reg->offset,
			  reg->length, PCSC_CONST, 0);
	/* Reserved bytes too: of structures, and of the header. */
	pack_rule(&w->pack, PCSC_SPACE_ECAP, PCSC_ECAP_SRIOV, 0, 0x40,
		  PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0, 0x40, PCSC_CONST, 0);
	match_layout(w);
	pack_file(&w->pack);
	assert_int_equal(pcsc_map_make(&w->map, (void *)w->pack.file,
				       &w->identity, &w->layout),
			 0);
	check_sums(w);
	assert_true(w->map.nr_const > 0);
	for (offset = 0; offset < 4096; offset++) {
		reg = pcsc_layout_reg(&w->layout, offset, &cap);
		if (reg && pcsc_reg_is_floor(reg, w->map.is_vf))
			assert_false(is_const(w, offset));
		if (!reg)
			assert_false(is_const(w, offset));
	}
}

/* Any other register is the profile's to call: and to be caught lying. */
static void a_rule_may_trust_more_than_the_table(void **state)
{
	struct world *w = pf(state);

	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x3c, 1, PCSC_CONST, 0);
	assert_int_equal(make(w), 0);
	assert_true(is_const(w, 0x3c));
	assert_int_equal(w->map.nr_const, 1);
	assert_int_equal(w->map.dword[0x3c / 4].guard, PCSC_GUARD_NONE);
}

/* What another table called constant may be a mistake that was mended since. */
static void another_table_may_not_trust_more(void **state)
{
	struct world *w = pf(state);
	struct pcsc_profile_header *profile;

	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x3c, 1, PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x2c, 4, PCSC_CONST, 0);
	raw(w, 0xc8, 4, EVIDENCE);
	match_layout(w);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 1 + 4);
	profile = (void *)w->pack.file;
	profile->table_hash ^= 1;
	assert_int_equal(
		pcsc_map_make(&w->map, profile, &w->identity, &w->layout), 0);
	assert_int_equal(w->map.nr_const, 4);
	assert_false(is_const(w, 0x3c));
}

/* BARs are restored by comparing: from memory they would never be. */
static void addresses_are_never_served(void **state)
{
	struct world *w = pf(state);

	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x10, 4, PCSC_CONST, 0);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
	/* but a VF has none of its own (9.3.4.1.11) */
	w = vf(state);
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x10, 4, PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_CAP, PCSC_CAP_MSI, 4, 4, PCSC_CONST, 0);
	img_cap(&w->img, 0xc0, PCSC_CAP_MSI, 0);
	assert_int_equal(make(w), 0);
	assert_int_equal(const_bytes(w, 0x10, 4), 4);
	/* where its interrupts go, it has */
	assert_int_equal(const_bytes(w, 0xc4, 4), 0);
}

static u8 shared_bytes(const struct world *w, u16 where)
{
	return w->map.dword[where / 4].shared;
}

/* Where VFs of one PF may differ, none answers for another, whatever a profile says. */
static void what_may_differ_among_vfs_is_not_shared(void **state)
{
	struct world *w = vf(state);

	w->pack.models[0].match = PCSC_MATCH_VF;
	w->pack.models[0].is_vf = true;
	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x08, 4, PCSC_CONST,
		  PCSC_RULE_SIBLINGS);
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x10, 4, PCSC_CONST,
		  PCSC_RULE_SIBLINGS);
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x2c, 4, PCSC_CONST,
		  PCSC_RULE_SIBLINGS);
	pack_rule(&w->pack, PCSC_SPACE_CAP, PCSC_CAP_MSIX, 0, 2, PCSC_CONST,
		  PCSC_RULE_SIBLINGS);
	pack_rule(&w->pack, PCSC_SPACE_CAP, PCSC_CAP_MSIX, 4, 8, PCSC_CONST,
		  PCSC_RULE_SIBLINGS);
	img_cap(&w->img, 0xc0, PCSC_CAP_MSIX, 0);
	assert_int_equal(make(w), 0);
	assert_int_equal(shared_bytes(w, 0x10), 0xf);
	assert_int_equal(shared_bytes(w, 0x08), 0);
	assert_int_equal(shared_bytes(w, 0x2c), 0);
	assert_int_equal(shared_bytes(w, 0xc0), 0);
	assert_int_equal(shared_bytes(w, 0xc4), 0);
	assert_int_equal(w->map.nr_shared, 1);
}

static void a_rule_may_trust_less(void **state)
{
	struct world *w = pf(state);

	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x28, 4, PCSC_VOLATILE, 0);
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x28, 3, PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x3e, 2, PCSC_CONST, 0);
	assert_int_equal(make(w), 0);
	assert_int_equal(const_bytes(w, 0x28, 4), 0);
	assert_int_equal(const_bytes(w, 0x3e, 2), 2);
}

/* A byte here and there: its neighbours are what they were. */
static void the_stricter_rule_wins_by_the_byte(void **state)
{
	struct world *w = pf(state);

	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x34, 1, PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x35, 3, PCSC_CONST,
		  EVIDENCE);
	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x3d, 1, PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x3e, 2, PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_RAW, 0, 0x36, 1, PCSC_VOLATILE, 0);
	pack_rule(&w->pack, PCSC_SPACE_RAW, 0, 0x3f, 1, PCSC_VOLATILE, 0);
	match_layout(w);
	assert_int_equal(make(w), 0);
	check_sums(w);
	assert_int_equal(w->map.dword[0x3c / 4].mask, 0x6);
	assert_int_equal(w->map.dword[0x34 / 4].mask, 0xb);
	assert_int_equal(w->map.dword[0x34 / 4].evidence, 0xa);
}

static void header_rules_keep_to_their_type(void **state)
{
	struct world *w = *state;

	img_port(&w->img);
	w->identity.class_code = 0x060400;
	pack_init(&w->pack);
	pack_model(&w->pack, 0);
	/* on a type 1 header these bytes are windows' upper halves */
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x28, 8, PCSC_CONST, 0);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
	img_nvme_pf(&w->img);
	assert_int_equal(make(w), 0);
	assert_int_equal(const_bytes(w, 0x28, 8), 4);
	pack_init(&w->pack);
	pack_model(&w->pack, 0);
	pack_rule(&w->pack, PCSC_SPACE_HEADER1, 0, 0x28, 8, PCSC_CONST, 0);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
}

static void the_first_model_wins(void **state)
{
	struct world *w = pf(state);

	w->pack.models[0].match = PCSC_MATCH_VENDOR;
	w->pack.models[0].vendor = 0x1234;
	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x0e, 1, PCSC_CONST, 0);
	pack_model(&w->pack, PCSC_MATCH_VENDOR)->vendor = 0x1b36;
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x3e, 2, PCSC_CONST, 0);
	pack_model(&w->pack, 0);
	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x28, 4, PCSC_CONST, 0);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.model, 1);
	assert_int_equal(w->map.nr_const, 2);
}

static void every_instance_of_a_capability_counts(void **state)
{
	struct world *w = pf(state);

	img_ecap(&w->img, 0x300, PCSC_ECAP_DVSEC, 1);
	img_put32(&w->img, 0x304, 0x010 << 20 | 0x1e98);
	pack_rule(&w->pack, PCSC_SPACE_ECAP, PCSC_ECAP_DVSEC, 4, 4, PCSC_CONST,
		  0);
	assert_int_equal(make(w), 0);
	assert_int_equal(const_bytes(w, 0x204, 4), 4);
	assert_int_equal(const_bytes(w, 0x304, 4), 4);
	assert_int_equal(w->map.nr_const, 8);
}

/* A rule for a long form does not reach behind a short one. */
static void rules_end_with_the_structure(void **state)
{
	struct world *w = vf(state);

	img_put16(&w->img, 0x82, 0x0001); /* PCIe version 1: 0x14 bytes */
	pack_rule(&w->pack, PCSC_SPACE_CAP, PCSC_CAP_EXP, 0x24, 4, PCSC_CONST,
		  0);
	img_cap(&w->img, 0xa4, PCSC_CAP_PM, 0x0003);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->layout.status, PCSC_WALK_OK);
	assert_int_equal(w->map.nr_const, 0);
}

static void one_rule_names_every_header(void **state)
{
	struct world *w = pf(state);
	unsigned int i, conventional = 0;

	img_ecap(&w->img, 0x400, 0x7777, 1);
	pack_rule(&w->pack, PCSC_SPACE_CAP, PCSC_ANY_CAP, 0, 2, PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_ECAP, PCSC_ANY_CAP, 0, 4, PCSC_CONST, 0);
	assert_int_equal(make(w), 0);
	for (i = 0; i < w->layout.nr_caps; i++)
		conventional += !w->layout.caps[i].ext;
	assert_int_equal(w->map.nr_const,
			 conventional * 2 +
				 (w->layout.nr_caps - conventional) * 4);
	assert_int_equal(const_bytes(w, 0x400, 8), 4);
}

/* ---- presence probes ---- */

static void probes_go_to_hardware(void **state)
{
	struct world *w = pf(state);

	pack_spec(&w->pack);
	assert_int_equal(make(w), 0);
	assert_int_equal(const_bytes(w, 0x00, 4), 0);
	assert_int_equal(const_bytes(w, 0x08, 4), 0);
	assert_int_equal(const_bytes(w, 0x2c, 4), 0);
	assert_int_equal(const_bytes(w, 0x148, 12), 4); /* DSN: its header */
	assert_true(is_const(w, 0x0e));
	assert_int_equal(const_bytes(w, 0x74, 2), 2);

	/* A VF's IDs are all-ones: nobody learns anything by them. */
	w = vf(state);
	pack_spec(&w->pack);
	assert_int_equal(make(w), 0);
	assert_int_equal(const_bytes(w, 0x00, 4), 4);
	assert_int_equal(const_bytes(w, 0x2c, 4), 4);
}

static void a_zero_dword_is_excluded_whole(void **state)
{
	struct world *w = pf(state);

	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x38, 4, PCSC_CONST,
		  EVIDENCE | PCSC_RULE_ZERO);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.dword[0x38 / 4].slot, PCSC_SLOT_ZERO);
	pcsc_map_exclude(&w->map, 0x39, 0x2);
	assert_int_equal(const_bytes(w, 0x38, 4), 0);
	assert_int_equal(w->map.nr_evidence, 0);
}

/* ---- what a write may do ---- */

static bool fixed(const struct world *w, u16 where)
{
	return w->map.dword[where / 4].fixed >> where % 4 & 1;
}

static bool opaque(const struct world *w, u16 where)
{
	return w->map.dword[where / 4].opaque >> where % 4 & 1;
}

static void the_table_says_what_a_write_may_do(void **state)
{
	struct world *w = pf(state);

	pack_spec(&w->pack);
	assert_int_equal(make(w), 0);
	assert_true(fixed(w, 0x3d));
	assert_false(fixed(w, 0x3c));
	assert_false(fixed(w, 0x04));
	assert_false(opaque(w, 0x04));
	/* a vendor's body, but not its length; and what is described by nothing */
	assert_false(opaque(w, 0xd2));
	assert_true(opaque(w, 0xd4));
	assert_false(opaque(w, 0x48));
	w = vf(state);
	pack_spec(&w->pack);
	assert_int_equal(make(w), 0);
	assert_true(fixed(w, 0x0d));
}

/* ---- evidence ---- */

static void evidence_admits_undescribed_bytes_only(void **state)
{
	struct world *w = pf(state);

	raw(w, 0, 4096, EVIDENCE);
	match_layout(w);
	assert_int_equal(make(w), 0);
	check_sums(w);
	assert_int_equal(w->map.nr_const, w->map.nr_evidence);
	assert_int_equal(const_bytes(w, 0x00, 0x35), 0);
	assert_int_equal(const_bytes(w, 0x35, 7), 7);
	assert_int_equal(const_bytes(w, 0x40, 8), 0);
	assert_int_equal(const_bytes(w, 0x48, 8), 8);
	assert_int_equal(const_bytes(w, 0xd0, 0x10), 0);
	assert_int_equal(const_bytes(w, 0xe0, 8), 8);
	assert_int_equal(const_bytes(w, 0x100, 0x48), 0);
	/* Reserved bytes inside a structure are the structure's. */
	assert_int_equal(const_bytes(w, 0x160, 0x40), 0);
	assert_int_equal(const_bytes(w, 0x200, 0x24), 0);
	assert_int_equal(w->map.dword[0x48 / 4].guard, PCSC_GUARD_ALL);
	/* Reserved header bytes are there whatever the layout is. */
	assert_int_equal(w->map.dword[0x38 / 4].guard, PCSC_GUARD_NONE);
	/* 4 KiB do not fit into a line. */
	assert_int_equal(w->map.nr_slots, PCSC_MAX_SLOTS);
	assert_true(w->map.nr_dropped > 700);
}

static void evidence_by_a_header_rule(void **state)
{
	struct world *w = pf(state);

	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x34, 1, PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_HEADER, 0, 0x35, 3, PCSC_CONST,
		  EVIDENCE);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.dword[0x34 / 4].mask, 0xf);
	assert_int_equal(w->map.dword[0x34 / 4].evidence, 0xe);
	assert_int_equal(w->map.dword[0x34 / 4].described, 0x1);
	assert_int_equal(w->map.nr_slots, 1);
	/* Evidence does not speak for what the table describes. */
	w->pack.rules[0].flags = EVIDENCE;
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.dword[0x34 / 4].mask, 0xe);
}

static void evidence_keeps_out_of_ports_and_chipsets(void **state)
{
	struct world *w = vf(state);

	raw(w, 0x200, 16, EVIDENCE);
	match_layout(w);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 16);
	w->identity.on_root_bus = true;
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
	w->identity.on_root_bus = false;
	w->identity.class_code = 0x060000;
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
	w->identity.class_code = 0x080000;
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
	w->identity.class_code = 0x010802;
	img_put8(&w->img, 0x0e, 1);
	match_layout(w);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
	/* Device/port types: endpoints, old and new, and no other. */
	img_put8(&w->img, 0x0e, 0);
	for (unsigned int type = 0; type < 16; type++) {
		img_put8(&w->img, 0x82, 2 | type << 4);
		match_layout(w);
		assert_int_equal(make(w), 0);
		assert_int_equal(w->map.nr_const, type < 2 ? 16 : 0);
	}
	/* Not PCIe at all. */
	img_init(&w->img, 4096);
	match_layout(w);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
}

static void raw_rules_are_evidence_flag_or_not(void **state)
{
	struct world *w = vf(state);

	raw(w, 0x200, 16, 0);
	match_layout(w);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_evidence, 16);
	w->identity.on_root_bus = true;
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_const, 0);
}

static void zeroes_take_no_room(void **state)
{
	struct world *w = vf(state);

	raw(w, 0x200, 0x100, ZERO);
	raw(w, 0x300, 2, ZERO);
	raw(w, 0x302, 2, EVIDENCE);
	raw(w, 0x304, 3, ZERO);
	match_layout(w);
	assert_int_equal(make(w), 0);
	check_sums(w);
	assert_int_equal(w->map.dword[0x200 / 4].slot, PCSC_SLOT_ZERO);
	assert_int_equal(w->map.dword[0x2fc / 4].slot, PCSC_SLOT_ZERO);
	assert_int_equal(w->map.dword[0x300 / 4].slot, 0);
	assert_int_equal(w->map.dword[0x304 / 4].slot, 1);
	assert_int_equal(w->map.nr_slots, 2);
	assert_int_equal(w->map.nr_const, 0x107);
}

static void evidence_is_dropped_first(void **state)
{
	struct world *w = pf(state);

	pack_rule(&w->pack, PCSC_SPACE_ECAP, PCSC_ECAP_DVSEC, 0, 10, PCSC_CONST,
		  0);
	raw(w, 0x48, 8, EVIDENCE);
	raw(w, 0x224, 4 * PCSC_MAX_SLOTS, EVIDENCE);
	match_layout(w);
	assert_int_equal(make(w), 0);
	check_sums(w);
	assert_int_equal(const_bytes(w, 0x200, 12), 10);
	assert_int_equal(w->map.dword[0x200 / 4].slot, 0);
	assert_int_equal(w->map.dword[0x48 / 4].slot, 3);
	assert_int_equal(w->map.nr_slots, PCSC_MAX_SLOTS);
	assert_int_equal(w->map.nr_dropped, 3 + 2);
	assert_false(is_const(w, 0x224 + 4 * PCSC_MAX_SLOTS - 1));
}

/* ---- guards ---- */

static void a_list_is_proven_link_by_link(void **state)
{
	struct world *w = vf(state);
	const struct pcsc_map_head *pointer, *msix, *exp, *ari;

	pack_spec(&w->pack);
	assert_int_equal(make(w), 0);
	check_sums(w);
	pointer = head_of(w, 0x34);
	msix = head_of(w, 0x40);
	exp = head_of(w, 0x80);
	ari = head_of(w, 0x100);
	/* the pointer, three headers, and the type of PCI Express */
	assert_int_equal(w->map.nr_heads, 5);
	assert_int_equal(pointer->needs, PCSC_GUARD_NONE);
	assert_int_equal(pointer->mask, 0xfc);
	assert_int_equal(pointer->value, 0x40);
	assert_int_equal(msix->needs, pointer->guard);
	assert_int_equal(msix->mask, 0xffff);
	assert_int_equal(msix->value, 0x8011);
	assert_int_equal(exp->needs, msix->guard);
	assert_int_equal(exp->value, 0x0010);
	/* The extended list begins where it begins. */
	assert_int_equal(ari->needs, PCSC_GUARD_NONE);
	assert_int_equal(ari->mask, 0xffffffff);
	assert_int_equal(ari->value, 0x0001000e);
	/* A structure's dwords need its own header; headers need theirs. */
	assert_int_equal(w->map.dword[0x40 / 4].guard, msix->guard);
	assert_int_equal(w->map.dword[0x48 / 4].guard, msix->guard);
	assert_int_equal(w->map.dword[0x80 / 4].guard, exp->guard);
	/* and what is behind its length needs that */
	assert_int_equal(w->map.dword[0x84 / 4].guard, exp->guard + 1);
	assert_int_equal(w->map.dword[0x104 / 4].guard, ari->guard);
	assert_int_equal(w->map.dword[0x34 / 4].guard, pointer->guard);
	assert_int_equal(w->map.dword[0x00 / 4].guard, PCSC_GUARD_NONE);
	assert_int_equal(w->map.dword[0x50 / 4].guard, PCSC_GUARD_ALL);
}

/* Of the last header of a list, which are in list order. */
static u8 end_of(const struct world *w, bool ext)
{
	const struct pcsc_cap *cap = w->layout.caps + w->layout.nr_caps - 1;

	while (cap->ext != ext)
		cap--;
	return head_of(w, cap->offset)->guard;
}

/*
 * Its header's guard is that of the header, the rest has that of the length, if a
 * register tells it. What it need not have waits for the end of its list, or for all.
 */
static bool guards(const struct world *w, const struct pcsc_cap *cap,
		   u16 offset)
{
	const struct pcsc_length_field field =
		pcsc_length_field(cap->ext, cap->id, cap->length_bits);
	const u8 guard = head_of(w, cap->offset)->guard;

	const bool behind = field.mask && offset != cap->offset &&
			    offset != cap->offset + field.offset;
	const u8 own = behind ? guard + 1 : guard;

	if (offset < cap->offset + cap->need)
		return w->map.dword[offset / 4].guard == own;
	return w->map.dword[offset / 4].guard ==
	       (behind ? PCSC_GUARD_ALL : end_of(w, cap->ext));
}

/* In whatever order the list has them: no structure guards its neighbour. */
static void a_structure_has_its_own_guard(void **state)
{
	struct world *w = pf(state);
	const struct pcsc_cap *cap;
	u16 offset;

	img_cap(&w->img, 0xf0, PCSC_CAP_SSVID, 0);
	img_cap(&w->img, 0x48, PCSC_CAP_VPD, 0);
	assert_int_equal(make(w), 0);
	for (cap = w->layout.caps; cap < w->layout.caps + w->layout.nr_caps;
	     cap++)
		for (offset = cap->offset; offset < cap->offset + cap->length;
		     offset += 4)
			assert_true(guards(w, cap, offset));
	assert_int_equal(w->map.dword[PCSC_DWORDS - 1].guard, PCSC_GUARD_ALL);
}

static void extended_links_are_proven_too(void **state)
{
	struct world *w = pf(state);

	assert_int_equal(make(w), 0);
	/* and the lengths of MSI, PCI Express, VNDR, VSEC and DVSEC */
	assert_int_equal(w->map.nr_heads, 1 + w->layout.nr_caps + 5);
	assert_int_equal(head_of(w, 0x148)->needs, head_of(w, 0x100)->guard);
	assert_int_equal(head_of(w, 0x148)->value, 0x16010003);
	assert_int_equal(head_of(w, 0x200)->needs, head_of(w, 0x1d0)->guard);
}

/* That there is no extended capability is a piece of the layout, too. */
static void an_empty_extended_list_is_proven(void **state)
{
	struct world *w = vf(state);

	img_put32(&w->img, 0x100, 0);
	assert_int_equal(make(w), 0);
	assert_int_equal(head_of(w, 0x100)->mask, 0xffffffff);
	assert_int_equal(head_of(w, 0x100)->value, 0);
}

static void guards_always_fit(void **state)
{
	struct world *w = vf(state);
	u16 offset;

	img_init(&w->img, 256);
	for (offset = 0x40; offset < 0x40 + 4 * PCSC_MAX_CAPS; offset += 4)
		img_cap(&w->img, offset, PCSC_CAP_NULL, 0);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.nr_heads, PCSC_MAX_CAPS + 1);
	check_sums(w);
}

/* ---- the rest ---- */

static void broken_layouts_cache_nothing(void **state)
{
	struct world *w = pf(state);

	pack_spec(&w->pack);
	img_put32(&w->img, 0x200, 0x16010023);
	assert_int_equal(make(w), -PCSC_EINVAL);
	assert_int_equal(w->layout.status, PCSC_WALK_LOOP);
	check_sums(w);
	assert_int_equal(w->map.nr_const, 0);
	assert_int_equal(w->map.nr_heads, 0);
	assert_int_equal(w->map.model, -1);
	/* The capabilities that were found have their positions. */
	assert_int_equal(w->map.pcie, 0x70);
	assert_int_equal(w->map.pm, 0x40);
	assert_int_equal(w->map.af, 0xe8);
	assert_int_equal(w->map.sriov, 0x160);
}

static void positions_are_filled_in(void **state)
{
	struct world *w = vf(state);

	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.pcie, 0x80);
	assert_int_equal(w->map.pm, 0);
	assert_int_equal(w->map.af, 0);
	assert_int_equal(w->map.sriov, 0);
	assert_true(w->map.is_vf);
	assert_int_equal(w->map.cfg_size, 4096);
	assert_int_equal(w->map.header_type, 0);
	assert_int_equal(w->map.pcie_type, 0);
	assert_int_equal(w->map.fingerprint, w->layout.fingerprint);
	img_port(&w->img);
	assert_int_equal(make(w), 0);
	assert_int_equal(w->map.pcie, 0x54);
	assert_int_equal(w->map.aer, 0x100);
	assert_int_equal(w->map.dpc, 0x160);
	assert_int_equal(w->map.header_type, 1);
	assert_int_equal(w->map.pcie_type, 4);
}

/* A layout that was handed over may have anything there. */
static void behind_the_last_capability_is_none(void **state)
{
	struct world *w = vf(state);
	struct pcsc_layout *layout = &w->layout;

	pack_rule(&w->pack, PCSC_SPACE_HEADER0, 0, 0x2c, 4, PCSC_CONST, 0);
	pack_rule(&w->pack, PCSC_SPACE_CAP, PCSC_CAP_PM, 4, 4, PCSC_VOLATILE,
		  0);
	assert_int_equal(make(w), 0);
	layout->caps[layout->nr_caps] = (struct pcsc_cap){ .id = PCSC_CAP_PM,
							   .offset = 0x28,
							   .length = 8 };
	assert_int_equal(pcsc_map_make(&w->map, (void *)w->pack.file,
				       &w->identity, layout),
			 0);
	assert_int_equal(const_bytes(w, 0x2c, 4), 4);
	assert_int_equal(w->map.pm, 0);
}

static void described_bytes_are_told(void **state)
{
	struct world *w = pf(state);
	u16 offset;

	assert_int_equal(make(w), 0);
	for (offset = 0; offset < 4096; offset++)
		assert_int_equal(
			!(w->map.dword[offset / 4].described >> offset % 4 & 1),
			pcsc_layout_undescribed(&w->layout, offset));
}

static void nothing_lies_behind_the_end(void **state)
{
	struct world *w = vf(state);

	w->img.cfg_size = 256;
	pack_spec(&w->pack);
	raw(w, 0xc0, 0xf40, ZERO);
	match_layout(w);
	assert_int_equal(make(w), 0);
	check_sums(w);
	assert_int_equal(w->map.cfg_size, 256);
	assert_int_equal(const_bytes(w, 0xc0, 0x40), 0x40);
	assert_int_equal(const_bytes(w, 0x100, 0xf00), 0);
	for (int i = 256 / 4; i < PCSC_DWORDS; i++) {
		assert_int_equal(w->map.dword[i].described, 0);
		assert_int_equal(w->map.dword[i].guard, PCSC_GUARD_NONE);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_const_without_a_rule),
		TEST(the_specification_serves_what_it_says),
		TEST(the_floor_wins),
		TEST(a_rule_may_trust_more_than_the_table),
		TEST(another_table_may_not_trust_more),
		TEST(addresses_are_never_served),
		TEST(what_may_differ_among_vfs_is_not_shared),
		TEST(a_rule_may_trust_less),
		TEST(the_stricter_rule_wins_by_the_byte),
		TEST(header_rules_keep_to_their_type),
		TEST(the_first_model_wins),
		TEST(every_instance_of_a_capability_counts),
		TEST(rules_end_with_the_structure),
		TEST(one_rule_names_every_header),
		TEST(probes_go_to_hardware),
		TEST(a_zero_dword_is_excluded_whole),
		TEST(the_table_says_what_a_write_may_do),
		TEST(evidence_admits_undescribed_bytes_only),
		TEST(evidence_by_a_header_rule),
		TEST(evidence_keeps_out_of_ports_and_chipsets),
		TEST(raw_rules_are_evidence_flag_or_not),
		TEST(zeroes_take_no_room),
		TEST(evidence_is_dropped_first),
		TEST(a_list_is_proven_link_by_link),
		TEST(a_structure_has_its_own_guard),
		TEST(extended_links_are_proven_too),
		TEST(an_empty_extended_list_is_proven),
		TEST(guards_always_fit),
		TEST(broken_layouts_cache_nothing),
		TEST(positions_are_filled_in),
		TEST(behind_the_last_capability_is_none),
		TEST(described_bytes_are_told),
		TEST(nothing_lies_behind_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
