// SPDX-License-Identifier: GPL-2.0-only
#include "explain.h"

#include <errno.h>
#include <string.h>

#include "core/caps.h"
#include "talk.h"

const struct explain_words explain_words[EXPLAIN_WHYS] = {
	[EXPLAIN_CONST] = { "const", "may be answered from memory" },
	[EXPLAIN_LAYOUT] = { "layout",
			     "the function's capability lists cannot be followed, so nothing of it is cached" },
	[EXPLAIN_VENDOR] = { "vendor",
			     "only its vendor knows what it means, and a read or a write may have effects" },
	[EXPLAIN_FLOOR] = { "floor",
			    "it is on the floor, so it is volatile whatever a profile says" },
	[EXPLAIN_ADDRESS] = { "address",
			      "it holds an address, which a restore compares with hardware" },
	[EXPLAIN_PRESENCE] = { "presence",
			       "software reads it to see whether the device is there, so hardware answers unless it is a VF's" },
	[EXPLAIN_VOLATILE] = { "volatile",
			       "the register table calls it volatile" },
	[EXPLAIN_CONFIG] = { "config",
			     "software sets it, and only constants are answered from memory" },
	[EXPLAIN_NO_MODEL] = { "no-model",
			       "no model of the profile is for this function" },
	[EXPLAIN_DISTRUSTED] = { "distrusted",
				 "the profile has a rule that calls it volatile" },
	[EXPLAIN_CONFLICT] = { "conflict",
			       "the register table calls it const, but what was seen contradicts that" },
	[EXPLAIN_NO_ROOM] = { "no-room", "a line has no slot left for it" },
	[EXPLAIN_UNREAD] = { "unread",
			     "the register table calls it const, but nobody read it while the profile's hosts were recorded" },
	[EXPLAIN_MUTE] = { "mute",
			   "nothing describes it, and evidence may not speak for bridges, ports, system functions and functions on a root bus" },
	[EXPLAIN_WRITTEN] = { "written",
			      "nothing describes it, and an undescribed byte of such a function was written, which may change others" },
	[EXPLAIN_CHANGED] = { "changed",
			      "nothing describes it, and it was seen to change" },
	[EXPLAIN_THIN] = { "thin",
			   "nothing describes it, and there is too little evidence: it takes 3 reads on each of 16 functions, and a reset that was survived" },
};

static bool has_byte(u16 offset, u16 length, unsigned int where)
{
	return where >= offset && where - offset < length;
}

/* Is byte @where meant by @space, @cap, @offset and @length? */
static bool is_meant(const struct explain *e, u8 space, u16 id, u16 offset,
		     u16 length, u16 where, const struct pcsc_cap *cap)
{
	switch (space) {
	case PCSC_SPACE_CAP:
	case PCSC_SPACE_ECAP:
		return cap && cap->ext == (space == PCSC_SPACE_ECAP) &&
		       (cap->id == id || id == PCSC_ANY_CAP) &&
		       has_byte(offset, length, where - cap->offset);
	case PCSC_SPACE_HEADER0:
	case PCSC_SPACE_HEADER1:
		return e->layout.header_type == space - PCSC_SPACE_HEADER0 &&
		       has_byte(offset, length, where);
	default:
		return has_byte(offset, length, where);
	}
}

/* The rule that decides: the stricter one wins, as in pcsc_map_make(). */
static const struct profile_rule *rule_of(const struct explain *e, u16 where,
					  const struct pcsc_cap *cap)
{
	const struct profile_rule *found = NULL;

	for (size_t i = 0; e->model && i < e->model->nr_rules; i++) {
		const struct profile_rule *r = &e->model->rules[i];

		if (is_meant(e, r->space, r->cap, r->offset, r->length, where,
			     cap) &&
		    (!found || r->klass != PCSC_CONST))
			found = r;
	}
	return found;
}

static const struct profile_conflict *
conflict_of(const struct explain *e, u16 where, const struct pcsc_cap *cap)
{
	for (size_t i = 0; e->model && i < e->model->nr_conflicts; i++) {
		const struct profile_conflict *c = &e->model->conflicts[i];

		if (is_meant(e, c->space, c->cap, c->offset, c->length, where,
			     cap))
			return c;
	}
	return NULL;
}

/* Was an undescribed byte written? That ends all evidence of the model. */
static const struct profile_conflict *
undescribed_conflict(const struct profile_model *model)
{
	for (size_t i = 0; i < model->nr_conflicts; i++)
		if (!model->conflicts[i].name &&
		    model->conflicts[i].reason == PROFILE_WRITTEN)
			return &model->conflicts[i];
	return NULL;
}

static enum explain_why why_no_evidence(const struct explain *e,
					struct explained *run)
{
	if (!pcsc_evidence_may_speak(&e->layout, e->identity.class_code,
				     e->identity.on_root_bus))
		return EXPLAIN_MUTE;
	if (!e->model)
		return EXPLAIN_NO_MODEL;
	if (run->rule)
		return run->rule->klass == PCSC_CONST ? EXPLAIN_NO_ROOM :
							EXPLAIN_DISTRUSTED;
	if (run->conflict && run->conflict->reason != PROFILE_WRITTEN)
		return EXPLAIN_CHANGED;
	run->conflict = undescribed_conflict(e->model);
	return run->conflict ? EXPLAIN_WRITTEN : EXPLAIN_THIN;
}

