// SPDX-License-Identifier: GPL-2.0-only
#include "groups.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "cleanup.h"
#include "phases.h"
#include "regname.h"
#include "talk.h"

/* ---- names and their keys ---- */

struct name {
	const char *text;
	uint32_t key;
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text,
		      ((const struct name *)b)->text);
}

/* Room for one more of @nr things is made by doubling, at every power of two. */
static void *room_for(void *things, size_t nr, size_t size)
{
	return nr & (nr - 1) ? things : reallocarray(things, 2 * nr + 1, size);
}

static int add_name(struct pcsc_groups *g, const char *text, uint32_t *key)
{
	char **names = room_for(g->names, g->nr_names, sizeof(*names));
	struct name *name = malloc(sizeof(*name));

	if (names)
		g->names = names;
	if (!names || !name || !(names[g->nr_names] = strdup(text))) {
		free(name);
		return -ENOMEM;
	}
	*key = g->nr_names++;
	*name = (struct name){ names[*key], *key };
	if (tsearch(name, &g->name_index, compare_names))
		return 0;
	free(name);
	return -ENOMEM;
}

/* The same key for the same text. */
static int key_of(struct pcsc_groups *g, const char *text, uint32_t *key)
{
	const struct name wanted = { .text = text };
	struct name **found = tfind(&wanted, &g->name_index, compare_names);

	if (!found)
		return add_name(g, text, key);
	*key = (*found)->key;
	return 0;
}

/* ---- what a register belongs to ---- */

static int key_of_register(struct pcsc_groups *g, struct pcsc_regnames *names,
			   enum pcsc_facet facet,
			   const struct pcsc_rec_register *r, uint32_t *key)
{
	const struct pcsc_rec_function *f = &g->s->rec->functions[r->function];
	char text[PCSC_REGNAME_SIZE];

	switch (facet) {
	case PCSC_BY_FUNCTION:
		*key = r->function;
		return 0;
	case PCSC_BY_MODEL:
		*key = f->flags & PCSC_REC_FN_IDS ?
			       (uint32_t)f->vendor << 16 | f->device :
			       UINT32_MAX;
		return 0;
	case PCSC_BY_REGISTER:
		pcsc_regname(names, r, text);
		return key_of(g, text, key);
	case PCSC_BY_CAPABILITY:
		pcsc_regname_holder(names, r, text);
		return key_of(g, text, key);
	case PCSC_BY_DRIVER:
		return key_of(g, f->driver[0] ? f->driver : "-", key);
	case PCSC_BY_PATTERN:
		return key_of(g, pcsc_pattern(r), key);
	case PCSC_BY_WIDTH:
		*key = r->width;
		return 0;
	case PCSC_BY_PATH:
		*key = r->family;
		return 0;
	case PCSC_BY_CALLER: /* key_of_part() */
	case PCSC_BY_ATTRIBUTE:
	case PCSC_BY_PHASE:
	case PCSC_FACETS:
		break;
	}
	*key = UINT32_MAX;
	return 0;
}

/* ---- groups ---- */

