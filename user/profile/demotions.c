// SPDX-License-Identifier: GPL-2.0-only
#include "demotions.h"

#include <errno.h>
#include <string.h>

#include "bdf.h"
#include "fits.h"
#include "helper.h"
#include "host.h"
#include "inventory.h"
#include "live.h"
#include "merge.h"
#include "talk.h"

struct search {
	int fd;
	const struct pcsc_function_state *states;
	int nr_states;
	const struct profile *prof;
	struct profile *found;
	/* The function that is looked at. */
	struct pcsc_bytes bytes;
	__u8 byte[LIVE_BYTES]; /* PCSC_BYTE_* */
	__u32 evidence; /* PCSC_EVIDENCE_* */
	int err;
};

/* ---- what the helper says ---- */

static __u32 evidence_of(const struct search *s)
{
	for (int i = 0; i < s->nr_states; i++)
		if (s->states[i].domain == s->bytes.domain &&
		    s->states[i].bus == s->bytes.bus &&
		    s->states[i].devfn == s->bytes.devfn)
			return s->states[i].evidence;
	return 0;
}

/*
 * Evidence that was dropped over an event that it was never compared over is not wrong:
 * on other functions it goes on to be served.
 */
static bool is_contradicted(const struct search *s, unsigned int where)
{
	if (where >= s->bytes.count || !(s->byte[where] & PCSC_BYTE_DEMOTED))
		return false;
	return !(s->byte[where] & PCSC_BYTE_EVIDENCE) ||
	       s->evidence >= PCSC_EVIDENCE_READ;
}

static bool has_demoted(const struct search *s)
{
	for (unsigned int i = 0; i < s->bytes.count; i++)
		if (s->byte[i] & PCSC_BYTE_DEMOTED)
			return true;
	return false;
}

static bool is_demoted(u32 domain, u8 bus, u8 devfn, void *ctx)
{
	struct search *s = ctx;
	int err;

	s->bytes = (struct pcsc_bytes){ .domain = domain,
					.bus = bus,
					.devfn = devfn };
	err = helper_bytes(s->fd, &s->bytes, s->byte, LIVE_BYTES);
	if (err) {
		/* One that the helper does not have is none of its doing. */
		s->err = s->err ?: (err == -ENODEV ? 0 : err);
		return false;
	}
	if (!has_demoted(s))
		return false;
	s->evidence = evidence_of(s);
	for (unsigned int i = 0; i < s->bytes.count; i++)
		if (is_contradicted(s, i))
			return true;
	return false;
}

/* ---- conflicts of one function ---- */

static struct profile_conflict *add(struct profile_model *model,
				    const struct host_function *f)
{
	struct profile_conflict *c = profile_grow(
		&model->conflicts, &model->nr_conflicts, sizeof(*c));
	char bdf[PCSC_BDF_SIZE];

	if (!c)
		return NULL;
	c->reason = PROFILE_DEMOTED;
	c->functions = 1;
	c->example = strdup(pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn));
	return c->example ? c : NULL;
}

/* All of the register, of which a byte is at @where. Returns where it ends, or 0. */
static unsigned int add_register(struct profile_model *model,
				 const struct host_function *f,
				 const struct pcsc_reg *reg,
				 const struct pcsc_cap *cap)
{
	struct profile_conflict *c = add(model, f);

	if (!c)
		return 0;
	c->space = reg->space;
	c->cap = cap ? cap->id : 0;
	c->offset = reg->offset;
	c->length = reg->length;
	c->name = strdup(reg->name);
	return c->name ? (cap ? cap->offset : 0) + reg->offset + reg->length :
			 0;
}

/* Bytes from @where on that no register has, all in @cap or in none. */
static unsigned int add_run(struct profile_model *model, const struct search *s,
			    const struct host_function *f, unsigned int where,
			    const struct pcsc_cap *cap)
{
	const bool dropped = s->byte[where] & PCSC_BYTE_EVIDENCE;
	struct profile_conflict *c = add(model, f);
	const struct pcsc_cap *its;
	unsigned int end = where + 1;

	if (!c)
		return 0;
	while (is_contradicted(s, end) &&
	       !(s->byte[end] & PCSC_BYTE_EVIDENCE) == !dropped &&
	       !pcsc_layout_reg(&f->layout, end, &its) && its == cap)
		end++;
	c->space = !cap	    ? PCSC_SPACE_RAW :
		   cap->ext ? PCSC_SPACE_ECAP :
			      PCSC_SPACE_CAP;
	c->cap = cap ? cap->id : 0;
	c->offset = where - (cap ? cap->offset : 0);
	c->length = end - where;
	if (dropped && s->evidence == PCSC_EVIDENCE_WRITTEN)
		c->reason = PROFILE_WRITTEN;
	return end;
}

