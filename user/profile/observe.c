// SPDX-License-Identifier: GPL-2.0-only
#include "observe.h"

#include <errno.h>
#include <string.h>

#include "bdf.h"
#include "talk.h"

/* One function in one recording. */
struct sighting {
	const struct pcsc_rec *rec;
	const struct pcsc_rec_function *fn;
	const struct pcsc_rec_register *regs;
	size_t nr_regs;
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

static void sightings_of(const struct pcsc_rec *rec, struct sighting *out)
{
	u32 r = 0;

	for (u32 f = 0; f < rec->header.nr_functions; f++) {
		u32 first = r;

		while (r < rec->header.nr_registers &&
		       rec->registers[r].function == f)
			r++;
		out[f] = (struct sighting){
			.rec = rec,
			.fn = &rec->functions[f],
			.regs = &rec->registers[first],
			.nr_regs = r - first,
		};
	}
}

static u16 config_size(const struct sighting *s, size_t nr)
{
	u16 size = 0;

	for (size_t i = 0; i < nr; i++)
		if (s[i].fn->cfg_size)
			size = s[i].fn->cfg_size;
	if (size)
		return size <= 256 ? 256 : IMAGE_SIZE;
	for (size_t i = 0; i < nr; i++)
		for (size_t r = 0; r < s[i].nr_regs; r++)
			if (s[i].regs[r].offset >= 256)
				return IMAGE_SIZE;
	return 256;
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

/* Bytes take memory: models that no profile has room for are only counted. */
static struct observed_model *model_of(struct observed *seen,
				       const struct pcsc_rec_function *fn,
				       const struct pcsc_layout *layout)
{
	struct observed_model *model;
	struct pcsc_profile_model id;

	model_id(fn, layout->fingerprint, &id);
	for (size_t i = 0; i < seen->nr; i++)
		if (!memcmp(&seen->models[i].id, &id, sizeof(id)))
			return &seen->models[i];
	model = profile_grow(&seen->models, &seen->nr, sizeof(*model));
	if (!model)
		return NULL;
	if (seen->nr <= PCSC_PROFILE_MAX_MODELS) {
		model->bytes = calloc(IMAGE_SIZE, sizeof(*model->bytes));
		if (!model->bytes) {
			seen->nr--;
			return NULL;
		}
	}
	model->id = id;
	model->layout = *layout;
	return model;
}

static void against(struct observed_byte *o, enum profile_reason reason,
		    u64 where)
{
	if (!o->against[reason]++)
		o->example[reason] = where;
}

static void lower(u64 *least, u64 value, bool first)
{
	if (first || value < *least)
		*least = value;
}

static void fold_values(struct observed_byte *o, const struct image_byte *b)
{
	o->values[b->value / 64] |= 1ull << b->value % 64;
	lower(&o->least_reads, b->reads, !o->readers++);
	if (b->reads >= PROFILE_MIN_READS)
		lower(&o->least_enough, b->reads, !o->enough++);
}

static void fold_byte(struct observed_byte *o, const struct image_byte *b,
		      u64 where)
{
	o->reads += b->reads;
	o->writes += b->writes;
	o->changes += b->changes;
	o->silent_changes += b->silent_changes;
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		o->survived[kind] += b->survived[kind];
	o->ones += !!(b->flags & IMAGE_ONES);
	o->moved += !!b->changes;
	o->nonzero |= !!(b->flags & IMAGE_NONZERO);
	if (b->flags & IMAGE_KNOWN)
		fold_values(o, b);
	if (b->flags & IMAGE_CHANGED)
		against(o, PROFILE_CHANGED, where);
	else if (b->flags & IMAGE_DIFFERS)
		against(o, PROFILE_DIFFERS, where);
	if (b->writes)
		against(o, PROFILE_WRITTEN, where);
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

static void fold(struct observed_model *model, const struct image *image,
		 const struct pcsc_layout *layout, const struct sighting *s)
{
	const char *host = s->rec->header.host;
	u64 where = (u64)s->fn->domain << 16 | s->fn->bus << 8 | s->fn->devfn;

	if (!model->bytes)
		return;
	for (unsigned int i = 0; i < layout->cfg_size; i++)
		fold_byte(&model->bytes[i], &image->bytes[i], where);
	model->functions++;
	/* Functions come host by host. */
	if (!model->last_host || strcmp(model->last_host, host))
		model->hosts++;
	model->last_host = host;
}

static u64 reads_of(const struct sighting *s, size_t nr)
{
	u64 reads = 0;

	for (size_t i = 0; i < nr; i++)
		for (size_t r = 0; r < s[i].nr_regs; r++)
			reads += s[i].regs[r].reads;
	return reads;
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

/* All sightings of one function. */
static int observe_function(struct observed *seen, struct image *image,
			    const struct sighting *s, size_t nr,
			    struct profile_tally *tally)
{
	bool vf = s->fn->flags & PCSC_REC_FN_VF;
	struct observed_model *model;
	struct pcsc_layout layout;
	char bdf[PCSC_BDF_SIZE];

	tally->functions++;
	if (!(s->fn->flags & PCSC_REC_FN_IDS)) {
		tally->without_ids++;
		return 0;
	}
	if (!reads_of(s, nr)) {
		tally->unread++;
		return 0;
	}
	image_init(image);
	for (size_t i = 0; i < nr; i++)
		for (size_t r = 0; r < s[i].nr_regs; r++)
			image_add(image, &s[i].regs[r]);
	if (image_walk(image, config_size(s, nr), &layout) != PCSC_WALK_OK) {
		tally->unwalkable++;
		pcsc_bdf_format(bdf, s->fn->domain, s->fn->bus, s->fn->devfn);
		pcsc_info(
			"%s: no rules from it: its capabilities cannot be followed at 0x%x: %s",
			bdf, layout.where, pcsc_walk_names[layout.status]);
		return 0;
	}
	for (size_t i = 0; i < nr; i++)
		for (size_t r = 0; r < s[i].nr_regs; r++)
			image_blame(image, &layout, vf, &s[i].regs[r]);
	if (vf)
		know_vf_ids(image);
	model = model_of(seen, s->fn, &layout);
	if (!model)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		model->root_bus |= !!(s[i].fn->flags & PCSC_REC_FN_ROOT_BUS);
	model->reads += reads_of(s, nr);
	fold(model, image, &layout, s);
	return 0;
}

static int observe_all(struct observed *seen, struct sighting *s, size_t nr,
		       struct profile_tally *tally)
{
	_cleanup_free_ struct image *image = malloc(sizeof(*image));
	int err = 0;

	if (!image)
		return -ENOMEM;
	for (size_t i = 0, n; i < nr && !err; i += n) {
		for (n = 1; i + n < nr && !compare_function(&s[i], &s[i + n]);)
			n++;
		err = observe_function(seen, image, &s[i], n, tally);
	}
	return err;
}

static int compare_reads(const void *pa, const void *pb)
{
	const struct observed_model *a = pa, *b = pb;

	if (a->reads != b->reads)
		return a->reads > b->reads ? -1 : 1;
	return memcmp(&a->id, &b->id, sizeof(a->id));
}

/* Which models have most reads is known only once all have been counted. */
static int observe_busiest(struct observed *seen, struct sighting *s, size_t nr)
{
	struct profile_tally again = {};
	int verbose = pcsc_verbose, err;

	for (size_t i = 0; i < PCSC_PROFILE_MAX_MODELS; i++)
		free(seen->models[i].bytes);
	qsort(seen->models, seen->nr, sizeof(*seen->models), compare_reads);
	for (size_t i = 0; i < seen->nr; i++) {
		struct observed_model *model = &seen->models[i];

		*model = (struct observed_model){ .id = model->id,
						  .layout = model->layout };
	}
	for (size_t i = 0; i < PCSC_PROFILE_MAX_MODELS; i++) {
		seen->models[i].bytes =
			calloc(IMAGE_SIZE, sizeof(struct observed_byte));
		if (!seen->models[i].bytes)
			return -ENOMEM;
	}
	/* What is left out for another reason has been said already. */
	pcsc_verbose = 0;
	err = observe_all(seen, s, nr, &again);
	pcsc_verbose = verbose;
	return err;
}

int observe(struct pcsc_rec *const *recs, size_t nr, struct observed *out,
	    struct profile_tally *tally)
{
	_cleanup_free_ struct sighting *s = NULL;
	size_t total = 0;
	int err;

	memset(out, 0, sizeof(*out));
	memset(tally, 0, sizeof(*tally));
	for (size_t i = 0; i < nr; i++)
		total += recs[i]->header.nr_functions;
	s = calloc(total + 1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	total = 0;
	for (size_t i = 0; i < nr; i++) {
		sightings_of(recs[i], &s[total]);
		total += recs[i]->header.nr_functions;
	}
	qsort(s, total, sizeof(*s), compare_sighting);
	err = observe_all(out, s, total, tally);
	if (!err && out->nr > PCSC_PROFILE_MAX_MODELS)
		err = observe_busiest(out, s, total);
	if (err)
		observed_free(out);
	return err;
}

void observed_free(struct observed *seen)
{
	for (size_t i = 0; i < seen->nr; i++)
		free(seen->models[i].bytes);
	free(seen->models);
	memset(seen, 0, sizeof(*seen));
}

static void raise_to(u32 *most, u32 value)
{
	if (value > *most)
		*most = value;
}

/* Accesses add up; functions do not, they have several instances. */
void observed_merge(struct observed_byte *to, const struct observed_byte *from)
{
	to->reads += from->reads;
	to->writes += from->writes;
	to->changes += from->changes;
	to->silent_changes += from->silent_changes;
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		to->survived[kind] += from->survived[kind];
	for (int i = 0; i < 4; i++)
		to->values[i] |= from->values[i];
	if (from->readers)
		lower(&to->least_reads, from->least_reads, !to->readers);
	if (from->enough)
		lower(&to->least_enough, from->least_enough, !to->enough);
	for (int reason = 0; reason < PROFILE_REASONS; reason++) {
		if (!to->against[reason])
			to->example[reason] = from->example[reason];
		raise_to(&to->against[reason], from->against[reason]);
	}
	raise_to(&to->readers, from->readers);
	raise_to(&to->enough, from->enough);
	raise_to(&to->ones, from->ones);
	raise_to(&to->moved, from->moved);
	to->nonzero |= from->nonzero;
}
