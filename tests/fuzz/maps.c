// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is a function, who it is, the rules of a profile, and what happens then.
 * No map calls a byte of the floor const, and no answer of a line under it is another
 * than what the function has there.
 */
#include <stdlib.h>
#include <string.h>

#include "core/line.h"
#include "core/profile.h"
#include "core/regs.h"
#include "fuzz.h"

#define MOST_RULES 48

struct file {
	struct pcsc_profile_header header;
	struct pcsc_profile_model model;
	struct pcsc_profile_rule rules[MOST_RULES];
};

/* pcsc_identity's bits of the input */
#define IS_VF 1
#define BELOW_HOTPLUG 2
#define ON_ROOT_BUS 4
#define ENDPOINT 8 /* a class that evidence may speak for */

static struct pcsc_identity take_identity(struct fuzz_input *in)
{
	const u8 bits = fuzz_u8(in);

	return (struct pcsc_identity){
		.class_code =
			bits & ENDPOINT ? 0x010802 : (u32)fuzz_u8(in) << 16,
		.is_vf = bits & IS_VF,
		.below_hotplug = bits & BELOW_HOTPLUG,
		.on_root_bus = bits & ON_ROOT_BUS,
	};
}

static void frame(struct file *file, u32 nr_rules)
{
	file->header.magic = PCSC_PROFILE_MAGIC;
	file->header.version = PCSC_PROFILE_VERSION;
	file->header.nr_models = 1;
	file->header.nr_rules = nr_rules;
	file->header.size = offsetof(struct file, rules[nr_rules]);
	file->model.nr_rules = nr_rules;
}

/* Does the helper take it with @nr_rules rules? */
static bool is_taken(struct file *file, u32 nr_rules)
{
	struct pcsc_profile_error error;

	frame(file, nr_rules);
	return !pcsc_profile_check(file, file->header.size, &error);
}

/* Rules of the input, those of them that the helper takes behind the ones before. */
static void take_rules(struct file *file, struct fuzz_input *in,
		       const struct pcsc_identity *identity,
		       const struct pcsc_layout *layout)
{
	unsigned int nr = fuzz_u8(in) % (MOST_RULES + 1);
	u32 kept = 0;

	memset(file, 0, sizeof(*file));
	file->model.match =
		PCSC_MATCH_LAYOUT | (identity->is_vf ? PCSC_MATCH_VF : 0);
	file->model.is_vf = identity->is_vf;
	file->model.fingerprint = layout->fingerprint;
	for (; nr && in->size; nr--) {
		struct pcsc_profile_rule *rule = &file->rules[kept];
		const u8 what = fuzz_u8(in);

		rule->space = what % PCSC_SPACES;
		rule->klass =
			what / PCSC_SPACES % 8 ? PCSC_CONST : PCSC_VOLATILE;
		rule->flags = fuzz_u8(in) & 7;
		rule->cap = fuzz_u16(in);
		rule->offset = fuzz_u16(in) & 0xfff;
		rule->length = 1 + fuzz_u8(in);
		rule->reserved = 0;
		kept += is_taken(file, kept + 1);
	}
	memset(&file->rules[kept], 0,
	       (MOST_RULES - kept) * sizeof(file->rules[0]));
	MUST(is_taken(file, kept), "%u rules", kept);
}

/* Rules for all that the table calls const, so that there is something to serve. */
static void take_specification(struct file *file,
			       const struct pcsc_layout *layout)
{
	const struct pcsc_reg *reg;
	u32 kept = 0;

	for (reg = pcsc_regs; reg < pcsc_regs + pcsc_nr_regs; reg++) {
		const bool ext = reg->space == PCSC_SPACE_ECAP;

		if (kept == MOST_RULES || reg->klass != PCSC_CONST ||
		    (reg->space >= PCSC_SPACE_CAP &&
		     !pcsc_layout_find(layout, ext, reg->cap)))
			continue;
		file->rules[kept] = (struct pcsc_profile_rule){
			.space = reg->space,
			.klass = PCSC_CONST,
			.cap = reg->cap,
			.offset = reg->offset,
			.length = reg->length,
		};
		kept += is_taken(file, kept + 1);
	}
	frame(file, kept);
}

