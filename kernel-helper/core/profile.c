// SPDX-License-Identifier: GPL-2.0-only
#include "profile.h"

#include "caps.h"
#include "regs.h"
#include "text.h"

static_assert(sizeof(struct pcsc_profile_header) == 64, "no padding");
static_assert(sizeof(struct pcsc_profile_model) == 32, "no padding");
static_assert(sizeof(struct pcsc_profile_rule) == 12, "no padding");

/* Models may share rules; this bounds the time that checking takes. */
#define MAX_RULES_IN_ALL (1u << 20)

#define RULE_FLAGS (PCSC_RULE_EVIDENCE | PCSC_RULE_ZERO | PCSC_RULE_SIBLINGS)

#define SAY(error, at, why) ((error)->offset = (at), (error)->reason = (why))

/* Offsets of fields, for pcsc_profile_error.offset. */
#define IN_HEADER(field) offsetof(struct pcsc_profile_header, field)
#define IN_MODEL(field) offsetof(struct pcsc_profile_model, field)
#define IN_RULE(field) offsetof(struct pcsc_profile_rule, field)

static const u16 space_sizes[PCSC_SPACES] = {
	[PCSC_SPACE_HEADER] = PCSC_CAP_BASE,
	[PCSC_SPACE_HEADER0] = PCSC_CAP_BASE,
	[PCSC_SPACE_HEADER1] = PCSC_CAP_BASE,
	[PCSC_SPACE_CAP] = PCSC_CFG_SIZE - PCSC_CAP_BASE,
	[PCSC_SPACE_ECAP] = PCSC_CFG_SIZE_EXT - PCSC_ECAP_BASE,
	[PCSC_SPACE_RAW] = PCSC_CFG_SIZE_EXT,
};

static bool in_header(u8 space)
{
	return space <= PCSC_SPACE_HEADER1;
}

static int check_header(const struct pcsc_profile_header *header, u32 size,
			struct pcsc_profile_error *error)
{
	u64 need;

	if (header->magic != PCSC_PROFILE_MAGIC)
		SAY(error, IN_HEADER(magic), "not a compiled profile");
	else if (header->version != PCSC_PROFILE_VERSION)
		SAY(error, IN_HEADER(version), "a version we do not know");
	else if (header->size != size)
		SAY(error, IN_HEADER(size), "not the size of the file");
	else if (header->reserved)
		SAY(error, IN_HEADER(reserved), "reserved field is not 0");
	else if (!pcsc_is_text(header->name, sizeof(header->name)))
		SAY(error, IN_HEADER(name),
		    "name has no end, or is not printable ASCII");
	else if (header->nr_models > PCSC_PROFILE_MAX_MODELS)
		SAY(error, IN_HEADER(nr_models), "too many models");
	else {
		need = sizeof(*header);
		need += (u64)header->nr_models *
			sizeof(struct pcsc_profile_model);
		need += (u64)header->nr_rules *
			sizeof(struct pcsc_profile_rule);
		if (need == size)
			return 0;
		SAY(error, IN_HEADER(nr_rules),
		    "models and rules do not fill the file");
	}
	return -PCSC_EINVAL;
}

static int check_model(const struct pcsc_profile_model *model, u32 at,
		       u32 nr_rules, struct pcsc_profile_error *error)
{
	if (model->match & ~PCSC_MATCH_ALL)
		SAY(error, at + IN_MODEL(match), "unknown match bits");
	else if (model->class_code > 0xffffff)
		SAY(error, at + IN_MODEL(class_code),
		    "class of more than 24 bits");
	else if (model->is_vf > 1)
		SAY(error, at + IN_MODEL(is_vf), "neither 0 nor 1");
	else if (model->survives & ~PCSC_SURVIVES_ALL)
		SAY(error, at + IN_MODEL(survives), "unknown resets");
	else if (model->first_rule > nr_rules)
		SAY(error, at + IN_MODEL(first_rule), "rules outside the file");
	else if (model->nr_rules > nr_rules - model->first_rule)
		SAY(error, at + IN_MODEL(nr_rules), "rules outside the file");
	else
		return 0;
	return -PCSC_EINVAL;
}

static int check_range(const struct pcsc_profile_rule *rule, u32 at,
		       struct pcsc_profile_error *error)
{
	const u16 size = space_sizes[rule->space];

	if (rule->offset >= size)
		SAY(error, at + IN_RULE(offset), "offset outside its space");
	else if (!rule->length)
		SAY(error, at + IN_RULE(length), "length is 0");
	else if (rule->length > size - rule->offset)
		SAY(error, at + IN_RULE(length), "reaches out of its space");
	else
		return 0;
	return -PCSC_EINVAL;
}

