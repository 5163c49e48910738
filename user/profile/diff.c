// SPDX-License-Identifier: GPL-2.0-only
#include "diff.h"

#include <errno.h>
#include <string.h>

#include "jsonw.h"
#include "talk.h"

struct pair {
	struct profile_model *a, *b; /* NULL: the other profile has none */
};

struct diff {
	struct pair *pairs;
	size_t nr_pairs;
	size_t differences;
	bool json;
	FILE *out;
	struct pcsc_jsonw w;
};

/* ---- which models belong together ---- */

static bool same_device(const struct profile_model *a,
			const struct profile_model *b)
{
	const u32 ids = PCSC_MATCH_VENDOR | PCSC_MATCH_DEVICE;

	return (a->id.match & b->id.match & ids) == ids &&
	       a->id.vendor == b->id.vendor && a->id.device == b->id.device &&
	       profile_is_for_vfs(a) == profile_is_for_vfs(b);
}

static int add_pair(struct diff *d, struct profile_model *a,
		    struct profile_model *b)
{
	struct pair *pair =
		profile_grow(&d->pairs, &d->nr_pairs, sizeof(*pair));

	if (!pair)
		return -ENOMEM;
	*pair = (struct pair){ a, b };
	return 0;
}

/* The same model, or the only one of the other profile that nobody else is paired with. */
static struct pair *find_pair(struct diff *d, const struct profile_model *b,
			      bool same)
{
	for (size_t i = 0; i < d->nr_pairs; i++) {
		struct pair *pair = &d->pairs[i];

		if (!pair->a || pair->b)
			continue;
		if (same ? !profile_model_compare(pair->a, b) :
			   same_device(pair->a, b))
			return pair;
	}
	return NULL;
}

static int pair_up(struct diff *d, struct profile *a, struct profile *b)
{
	_cleanup_free_ bool *done = calloc(b->nr_models + 1, sizeof(*done));
	int err = done ? 0 : -ENOMEM;

	for (size_t i = 0; i < a->nr_models && !err; i++)
		err = add_pair(d, &a->models[i], NULL);
	for (int same = 1; same >= 0; same--)
		for (size_t i = 0; i < b->nr_models && !err; i++) {
			struct pair *pair =
				done[i] ? NULL :
					  find_pair(d, &b->models[i], same);

			if (!pair)
				continue;
			pair->b = &b->models[i];
			done[i] = true;
		}
	for (size_t i = 0; i < b->nr_models && !err; i++)
		if (!done[i])
			err = add_pair(d, NULL, &b->models[i]);
	return err;
}

/* ---- what is printed ---- */

static void print_model(const struct pcsc_profile_model *id, FILE *out)
{
	if (id->match & PCSC_MATCH_DEVICE)
		fprintf(out, "%04x:%04x", id->vendor, id->device);
	else
		fputs("any function", out);
	if (id->match & PCSC_MATCH_VF)
		fputs(id->is_vf ? " VF" : " not a VF", out);
	if (id->match & PCSC_MATCH_CLASS)
		fprintf(out, " class %06x", id->class_code);
	if (id->match & PCSC_MATCH_SUBSYSTEM)
		fprintf(out, " subsystem %04x:%04x", id->subvendor,
			id->subdevice);
	if (id->match & PCSC_MATCH_REVISION)
		fprintf(out, " revision %02x", id->revision);
	if (id->match & PCSC_MATCH_LAYOUT)
		fprintf(out, " layout %08x", id->fingerprint);
}

/* The keys of a profile's "match", those that are there. */
static void json_model(struct pcsc_jsonw *w, const char *key,
		       const struct pcsc_profile_model *id)
{
	pcsc_jsonw_object(w, key);
	if (id->match & PCSC_MATCH_VENDOR)
		pcsc_jsonw_hex(w, "vendor", 4, id->vendor);
	if (id->match & PCSC_MATCH_DEVICE)
		pcsc_jsonw_hex(w, "device", 4, id->device);
	if (id->match & PCSC_MATCH_SUBSYSTEM) {
		pcsc_jsonw_hex(w, "subsystem_vendor", 4, id->subvendor);
		pcsc_jsonw_hex(w, "subsystem_device", 4, id->subdevice);
	}
	if (id->match & PCSC_MATCH_CLASS)
		pcsc_jsonw_hex(w, "class", 6, id->class_code);
	if (id->match & PCSC_MATCH_REVISION)
		pcsc_jsonw_hex(w, "revision", 2, id->revision);
	if (id->match & PCSC_MATCH_VF)
		pcsc_jsonw_bool(w, "vf", id->is_vf);
	if (id->match & PCSC_MATCH_LAYOUT)
		pcsc_jsonw_hex(w, "layout", 8, id->fingerprint);
	pcsc_jsonw_end(w);
}

/* A model's line comes with its first difference. */
static void begin_pair(struct diff *d, const struct pair *pair, bool *begun)
{
	if (*begun)
		return;
	*begun = true;
	if (d->json) {
		pcsc_jsonw_object(&d->w, NULL);
		if (pair->a)
			json_model(&d->w, "from", &pair->a->id);
		if (pair->b)
			json_model(&d->w, "to", &pair->b->id);
		pcsc_jsonw_array(&d->w, "bytes");
		return;
	}
	fputs(!pair->b ? "- " : !pair->a ? "+ " : "  ", d->out);
	print_model(pair->a ? &pair->a->id : &pair->b->id, d->out);
	if (pair->a && pair->b && profile_model_compare(pair->a, pair->b)) {
		fputs(" -> ", d->out);
		print_model(&pair->b->id, d->out);
	}
	fputc('\n', d->out);
}

