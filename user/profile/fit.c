// SPDX-License-Identifier: GPL-2.0-only
/*
 * A profile that fits: the busiest models are kept, and what finds no room is
 * named in the tally.
 */
#include <errno.h>
#include <string.h>

#include "prof.h"

int prof_leave_out(struct prof_tally *tally, const struct pcsc_pf_model *id)
{
	struct pcsc_pf_model *slot =
		prof_grow(&tally->left_out, &tally->nr_left_out, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = *id;
	return 0;
}

static int compare_reads(const void *pa, const void *pb)
{
	const struct prof_model *a = pa, *b = pb;

	if (a->reads != b->reads)
		return a->reads > b->reads ? -1 : 1;
	return prof_model_compare(a, b);
}

/* Bytes of a profile as JSON, with no model but @model; 0 without memory. */
static size_t json_size(const struct prof *prof, struct prof_model *model)
{
	struct prof one = *prof;
	_cleanup_free_ char *text = NULL;

	one.models = model;
	one.nr_models = !!model;
	return prof_dump(&one, &text) ? 0 : strlen(text);
}

/* How many of the models, which are busiest first, have room. */
static int count_fitting(struct prof *prof, size_t max_json,
			 size_t max_compiled, size_t *fit)
{
	size_t base = json_size(prof, NULL), json = base;
	size_t compiled = sizeof(struct pcsc_pf_header);

	for (*fit = 0; *fit < prof->nr_models; ++*fit) {
		struct prof_model *model = &prof->models[*fit];
		size_t text = json_size(prof, model);
		size_t binary = prof_compiled_size(model);

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

int prof_fit(struct prof *prof, size_t max_json, size_t max_compiled,
	     struct prof_tally *tally)
{
	size_t fit;
	int err;

	/* Rules are merged in order only. */
	prof_sort(prof);
	if (prof->nr_models)
		qsort(prof->models, prof->nr_models, sizeof(*prof->models),
		      compare_reads);
	err = count_fitting(prof, max_json, max_compiled, &fit);
	for (size_t i = fit; !err && i < prof->nr_models; i++) {
		err = prof_leave_out(tally, &prof->models[i].id);
		prof_model_clear(&prof->models[i]);
	}
	if (!err)
		prof->nr_models = fit;
	prof_sort(prof);
	return err;
}
