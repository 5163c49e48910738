// SPDX-License-Identifier: GPL-2.0-only
/* `pcsc-profile generate` and `merge`: what goes in, what comes out, and what is said. */
#include "command.h"

#include <errno.h>
#include <string.h>

#include "demotions.h"
#include "helper.h"
#include "inventory.h"
#include "merge.h"
#include "talk.h"

#define MAX_CONFLICTS_SAID 20
#define MAX_MODELS_SAID 8

static void say_conflict(const struct profile_model *model,
			 const struct profile_conflict *c)
{
	char where[48];

	pcsc_warn(
		"%04x:%04x%s layout %08x: %s (%s) %s on %llu function%s, such as %s: %s",
		model->id.vendor, model->id.device,
		model->id.is_vf ? " VF" : "", model->id.fingerprint,
		pcsc_place(c->space, c->cap, c->offset, where),
		c->name ?: "undescribed", profile_reason_names[c->reason],
		(unsigned long long)c->functions, c->functions == 1 ? "" : "s",
		c->example,
		c->name || c->reason != PROFILE_WRITTEN ?
			"no rule for it" :
			"no rules by evidence");
}

static void say_conflicts(const struct profile *prof,
			  const struct profile_tally *tally, const char *out)
{
	size_t said = 0;

	for (size_t i = 0; i < prof->nr_models; i++) {
		const struct profile_model *model = &prof->models[i];

		for (size_t j = 0; j < model->nr_conflicts; j++)
			if (said < MAX_CONFLICTS_SAID || pcsc_verbose) {
				say_conflict(model, &model->conflicts[j]);
				said++;
			}
	}
	if (said < tally->conflicts)
		pcsc_warn("and %zu more conflicts: see 'conflicts' in '%s'",
			  tally->conflicts - said,
			  pcsc_is_standard(out) ? "standard output" : out);
}

/* One sentence, however many models were left out. */
static void say_left_out(const struct profile *prof,
			 const struct profile_tally *tally)
{
	size_t said = tally->nr_left_out;

	if (!said)
		return;
	if (said > MAX_MODELS_SAID && !pcsc_verbose)
		said = MAX_MODELS_SAID;
	fprintf(stderr,
		"%s: warning: %zu of %zu models left out, those with fewest reads, because a profile has at most %d models, %u MiB of JSON and %u MiB compiled; the helper will cache nothing of:",
		pcsc_program, tally->nr_left_out,
		tally->nr_left_out + prof->nr_models, PCSC_PROFILE_MAX_MODELS,
		PROFILE_MAX_JSON >> 20, PCSC_PROFILE_MAX_SIZE >> 20);
	for (size_t i = 0; i < said; i++)
		fprintf(stderr, "%s %04x:%04x%s layout %08x", i ? "," : "",
			tally->left_out[i].vendor, tally->left_out[i].device,
			tally->left_out[i].is_vf ? " VF" : "",
			tally->left_out[i].fingerprint);
	if (said < tally->nr_left_out)
		fprintf(stderr, ", and %zu more (-v names them)",
			tally->nr_left_out - said);
	fputc('\n', stderr);
}

static void say_tally(const struct profile *prof,
		      const struct profile_tally *tally)
{
	fprintf(stderr, "%s: %zu %s seen, %zu %s", pcsc_program,
		tally->functions,
		pcsc_noun(tally->functions, "function", "functions"),
		prof->nr_models, pcsc_noun(prof->nr_models, "model", "models"));
	if (tally->without_ids)
		fprintf(stderr, "; %zu left out: identity unknown",
			tally->without_ids);
	if (tally->unread)
		fprintf(stderr, "; %zu left out: they were not read",
			tally->unread);
	if (tally->unwalkable)
		fprintf(stderr,
			"; %zu left out: capabilities cannot be followed in what was read (-v says where; read them whole while recording, as 'lspci -xxxx' does)",
			tally->unwalkable);
	fputc('\n', stderr);
}

/* What a person can do about a recording in which too little was read. */
#define REMEDY \
	"read everything three times while recording, as root: pcsc-trace record -o FILE -- sh -c 'for i in 1 2 3; do lspci -xxxx; done >/dev/null; ...'"

static bool has_const_rule(const struct profile *prof)
{
	for (size_t i = 0; i < prof->nr_models; i++)
		for (size_t j = 0; j < prof->models[i].nr_rules; j++)
			if (prof->models[i].rules[j].klass == PCSC_CONST)
				return true;
	return false;
}

/* @chosen: some functions alone were recorded, so it is no wonder that others are unread. */
static void warn_if_thin(const struct profile *prof,
			 const struct profile_tally *tally, bool chosen)
{
	size_t told = tally->functions - tally->without_ids -
		      (chosen ? tally->unread : 0);
	size_t silent = tally->unwalkable + (chosen ? 0 : tally->unread);

	if (!has_const_rule(prof))
		pcsc_warn(
			"the profile is empty: no model has a rule by which anything may be cached; " REMEDY);
	else if (silent > told / 2)
		pcsc_warn(
			"the recording is thin: of %zu functions %zu were read too little to give rules; " REMEDY,
			told, silent);
}

struct recordings {
	struct pcsc_rec **recs;
	size_t nr;
};