static int check_fields(const struct pcsc_profile_rule *rule, u32 at,
			struct pcsc_profile_error *error)
{
	const bool evidence = rule->flags & PCSC_RULE_EVIDENCE;

	if (rule->space >= PCSC_SPACES)
		SAY(error, at + IN_RULE(space), "unknown space");
	else if (rule->klass >= PCSC_CLASSES)
		SAY(error, at + IN_RULE(klass), "unknown class");
	else if (rule->flags & ~RULE_FLAGS)
		SAY(error, at + IN_RULE(flags), "unknown flags");
	else if ((rule->flags & PCSC_RULE_ZERO) && !evidence)
		SAY(error, at + IN_RULE(flags),
		    "only a rule by evidence can say zero");
	else if ((rule->flags & PCSC_RULE_SIBLINGS) &&
		 rule->klass != PCSC_CONST)
		SAY(error, at + IN_RULE(flags),
		    "only what is const can be equal in siblings");
	else if (evidence && rule->space != PCSC_SPACE_RAW &&
		 !in_header(rule->space))
		SAY(error, at + IN_RULE(flags),
		    "no evidence inside a capability");
	else if (rule->cap &&
		 (in_header(rule->space) || rule->space == PCSC_SPACE_RAW))
		SAY(error, at + IN_RULE(cap), "this space has no capabilities");
	else if (rule->space == PCSC_SPACE_CAP && rule->cap > 0xff &&
		 rule->cap != PCSC_ANY_CAP)
		SAY(error, at + IN_RULE(cap), "capability ID of 8 bits");
	else if (rule->reserved)
		SAY(error, at + IN_RULE(reserved), "reserved field is not 0");
	else
		return check_range(rule, at, error);
	return -PCSC_EINVAL;
}

/*
 * What keeps the byte at @offset from being called const or config, or NULL;
 * *reg is its register if it has one.
 */
static const char *objection(const struct pcsc_profile_rule *rule, bool is_vf,
			     u16 offset, const struct pcsc_reg **reg)
{
	*reg = pcsc_reg_find(rule->space, rule->cap, offset);
	if (*reg)
		return pcsc_reg_is_floor(*reg, is_vf) ?
			       "this register is always volatile" :
			       NULL;
	if (!in_header(rule->space))
		return "no register that the table knows";
	if (rule->space == PCSC_SPACE_HEADER &&
	    (pcsc_reg_find(PCSC_SPACE_HEADER0, 0, offset) ||
	     pcsc_reg_find(PCSC_SPACE_HEADER1, 0, offset)))
		return "header types differ here: say header0 or header1";
	return rule->flags & PCSC_RULE_EVIDENCE ?
		       NULL :
		       "only evidence can speak for reserved bytes";
}

static int check_registers(const struct pcsc_profile_rule *rule, bool is_vf,
			   u32 at, struct pcsc_profile_error *error)
{
	const u32 end = (u32)rule->offset + rule->length;
	const struct pcsc_reg *reg;
	const char *reason;
	u32 offset;

	/* What a RAW rule's bytes belong to is known only with a layout. */
	if (rule->klass == PCSC_VOLATILE || rule->space == PCSC_SPACE_RAW)
		return 0;
	for (offset = rule->offset; offset < end;
	     offset = reg ? (u32)reg->offset + reg->length : offset + 1) {
		reason = objection(rule, is_vf, offset, &reg);
		if (!reason)
			continue;
		SAY(error, at, reason);
		return -PCSC_EINVAL;
	}
	return 0;
}

static int check_rules(const struct pcsc_profile_header *header,
		       struct pcsc_profile_error *error)
{
	const struct pcsc_profile_rule *rules = pcsc_profile_rules(header);
	u32 at = (const u8 *)rules - (const u8 *)header;
	u32 i;

	for (i = 0; i < header->nr_rules; i++, at += sizeof(*rules))
		if (check_fields(&rules[i], at, error) ||
		    check_registers(&rules[i], true, at, error))
			return -PCSC_EINVAL;
	return 0;
}

/*
 * Rules must be sorted and must not overlap, so no byte has two classes, and
 * equal profiles are equal files.
 */
static bool follows(const struct pcsc_profile_rule *before,
		    const struct pcsc_profile_rule *after)
{
	if (after->space != before->space)
		return after->space > before->space;
	if (after->cap != before->cap)
		return after->cap > before->cap;
	return after->offset >= (u32)before->offset + before->length;
}

