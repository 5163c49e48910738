/* SPDX-License-Identifier: GPL-2.0-only */
/* Which functions are shown, and in which order. */
#ifndef PCSC_TOP_TABLE_H
#define PCSC_TOP_TABLE_H

#include <pci/pci.h>
#include <stdbool.h>
#include <stdint.h>

#include "top/columns.h"
#include "top/model.h"

#define TEXT_SIZE 64

struct filter {
	struct pci_filter pci; /* lspci's -s and -d */
	char text[TEXT_SIZE]; /* "": any */
};

void filter_init(struct filter *f);

/* By its address, device, driver, state and what keeps it from being served. */
bool filter_matches(const struct filter *f, const struct model *m,
		    const struct row *row);

struct order {
	enum column by;
	bool all; /* counts of all time, not those of the interval */
	bool reverse;
};

/* Numbers begin with the most, text with A, states with the worst. */
bool order_is_down(const struct order *o);

struct table {
	struct filter filter;
	struct order order;
	uint32_t nr; /* that match */
	uint32_t *rows; /* of them, the indexes in the model, in order */
	uint32_t room;
};

/* Choose and sort anew. 0 or -ENOMEM, and then there are none. */
int table_make(struct table *t, const struct model *m);
void table_free(struct table *t);

static inline const struct row *table_row(const struct table *t,
					  const struct model *m, uint32_t nth)
{
	return &m->rows[t->rows[nth]];
}

/* Where the function at @address is in it; t->nr: nowhere. */
uint32_t table_find(const struct table *t, const struct model *m,
		    uint64_t address);

#endif
