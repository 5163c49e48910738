// SPDX-License-Identifier: GPL-2.0-only
/* Rows of recordings that older versions wrote. */
#include <stddef.h>
#include <string.h>

#include "recording_tables.h"

/* What version 3 has of a caller. */
#define CALLER_V3 offsetof(struct pcsc_rec_caller, attribute)

_Static_assert(CALLER_V3 == 16, "caller of version 3");

/* What version 2 has of a register. */
#define REGISTER_V2 offsetof(struct pcsc_rec_register, write_sum_ns)

_Static_assert(REGISTER_V2 == 96, "register of version 2");

#define OCTAVES 32

/* A histogram of version 1: slot n has 2^n <= ns < 2^(n+1), slot 0 has 0 too. */
struct hist_v1 {
	uint32_t function;
	uint8_t width;
	uint8_t is_write;
	uint16_t pad;
	uint64_t count;
	uint64_t sum_ns;
	uint64_t max_ns;
	uint32_t slots[OCTAVES];
};

_Static_assert(sizeof(struct hist_v1) == 160, "histogram of version 1");

const size_t pcsc_rec_older_caller = CALLER_V3;
const size_t pcsc_rec_older_register = REGISTER_V2;
const size_t pcsc_rec_older_hist = sizeof(struct hist_v1);

void pcsc_rec_convert_caller(void *row, const void *stored)
{
	memset(row, 0, sizeof(struct pcsc_rec_caller));
	memcpy(row, stored, CALLER_V3);
}

/* Only where all accesses were of one kind is it known whose the latency was. */
void pcsc_rec_convert_register(void *row, const void *stored)
{
	struct pcsc_rec_register *r = row;

	memset(r, 0, sizeof(*r));
	memcpy(r, stored, REGISTER_V2);
	r->nr_written = 0;
	if (r->writes && !r->reads) {
		r->write_sum_ns = r->latency_sum_ns;
		r->write_max_ns = r->latency_max_ns;
	} else {
		r->read_max_ns = r->latency_max_ns;
	}
}

/* An octave's count is spread evenly over its slots, since nothing finer is known. */
static void spread(uint32_t slots[PCSC_REC_SLOTS], int octave, uint32_t n)
{
	int slot = (octave - PCSC_SLOTS_FIRST_OCTAVE) * PCSC_SLOTS_PER_OCTAVE;

	if (octave < PCSC_SLOTS_FIRST_OCTAVE) {
		slots[0] += n;
		return;
	}
	for (uint32_t i = 0; i < PCSC_SLOTS_PER_OCTAVE; i++)
		slots[slot + i] += (n + i) / PCSC_SLOTS_PER_OCTAVE;
}

void pcsc_rec_convert_hist(void *row, const void *stored)
{
	const struct hist_v1 *old = stored;
	struct pcsc_rec_hist *h = row;

	*h = (struct pcsc_rec_hist){
		.function = old->function,
		.width = old->width,
		.is_write = old->is_write,
		.count = old->count,
		.sum_ns = old->sum_ns,
		.max_ns = old->max_ns,
	};
	for (int i = 0; i < OCTAVES; i++)
		spread(h->slots, i, old->slots[i]);
}
