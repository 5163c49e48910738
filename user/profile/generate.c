// SPDX-License-Identifier: GPL-2.0-only
/* Profiles from recordings, and from the register table alone. */
#include <errno.h>
#include <string.h>

#include "draft.h"
#include "judge.h"
#include "observe.h"
#include "talk.h"

static int judge(struct observed *seen, struct profile *prof,
		 struct profile_tally *tally)
{
	struct observed_model *model;
	int err = observe_next(seen, &model);

	while (!err && model)
		err = judge_model(model, prof) ?: observe_next(seen, &model);
	if (!err)
		err = profile_fit(prof, PROFILE_MAX_JSON, PCSC_PROFILE_MAX_SIZE,
				  tally);
	for (size_t i = PCSC_PROFILE_MAX_MODELS; i < seen->nr && !err; i++)
		err = profile_leave_out(tally, &seen->busiest[i]->id);
	return err;
}

int profile_generate(struct pcsc_rec *const *recs, size_t nr, const char *name,
		     struct profile **out, struct profile_tally *tally)
{
	_cleanup_prof_ struct profile *prof = profile_new(name);
	_cleanup_(observed_free) struct observed seen = {};
	int err;

	err = prof ? observe(recs, nr, &seen, tally) : -ENOMEM;
	for (size_t i = 0; i < nr && !err; i++)
		prof->incomplete |=
			!!(recs[i]->header.flags & PCSC_REC_INCOMPLETE);
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

static int specification_model(struct profile *prof, u32 match)
{
	bool vf = match & PCSC_MATCH_VF;
	struct profile_model *model =
		profile_grow(&prof->models, &prof->nr_models, sizeof(*model));

	if (!model)
		return -ENOMEM;
	model->id.match = match;
	model->id.is_vf = vf;
	for (unsigned int i = 0; i < pcsc_nr_regs; i++) {
		struct profile_rule *rule;

		if (!pcsc_reg_is_const(&pcsc_regs[i], vf))
			continue;
		rule = draft_reg_rule(model, &pcsc_regs[i], pcsc_regs[i].cap, 0,
				      PCSC_CONST);
		if (!rule)
			return -ENOMEM;
		rule->length = pcsc_regs[i].length;
	}
	return 0;
}

int profile_specification(const char *name, struct profile **out)
{
	_cleanup_prof_ struct profile *prof = profile_new(name);
	int err;

	err = prof ? specification_model(prof, PCSC_MATCH_VF) : -ENOMEM;
	if (!err)
		err = specification_model(prof, 0);
	if (err)
		return pcsc_fail(err, "out of memory while generating '%s'",
				 name);
	profile_sort(prof);
	*out = TAKE_PTR(prof);
	return 0;
}