/* Headers and capabilities have registers that are on the floor but in VFs. */
static int check_for_vfs(const struct pcsc_profile_rule *rule, u32 at,
			 struct pcsc_profile_error *error)
{
	if (rule->flags & PCSC_RULE_SIBLINGS) {
		SAY(error, at + IN_RULE(flags),
		    "its model is not of VFs, which alone have siblings");
		return -PCSC_EINVAL;
	}
	return in_header(rule->space) || rule->space == PCSC_SPACE_CAP ?
		       check_registers(rule, false, at, error) :
		       0;
}

/* What is refused of a model that is not of VFs, and of nothing else. */
static int check_no_vfs(const struct pcsc_profile_header *header,
			const struct pcsc_profile_model *model,
			struct pcsc_profile_error *error)
{
	const struct pcsc_profile_rule *rules = pcsc_profile_rules(header);
	const u32 start = (const u8 *)rules - (const u8 *)header;
	const u32 end = model->first_rule + model->nr_rules;
	u32 i;

	if (model->match & PCSC_MATCH_VF && model->is_vf)
		return 0;
	for (i = model->first_rule; i < end; i++)
		if (check_for_vfs(&rules[i], start + i * sizeof(*rules), error))
			return -PCSC_EINVAL;
	return 0;
}

static int check_rules_of(const struct pcsc_profile_header *header,
			  const struct pcsc_profile_model *model,
			  struct pcsc_profile_error *error)
{
	const struct pcsc_profile_rule *rules = pcsc_profile_rules(header);
	const u32 start = (const u8 *)rules - (const u8 *)header;
	const u32 end = model->first_rule + model->nr_rules;
	u32 i;

	for (i = model->first_rule; i < end; i++) {
		const u32 at = start + i * sizeof(*rules);

		if (rules[i].space == PCSC_SPACE_RAW &&
		    !(model->match & PCSC_MATCH_LAYOUT)) {
			SAY(error, at + IN_RULE(space),
			    "raw, but its model names no layout");
			return -PCSC_EINVAL;
		}
		if (i > model->first_rule &&
		    !follows(&rules[i - 1], &rules[i])) {
			SAY(error, at, "unsorted or overlapping");
			return -PCSC_EINVAL;
		}
	}
	return 0;
}

static int check_models(const struct pcsc_profile_header *header,
			struct pcsc_profile_error *error)
{
	const struct pcsc_profile_model *models = pcsc_profile_models(header);
	u32 at = sizeof(*header);
	u64 rules = 0;
	u32 i;

	for (i = 0; i < header->nr_models; i++, at += sizeof(*models)) {
		if (check_model(&models[i], at, header->nr_rules, error))
			return -PCSC_EINVAL;
		rules += models[i].nr_rules;
		if (rules > MAX_RULES_IN_ALL) {
			SAY(error, at + IN_MODEL(nr_rules),
			    "too many rules in all");
			return -PCSC_EINVAL;
		}
	}
	if (check_rules(header, error))
		return -PCSC_EINVAL;
	for (i = 0; i < header->nr_models; i++)
		if (check_no_vfs(header, &models[i], error) ||
		    check_rules_of(header, &models[i], error))
			return -PCSC_EINVAL;
	return 0;
}

int pcsc_profile_check(const void *data, u32 size,
		       struct pcsc_profile_error *error)
{
	if ((unsigned long)data % sizeof(u32))
		SAY(error, 0, "not aligned");
	else if (size < sizeof(struct pcsc_profile_header))
		SAY(error, 0, "shorter than its header");
	else if (size > PCSC_PROFILE_MAX_SIZE)
		SAY(error, 0, "larger than 1 MiB");
	else if (!check_header(data, size, error))
		return check_models(data, error);
	return -PCSC_EINVAL;
}

static bool ids_match(const struct pcsc_profile_model *model,
		      const struct pcsc_identity *identity)
{
	const u32 match = model->match;

	if ((match & PCSC_MATCH_VENDOR) && model->vendor != identity->vendor)
		return false;
	if ((match & PCSC_MATCH_DEVICE) && model->device != identity->device)
		return false;
	return !(match & PCSC_MATCH_SUBSYSTEM) ||
	       (model->subvendor == identity->subvendor &&
		model->subdevice == identity->subdevice);
}

bool pcsc_model_matches(const struct pcsc_profile_model *model,
			const struct pcsc_identity *identity, u32 fingerprint)
{
	const u32 match = model->match;

	if (!ids_match(model, identity))
		return false;
	if ((match & PCSC_MATCH_CLASS) &&
	    model->class_code != identity->class_code)
		return false;
	if ((match & PCSC_MATCH_REVISION) &&
	    model->revision != identity->revision)
		return false;
	if ((match & PCSC_MATCH_VF) && model->is_vf != identity->is_vf)
		return false;
	return !(match & PCSC_MATCH_LAYOUT) ||
	       model->fingerprint == fingerprint;
}
