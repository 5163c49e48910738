// SPDX-License-Identifier: GPL-2.0-only
#include "observe.h"

#include <errno.h>
#include <string.h>

#include "bdf.h"
#include "fold.h"
#include "talk.h"

#define NO_MODEL UINT32_MAX

/* One function in one recording. */
struct sighting {
	struct pcsc_rec *rec;
	const struct pcsc_rec_function *fn;
	u32 function; /* its index */
	u32 model; /* of those that were met, or NO_MODEL */
};

/* A function's identity, in a few words that compare. */
static void identity(const struct sighting *s, u64 out[4])
{
	const struct pcsc_rec_function *fn = s->fn;

	out[0] = (u64)fn->domain << 16 | fn->bus << 8 | fn->devfn;
	out[1] = (u64)fn->vendor << 48 | (u64)fn->device << 32 |
		 (u64)fn->subvendor << 16 | fn->subdevice;
	out[2] = (u64)fn->class_code << 8 | fn->revision;
	out[3] = fn->flags & (PCSC_REC_FN_VF | PCSC_REC_FN_IDS);
}

static int compare_function(const struct sighting *a, const struct sighting *b)
{
	int host = strncmp(a->rec->header.host, b->rec->header.host,
			   sizeof(a->rec->header.host));
	u64 ia[4], ib[4];

	if (host)
		return host;
	identity(a, ia);
	identity(b, ib);
	for (int i = 0; i < 4; i++)
		if (ia[i] != ib[i])
			return ia[i] < ib[i] ? -1 : 1;
	return 0;
}

/* Functions together, the older recording first. */
static int compare_sighting(const void *pa, const void *pb)
{
	const struct sighting *a = pa, *b = pb;
	int diff = compare_function(a, b);

	if (diff)
		return diff;
	if (a->rec->header.started_ns == b->rec->header.started_ns)
		return 0;
	return a->rec->header.started_ns < b->rec->header.started_ns ? -1 : 1;
}

static void model_id(const struct pcsc_rec_function *fn, u32 fingerprint,
		     struct pcsc_profile_model *id)
{
	*id = (struct pcsc_profile_model){
		.match = PCSC_MATCH_ALL,
		.vendor = fn->vendor,
		.device = fn->device,
		.subvendor = fn->subvendor,
		.subdevice = fn->subdevice,
		.class_code = fn->class_code,
		.revision = fn->revision,
		.is_vf = !!(fn->flags & PCSC_REC_FN_VF),
		.fingerprint = fingerprint,
	};
}

ssize_t profile_take_evidence(struct pcsc_rec **recs, char *const *paths,
			      size_t nr)
{
	size_t taken = 0;

	for (size_t i = 0; i < nr; i++) {
		struct pcsc_rec *rec = recs[i];

		if (rec->header.flags & PCSC_REC_SERVED) {
			pcsc_warn(
				"%s: no evidence: the helper's mode was 'on' while it was recorded, so the cache's own answers would confirm the cache; record in mode 'off' or 'shadow'",
				paths[i]);
			continue;
		}
		if (rec->header.flags & PCSC_REC_PARTIAL) {
			pcsc_warn(
				"%s: no evidence: it has nothing but %s, so writes may be missing, by others or from before a function was known; record without -p, -c, -d and --vf",
				paths[i], rec->header.only);
			continue;
		}
		recs[i] = recs[taken];
		recs[taken++] = rec;
	}
	if (nr && !taken)
		return pcsc_fail(
			-EINVAL,
			"no recording is left to generate a profile from");
	return taken;
}

/* ---- one function ---- */

/* What all sightings of one function show. */
struct look {
	struct image image;
	struct pcsc_layout layout;
	u64 reads;
	bool extended; /* something behind the first 256 bytes was accessed */
	struct pcsc_rec_rows rows;
};

static int look_at(struct look *look, const struct sighting *s, size_t nr)
{
	image_init(&look->image);
	look->reads = 0;
	look->extended = false;
	for (size_t i = 0; i < nr; i++) {
		struct pcsc_rec_rows *rows = &look->rows;
		int err = pcsc_rec_registers(s[i].rec, s[i].function, rows);

		if (err)
			return err;
		for (u32 r = 0; r < rows->nr; r++) {
			image_add(&look->image, &rows->row[r]);
			look->reads += rows->row[r].reads;
			look->extended |= rows->row[r].offset >= 256;
		}
	}
	return 0;
}

static u16 config_size(const struct look *look, const struct sighting *s,
		       size_t nr)
{
	u16 size = 0;

	for (size_t i = 0; i < nr; i++)
		if (s[i].fn->cfg_size)
			size = s[i].fn->cfg_size;
	if (!size)
		return look->extended ? IMAGE_SIZE : 256;
	return size <= 256 ? 256 : IMAGE_SIZE;
}

