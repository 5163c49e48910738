// SPDX-License-Identifier: GPL-2.0-only
/*
 * Replays real and broken configuration spaces, those that `tools/setup
 * --corpus` fetches, through the walk and the map.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/map.h"
#include "core/regs.h"
#include "dump.h"
#include "pack.h"

struct corpus {
	struct pack pack;
	struct pcsc_map map;
	const char *file;
	unsigned int functions;
	unsigned int ended[PCSC_WALK_STATUSES];
	unsigned int const_bytes;
};

/* Everything the table calls const, and all the rest besides. */
static void greedy_profile(struct pack *pack)
{
	const struct pcsc_reg *reg;

	pack_init(pack);
	pack_model(pack, PCSC_MATCH_LAYOUT);
	for (reg = pcsc_regs; reg < pcsc_regs + pcsc_nr_regs; reg++)
		pack_rule(pack, reg->space, reg->cap, reg->offset, reg->length,
			  PCSC_CONST, 0);
	pack_rule(pack, PCSC_SPACE_RAW, 0, 0, 4096, PCSC_CONST,
		  PCSC_RULE_EVIDENCE);
}

static void check_layout(const struct corpus *c, const struct img *img,
			 const struct pcsc_layout *layout)
{
	unsigned int i;

	if (img->astray)
		fail_msg("%s %s: a read went astray", c->file, img->name);
	for (i = 0; i < layout->nr_caps; i++) {
		const struct pcsc_cap *cap = &layout->caps[i];

		assert_true(cap->offset >= 0x40);
		assert_true(cap->offset + cap->length <=
			    (cap->ext ? layout->cfg_size : 256));
	}
}

static void check_map(struct corpus *c, const struct img *img,
		      const struct pcsc_layout *layout)
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg;
	u32 offset;

	for (offset = 0; offset < 4096; offset++) {
		if (!(c->map.dword[offset / 4].mask & 1u << offset % 4))
			continue;
		c->const_bytes++;
		assert_int_equal(layout->status, PCSC_WALK_OK);
		assert_true(offset < layout->cfg_size);
		reg = pcsc_layout_reg(layout, offset, &cap);
		if (reg ? pcsc_reg_is_floor(reg, c->map.is_vf) :
			  !pcsc_layout_undescribed(layout, offset))
			fail_msg("%s %s: byte %#x is served", c->file,
				 img->name, offset);
	}
}

static enum pcsc_walk_status replay(struct corpus *c, struct img *img)
{
	struct pcsc_identity identity = {
		.vendor = img_get32(img, 0) & 0xffff,
		.device = img_get32(img, 0) >> 16,
		.class_code = img_get32(img, 8) >> 8,
	};
	struct pcsc_profile_header *profile;
	struct pcsc_layout layout;
	int err;

	img_walk(img, &layout);
	check_layout(c, img, &layout);
	c->pack.models[0].fingerprint = layout.fingerprint;
	profile = pack_file(&c->pack);
	err = pcsc_map_make(&c->map, profile, &identity, &layout);
	assert_int_equal(!err, layout.status == PCSC_WALK_OK);
	check_map(c, img, &layout);
	return layout.status;
}

/* As it is, and cut short at every dword. */
static void each_function(struct img *img, void *ctx)
{
	struct corpus *c = ctx;
	const u16 known = img->known;
	u16 cut;

	c->functions++;
	c->ended[replay(c, img)]++;
	for (cut = 0; cut < known && cut < 256; cut += 4) {
		img->known = cut;
		replay(c, img);
	}
}

static void the_corpus_ends_and_serves_no_floor(void **state)
{
	const char *folder = getenv("PCSC_CORPUS");
	DIR *dir = folder ? opendir(folder) : NULL;
	struct corpus *c;
	struct dirent *entry;
	char path[4096];
	int i;

	(void)state;
	if (!dir) {
		print_message("no dumps: PCSC_CORPUS names no folder "
			      "(tools/setup --corpus prints one)\n");
		skip();
	}
	c = calloc(1, sizeof(*c));
	assert_non_null(c);
	greedy_profile(&c->pack);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		c->file = entry->d_name;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		dump_read(path, each_function, c);
	}
	closedir(dir);

	print_message("%u functions:", c->functions);
	for (i = 0; i < PCSC_WALK_STATUSES; i++)
		print_message(" %u %s;", c->ended[i], pcsc_walk_names[i]);
	print_message(" %u bytes const\n", c->const_bytes);
	/* A folder without dumps would pass all of the above. */
	assert_true(c->functions > 20);
	assert_true(c->ended[PCSC_WALK_OK] > 20);
	assert_true(c->const_bytes > 1000);
	pack_free(&c->pack);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_corpus_ends_and_serves_no_floor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
