// SPDX-License-Identifier: GPL-2.0-only
/* `pcsc-profile explain`: whom it is asked of, and what is said first. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "bdf.h"
#include "explain.h"
#include "fits.h"
#include "inventory.h"
#include "lookup.h"
#include "place.h"
#include "talk.h"

/* "0000:01:00.0", or "01:00.0" as lspci prints it where there is one domain. */
static int parse_function(const char *text, u32 *domain, u8 *bus, u8 *devfn)
{
	char whole[PCSC_BDF_SIZE];

	if (!pcsc_bdf_parse(text, domain, bus, devfn))
		return 0;
	snprintf(whole, sizeof(whole), "0000:%s", text);
	return pcsc_bdf_parse(whole, domain, bus, devfn);
}

/* "8086:154c", as lspci -d has it. */
static bool parse_model(const char *text, u16 *vendor, u16 *device)
{
	int end = 0;

	return sscanf(text, "%4hx:%4hx%n", vendor, device, &end) == 2 &&
	       !text[end];
}

/* ---- what is said first ---- */

static void print_sums(const struct explain *e, FILE *out)
{
	unsigned int by_why[EXPLAIN_WHYS] = {}, evidence = 0, cached = 0;

	for (size_t i = 0; i < e->nr_runs; i++) {
		const struct explained *run = &e->runs[i];

		by_why[run->why] += run->length;
		if (run->why == EXPLAIN_CONST && run->rule &&
		    run->rule->basis == PROFILE_EVIDENCE)
			evidence += run->length;
		if (run->live & PCSC_BYTE_CACHED)
			cached += run->length;
	}
	fprintf(out,
		"%u of %u bytes are const: %u by evidence, %u because the specification or a person says so",
		by_why[EXPLAIN_CONST], e->layout.cfg_size, evidence,
		by_why[EXPLAIN_CONST] - evidence);
	if (e->live.there)
		fprintf(out, "; %u are in memory", cached);
	fputs(".\nThe others:", out);
	for (unsigned int why = 0, said = 0; why < EXPLAIN_WHYS; why++)
		if (why != EXPLAIN_CONST && by_why[why])
			fprintf(out, "%s %u %s", said++ ? "," : "", by_why[why],
				explain_words[why].word);
	fputs(".\n\n", out);
}

static void print_no_model(const struct explain *e, FILE *out)
{
	fprintf(out,
		"No model of profile '%s' is for this function (%04x:%04x%s, layout %08x), so nothing of it is cached.\n",
		e->profile->name, e->identity.vendor, e->identity.device,
		e->identity.is_vf ? " VF" : "", e->layout.fingerprint);
	for (size_t i = 0; i < e->profile->nr_models; i++) {
		const struct pcsc_profile_model *m = &e->profile->models[i].id;

		if (m->match & PCSC_MATCH_DEVICE &&
		    m->vendor == e->identity.vendor &&
		    m->device == e->identity.device)
			fits_print_differences(&e->profile->models[i].id,
					       &e->identity, &e->layout, out);
	}
	fputc('\n', out);
}

static void print_head(const struct explain *e, FILE *out)
{
	if (e->layout.status != PCSC_WALK_OK)
		fprintf(out,
			"The capability lists cannot be followed (%s at 0x%03x), so nothing of it is cached.\n",
			pcsc_walk_names[e->layout.status], e->layout.where);
	else if (!e->model)
		print_no_model(e, out);
	else
		fprintf(out,
			"models[%zd] of profile '%s' is for it (%04x:%04x%s, layout %08x).\n",
			e->model - e->profile->models, e->profile->name,
			e->identity.vendor, e->identity.device,
			e->identity.is_vf ? " VF" : "", e->layout.fingerprint);
}

static int explain_one(struct explain *e, const char *what, const char *reg,
		       bool json)
{
	bool wanted[LOOKUP_BYTES];
	int err;

	err = reg ? lookup_register(reg, &e->layout, wanted) : 0;
	if (!err)
		err = explain_make(e, reg ? wanted : NULL);
	if (err)
		return err;
	if (json) {
		explain_print_json(e, stdout);
		return pcsc_flush_stdout();
	}
	printf("%s: ", what);
	for (size_t i = 0; reg && i < e->nr_runs; i++)
		explain_print_whole(e, &e->runs[i], stdout);
	print_head(e, stdout);
	if (!reg) {
		print_sums(e, stdout);
		explain_print(e, stdout);
	}
	return pcsc_flush_stdout();
}

/* ---- of whom ---- */

/* What the helper has in force may be another profile than the one given. */
static void warn_if_another(const struct explain *e)
{
	if (e->live.there && strcmp(e->live.info.profile, e->profile->name))
		pcsc_warn(
			"the helper has profile '%s' in force, not '%s': what it has in memory is by its own",
			e->live.info.profile, e->profile->name);
}

static int explain_function(struct explain *e, const char *what,
			    const char *devices, const char *reg, bool json)
{
	struct host_function host;
	u32 domain;
	u8 bus, devfn;
	int err;

	err = parse_function(what, &domain, &bus, &devfn) ?:
		      host_look(devices, domain, bus, devfn, &host);
	/* The sysfs of another host says nothing of this one's helper. */
	if (!err && !strcmp(devices, PCSC_DEVICES))
		err = live_look(domain, bus, devfn, &e->live);
	if (err)
		return err;
	e->identity = host.identity;
	e->layout = host.layout;
	warn_if_another(e);
	return explain_one(e, what, reg, json);
}

static int explain_model(struct explain *e, const char *what, const char *reg,
			 bool json)
{
	u16 vendor, device;
	size_t found = 0;
	int err = 0;

	parse_model(what, &vendor, &device);
	profile_sort(e->profile);
	for (size_t i = 0; !err && i < e->profile->nr_models; i++) {
		const struct profile_model *model = &e->profile->models[i];

		if (!(model->id.match & PCSC_MATCH_DEVICE) ||
		    model->id.vendor != vendor || model->id.device != device)
			continue;
		if (found++ && !json)
			putchar('\n');
		explain_as_model(e, model);
		err = explain_one(e, what, reg, json);
		e->nr_runs = 0;
	}
	if (err || found)
		return err;
	return pcsc_fail(
		-EINVAL,
		"profile '%s' has no model of %s: `pcsc-profile show` lists those it has",
		e->profile->name, what);
}

static int load_profile(const char *path, struct profile **out)
{
	return path ? profile_load(path, false, out, NULL) :
		      profile_specification("specification", out);
}

int explain_check(const char *path, const char *what)
{
	u16 vendor, device;
	u32 domain;
	u8 bus, devfn;

	if (!parse_function(what, &domain, &bus, &devfn))
		return 0;
	if (!parse_model(what, &vendor, &device))
		return pcsc_fail(
			PCSC_EXIT_USAGE,
			"'%s' is neither a function (0000:01:00.0, as lspci -D has it) nor a model (8086:154c)",
			place_printable(what));
	if (path)
		return 0;
	return pcsc_fail(
		PCSC_EXIT_USAGE,
		"a model is explained by a profile: give --profile PROFILE");
}

int explain_command(const char *path, const char *devices, const char *what,
		    const char *reg, bool json)
{
	_cleanup_(explain_free) struct explain e = {};
	u16 vendor, device;
	bool model = parse_model(what, &vendor, &device);
	int err;

	err = load_profile(path, &e.profile);
	if (err)
		return err;
	return model ? explain_model(&e, what, reg, json) :
		       explain_function(&e, what, devices, reg, json);
}
