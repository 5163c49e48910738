// SPDX-License-Identifier: GPL-2.0-only
#include "entry.h"

#include <errno.h>
#include <string.h>

#include "profile.h"

static const struct field cap_fields[] = {
	{ "space", NAMES(pcsc_space_names, PCSC_SPACES),
	  FIELD(struct profile_cap, space) },
	OTHER("capability"),
	{ "offset", OFFSET, FIELD(struct profile_cap, offset) },
	{ "length", LENGTH, FIELD(struct profile_cap, length) },
};

static const struct field rule_fields[] = {
	{ "space", NAMES(pcsc_space_names, PCSC_SPACES),
	  FIELD(struct profile_rule, space) },
	OTHER_OPTIONAL("capability"),
	{ "offset", OFFSET, FIELD(struct profile_rule, offset) },
	{ "length", LENGTH, FIELD(struct profile_rule, length) },
	{ "class", NAMES(pcsc_class_names, PCSC_CLASSES),
	  FIELD(struct profile_rule, klass) },
	{ "basis", NAMES(profile_basis_names, PROFILE_BASES),
	  FIELD(struct profile_rule, basis) },
	{ "zero", .kind = FIELD_BOOL, .optional = true,
	  FIELD(struct profile_rule, zero) },
	{ "siblings", COUNT, .optional = true,
	  FIELD(struct profile_rule, siblings) },
	{ "register", TEXT(63), FIELD(struct profile_rule, name) },
	{ "attribute", NAMES(pcsc_attr_names, PCSC_ATTRS), .optional = true,
	  FIELD(struct profile_rule, attribute) },
	{ "source", TEXT(127), FIELD(struct profile_rule, source) },
	OTHER_OPTIONAL("evidence"),
};

static const struct field evidence_fields[] = {
	{ "functions", COUNT, FIELD(struct profile_evidence, functions) },
	{ "reads", COUNT, FIELD(struct profile_evidence, reads) },
	{ "least_reads", COUNT, FIELD(struct profile_evidence, least_reads) },
	{ "values", COUNT, FIELD(struct profile_evidence, values) },
	{ "writes", COUNT, FIELD(struct profile_evidence, writes) },
	{ "changes", COUNT, FIELD(struct profile_evidence, changes) },
	{ "silent_changes", COUNT,
	  FIELD(struct profile_evidence, silent_changes) },
	OTHER("survived"),
};

struct survived {
	u64 n[PCSC_REC_RESETS];
};

static const struct field survived_fields[] = {
	{ "flr", COUNT, FIELD(struct survived, n[PCSC_REC_RESET_FLR]) },
	{ "pm", COUNT, FIELD(struct survived, n[PCSC_REC_RESET_PM]) },
	{ "bus", COUNT, FIELD(struct survived, n[PCSC_REC_RESET_BUS]) },
};

static const struct field conflict_fields[] = {
	{ "space", NAMES(pcsc_space_names, PCSC_SPACES),
	  FIELD(struct profile_conflict, space) },
	OTHER_OPTIONAL("capability"),
	{ "offset", OFFSET, FIELD(struct profile_conflict, offset) },
	{ "length", LENGTH, FIELD(struct profile_conflict, length) },
	{ "register", TEXT(63), FIELD(struct profile_conflict, name) },
	{ "reason", NAMES(profile_reason_names, PROFILE_REASONS),
	  FIELD(struct profile_conflict, reason) },
	{ "functions", COUNT, FIELD(struct profile_conflict, functions) },
	{ "writes", COUNT, FIELD(struct profile_conflict, writes) },
	{ "changes", COUNT, FIELD(struct profile_conflict, changes) },
	{ "example", TEXT(31), FIELD(struct profile_conflict, example) },
};

static bool has_capability(u8 space)
{
	return space == PCSC_SPACE_CAP || space == PCSC_SPACE_ECAP;
}

static int read_capability(const struct place *place, json_t *object, u8 space,
			   u16 *cap)
{
	json_t *value = json_object_get(object, "capability");
	const char *text = json_string_value(value);

	if (!has_capability(space))
		return value ? place_refuse(place, "capability",
					    "space %s has none",
					    pcsc_space_names[space]) :
			       0;
	if (!value)
		return place_refuse(place, "capability", "missing");
	if (!text || profile_cap_parse(space, text, cap))
		return place_refuse(
			place, "capability",
			"'%s' is neither a name such as %s nor a number such as \"0x0001\" of space %s",
			text ? place_printable(text) : "?",
			pcsc_cap_name(space == PCSC_SPACE_ECAP, 1) ?: "-",
			pcsc_space_names[space]);
	return 0;
}

