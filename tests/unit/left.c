// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/regs.h"
#include "left.h"

struct pcsc_handover_header *left_header(struct left *f)
{
	return (void *)f->region;
}

struct pcsc_handover_function *left_entry(struct left *f, int i)
{
	return &pcsc_handover_index(f->region, LEFT_REGION)[i];
}

struct pcsc_handover_restrictions *left_restrictions(struct left *f)
{
	return pcsc_handover_restrictions(f->region, LEFT_REGION);
}

struct pcsc_cells *left_cells(struct left *f, int i)
{
	return &pcsc_handover_cells(f->region, LEFT_REGION)[i];
}

static void left_make_map(struct pcsc_map *map)
{
	map->cfg_size = 4096;
	for (int i = 0; i < PCSC_DWORDS; i++)
		map->dword[i].slot = PCSC_SLOT_NONE;
	map->dword[LEFT_SPEC / 4] =
		(struct pcsc_map_entry){ .slot = 0, .mask = 0xf };
	map->dword[LEFT_MIXED / 4] = (struct pcsc_map_entry){ .slot = 1,
							      .mask = 0xf,
							      .evidence = 0xf };
	map->dword[LEFT_RAW / 4] = (struct pcsc_map_entry){
		.slot = PCSC_SLOT_ZERO, .mask = 0xf, .evidence = 0xf
	};
	map->dword[LEFT_RAW_LOW / 4] = map->dword[LEFT_RAW / 4];
	map->dword[LEFT_RAW_HIGH / 4] = map->dword[LEFT_RAW / 4];
	map->is_vf = true;
	map->nr_slots = 2;
	map->slot_evidence[1] = 0xf;
	map->nr_evidence = 16;
}

static void left_fill(struct pcsc_line *line, u16 where, u32 value)
{
	struct pcsc_ticket ticket;
	u32 unused;

	pcsc_line_lookup(line, where, 4, &unused, &ticket);
	assert_true(pcsc_line_fill(line, &ticket, value) > 0);
}

enum pcsc_answer left_ask(struct pcsc_line *line, u16 where, u32 *value)
{
	struct pcsc_ticket ticket;

	return pcsc_line_lookup(line, where, 4, value, &ticket);
}

static void left_fill_line(struct left *f, int i)
{
	struct pcsc_line *line = &f->lines[i];

	pcsc_line_init(line, left_cells(f, i));
	pcsc_line_assign(line, &f->map);
	pcsc_line_bypass(line, 0, ~0u);
	left_fill(line, LEFT_SPEC, 0x1000 + i);
	left_fill(line, LEFT_MIXED, 0x2000 + i);
	left_fill(line, LEFT_RAW, 0);
	left_fill(line, LEFT_RAW_LOW, 0);
	left_fill(line, LEFT_RAW_HIGH, 0);
}

static void left_seal_line(struct left *f, int i)
{
	struct pcsc_handover_function *e = left_entry(f, i);

	*e = (struct pcsc_handover_function){
		.bus = 1,
		.devfn = i,
		.flags = PCSC_HANDOVER_HAS_LINE | (i ? PCSC_HANDOVER_VF : 0),
		.vf_first = i ? 0 : 0x101,
		.vf_stride = i ? 0 : 1,
		.vf_count = i ? 0 : LEFT_FUNCTIONS - 1,
		.map_hash = pcsc_map_hash(&f->map),
	};
	e->seal = pcsc_line_seal(&f->lines[i], pcsc_handover_salt(e));
}

void left_seal(struct left *f)
{
	struct pcsc_layout *layout =
		pcsc_handover_layouts(f->region, LEFT_REGION);

	*layout = (struct pcsc_layout){
		.cfg_size = 4096,
		.nr_caps = 1,
		.caps = { { .id = 1, .offset = 0x40, .length = 8, .need = 8 } },
	};
	for (int i = 0; i < LEFT_FUNCTIONS; i++)
		left_seal_line(f, i);
	*left_header(f) = (struct pcsc_handover_header){
		.magic = PCSC_HANDOVER_MAGIC,
		.version = PCSC_HANDOVER_VERSION,
		.size = LEFT_REGION,
		.layout_size = sizeof(struct pcsc_layout),
		.function_size = sizeof(struct pcsc_handover_function),
		.cells_size = sizeof(struct pcsc_cells),
		.restrictions_size = sizeof(struct pcsc_handover_restrictions),
		.nr_layouts = 1,
		.nr_functions = LEFT_FUNCTIONS,
		.table_hash = pcsc_regs_hash(),
		.walk_version = PCSC_WALK_VERSION,
	};
	pcsc_handover_sum(left_header(f));
}

const char *left_check(struct left *f)
{
	const char *reason = pcsc_handover_check_header(left_header(f));

	return reason ? reason :
			pcsc_handover_check_lines(left_header(f), LEFT_REGION);
}

int left_setup(void **state)
{
	struct left *f = calloc(1, sizeof(*f));

	if (!f)
		return -1;
	f->region = calloc(1, LEFT_REGION);
	f->copy = malloc(LEFT_REGION);
	if (!f->region || !f->copy)
		return -1;
	left_make_map(&f->map);
	for (int i = 0; i < LEFT_FUNCTIONS; i++)
		left_fill_line(f, i);
	left_seal(f);
	*state = f;
	return 0;
}

int left_teardown(void **state)
{
	struct left *f = *state;

	free(f->region);
	free(f->copy);
	free(f);
	return 0;
}

enum pcsc_seal left_look(struct left *f, int i, bool zeroes,
			 struct pcsc_ticket *ticket)
{
	return pcsc_line_look(&f->lines[i], left_entry(f, i)->seal,
			      pcsc_handover_salt(left_entry(f, i)), zeroes,
			      ticket);
}

void left_hand(struct left *f, int i)
{
	struct pcsc_line *line = &f->lines[i];

	memset(line, 0x55, sizeof(*line));
	pcsc_line_hand(line, left_cells(f, i));
	pcsc_line_lend(line, &f->map);
}

bool left_adopt(struct left *f, int i, bool zeroes)
{
	struct pcsc_line *line = &f->lines[i];
	struct pcsc_ticket ticket;

	left_hand(f, i);
	assert_true(pcsc_line_return(line));
	return left_look(f, i, zeroes, &ticket) == PCSC_SEAL_WHOLE &&
	       pcsc_line_adopt(line, &ticket);
}

void left_prove(struct pcsc_line *line)
{
	assert_int_equal(pcsc_line_bypassed(line), PCSC_BYPASS_PENDING);
	pcsc_line_bypass(line, 0, PCSC_BYPASS_PENDING);
}
