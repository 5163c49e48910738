/* SPDX-License-Identifier: GPL-2.0-only */
/* A minute of a host: who reads and writes the functions, resets them, lets them sleep. */
#ifndef PCSC_PRECISION_WORKLOAD_H
#define PCSC_PRECISION_WORKLOAD_H

#include <stdint.h>

#define WORKLOAD_NS 60000000000ull

/* Before all else: what is each function's own, and the seed of all that comes. */
void workload_personal(uint32_t seed);

/* All of it is recorded, and counted for the truth. */
void workload_minute(void);

/* What was to happen after the recording, and nobody asked for. */
void workload_afterwards(void);

#endif
