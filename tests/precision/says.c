// SPDX-License-Identifier: GPL-2.0-only
#include "says.h"

#include <string.h>

/* ---- a profile -------------------------------------------------------------------- */

/* The helper takes the first that fits; they are sorted. */
static const struct profile_model *model_for(const struct profile *prof,
					     const struct group *group)
{
	for (size_t i = 0; i < prof->nr_models; i++)
		if (pcsc_model_matches(&prof->models[i].id, &group->id,
				       group->layout.fingerprint))
			return &prof->models[i];
	return NULL;
}

static void mark(const struct profile_rule *rule, unsigned int from,
		 struct says *out)
{
	for (unsigned int i = from; i < from + rule->length; i++) {
		if (i >= WORLD_BYTES)
			break;
		out->constant[i] = rule->klass == PCSC_CONST;
		out->shared[i] = rule->klass == PCSC_CONST &&
				 rule->siblings >= PROFILE_MIN_SIBLINGS;
	}
}

static void apply(const struct profile_rule *rule,
		  const struct pcsc_layout *layout, struct says *out)
{
	const bool ext = rule->space == PCSC_SPACE_ECAP;

	if (!ext && rule->space != PCSC_SPACE_CAP) {
		mark(rule, rule->offset, out);
		return;
	}
	for (unsigned int i = 0; i < layout->nr_caps; i++) {
		const struct pcsc_cap *cap = &layout->caps[i];

		if (cap->ext == ext && cap->id == rule->cap)
			mark(rule, cap->offset + rule->offset, out);
	}
}

void says_profile(const struct profile *prof, const struct group *group,
		  struct says *out)
{
	const struct profile_model *model = model_for(prof, group);

	memset(out, 0, sizeof(*out));
	/* Nothing is served of functions whose lists cannot be followed. */
	if (!model || group->layout.status != PCSC_WALK_OK)
		return;
	for (size_t i = 0; i < model->nr_rules; i++)
		apply(&model->rules[i], &group->layout, out);
}

/* ---- a naive generator ------------------------------------------------------------- */

static void believe(const struct pcsc_rec_register *reg,
		    bool changed[WORLD_BYTES], struct says *out)
{
	for (unsigned int i = reg->offset; i < reg->offset + reg->width; i++) {
		changed[i] |= !!reg->changes;
		out->constant[i] |= !!reg->reads;
	}
}

void says_naive(const struct pcsc_rec *rec, const struct group *group,
		struct says *out)
{
	bool changed[WORLD_BYTES] = {};

	memset(out, 0, sizeof(*out));
	for (uint32_t i = 0; i < rec->header.nr_registers; i++)
		if (group_of(rec->registers[i].function) == group)
			believe(&rec->registers[i], changed, out);
	for (unsigned int i = 0; i < WORLD_BYTES; i++)
		out->constant[i] &= !changed[i];
}
