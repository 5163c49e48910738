// SPDX-License-Identifier: GPL-2.0-only
/* Does a profile make sense? */
#include <errno.h>
#include <string.h>

#include "image.h"
#include "place.h"
#include "profile.h"
#include "talk.h"

struct space_limits {
	u16 first; /* offset */
	u16 end;
};

static const struct space_limits limits[PCSC_SPACES] = {
	[PCSC_SPACE_HEADER] = { 0, 0x40 },  [PCSC_SPACE_HEADER0] = { 0, 0x40 },
	[PCSC_SPACE_HEADER1] = { 0, 0x40 }, [PCSC_SPACE_CAP] = { 0, 0xc0 },
	[PCSC_SPACE_ECAP] = { 0, 0xf00 },   [PCSC_SPACE_RAW] = { 0x40, 0x1000 },
};

static const char *rule_place(const struct profile_rule *rule, char buf[48])
{
	return pcsc_place(rule->space, rule->cap, rule->offset, buf);
}

static int check_range(const struct place *place,
		       const struct profile_rule *rule)
{
	struct space_limits limit = limits[rule->space];
	char where[48];

	if (rule->cap == PCSC_ANY_CAP)
		limit.end = rule->space == PCSC_SPACE_ECAP ? 4 : 2;
	if (!rule->length)
		return place_refuse(place, "length", "no bytes at all");
	if (rule->offset < limit.first ||
	    rule->offset + rule->length > limit.end)
		return place_refuse(place, NULL,
				    "%u bytes at %s: outside 0x%x to 0x%x",
				    rule->length, rule_place(rule, where),
				    limit.first, limit.end - 1);
	return 0;
}

/* Does the table itself say of this byte what the rule says? */
bool profile_is_specified(const struct profile_rule *rule, u16 offset,
			  bool is_vf)
{
	const struct pcsc_reg *reg =
		profile_reg(rule->space, rule->cap, offset);

	/* Whether it may stay is not a question of who says so. */
	if (profile_floor_reg(rule->space, rule->cap, offset, is_vf))
		return true;
	switch (rule->klass) {
	case PCSC_CONST:
		return reg && pcsc_reg_is_const(reg, is_vf);
	case PCSC_CONFIG:
		return reg && (reg->klass == PCSC_CONFIG ||
			       pcsc_reg_is_const(reg, is_vf));
	default:
		return true;
	}
}

/* Which basis can speak for a byte at all, as in pcsc_profile_check(). */
static int check_byte(const struct place *place,
		      const struct profile_rule *rule, u16 offset)
{
	bool header = rule->space < PCSC_SPACE_CAP;
	char where[48];

	if (profile_reg(rule->space, rule->cap, offset)) {
		if (rule->basis != PROFILE_EVIDENCE)
			return 0;
		return place_refuse(
			place, "basis",
			"%s is in the register table: only bytes that the table does not describe can have basis \"evidence\"",
			pcsc_place(rule->space, rule->cap, offset, where));
	}
	pcsc_place(rule->space, rule->cap, offset, where);
	if (!header)
		return place_refuse(place, NULL,
				    "%s is no register that the table knows",
				    where);
	if (rule->space == PCSC_SPACE_HEADER)
		return place_refuse(
			place, "space",
			"%s differs between header types: say header0 or header1",
			where);
	if (rule->basis != PROFILE_EVIDENCE)
		return place_refuse(
			place, "basis",
			"%s is reserved: only evidence can speak for it",
			where);
	return 0;
}

static int check_bytes(const struct place *place,
		       const struct profile_model *model,
		       const struct profile_rule *rule)
{
	bool vf = profile_is_for_vfs(model);
	int err = 0;

	if (rule->space == PCSC_SPACE_RAW || rule->klass == PCSC_VOLATILE)
		return 0;
	for (u16 i = rule->offset; i < rule->offset + rule->length && !err; i++)
		if (!profile_floor_reg(rule->space, rule->cap, i, vf))
			err = check_byte(place, rule, i);
	return err;
}

