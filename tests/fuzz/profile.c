// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is a compiled profile, as the helper is given it. The helper's check and
 * the tool's reader are of one opinion, no map of it has a byte of the floor, and
 * what the tool makes of it once compiles to the same from then on.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "profile/profile.h"

#define NAME "fuzz.pcsc"

/* Identities of functions: one that models of the input match, if they name one. */
static struct pcsc_identity identity_of(const struct pcsc_profile_model *model,
					bool is_vf)
{
	return (struct pcsc_identity){
		.vendor = model->vendor,
		.device = model->device,
		.subvendor = model->subvendor,
		.subdevice = model->subdevice,
		.class_code = model->class_code,
		.revision = model->revision,
		.is_vf = is_vf,
	};
}

static void make_maps_of(const struct pcsc_profile_header *profile,
			 const struct pcsc_profile_model *model, bool is_vf)
{
	const struct pcsc_identity identity = identity_of(model, is_vf);
	static struct fuzz_space space;
	static struct pcsc_map map;
	struct pcsc_layout layout;

	for (unsigned int i = 0; i < FUZZ_SPACES; i++) {
		fuzz_space_init(&space, i);
		pcsc_walk(fuzz_space_read, &space, space.cfg_size, &layout);
		if (model->match & PCSC_MATCH_LAYOUT)
			layout.fingerprint = model->fingerprint;
		MUST(!pcsc_map_make(&map, profile, &identity, &layout),
		     "no map of function %u", i);
		MUST(map.model < (int)profile->nr_models, "model %d",
		     map.model);
		fuzz_check_map(&map, &identity, &layout);
	}
}

#define MOST_MODELS 4 /* whose maps are made: it takes its time */

static void make_maps(const struct pcsc_profile_header *profile)
{
	for (u32 i = 0; i < profile->nr_models && i < MOST_MODELS; i++) {
		const struct pcsc_profile_model *model =
			&pcsc_profile_models(profile)[i];

		make_maps_of(profile, model, false);
		make_maps_of(profile, model, true);
	}
}

/* From the first compiling on, compiling and decoding change nothing. */
static void compile_again(struct profile *prof)
{
	_cleanup_free_ void *image = NULL, *again = NULL;
	_cleanup_prof_ struct profile *other = NULL;
	u32 size, size_again;

	if (profile_check(NAME, prof, false))
		return; /* the tool is stricter, with people as its readers */
	if (profile_compile(NAME, prof, &image, &size))
		MUST(0, "what was decoded is not compiled: %s", fuzz_heard());
	MUST(!profile_decode(NAME, image, size, &other) &&
		     !profile_check(NAME, other, false),
	     "what was compiled is refused: %s", fuzz_heard());
	MUST(!profile_compile(NAME, other, &again, &size_again) &&
		     size == size_again && !memcmp(image, again, size),
	     "compiled once more it is another: %s", fuzz_heard());
}

static void check(const void *data, size_t size)
{
	struct pcsc_profile_error error = { ~0u, NULL };
	_cleanup_prof_ struct profile *prof = NULL;
	int err = pcsc_profile_check(data, size, &error);

	fuzz_listen();
	if (profile_decode(NAME, data, size, &prof)) {
		MUST(!strncmp(fuzz_heard(), "pcsc: " NAME ": ", 17) &&
			     strstr(fuzz_heard(), ": refused\n"),
		     "no file, or no refusal: %s", fuzz_heard());
		MUST(err || !strstr(fuzz_heard(), "rules["),
		     "the tool alone refuses it: %s", fuzz_heard());
	} else {
		MUST(!err, "the helper alone refuses it: %s", error.reason);
	}
	if (err) {
		MUST(error.reason && error.offset <= size, "offset %u of %zu",
		     error.offset, size);
		return;
	}
	make_maps(data);
	if (prof)
		compile_again(prof);
}

/* With size and checksum right, or nothing behind them would ever be looked at. */
static void seal(struct pcsc_profile_header *header, size_t size)
{
	const void *range;
	u32 length;

	if (size < sizeof(*header))
		return;
	header->magic = PCSC_PROFILE_MAGIC;
	header->size = size;
	range = pcsc_profile_crc_range(header, size, &length);
	header->crc32 = crc32(0, range, length);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	_cleanup_free_ void *copy = fuzz_copy(data, size);

	check(copy, size);
	seal(copy, size);
	check(copy, size);
	return 0;
}
