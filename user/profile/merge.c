// SPDX-License-Identifier: GPL-2.0-only
#include "merge.h"

#include <errno.h>
#include <string.h>

#define LESS(to, value)               \
	do {                          \
		if ((value) < (to))   \
			(to) = value; \
	} while (0)
#define MORE(to, value)               \
	do {                          \
		if ((value) > (to))   \
			(to) = value; \
	} while (0)

/* Of two texts the one that comes first, so that the order of profiles is no matter. */
static void take_text(char **to, char **from)
{
	char *other = *from;

	if (other && (!*to || strcmp(other, *to) < 0)) {
		*from = *to;
		*to = other;
	}
}

static void rule_clear(struct profile_rule *rule)
{
	free(rule->name);
	free(rule->source);
	*rule = (struct profile_rule){};
}

/* ---- one byte of two profiles, or a run of bytes that are alike in both ---- */

static void add_evidence(struct profile_rule *to,
			 const struct profile_rule *from)
{
	struct profile_evidence *a = &to->evidence;
	const struct profile_evidence *b = &from->evidence;

	if (!from->has_evidence)
		return;
	if (!to->has_evidence) {
		to->has_evidence = true;
		*a = *b;
		return;
	}
	a->functions += b->functions;
	a->reads += b->reads;
	LESS(a->least_reads, b->least_reads);
	MORE(a->values, b->values);
	a->writes += b->writes;
	a->changes += b->changes;
	a->silent_changes += b->silent_changes;
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		a->survived[kind] += b->survived[kind];
}

/* Both are for the same bytes and of one class. */
static void add_support(struct profile_rule *to, struct profile_rule *from)
{
	MORE(to->basis, from->basis);
	LESS(to->attribute, from->attribute);
	to->zero &= from->zero;
	to->siblings = to->siblings && from->siblings ?
			       to->siblings + from->siblings :
			       0;
	add_evidence(to, from);
	take_text(&to->name, &from->name);
	take_text(&to->source, &from->source);
}

/* Both are for the same bytes. Of two classes the laxer one's evidence is no support. */
static void combine(struct profile_rule *to, struct profile_rule *from)
{
	struct profile_rule laxer;

	if (from->klass == to->klass) {
		add_support(to, from);
	} else if (from->klass < to->klass) {
		laxer = *to;
		*to = *from;
		*from = laxer;
	}
	rule_clear(from);
}

/* ---- the rules of two models ---- */

struct rules {
	struct profile_rule *rule;
	size_t nr;
};

static bool same_space(const struct profile_rule *a,
		       const struct profile_rule *b)
{
	return a->space == b->space && a->cap == b->cap;
}

static bool is_before(const struct profile_rule *a,
		      const struct profile_rule *b)
{
	if (a->space != b->space)
		return a->space < b->space;
	if (a->cap != b->cap)
		return a->cap < b->cap;
	return a->offset + a->length <= b->offset;
}

static char *copy_text(const char *text, int *err)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		*err = -ENOMEM;
	return copy;
}

/* Move the first @length bytes of *@rule, or all that is left of it, to the end of @to. */
static int take_bytes(struct rules *to, struct profile_rule *rule, u16 length)
{
	struct profile_rule *new =
		profile_grow(&to->rule, &to->nr, sizeof(*new));
	int err = 0;

	if (!new)
		return -ENOMEM;
	*new = *rule;
	if (length >= rule->length) {
		*rule = (struct profile_rule){};
		return 0;
	}
	new->length = length;
	new->name = copy_text(rule->name, &err);
	new->source = copy_text(rule->source, &err);
	rule->offset += length;
	rule->length -= length;
	return err;
}

/* The bytes of *@a before *@b, or those that both speak of. Both begin here or later. */
static int take_next(struct rules *to, struct profile_rule *a,
		     struct profile_rule *b)
{
	struct profile_rule *first = a->offset <= b->offset ? a : b;
	struct profile_rule *second = first == a ? b : a;
	struct rules both = {};
	int err;

	if (first->offset < second->offset)
		return take_bytes(to, first, second->offset - first->offset);
	if (first->length > second->length) {
		struct profile_rule *shorter = second;

		second = first;
		first = shorter;
	}
	/* Equal from here on, for the length of the shorter one. */
	err = take_bytes(&both, second, first->length);
	if (!err)
		combine(first, &both.rule[0]);
	free(both.rule);
	return err ?: take_bytes(to, first, first->length);
}

static size_t skip_used(const struct rules *rules, size_t i)
{
	while (i < rules->nr && !rules->rule[i].length)
		i++;
	return i;
}

