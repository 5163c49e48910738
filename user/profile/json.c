// SPDX-License-Identifier: GPL-2.0-only
/* A profile as JSON, both ways. docs/profile.md says what the keys mean. */
#include <errno.h>
#include <string.h>

#include "field.h"
#include "prof.h"
#include "talk.h"

#define SCHEMA "pcsc-profile"
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define OTHER(name) { .key = name, .kind = FIELD_OTHER }
#define OTHER_OPTIONAL(name) \
	{ .key = name, .kind = FIELD_OTHER, .optional = true }
#define NAMES(array, n) .kind = FIELD_ENUM, .names = array, .max = n
#define COUNT .kind = FIELD_UINT, .max = INT64_MAX
#define HEX(n) .kind = FIELD_HEX, .digits = n, .max = (1ull << 4 * (n)) - 1
#define OFFSET .kind = FIELD_HEX, .digits = 2, .max = 0xfff
#define LENGTH .kind = FIELD_UINT, .max = 0x1000
#define TEXT(n) .kind = FIELD_STRING, .max = n, .optional = true

static const struct field threshold_fields[] = {
	{ "reads", COUNT, FIELD(struct prof, min_reads) },
	{ "functions", COUNT, FIELD(struct prof, min_functions) },
	{ "resets", COUNT, FIELD(struct prof, min_resets) },
};

struct top {
	char schema[16];
	u32 version;
};

static const struct field top_fields[] = {
	{ "schema", .kind = FIELD_TEXT, .max = 15, FIELD(struct top, schema) },
	{ "version", .kind = FIELD_UINT, .max = UINT32_MAX,
	  FIELD(struct top, version) },
	OTHER("name"),
	OTHER_OPTIONAL("table"),
	OTHER_OPTIONAL("incomplete"),
	OTHER_OPTIONAL("thresholds"),
	OTHER("models"),
};

static const struct field prof_fields[] = {
	{ "name", .kind = FIELD_TEXT, .max = 31, FIELD(struct prof, name) },
	{ "table", HEX(8), .optional = true, FIELD(struct prof, table) },
	{ "incomplete", .kind = FIELD_BOOL, .optional = true,
	  FIELD(struct prof, incomplete) },
	OTHER("schema"),
	OTHER("version"),
	OTHER_OPTIONAL("thresholds"),
	OTHER("models"),
};

/* Two keys make one bit of the match: this is the second's. */
#define SUBDEVICE (1u << 31)

static const struct field match_fields[] = {
	{ "vendor", HEX(4), FIELD(struct pcsc_pf_model, vendor),
	  .bit = PCSC_MATCH_VENDOR },
	{ "device", HEX(4), FIELD(struct pcsc_pf_model, device),
	  .bit = PCSC_MATCH_DEVICE },
	{ "subsystem_vendor", HEX(4), FIELD(struct pcsc_pf_model, subvendor),
	  .bit = PCSC_MATCH_SUBSYSTEM },
	{ "subsystem_device", HEX(4), FIELD(struct pcsc_pf_model, subdevice),
	  .bit = SUBDEVICE },
	{ "class", HEX(6), FIELD(struct pcsc_pf_model, class_code),
	  .bit = PCSC_MATCH_CLASS },
	{ "revision", HEX(2), FIELD(struct pcsc_pf_model, revision),
	  .bit = PCSC_MATCH_REVISION },
	{ "vf", .kind = FIELD_BOOL, FIELD(struct pcsc_pf_model, is_vf),
	  .bit = PCSC_MATCH_VF },
	{ "layout", HEX(8), FIELD(struct pcsc_pf_model, fingerprint),
	  .bit = PCSC_MATCH_LAYOUT },
};

static const struct field model_fields[] = {
	OTHER("match"),
	{ "functions", COUNT, .optional = true,
	  FIELD(struct prof_model, functions) },
	{ "hosts", COUNT, .optional = true, FIELD(struct prof_model, hosts) },
	OTHER_OPTIONAL("layout"),
	OTHER("rules"),
	OTHER_OPTIONAL("conflicts"),
};

static const struct field cap_fields[] = {
	{ "space", NAMES(pcsc_space_names, PCSC_SPACES),
	  FIELD(struct prof_cap, space) },
	OTHER("capability"),
	{ "offset", OFFSET, FIELD(struct prof_cap, offset) },
	{ "length", LENGTH, FIELD(struct prof_cap, length) },
};