static int write_capability(json_t *object, u8 space, u16 cap)
{
	char buf[16];
	const char *name = pcsc_cap_string(space, cap, buf);

	if (!has_capability(space))
		return 0;
	if (json_object_set_new(object, "capability", json_string(name)))
		return -ENOMEM;
	return 0;
}

static int read_evidence(const struct place *place, json_t *object,
			 struct profile_evidence *evidence)
{
	struct place here = place_member(place, "evidence");
	struct place inner = place_member(&here, "survived");
	struct survived survived;
	int err;

	err = READ(&here, object, evidence_fields, evidence, NULL) ?:
		      READ(&inner, json_object_get(object, "survived"),
			   survived_fields, &survived, NULL);
	if (!err)
		memcpy(evidence->survived, survived.n, sizeof(survived.n));
	return err;
}

static json_t *evidence_json(const struct profile_evidence *evidence)
{
	_cleanup_json_ json_t *object = json_object();
	_cleanup_json_ json_t *inner = json_object();
	struct survived survived;

	memcpy(survived.n, evidence->survived, sizeof(survived.n));
	if (WRITE(object, evidence_fields, evidence, 0) ||
	    WRITE(inner, survived_fields, &survived, 0))
		return NULL;
	if (json_object_set_new(object, "survived", TAKE_PTR(inner)))
		return NULL;
	return TAKE_PTR(object);
}

static int read_cap(const struct place *place, json_t *object, void *out)
{
	struct profile_cap *cap = out;
	int err;

	err = READ(place, object, cap_fields, cap, NULL);
	if (err)
		return err;
	if (!has_capability(cap->space))
		return place_refuse(place, "space", "%s is no capability list",
				    pcsc_space_names[cap->space]);
	return read_capability(place, object, cap->space, &cap->cap);
}

static json_t *cap_json(const void *in)
{
	const struct profile_cap *cap = in;
	_cleanup_json_ json_t *object = json_object();

	if (WRITE(object, cap_fields, cap, 0) ||
	    write_capability(object, cap->space, cap->cap))
		return NULL;
	return TAKE_PTR(object);
}

static int read_rule(const struct place *place, json_t *object, void *out)
{
	json_t *evidence = json_object_get(object, "evidence");
	struct profile_rule *rule = out;
	int err;

	err = READ(place, object, rule_fields, rule, NULL);
	if (!err)
		err = read_capability(place, object, rule->space, &rule->cap);
	if (err || !evidence)
		return err;
	rule->has_evidence = true;
	return read_evidence(place, evidence, &rule->evidence);
}

static json_t *rule_json(const void *in)
{
	const struct profile_rule *rule = in;
	_cleanup_json_ json_t *object = json_object();

	if (WRITE(object, rule_fields, rule, 0) ||
	    write_capability(object, rule->space, rule->cap))
		return NULL;
	if (rule->has_evidence &&
	    json_object_set_new(object, "evidence",
				evidence_json(&rule->evidence)))
		return NULL;
	return TAKE_PTR(object);
}

static int read_conflict(const struct place *place, json_t *object, void *out)
{
	struct profile_conflict *conflict = out;

	return READ(place, object, conflict_fields, conflict, NULL) ?:
		       read_capability(place, object, conflict->space,
				       &conflict->cap);
}

static json_t *conflict_json(const void *in)
{
	const struct profile_conflict *conflict = in;
	_cleanup_json_ json_t *object = json_object();

	if (WRITE(object, conflict_fields, conflict, 0) ||
	    write_capability(object, conflict->space, conflict->cap))
		return NULL;
	return TAKE_PTR(object);
}

const struct field_array entry_caps = {
	.key = "layout",
	.max = PCSC_MAX_CAPS,
	.size = sizeof(struct profile_cap),
	.read = read_cap,
	.json = cap_json,
};

const struct field_array entry_rules = {
	.key = "rules",
	.max = PROFILE_MAX_RULES,
	.size = sizeof(struct profile_rule),
	.read = read_rule,
	.json = rule_json,
};

const struct field_array entry_conflicts = {
	.key = "conflicts",
	.max = PROFILE_MAX_RULES,
	.size = sizeof(struct profile_conflict),
	.read = read_conflict,
	.json = conflict_json,
};
