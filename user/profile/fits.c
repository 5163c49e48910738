// SPDX-License-Identifier: GPL-2.0-only
#include "fits.h"

#include <errno.h>
#include <string.h>

#include "bdf.h"
#include "talk.h"

void fits_print_differences(const struct pcsc_profile_model *m,
			    const struct pcsc_identity *id,
			    const struct pcsc_layout *layout, FILE *out)
{
	fprintf(out, "  a model of %04x:%04x is for", m->vendor, m->device);
	if (m->match & PCSC_MATCH_SUBSYSTEM &&
	    (m->subvendor != id->subvendor || m->subdevice != id->subdevice))
		fprintf(out, " subsystem %04x:%04x, not %04x:%04x;",
			m->subvendor, m->subdevice, id->subvendor,
			id->subdevice);
	if (m->match & PCSC_MATCH_CLASS && m->class_code != id->class_code)
		fprintf(out, " class %06x, not %06x;", m->class_code,
			id->class_code);
	if (m->match & PCSC_MATCH_REVISION && m->revision != id->revision)
		fprintf(out, " revision %02x, not %02x;", m->revision,
			id->revision);
	if (m->match & PCSC_MATCH_VF && m->is_vf != id->is_vf)
		fprintf(out, " %s;",
			m->is_vf ? "VFs" : "functions that are not VFs");
	if (m->match & PCSC_MATCH_LAYOUT &&
	    m->fingerprint != layout->fingerprint)
		fprintf(out, " layout %08x, not %08x;", m->fingerprint,
			layout->fingerprint);
	fputc('\n', out);
}

struct fits {
	const struct profile *prof;
	u64 *by_model; /* functions */
	u64 functions, without, unreadable;
	FILE *out;
};

const struct profile_model *fits_model(const struct profile *prof,
				       const struct host_function *f)
{
	for (size_t i = 0; i < prof->nr_models; i++)
		if (pcsc_model_matches(&prof->models[i].id, &f->identity,
				       f->layout.fingerprint))
			return &prof->models[i];
	return NULL;
}

static void print_without(const struct fits *fits,
			  const struct host_function *f)
{
	const struct pcsc_identity *id = &f->identity;
	char bdf[PCSC_BDF_SIZE];

	fprintf(fits->out, "%s %04x:%04x%s: no model\n",
		pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn), id->vendor,
		id->device, id->is_vf ? " VF" : "");
	for (size_t i = 0; i < fits->prof->nr_models; i++) {
		const struct pcsc_profile_model *m = &fits->prof->models[i].id;

		if (m->match & PCSC_MATCH_DEVICE && m->vendor == id->vendor &&
		    m->device == id->device)
			fits_print_differences(m, id, &f->layout, fits->out);
	}
}

static void each_function(const struct host_function *f, void *ctx)
{
	struct fits *fits = ctx;
	const struct profile_model *model = fits_model(fits->prof, f);

	fits->functions++;
	if (f->layout.status != PCSC_WALK_OK) {
		fits->unreadable++;
		return;
	}
	if (model) {
		fits->by_model[model - fits->prof->models]++;
		return;
	}
	fits->without++;
	print_without(fits, f);
}

ssize_t fits_host(struct profile *prof, const char *devices, FILE *out)
{
	_cleanup_free_ u64 *by_model = calloc(prof->nr_models + 1, sizeof(u64));
	struct fits fits = { .prof = prof, .by_model = by_model, .out = out };
	int err;

	if (!by_model)
		return pcsc_fail(-ENOMEM, "out of memory");
	/* The helper takes the first model that fits, in this order. */
	profile_sort(prof);
	err = host_each(devices, NULL, each_function, &fits);
	if (err)
		return err;
	for (size_t i = 0; i < prof->nr_models; i++)
		if (by_model[i])
			fprintf(out, "models[%zu]: %llu %s\n", i,
				(unsigned long long)by_model[i],
				pcsc_noun(by_model[i], "function",
					  "functions"));
	fprintf(out,
		"%llu of %llu %s of this host have a model; %llu have none, and the lists of %llu cannot be followed\n",
		(unsigned long long)(fits.functions - fits.without -
				     fits.unreadable),
		(unsigned long long)fits.functions,
		pcsc_noun(fits.functions, "function", "functions"),
		(unsigned long long)fits.without,
		(unsigned long long)fits.unreadable);
	return fits.without + fits.unreadable;
}