/* What the register table has against the byte; EXPLAIN_CONST: nothing. */
static enum explain_why why_by_table(const struct explain *e,
				     const struct pcsc_reg *reg)
{
	const bool vf = e->identity.is_vf;

	if (reg->flags & PCSC_OPAQUE)
		return EXPLAIN_VENDOR;
	if (pcsc_reg_is_floor(reg, vf))
		return EXPLAIN_FLOOR;
	if (reg->flags & PCSC_ADDRESS && !pcsc_reg_is_const(reg, vf))
		return EXPLAIN_ADDRESS;
	if (reg->flags & PCSC_PROBE && !vf)
		return EXPLAIN_PRESENCE;
	return EXPLAIN_CONST;
}

static enum explain_why why_no_rule(const struct explain *e,
				    const struct explained *run)
{
	if (!e->model)
		return EXPLAIN_NO_MODEL;
	if (run->conflict)
		return EXPLAIN_CONFLICT;
	if (run->rule && run->rule->klass == PCSC_CONST)
		return EXPLAIN_NO_ROOM;
	if (run->rule && run->rule->klass == PCSC_VOLATILE)
		return EXPLAIN_DISTRUSTED;
	if (pcsc_reg_is_const(run->reg, e->identity.is_vf))
		return EXPLAIN_UNREAD;
	return run->reg->klass == PCSC_CONFIG ? EXPLAIN_CONFIG :
						EXPLAIN_VOLATILE;
}

static enum explain_why why(const struct explain *e, struct explained *run)
{
	const u16 where = run->where;
	enum explain_why table;

	if (e->layout.status != PCSC_WALK_OK)
		return EXPLAIN_LAYOUT;
	if (e->map.dword[where / 4].mask >> (where % 4) & 1)
		return EXPLAIN_CONST;
	if (pcsc_layout_undescribed(&e->layout, where))
		return why_no_evidence(e, run);
	if (!run->reg)
		return EXPLAIN_VENDOR;
	table = why_by_table(e, run->reg);
	return table == EXPLAIN_CONST ? why_no_rule(e, run) : table;
}

static void explain_byte(const struct explain *e, u16 where,
			 struct explained *run)
{
	*run = (struct explained){ .where = where, .length = 1 };
	run->reg = pcsc_layout_reg(&e->layout, where, &run->cap);
	run->rule = rule_of(e, where, run->cap);
	run->conflict = conflict_of(e, where, run->cap);
	run->live = e->live.there ? e->live.byte[where] : 0;
	run->why = why(e, run);
}

static bool goes_on(const struct explained *run, const struct explained *byte)
{
	return run && run->where + run->length == byte->where &&
	       run->reg == byte->reg && run->cap == byte->cap &&
	       run->rule == byte->rule && run->conflict == byte->conflict &&
	       run->why == byte->why && run->live == byte->live;
}

static int divide(struct explain *e, const bool *wanted)
{
	struct explained byte, *run = NULL;

	for (unsigned int i = 0; i < e->layout.cfg_size; i++) {
		if (wanted && !wanted[i])
			continue;
		explain_byte(e, i, &byte);
		if (goes_on(run, &byte)) {
			run->length++;
			continue;
		}
		run = profile_grow(&e->runs, &e->nr_runs, sizeof(*run));
		if (!run)
			return pcsc_fail(-ENOMEM, "out of memory");
		*run = byte;
	}
	return 0;
}

int explain_make(struct explain *e, const bool *wanted)
{
	_cleanup_free_ void *compiled = NULL;
	u32 size;
	int err;

	/* The helper takes the first model that fits, in this order. */
	profile_sort(e->profile);
	err = profile_compile(e->profile->name, e->profile, &compiled, &size);
	if (err)
		return err;
	pcsc_map_make(&e->map, compiled, &e->identity, &e->layout);
	e->model = e->map.model < 0 ? NULL : &e->profile->models[e->map.model];
	return divide(e, wanted);
}

static bool is_bridge(const struct profile_model *model)
{
	for (size_t i = 0; i < model->nr_rules; i++)
		if (model->rules[i].space == PCSC_SPACE_HEADER1)
			return true;
	return (model->id.class_code >> 8) == 0x0604;
}

void explain_as_model(struct explain *e, const struct profile_model *model)
{
	const struct pcsc_profile_model *id = &model->id;
	struct pcsc_layout *layout = &e->layout;
	const struct profile_cap *from;

	e->identity = (struct pcsc_identity){
		.vendor = id->vendor,
		.device = id->device,
		.subvendor = id->subvendor,
		.subdevice = id->subdevice,
		.class_code = id->class_code,
		.revision = id->revision,
		.is_vf = id->is_vf,
	};
	*layout = (struct pcsc_layout){
		.header_type = is_bridge(model),
		.pcie_type = PCSC_NO_PCIE,
		.cfg_size = PCSC_CFG_SIZE_EXT,
		.fingerprint = id->fingerprint,
	};
	for (; layout->nr_caps < model->nr_caps &&
	       layout->nr_caps < PCSC_MAX_CAPS;
	     layout->nr_caps++) {
		from = &model->caps[layout->nr_caps];
		layout->caps[layout->nr_caps] = (struct pcsc_cap){
			.id = from->cap,
			.offset = from->offset,
			.length = from->length,
			.ext = from->space == PCSC_SPACE_ECAP,
			.version = 2,
		};
	}
	/* The profile does not say of which type the model is. */
	if (pcsc_layout_find(layout, false, PCSC_CAP_EXP))
		layout->pcie_type = 0;
}

void explain_free(struct explain *e)
{
	profile_free(e->profile);
	free(e->runs);
}

const char *explain_name(const struct explained *run)
{
	if (run->reg)
		return run->reg->name;
	return run->cap ? "body" : "undescribed";
}
