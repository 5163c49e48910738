// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is a function, its sibling, whose lists are a little different, and how far
 * those are read. The sibling is under the map that was made from the function: what it
 * is answered from memory is the same register in both.
 */
#include <string.h>

#include "core/caps.h"
#include "core/line.h"
#include "core/regs.h"
#include "fuzz.h"
#include "tests/unit/pack.h"

struct sibling {
	struct fuzz_space space;
	struct pcsc_layout layout; /* its own */
	struct pcsc_cells cells;
	struct pcsc_line line;
};

static void see(struct sibling *s, u16 where, u8 size)
{
	struct pcsc_ticket ticket;
	u32 unused;

	if (where + size > s->space.cfg_size ||
	    pcsc_line_lookup(&s->line, where, size, &unused, &ticket) ==
		    PCSC_HIT)
		return;
	pcsc_line_fill(&s->line, &ticket,
		       fuzz_space_get(&s->space, where, size));
}

/* Its own lists, as far as the input wants them, and some of what is behind headers. */
static void see_lists(struct sibling *s, struct fuzz_input *in)
{
	const struct pcsc_cap *cap = s->layout.caps;
	const u8 whole = fuzz_u8(in);
	u8 left[2];

	left[0] = fuzz_u8(in) % 16;
	left[1] = fuzz_u8(in) % 16;
	see(s, 0x34, 1);
	for (; cap < s->layout.caps + s->layout.nr_caps; cap++) {
		if (!left[cap->ext])
			continue;
		left[cap->ext]--;
		see(s, cap->offset, cap->ext || whole & 1 ? 4 : 2);
		for (unsigned int n = 1; n < 4; n++)
			if (whole >> n & 1)
				see(s, cap->offset + 4 * n, 4);
	}
}

/* Is the same at @at of both? */
static bool is_alike(const struct pcsc_layout *a, const struct pcsc_layout *b,
		     u16 at)
{
	const struct pcsc_cap *in_a, *in_b;

	if (pcsc_layout_reg(a, at, &in_a) != pcsc_layout_reg(b, at, &in_b) ||
	    !in_a != !in_b)
		return false;
	return !in_a || (in_a->offset == in_b->offset && in_a->id == in_b->id);
}

static void check_served(struct sibling *s, const struct pcsc_layout *layout)
{
	const struct pcsc_map *map = s->line.map;
	struct pcsc_ticket ticket;
	u32 value;

	for (u16 at = PCSC_CAP_BASE; at < map->cfg_size; at++)
		if (map->dword[at / 4].mask >> at % 4 & 1)
			MUST(pcsc_line_lookup(&s->line, at, 1, &value,
					      &ticket) != PCSC_HIT ||
				     is_alike(layout, &s->layout, at),
			     "0x%x is served, and another register there", at);
}

/* The bytes of the dword at @where by which a layout is known. */
static u8 proving_bytes(const struct pcsc_map *map, u16 where)
{
	u8 bytes = 0;

	for (unsigned int i = 0; i < map->nr_heads; i++)
		if (map->heads[i].offset == where)
			bytes |= pcsc_bytes_with(map->heads[i].mask);
	return bytes;
}

/* What proves a layout is read above, or not at all. */
static void keep_all(struct sibling *s)
{
	for (u16 at = PCSC_CAP_BASE; at < s->space.cfg_size; at += 4) {
		const u8 bytes = s->line.map->dword[at / 4].mask &
				 ~proving_bytes(s->line.map, at);

		for (u16 n = 0; n < 4; n++)
			if (bytes >> n & 1)
				see(s, at + n, 1);
	}
}

/* All that is not on the floor, and whatever nobody describes. */
static const struct pcsc_profile_header *whole_profile(void)
{
	static struct pack pack;
	const struct pcsc_reg *reg;

	if (pack.file)
		return (const void *)pack.file;
	pack_init(&pack);
	pack_model(&pack, 0);
	for (reg = pcsc_regs; reg < pcsc_regs + pcsc_nr_regs; reg++)
		if (!pcsc_reg_is_floor(reg, true))
			pack_rule(&pack, reg->space, reg->cap, reg->offset,
				  reg->length, PCSC_CONST, 0);
	pack_rule(&pack, PCSC_SPACE_RAW, 0, PCSC_CAP_BASE,
		  PCSC_CFG_SIZE_EXT - PCSC_CAP_BASE, PCSC_CONST,
		  PCSC_RULE_EVIDENCE);
	return pack_file(&pack);
}

static bool takes_map(struct pcsc_map *map, struct pcsc_layout *layout,
		      struct fuzz_space *space)
{
	const struct pcsc_identity vf = { .class_code = 0x010802,
					  .is_vf = true };

	pcsc_walk(fuzz_space_read, space, space->cfg_size, layout);
	return !pcsc_map_make(map, whole_profile(), &vf, layout);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	static struct sibling s;
	static struct pcsc_map map;
	struct pcsc_layout layout;

	fuzz_space_init(&s.space, fuzz_u8(&in) % FUZZ_SPACES);
	fuzz_space_edit(&s.space, &in);
	if (!takes_map(&map, &layout, &s.space))
		return 0;
	fuzz_check_sibling(&map, &layout, &s.space);
	fuzz_space_edit(&s.space, &in);
	if (pcsc_walk(fuzz_space_read, &s.space, s.space.cfg_size, &s.layout))
		return 0;
	memset(&s.line, 0, sizeof(s.line));
	memset(&s.cells, 0, sizeof(s.cells));
	pcsc_line_init(&s.line, &s.cells);
	pcsc_line_assign(&s.line, &map);
	pcsc_line_bypass(&s.line, 0, ~0u);
	see_lists(&s, &in);
	keep_all(&s);
	check_served(&s, &layout);
	return 0;
}