static const struct field rule_fields[] = {
	{ "space", NAMES(pcsc_space_names, PCSC_SPACES),
	  FIELD(struct prof_rule, space) },
	OTHER_OPTIONAL("capability"),
	{ "offset", OFFSET, FIELD(struct prof_rule, offset) },
	{ "length", LENGTH, FIELD(struct prof_rule, length) },
	{ "class", NAMES(pcsc_class_names, PCSC_CLASSES),
	  FIELD(struct prof_rule, klass) },
	{ "basis", NAMES(prof_basis_names, PROF_BASES),
	  FIELD(struct prof_rule, basis) },
	{ "zero", .kind = FIELD_BOOL, .optional = true,
	  FIELD(struct prof_rule, zero) },
	{ "register", TEXT(63), FIELD(struct prof_rule, name) },
	{ "attribute", NAMES(pcsc_attr_names, PCSC_ATTRS), .optional = true,
	  FIELD(struct prof_rule, attribute) },
	{ "source", TEXT(127), FIELD(struct prof_rule, source) },
	OTHER_OPTIONAL("evidence"),
};

static const struct field evidence_fields[] = {
	{ "functions", COUNT, FIELD(struct prof_evidence, functions) },
	{ "reads", COUNT, FIELD(struct prof_evidence, reads) },
	{ "least_reads", COUNT, FIELD(struct prof_evidence, least_reads) },
	{ "values", COUNT, FIELD(struct prof_evidence, values) },
	{ "writes", COUNT, FIELD(struct prof_evidence, writes) },
	{ "changes", COUNT, FIELD(struct prof_evidence, changes) },
	{ "silent_changes", COUNT,
	  FIELD(struct prof_evidence, silent_changes) },
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
	  FIELD(struct prof_conflict, space) },
	OTHER_OPTIONAL("capability"),
	{ "offset", OFFSET, FIELD(struct prof_conflict, offset) },
	{ "length", LENGTH, FIELD(struct prof_conflict, length) },
	{ "register", TEXT(63), FIELD(struct prof_conflict, name) },
	{ "reason", NAMES(prof_reason_names, PROF_REASONS),
	  FIELD(struct prof_conflict, reason) },
	{ "functions", COUNT, FIELD(struct prof_conflict, functions) },
	{ "writes", COUNT, FIELD(struct prof_conflict, writes) },
	{ "changes", COUNT, FIELD(struct prof_conflict, changes) },
	{ "example", TEXT(31), FIELD(struct prof_conflict, example) },
};

#define READ(place, json, fields, base, present) \
	field_read(place, json, fields, ARRAY_SIZE(fields), base, present)
#define WRITE(json, fields, base, present) \
	field_write(json, fields, ARRAY_SIZE(fields), base, present)

static bool has_capability(u8 space)
{
	return space == PCSC_SPACE_CAP || space == PCSC_SPACE_ECAP;
}

static int read_capability(const struct place *place, json_t *object,
			   u8 space, u16 *cap)
{
	json_t *value = json_object_get(object, "capability");
	const char *text = json_string_value(value);

	if (!has_capability(space))
		return value ? place_refuse(place, "capability",
					    "space %s has none",
					    pcsc_space_names[space]) : 0;
	if (!value)
		return place_refuse(place, "capability", "missing");
	if (!text || prof_cap_parse(space, text, cap))
		return place_refuse(place, "capability",
				    "'%s' is neither a name such as %s nor a number such as \"0x0001\" of space %s",
				    text ? place_printable(text) : "?",
				    pcsc_cap_name(space == PCSC_SPACE_ECAP, 1) ?: "-",
				    pcsc_space_names[space]);
	return 0;
}

static int write_capability(json_t *object, u8 space, u16 cap)
{
	char buf[16];

	if (!has_capability(space))
		return 0;
	return json_object_set_new(object, "capability",
				   json_string(prof_cap_string(space, cap,
							       buf)));
}

static struct place into(const struct place *place, const char *key,
			 size_t index)
{
	struct place inner = *place;
	size_t n = strlen(inner.path);

	snprintf(inner.path + n, sizeof(inner.path) - n, "%s%s[%zu]",
		 n ? "." : "", key, index);
	return inner;
}

static struct place into_object(const struct place *place, const char *key)
{
	struct place inner = *place;
	size_t n = strlen(inner.path);

	snprintf(inner.path + n, sizeof(inner.path) - n, "%s%s", n ? "." : "",
		 key);
	return inner;
}