static int check_basis(const struct place *place,
		       const struct profile_model *model,
		       const struct profile_rule *rule)
{
	bool vf = profile_is_for_vfs(model);
	char where[48];

	if (rule->basis != PROFILE_SPECIFICATION)
		return 0;
	for (u16 i = rule->offset; i < rule->offset + rule->length; i++)
		if (!profile_is_specified(rule, i, vf))
			return place_refuse(
				place, "basis",
				"the register table does not call %s %s; if you do, the basis is \"person\"",
				pcsc_place(rule->space, rule->cap, i, where),
				pcsc_class_names[rule->klass]);
	return 0;
}

/* A rule that names another register than it covers misleads its reviewer. */
static int check_name(const struct place *place,
		      const struct profile_rule *rule)
{
	const struct pcsc_reg *reg =
		profile_reg(rule->space, rule->cap, rule->offset);
	char where[48];

	if (!rule->name || (reg && !strcmp(reg->name, rule->name)))
		return 0;
	return place_refuse(
		place, "register",
		"says '%s', but %s is %s%s%s; correct it or leave it out",
		rule->name, rule_place(rule, where), reg ? "'" : "",
		reg ? reg->name : "no register", reg ? "'" : "");
}

static int check_zero(const struct place *place,
		      const struct profile_rule *rule)
{
	if (rule->zero && rule->basis != PROFILE_EVIDENCE)
		return place_refuse(place, "zero",
				    "only a rule by evidence can say so");
	return 0;
}

/* Which bytes a VF's siblings can answer for, as in pcsc_profile_check(). */
static int check_siblings(const struct place *place,
			  const struct profile_model *model,
			  const struct profile_rule *rule)
{
	char where[48];

	if (!rule->siblings)
		return 0;
	if (!profile_is_for_vfs(model) || rule->klass != PCSC_CONST)
		return place_refuse(
			place, "siblings",
			"only what is const in VFs can be equal in them: the model's match needs \"vf\": true, the rule class const");
	for (u16 i = rule->offset; i < rule->offset + rule->length; i++) {
		const struct pcsc_reg *reg =
			profile_reg(rule->space, rule->cap, i);

		if (reg ? !pcsc_reg_may_be_shared(reg) : !rule->zero)
			return place_refuse(
				place, "siblings",
				"%s is never answered by another VF: it may differ among the VFs of one PF",
				pcsc_place(rule->space, rule->cap, i, where));
	}
	return 0;
}

static int check_raw(const struct place *place,
		     const struct profile_model *model,
		     const struct profile_rule *rule)
{
	if (rule->space == PCSC_SPACE_RAW &&
	    !(model->id.match & PCSC_MATCH_LAYOUT))
		return place_refuse(
			place, "space",
			"raw offsets mean something in one layout only: the model's match needs a layout");
	return 0;
}

/* The first floor byte of @rule, or -1. */
static int floor_byte(const struct profile_rule *rule, bool is_vf,
		      const struct pcsc_reg **reg)
{
	if (rule->klass == PCSC_VOLATILE)
		return -1;
	for (int i = rule->offset; i < rule->offset + rule->length; i++) {
		*reg = profile_floor_reg(rule->space, rule->cap, i, is_vf);
		if (*reg)
			return i;
	}
	return -1;
}

