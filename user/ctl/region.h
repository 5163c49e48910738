/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A region of memory that outlives a kexec, as it is proposed: its size, and the
 * kernel arguments that set it aside and name it.
 */
#ifndef PCSC_CTL_REGION_H
#define PCSC_CTL_REGION_H

#include <stdint.h>

#include "uapi/pcsc.h"

#define KiB ((uint64_t)1 << 10)
#define MiB ((uint64_t)1 << 20)
#define GiB ((uint64_t)1 << 30)

#define REGION_ALIGN (64 * MiB) /* of a reservation: see docs/liveupdate.md */
#define REGION_ARGS 96 /* characters, the NUL among them */
#define REGION_SIZE 24 /* the same */

struct region {
	uint32_t kind; /* PCSC_REGION_* */
	uint64_t address; /* of a hole */
	uint64_t size; /* bytes */
	char name[16]; /* of a reservation */
};

/*
 * The size to ask for, in bytes, if @bytes are needed: whole MiB, and 2 at
 * least. How many are needed is what pcsc_handover_size() of core/handover.h says.
 */
uint64_t region_round(uint64_t bytes);

/* @size as the kernel reads it: 4M, 512K, 4097. Returns @text. */
const char *region_size(char text[REGION_SIZE], uint64_t size);

/* The arguments for @region, what sets it aside and what names it. Returns @text. */
const char *region_args(char text[REGION_ARGS], const struct region *region);

#endif
