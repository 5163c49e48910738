// SPDX-License-Identifier: GPL-2.0-only
/* The compiled form, both ways. */
#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "image.h"
#include "profile.h"
#include "talk.h"

static u32 checksum(const void *data, u32 size)
{
	const void *range;
	u32 length;

	range = pcsc_profile_crc_range(data, size, &length);
	return crc32(0, range, length);
}

static void pack(const struct profile_rule *rule, struct pcsc_profile_rule *out)
{
	*out = (struct pcsc_profile_rule){
		.space = rule->space,
		.klass = rule->klass,
		.cap = rule->cap,
		.offset = rule->offset,
		.length = rule->length,
	};
	if (rule->basis == PROFILE_EVIDENCE)
		out->flags |= PCSC_RULE_EVIDENCE;
	if (rule->zero)
		out->flags |= PCSC_RULE_ZERO;
	if (rule->siblings >= PROFILE_MIN_SIBLINGS)
		out->flags |= PCSC_RULE_SIBLINGS;
}

/* Neighbours that say the same become one. */
static bool merge(struct pcsc_profile_rule *last,
		  const struct pcsc_profile_rule *next)
{
	if (last->space != next->space || last->klass != next->klass ||
	    last->flags != next->flags || last->cap != next->cap ||
	    last->offset + last->length != next->offset)
		return false;
	last->length += next->length;
	return true;
}

/*
 * Const bytes are served, volatile ones are not even if another rule says so.
 * Config ones matter only where a rule for any capability may say otherwise.
 */
static bool has_use(const struct profile_rule *rule)
{
	bool cap =
		rule->space == PCSC_SPACE_CAP || rule->space == PCSC_SPACE_ECAP;

	return rule->klass != PCSC_CONFIG || (cap && rule->offset < 4);
}

/* As in the helper: bytes that nobody describes are const by observation alone. */
static bool is_observed(const struct profile_rule *rule)
{
	return rule->klass == PCSC_CONST && (rule->basis == PROFILE_EVIDENCE ||
					     rule->space == PCSC_SPACE_RAW);
}

/* PCSC_SURVIVES_*: what every one of them has survived; 0: there is none. */
static u16 survives(const struct profile_model *model)
{
	u16 all = PCSC_SURVIVES_ALL;
	bool any = false;

	for (size_t i = 0; i < model->nr_rules; i++) {
		const struct profile_rule *rule = &model->rules[i];
		const u64 *survived = rule->evidence.survived;

		if (!is_observed(rule))
			continue;
		any = true;
		if (!survived[PCSC_REC_RESET_FLR])
			all &= ~PCSC_SURVIVES_FLR;
		if (!survived[PCSC_REC_RESET_PM])
			all &= ~PCSC_SURVIVES_D3HOT;
	}
	return any ? all : 0;
}

/* The rules of a sorted model that the helper has a use for. */
static u32 pack_rules(const struct profile_model *model,
		      struct pcsc_profile_rule *out)
{
	u32 nr = 0;

	for (size_t i = 0; i < model->nr_rules; i++) {
		struct pcsc_profile_rule rule;

		if (!has_use(&model->rules[i]))
			continue;
		pack(&model->rules[i], &rule);
		if (!nr || !merge(&out[nr - 1], &rule))
			out[nr++] = rule;
	}
	return nr;
}

size_t profile_compiled_size(const struct profile_model *model)
{
	_cleanup_free_ struct pcsc_profile_rule *rules =
		calloc(model->nr_rules + 1, sizeof(*rules));

	return rules ? sizeof(struct pcsc_profile_model) +
			       pack_rules(model, rules) * sizeof(*rules) :
		       0;
}

static size_t count_rules(const struct profile *prof)
{
	size_t nr = 0;

	for (size_t i = 0; i < prof->nr_models; i++)
		nr += prof->models[i].nr_rules;
	return nr;
}

static size_t compiled_size(size_t models, size_t rules)
{
	return sizeof(struct pcsc_profile_header) +
	       models * sizeof(struct pcsc_profile_model) +
	       rules * sizeof(struct pcsc_profile_rule);
}

/* Lay out @prof in @header, which has room for all its rules. */
static void build(const struct profile *prof,
		  struct pcsc_profile_header *header)
{
	struct pcsc_profile_model *models = (void *)(header + 1);
	struct pcsc_profile_rule *rules = (void *)(models + prof->nr_models);
	u32 nr = 0;

