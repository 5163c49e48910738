// SPDX-License-Identifier: GPL-2.0-only
#include "groups.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "cleanup.h"
#include "regname.h"
#include "talk.h"

/* ---- words ---- */

static const struct {
	const char *title;
	const char *words[2]; /* the second one means the same */
} facets[PCSC_FACETS] = {
	[PCSC_BY_FUNCTION] = { "FUNCTION", { "device", "function" } },
	[PCSC_BY_MODEL] = { "MODEL", { "model" } },
	[PCSC_BY_REGISTER] = { "REGISTER", { "register" } },
	[PCSC_BY_CAPABILITY] = { "CAPABILITY", { "capability" } },
	[PCSC_BY_CALLER] = { "CALLER", { "caller", "comm" } },
	[PCSC_BY_WIDTH] = { "WIDTH", { "width" } },
	[PCSC_BY_DRIVER] = { "DRIVER", { "driver" } },
	[PCSC_BY_PATH] = { "PATH", { "path" } },
};

const char *const pcsc_facet_words[] = {
	"device", "function", "model",	"register", "capability", "caller",
	"comm",	  "width",    "driver", "path",	    NULL,
};

const char *const pcsc_sort_words[PCSC_SORTS + 1] = {
	[PCSC_SORT_TIME] = "time",     [PCSC_SORT_READS] = "reads",
	[PCSC_SORT_WRITES] = "writes", [PCSC_SORT_REPEATS] = "repeats",
	[PCSC_SORT_MAX] = "max",
};

const char *pcsc_facet_title(enum pcsc_facet facet)
{
	return facets[facet].title;
}

const char *pcsc_facet_key(enum pcsc_facet facet)
{
	return facets[facet].words[0];
}

static int find_facet(const char *word)
{
	for (int i = 0; i < PCSC_FACETS; i++)
		for (int n = 0; n < 2; n++)
			if (facets[i].words[n] &&
			    !strcmp(facets[i].words[n], word))
				return i;
	return -1;
}

int pcsc_by_parse(struct pcsc_by *by, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *word;
	int facet;

	if (!copy)
		return pcsc_fail(-ENOMEM, "no memory left");
	by->nr = 0;
	while ((word = strsep(&rest, ","))) {
		facet = find_facet(word);
		if (facet < 0)
			return pcsc_fail(
				-EINVAL,
				"--by '%s': accesses cannot be grouped by '%s', but by device, model, register, capability, caller, width, driver, path",
				text, word);
		if (by->nr == PCSC_MOST_FACETS)
			return pcsc_fail(-EINVAL, "--by '%s': at most %d words",
					 text, PCSC_MOST_FACETS);
		by->facets[by->nr++] = facet;
	}
	return 0;
}

int pcsc_sort_parse(enum pcsc_sort *sort, const char *text)
{
	for (int i = 0; i < PCSC_SORTS; i++) {
		if (strcmp(pcsc_sort_words[i], text))
			continue;
		*sort = i;
		return 0;
	}
	return pcsc_fail(
		-EINVAL,
		"--sort '%s': it is not one of time, reads, writes, repeats, max",
		text);
}

/* ---- names and their keys ---- */

struct name {
	uint32_t key;
	char text[];
};

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text,
		      ((const struct name *)b)->text);
}

static uint32_t add_name(struct pcsc_groups *g, struct name *name)
{
	char **names;

	/* Room is made by doubling, at every power of two. */
	if (!(g->nr_names & (g->nr_names - 1))) {
		names = reallocarray(g->names, 2 * g->nr_names + 1,
				     sizeof(*names));
		if (!names)
			return UINT32_MAX;
		g->names = names;
	}
	name->key = g->nr_names;
	g->names[g->nr_names++] = name->text;
	return name->key;
}

/* The same key for the same text; UINT32_MAX if there is no memory. */
static uint32_t key_of(struct pcsc_groups *g, const char *text)
{
	struct name *name = malloc(sizeof(*name) + strlen(text) + 1);
	struct name **found;

	if (!name)
		return UINT32_MAX;
	strcpy(name->text, text);
	found = tsearch(name, &g->index, compare_names);
	if (found && *found == name)
		return add_name(g, name);
	free(name);
	return found ? (*found)->key : UINT32_MAX;
}

