/* SPDX-License-Identifier: GPL-2.0-only */
/* The heaviest of many things, without room for all of them. */
#ifndef PCSC_HEAVIEST_H
#define PCSC_HEAVIEST_H

#include <stdint.h>

struct pcsc_weighed {
	uint64_t weight;
	uint32_t index;
};

struct pcsc_heaviest {
	uint32_t most; /* so many are kept; 0: all */
	uint32_t met; /* so many there were */
	uint32_t nr; /* rows; no more than most once they are sorted */
	uint32_t room;
	struct pcsc_weighed *rows;
};

/* 0 or -ENOMEM, said. */
int pcsc_heaviest_add(struct pcsc_heaviest *h, uint64_t weight, uint32_t index);
/* The heaviest first; equal ones in the order of their indices. */
void pcsc_heaviest_sort(struct pcsc_heaviest *h);
void pcsc_heaviest_free(struct pcsc_heaviest *h);

#endif