	for (size_t i = 0; i < prof->nr_models; i++) {
		models[i] = prof->models[i].id;
		models[i].survives = survives(&prof->models[i]);
		models[i].first_rule = nr;
		models[i].nr_rules = pack_rules(&prof->models[i], &rules[nr]);
		nr += models[i].nr_rules;
	}
	header->magic = PCSC_PROFILE_MAGIC;
	header->version = PCSC_PROFILE_VERSION;
	header->table_hash = pcsc_regs_hash();
	header->nr_models = prof->nr_models;
	header->nr_rules = nr;
	header->size = compiled_size(prof->nr_models, nr);
	memcpy(header->name, prof->name, sizeof(header->name));
	header->crc32 = checksum(header, header->size);
}

int profile_compile(const char *file, struct profile *prof, void **out,
		    u32 *size)
{
	_cleanup_free_ struct pcsc_profile_header *header = NULL;
	struct pcsc_profile_error error;

	profile_sort(prof);
	header = calloc(1, compiled_size(prof->nr_models, count_rules(prof)));
	if (!header)
		return pcsc_fail(-ENOMEM, "%s: out of memory", file);
	build(prof, header);
	if (header->size > PCSC_PROFILE_MAX_SIZE)
		return pcsc_fail(
			-EFBIG,
			"%s: %u models and %u rules make %u bytes, the helper takes %u: refused; leave models out",
			file, header->nr_models, header->nr_rules, header->size,
			PCSC_PROFILE_MAX_SIZE);
	if (pcsc_profile_check(header, header->size, &error))
		return pcsc_fail(
			-EINVAL,
			"%s: the helper would refuse it compiled, at offset %u: %s",
			file, error.offset, error.reason);
	*size = header->size;
	*out = TAKE_PTR(header);
	return 0;
}

/* "models[0].rules[3], header 0x04, COMMAND", of a byte in the file. */
static void describe(const struct pcsc_profile_header *header, u32 offset,
		     char *buf, size_t size)
{
	u64 models = sizeof(*header);
	u64 rules = models +
		    (u64)header->nr_models * sizeof(struct pcsc_profile_model);
	const struct pcsc_profile_rule *rule;
	char where[48] = "";
	u32 index;

	*buf = '\0';
	if (offset < models)
		snprintf(buf, size, " (header)");
	else if (offset < rules)
		snprintf(buf, size, " (models[%zu])",
			 (size_t)(offset - models) /
				 sizeof(struct pcsc_profile_model));
	if (offset < rules ||
	    rules + (u64)header->nr_rules * sizeof(*rule) > header->size ||
	    offset >= header->size)
		return;
	index = (offset - rules) / sizeof(*rule);
	rule = pcsc_profile_rules(header) + index;
	if (rule->space < PCSC_SPACES)
		pcsc_place(rule->space, rule->cap, rule->offset, where);
	snprintf(buf, size, " (rules[%u]%s%s)", index, *where ? ", " : "",
		 where);
}

static int check_frame(const char *file,
		       const struct pcsc_profile_header *header, size_t size)
{
	u32 sum;

	if (size < sizeof(*header))
		return pcsc_fail(
			-EINVAL,
			"%s: offset %zu: ends within its header: truncated: refused",
			file, size);
	if (header->magic != PCSC_PROFILE_MAGIC)
		return pcsc_fail(
			-EINVAL,
			"%s: offset 0: no compiled profile of this byte order: refused",
			file);
	if (header->version != PCSC_PROFILE_VERSION)
		return pcsc_fail(
			-EINVAL,
			"%s: offset 4: version %u, this tool knows %d only: refused",
			file, header->version, PCSC_PROFILE_VERSION);
	if (header->size != size)
		return pcsc_fail(
			-EINVAL,
			"%s: offset 8: says %u bytes, the file has %zu: %s: refused",
			file, header->size, size,
			size < header->size ? "truncated" : "damaged");
	sum = checksum(header, size);
	if (header->crc32 != sum)
		return pcsc_fail(
			-EINVAL,
			"%s: offset 12: checksum 0x%08x, its bytes make 0x%08x: damaged: refused",
			file, header->crc32, sum);
	return 0;
}

