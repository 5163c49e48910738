// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is what is wrong with the region that the last kernel has left: a PF, its
 * VFs and a port, and patches. What is refused is not used, what is adopted answers as
 * the functions do, and if somebody forged all sums and seals, still nothing else is
 * served than a map of this kernel allows.
 */
#include <stdlib.h>
#include <string.h>

#include "core/caps.h"
#include "core/handover.h"
#include "core/line.h"
#include "core/map.h"
#include "core/regs.h"
#include "fuzz.h"
#include "tests/unit/pack.h"

#define FUNCTIONS 6
#define PORT (FUNCTIONS - 1)

/* First byte: what the forger has done besides. */
#define SUMS 1 /* all sums are right again */
#define SEALS 2 /* the lines are sealed again */
#define MAPS \
	4 /* and every map is said to be the one it was: with new seals only */

static const unsigned int space_of[FUNCTIONS] = { 2, 1, 1, 1, 1, 3 };

struct host {
	struct fuzz_space spaces[FUNCTIONS];
	struct pcsc_line lines[FUNCTIONS];
	struct pcsc_map maps[FUNCTIONS];
	struct pcsc_profile_header *profile;
	u64 size;
	u8 *left; /* by the last kernel */
	u8 *region;
};

static struct pcsc_identity identity_of(const struct host *host, unsigned int i)
{
	return (struct pcsc_identity){
		.class_code = fuzz_space_get(&host->spaces[i], 8, 4) >> 8,
		.is_vf = i && i != PORT,
	};
}

static int read_line(struct host *host, unsigned int i, u16 where, u32 *value)
{
	struct pcsc_line *line = &host->lines[i];
	const u32 truth = fuzz_space_get(&host->spaces[i], where, 4);
	struct pcsc_ticket ticket;
	int answer = pcsc_line_lookup(line, where, 4, value, &ticket);

	if (answer == PCSC_MISS || answer == PCSC_UNCACHABLE)
		pcsc_line_fill(line, &ticket, truth);
	return answer;
}

/* ---- the last kernel ---- */

#define NOT_ZERO_AT 0x60 /* a dword of VFs that nothing describes */
#define ZERO_AT 0x200 /* and others */

static struct pcsc_profile_header *make_profile(void)
{
	static struct pack pack;
	struct pcsc_profile_model *vf;
	struct fuzz_space space;
	struct pcsc_layout layout;

	fuzz_space_init(&space, 1);
	pcsc_walk(fuzz_space_read, &space, space.cfg_size, &layout);
	pack_init(&pack);
	vf = pack_model(&pack, PCSC_MATCH_VF | PCSC_MATCH_LAYOUT);
	vf->is_vf = 1;
	vf->fingerprint = layout.fingerprint;
	pack_spec(&pack);
	pack_rule(&pack, PCSC_SPACE_RAW, 0, NOT_ZERO_AT, 4, PCSC_CONST,
		  PCSC_RULE_EVIDENCE);
	pack_rule(&pack, PCSC_SPACE_RAW, 0, ZERO_AT, 16, PCSC_CONST,
		  PCSC_RULE_EVIDENCE | PCSC_RULE_ZERO);
	pack_model(&pack, 0);
	pack_spec(&pack);
	return pack_file(&pack);
}

static void fill(struct host *host, unsigned int i)
{
	struct pcsc_line *line = &host->lines[i];
	struct pcsc_layout *layout =
		&pcsc_handover_layouts(host->left, host->size)[space_of[i] - 1];
	const struct pcsc_identity identity = identity_of(host, i);
	u32 unused;

	fuzz_space_init(&host->spaces[i], space_of[i]);
	if (space_of[i] == 1)
		fuzz_space_put(&host->spaces[i], NOT_ZERO_AT, 4, 0x1234 + i);
	pcsc_walk(fuzz_space_read, &host->spaces[i], 4096, layout);
	pcsc_map_make(&host->maps[i], host->profile, &identity, layout);
	pcsc_line_init(line, &pcsc_handover_cells(host->left, host->size)[i]);
	pcsc_line_assign(line, &host->maps[i]);
	pcsc_line_bypass(line, 0, ~0u);
	/* Twice: what nothing describes is filled once all headers were seen. */
	for (u32 where = 0; where < 2 * 4096; where += 4)
		read_line(host, i, where & 0xfff, &unused);
}

static void enter(struct host *host, unsigned int i)
{
	struct pcsc_handover_function *f =
		&pcsc_handover_index(host->left, host->size)[i];

	*f = (struct pcsc_handover_function){
		.bus = 1 + (i == PORT),
		.devfn = i,
		.flags = PCSC_HANDOVER_HAS_LINE,
		.layout = space_of[i] - 1,
		.map_hash = pcsc_map_hash(&host->maps[i]),
	};
	if (!i) {
		f->vf_first = 0x101;
		f->vf_stride = 1;
		f->vf_count = PORT - 1;
	} else if (i != PORT) {
		f->flags |= PCSC_HANDOVER_VF;
	}
	f->seal = pcsc_line_seal(&host->lines[i], pcsc_handover_salt(f));
}

