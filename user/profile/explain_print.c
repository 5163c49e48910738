// SPDX-License-Identifier: GPL-2.0-only
/* What explain found, for people and as JSON. */
#include <inttypes.h>
#include <string.h>

#include "array.h"
#include "core/caps.h"
#include "explain.h"
#include "jsonw.h"
#include "talk.h"
#include "words.h"

static const char *class_of(const struct explained *run)
{
	switch (run->why) {
	case EXPLAIN_CONST:
		return pcsc_class_names[PCSC_CONST];
	case EXPLAIN_CONFIG:
	case EXPLAIN_ADDRESS:
		return pcsc_class_names[PCSC_CONFIG];
	default:
		return pcsc_class_names[PCSC_VOLATILE];
	}
}

static const char *basis_of(const struct explained *run)
{
	if (run->why == EXPLAIN_CONST && run->rule)
		return profile_basis_names[run->rule->basis];
	return explain_words[run->why].word;
}

/* What the helper has of the run, in two words. */
static const char *now_of(const struct explain *e, const struct explained *run)
{
	if (!e->live.there)
		return "-";
	if (run->live & PCSC_BYTE_DEMOTED)
		return "demoted";
	if (run->live & PCSC_BYTE_CACHED)
		return "in memory";
	if (!(run->live & PCSC_BYTE_CONST))
		return run->why == EXPLAIN_CONST ? "not served" : "-";
	return run->live & PCSC_BYTE_UNPROVED ? "unproved" : "not read";
}

void explain_print(const struct explain *e, FILE *out)
{
	char place[48];

	fprintf(out, "%-5s %5s %-20s %-28s %-8s %-13s %s\n", "AT", "BYTES",
		"PLACE", "REGISTER", "CLASS", "BASIS", "HELPER");
	for (size_t i = 0; i < e->nr_runs; i++) {
		const struct explained *run = &e->runs[i];

		fprintf(out, "0x%03x %5u %-20s %-28.28s %-8s %-13s %s\n",
			run->where, run->length,
			pcsc_place_of(run->cap, run->where, place),
			explain_name(run), class_of(run), basis_of(run),
			now_of(e, run));
	}
}

/* ---- one run ---- */

/* The first reason why the function as a whole is not served; NULL: it is. */
static const struct pcsc_why *held_back(const struct live *live)
{
	static const struct pcsc_why off = {
		.name = "off", .sentence = "The helper's mode is off."
	};
	static const struct pcsc_why shadow = {
		.name = "shadow",
		.sentence = "In shadow, hardware answers and is compared."
	};

	if (live->info.mode == PCSC_MODE_OFF)
		return &off;
	for (size_t i = 0; i < PCSC_WHYS; i++)
		if (pcsc_whys[i].bit & ~PCSC_WHY_NO_EVIDENCE & live->state.why)
			return &pcsc_whys[i];
	return live->state.mode == PCSC_MODE_ON ? NULL : &shadow;
}

/* The answer for what the profile calls const, with the helper's word. */
static void print_const(const struct explain *e, const struct explained *run,
			FILE *out)
{
	const struct pcsc_why *held =
		e->live.there ? held_back(&e->live) : NULL;

	if (!e->live.there)
		fputs("const: may be answered from memory", out);
	else if (run->live & PCSC_BYTE_DEMOTED)
		fputs("const in the profile, but demoted in this function: `pcsc-ctl events` says by which access",
		      out);
	else if (!(run->live & PCSC_BYTE_CONST))
		fputs("const in this profile, but not in the helper's evaluation: a mismatch took it from the model, a line has no room, or another profile is in force",
		      out);
	else if (held)
		fprintf(out, "const, but hardware answers now (%s): %s",
			held->name, held->sentence);
	else if (run->live & PCSC_BYTE_CACHED)
		fputs("const, and answered from memory", out);
	else if (run->live & PCSC_BYTE_UNPROVED)
		fputs("const: it is kept when it is read after the function's capability headers were",
		      out);
	else
		fputs("const: the next read asks hardware, and is kept", out);
	fputc('\n', out);
}