static int read_evidence(const struct place *place, json_t *object,
			 struct prof_evidence *evidence)
{
	struct place here = into_object(place, "evidence");
	struct place inner = into_object(&here, "survived");
	struct survived survived;
	int err;

	err = READ(&here, object, evidence_fields, evidence, NULL) ?:
	      READ(&inner, json_object_get(object, "survived"),
		   survived_fields, &survived, NULL);
	if (!err)
		memcpy(evidence->survived, survived.n, sizeof(survived.n));
	return err;
}

static json_t *evidence_json(const struct prof_evidence *evidence)
{
	_cleanup_json_ json_t *object = json_object();
	json_t *inner = json_object();
	struct survived survived;

	memcpy(survived.n, evidence->survived, sizeof(survived.n));
	if (WRITE(object, evidence_fields, evidence, 0) ||
	    WRITE(inner, survived_fields, &survived, 0)) {
		json_decref(inner);
		return NULL;
	}
	if (json_object_set_new(object, "survived", inner))
		return NULL;
	return TAKE_PTR(object);
}

static int read_cap(const struct place *place, json_t *object, void *out)
{
	struct prof_cap *cap = out;
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
	const struct prof_cap *cap = in;
	_cleanup_json_ json_t *object = json_object();

	if (WRITE(object, cap_fields, cap, 0) ||
	    write_capability(object, cap->space, cap->cap))
		return NULL;
	return TAKE_PTR(object);
}

