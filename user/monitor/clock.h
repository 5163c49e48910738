/* SPDX-License-Identifier: GPL-2.0-only */
/* The time since some moment in the past, of a clock that does not jump. */
#ifndef PCSC_MONITOR_CLOCK_H
#define PCSC_MONITOR_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static inline uint64_t now_ms(void)
{
	return (uint64_t)(now() * 1000);
}

#endif