static void print_table(const struct explain *e, const struct explained *run,
			FILE *out)
{
	const struct pcsc_reg *reg = run->reg;
	bool writable;

	if (!reg)
		return;
	if (e->identity.is_vf && reg->flags & PCSC_VF_CONST) {
		fprintf(out, "  register   PCIe %s: read-only in a VF\n",
			reg->source);
		return;
	}
	writable = reg->attr != PCSC_RO && reg->attr != PCSC_HWINIT;
	fprintf(out, "  register   PCIe %s: %s; changed by %s%s%s\n",
		reg->source, pcsc_attr_names[reg->attr],
		writable ? "writes" : "",
		writable && reg->changed_by ? " and by " : "",
		writable && !reg->changed_by ?
			" only" :
			pcsc_changed_by_names[reg->changed_by]);
}

static void print_rule(const struct explained *run, FILE *out)
{
	const struct profile_rule *rule = run->rule;
	const struct profile_evidence *e;

	if (!rule)
		return;
	fprintf(out, "  rule       %s by %s%s\n", pcsc_class_names[rule->klass],
		profile_basis_names[rule->basis],
		rule->zero ? ", zero in every function" : "");
	if (rule->siblings)
		fprintf(out, "  siblings   equal in %" PRIu64 " %s\n",
			rule->siblings, pcsc_noun(rule->siblings, "VF", "VFs"));
	if (!rule->has_evidence)
		return;
	e = &rule->evidence;
	fprintf(out,
		"  evidence   %" PRIu64 " %s, %" PRIu64 " %s (at least %" PRIu64
		" each), %" PRIu64 " %s, %" PRIu64 " %s, %" PRIu64
		" %s; survived %" PRIu64 " %s, %" PRIu64 " %s, %" PRIu64
		" %s\n",
		e->functions, pcsc_noun(e->functions, "function", "functions"),
		e->reads, pcsc_noun(e->reads, "read", "reads"), e->least_reads,
		e->values, pcsc_noun(e->values, "value", "values"), e->writes,
		pcsc_noun(e->writes, "write", "writes"), e->changes,
		pcsc_noun(e->changes, "change", "changes"),
		e->survived[PCSC_REC_RESET_FLR],
		pcsc_noun(e->survived[PCSC_REC_RESET_FLR], "FLR", "FLRs"),
		e->survived[PCSC_REC_RESET_PM],
		pcsc_noun(e->survived[PCSC_REC_RESET_PM], "power step",
			  "power steps"),
		e->survived[PCSC_REC_RESET_BUS],
		pcsc_noun(e->survived[PCSC_REC_RESET_BUS], "bus reset",
			  "bus resets"));
}

static void print_conflict(const struct explained *run, FILE *out)
{
	const struct profile_conflict *c = run->conflict;

	if (!c)
		return;
	fprintf(out,
		"  conflict   %s on %" PRIu64 " %s, such as %s: %" PRIu64
		" %s, %" PRIu64 " %s\n",
		profile_reason_names[c->reason], c->functions,
		pcsc_noun(c->functions, "function", "functions"),
		c->example ?: "-", c->writes,
		pcsc_noun(c->writes, "write", "writes"), c->changes,
		pcsc_noun(c->changes, "change", "changes"));
}

/* docs/survival.md has the whole table. */
static void print_forgotten(const struct explain *e,
			    const struct explained *run, FILE *out)
{
	const bool evidence = run->rule && run->rule->basis == PROFILE_EVIDENCE;

	fprintf(out, "  forgotten  %s; demoted by %s\n",
		e->identity.is_vf ?
			(evidence ?
				 "by every reset of its PF or of what is above, and by its own if user space had it; not by its own FLR and step from D3hot to D0 otherwise" :
				 "by every reset of its PF or of what is above; not by its own FLR and step from D3hot to D0") :
			"by every reset, power step and removal of it or of what is above",
		evidence ? "a write to any byte that nothing describes" :
			   "a write to it that changes it");
}

static void print_helper(const struct explain *e, FILE *out)
{
	const struct pcsc_bytes *b = &e->live.bytes;

	if (!e->live.there)
		return;
	fprintf(out,
		"  helper     mode %s; values of this function were last forgotten %u s ago; hardware last agreed with a hit ",
		pcsc_mode_name(e->live.state.mode), b->emptied_s);
	if (b->verified_s == PCSC_NEVER)
		fputs("never\n", out);
	else
		fprintf(out, "%u s ago\n", b->verified_s);
}