/* A VF's IDs are all-ones, and that is their value. */
static void know_vf_ids(struct image *image)
{
	for (u16 offset = 0; offset < 4; offset++) {
		struct image_byte *b = &image->bytes[offset];

		if (!(b->flags & IMAGE_ONES) || b->flags & IMAGE_KNOWN)
			continue;
		b->flags |= IMAGE_KNOWN | IMAGE_NONZERO;
		b->value = 0xff;
	}
}

/* Add what @look found, whose layout is known, to a model that has bytes. */
static int fold_look(struct look *look, const struct sighting *s, size_t nr,
		     struct observed_model *model)
{
	const bool vf = s->fn->flags & PCSC_REC_FN_VF;

	for (size_t i = 0; i < nr; i++) {
		struct pcsc_rec_rows *rows = &look->rows;
		int err = pcsc_rec_registers(s[i].rec, s[i].function, rows);

		if (err)
			return err;
		for (u32 r = 0; r < rows->nr; r++)
			image_blame(&look->image, &look->layout, vf,
				    &rows->row[r]);
	}
	if (vf)
		know_vf_ids(&look->image);
	fold(model, &look->image, &look->layout, s->fn, s->rec->header.host);
	return 0;
}

/* ---- models ---- */

static int give_bytes(struct observed *seen, struct observed_model *model)
{
	model->bytes = calloc(IMAGE_SIZE, sizeof(*model->bytes));
	if (!model->bytes)
		return -ENOMEM;
	model->taken = true;
	seen->nr_here++;
	return 0;
}

/* Its index, or NO_MODEL without memory. The first ones have bytes at once. */
static u32 model_of(struct observed *seen, const struct pcsc_rec_function *fn,
		    const struct pcsc_layout *layout)
{
	struct observed_model *model;
	struct pcsc_profile_model id;

	model_id(fn, layout->fingerprint, &id);
	for (size_t i = 0; i < seen->nr; i++)
		if (!memcmp(&seen->models[i].id, &id, sizeof(id)))
			return i;
	model = profile_grow(&seen->models, &seen->nr, sizeof(*model));
	if (!model)
		return NO_MODEL;
	model->id = id;
	model->layout = *layout;
	if (seen->nr <= OBSERVED_AT_ONCE && give_bytes(seen, model))
		return NO_MODEL;
	return seen->nr - 1;
}

static void say_unwalkable(const struct pcsc_rec_function *fn,
			   const struct pcsc_layout *layout)
{
	char bdf[PCSC_BDF_SIZE];

	pcsc_bdf_format(bdf, fn->domain, fn->bus, fn->devfn);
	pcsc_info(
		"%s: no rules from it: its capabilities cannot be followed at 0x%x: %s",
		bdf, layout->where, pcsc_walk_names[layout->status]);
}

/* All sightings of one function: which model is it of? */
static int meet_function(struct observed *seen, struct sighting *s, size_t nr,
			 struct profile_tally *tally)
{
	struct look *look = seen->look;
	struct observed_model *model;
	int err;

	tally->functions++;
	if (!(s->fn->flags & PCSC_REC_FN_IDS)) {
		tally->without_ids++;
		return 0;
	}
	err = look_at(look, s, nr);
	if (err)
		return err;
	if (!look->reads) {
		tally->unread++;
		return 0;
	}
	if (image_walk(&look->image, config_size(look, s, nr), &look->layout) !=
	    PCSC_WALK_OK) {
		tally->unwalkable++;
		say_unwalkable(s->fn, &look->layout);
		return 0;
	}
	s->model = model_of(seen, s->fn, &look->layout);
	if (s->model == NO_MODEL)
		return -ENOMEM;
	model = &seen->models[s->model];
	for (size_t i = 0; i < nr; i++)
		model->root_bus |= !!(s[i].fn->flags & PCSC_REC_FN_ROOT_BUS);
	model->reads += look->reads;
	return model->bytes ? fold_look(look, s, nr, model) : 0;
}

/* ---- all functions ---- */

/* How many sightings of the function of @s[0] there are, of @nr. */
static size_t count_same(const struct sighting *s, size_t nr)
{
	size_t n = 1;

	while (n < nr && !compare_function(&s[0], &s[n]))
		n++;
	return n;
}

static int meet_all(struct observed *seen, struct profile_tally *tally)
{
	struct sighting *s = seen->sightings;
	const size_t nr = seen->nr_sightings;
	int err = 0;

	for (size_t i = 0, n; i < nr && !err; i += n) {
		n = count_same(&s[i], nr - i);
		err = meet_function(seen, &s[i], n, tally);
	}
	return err;
}

