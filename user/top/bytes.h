/* SPDX-License-Identifier: GPL-2.0-only */
/* One function's configuration space, by register and as a map: no values. */
#ifndef PCSC_TOP_BYTES_H
#define PCSC_TOP_BYTES_H

#include "runs.h"

#define BYTES_LINE 256
#define BYTES_MAP_DWORDS 64 /* in a line of the map */

struct bytes {
	uint32_t nr; /* runs */
	uint32_t in_state[PCSC_RUN_STATES]; /* bytes */
	struct pcsc_runs runs;
	struct pcsc_run run[sizeof(((struct sample_space *)0)->byte)];
};

/* @s stays the caller's, and is needed as long as @b is. */
void bytes_take(struct bytes *b, const struct sample_space *s);

/* Titles, and a line for a run. */
const char *bytes_heads(char line[BYTES_LINE]);
const char *bytes_run(const struct bytes *b, uint32_t nth,
		      char line[BYTES_LINE]);

/* What a state means, and its letter in the map. */
char bytes_letter(enum pcsc_run_state state);
const char *bytes_meaning(enum pcsc_run_state state);

/* A letter for each dword: a dword whose bytes differ has the one that matters most. */
uint32_t bytes_map_lines(const struct bytes *b);
const char *bytes_map(const struct bytes *b, uint32_t nth,
		      char line[BYTES_LINE]);

#endif
