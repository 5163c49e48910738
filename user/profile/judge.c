// SPDX-License-Identifier: GPL-2.0-only
#include "judge.h"

#include <errno.h>
#include <string.h>

#include "core/caps.h"
#include "core/map.h"
#include "draft.h"

/*
 * What was seen of byte @n of @reg, over all instances of it in the layout. @id
 * is the capability that is meant, since a row may be for any of them.
 */
static bool reg_byte(const struct observed_model *seen,
		     const struct pcsc_reg *reg, u16 id, unsigned int n,
		     struct observed_byte *out)
{
	const struct pcsc_layout *layout = &seen->layout;
	bool header = reg->space < PCSC_SPACE_CAP;
	unsigned int instances = header ? 1 : layout->nr_caps;
	bool found = false;

	memset(out, 0, sizeof(*out));
	for (unsigned int i = 0; i < instances; i++) {
		const struct pcsc_cap *want = header ? NULL : &layout->caps[i];
		unsigned int where = reg->offset + n;
		const struct pcsc_cap *cap;

		if (want && want->id != id)
			continue;
		if (want)
			where += want->offset;
		if (where >= layout->cfg_size ||
		    pcsc_layout_reg(layout, where, &cap) != reg || cap != want)
			continue;
		observed_merge(out, &seen->bytes[where]);
		found = true;
	}
	return found;
}

/*
 * A restore writes a VF's registers as if they were a PF's. Of those that only a
 * VF has read-only, a write tells nothing as long as no read has shown it.
 */
static bool contradicts(const struct observed_model *seen,
			const struct pcsc_reg *reg,
			const struct observed_byte *o, enum profile_reason r)
{
	if (r == PROFILE_WRITTEN && seen->id.is_vf &&
	    reg->flags & PCSC_VF_CONST && !o->moved)
		return false;
	return o->against[r];
}

/* The worst that was seen of any byte of @reg. PROFILE_SEEN: nothing contradicts. */
static enum profile_reason contradiction(const struct observed_model *seen,
					 const struct pcsc_reg *reg, u16 id,
					 struct observed_byte *worst)
{
	enum profile_reason reason = PROFILE_SEEN;
	struct observed_byte o;

	for (unsigned int n = 0; n < reg->length; n++) {
		if (!reg_byte(seen, reg, id, n, &o))
			continue;
		for (enum profile_reason r = 0; r < reason; r++)
			if (contradicts(seen, reg, &o, r)) {
				reason = r;
				*worst = o;
			}
	}
	return reason;
}

/* The bytes of @reg that were read: one rule for each run of them. */
static int rules_of_reg(const struct observed_model *seen,
			const struct pcsc_reg *reg, u16 id, u8 klass,
			struct profile_model *model)
{
	struct profile_rule *rule = NULL;
	struct observed_byte o;
	u64 siblings;

	for (unsigned int n = 0; n < reg->length; n++) {
		if (!reg_byte(seen, reg, id, n, &o) || !o.readers) {
			rule = NULL;
			continue;
		}
		siblings =
			klass == PCSC_CONST ? draft_siblings(seen, reg, &o) : 0;
		if (!draft_fits(rule, siblings))
			rule = draft_reg_rule(model, reg, id, n, klass);
		if (!rule)
			return -ENOMEM;
		rule->length++;
		draft_evidence(rule, &o, siblings);
	}
	return 0;
}

static int judge_reg(const struct observed_model *seen,
		     const struct pcsc_reg *reg, u16 id,
		     struct profile_model *model)
{
	struct observed_byte worst = {};
	enum profile_reason reason;

	if (!pcsc_reg_is_const(reg, seen->id.is_vf))
		return reg->klass == PCSC_CONFIG && !(reg->flags & PCSC_FLOOR) ?
			       rules_of_reg(seen, reg, id, PCSC_CONFIG, model) :
			       0;
	reason = contradiction(seen, reg, id, &worst);
	if (reason == PROFILE_SEEN)
		return rules_of_reg(seen, reg, id, PCSC_CONST, model);
	return draft_reg_conflict(model, reg, id, reason, &worst);
}

/* A row for any capability makes one rule for each ID that is here. */
static int judge_row(const struct observed_model *seen,
		     const struct pcsc_reg *reg, struct profile_model *model)
{
	const struct pcsc_layout *layout = &seen->layout;
	bool ext = reg->space == PCSC_SPACE_ECAP;
	int err = 0;

	if (reg->cap != PCSC_ANY_CAP)
		return judge_reg(seen, reg, reg->cap, model);
	for (unsigned int i = 0; i < layout->nr_caps && !err; i++) {
		const struct pcsc_cap *cap = &layout->caps[i];

		if (cap->ext == ext &&
		    pcsc_layout_find(layout, ext, cap->id) == cap)
			err = judge_reg(seen, reg, cap->id, model);
	}
	return err;
}

/*
 * A write to a byte that nobody describes may change others, so the helper
 * drops all evidence of the function then. So such a write is a conflict, and the
 * model gets no rule by evidence.
 */
