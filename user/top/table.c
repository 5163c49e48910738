// SPDX-License-Identifier: GPL-2.0-only
#include "table.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bdf.h"
#include "cleanup.h"
#include "recording.h"
#include "words.h"

/* ---- which ------------------------------------------------------------------- */

void filter_init(struct filter *f)
{
	*f = (struct filter){ .text = "" };
	pcsc_filter_init(&f->pci);
}

static bool matches_pci(const struct pci_filter *f, const struct model *m,
			const struct row *row)
{
	const struct pcsc_function_state *s = &row->f.state;
	const struct sample_device *d = row_device(m, row);
	const struct pcsc_rec_function is = {
		.domain = s->domain,
		.bus = s->bus,
		.devfn = s->devfn,
		.vendor = d ? d->vendor : 0,
		.device = d ? d->device : 0,
		.flags = d ? PCSC_REC_FN_IDS : 0,
	};

	return pcsc_filter_match(f, &is);
}

static bool has_word(const struct row *row, const char *text)
{
	if (strcasestr(state_words[row->state], text))
		return true;
	for (size_t i = 0; i < PCSC_WHYS; i++)
		if (row->f.state.why & pcsc_whys[i].bit &&
		    strcasestr(pcsc_whys[i].name, text))
			return true;
	return false;
}

static bool has_device(const struct model *m, const struct row *row,
		       const char *text)
{
	const struct sample_device *d = row_device(m, row);
	char id[sizeof("8086:1889")];

	if (!d)
		return false;
	snprintf(id, sizeof(id), "%04x:%04x", d->vendor, d->device);
	return strcasestr(d->name, text) || strcasestr(id, text);
}

static bool has_text(const struct model *m, const struct row *row,
		     const char *text)
{
	const struct pcsc_function_state *s = &row->f.state;
	char bdf[PCSC_BDF_SIZE];

	return strcasestr(pcsc_bdf_format(bdf, s->domain, s->bus, s->devfn),
			  text) ||
	       strcasestr(row->f.driver, text) || has_word(row, text) ||
	       has_device(m, row, text);
}

bool filter_matches(const struct filter *f, const struct model *m,
		    const struct row *row)
{
	return matches_pci(&f->pci, m, row) &&
	       (!f->text[0] || has_text(m, row, f->text));
}

/* ---- in which order -------------------------------------------------------------- */

/* What is less comes first. */
struct keyed {
	double value;
	double all; /* where values are the same: what was read most in all */
	const char *text;
	uint32_t index; /* and then the address */
	bool down; /* of text */
};

bool order_is_down(const struct order *o)
{
	const bool up = column_types[o->by].left;

	return up == o->reverse;
}

static int by_rest(const struct keyed *x, const struct keyed *y)
{
	if (x->all != y->all)
		return x->all < y->all ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static int by_value(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return by_rest(x, y);
}

static int by_text(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	const int is = strcasecmp(x->text, y->text);

	if (is)
		return x->down ? -is : is;
	return by_rest(x, y);
}

static struct keyed key_of(const struct order *o, const struct model *m,
			   uint32_t index)
{
	const enum column c = column_of(o->by, o->all);
	const struct row *row = &m->rows[index];
	struct keyed key = { .text = column_text(c, m, row),
			     .all = -(double)row->all.reads,
			     .index = index,
			     .down = order_is_down(o) };

	if (!key.text)
		key.value = column_value(c, m, row) * (key.down ? -1 : 1);
	return key;
}

static int make_room(struct table *t, uint32_t nr)
{
	uint32_t *rows;

	if (nr <= t->room)
		return 0;
	rows = realloc(t->rows, nr * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	t->rows = rows;
	t->room = nr;
	return 0;
}

int table_make(struct table *t, const struct model *m)
{
	_cleanup_free_ struct keyed *keys = calloc(m->nr + 1, sizeof(*keys));
	uint32_t nr = 0;

	t->nr = 0;
	if (!keys || make_room(t, m->nr))
		return -ENOMEM;
	for (uint32_t i = 0; i < m->nr; i++)
		if (filter_matches(&t->filter, m, &m->rows[i]))
			keys[nr++] = key_of(&t->order, m, i);
	if (nr)
		qsort(keys, nr, sizeof(*keys),
		      keys[0].text ? by_text : by_value);
	for (t->nr = 0; t->nr < nr; t->nr++)
		t->rows[t->nr] = keys[t->nr].index;
	return 0;
}

void table_free(struct table *t)
{
	free(t->rows);
}

uint32_t table_find(const struct table *t, const struct model *m,
		    uint64_t address)
{
	uint32_t i;

	for (i = 0; i < t->nr; i++)
		if (row_address(table_row(t, m, i)) == address)
			break;
	return i;
}