static int compare_keys(const uint32_t *a, const uint32_t *b)
{
	for (int i = 0; i < PCSC_MOST_FACETS; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* A group's place: groups move when there is to be room for more. */
struct node {
	uint32_t keys[PCSC_MOST_FACETS];
	size_t index;
};

static int compare_nodes(const void *a, const void *b)
{
	return compare_keys(((const struct node *)a)->keys,
			    ((const struct node *)b)->keys);
}

static struct pcsc_group *add_group(struct pcsc_groups *g,
				    const struct node *wanted)
{
	struct pcsc_group *groups = room_for(g->groups, g->nr, sizeof(*groups));
	struct node *node = malloc(sizeof(*node));
	struct pcsc_group *new;

	if (groups)
		g->groups = groups;
	if (node)
		*node = (struct node){ .index = g->nr };
	if (!groups || !node)
		goto fail;
	memcpy(node->keys, wanted->keys, sizeof(node->keys));
	if (!tsearch(node, &g->group_index, compare_nodes))
		goto fail;
	new = &groups[g->nr++];
	*new = (struct pcsc_group){ .function = UINT32_MAX,
				    .last_function = UINT32_MAX,
				    .last_register = UINT32_MAX };
	memcpy(new->keys, wanted->keys, sizeof(new->keys));
	return new;
fail:
	free(node);
	return NULL;
}

static struct pcsc_group *find_group(struct pcsc_groups *g,
				     const struct node *wanted)
{
	struct node **found = tfind(wanted, &g->group_index, compare_nodes);

	return found ? &g->groups[(*found)->index] : add_group(g, wanted);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* All of them are of one register, or of what one caller does to it. */
static void add_accesses(struct pcsc_group *to, const struct pcsc_rec_use *u)
{
	to->reads += u->reads;
	to->writes += u->writes;
	to->errors += u->errors;
	to->read_ns += u->read_ns;
	to->write_ns += u->write_ns;
	if (u->errors)
		return;
	to->clean.reads += u->reads;
	to->clean.writes += u->writes;
	to->clean.read_ns += u->read_ns;
	to->clean.write_ns += u->write_ns;
}

static void add_register(struct pcsc_group *to,
			 const struct pcsc_rec_register *r, bool is_const)
{
	const struct pcsc_rec_use all = {
		.reads = r->reads,
		.writes = r->writes,
		.errors = r->errors,
		.read_ns = r->latency_sum_ns - r->write_sum_ns,
		.write_ns = r->write_sum_ns,
	};
	const uint64_t repeats = pcsc_register_repeats(r);

	add_accesses(to, &all);
	to->read_max_ns = larger(to->read_max_ns, r->read_max_ns);
	to->write_max_ns = larger(to->write_max_ns, r->write_max_ns);
	to->changes += r->changes;
	to->repeats += repeats;
	if (is_const) {
		to->const_repeats += repeats;
		if (!r->errors)
			to->const_ns +=
				pcsc_mean(all.read_ns, r->reads) * repeats;
	}
}

/* Registers come in the order of their functions. */
static void count_function(const struct pcsc_rec *rec, struct pcsc_group *to,
			   uint32_t reg)
{
	const struct pcsc_rec_register *r = &rec->registers[reg];
	const struct pcsc_rec_function *f = &rec->functions[r->function];

	if (to->last_register == reg)
		return;
	to->last_register = reg;
	if (!to->registers++)
		to->offset = r->offset;
	else if (to->offset != r->offset)
		to->offset = PCSC_NO_OFFSET;
	if (to->last_function == r->function)
		return;
	to->last_function = r->function;
	to->functions++;
	to->vfs += !!(f->flags & PCSC_REC_FN_VF);
	if (to->function == UINT32_MAX)
		to->function = r->function;
}

static int add_whole(struct pcsc_groups *g, struct pcsc_regnames *names,
		     const struct node *wanted, uint32_t reg)
{
	const struct pcsc_rec_register *r = &g->s->rec->registers[reg];
	struct pcsc_group *to = find_group(g, wanted);

	if (!to)
		return -ENOMEM;
	add_register(to, r, pcsc_regname_is_const(names, r));
	count_function(g->s->rec, to, reg);
	return 0;
}

/* Callers of one name are one, whatever attributes they used. */
static uint32_t first_of_name(const struct pcsc_rec *rec, uint32_t caller)
{
	const char *name = rec->callers[caller].name;
	uint32_t low = 0;

	while (low < caller) {
		uint32_t mid = low + (caller - low) / 2;

		if (strcmp(rec->callers[mid].name, name) < 0)
			low = mid + 1;
		else
			caller = mid;
	}
	return low;
}

/* One of those that the parts of the registers are: see struct pcsc_groups. */
static struct pcsc_part part_at(const struct pcsc_groups *g, uint32_t i)
{
	if (g->parts)
		return g->parts[i];
	return (struct pcsc_part){ .use = g->s->rec->uses[i] };
}

static uint32_t nr_parts(const struct pcsc_groups *g)
{
	return g->parts ? g->nr_parts : g->s->rec->header.nr_uses;
}

static int key_of_part(struct pcsc_groups *g, enum pcsc_facet facet,
		       const struct pcsc_part *p, uint32_t *key)
{
	const struct pcsc_rec *rec = g->s->rec;
	const char *attribute = rec->callers[p->use.caller].attribute;

	if (facet == PCSC_BY_CALLER)
		*key = first_of_name(rec, p->use.caller);
	if (facet == PCSC_BY_ATTRIBUTE)
		return key_of(g, attribute[0] ? attribute : "-", key);
	if (facet == PCSC_BY_PHASE)
		return key_of(g, pcsc_phase_name(rec, p->phase), key);
	return 0;
}

static int add_part(struct pcsc_groups *g, struct node *wanted,
		    const struct pcsc_part *p)
{
	struct pcsc_group *to;

	for (unsigned int i = 0; i < g->by.nr; i++)
		if (key_of_part(g, g->by.facets[i], p, &wanted->keys[i]))
			return -ENOMEM;
	to = find_group(g, wanted);
	if (!to)
		return -ENOMEM;
	add_accesses(to, &p->use);
	count_function(g->s->rec, to, p->use.reg);
	return 0;
}

/*
 * The whole if the recording knows of no caller; but of an access that has no event
 * nobody knows in which phase it was.
 */
static int add_parts(struct pcsc_groups *g, struct pcsc_regnames *names,
		     struct node *wanted, uint32_t reg, uint32_t *next)
{
	const uint32_t nr = nr_parts(g);
	int err = 0;

	while (*next < nr && part_at(g, *next).use.reg < reg)
		++*next;
	if (*next == nr || part_at(g, *next).use.reg != reg)
		return g->parts ? 0 : add_whole(g, names, wanted, reg);
	for (; !err && *next < nr; ++*next) {
		const struct pcsc_part p = part_at(g, *next);

		if (p.use.reg != reg)
			break;
		err = add_part(g, wanted, &p);
	}
	return err;
}

static int add_all(struct pcsc_groups *g, struct pcsc_regnames *names)
{
	const bool by_caller = pcsc_by_tells_parts(&g->by);
	const struct pcsc_rec *rec = g->s->rec;
	uint32_t next_use = 0;
	int err = 0;

	for (uint32_t i = 0; !err && i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];
		struct node wanted = {};

		if (!g->s->chosen[r->function])
			continue;
		for (unsigned int n = 0; !err && n < g->by.nr; n++)
			err = key_of_register(g, names, g->by.facets[n], r,
					      &wanted.keys[n]);
		if (!err && by_caller)
			err = add_parts(g, names, &wanted, i, &next_use);
		else if (!err)
			err = add_whole(g, names, &wanted, i);
	}
	return err;
}

int pcsc_groups_make(const struct pcsc_summary *s, struct pcsc_regnames *names,
		     const struct pcsc_by *by, struct pcsc_groups *out)
{
	int err = 0;

	*out = (struct pcsc_groups){ .s = s, .by = *by };
	if (pcsc_by_has(by, PCSC_BY_PHASE))
		err = pcsc_phases_parts(s->rec, &out->parts, &out->nr_parts);
	if (err)
		return err;
	err = add_all(out, names);
	free(TAKE_PTR(out->parts));
	tdestroy(out->group_index, free);
	out->group_index = NULL;
	return err ? pcsc_fail(err, "no memory left") : 0;
}

void pcsc_groups_free(struct pcsc_groups *g)
{
	free(g->groups);
	for (size_t i = 0; i < g->nr_names; i++)
		free(g->names[i]);
	free(g->names);
	tdestroy(g->name_index, free);
	*g = (struct pcsc_groups){};
}

/* ---- labels ---- */

static const char *model_label(uint32_t key, char *buf, size_t size)
{
	if (key == UINT32_MAX)
		snprintf(buf, size, "(not identified)");
	else
		snprintf(buf, size, "%04x:%04x", key >> 16, key & 0xffff);
	return buf;
}

const char *pcsc_groups_label(const struct pcsc_groups *g,
			      const struct pcsc_group *group, unsigned int nth,
			      char *buf, size_t size)
{
	const struct pcsc_rec *rec = g->s->rec;
	const uint32_t key = group->keys[nth];
	const struct pcsc_rec_function *f;

	switch (g->by.facets[nth]) {
	case PCSC_BY_FUNCTION:
		f = &rec->functions[key];
		return pcsc_bdf_format(buf, f->domain, f->bus, f->devfn);
	case PCSC_BY_MODEL:
		return model_label(key, buf, size);
	case PCSC_BY_CALLER:
		return key < rec->header.nr_callers ? rec->callers[key].name :
						      "-";
	case PCSC_BY_WIDTH:
		snprintf(buf, size, "%u", key);
		return buf;
	case PCSC_BY_PATH:
		return pcsc_family_names[key];
	case PCSC_BY_REGISTER:
	case PCSC_BY_CAPABILITY:
	case PCSC_BY_ATTRIBUTE:
	case PCSC_BY_DRIVER:
	case PCSC_BY_PHASE:
	case PCSC_BY_PATTERN:
	case PCSC_FACETS:
		break;
	}
	return key < g->nr_names ? g->names[key] : "?";
}

/* ---- order ---- */

static uint64_t weight(const struct pcsc_group *g, enum pcsc_sort sort)
{
	switch (sort) {
	case PCSC_SORT_READS:
		return g->reads;
	case PCSC_SORT_WRITES:
		return g->writes;
	case PCSC_SORT_REPEATS:
		return g->repeats;
	case PCSC_SORT_MAX:
		return larger(g->read_max_ns, g->write_max_ns);
	default:
		return pcsc_group_ns(g);
	}
}

static int compare_groups(const void *pa, const void *pb, void *sort)
{
	const struct pcsc_group *a = pa, *b = pb;
	const enum pcsc_sort by = *(const enum pcsc_sort *)sort;
	const uint64_t wa = weight(a, by), wb = weight(b, by);

	if (wa != wb)
		return wa > wb ? -1 : 1;
	return compare_keys(a->keys, b->keys);
}

enum pcsc_sort pcsc_sort_of(const struct pcsc_by *by, enum pcsc_sort wanted)
{
	const bool shared =
		wanted == PCSC_SORT_REPEATS || wanted == PCSC_SORT_MAX;

	return shared && pcsc_by_tells_parts(by) ? PCSC_SORT_TIME : wanted;
}

void pcsc_groups_sort(struct pcsc_groups *g, enum pcsc_sort wanted)
{
	enum pcsc_sort sort = pcsc_sort_of(&g->by, wanted);

	if (g->nr)
		qsort_r(g->groups, g->nr, sizeof(*g->groups), compare_groups,
			&sort);
}