static int merge_rules(const struct rules *a, const struct rules *b,
		       struct rules *out)
{
	size_t i = 0, j = 0;
	int err = 0;

	while (!err) {
		i = skip_used(a, i);
		j = skip_used(b, j);
		if (i == a->nr && j == b->nr)
			break;
		if (j == b->nr ||
		    (i < a->nr && is_before(&a->rule[i], &b->rule[j])))
			err = take_bytes(out, &a->rule[i], UINT16_MAX);
		else if (i == a->nr || is_before(&b->rule[j], &a->rule[i]))
			err = take_bytes(out, &b->rule[j], UINT16_MAX);
		else
			err = take_next(out, &a->rule[i], &b->rule[j]);
	}
	return err;
}

static void rules_clear(struct rules *rules)
{
	for (size_t i = 0; i < rules->nr; i++)
		rule_clear(&rules->rule[i]);
	free(rules->rule);
}

/* ---- conflicts ---- */

static bool same_conflict(const struct profile_conflict *a,
			  const struct profile_conflict *b)
{
	return a->space == b->space && a->cap == b->cap &&
	       a->offset == b->offset && a->length == b->length &&
	       a->reason == b->reason && !a->name == !b->name;
}

static int add_conflict(struct profile_model *to, struct profile_conflict *from)
{
	struct profile_conflict *c;

	for (size_t i = 0; i < to->nr_conflicts; i++) {
		c = &to->conflicts[i];
		if (!same_conflict(c, from))
			continue;
		c->functions += from->functions;
		c->writes += from->writes;
		c->changes += from->changes;
		take_text(&c->name, &from->name);
		take_text(&c->example, &from->example);
		return 0;
	}
	c = profile_grow(&to->conflicts, &to->nr_conflicts, sizeof(*c));
	if (!c)
		return -ENOMEM;
	*c = *from;
	from->name = NULL;
	from->example = NULL;
	return 0;
}

bool merge_ends_evidence(const struct profile_conflict *c)
{
	return !c->name && c->reason == PROFILE_WRITTEN;
}

static bool is_cap(u8 space)
{
	return space == PCSC_SPACE_CAP || space == PCSC_SPACE_ECAP;
}

/* Is an offset in one space, and capability, the same byte in the other? */
static bool same_bytes(const struct profile_conflict *c,
		       const struct profile_rule *rule)
{
	if (is_cap(c->space) || is_cap(rule->space))
		return c->space == rule->space &&
		       (c->cap == rule->cap || c->cap == PCSC_ANY_CAP ||
			rule->cap == PCSC_ANY_CAP);
	/* All others count from 0; no function has both types of header. */
	return c->space == rule->space || c->space == PCSC_SPACE_HEADER ||
	       c->space == PCSC_SPACE_RAW || rule->space == PCSC_SPACE_HEADER ||
	       rule->space == PCSC_SPACE_RAW;
}

/* Does @c contradict the byte of @rule at @offset? */
static bool contradicts(const struct profile_conflict *c,
			const struct profile_rule *rule, u16 offset)
{
	if (merge_ends_evidence(c) && rule->basis == PROFILE_EVIDENCE)
		return true;
	return same_bytes(c, rule) && offset >= c->offset &&
	       offset - c->offset < c->length;
}

static bool is_contradicted(const struct profile_model *model,
			    const struct profile_rule *rule, u16 offset)
{
	if (rule->klass != PCSC_CONST || rule->basis == PROFILE_PERSON)
		return false;
	for (size_t i = 0; i < model->nr_conflicts; i++)
		if (contradicts(&model->conflicts[i], rule, offset))
			return true;
	return false;
}

bool merge_spares_person(const struct profile_model *model,
			 const struct profile_conflict *c)
{
	for (size_t i = 0; i < model->nr_rules; i++) {
		const struct profile_rule *rule = &model->rules[i];

		if (rule->klass != PCSC_CONST || rule->basis != PROFILE_PERSON)
			continue;
		for (u16 n = 0; n < rule->length; n++)
			if (contradicts(c, rule, rule->offset + n))
				return true;
	}
	return false;
}

/* Move what is left of @rule into @to, byte by byte. */
static int keep_uncontradicted(const struct profile_model *model,
			       struct profile_rule *rule, struct rules *to)
{
	struct rules contradicted = {};
	u16 length;
	int err = 0;

	while (rule->length && !err) {
		const bool out = is_contradicted(model, rule, rule->offset);

		for (length = 1; length < rule->length; length++)
			if (is_contradicted(model, rule,
					    rule->offset + length) != out)
				break;
		err = take_bytes(out ? &contradicted : to, rule, length);
	}
	rules_clear(&contradicted);
	return err;
}