/* Does the rule speak of byte @at, which is in @cap (or NULL)? */
static bool speaks_of(const struct pcsc_profile_rule *rule,
		      const struct pcsc_layout *layout,
		      const struct pcsc_cap *cap, u16 at)
{
	switch (rule->space) {
	case PCSC_SPACE_CAP:
	case PCSC_SPACE_ECAP:
		if (!cap || cap->ext != (rule->space == PCSC_SPACE_ECAP) ||
		    (rule->cap != PCSC_ANY_CAP && rule->cap != cap->id))
			return false;
		at -= cap->offset;
		break;
	case PCSC_SPACE_HEADER0:
	case PCSC_SPACE_HEADER1:
		if (layout->header_type != rule->space - PCSC_SPACE_HEADER0)
			return false;
	}
	return at >= rule->offset && at - rule->offset < rule->length;
}

/* What is const is called so by a rule, and by none another class. */
static void check_rules(const struct file *file, const struct pcsc_map *map,
			const struct pcsc_layout *layout)
{
	const struct pcsc_cap *cap;

	for (u16 at = 0; at < map->cfg_size; at++) {
		bool is_const = false, is_not = false;

		if (!(map->dword[at / 4].mask >> at % 4 & 1))
			continue;
		pcsc_layout_reg(layout, at, &cap);
		for (u32 i = 0; i < file->model.nr_rules; i++) {
			if (!speaks_of(&file->rules[i], layout, cap, at))
				continue;
			if (file->rules[i].klass == PCSC_CONST)
				is_const = true;
			else
				is_not = true;
		}
		MUST(is_const && !is_not, "0x%x is const, and %s", at,
		     is_not ? "a rule says that it is not" : "no rule says so");
	}
}

/* ---- what happens then ---- */

struct played {
	struct fuzz_space space;
	struct pcsc_map map;
	struct pcsc_line line;
	struct pcsc_cells cells;
};

static void check_answer(struct played *p, u16 where, u8 size)
{
	const u32 truth = fuzz_space_get(&p->space, where, size);
	struct pcsc_ticket ticket;
	u32 value;

	switch (pcsc_line_lookup(&p->line, where, size, &value, &ticket)) {
	case PCSC_HIT:
		MUST(value == truth, "0x%x of %u bytes is %x, not %x", where,
		     size, value, truth);
		return;
	case PCSC_BYPASS:
		/* What is pending is proved by a read, as pcsc_identity_seen() */
		if (pcsc_line_bypassed(&p->line) == PCSC_BYPASS_PENDING)
			pcsc_line_proved(&p->line, &ticket);
		return;
	default:
		MUST(pcsc_line_fill(&p->line, &ticket, truth) <= size,
		     "more is kept of 0x%x than was read", where);
	}
}

/* Software writes; what is read-only in a real function is not so here. */
static void write(struct played *p, u16 where, u8 size, u32 value)
{
	pcsc_line_write(&p->line, where, size, value);
	fuzz_space_put(&p->space, where, size, value);
	pcsc_line_write(&p->line, where, size, value);
}

/* The device changes a byte, which is its right where the map does not say const. */
static void change(struct played *p, u16 where, u8 value)
{
	if (!(p->map.dword[where / 4].mask >> where % 4 & 1))
		p->space.bytes[where] = value;
}

static u32 no_reasons(const void *of)
{
	(void)of;
	return 0;
}

static void happen(struct played *p, struct fuzz_input *in)
{
	const u8 what = fuzz_u8(in);
	const u8 size = 1 << (what >> 4 & 3) % 3;
	const u16 where = fuzz_u16(in) % p->map.cfg_size & ~(size - 1);
	const struct pcsc_holds none = { no_reasons, NULL };
	struct pcsc_ticket ticket;
	u32 unused;

	switch (what & 0xf) {
	case 0:
		write(p, where, size, fuzz_u32(in));
		break;
	case 1:
		change(p, where, fuzz_u8(in));
		break;
	case 2:
		pcsc_line_lose(&p->line, PCSC_BYPASS_PENDING);
		break;
	case 3:
		pcsc_line_bypass(&p->line, PCSC_BYPASS_PENDING, 0);
		pcsc_line_lookup(&p->line, where, size, &unused, &ticket);
		pcsc_line_recheck(&p->line, &ticket);
		break;
	case 4:
		pcsc_line_drop_evidence(&p->line, PCSC_DROPPED_READ);
		break;
	case 5:
		pcsc_line_demote(&p->line, where, size);
		break;
	case 6:
		pcsc_line_forget(&p->line, where, size);
		break;
	case 7:
		pcsc_line_empty(&p->line, false);
		break;
	case 8:
		pcsc_line_bypass(&p->line, 0, PCSC_BYPASS_LAYOUT);
		break;
	case 9:
		pcsc_line_bypass(&p->line, PCSC_BYPASS_RESET, 0);
		pcsc_line_end(&p->line, PCSC_BYPASS_RESET, &none, size > 1);
		break;
	default:
		check_answer(p, where, size);
	}
}