/* ---- rows: a register, or a caller's part of one ---- */

struct row {
	uint32_t keys[PCSC_MOST_FACETS];
	uint32_t reg;
	uint32_t use; /* UINT32_MAX: all of the register */
	bool is_const;
};

struct rows {
	struct row *rows;
	size_t nr, room;
};

static void rows_free(struct rows *rows)
{
	free(rows->rows);
}

bool pcsc_by_has(const struct pcsc_by *by, enum pcsc_facet facet)
{
	for (unsigned int i = 0; i < by->nr; i++)
		if (by->facets[i] == facet)
			return true;
	return false;
}

static uint32_t key_of_register(struct pcsc_groups *g,
				struct pcsc_regnames *names,
				enum pcsc_facet facet,
				const struct pcsc_rec_register *r)
{
	const struct pcsc_rec_function *f = &g->s->rec->functions[r->function];
	char text[PCSC_REGNAME_SIZE];

	switch (facet) {
	case PCSC_BY_FUNCTION:
		return r->function;
	case PCSC_BY_MODEL:
		if (!(f->flags & PCSC_REC_FN_IDS))
			return UINT32_MAX;
		return (uint32_t)f->vendor << 16 | f->device;
	case PCSC_BY_REGISTER:
		pcsc_regname(names, r, text);
		return key_of(g, text);
	case PCSC_BY_CAPABILITY:
		pcsc_regname_holder(names, r, text);
		return key_of(g, text);
	case PCSC_BY_DRIVER:
		return key_of(g, f->driver[0] ? f->driver : "-");
	case PCSC_BY_WIDTH:
		return r->width;
	case PCSC_BY_PATH:
		return r->family;
	case PCSC_BY_CALLER: /* add_uses() */
	case PCSC_FACETS:
		break;
	}
	return UINT32_MAX;
}