static int drop_contradicted(struct profile_model *model)
{
	struct rules kept = {};
	int err = 0;

	for (size_t i = 0; i < model->nr_rules && !err; i++)
		err = keep_uncontradicted(model, &model->rules[i], &kept);
	if (err) {
		rules_clear(&kept);
		return err;
	}
	free(model->rules);
	model->rules = kept.rule;
	model->nr_rules = kept.nr;
	return 0;
}

/* ---- what is the same ---- */

static bool same_text(const char *a, const char *b)
{
	return !a == !b && (!a || !strcmp(a, b));
}

/* All but the place. */
static bool says_the_same(const struct profile_rule *a,
			  const struct profile_rule *b)
{
	return a->klass == b->klass && a->basis == b->basis &&
	       a->attribute == b->attribute && a->zero == b->zero &&
	       a->siblings == b->siblings &&
	       a->has_evidence == b->has_evidence &&
	       !memcmp(&a->evidence, &b->evidence, sizeof(a->evidence)) &&
	       same_text(a->name, b->name) && same_text(a->source, b->source);
}

static void join_rules(struct profile_model *model)
{
	struct profile_rule *last = NULL;
	size_t kept = 0;

	for (size_t i = 0; i < model->nr_rules; i++) {
		struct profile_rule *rule = &model->rules[i];

		if (last && same_space(last, rule) &&
		    last->offset + last->length == rule->offset &&
		    says_the_same(last, rule)) {
			last->length += rule->length;
			rule_clear(rule);
			continue;
		}
		model->rules[kept] = *rule;
		last = &model->rules[kept++];
	}
	model->nr_rules = kept;
}

/* ---- models ---- */

static int merge_model(struct profile_model *to, struct profile_model *from)
{
	const struct rules a = { to->rules, to->nr_rules };
	const struct rules b = { from->rules, from->nr_rules };
	struct rules out = {};
	int err = 0;

	for (size_t i = 0; i < from->nr_conflicts && !err; i++)
		err = add_conflict(to, &from->conflicts[i]);
	err = err ?: merge_rules(&a, &b, &out);
	if (err) {
		rules_clear(&out);
		return err;
	}
	free(to->rules);
	to->rules = out.rule;
	to->nr_rules = out.nr;
	to->functions += from->functions;
	to->hosts += from->hosts;
	if (!to->nr_caps) {
		to->caps = from->caps;
		to->nr_caps = from->nr_caps;
		from->caps = NULL;
		from->nr_caps = 0;
	}
	return 0;
}

/* Of the first @nr models, which are sorted. */
static struct profile_model *find_model(const struct profile *prof, size_t nr,
					const struct profile_model *model)
{
	return nr ? bsearch(model, prof->models, nr, sizeof(*model),
			    profile_model_compare) :
		    NULL;
}

static int add_model(struct profile *to, struct profile_model *model)
{
	struct profile_model *new =
		profile_grow(&to->models, &to->nr_models, sizeof(*new));

	if (!new)
		return -ENOMEM;
	*new = *model;
	*model = (struct profile_model){};
	return 0;
}

int merge_into(struct profile *to, struct profile *from)
{
	const size_t nr = to->nr_models;
	int err = 0;

	profile_sort(from);
	to->incomplete |= from->incomplete;
	LESS(to->min_reads, from->min_reads);
	LESS(to->min_functions, from->min_functions);
	LESS(to->min_resets, from->min_resets);
	LESS(to->min_siblings, from->min_siblings);
	for (size_t i = 0; i < from->nr_models && !err; i++) {
		struct profile_model *model = &from->models[i];
		struct profile_model *old = find_model(to, nr, model);

		err = old ? merge_model(old, model) : add_model(to, model);
	}
	if (to->nr_models != nr)
		profile_sort(to);
	return err;
}

/* So that the busiest are kept if there is no room for all. */
static void count_reads(struct profile_model *model)
{
	model->reads = 0;
	for (size_t i = 0; i < model->nr_rules; i++)
		model->reads += model->rules[i].evidence.reads;
}

int merge_finish(struct profile *to)
{
	int err = 0;

	for (size_t i = 0; i < to->nr_models && !err; i++) {
		err = drop_contradicted(&to->models[i]);
		if (err)
			break;
		join_rules(&to->models[i]);
		count_reads(&to->models[i]);
	}
	return err;
}

void merge_redact(struct profile *prof)
{
	for (size_t i = 0; i < prof->nr_models; i++)
		for (size_t j = 0; j < prof->models[i].nr_conflicts; j++) {
			free(prof->models[i].conflicts[j].example);
			prof->models[i].conflicts[j].example = NULL;
		}
}
