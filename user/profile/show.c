// SPDX-License-Identifier: GPL-2.0-only
/* A profile for people. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "bdf.h"
#include "profile.h"
#include "talk.h"

struct sums {
	unsigned int by_basis[PROFILE_BASES]; /* const bytes */
	unsigned int zero; /* of those by evidence */
	unsigned int shared; /* by all VFs of a model, enough to answer */
	unsigned int config;
	unsigned int distrusted; /* volatile by the profile's word */
};

static struct sums sum(const struct profile_model *model)
{
	struct sums sums = {};

	for (size_t i = 0; i < model->nr_rules; i++) {
		const struct profile_rule *rule = &model->rules[i];

		if (rule->klass == PCSC_CONFIG)
			sums.config += rule->length;
		else if (rule->klass == PCSC_VOLATILE)
			sums.distrusted += rule->length;
		else
			sums.by_basis[rule->basis] += rule->length;
		if (rule->zero)
			sums.zero += rule->length;
		if (rule->siblings >= PROFILE_MIN_SIBLINGS)
			sums.shared += rule->length;
	}
	return sums;
}

static const char *plural(u64 n)
{
	return n == 1 ? "" : "s";
}

static void show_match(const struct pcsc_profile_model *id,
		       struct pci_access *names, FILE *out)
{
	char name[PCSC_NAME_SIZE];

	if (!id->match)
		fputs(" any function", out);
	if (id->match & PCSC_MATCH_VENDOR)
		fprintf(out, " vendor %04x", id->vendor);
	if (id->match & PCSC_MATCH_DEVICE)
		fprintf(out, " device %04x", id->device);
	if (id->match & PCSC_MATCH_SUBSYSTEM)
		fprintf(out, " subsystem %04x:%04x", id->subvendor,
			id->subdevice);
	if (id->match & PCSC_MATCH_CLASS)
		fprintf(out, " class %06x", id->class_code);
	if (id->match & PCSC_MATCH_REVISION)
		fprintf(out, " revision %02x", id->revision);
	if (id->match & PCSC_MATCH_VF)
		fputs(id->is_vf ? " VF" : " not a VF", out);
	if (id->match & PCSC_MATCH_LAYOUT)
		fprintf(out, " layout %08x", id->fingerprint);
	fputc('\n', out);
	if (names && id->match & PCSC_MATCH_VENDOR &&
	    id->match & PCSC_MATCH_DEVICE)
		fprintf(out, "  %s\n",
			pcsc_names_device(names, id->vendor, id->device, name, sizeof(name)) ?:
				"");
}

static void show_sums(const struct profile_model *model, FILE *out)
{
	const struct pcsc_profile_model *id = &model->id;
	struct sums s = sum(model);

	if (model->functions)
		fprintf(out,
			"  seen: %" PRIu64 " function%s on %" PRIu64
			" host%s\n",
			model->functions, plural(model->functions),
			model->hosts, plural(model->hosts));
	fprintf(out,
		"  const bytes: %u by specification, %u by evidence (%u of them zero), %u by a person; config bytes: %u",
		s.by_basis[PROFILE_SPECIFICATION], s.by_basis[PROFILE_EVIDENCE],
		s.zero, s.by_basis[PROFILE_PERSON], s.config);
	if (!(id->match & PCSC_MATCH_VF && id->is_vf))
		fputs(" (those that show presence are served for VFs only)",
		      out);
	if (s.shared)
		fprintf(out, "; equal in %d VFs or more: %u",
			PROFILE_MIN_SIBLINGS, s.shared);
	if (s.distrusted)
		fprintf(out, "; distrusted: %u", s.distrusted);
	fputc('\n', out);
}

static void show_layout(const struct profile_model *model, FILE *out)
{
	char buf[16];

	if (!model->nr_caps)
		return;
	fputs("  layout:", out);
	for (size_t i = 0; i < model->nr_caps; i++)
		fprintf(out, " %s@%x",
			pcsc_cap_string(model->caps[i].space,
					model->caps[i].cap, buf),
			model->caps[i].offset);
	fputc('\n', out);
}