static int read_rule(const struct place *place, json_t *object, void *out)
{
	json_t *evidence = json_object_get(object, "evidence");
	struct prof_rule *rule = out;
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
	const struct prof_rule *rule = in;
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

static int read_conflict(const struct place *place, json_t *object,
			 void *out)
{
	struct prof_conflict *conflict = out;

	return READ(place, object, conflict_fields, conflict, NULL) ?:
	       read_capability(place, object, conflict->space, &conflict->cap);
}

static json_t *conflict_json(const void *in)
{
	const struct prof_conflict *conflict = in;
	_cleanup_json_ json_t *object = json_object();

	if (WRITE(object, conflict_fields, conflict, 0) ||
	    write_capability(object, conflict->space, conflict->cap))
		return NULL;
	return TAKE_PTR(object);
}

/* An array of objects into a growing array of structs. */
static int read_array(const struct place *place, json_t *object,
		      const char *key, size_t max, void *arrayp, size_t *nr,
		      size_t size,
		      int (*read)(const struct place *place,
				  json_t *object, void *out))
{
	json_t *array = json_object_get(object, key);
	int err = 0;

	if (!array)
		return 0;
	if (!json_is_array(array))
		return place_refuse(place, key, "not an array");
	if (json_array_size(array) > max)
		return place_refuse(place, key, "%zu of them, at most %zu fit",
				    json_array_size(array), max);
	for (size_t i = 0; i < json_array_size(array) && !err; i++) {
		struct place inner = into(place, key, i);
		void *element = prof_grow(arrayp, nr, size);

		if (!element)
			return pcsc_fail(-ENOMEM, "%s: out of memory",
					 place->file);
		err = read(&inner, json_array_get(array, i), element);
	}
	return err;
}

static int write_array(json_t *object, const char *key, const void *array,
		       size_t nr, size_t size, json_t *(*json)(const void *in))
{
	json_t *list = json_array();

	for (size_t i = 0; i < nr; i++)
		if (json_array_append_new(list, json((const char *)array +
						     i * size))) {
			json_decref(list);
			return -ENOMEM;
		}
	return json_object_set_new(object, key, list);
}

static int read_match(const struct place *place, json_t *object,
		      struct pcsc_pf_model *id)
{
	struct place here = into_object(place, "match");
	u32 present = 0;
	int err;

	err = READ(&here, object, match_fields, id, &present);
	if (err)
		return err;
	if (!(present & PCSC_MATCH_SUBSYSTEM) != !(present & SUBDEVICE))
		return place_refuse(&here, NULL,
				    "subsystem_vendor and subsystem_device go together");
	id->match = present & PCSC_MATCH_ALL;
	return 0;
}

static json_t *match_json(const struct pcsc_pf_model *id)
{
	u32 present = id->match;
	_cleanup_json_ json_t *object = json_object();

	if (present & PCSC_MATCH_SUBSYSTEM)
		present |= SUBDEVICE;
	if (WRITE(object, match_fields, id, present))
		return NULL;
	return TAKE_PTR(object);
}

static int read_model(const struct place *place, json_t *object,
		      void *out)
{
	struct prof_model *m = out;

	return READ(place, object, model_fields, m, NULL) ?:
	       read_match(place, json_object_get(object, "match"), &m->id) ?:
	       read_array(place, object, "layout", PCSC_MAX_CAPS, &m->caps,
			  &m->nr_caps, sizeof(*m->caps), read_cap) ?:
	       read_array(place, object, "rules", PROF_MAX_RULES, &m->rules,
			  &m->nr_rules, sizeof(*m->rules), read_rule) ?:
	       read_array(place, object, "conflicts", PROF_MAX_RULES,
			  &m->conflicts, &m->nr_conflicts,
			  sizeof(*m->conflicts), read_conflict);
}

static json_t *model_json(const void *in)
{
	const struct prof_model *m = in;
	_cleanup_json_ json_t *object = json_object();

	if (WRITE(object, model_fields, m, 0) ||
	    json_object_set_new(object, "match", match_json(&m->id)) ||
	    write_array(object, "rules", m->rules, m->nr_rules,
			sizeof(*m->rules), rule_json))
		return NULL;
	if (m->nr_caps && write_array(object, "layout", m->caps, m->nr_caps,
				      sizeof(*m->caps), cap_json))
		return NULL;
	if (m->nr_conflicts &&
	    write_array(object, "conflicts", m->conflicts, m->nr_conflicts,
			sizeof(*m->conflicts), conflict_json))
		return NULL;
	return TAKE_PTR(object);
}

static int read_prof(const struct place *place, json_t *root,
		     struct prof *prof)
{
	json_t *thresholds = json_object_get(root, "thresholds");
	struct place inner = into_object(place, "thresholds");
	struct top top = {};
	int err;

	err = READ(place, root, top_fields, &top, NULL);
	if (err)
		return err;
	if (strcmp(top.schema, SCHEMA))
		return place_refuse(place, "schema", "is not " SCHEMA);
	if (top.version != PROF_VERSION)
		return place_refuse(place, "version",
				    "this tool knows version %d only",
				    PROF_VERSION);
	return READ(place, root, prof_fields, prof, NULL) ?:
	       (thresholds ? READ(&inner, thresholds, threshold_fields, prof,
				  NULL) : 0) ?:
	       read_array(place, root, "models", PCSC_PF_MAX_MODELS,
			  &prof->models, &prof->nr_models,
			  sizeof(*prof->models), read_model);
}

int prof_parse(const char *file, const char *text, size_t size,
	       struct prof **out)
{
	_cleanup_prof_ struct prof *prof = prof_new("");
	_cleanup_json_ json_t *root = NULL;
	struct place place = { .file = file };
	json_error_t error;
	int err;

	root = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return pcsc_fail(-EINVAL, "%s:%d:%d: %s: refused", file,
				 error.line, error.column,
				 place_printable(error.text));
	if (!prof)
		return pcsc_fail(-ENOMEM, "%s: out of memory", file);
	err = read_prof(&place, root, prof);
	if (!err)
		*out = TAKE_PTR(prof);
	return err;
}

json_t *prof_to_json(struct prof *prof)
{
	struct top top = { .schema = SCHEMA, .version = PROF_VERSION };
	_cleanup_json_ json_t *root = json_object();
	json_t *thresholds = json_object();

	prof_sort(prof);
	if (WRITE(thresholds, threshold_fields, prof, 0)) {
		json_decref(thresholds);
		return NULL;
	}
	if (json_object_set_new(root, "thresholds", thresholds) ||
	    WRITE(root, top_fields, &top, 0) ||
	    WRITE(root, prof_fields, prof, 0) ||
	    write_array(root, "models", prof->models, prof->nr_models,
			sizeof(*prof->models), model_json))
		return NULL;
	return TAKE_PTR(root);
}

/* One rule to a line would be shorter, but a diff then shows whole rules. */
int prof_dump(struct prof *prof, char **text)
{
	_cleanup_json_ json_t *root = prof_to_json(prof);
	_cleanup_free_ char *dump = NULL;
	size_t n;

	dump = root ? json_dumps(root, JSON_SORT_KEYS | JSON_INDENT(1)) : NULL;
	if (!dump)
		return pcsc_fail(-ENOMEM, "%s: out of memory", prof->name);
	n = strlen(dump);
	dump = realloc(dump, n + 2);
	if (!dump)
		return pcsc_fail(-ENOMEM, "%s: out of memory", prof->name);
	strcpy(dump + n, "\n");
	*text = TAKE_PTR(dump);
	return 0;
}