static void leave(struct host *host)
{
	struct pcsc_handover_header *header = (void *)host->left;

	*header = (struct pcsc_handover_header){
		.magic = PCSC_HANDOVER_MAGIC,
		.version = PCSC_HANDOVER_VERSION,
		.armed = PCSC_HANDOVER_ARMED,
		.size = host->size,
		.layout_size = sizeof(struct pcsc_layout),
		.function_size = sizeof(struct pcsc_handover_function),
		.cells_size = sizeof(struct pcsc_cells),
		.restrictions_size = sizeof(struct pcsc_handover_restrictions),
		.nr_layouts = 3,
		.nr_functions = FUNCTIONS,
		.table_hash = pcsc_regs_hash(),
		.walk_version = PCSC_WALK_VERSION,
		.release = "6.12",
		.helper = "0.1",
	};
	pcsc_handover_sum(header);
}

static struct host *make_host(void)
{
	struct host *host = calloc(1, sizeof(*host));

	if (!host)
		abort();
	host->size = pcsc_handover_size(FUNCTIONS);
	/* Cells want cache lines of their own. */
	host->left = aligned_alloc(4096, (host->size + 4095) & ~4095ull);
	host->region = aligned_alloc(4096, (host->size + 4095) & ~4095ull);
	if (!host->left || !host->region)
		abort();
	memset(host->left, 0, host->size);
	host->profile = make_profile();
	for (unsigned int i = 0; i < FUNCTIONS; i++) {
		fill(host, i);
		enter(host, i);
	}
	leave(host);
	return host;
}

/* ---- what is done to the region ---- */

/* A part of it and the bytes of that. */
static u8 *part(struct host *host, u8 which, u8 index, size_t *size)
{
	u8 *region = host->region;

	switch (which % 5) {
	case 0:
		*size = sizeof(struct pcsc_handover_header);
		return region;
	case 1:
		*size = sizeof(struct pcsc_handover_restrictions);
		return (u8 *)pcsc_handover_restrictions(region, host->size);
	case 2:
		*size = sizeof(struct pcsc_layout);
		return (u8 *)&pcsc_handover_layouts(region,
						    host->size)[index % 4];
	case 3:
		*size = sizeof(struct pcsc_handover_function);
		return (u8 *)&pcsc_handover_index(
			region, host->size)[index % FUNCTIONS];
	default:
		*size = sizeof(struct pcsc_cells);
		return (u8 *)&pcsc_handover_cells(
			region, host->size)[index % FUNCTIONS];
	}
}

static void patch(struct host *host, struct fuzz_input *in)
{
	const u8 which = fuzz_u8(in);
	size_t room;
	u8 *at = part(host, which, which / 5, &room);
	const size_t offset = fuzz_u16(in) % room;
	size_t size = fuzz_u8(in) % 64 + 1;

	if (size > room - offset)
		size = room - offset;
	fuzz_take(in, at + offset, size < in->size ? size : in->size);
}

static bool is_bounded(const struct host *host,
		       const struct pcsc_handover_header *header)
{
	return header->size == host->size &&
	       header->nr_layouts <= PCSC_HANDOVER_MAX_LAYOUTS &&
	       header->nr_functions <= FUNCTIONS;
}

static void forge(struct host *host, u8 how)
{
	struct pcsc_handover_header *header = (void *)host->region;

	for (unsigned int i = 0; how & SEALS && i < FUNCTIONS; i++) {
		struct pcsc_handover_function *f =
			&pcsc_handover_index(host->region, host->size)[i];
		const struct pcsc_line line = {
			.cells = &pcsc_handover_cells(host->region,
						      host->size)[i],
		};

		f->seal = pcsc_line_seal(&line, pcsc_handover_salt(f));
	}
	if (how & SUMS && is_bounded(host, header))
		pcsc_handover_sum(header);
}

/* ---- the next kernel, as handed.c and adopt.c have it ---- */

/* The region up to its index's last entry, exactly. */
static struct pcsc_handover_header *copy_index(struct host *host)
{
	const struct pcsc_handover_places p = pcsc_handover_places(host->size);
	const struct pcsc_handover_header *there = (void *)host->region;
	const u32 functions = there->nr_functions < p.capacity ?
				      there->nr_functions :
				      p.capacity;

	MUST(p.capacity == FUNCTIONS, "room for %u", p.capacity);
	return fuzz_copy(
		host->region,
		p.index + functions * sizeof(struct pcsc_handover_function));
}

static void take_restrictions(const struct host *host,
			      struct pcsc_handover_header *copy)
{
	const struct pcsc_handover_restrictions *r =
		pcsc_handover_restrictions(copy, host->size);