/* Not one of them is of all functions. */
static bool all_chosen(const struct recordings *r)
{
	for (size_t i = 0; i < r->nr; i++)
		if (!r->recs[i]->header.only[0])
			return false;
	return true;
}

static void recordings_free(struct recordings *r)
{
	for (size_t i = 0; i < r->nr; i++)
		pcsc_rec_free(r->recs[i]);
	free(r->recs);
}

static bool same_recording(const struct pcsc_rec *a, const struct pcsc_rec *b)
{
	return a->header.crc32 == b->header.crc32 &&
	       a->header.started_ns == b->header.started_ns &&
	       !strncmp(a->header.host, b->header.host, sizeof(a->header.host));
}

static void warn_of_losses(const char *path, const struct pcsc_rec_header *h)
{
	const struct pcsc_rec_losses *l = &h->losses;

	if (h->flags & PCSC_REC_UNFINISHED)
		pcsc_warn(
			"%s: the recorder was killed, and what came after the first %.1f s is missing: changes and writes may be among it; the profile says so",
			path, h->duration_ns / 1e9);
	if (!(h->flags & PCSC_REC_INCOMPLETE) ||
	    (h->flags & PCSC_REC_UNFINISHED && !l->map_full && !l->inflight &&
	     !l->recursion))
		return;
	pcsc_warn(
		"%s: accesses were lost while recording (%llu without room, %llu without end, %llu skipped): changes and writes may have been missed; the profile says so",
		path, (unsigned long long)l->map_full,
		(unsigned long long)l->inflight,
		(unsigned long long)l->recursion);
}

static int load_recording(const char *path, struct recordings *r,
			  char *const *paths)
{
	struct pcsc_rec **slot = profile_grow(&r->recs, &r->nr, sizeof(*slot));
	int err;

	if (!slot)
		return pcsc_fail(-ENOMEM, "%s: out of memory", path);
	err = pcsc_rec_open(path, slot);
	if (err) {
		r->nr--;
		return err;
	}
	for (size_t i = 0; i + 1 < r->nr; i++)
		if (same_recording(r->recs[i], *slot))
			return pcsc_fail(
				-EINVAL,
				"%s: the same recording as '%s': it would count twice; name it once",
				path, paths[i]);
	warn_of_losses(path, &(*slot)->header);
	return 0;
}

static void tally_free(struct profile_tally *tally)
{
	free(tally->left_out);
}

int generate_command(const struct profile_inputs *in)
{
	_cleanup_(recordings_free) struct recordings r = {};
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_(tally_free) struct profile_tally tally = {};
	ssize_t taken;
	int err = 0;

	for (size_t i = 0; i < in->nr && !err; i++)
		err = load_recording(in->paths[i], &r, in->paths);
	taken = err ?: profile_take_evidence(r.recs, in->paths, r.nr);
	if (taken < 0)
		return taken;
	err = in->specification ?
		      profile_specification(in->name ?: "specification",
					    &prof) :
		      profile_generate(r.recs, taken, in->name ?: "generated",
				       &prof, &tally);
	if (!err)
		err = profile_write_json(prof, in->out);
	if (err || in->specification)
		return err;
	say_conflicts(prof, &tally, in->out);
	say_left_out(prof, &tally);
	say_tally(prof, &tally);
	warn_if_thin(prof, &tally, all_chosen(&r));
	return 0;
}

static int merge_file(const char *path, struct profile *to)
{
	_cleanup_prof_ struct profile *prof = NULL;
	int err = profile_load(path, false, &prof, NULL);

	if (err)
		return err;
	err = merge_into(to, prof);
	return err ? pcsc_fail(err, "%s: out of memory", path) : 0;
}

/* @fd is the helper's. */
static int merge_demotions(int fd, struct profile *to)
{
	_cleanup_prof_ struct profile *found = NULL;
	int err = demotions_find(fd, PCSC_DEVICES, to, &found);

	if (err)
		return err;
	demotions_say(found, to);
	return merge_into(to, found) ? pcsc_fail(-ENOMEM, "out of memory") : 0;
}

int merge_command(const struct profile_inputs *in)
{
	_cleanup_prof_ struct profile *prof = profile_new(in->name ?: "merged");
	_cleanup_(tally_free) struct profile_tally tally = {};
	/* First, since reading thousands of profiles takes a while. */
	_cleanup_close_ int fd = in->demotions ? helper_open() : -1;
	int err = 0;

	if (!prof)
		return pcsc_fail(-ENOMEM, "out of memory");
	if (in->demotions && fd < 0)
		return fd;
	for (size_t i = 0; i < in->nr && !err; i++)
		err = merge_file(in->paths[i], prof);
	if (!err && in->demotions)
		err = merge_demotions(fd, prof);
	if (err)
		return err;
	if (in->redact)
		merge_redact(prof);
	if (merge_finish(prof) ||
	    profile_fit(prof, PROFILE_MAX_JSON, PCSC_PROFILE_MAX_SIZE, &tally))
		return pcsc_fail(-ENOMEM, "out of memory");
	say_left_out(prof, &tally);
	pcsc_info("%zu %s of %zu %s", prof->nr_models,
		  pcsc_noun(prof->nr_models, "model", "models"), in->nr,
		  pcsc_noun(in->nr, "profile", "profiles"));
	return profile_write_json(prof, in->out);
}
