// SPDX-License-Identifier: GPL-2.0-only
/* Where a map says that capabilities are: where the layout had them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/caps.h"
#include "core/guards.h"

static const struct pcsc_cap caps[] = {
	{ .id = PCSC_CAP_PM, .offset = 0x40, .length = 8, .next = 0x48 },
	/* Next to each other, and at the end of their space. */
	{ .id = PCSC_CAP_EXP, .offset = 0x48, .length = 0x3c, .next = 0xfc },
	{ .id = 0xee, .offset = 0xfc, .length = 4, .opaque = true },
	{ .id = PCSC_ECAP_AER,
	  .offset = 0x100,
	  .length = 0x48,
	  .next = 0xff0,
	  .version = 2,
	  .ext = true },
	{ .id = 0xbeef,
	  .offset = 0xff0,
	  .length = 16,
	  .version = 15,
	  .ext = true,
	  .opaque = true },
};

#define CAPS (sizeof(caps) / sizeof(caps[0]))

/* Behind EA's first dword nothing is proved; behind the last one is no space. */
static const struct pcsc_cap few[] = {
	{ .id = PCSC_CAP_EA, .offset = 0x40, .length = 16, .next = 0x50 },
	{ .id = PCSC_CAP_PM, .offset = 0x50, .length = 8, .next = 0xf0 },
	{ .id = PCSC_CAP_VNDR, .offset = 0xf0, .length = 12, .next = 0xfc },
	{ .id = 0xee, .offset = 0xfc, .length = 4, .opaque = true },
};

#define FEW (sizeof(few) / sizeof(few[0]))

/* Each byte is in the capability that is told, or in none. */
static void check_bytes(const struct pcsc_map *map)
{
	struct pcsc_cap cap;

	for (u16 at = PCSC_CAP_BASE; at < map->cfg_size; at++) {
		u8 guard = PCSC_GUARD_ALL;

		for (unsigned int i = 0; i < map->nr_heads; i++)
			if (pcsc_head_cap(&map->heads[i], &cap) &&
			    at >= cap.offset && at < cap.offset + cap.length)
				guard = map->heads[i].guard;
		assert_int_equal(pcsc_guard_of_cap(map, at), guard);
	}
}

static void check(const struct pcsc_cap *made_of, size_t n, u16 cfg_size)
{
	struct pcsc_map *map = calloc(1, sizeof(*map));
	struct pcsc_layout layout = { .cfg_size = cfg_size,
				      .pcie_type = 0,
				      .cap_pointer = 0x40,
				      .nr_caps = n };
	const struct pcsc_identity identity = { .is_vf = 1 };
	struct pcsc_cap cap;
	unsigned int nr = 0;

	assert_non_null(map);
	for (size_t i = 0; i < n; i++)
		layout.caps[i] = made_of[i];
	assert_int_equal(pcsc_map_make(map, NULL, &identity, &layout), 0);
	/* the pointer's, and that of PCI Express's type or VNDR's length */
	assert_int_equal(map->nr_heads, n + 2);
	for (unsigned int i = 0; i < map->nr_heads; i++) {
		memset(&cap, 0xff, sizeof(cap));
		if (!pcsc_head_cap(&map->heads[i], &cap)) {
			assert_true(map->heads[i].offset == 0x34 ||
				    map->heads[i].mask == 0x00ff0000);
			continue;
		}
		assert_int_equal(cap.id, made_of[nr].id);
		assert_int_equal(cap.offset, made_of[nr].offset);
		assert_int_equal(cap.length, made_of[nr].length);
		assert_int_equal(cap.ext, made_of[nr].ext);
		/* and of the rest a map knows nothing */
		assert_int_equal(cap.next | cap.version | cap.length_bits, 0);
		assert_false(cap.opaque);
		nr++;
	}
	assert_int_equal(nr, n);
	check_bytes(map);
	free(map);
}

static void a_map_has_the_capabilities_it_was_made_from(void **state)
{
	(void)state;
	check(caps, CAPS, 4096);
	check(few, FEW, 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_has_the_capabilities_it_was_made_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
