// SPDX-License-Identifier: GPL-2.0-only
/* Profiles that were made with another register table than this tool's. */
#include <string.h>

#include "profile.h"
#include "talk.h"

struct settled {
	size_t nr;
	char example[48];
};

/* Where specification and profile disagree, the stricter one holds. */
static bool is_borne_out(const struct profile_model *model,
			 const struct profile_rule *rule)
{
	const bool vf = profile_is_for_vfs(model);

	if (rule->klass == PCSC_VOLATILE)
		return true;
	for (u32 i = rule->offset; i < rule->offset + rule->length; i++)
		if (profile_floor_reg(rule->space, rule->cap, i, vf) ||
		    (rule->basis == PROFILE_SPECIFICATION &&
		     !profile_is_specified(rule, i, vf)))
			return false;
	return true;
}

/* A register may have another name now; the check would call that a mistake. */
static void forget_name(struct profile_rule *rule)
{
	const struct pcsc_reg *reg =
		profile_reg(rule->space, rule->cap, rule->offset);

	if (!rule->name || (reg && !strcmp(reg->name, rule->name)))
		return;
	free(rule->name);
	rule->name = NULL;
}

static void settle_model(struct profile_model *model, struct settled *settled)
{
	size_t kept = 0;

	for (size_t i = 0; i < model->nr_rules; i++) {
		struct profile_rule *rule = &model->rules[i];

		if (is_borne_out(model, rule)) {
			forget_name(rule);
			model->rules[kept++] = *rule;
			continue;
		}
		if (!settled->nr++)
			pcsc_place(rule->space, rule->cap, rule->offset,
				   settled->example);
		free(rule->name);
		free(rule->source);
	}
	model->nr_rules = kept;
}

void profile_settle(const char *file, struct profile *prof)
{
	struct settled settled = {};

	for (size_t i = 0; i < prof->nr_models; i++)
		settle_model(&prof->models[i], &settled);
	if (settled.nr)
		pcsc_warn(
			"%s: made with another register table (0x%08x, this tool has 0x%08x), which allowed %zu %s that this one does not, such as %s: left out; generate it anew",
			file, prof->table, pcsc_regs_hash(), settled.nr,
			pcsc_noun(settled.nr, "rule", "rules"),
			settled.example);
	else
		pcsc_warn(
			"%s: made with another register table (0x%08x, this tool has 0x%08x); this one allows its rules, too",
			file, prof->table, pcsc_regs_hash());
}