static bool has_siblings(const struct profile_rule *rule)
{
	return rule->siblings >= PROFILE_MIN_SIBLINGS;
}

static void print_side(const struct profile_rule *rule, FILE *out)
{
	if (!rule) {
		fputs("no rule", out);
		return;
	}
	fprintf(out, "%s by %s%s%s", pcsc_class_names[rule->klass],
		profile_basis_names[rule->basis], rule->zero ? ", zero" : "",
		has_siblings(rule) ? ", siblings" : "");
}

/* @keys: the class, its basis, whether it is zero, whether siblings may answer. */
static void json_side(struct pcsc_jsonw *w, const struct profile_rule *rule,
		      const char *const keys[4])
{
	pcsc_jsonw_string(w, keys[0],
			  rule ? pcsc_class_names[rule->klass] : "no rule");
	if (!rule)
		return;
	pcsc_jsonw_string(w, keys[1], profile_basis_names[rule->basis]);
	pcsc_jsonw_bool(w, keys[2], rule->zero);
	pcsc_jsonw_bool(w, keys[3], has_siblings(rule));
}

static void print_bytes(struct diff *d, const struct profile_rule *a,
			const struct profile_rule *b, u16 offset, u16 length)
{
	static const char *const from[] = { "from", "from_basis", "from_zero",
					    "from_siblings" };
	static const char *const to[] = { "to", "to_basis", "to_zero",
					  "to_siblings" };
	const struct profile_rule *rule = a ?: b;
	char place[48];

	pcsc_place(rule->space, rule->cap, offset, place);
	d->differences++;
	if (d->json) {
		pcsc_jsonw_object(&d->w, NULL);
		pcsc_jsonw_string(&d->w, "place", place);
		pcsc_jsonw_uint(&d->w, "length", length);
		json_side(&d->w, a, from);
		json_side(&d->w, b, to);
		if (rule->name)
			pcsc_jsonw_string(&d->w, "register", rule->name);
		pcsc_jsonw_end(&d->w);
		return;
	}
	fprintf(d->out, "    %c %-20s %5u ",
		!b ? '-' :
		!a ? '+' :
		     '!',
		place, length);
	print_side(a, d->out);
	fputs(" -> ", d->out);
	print_side(b, d->out);
	fprintf(d->out, "%s%s\n", rule->name ? "  " : "", rule->name ?: "");
}

/* ---- bytes ---- */

/* What @model says of a byte; NULL: nothing. */
static const struct profile_rule *rule_at(const struct profile_model *model,
					  u8 space, u16 cap, u16 offset)
{
	for (size_t i = 0; model && i < model->nr_rules; i++) {
		const struct profile_rule *r = &model->rules[i];

		if (r->space == space && r->cap == cap && offset >= r->offset &&
		    offset - r->offset < r->length)
			return r;
	}
	return NULL;
}

static bool says_the_same(const struct profile_rule *a,
			  const struct profile_rule *b)
{
	if (!a || !b)
		return a == b;
	return a->klass == b->klass && a->basis == b->basis &&
	       a->zero == b->zero && has_siblings(a) == has_siblings(b);
}

/* The bytes of @rule, which is of one side, in runs that the other calls alike. */
static void compare_rule(struct diff *d, const struct pair *pair,
			 const struct profile_rule *rule, bool of_a,
			 bool *begun)
{
	const struct profile_model *other = of_a ? pair->b : pair->a;
	u16 length;

	for (u32 at = rule->offset; at < rule->offset + rule->length;
	     at += length) {
		const struct profile_rule *its =
			rule_at(other, rule->space, rule->cap, at);

		length = 1;
		while (at + length < rule->offset + rule->length &&
		       rule_at(other, rule->space, rule->cap, at + length) ==
			       its)
			length++;
		/* What both speak of was compared from the first side. */
		if (says_the_same(rule, its) || (!of_a && its))
			continue;
		begin_pair(d, pair, begun);
		print_bytes(d, of_a ? rule : its, of_a ? its : rule, at,
			    length);
	}
}

static void compare_pair(struct diff *d, const struct pair *pair)
{
	bool begun = false;

	if (!pair->a || !pair->b || profile_model_compare(pair->a, pair->b)) {
		begin_pair(d, pair, &begun);
		d->differences++;
	}
	for (size_t i = 0; pair->a && pair->b && i < pair->a->nr_rules; i++)
		compare_rule(d, pair, &pair->a->rules[i], true, &begun);
	for (size_t i = 0; pair->a && pair->b && i < pair->b->nr_rules; i++)
		compare_rule(d, pair, &pair->b->rules[i], false, &begun);
	if (!begun || !d->json)
		return;
	pcsc_jsonw_end(&d->w);
	pcsc_jsonw_end(&d->w);
}

ssize_t profile_diff(struct profile *a, struct profile *b, bool json, FILE *out)
{
	struct diff d = { .json = json, .out = out, .w = { .file = out } };
	int err;

	profile_sort(a);
	profile_sort(b);
	err = pair_up(&d, a, b);
	if (err)
		pcsc_error("out of memory");
	if (!err && json) {
		pcsc_jsonw_object(&d.w, NULL);
		pcsc_jsonw_string(&d.w, "schema", "pcsc-profile-diff");
		pcsc_jsonw_uint(&d.w, "version", 1);
		pcsc_jsonw_array(&d.w, "models");
	}
	for (size_t i = 0; !err && i < d.nr_pairs; i++)
		compare_pair(&d, &d.pairs[i]);
	if (!err && json) {
		pcsc_jsonw_end(&d.w);
		pcsc_jsonw_end(&d.w);
	}
	free(d.pairs);
	return err ?: (ssize_t)d.differences;
}
