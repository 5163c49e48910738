// SPDX-License-Identifier: GPL-2.0-only
/*
 * A profile that fits: the busiest models are kept, and what finds no room is
 * named in the tally.
 */
#include <errno.h>
#include <string.h>

#include "profile.h"

int profile_leave_out(struct profile_tally *tally,
		      const struct pcsc_profile_model *id)
{
	struct pcsc_profile_model *slot = profile_grow(
		&tally->left_out, &tally->nr_left_out, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = *id;
	return 0;
}

static int compare_reads(const void *pa, const void *pb)
{
	const struct profile_model *a = pa, *b = pb;

	if (a->reads != b->reads)
		return a->reads > b->reads ? -1 : 1;
	return profile_model_compare(a, b);
}

/* Bytes of a profile as JSON, with no model but @model; 0 without memory. */
static size_t json_size(const struct profile *prof, struct profile_model *model)
{
	struct profile one = *prof;
	_cleanup_free_ char *text = NULL;

	one.models = model;
	one.nr_models = !!model;
	return profile_dump(&one, &text) ? 0 : strlen(text);
}

/* How many of the models, which are busiest first, have room. */
static int count_fitting(struct profile *prof, size_t max_json,
			 size_t max_compiled, size_t *fit)
{
	size_t base = json_size(prof, NULL), json = base;
	size_t compiled = sizeof(struct pcsc_profile_header);

	for (*fit = 0; *fit < prof->nr_models; ++*fit) {
		struct profile_model *model = &prof->models[*fit];
		size_t text = json_size(prof, model);
		size_t binary = profile_compiled_size(model);

		if (!base || !text || !binary)
			return -ENOMEM;
		/* A comma between two models is more than one alone has. */
		json += text - base + 1;
		compiled += binary;
		if (json > max_json || compiled > max_compiled)
			break;
	}
	return 0;
}

int profile_fit(struct profile *prof, size_t max_json, size_t max_compiled,
		struct profile_tally *tally)
{
	size_t fit;
	int err;

	/* Rules are merged in order only. */
	profile_sort(prof);
	if (prof->nr_models)
		qsort(prof->models, prof->nr_models, sizeof(*prof->models),
		      compare_reads);
	err = count_fitting(prof, max_json, max_compiled, &fit);
	for (size_t i = fit; !err && i < prof->nr_models; i++) {
		err = profile_leave_out(tally, &prof->models[i].id);
		profile_model_clear(&prof->models[i]);
	}
	if (!err)
		prof->nr_models = fit;
	profile_sort(prof);
	return err;
}