	if (pcsc_handover_check_restrictions(copy))
		return;
	MUST(r->nr_mismatches <= PCSC_HANDOVER_RESTRICTIONS &&
		     r->nr_quarantined <= PCSC_HANDOVER_RESTRICTIONS &&
		     r->nr_limits <= PCSC_HANDOVER_RESTRICTIONS,
	     "%u, %u, %u", r->nr_mismatches, r->nr_quarantined, r->nr_limits);
	for (u32 i = 0; i < r->nr_mismatches; i++)
		MUST(r->mismatches[i].where + r->mismatches[i].size <= 4096,
		     "mismatch %u at 0x%x", i, r->mismatches[i].where);
	for (u32 i = 0; i < r->nr_limits; i++)
		MUST(r->limits[i].mode < PCSC_HANDOVER_UNLIMITED, "limit %u",
		     i);
}

/* Forget what does not come over, as forget_what_stays_behind() */
static void forget(struct host *host, unsigned int i,
		   const struct pcsc_layout *layout, struct pcsc_ticket *ticket)
{
	struct pcsc_line *line = &host->lines[i];
	const struct pcsc_cap *cap;

	if (!host->maps[i].is_vf) {
		pcsc_line_recheck(line, ticket);
		return;
	}
	cap = pcsc_layout_find(layout, false, PCSC_CAP_MSIX);
	if (cap)
		pcsc_line_forget(line, cap->offset + 4, 8);
	cap = pcsc_layout_find(layout, true, PCSC_ECAP_DSN);
	if (cap)
		pcsc_line_forget(line, cap->offset + 4, 8);
}

static bool adopt(struct host *host, unsigned int i,
		  const struct pcsc_handover_function *f,
		  const struct pcsc_layout *layout, u8 how)
{
	const struct pcsc_identity identity = identity_of(host, i);
	struct pcsc_line *line = &host->lines[i];
	struct pcsc_map *map = &host->maps[i];
	struct pcsc_ticket ticket;

	memset(line, 0, sizeof(*line));
	pcsc_line_hand(line, &pcsc_handover_cells(host->region, host->size)[i]);
	MUST(!pcsc_map_make(map, host->profile, &identity, layout),
	     "a layout that was taken makes no map");
	if ((how & (MAPS | SEALS)) != (MAPS | SEALS) &&
	    pcsc_map_hash(map) != f->map_hash) {
		MUST(pcsc_line_refuse(line), "function %u", i);
		return false;
	}
	pcsc_line_lend(line, map);
	MUST(pcsc_line_return(line), "function %u", i);
	if (pcsc_line_look(line, f->seal, pcsc_handover_salt(f),
			   !(f->flags & PCSC_HANDOVER_USER_FILLED),
			   &ticket) != PCSC_SEAL_WHOLE)
		return false;
	forget(host, i, layout, &ticket);
	MUST(pcsc_line_adopt(line, &ticket) && pcsc_line_proved(line, &ticket),
	     "function %u", i);
	return true;
}

static void check_answers(struct host *host, unsigned int i, u8 how)
{
	const struct pcsc_map *map = &host->maps[i];
	u32 value;

	for (u16 where = 0; where < map->cfg_size; where += 4) {
		const u32 truth = fuzz_space_get(&host->spaces[i], where, 4);

		if (read_line(host, i, where, &value) != PCSC_HIT)
			continue;
		MUST(map->dword[where / 4].mask == 0xf,
		     "0x%x of function %u is served", where, i);
		MUST(how & SEALS || value == truth,
		     "0x%x of function %u is %x, not %x", where, i, value,
		     truth);
	}
}

static void take_lines(struct host *host, struct pcsc_handover_header *copy,
		       u8 how)
{
	const struct pcsc_handover_function *f =
		pcsc_handover_index(copy, host->size);

	/* More than were copied, as in handed.c */
	if (copy->nr_functions > FUNCTIONS ||
	    pcsc_handover_check_lines(copy, host->size))
		return;
	for (unsigned int i = 0; i < copy->nr_functions; i++, f++) {
		if (!(f->flags & PCSC_HANDOVER_HAS_LINE))
			continue;
		MUST(f->layout < copy->nr_layouts, "layout %u", f->layout);
		MUST(!(f->flags & PCSC_HANDOVER_VF) ||
			     f->pf < copy->nr_functions,
		     "PF %u", f->pf);
		if (adopt(host, i, f,
			  &pcsc_handover_layouts(copy, host->size)[f->layout],
			  how))
			check_answers(host, i, how);
	}
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const u8 how = fuzz_u8(&in);
	struct pcsc_handover_header *copy;
	static struct host *host;

	if (!host)
		host = make_host();
	memcpy(host->region, host->left, host->size);
	while (in.size)
		patch(host, &in);
	forge(host, how);
	copy = copy_index(host);
	if (!pcsc_handover_check_header(copy)) {
		take_restrictions(host, copy);
		take_lines(host, copy, how);
	}
	free(copy);
	return 0;
}