/* What people are told of a byte agrees with what is answered. */
static void check_known(const struct played *p, u16 where)
{
	const u8 known = pcsc_line_known(&p->line, where);
	const bool is_const = p->map.dword[where / 4].mask >> where % 4 & 1;

	MUST(is_const == !!(known & PCSC_KNOWN_CONST), "0x%x is told as %x",
	     where, known);
	MUST(is_const || !(known & PCSC_KNOWN_CACHED), "0x%x is told as %x",
	     where, known);
	MUST(!pcsc_line_denies_absence(&p->line, where, 1) ||
		     p->space.bytes[where] != 0xff,
	     "0x%x is all-ones and denies it", where);
}

/* Whatever has happened: all of it, at every width. */
static void sweep(struct played *p)
{
	for (u16 where = 0; where < p->map.cfg_size; where += 4) {
		check_answer(p, where, 4);
		if (!p->map.dword[where / 4].mask)
			continue;
		check_answer(p, where + 2, 2);
		check_answer(p, where + 1, 1);
		for (unsigned int n = 0; n < 4; n++)
			check_known(p, where + n);
	}
}

static void play(struct played *p, struct fuzz_input *in)
{
	memset(&p->line, 0, sizeof(p->line));
	memset(&p->cells, 0, sizeof(p->cells));
	pcsc_line_init(&p->line, &p->cells);
	pcsc_line_assign(&p->line, &p->map);
	pcsc_line_bypass(&p->line, 0, ~0u);
	sweep(p);
	while (in->size)
		happen(p, in);
	sweep(p);
}

static void exclude(struct pcsc_map *map, const struct pcsc_identity *identity,
		    const struct pcsc_layout *layout, struct fuzz_input *in)
{
	const u8 bytes = fuzz_u8(in);
	const u16 where = fuzz_u16(in) & 0xffc;

	if (bytes & 0x10)
		pcsc_map_exclude_evidence(map);
	MUST(!(bytes & 0x10) || !map->nr_evidence, "%u bytes",
	     map->nr_evidence);
	if (where >= map->cfg_size)
		return;
	pcsc_map_exclude(map, where, bytes & 0xf);
	MUST(!(map->dword[where / 4].mask & bytes & 0xf), "0x%x", where);
	fuzz_check_map(map, identity, layout);
}

/* First byte: what of the profile is not the input's. */
#define SPECIFICATION 1

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	static struct played p;
	static struct pcsc_map again;
	const u8 how = fuzz_u8(&in);
	const struct pcsc_identity identity = take_identity(&in);
	struct pcsc_layout layout;
	struct file file;

	fuzz_space_take(&p.space, &in);
	pcsc_walk(fuzz_space_read, &p.space, p.space.cfg_size, &layout);
	take_rules(&file, &in, &identity, &layout);
	if (how & SPECIFICATION)
		take_specification(&file, &layout);
	MUST(pcsc_map_make(&p.map, &file.header, &identity, &layout) ==
		     (layout.status == PCSC_WALK_OK ? 0 : -PCSC_EINVAL),
	     "status %u", layout.status);
	fuzz_check_map(&p.map, &identity, &layout);
	fuzz_check_sibling(&p.map, &layout, &p.space);
	check_rules(&file, &p.map, &layout);
	pcsc_map_make(&again, &file.header, &identity, &layout);
	MUST(pcsc_map_hash(&p.map) == pcsc_map_hash(&again), "maps differ");
	exclude(&p.map, &identity, &layout, &in);
	play(&p, &in);
	return 0;
}
