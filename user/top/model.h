/* SPDX-License-Identifier: GPL-2.0-only */
/* What is to be shown, without any terminal: totals, functions, and how they grew. */
#ifndef PCSC_TOP_MODEL_H
#define PCSC_TOP_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "top/source.h"

/* The worst is first. The page of pcsc-monitor has the same words. */
enum state {
	STATE_QUARANTINED,
	STATE_LIMITED,
	STATE_UNCACHED,
	STATE_WAITING,
	STATE_DEMOTED,
	STATE_SERVED,
	STATES,
};
extern const char *const state_words[STATES];

struct counts {
	uint64_t reads, hits, hardware;
};

struct row {
	struct sample_function f;
	enum state state;
	bool known; /* it was there the last time: now is of the interval */
	struct counts now, all;
};

/* Totals of some time. In shadow, hits are would-be hits. */
struct span {
	double seconds;
	uint64_t reads, hits, mode_reads, hardware, own;
	double saved_us;
};

struct model {
	bool up;
	int err; /* negative: why nothing is known of functions */
	struct stats stats;
	struct pcsc_info info;
	double saves_us; /* that a hit saves, an estimate */
	double seconds; /* of the interval; 0: none has ended yet */
	struct span now, run,
		all; /* the interval, since we run, since loaded */

	struct row *rows; /* in the order of addresses */
	struct sample_device *devices;
	uint32_t nr, nr_devices;
	uint32_t in_state[STATES];
	bool wide; /* an address has a domain of more than four digits */
	bool has_space;
	struct sample_space space;

	double at;
};

/* Takes a copy of what it needs of @r. 0 or -ENOMEM. */
int model_take(struct model *m, const struct reading *r);

/* Only the bytes of the function that was asked for. */
void model_take_space(struct model *m, const struct reading *r);
void model_free(struct model *m);

/* Of the reads those that were hits, in percent; negative: nothing was read. */
double counts_rate(const struct counts *c);
double span_rate(const struct span *s);

/* What of @row's hits saved, in microseconds. */
double counts_saved_us(const struct model *m, const struct counts *c);

uint64_t row_address(const struct row *row);
struct sample_address row_place(const struct row *row);

/* NULL: sysfs did not tell. */
const struct sample_device *row_device(const struct model *m,
				       const struct row *row);

/* The row at @address, or NULL. */
const struct row *model_find(const struct model *m, uint64_t address);

#endif
