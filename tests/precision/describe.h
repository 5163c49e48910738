/* SPDX-License-Identifier: GPL-2.0-only */
/* The behaviours as a description for the simulator: each seed has another one. */
#ifndef PCSC_PRECISION_DESCRIBE_H
#define PCSC_PRECISION_DESCRIBE_H

#include <stdint.h>

/* A random number less than @n. */
uint32_t random_below(uint64_t *state, uint32_t n);
uint64_t random_state(uint32_t seed);

/*
 * @text with each @OFFSET moved, by as much for all of a model, and some registers that
 * nobody has thought of in the place of each line "any". To be freed; NULL: no memory.
 */
char *describe(const char *text, uint32_t seed);

/* By how many bytes the offsets of a model were moved. */
unsigned int describe_moved(const char *model, uint32_t seed);

#endif