/* Those whose models have bytes now, which they had not when they were met. */
static int look_again(struct observed *seen)
{
	const struct sighting *s = seen->sightings;
	const size_t nr = seen->nr_sightings;
	struct look *look = seen->look;
	int err = 0;

	for (size_t i = 0, n; i < nr && !err; i += n) {
		struct observed_model *model;

		n = count_same(&s[i], nr - i);
		model = s[i].model == NO_MODEL ? NULL :
						 &seen->models[s[i].model];
		if (!model || !model->bytes)
			continue;
		err = look_at(look, &s[i], n);
		if (err)
			break;
		image_walk(&look->image, config_size(look, &s[i], n),
			   &look->layout);
		err = fold_look(look, &s[i], n, model);
	}
	return err;
}

static int compare_reads(const void *pa, const void *pb)
{
	const struct observed_model *a = *(struct observed_model *const *)pa;
	const struct observed_model *b = *(struct observed_model *const *)pb;

	if (a->reads != b->reads)
		return a->reads > b->reads ? -1 : 1;
	return memcmp(&a->id, &b->id, sizeof(a->id));
}

/* Which models have most reads is known only once all have been counted. */
static int rank(struct observed *seen)
{
	seen->busiest = calloc(seen->nr + 1, sizeof(*seen->busiest));
	if (!seen->busiest)
		return -ENOMEM;
	for (size_t i = 0; i < seen->nr; i++)
		seen->busiest[i] = &seen->models[i];
	qsort(seen->busiest, seen->nr, sizeof(*seen->busiest), compare_reads);
	seen->nr_here = 0;
	for (size_t i = 0; i < seen->nr; i++) {
		struct observed_model *model = seen->busiest[i];

		if (!model->bytes)
			continue;
		if (i < PCSC_PROFILE_MAX_MODELS) {
			seen->here[seen->nr_here++] = model;
			continue;
		}
		free(model->bytes);
		model->bytes = NULL;
	}
	return 0;
}

static int see_all(struct pcsc_rec *const *recs, size_t nr,
		   struct observed *seen)
{
	struct sighting *s;

	for (size_t i = 0; i < nr; i++)
		seen->nr_sightings += recs[i]->header.nr_functions;
	s = seen->sightings = calloc(seen->nr_sightings + 1, sizeof(*s));
	seen->look = calloc(1, sizeof(*seen->look));
	if (!s || !seen->look)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		for (u32 f = 0; f < recs[i]->header.nr_functions; f++)
			*s++ = (struct sighting){
				.rec = recs[i],
				.fn = &recs[i]->functions[f],
				.function = f,
				.model = NO_MODEL,
			};
	qsort(seen->sightings, seen->nr_sightings, sizeof(*s),
	      compare_sighting);
	return 0;
}

int observe(struct pcsc_rec *const *recs, size_t nr, struct observed *out,
	    struct profile_tally *tally)
{
	int err;

	memset(out, 0, sizeof(*out));
	memset(tally, 0, sizeof(*tally));
	err = see_all(recs, nr, out) ?: meet_all(out, tally) ?: rank(out);
	if (err)
		observed_free(out);
	return err;
}

/* ---- model by model ---- */

static void forget(struct observed_model *model)
{
	free(model->bytes);
	model->bytes = NULL;
}

/* Give bytes to as many as may have them of those that did not have them yet. */
static int take_more(struct observed *seen)
{
	size_t room = seen->nr < PCSC_PROFILE_MAX_MODELS ?
			      seen->nr :
			      PCSC_PROFILE_MAX_MODELS;

	seen->nr_here = seen->next_here = 0;
	for (; seen->next < room && seen->nr_here < OBSERVED_AT_ONCE;
	     seen->next++) {
		struct observed_model *model = seen->busiest[seen->next];

		if (model->taken)
			continue;
		seen->here[seen->nr_here] = model;
		if (give_bytes(seen, model))
			return -ENOMEM;
	}
	return seen->nr_here ? look_again(seen) : 0;
}

int observe_next(struct observed *seen, struct observed_model **out)
{
	int err = 0;

	*out = NULL;
	if (seen->next_here)
		forget(seen->here[seen->next_here - 1]);
	if (seen->next_here == seen->nr_here)
		err = take_more(seen);
	if (!err && seen->nr_here)
		*out = seen->here[seen->next_here++];
	return err;
}

void observed_free(struct observed *seen)
{
	for (size_t i = 0; i < seen->nr; i++)
		forget(&seen->models[i]);
	free(seen->models);
	free(seen->busiest);
	free(seen->sightings);
	if (seen->look)
		pcsc_rec_rows_free(&seen->look->rows);
	free(seen->look);
	memset(seen, 0, sizeof(*seen));
}
