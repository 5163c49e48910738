// SPDX-License-Identifier: GPL-2.0-only
#include "heaviest.h"

#include <errno.h>
#include <stdlib.h>

#include "talk.h"

#define FIRST_ROOM 1024

static int compare(const void *pa, const void *pb)
{
	const struct pcsc_weighed *a = pa, *b = pb;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

void pcsc_heaviest_sort(struct pcsc_heaviest *h)
{
	if (h->nr)
		qsort(h->rows, h->nr, sizeof(*h->rows), compare);
	if (h->most && h->nr > h->most)
		h->nr = h->most;
}

static int make_room(struct pcsc_heaviest *h)
{
	struct pcsc_weighed *rows;

	/* What is too light goes, if that leaves half of the room. */
	if (h->most && h->room >= FIRST_ROOM && h->most <= h->room / 2) {
		pcsc_heaviest_sort(h);
		return 0;
	}
	rows = reallocarray(h->rows, 2ull * h->room + FIRST_ROOM,
			    sizeof(*rows));
	if (!rows)
		return pcsc_fail(-ENOMEM, "no memory left");
	h->rows = rows;
	h->room = 2 * h->room + FIRST_ROOM;
	return 0;
}

int pcsc_heaviest_add(struct pcsc_heaviest *h, uint64_t weight, uint32_t index)
{
	int err = h->nr == h->room ? make_room(h) : 0;

	if (err)
		return err;
	h->rows[h->nr++] = (struct pcsc_weighed){ weight, index };
	h->met++;
	return 0;
}

void pcsc_heaviest_free(struct pcsc_heaviest *h)
{
	free(h->rows);
}
