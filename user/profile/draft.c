// SPDX-License-Identifier: GPL-2.0-only
#include "draft.h"

#include <errno.h>
#include <string.h>

#include "bdf.h"

struct profile_rule *draft_rule(struct profile_model *model, u8 space, u16 cap,
				u16 offset, u8 klass, u8 basis)
{
	struct profile_rule *rule =
		profile_grow(&model->rules, &model->nr_rules, sizeof(*rule));

	if (!rule)
		return NULL;
	rule->space = space;
	rule->cap = cap;
	rule->offset = offset;
	rule->klass = klass;
	rule->basis = basis;
	rule->attribute = PCSC_ATTRS;
	return rule;
}

struct profile_rule *draft_reg_rule(struct profile_model *model,
				    const struct pcsc_reg *reg, u16 id,
				    unsigned int n, u8 klass)
{
	struct profile_rule *rule =
		draft_rule(model, reg->space, id, reg->offset + n, klass,
			   PROFILE_SPECIFICATION);

	if (!rule)
		return NULL;
	rule->attribute = reg->attr;
	rule->name = strdup(reg->name);
	rule->source = reg->source ? strdup(reg->source) : NULL;
	if (!rule->name || (reg->source && !rule->source))
		return NULL;
	return rule;
}

static u64 count_values(const struct observed_byte *o)
{
	u64 n = 0;

	for (int i = 0; i < 4; i++)
		n += __builtin_popcountll(o->values[i]);
	return n;
}

static void least(u64 *to, u64 value, bool first)
{
	if (first || value < *to)
		*to = value;
}

static void most(u64 *to, u64 value)
{
	if (value > *to)
		*to = value;
}

u64 draft_siblings(const struct observed_model *seen,
		   const struct pcsc_reg *reg, const struct observed_byte *o)
{
	/* Of bytes that nobody describes, only zero may stand for another's. */
	if (!seen->id.is_vf || o->ones || count_values(o) != 1 ||
	    (reg ? !pcsc_reg_may_be_shared(reg) : o->nonzero))
		return 0;
	return o->readers;
}

void draft_evidence(struct profile_rule *rule, const struct observed_byte *o,
		    u64 siblings)
{
	bool strict = rule->basis == PROFILE_EVIDENCE;
	struct profile_evidence *e = &rule->evidence;
	bool first = !rule->has_evidence;

	rule->has_evidence = true;
	least(&rule->siblings, siblings, first);
	least(&e->functions, strict ? o->enough : o->readers, first);
	least(&e->reads, o->reads, first);
	least(&e->least_reads, strict ? o->least_enough : o->least_reads,
	      first);
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		least(&e->survived[kind], o->survived[kind], first);
	most(&e->values, count_values(o));
	most(&e->writes, o->writes);
	most(&e->changes, o->changes);
	most(&e->silent_changes, o->silent_changes);
}

static struct profile_conflict *add_conflict(struct profile_model *model,
					     u8 space, u16 cap, u16 offset,
					     u16 length, const char *name)
{
	struct profile_conflict *conflict = profile_grow(
		&model->conflicts, &model->nr_conflicts, sizeof(*conflict));

	if (!conflict)
		return NULL;
	conflict->space = space;
	conflict->cap = cap;
	conflict->offset = offset;
	conflict->length = length;
	if (name) {
		conflict->name = strdup(name);
		if (!conflict->name)
			return NULL;
	}
	return conflict;
}

static int fill_conflict(struct profile_conflict *conflict,
			 enum profile_reason reason,
			 const struct observed_byte *o)
{
	u64 where = o->example[reason];
	char bdf[PCSC_BDF_SIZE];

	if (!conflict)
		return -ENOMEM;
	conflict->reason = reason;
	conflict->functions = o->against[reason];
	conflict->writes = o->writes;
	conflict->changes = o->changes;
	pcsc_bdf_format(bdf, where >> 16, where >> 8 & 0xff, where & 0xff);
	conflict->example = strdup(bdf);
	return conflict->example ? 0 : -ENOMEM;
}

int draft_reg_conflict(struct profile_model *model, const struct pcsc_reg *reg,
		       u16 id, enum profile_reason reason,
		       const struct observed_byte *o)
{
	return fill_conflict(add_conflict(model, reg->space, id, reg->offset,
					  reg->length, reg->name),
			     reason, o);
}

int draft_raw_conflict(struct profile_model *model, u16 offset, u16 length,
		       enum profile_reason reason,
		       const struct observed_byte *o)
{
	return fill_conflict(
		add_conflict(model, PCSC_SPACE_RAW, 0, offset, length, NULL),
		reason, o);
}
