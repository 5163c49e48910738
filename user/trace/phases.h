/* SPDX-License-Identifier: GPL-2.0-only */
/* The phases of a recording: what is between two marks. */
#ifndef PCSC_PHASES_H
#define PCSC_PHASES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recording.h"

/* What a caller did to a register in one phase. */
struct pcsc_part {
	struct pcsc_rec_use use;
	uint32_t phase; /* how many marks were made before */
};

/*
 * The events of @rec, put together by register, phase and caller, in this order. 0 or
 * a negative errno, said. Free @out with free().
 */
int pcsc_phases_parts(const struct pcsc_rec *rec, struct pcsc_part **out,
		      size_t *nr);

/* From one mark to the next, or to the end. */
struct pcsc_phase {
	uint64_t begin_ns;
	uint64_t ns;
	struct pcsc_rec_use use; /* its accesses, as far as they have events */
	bool capped; /* one of them took longer than an event can tell */
};

/* One more than there are marks, the events of @chosen functions in them; NULL: no memory. */
struct pcsc_phase *pcsc_phases_sum(const struct pcsc_rec *rec,
				   const bool *chosen);

/* "(start)", or the mark's name. */
const char *pcsc_phase_name(const struct pcsc_rec *rec, uint32_t phase);

#endif
