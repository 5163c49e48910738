// SPDX-License-Identifier: GPL-2.0-only
/* A profile as JSON, both ways. docs/profile-format.md says what the keys mean. */
#include <errno.h>
#include <string.h>

#include "entry.h"
#include "field.h"
#include "profile.h"
#include "talk.h"

#define SCHEMA "pcsc-profile"

static const struct field threshold_fields[] = {
	{ "reads", COUNT, FIELD(struct profile, min_reads) },
	{ "functions", COUNT, FIELD(struct profile, min_functions) },
	{ "resets", COUNT, FIELD(struct profile, min_resets) },
	{ "siblings", COUNT, .optional = true,
	  FIELD(struct profile, min_siblings) },
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

/* Written whatever it is: a file without it was made with this tool's table. */
#define TABLE 1

static const struct field profile_fields[] = {
	{ "name", .kind = FIELD_TEXT, .max = 31, FIELD(struct profile, name) },
	{ "table", HEX(8), .bit = TABLE, FIELD(struct profile, table) },
	{ "incomplete", .kind = FIELD_BOOL, .optional = true,
	  FIELD(struct profile, incomplete) },
	OTHER("schema"),
	OTHER("version"),
	OTHER_OPTIONAL("thresholds"),
	OTHER("models"),
};

/* Two keys make one bit of the match. This bit stands for the second key. */
#define SUBDEVICE (1u << 31)

static const struct field match_fields[] = {
	{ "vendor", HEX(4), FIELD(struct pcsc_profile_model, vendor),
	  .bit = PCSC_MATCH_VENDOR },
	{ "device", HEX(4), FIELD(struct pcsc_profile_model, device),
	  .bit = PCSC_MATCH_DEVICE },
	{ "subsystem_vendor", HEX(4),
	  FIELD(struct pcsc_profile_model, subvendor),
	  .bit = PCSC_MATCH_SUBSYSTEM },
	{ "subsystem_device", HEX(4),
	  FIELD(struct pcsc_profile_model, subdevice), .bit = SUBDEVICE },
	{ "class", HEX(6), FIELD(struct pcsc_profile_model, class_code),
	  .bit = PCSC_MATCH_CLASS },
	{ "revision", HEX(2), FIELD(struct pcsc_profile_model, revision),
	  .bit = PCSC_MATCH_REVISION },
	{ "vf", .kind = FIELD_BOOL, FIELD(struct pcsc_profile_model, is_vf),
	  .bit = PCSC_MATCH_VF },
	{ "layout", HEX(8), FIELD(struct pcsc_profile_model, fingerprint),
	  .bit = PCSC_MATCH_LAYOUT },
};

static const struct field model_fields[] = {
	OTHER("match"),
	{ "functions", COUNT, .optional = true,
	  FIELD(struct profile_model, functions) },
	{ "hosts", COUNT, .optional = true,
	  FIELD(struct profile_model, hosts) },
	OTHER_OPTIONAL("layout"),
	OTHER("rules"),
	OTHER_OPTIONAL("conflicts"),
};

static int read_match(const struct place *place, json_t *object,
		      struct pcsc_profile_model *id)
{
	struct place here = place_member(place, "match");
	u32 present = 0;
	int err;

	err = READ(&here, object, match_fields, id, &present);
	if (err)
		return err;
	if (!(present & PCSC_MATCH_SUBSYSTEM) != !(present & SUBDEVICE))
		return place_refuse(
			&here, NULL,
			"subsystem_vendor and subsystem_device go together");
	id->match = present & PCSC_MATCH_ALL;
	return 0;
}

static json_t *match_json(const struct pcsc_profile_model *id)
{
	u32 present = id->match;
	_cleanup_json_ json_t *object = json_object();

	if (present & PCSC_MATCH_SUBSYSTEM)
		present |= SUBDEVICE;
	if (WRITE(object, match_fields, id, present))
		return NULL;
	return TAKE_PTR(object);
}

static int read_model(const struct place *place, json_t *object, void *out)
{
	struct profile_model *m = out;

	return READ(place, object, model_fields, m, NULL) ?:
		       read_match(place, json_object_get(object, "match"), &m->id) ?:
		       field_read_array(place, object, &entry_caps, &m->caps, &m->nr_caps) ?:
		       field_read_array(place, object, &entry_rules, &m->rules, &m->nr_rules) ?:
		       field_read_array(place, object, &entry_conflicts,
					&m->conflicts, &m->nr_conflicts);
}

static json_t *model_json(const void *in)
{
	const struct profile_model *m = in;
	_cleanup_json_ json_t *object = json_object();

	if (WRITE(object, model_fields, m, 0) ||
	    json_object_set_new(object, "match", match_json(&m->id)) ||
	    field_write_array(object, &entry_rules, m->rules, m->nr_rules))
		return NULL;
	if (m->nr_caps &&
	    field_write_array(object, &entry_caps, m->caps, m->nr_caps))
		return NULL;
	if (m->nr_conflicts && field_write_array(object, &entry_conflicts,
						 m->conflicts, m->nr_conflicts))
		return NULL;
	return TAKE_PTR(object);
}

static const struct field_array models = {
	.key = "models",
	.max = PCSC_PROFILE_MAX_MODELS,
	.size = sizeof(struct profile_model),
	.read = read_model,
	.json = model_json,
};

static int read_prof(const struct place *place, json_t *root,
		     struct profile *prof)
{
	json_t *thresholds = json_object_get(root, "thresholds");
	struct place inner = place_member(place, "thresholds");
	struct top top = {};
	int err;

	err = READ(place, root, top_fields, &top, NULL);
	if (err)
		return err;
	if (strcmp(top.schema, SCHEMA))
		return place_refuse(place, "schema", "is not " SCHEMA);
	if (top.version != PROFILE_VERSION)
		return place_refuse(place, "version",
				    "this tool knows version %d only",
				    PROFILE_VERSION);
	err = READ(place, root, profile_fields, prof, NULL);
	if (!err && thresholds)
		err = READ(&inner, thresholds, threshold_fields, prof, NULL);
	return err   ?:
		       field_read_array(place, root, &models, &prof->models,
					&prof->nr_models);
}

int profile_parse(const char *file, const char *text, size_t size,
		  struct profile **out)
{
	_cleanup_prof_ struct profile *prof = profile_new("");
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

json_t *profile_to_json(struct profile *prof)
{
	struct top top = { .schema = SCHEMA, .version = PROFILE_VERSION };
	_cleanup_json_ json_t *root = json_object();
	_cleanup_json_ json_t *thresholds = json_object();

	profile_sort(prof);
	if (WRITE(thresholds, threshold_fields, prof, 0) ||
	    json_object_set_new(root, "thresholds", TAKE_PTR(thresholds)) ||
	    WRITE(root, top_fields, &top, 0) ||
	    WRITE(root, profile_fields, prof, TABLE) ||
	    field_write_array(root, &models, prof->models, prof->nr_models))
		return NULL;
	return TAKE_PTR(root);
}

/* One rule to a line would be shorter, but a diff then shows whole rules. */
int profile_dump(struct profile *prof, char **text)
{
	_cleanup_json_ json_t *root = profile_to_json(prof);
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