static int refuse_floor(const struct place *place,
			const struct profile_model *model,
			const struct profile_rule *rule)
{
	const struct pcsc_reg *reg;
	int i = floor_byte(rule, profile_is_for_vfs(model), &reg);
	char where[48];

	if (i < 0)
		return 0;
	return place_refuse(
		place, NULL,
		"%s is %s, volatile whatever a profile says, and cannot be called %s",
		pcsc_place(rule->space, rule->cap, i, where), reg->name,
		pcsc_class_names[rule->klass]);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

/* What follows byte @end of @rule becomes a rule of its own, at the end. */
static int split_off(struct profile_model *model, size_t index, u16 end)
{
	struct profile_rule *rest =
		profile_grow(&model->rules, &model->nr_rules, sizeof(*rest));
	struct profile_rule *rule = &model->rules[index];
	int tail = rule->offset + rule->length - end;

	if (!rest)
		return -ENOMEM;
	*rest = *rule;
	rest->offset = end;
	rest->length = tail;
	rest->name = NULL;
	rest->source = copy(rule->source);
	return 0;
}

/* Register by register, so that each is named. */
static int floor_reg_end(const struct profile_rule *rule, bool is_vf, int first,
			 const struct pcsc_reg *reg)
{
	int end = first + 1;

	while (end < rule->offset + rule->length &&
	       profile_floor_reg(rule->space, rule->cap, end, is_vf) == reg)
		end++;
	return end;
}

/* Take the floor's bytes out of one rule. What is left of it may be nothing. */
static int apply_floor(const struct place *place, struct profile_model *model,
		       size_t index)
{
	struct profile_rule *rule = &model->rules[index];
	bool vf = profile_is_for_vfs(model);
	const struct pcsc_reg *reg;
	int first = floor_byte(rule, vf, &reg), end;
	char where[48];
	bool rest;

	if (first < 0)
		return 0;
	end = floor_reg_end(rule, vf, first, reg);
	rest = end < rule->offset + rule->length;
	pcsc_warn(
		"%s: %s: %s (%s) is volatile whatever a profile says: %d byte%s left out",
		place->file, place->path,
		pcsc_place(rule->space, rule->cap, first, where), reg->name,
		end - first, end - first == 1 ? "" : "s");
	if (rest && split_off(model, index, end))
		return pcsc_fail(-ENOMEM, "%s: out of memory", place->file);
	model->rules[index].length = first - model->rules[index].offset;
	return rest ? apply_floor(place, model, model->nr_rules - 1) : 0;
}

static void drop_empty(struct profile_model *model)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->nr_rules; i++) {
		if (model->rules[i].length) {
			model->rules[kept++] = model->rules[i];
			continue;
		}
		free(model->rules[i].name);
		free(model->rules[i].source);
	}
	model->nr_rules = kept;
}

static int check_rule(const struct place *place,
		      const struct profile_model *model,
		      const struct profile_rule *rule, bool floor_wins)
{
	return check_range(place, rule)					   ?:
		       (floor_wins ? 0 : refuse_floor(place, model, rule)) ?:
		       check_raw(place, model, rule)			   ?:
		       check_zero(place, rule)				   ?:
		       check_siblings(place, model, rule)		   ?:
		       check_name(place, rule)				   ?:
		       check_bytes(place, model, rule)			   ?:
		       check_basis(place, model, rule);
}

/* Rules, with where they stand in the file. */
struct indexed {
	const struct profile_rule *rule;
	size_t index;
};

/* header, header0 and header1 share their offsets. */
static int group(const struct profile_rule *rule)
{
	return rule->space < PCSC_SPACE_CAP ? 0 : rule->space;
}

static int indexed_compare(const void *pa, const void *pb)
{
	const struct indexed *a = pa, *b = pb;

	if (group(a->rule) != group(b->rule))
		return group(a->rule) - group(b->rule);
	if (a->rule->cap != b->rule->cap)
		return a->rule->cap - b->rule->cap;
	if (a->rule->offset != b->rule->offset)
		return a->rule->offset - b->rule->offset;
	return a->index < b->index ? -1 : a->index > b->index;
}

static bool overlap(const struct profile_rule *a, const struct profile_rule *b)
{
	if (group(a) != group(b) || a->cap != b->cap)
		return false;
	/* The two header types never meet in one function. */
	if (a->space != b->space && a->space != PCSC_SPACE_HEADER &&
	    b->space != PCSC_SPACE_HEADER)
		return false;
	return a->offset < b->offset + b->length &&
	       b->offset < a->offset + a->length;
}