static int add_row(struct rows *rows, const struct row *row)
{
	struct row *more;

	if (rows->nr == rows->room) {
		rows->room = 2 * rows->room + 1024;
		more = reallocarray(rows->rows, rows->room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		rows->rows = more;
	}
	rows->rows[rows->nr++] = *row;
	return 0;
}

/* One row for each caller; one without a caller if the recording knows none. */
static int add_uses(const struct pcsc_groups *g, struct rows *rows,
		    struct row *row, uint32_t *next_use)
{
	const struct pcsc_rec *rec = g->s->rec;
	int err = 0;

	if (!pcsc_by_has(&g->by, PCSC_BY_CALLER))
		return add_row(rows, row);
	while (*next_use < rec->header.nr_uses &&
	       rec->uses[*next_use].reg < row->reg)
		++*next_use;
	if (*next_use == rec->header.nr_uses ||
	    rec->uses[*next_use].reg != row->reg)
		return add_row(rows, row);
	for (; !err && *next_use < rec->header.nr_uses &&
	       rec->uses[*next_use].reg == row->reg;
	     ++*next_use) {
		row->use = *next_use;
		for (unsigned int i = 0; i < g->by.nr; i++)
			if (g->by.facets[i] == PCSC_BY_CALLER)
				row->keys[i] = rec->uses[row->use].caller;
		err = add_row(rows, row);
	}
	return err;
}

static int make_rows(struct pcsc_groups *g, struct rows *rows)
{
	const struct pcsc_rec *rec = g->s->rec;
	struct pcsc_regnames names;
	uint32_t next_use = 0;
	int err = 0;

	pcsc_regnames_init(&names, rec);
	for (uint32_t i = 0; !err && i < rec->header.nr_registers; i++) {
		const struct pcsc_rec_register *r = &rec->registers[i];
		struct row row = { .reg = i, .use = UINT32_MAX };

		if (!g->s->chosen[r->function])
			continue;
		for (unsigned int n = 0; n < g->by.nr; n++)
			row.keys[n] =
				key_of_register(g, &names, g->by.facets[n], r);
		row.is_const = pcsc_regname_is_const(&names, r);
		err = add_uses(g, rows, &row, &next_use);
	}
	return err;
}

/* ---- groups ---- */

static int compare_keys(const uint32_t *a, const uint32_t *b)
{
	for (int i = 0; i < PCSC_MOST_FACETS; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static int compare_rows(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;
	int diff = compare_keys(a->keys, b->keys);

	if (diff)
		return diff;
	if (a->reg != b->reg)
		return a->reg < b->reg ? -1 : 1;
	return 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void add_register(struct pcsc_group *to,
			 const struct pcsc_rec_register *r, bool is_const)
{
	const uint64_t read_ns = r->latency_sum_ns - r->write_sum_ns;
	const uint64_t repeats = pcsc_register_repeats(r);

	to->reads += r->reads;
	to->writes += r->writes;
	to->errors += r->errors;
	to->read_ns += read_ns;
	to->write_ns += r->write_sum_ns;
	to->read_max_ns = larger(to->read_max_ns, r->read_max_ns);
	to->write_max_ns = larger(to->write_max_ns, r->write_max_ns);
	to->changes += r->changes;
	to->repeats += repeats;
	if (is_const) {
		to->const_repeats += repeats;
		to->const_ns += pcsc_mean(read_ns, r->reads) * repeats;
	}
}

static void add_use(struct pcsc_group *to, const struct pcsc_rec_use *u)
{
	to->reads += u->reads;
	to->writes += u->writes;
	to->errors += u->errors;
	to->read_ns += u->read_ns;
	to->write_ns += u->write_ns;
}

static void add_to_group(const struct pcsc_rec *rec, struct pcsc_group *to,
			 const struct row *row)
{
	const struct pcsc_rec_register *r = &rec->registers[row->reg];

	if (row->use == UINT32_MAX)
		add_register(to, r, row->is_const);
	else
		add_use(to, &rec->uses[row->use]);
	if (to->offset != r->offset)
		to->offset = PCSC_NO_OFFSET;
	to->registers++;
}

static void start_group(const struct pcsc_rec *rec, struct pcsc_group *to,
			const struct row *row)
{
	memcpy(to->keys, row->keys, sizeof(to->keys));
	to->function = UINT32_MAX;
	to->offset = rec->registers[row->reg].offset;
}

/* Rows of one group are in the order of their registers, so of their functions. */
static void gather(struct pcsc_groups *g, const struct rows *rows)
{
	const struct pcsc_rec *rec = g->s->rec;
	uint32_t last = UINT32_MAX;

	for (size_t i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->rows[i];
		const uint32_t function = rec->registers[row->reg].function;
		struct pcsc_group *to = &g->groups[g->nr];

		if (!i || compare_keys(row[-1].keys, row->keys)) {
			to = &g->groups[g->nr++];
			start_group(rec, to, row);
			last = UINT32_MAX;
		} else {
			to--;
		}
		add_to_group(rec, to, row);
		if (function == last)
			continue;
		last = function;
		to->functions++;
		to->vfs += !!(rec->functions[function].flags & PCSC_REC_FN_VF);
		if (to->function == UINT32_MAX)
			to->function = function;
	}
}

static size_t count_groups(const struct rows *rows)
{
	size_t nr = 0;

	for (size_t i = 0; i < rows->nr; i++)
		nr += !i ||
		      compare_keys(rows->rows[i - 1].keys, rows->rows[i].keys);
	return nr;
}

int pcsc_groups_make(const struct pcsc_summary *s, const struct pcsc_by *by,
		     struct pcsc_groups *out)
{
	_cleanup_(rows_free) struct rows rows = {};

	*out = (struct pcsc_groups){ .s = s, .by = *by };
	if (make_rows(out, &rows))
		return pcsc_fail(-ENOMEM, "no memory left");
	if (rows.nr)
		qsort(rows.rows, rows.nr, sizeof(*rows.rows), compare_rows);
	out->groups = calloc(count_groups(&rows) + 1, sizeof(*out->groups));
	if (!out->groups)
		return pcsc_fail(-ENOMEM, "no memory left");
	gather(out, &rows);
	return 0;
}

void pcsc_groups_free(struct pcsc_groups *g)
{
	free(g->groups);
	free(g->names);
	tdestroy(g->index, free);
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
	case PCSC_BY_DRIVER:
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

void pcsc_groups_sort(struct pcsc_groups *g, enum pcsc_sort sort)
{
	if (g->nr)
		qsort_r(g->groups, g->nr, sizeof(*g->groups), compare_groups,
			&sort);
}