static u8 basis_of(const struct pcsc_profile_model *model,
		   const struct pcsc_profile_rule *rule)
{
	bool vf = model->match & PCSC_MATCH_VF && model->is_vf;

	if (rule->flags & PCSC_RULE_EVIDENCE)
		return PROFILE_EVIDENCE;
	for (u32 i = rule->offset; i < (u32)rule->offset + rule->length; i++) {
		const struct pcsc_reg *reg =
			profile_reg(rule->space, rule->cap, i);

		if (!reg || !pcsc_reg_is_const(reg, vf))
			return PROFILE_PERSON;
	}
	return PROFILE_SPECIFICATION;
}

/* It does not say how often. */
static void set_survived(const struct pcsc_profile_model *from,
			 struct profile_rule *rule)
{
	u64 *survived = rule->evidence.survived;

	if (from->survives & PCSC_SURVIVES_FLR)
		survived[PCSC_REC_RESET_FLR] = PROFILE_MIN_RESETS;
	if (from->survives & PCSC_SURVIVES_D3HOT)
		survived[PCSC_REC_RESET_PM] = PROFILE_MIN_RESETS;
}

static int unpack_rule(const struct pcsc_profile_model *from,
		       const struct pcsc_profile_rule *rule,
		       struct profile_model *model)
{
	struct profile_rule *out =
		profile_grow(&model->rules, &model->nr_rules, sizeof(*out));
	const struct pcsc_reg *reg;

	if (!out)
		return -ENOMEM;
	*out = (struct profile_rule){
		.space = rule->space,
		.klass = rule->klass,
		.cap = rule->cap,
		.offset = rule->offset,
		.length = rule->length,
		.basis = basis_of(from, rule),
		.zero = !!(rule->flags & PCSC_RULE_ZERO),
		/* It does not say how many there were. */
		.siblings = rule->flags & PCSC_RULE_SIBLINGS ?
				    PROFILE_MIN_SIBLINGS :
				    0,
		.attribute = PCSC_ATTRS,
	};
	if (is_observed(out))
		set_survived(from, out);
	reg = profile_reg(rule->space, rule->cap, rule->offset);
	if (!reg || reg->length < rule->length)
		return 0; /* several registers: no one's name */
	out->name = strdup(reg->name);
	return out->name ? 0 : -ENOMEM;
}

static int unpack_model(const struct pcsc_profile_header *header,
			const struct pcsc_profile_model *from,
			struct profile *prof)
{
	const struct pcsc_profile_rule *rules =
		pcsc_profile_rules(header) + from->first_rule;
	struct profile_model *model =
		profile_grow(&prof->models, &prof->nr_models, sizeof(*model));
	int err = model ? 0 : -ENOMEM;

	if (err)
		return err;
	model->id = *from;
	model->id.survives = 0;
	model->id.first_rule = 0;
	model->id.nr_rules = 0;
	for (u32 i = 0; i < from->nr_rules && !err; i++)
		err = unpack_rule(from, &rules[i], model);
	return err;
}

int profile_decode(const char *file, const void *data, size_t size,
		   struct profile **out)
{
	const struct pcsc_profile_header *header = data;
	_cleanup_prof_ struct profile *prof = NULL;
	struct pcsc_profile_error error;
	char where[96];
	int err;

	if (size > PCSC_PROFILE_MAX_SIZE)
		return pcsc_fail(
			-EFBIG,
			"%s: %zu bytes, a compiled profile has at most %u: refused",
			file, size, PCSC_PROFILE_MAX_SIZE);
	err = check_frame(file, header, size);
	if (err)
		return err;
	if (pcsc_profile_check(data, size, &error)) {
		describe(header, error.offset, where, sizeof(where));
		return pcsc_fail(-EINVAL, "%s: offset %u%s: %s: refused", file,
				 error.offset, where, error.reason);
	}
	prof = profile_new(header->name);
	err = prof ? 0 : -ENOMEM;
	if (!err)
		prof->table = header->table_hash;
	for (u32 i = 0; i < header->nr_models && !err; i++)
		err = unpack_model(header, &pcsc_profile_models(header)[i],
				   prof);
	if (err)
		return pcsc_fail(err, "%s: out of memory", file);
	*out = TAKE_PTR(prof);
	return 0;
}
