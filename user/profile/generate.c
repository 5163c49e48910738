// SPDX-License-Identifier: GPL-2.0-only
/* Rules from the register table and from what was seen. */
#include <errno.h>
#include <string.h>

#include "bdf.h"
#include "core/caps.h"
#include "observe.h"
#include "talk.h"

#define CLASS_BRIDGE 0x06
#define CLASS_SYSTEM 0x08
#define PCIE_ENDPOINT 0
#define PCIE_LEGACY_ENDPOINT 1

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

/* Make a rule's evidence hold for one more byte. */
static void add_evidence(struct prof_rule *rule, const struct observed_byte *o)
{
	bool strict = rule->basis == PROF_EVIDENCE;
	struct prof_evidence *e = &rule->evidence;
	bool first = !rule->has_evidence;

	rule->has_evidence = true;
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

static struct prof_rule *add_rule(struct prof_model *model, u8 space, u16 cap,
				  u16 offset, u8 klass, u8 basis)
{
	struct prof_rule *rule = prof_grow(&model->rules, &model->nr_rules,
					   sizeof(*rule));

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

static struct prof_rule *add_reg_rule(struct prof_model *model,
				      const struct pcsc_reg *reg, u16 id,
				      unsigned int n, u8 klass)
{
	struct prof_rule *rule = add_rule(model, reg->space, id,
					  reg->offset + n, klass,
					  PROF_SPECIFICATION);

	if (!rule)
		return NULL;
	rule->attribute = reg->attr;
	rule->name = strdup(reg->name);
	rule->source = reg->source ? strdup(reg->source) : NULL;
	if (!rule->name || (reg->source && !rule->source))
		return NULL;
	return rule;
}

static struct prof_conflict *add_conflict(struct prof_model *model, u8 space,
					  u16 cap, u16 offset, u16 length,
					  const char *name)
{
	struct prof_conflict *conflict = prof_grow(
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

static int fill_conflict(struct prof_conflict *conflict,
			 enum prof_reason reason, const struct observed_byte *o)
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

/*
 * Byte @n of @reg where the layout has it, all instances in one; @id tells
 * which capability is meant by a row for any of them.
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

/* The worst that was seen of any byte of @reg: a reason, or PROF_REASONS. */
static enum prof_reason contradiction(const struct observed_model *seen,
				      const struct pcsc_reg *reg, u16 id,
				      struct observed_byte *worst)
{
	enum prof_reason reason = PROF_REASONS;
	struct observed_byte o;

	for (unsigned int n = 0; n < reg->length; n++) {
		if (!reg_byte(seen, reg, id, n, &o))
			continue;
		for (enum prof_reason r = 0; r < reason; r++)
			if (o.against[r]) {
				reason = r;
				*worst = o;
			}
	}
	return reason;
}

/* The bytes of @reg that were read: one rule for each run of them. */
static int rules_of_reg(const struct observed_model *seen,
			const struct pcsc_reg *reg, u16 id, u8 klass,
			struct prof_model *model)
{
	struct prof_rule *rule = NULL;
	struct observed_byte o;

	for (unsigned int n = 0; n < reg->length; n++) {
		if (!reg_byte(seen, reg, id, n, &o) || !o.readers) {
			rule = NULL;
			continue;
		}
		if (!rule)
			rule = add_reg_rule(model, reg, id, n, klass);
		if (!rule)
			return -ENOMEM;
		rule->length++;
		add_evidence(rule, &o);
	}
	return 0;
}

static int judge_reg(const struct observed_model *seen,
		     const struct pcsc_reg *reg, u16 id,
		     struct prof_model *model)
{
	struct observed_byte worst = {};
	enum prof_reason reason;

	if (!reg_is_const(reg, seen->id.is_vf))
		return reg->klass == PCSC_CONFIG && !(reg->flags & PCSC_FLOOR) ?
			       rules_of_reg(seen, reg, id, PCSC_CONFIG, model) :
			       0;
	reason = contradiction(seen, reg, id, &worst);
	if (reason == PROF_REASONS)
		return rules_of_reg(seen, reg, id, PCSC_CONST, model);
	return fill_conflict(add_conflict(model, reg->space, id,
					  reg->offset, reg->length, reg->name),
			     reason, &worst);
}

/* A row for any capability makes one rule for each ID that is here. */
static int judge_row(const struct observed_model *seen,
		     const struct pcsc_reg *reg, struct prof_model *model)
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

/* Where evidence alone is believed at all: see hazard "mailboxes, windows". */
static bool may_use_evidence(const struct observed_model *seen)
{
	const struct pcsc_layout *layout = &seen->layout;
	u8 base = seen->id.class_code >> 16;

	return !seen->root_bus && !layout->header_type &&
	       base != CLASS_BRIDGE && base != CLASS_SYSTEM &&
	       (layout->pcie_type == PCIE_ENDPOINT ||
		layout->pcie_type == PCIE_LEGACY_ENDPOINT);
}

/*
 * A write to a byte that nobody describes may change others, so the helper
 * drops all evidence of the function then. There is none to give.
 */
static int undescribed_writes(const struct observed_model *seen,
			      struct prof_model *model)
{
	unsigned int length;
	int err = 0;

	for (unsigned int i = 0; i < seen->layout.cfg_size && !err; i += length) {
		const struct observed_byte *o = &seen->bytes[i];

		length = 1;
		if (!o->writes || !pcsc_layout_undescribed(&seen->layout, i))
			continue;
		while (i + length < seen->layout.cfg_size &&
		       seen->bytes[i + length].writes == o->writes &&
		       pcsc_layout_undescribed(&seen->layout, i + length))
			length++;
		err = fill_conflict(add_conflict(model, PCSC_SPACE_RAW, 0, i,
						 length, NULL),
				    PROF_WRITTEN, o);
	}
	return err;
}

static bool admitted(const struct observed_model *seen, unsigned int offset)
{
	const struct observed_byte *o = &seen->bytes[offset];
	u64 survived = 0;

	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		survived += o->survived[kind];
	return o->enough >= PROF_MIN_FUNCTIONS &&
	       survived >= PROF_MIN_RESETS && !o->moved && !o->ones &&
	       !o->against[PROF_WRITTEN] &&
	       !o->against[PROF_DIFFERS] &&
	       pcsc_layout_undescribed(&seen->layout, offset);
}

static int judge_undescribed(const struct observed_model *seen,
			     struct prof_model *model)
{
	size_t conflicts = model->nr_conflicts;
	struct prof_rule *rule = NULL;
	int err;

	if (!may_use_evidence(seen))
		return 0;
	err = undescribed_writes(seen, model);
	if (err || model->nr_conflicts != conflicts)
		return err;
	for (unsigned int i = 0; i < seen->layout.cfg_size; i++) {
		u8 space = i < PCSC_CAP_BASE ? PCSC_SPACE_HEADER0 : PCSC_SPACE_RAW;
		bool zero = !seen->bytes[i].nonzero;

		if (!admitted(seen, i)) {
			rule = NULL;
			continue;
		}
		if (!rule || rule->zero != zero || rule->space != space)
			rule = add_rule(model, space, 0, i, PCSC_CONST,
					PROF_EVIDENCE);
		if (!rule)
			return -ENOMEM;
		rule->zero = zero;
		rule->length++;
		add_evidence(rule, &seen->bytes[i]);
	}
	return 0;
}

static int copy_layout(const struct pcsc_layout *layout,
		       struct prof_model *model)
{
	for (unsigned int i = 0; i < layout->nr_caps; i++) {
		struct prof_cap *cap = prof_grow(&model->caps, &model->nr_caps,
						 sizeof(*cap));

		if (!cap)
			return -ENOMEM;
		cap->space = layout->caps[i].ext ? PCSC_SPACE_ECAP :
						   PCSC_SPACE_CAP;
		cap->cap = layout->caps[i].id;
		cap->offset = layout->caps[i].offset;
		cap->length = layout->caps[i].length;
	}
	return 0;
}

static int judge_model(const struct observed_model *seen, struct prof *prof)
{
	struct prof_model *model = prof_grow(&prof->models, &prof->nr_models,
					     sizeof(*model));
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

static int leave_out(struct prof_tally *tally, const struct pcsc_pf_model *id)
{
	struct pcsc_pf_model *slot = prof_grow(
		&tally->left_out, &tally->nr_left_out, sizeof(*slot));

	if (!slot)
		return -ENOMEM;
	*slot = *id;
	return 0;
}

static int compare_reads(const void *pa, const void *pb)
{
	const struct prof_model *a = pa, *b = pb;

	if (a->reads != b->reads)
		return a->reads > b->reads ? -1 : 1;
	return prof_model_compare(a, b);
}

/* Bytes of a profile as JSON, with no model but @model; 0 without memory. */
static size_t json_size(const struct prof *prof, struct prof_model *model)
{
	struct prof one = *prof;
	_cleanup_free_ char *text = NULL;

	one.models = model;
	one.nr_models = !!model;
	return prof_dump(&one, &text) ? 0 : strlen(text);
}

/* How many of the models, which are busiest first, have room. */
static int count_fitting(struct prof *prof, size_t max_json,
			 size_t max_compiled, size_t *fit)
{
	size_t base = json_size(prof, NULL), json = base;
	size_t compiled = sizeof(struct pcsc_pf_header);

	for (*fit = 0; *fit < prof->nr_models; ++*fit) {
		struct prof_model *model = &prof->models[*fit];
		size_t text = json_size(prof, model);
		size_t binary = prof_compiled_size(model);

		if (!base || !text || !binary)
			return -ENOMEM;
		/* A comma between two models is more than one alone has. */
		json += text - base + 1;
		compiled += binary;
		if (json > max_json || compiled > max_compiled)
			break;
	}
	return 0;
}

int prof_fit(struct prof *prof, size_t max_json, size_t max_compiled,
	     struct prof_tally *tally)
{
	size_t fit;
	int err;

	/* Rules are merged in order only. */
	prof_sort(prof);
	if (prof->nr_models)
		qsort(prof->models, prof->nr_models, sizeof(*prof->models),
		      compare_reads);
	err = count_fitting(prof, max_json, max_compiled, &fit);
	for (size_t i = fit; !err && i < prof->nr_models; i++) {
		err = leave_out(tally, &prof->models[i].id);
		prof_model_clear(&prof->models[i]);
	}
	if (!err)
		prof->nr_models = fit;
	prof_sort(prof);
	return err;
}

static int judge(const struct observed *seen, struct prof *prof,
		 struct prof_tally *tally)
{
	int err = 0;

	for (size_t i = 0; i < seen->nr && !err; i++)
		if (seen->models[i].bytes)
			err = judge_model(&seen->models[i], prof);
	if (!err)
		err = prof_fit(prof, PROF_MAX_JSON, PCSC_PF_MAX_SIZE, tally);
	for (size_t i = 0; i < seen->nr && !err; i++)
		if (!seen->models[i].bytes)
			err = leave_out(tally, &seen->models[i].id);
	return err;
}

int prof_generate(struct pcsc_rec *const *recs, size_t nr, const char *name,
		  struct prof **out, struct prof_tally *tally)
{
	_cleanup_prof_ struct prof *prof = prof_new(name);
	_cleanup_(observed_free) struct observed seen = {};
	int err;

	err = prof ? observe(recs, nr, &seen, tally) : -ENOMEM;
	for (size_t i = 0; i < nr && !err; i++)
		prof->incomplete |= !!(recs[i]->header.flags &
				       PCSC_REC_INCOMPLETE);
	if (!err)
		err = judge(&seen, prof, tally);
	if (err == -ENOMEM)
		pcsc_error("out of memory while generating '%s'", name);
	if (err)
		return err;
	for (size_t i = 0; i < prof->nr_models; i++)
		tally->conflicts += prof->models[i].nr_conflicts;
	*out = TAKE_PTR(prof);
	return 0;
}

static int specification_model(struct prof *prof, u32 match)
{
	bool vf = match & PCSC_MATCH_VF;
	struct prof_model *model = prof_grow(&prof->models, &prof->nr_models,
					     sizeof(*model));

	if (!model)
		return -ENOMEM;
	model->id.match = match;
	model->id.is_vf = vf;
	for (unsigned int i = 0; i < pcsc_nr_regs; i++) {
		struct prof_rule *rule;

		if (!reg_is_const(&pcsc_regs[i], vf))
			continue;
		rule = add_reg_rule(model, &pcsc_regs[i], pcsc_regs[i].cap, 0,
				    PCSC_CONST);
		if (!rule)
			return -ENOMEM;
		rule->length = pcsc_regs[i].length;
	}
	return 0;
}

int prof_specification(const char *name, struct prof **out)
{
	_cleanup_prof_ struct prof *prof = prof_new(name);
	int err;

	err = prof ? specification_model(prof, PCSC_MATCH_VF) : -ENOMEM;
	if (!err)
		err = specification_model(prof, 0);
	if (err)
		return pcsc_fail(err, "out of memory while generating '%s'",
				 name);
	prof_sort(prof);
	*out = TAKE_PTR(prof);
	return 0;
}
