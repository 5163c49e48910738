/* SPDX-License-Identifier: GPL-2.0-only */
/* A minute of a host: who reads and writes the functions, resets them, lets them sleep. */
#ifndef PCSC_PRECISION_WORKLOAD_H
#define PCSC_PRECISION_WORKLOAD_H

#include <stdint.h>

#define WORKLOAD_NS 60000000000ull

/* All of it is recorded, and counted for the truth. */
void workload_minute(uint32_t seed);

/* What was to happen after the recording, and nobody asked for. */
void workload_afterwards(void);

#endif
