// SPDX-License-Identifier: GPL-2.0-only
/* The profile's own housekeeping: memory, names, order. */
#include "profile.h"

#include <errno.h>
#include <string.h>

const char *const profile_basis_names[PROFILE_BASES] = {
	[PROFILE_SPECIFICATION] = "specification",
	[PROFILE_EVIDENCE] = "evidence",
	[PROFILE_PERSON] = "person",
};

const char *const profile_reason_names[PROFILE_REASONS] = {
	[PROFILE_CHANGED] = "changed",
	[PROFILE_WRITTEN] = "written",
	[PROFILE_DIFFERS] = "differs-by-width",
	[PROFILE_DEMOTED] = "demoted",
};

const char *const profile_reset_names[PCSC_REC_RESETS] = {
	[PCSC_REC_RESET_FLR] = "flr",
	[PCSC_REC_RESET_PM] = "pm",
	[PCSC_REC_RESET_BUS] = "bus",
};

struct profile *profile_new(const char *name)
{
	struct profile *prof = calloc(1, sizeof(*prof));

	if (!prof)
		return NULL;
	snprintf(prof->name, sizeof(prof->name), "%s", name);
	prof->table = pcsc_regs_hash();
	prof->min_reads = PROFILE_MIN_READS;
	prof->min_functions = PROFILE_MIN_FUNCTIONS;
	prof->min_resets = PROFILE_MIN_RESETS;
	prof->min_siblings = PROFILE_MIN_SIBLINGS;
	return prof;
}

void profile_model_clear(struct profile_model *model)
{
	for (size_t i = 0; i < model->nr_rules; i++) {
		free(model->rules[i].name);
		free(model->rules[i].source);
	}
	for (size_t i = 0; i < model->nr_conflicts; i++) {
		free(model->conflicts[i].name);
		free(model->conflicts[i].example);
	}
	free(model->rules);
	free(model->conflicts);
	free(model->caps);
	memset(model, 0, sizeof(*model));
}

void profile_free(struct profile *prof)
{
	if (!prof)
		return;
	for (size_t i = 0; i < prof->nr_models; i++)
		profile_model_clear(&prof->models[i]);
	free(prof->models);
	free(prof);
}

/* Room doubles at every power of two, so that it need not be kept. */
void *profile_grow(void *arrayp, size_t *nr, size_t size)
{
	void **array = arrayp;
	size_t n = *nr;
	void *p;

	if (!(n & (n - 1))) {
		p = reallocarray(*array, n ? 2 * n : 1, size);
		if (!p)
			return NULL;
		*array = p;
	}
	(*nr)++;
	return memset((char *)*array + n * size, 0, size);
}

#define COMPARE(x, y)                              \
	do {                                       \
		if ((x) != (y))                    \
			return (x) < (y) ? -1 : 1; \
	} while (0)

/* More fields to match come first: the helper takes the first that fits. */
int profile_model_compare(const void *pa, const void *pb)
{
	const struct pcsc_profile_model *a =
		&((const struct profile_model *)pa)->id;
	const struct pcsc_profile_model *b =
		&((const struct profile_model *)pb)->id;

	COMPARE(__builtin_popcount(b->match), __builtin_popcount(a->match));
	COMPARE(b->match, a->match);
	COMPARE(a->vendor, b->vendor);
	COMPARE(a->device, b->device);
	COMPARE(a->is_vf, b->is_vf);
	COMPARE(a->subvendor, b->subvendor);
	COMPARE(a->subdevice, b->subdevice);
	COMPARE(a->class_code, b->class_code);
	COMPARE(a->revision, b->revision);
	COMPARE(a->fingerprint, b->fingerprint);
	return 0;
}

static int rule_compare(const void *pa, const void *pb)
{
	const struct profile_rule *a = pa, *b = pb;

	COMPARE(a->space, b->space);
	COMPARE(a->cap, b->cap);
	COMPARE(a->offset, b->offset);
	COMPARE(a->length, b->length);
	return 0;
}

static int conflict_compare(const void *pa, const void *pb)
{
	const struct profile_conflict *a = pa, *b = pb;

	COMPARE(a->space, b->space);
	COMPARE(a->cap, b->cap);
	COMPARE(a->offset, b->offset);
	COMPARE(a->length, b->length);
	COMPARE(a->reason, b->reason);
	return 0;
}

static void sort(void *array, size_t nr, size_t size,
		 int (*compare)(const void *, const void *))
{
	if (nr)
		qsort(array, nr, size, compare);
}

void profile_sort(struct profile *prof)
{
	for (size_t i = 0; i < prof->nr_models; i++) {
		struct profile_model *model = &prof->models[i];

		sort(model->rules, model->nr_rules, sizeof(*model->rules),
		     rule_compare);
		sort(model->conflicts, model->nr_conflicts,
		     sizeof(*model->conflicts), conflict_compare);
	}
	sort(prof->models, prof->nr_models, sizeof(*prof->models),
	     profile_model_compare);
}

int profile_cap_parse(u8 space, const char *text, u16 *cap)
{
	bool ext = space == PCSC_SPACE_ECAP;
	unsigned long n;
	char *end;

	for (unsigned int id = 0; id < 256; id++) {
		const char *name = pcsc_cap_name(ext, id);

		if (name && !strcmp(name, text)) {
			*cap = id;
			return 0;
		}
	}
	if (!strcmp(text, "any")) {
		*cap = PCSC_ANY_CAP;
		return 0;
	}
	if (strncmp(text, "0x", 2) || strlen(text) > 6)
		return -EINVAL;
	n = strtoul(text, &end, 16);
	if (*end || end == text + 2 || n > (ext ? 0xfffeul : 0xfful))
		return -EINVAL;
	*cap = n;
	return 0;
}

const struct pcsc_reg *profile_reg(u8 space, u16 cap, u16 offset)
{
	if (space == PCSC_SPACE_RAW)
		return NULL;
	return pcsc_reg_find(space, cap, offset);
}

bool profile_is_for_vfs(const struct profile_model *model)
{
	return model->id.match & PCSC_MATCH_VF && model->id.is_vf;
}

const struct pcsc_reg *profile_floor_reg(u8 space, u16 cap, u16 offset,
					 bool is_vf)
{
	static const u8 headers[] = {
		PCSC_SPACE_HEADER,
		PCSC_SPACE_HEADER0,
		PCSC_SPACE_HEADER1,
	};
	const struct pcsc_reg *reg;

	if (space == PCSC_SPACE_CAP || space == PCSC_SPACE_ECAP) {
		reg = pcsc_reg_find(space, cap, offset);
		return reg && pcsc_reg_is_floor(reg, is_vf) ? reg : NULL;
	}
	for (size_t i = 0; i < sizeof(headers); i++) {
		if (space == PCSC_SPACE_HEADER0 &&
		    headers[i] == PCSC_SPACE_HEADER1)
			continue;
		if (space == PCSC_SPACE_HEADER1 &&
		    headers[i] == PCSC_SPACE_HEADER0)
			continue;
		reg = pcsc_reg_find(headers[i], 0, offset);
		if (reg && pcsc_reg_is_floor(reg, is_vf))
			return reg;
	}
	return NULL;
}
