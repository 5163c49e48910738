// SPDX-License-Identifier: GPL-2.0-only
/* A map's hash: a line is adopted under a map only if it was filled under one like it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/map.h"

#define FIELD(name)                                             \
	{                                                       \
		offsetof(struct pcsc_map, name),                \
			sizeof(((struct pcsc_map *)NULL)->name) \
	}

static const struct field {
	size_t offset;
	size_t size;
} fields[] = {
	FIELD(cfg_size),    FIELD(nr_slots), FIELD(nr_const),
	FIELD(nr_evidence), FIELD(nr_heads), FIELD(header_type),
	FIELD(pcie_type),   FIELD(is_vf),    FIELD(pcie),
	FIELD(pm),	    FIELD(af),	     FIELD(sriov),
	FIELD(aer),	    FIELD(dpc),	     FIELD(fingerprint),
	FIELD(all),
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static struct pcsc_map *blank(void **state)
{
	struct pcsc_map *map = *state;

	*map = (struct pcsc_map){ .cfg_size = 0 };
	return map;
}

/* No two bits of any two fields are one to it. */
static void every_bit_of_every_field_counts(void **state)
{
	struct pcsc_map *map = blank(state);
	u64 hashes[1 + 64 * FIELDS];
	unsigned int nr = 0;

	hashes[nr++] = pcsc_map_hash(map);
	for (size_t i = 0; i < FIELDS; i++) {
		const bool is_bool =
			fields[i].offset == offsetof(struct pcsc_map, is_vf);

		for (size_t bit = 0; bit < 8 * fields[i].size; bit++) {
			u8 *byte = (u8 *)map + fields[i].offset + bit / 8;

			if (is_bool && bit)
				break;
			*byte ^= 1 << bit % 8;
			hashes[nr++] = pcsc_map_hash(map);
			*byte ^= 1 << bit % 8;
		}
	}
	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int j = 0; j < i; j++)
			assert_true(hashes[i] != hashes[j]);
}

static void counts(struct pcsc_map *map, void *byte)
{
	const u64 hash = pcsc_map_hash(map);

	*(u8 *)byte ^= 1;
	assert_true(pcsc_map_hash(map) != hash);
	*(u8 *)byte ^= 1;
}

static void every_dword_counts(void **state)
{
	struct pcsc_map *map = blank(state);

	for (int i = 0; i < PCSC_DWORDS; i++) {
		counts(map, &map->dword[i].slot);
		counts(map, &map->dword[i].mask);
	}
}

static void every_head_counts(void **state)
{
	struct pcsc_map *map = blank(state);

	for (int i = 0; i < PCSC_MAX_GUARDS; i++) {
		counts(map, &map->heads[i].offset);
		counts(map, &map->heads[i].mask);
		counts(map, &map->heads[i].value);
	}
}

/* Another profile may call it by another number. */
static void which_model_it_was_does_not_count(void **state)
{
	struct pcsc_map *map = blank(state);
	const u64 hash = pcsc_map_hash(map);

	map->model = 7;
	map->nr_dropped = 7;
	assert_true(pcsc_map_hash(map) == hash);
}

/* The next helper must come to the same, or nothing is ever adopted. */
static void it_stays_what_it_is(void **state)
{
	struct pcsc_map *map = blank(state);

	*map = (struct pcsc_map){
		.cfg_size = 4096,
		.nr_slots = 1,
		.nr_const = 2,
		.nr_evidence = 3,
		.nr_heads = 4,
		.header_type = 1,
		.pcie_type = 5,
		.is_vf = true,
		.pcie = 0x40,
		.pm = 0x80,
		.af = 0x90,
		.sriov = 0x160,
		.aer = 0x100,
		.dpc = 0x200,
		.fingerprint = 0x12345678,
		.all = 0x1e,
	};
	assert_true(pcsc_map_hash(map) == 0xdfa5c47c6c920349);
}

static int setup(void **state)
{
	*state = malloc(sizeof(struct pcsc_map));
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_of_every_field_counts),
		cmocka_unit_test(every_dword_counts),
		cmocka_unit_test(every_head_counts),
		cmocka_unit_test(which_model_it_was_does_not_count),
		cmocka_unit_test(it_stays_what_it_is),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