static int add_all(struct profile_model *model, const struct search *s,
		   const struct host_function *f)
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg;
	unsigned int where = 0;

	while (where < s->bytes.count) {
		if (!is_contradicted(s, where)) {
			where++;
			continue;
		}
		reg = pcsc_layout_reg(&f->layout, where, &cap);
		where = reg ? add_register(model, f, reg, cap) :
			      add_run(model, s, f, where, cap);
		if (!where)
			return -ENOMEM;
	}
	return 0;
}

/* As a profile of this function alone, so that merging counts the functions. */
static int add_function(struct search *s, const struct profile_model *model,
			const struct host_function *f)
{
	_cleanup_prof_ struct profile *one = profile_new("");
	struct profile_model *its =
		one ? profile_grow(&one->models, &one->nr_models,
				   sizeof(*its)) :
		      NULL;

	if (!its)
		return -ENOMEM;
	its->id = model->id;
	return add_all(its, s, f) ?: merge_into(s->found, one);
}

static void each_demoted(const struct host_function *f, void *ctx)
{
	struct search *s = ctx;
	const struct profile_model *model = fits_model(s->prof, f);
	char bdf[PCSC_BDF_SIZE];

	pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn);
	if (s->err)
		return;
	if (f->layout.status != PCSC_WALK_OK)
		pcsc_warn(
			"%s: its capability lists cannot be followed, so what the helper has demoted of it is left out: wake it, and ask again",
			bdf);
	else if (!model)
		pcsc_warn(
			"%s: no model is for it, so what the helper has demoted of it is left out: give the profile that it was served by",
			bdf);
	else if (add_function(s, model, f))
		s->err = pcsc_fail(-ENOMEM, "out of memory");
}

int demotions_find(int fd, const char *devices, const struct profile *prof,
		   struct profile **out)
{
	_cleanup_free_ struct pcsc_function_state *states = NULL;
	_cleanup_prof_ struct profile *found = profile_new("demotions");
	struct search s = { .fd = fd, .prof = prof, .found = found };
	struct pcsc_info info;
	int err = found ? helper_info(fd, &info) :
			  pcsc_fail(-ENOMEM, "out of memory");

	if (err)
		return err;
	if (info.mode == PCSC_MODE_OFF)
		return pcsc_fail(
			-EINVAL,
			"the helper's mode is off, so it has forgotten what it had demoted: ask it while it serves, before the mode goes off or another profile is loaded");
	s.nr_states = helper_state(fd, &states);
	if (s.nr_states < 0)
		return s.nr_states;
	s.states = states;
	err = host_each(devices, is_demoted, each_demoted, &s) ?: s.err;
	if (!err)
		*out = TAKE_PTR(found);
	return err;
}

/* ---- what is said ---- */

static const struct profile_model *same_model(const struct profile *prof,
					      const struct profile_model *model)
{
	for (size_t i = 0; i < prof->nr_models; i++)
		if (!profile_model_compare(&prof->models[i], model))
			return &prof->models[i];
	return NULL;
}

/* "8086:154c VF layout 7fc51761". */
static const char *name_of(const struct pcsc_profile_model *id, char buf[64])
{
	if (!(id->match & PCSC_MATCH_DEVICE))
		return "functions of any device";
	snprintf(buf, 64, "%04x:%04x%s layout %08x", id->vendor, id->device,
		 id->is_vf ? " VF" : "", id->fingerprint);
	return buf;
}

static void say(const struct profile_model *model,
		const struct profile_conflict *c, bool persons)
{
	char where[PCSC_PLACE_SIZE], name[64];
	const char *kept =
		"its rule has the basis person, so it stays: take it out of the profile, unless you know better than the device";

	pcsc_warn("%s: %s (%s) %s on %llu %s, such as %s: %s",
		  name_of(&model->id, name),
		  pcsc_place(c->space, c->cap, c->offset, where),
		  c->name ?: "undescribed", profile_reason_names[c->reason],
		  (unsigned long long)c->functions,
		  pcsc_noun(c->functions, "function", "functions"),
		  c->example ?: "-",
		  persons		 ? kept :
		  merge_ends_evidence(c) ? "no rules by evidence" :
					   "no rule for it");
}

void demotions_say(const struct profile *demoted, const struct profile *prof)
{
	for (size_t i = 0; i < demoted->nr_models; i++) {
		const struct profile_model *model = &demoted->models[i];
		const struct profile_model *to = same_model(prof, model);

		for (size_t j = 0; j < model->nr_conflicts; j++)
			say(model, &model->conflicts[j],
			    to && merge_spares_person(to,
						      &model->conflicts[j]));
	}
}

int demotions_command(const char *path, const char *out, bool redact)
{
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_prof_ struct profile *found = NULL;
	_cleanup_close_ int fd = helper_open();
	int err;

	if (fd < 0)
		return fd;
	err = profile_load(path, false, &prof, NULL);
	if (err)
		return err;
	profile_sort(prof);
	err = demotions_find(fd, PCSC_DEVICES, prof, &found);
	if (err)
		return err;
	demotions_say(found, prof);
	if (redact)
		merge_redact(found);
	return profile_write_json(found, out);
}