static void show_evidence(const struct profile_evidence *e, FILE *out)
{
	char resets[80];

	snprintf(resets, sizeof(resets), "%" PRIu64 "/%" PRIu64 "/%" PRIu64,
		 e->survived[PCSC_REC_RESET_FLR],
		 e->survived[PCSC_REC_RESET_PM],
		 e->survived[PCSC_REC_RESET_BUS]);
	fprintf(out,
		" %9" PRIu64 " %7" PRIu64 " %9" PRIu64 " %6" PRIu64 " %10s",
		e->functions, e->least_reads, e->reads, e->values, resets);
}

/* A compiled rule may cover several registers: the first and dots. */
static const char *register_name(const struct profile_rule *rule, char buf[80])
{
	const struct pcsc_reg *reg;

	if (rule->name)
		return rule->name;
	reg = profile_reg(rule->space, rule->cap, rule->offset);
	if (!reg)
		return rule->zero ? "(zero)" : "";
	snprintf(buf, 80, "%s...", reg->name);
	return buf;
}

static void show_rules(const struct profile_model *model, FILE *out)
{
	char where[48], name[80];

	if (model->nr_rules)
		fprintf(out,
			"  %-8s %-13s %-18s %5s %9s %7s %9s %6s %10s  %s\n",
			"CLASS", "BASIS", "PLACE", "BYTES", "FUNCTIONS",
			"READS>=", "READS", "VALUES", "FLR/PM/BUS", "REGISTER");
	for (size_t i = 0; i < model->nr_rules; i++) {
		const struct profile_rule *r = &model->rules[i];

		fprintf(out, "  %-8s %-13s %-18s %5u",
			pcsc_class_names[r->klass],
			profile_basis_names[r->basis],
			pcsc_place(r->space, r->cap, r->offset, where),
			r->length);
		if (r->has_evidence)
			show_evidence(&r->evidence, out);
		else
			fprintf(out, " %9s %7s %9s %6s %10s", "-", "-", "-",
				"-", "-");
		fprintf(out, "  %s\n", register_name(r, name));
	}
}

static void show_conflicts(const struct profile_model *model, FILE *out)
{
	char where[48];

	for (size_t i = 0; i < model->nr_conflicts; i++) {
		const struct profile_conflict *c = &model->conflicts[i];

		fprintf(out,
			"  conflict: %s, %u byte%s (%s): %s on %" PRIu64
			" function%s, such as %s: %s\n",
			pcsc_place(c->space, c->cap, c->offset, where),
			c->length, plural(c->length), c->name ?: "undescribed",
			profile_reason_names[c->reason], c->functions,
			plural(c->functions), c->example ?: "-",
			c->name || c->reason != PROFILE_WRITTEN ?
				"no rule" :
				"no evidence rules");
	}
}

int profile_show(struct profile *prof, FILE *out)
{
	_cleanup_(pcsc_names_closep) struct pci_access *names =
		pcsc_names_open();

	profile_sort(prof);
	fprintf(out, "profile '%s', register table %08x%s%s\n", prof->name,
		prof->table,
		prof->table == pcsc_regs_hash() ? "" : " (not this tool's)",
		prof->incomplete ? ", from an incomplete recording" : "");
	for (size_t i = 0; i < prof->nr_models; i++) {
		const struct profile_model *model = &prof->models[i];

		fprintf(out, "\nmodels[%zu]:", i);
		show_match(&model->id, names, out);
		show_sums(model, out);
		show_layout(model, out);
		show_rules(model, out);
		show_conflicts(model, out);
	}
	if (!fflush(out) && !ferror(out))
		return 0;
	return pcsc_fail(-EIO, "cannot write the listing to stdout: %s",
			 strerror(errno));
}