void explain_print_whole(const struct explain *e, const struct explained *run,
			 FILE *out)
{
	char place[48];

	fprintf(out, "%s (%s, at 0x%03x, %u %s): ", explain_name(run),
		pcsc_place_of(run->cap, run->where, place), run->where,
		run->length, pcsc_noun(run->length, "byte", "bytes"));
	if (run->why == EXPLAIN_CONST)
		print_const(e, run, out);
	else
		fprintf(out, "%s, so hardware always answers: %s\n",
			class_of(run), explain_words[run->why].sentence);
	print_table(e, run, out);
	print_rule(run, out);
	print_conflict(run, out);
	if (run->why != EXPLAIN_CONST)
		return;
	print_forgotten(e, run, out);
	print_helper(e, out);
}

/* ---- JSON ---- */

static void json_evidence(struct pcsc_jsonw *w,
			  const struct profile_evidence *e)
{
	pcsc_jsonw_object(w, "evidence");
	pcsc_jsonw_uint(w, "functions", e->functions);
	pcsc_jsonw_uint(w, "reads", e->reads);
	pcsc_jsonw_uint(w, "least_reads", e->least_reads);
	pcsc_jsonw_uint(w, "values", e->values);
	pcsc_jsonw_uint(w, "writes", e->writes);
	pcsc_jsonw_uint(w, "changes", e->changes);
	pcsc_jsonw_object(w, "survived");
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		pcsc_jsonw_uint(w, profile_reset_names[kind],
				e->survived[kind]);
	pcsc_jsonw_end(w);
	pcsc_jsonw_end(w);
}

static void json_run(struct pcsc_jsonw *w, const struct explain *e,
		     const struct explained *run)
{
	char place[48];

	pcsc_jsonw_object(w, NULL);
	pcsc_jsonw_uint(w, "offset", run->where);
	pcsc_jsonw_uint(w, "length", run->length);
	pcsc_jsonw_string(w, "place",
			  pcsc_place_of(run->cap, run->where, place));
	pcsc_jsonw_string(w, "register", explain_name(run));
	pcsc_jsonw_string(w, "class", class_of(run));
	pcsc_jsonw_string(w, "why", explain_words[run->why].word);
	pcsc_jsonw_string(w, "words", explain_words[run->why].sentence);
	if (run->reg)
		pcsc_jsonw_string(w, "source", run->reg->source);
	if (run->rule) {
		pcsc_jsonw_string(w, "basis",
				  profile_basis_names[run->rule->basis]);
		pcsc_jsonw_uint(w, "siblings", run->rule->siblings);
		if (run->rule->has_evidence)
			json_evidence(w, &run->rule->evidence);
	}
	if (e->live.there)
		pcsc_jsonw_string(w, "helper", now_of(e, run));
	pcsc_jsonw_end(w);
}

void explain_print_json(const struct explain *e, FILE *out)
{
	struct pcsc_jsonw w = { .file = out };

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-profile-explain");
	pcsc_jsonw_uint(&w, "version", 1);
	pcsc_jsonw_string(&w, "profile", e->profile->name);
	pcsc_jsonw_bool(&w, "matched", e->model);
	pcsc_jsonw_hex(&w, "layout", 8, e->layout.fingerprint);
	if (e->live.there) {
		const struct pcsc_why *held = held_back(&e->live);

		pcsc_jsonw_bool(&w, "served", !held);
		if (held)
			pcsc_jsonw_string(&w, "held_back", held->name);
		pcsc_jsonw_uint(&w, "forgotten_s", e->live.bytes.emptied_s);
		if (e->live.bytes.verified_s != PCSC_NEVER)
			pcsc_jsonw_uint(&w, "verified_s",
					e->live.bytes.verified_s);
	}
	pcsc_jsonw_array(&w, "bytes");
	for (size_t i = 0; i < e->nr_runs; i++)
		json_run(&w, e, &e->runs[i]);
	pcsc_jsonw_end(&w);
	pcsc_jsonw_end(&w);
}