/*
 * In order of offset, a rule overlaps some earlier one of a space exactly if
 * it overlaps the one that reaches furthest.
 */
static int check_overlaps(const struct place *place,
			  const struct profile_model *model)
{
	_cleanup_free_ struct indexed *all =
		calloc(model->nr_rules + 1, sizeof(*all));
	const struct indexed *far[PCSC_SPACES] = {};
	char where[48];

	if (!all)
		return pcsc_fail(-ENOMEM, "%s: out of memory", place->file);
	for (size_t i = 0; i < model->nr_rules; i++)
		all[i] = (struct indexed){ &model->rules[i], i };
	qsort(all, model->nr_rules, sizeof(*all), indexed_compare);
	for (size_t i = 0; i < model->nr_rules; i++) {
		const struct profile_rule *rule = all[i].rule;

		for (int s = 0; s < PCSC_SPACES; s++)
			if (far[s] && overlap(far[s]->rule, rule))
				return place_refuse(
					place, NULL,
					"rules[%zu] covers %s, and so does rules[%zu]",
					all[i].index, rule_place(rule, where),
					far[s]->index);
		far[rule->space] = &all[i];
	}
	return 0;
}

static struct place rule_at(const struct place *place, size_t index)
{
	struct place inner = *place;
	size_t n = strlen(inner.path);

	snprintf(inner.path + n, sizeof(inner.path) - n, ".rules[%zu]", index);
	return inner;
}

static int check_model(const struct place *place, struct profile_model *model,
		       bool floor_wins)
{
	size_t nr = model->nr_rules;
	int err = 0;

	for (size_t i = 0; i < nr && !err; i++) {
		struct place at = rule_at(place, i);

		err = check_rule(&at, model, &model->rules[i], floor_wins);
	}
	err = err ?: check_overlaps(place, model);
	/* The list grows at its end while floor bytes split rules. */
	for (size_t i = 0; floor_wins && i < nr && !err; i++) {
		struct place at = rule_at(place, i);

		err = apply_floor(&at, model, i);
	}
	drop_empty(model);
	return err;
}

struct indexed_model {
	const struct profile_model *model;
	size_t index;
};

static int twin_compare(const void *pa, const void *pb)
{
	const struct indexed_model *a = pa, *b = pb;

	return profile_model_compare(a->model, b->model);
}

/* Of two models that match the same, the second would never be used. */
static int check_twins(const char *file, const struct profile *prof)
{
	_cleanup_free_ struct indexed_model *all =
		calloc(prof->nr_models + 1, sizeof(*all));
	struct place place = { .file = file };

	if (!all)
		return pcsc_fail(-ENOMEM, "%s: out of memory", file);
	for (size_t i = 0; i < prof->nr_models; i++)
		all[i] = (struct indexed_model){ &prof->models[i], i };
	qsort(all, prof->nr_models, sizeof(*all), twin_compare);
	for (size_t i = 1; i < prof->nr_models; i++) {
		if (twin_compare(&all[i - 1], &all[i]))
			continue;
		return place_refuse(
			&place, NULL,
			"models[%zu] and models[%zu] match the same functions",
			all[i - 1].index, all[i].index);
	}
	return 0;
}

int profile_check(const char *file, struct profile *prof, bool floor_wins)
{
	struct place place = { .file = file };
	int err;

	if (prof->table != pcsc_regs_hash())
		profile_settle(file, prof);
	err = check_twins(file, prof);
	for (size_t i = 0; i < prof->nr_models && !err; i++) {
		snprintf(place.path, sizeof(place.path), "models[%zu]", i);
		err = check_model(&place, &prof->models[i], floor_wins);
	}
	return err;
}
