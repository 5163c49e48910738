/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where lines can be kept for the next kernel: memory, and the kernel arguments
 * that set it aside and name it. Texts in, answers out: no file is opened here.
 */
#ifndef PCSC_CTL_REGION_H
#define PCSC_CTL_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "uapi/pcsc.h"

struct region {
	uint32_t kind; /* PCSC_REGION_* */
	uint64_t address; /* of a hole */
	uint64_t size;
	char name[16]; /* of a reservation */
};

enum iomem_kind { IOMEM_OTHER, IOMEM_RAM, IOMEM_RESERVED };

struct iomem_range {
	uint64_t start, end; /* both in it */
	unsigned int depth; /* 0: not within another */
	enum iomem_kind kind;
};

/* /proc/iomem, in its order: a range, then those within it. */
struct iomem {
	struct iomem_range *ranges;
	size_t count;
};

/* -EPERM when all addresses are 0, as whoever is not root sees them. */
int iomem_parse(FILE *file, struct iomem *map);
void iomem_free(struct iomem *map);

/* What so many functions need, and the region to ask for: whole MiB. */
uint64_t region_bytes(uint64_t functions);
uint64_t region_round(uint64_t bytes);

/* The same map and size, the same address. -ENOSPC: no room. */
int choose_hole(const struct iomem *map, uint64_t size, uint64_t *address);

#define REGION_ARGS 96
/* The kernel arguments for it: what sets it aside, and what names it. */
const char *region_args(char text[REGION_ARGS], const struct region *region);
/* As the kernel reads it: 4M, 512K, 4097. */
const char *region_size(char text[24], uint64_t size);

enum finding {
	FOUND_EATEN, /* memmap=4M, memmap=4M0x28000000 */
	FOUND_BACKSLASH,
	FOUND_NO_ADDRESS,
	FOUND_PERCENT,
	FOUND_PMEM,
	FOUND_NO_HOLE, /* @ or # where a hole should be */
	FOUND_NO_HANDOVER,
	FOUND_BAD_HANDOVER,
	FOUND_NO_REGION,
	FOUND_MISMATCH,
	FOUND_NOT_RAM,
	FOUND_NOT_RESERVED,
	FOUND_OLD_KERNEL,
	FOUND_UNALIGNED,
	FOUND_MANY,
};

#define MAX_FINDINGS 16

struct findings {
	struct {
		enum finding what;
		bool refused; /* or else a warning */
		char text[320]; /* a sentence with the remedy */
	} list[MAX_FINDINGS];
	unsigned int count;
	unsigned int refusals;
};

struct cmdline_host {
	const struct iomem *iomem; /* NULL: unknown */
	const char *release; /* of the running kernel */
	bool booted; /* it was started with this command line */
};

/* What @cmdline would do here. @region: what it names, if that can be told. */
int check_cmdline(const char *cmdline, const struct cmdline_host *host,
		  struct region *region, struct findings *findings);

/* Does it name a region at all? */
bool cmdline_has_handover(const char *cmdline);

#endif