static int undescribed_writes(const struct observed_model *seen,
			      struct profile_model *model)
{
	unsigned int length;
	int err = 0;

	for (unsigned int i = 0; i < seen->layout.cfg_size && !err;
	     i += length) {
		const struct observed_byte *o = &seen->bytes[i];

		length = 1;
		if (!o->writes || !pcsc_layout_undescribed(&seen->layout, i))
			continue;
		while (i + length < seen->layout.cfg_size &&
		       seen->bytes[i + length].writes == o->writes &&
		       pcsc_layout_undescribed(&seen->layout, i + length))
			length++;
		err = draft_raw_conflict(model, i, length, PROFILE_WRITTEN, o);
	}
	return err;
}

static bool has_changed(const struct observed_model *seen, unsigned int offset)
{
	const struct observed_byte *o = &seen->bytes[offset];

	return (o->against[PROFILE_CHANGED] || o->against[PROFILE_DIFFERS]) &&
	       pcsc_layout_undescribed(&seen->layout, offset);
}

/*
 * Undescribed bytes that changed: another host's profile of the model may have
 * rules for them, which these conflicts then contradict.
 */
static int undescribed_changes(const struct observed_model *seen,
			       struct profile_model *model)
{
	unsigned int length;
	int err = 0;

	for (unsigned int i = 0; i < seen->layout.cfg_size && !err;
	     i += length) {
		const struct observed_byte *o = &seen->bytes[i];

		length = 1;
		if (!has_changed(seen, i))
			continue;
		while (i + length < seen->layout.cfg_size &&
		       has_changed(seen, i + length))
			length++;
		err = draft_raw_conflict(model, i, length,
					 o->against[PROFILE_CHANGED] ?
						 PROFILE_CHANGED :
						 PROFILE_DIFFERS,
					 o);
	}
	return err;
}

static bool admitted(const struct observed_model *seen, unsigned int offset)
{
	const struct observed_byte *o = &seen->bytes[offset];
	u64 survived = 0;

	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		survived += o->survived[kind];
	return o->enough >= PROFILE_MIN_FUNCTIONS &&
	       survived >= PROFILE_MIN_RESETS && !o->moved && !o->ones &&
	       !o->against[PROFILE_WRITTEN] && !o->against[PROFILE_DIFFERS] &&
	       pcsc_layout_undescribed(&seen->layout, offset);
}

static int judge_undescribed(const struct observed_model *seen,
			     struct profile_model *model)
{
	size_t conflicts = model->nr_conflicts;
	struct profile_rule *rule = NULL;
	int err;

	if (!pcsc_evidence_may_speak(&seen->layout, seen->id.class_code,
				     seen->root_bus))
		return 0;
	err = undescribed_writes(seen, model);
	if (err || model->nr_conflicts != conflicts)
		return err;
	err = undescribed_changes(seen, model);
	if (err)
		return err;
	for (unsigned int i = 0; i < seen->layout.cfg_size; i++) {
		u8 space =
			i < PCSC_CAP_BASE ? PCSC_SPACE_HEADER0 : PCSC_SPACE_RAW;
		bool zero = !seen->bytes[i].nonzero;
		u64 siblings;

		if (!admitted(seen, i)) {
			rule = NULL;
			continue;
		}
		siblings = draft_siblings(seen, NULL, &seen->bytes[i]);
		if (!draft_fits(rule, siblings) || rule->zero != zero ||
		    rule->space != space)
			rule = draft_rule(model, space, 0, i, PCSC_CONST,
					  PROFILE_EVIDENCE);
		if (!rule)
			return -ENOMEM;
		rule->zero = zero;
		rule->length++;
		draft_evidence(rule, &seen->bytes[i], siblings);
	}
	return 0;
}

static int copy_layout(const struct pcsc_layout *layout,
		       struct profile_model *model)
{
	for (unsigned int i = 0; i < layout->nr_caps; i++) {
		struct profile_cap *cap = profile_grow(
			&model->caps, &model->nr_caps, sizeof(*cap));

		if (!cap)
			return -ENOMEM;
		cap->space =
			layout->caps[i].ext ? PCSC_SPACE_ECAP : PCSC_SPACE_CAP;
		cap->cap = layout->caps[i].id;
		cap->offset = layout->caps[i].offset;
		cap->length = layout->caps[i].length;
	}
	return 0;
}

int judge_model(const struct observed_model *seen, struct profile *prof)
{
	struct profile_model *model =
		profile_grow(&prof->models, &prof->nr_models, sizeof(*model));
	int err;

	if (!model)
		return -ENOMEM;
	model->id = seen->id;
	model->functions = seen->functions;
	model->hosts = seen->hosts;
	model->reads = seen->reads;
	err = copy_layout(&seen->layout, model);
	for (unsigned int i = 0; i < pcsc_nr_regs && !err; i++)
		err = judge_row(seen, &pcsc_regs[i], model);
	return err ?: judge_undescribed(seen, model);
}
