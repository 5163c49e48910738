/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel command line would do to the memory of this host: whether it
 * sets a region aside and names it, and what is wrong with it if not. Texts in,
 * findings out: no file is opened, and nothing is said.
 */
#ifndef PCSC_CTL_CHECK_H
#define PCSC_CTL_CHECK_H

#include <stdbool.h>

#include "iomem.h"
#include "region.h"

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
	FOUND_NO_KHO,
	FOUND_MANY,
};

#define CHECK_FINDINGS 16

struct check_findings {
	struct {
		enum finding what;
		bool refused; /* or else a warning */
		char text[320]; /* a sentence with the remedy */
	} list[CHECK_FINDINGS];
	unsigned int count; /* in the list */
	unsigned int refusals; /* of all, also those without room in the list */
};

struct check_host {
	const struct iomem *iomem; /* NULL: unknown */
	const char *release; /* of the running kernel */
	bool booted; /* it was started with this command line */
};

/*
 * Check @cmdline on @host. @region becomes what it names, PCSC_REGION_NONE if
 * that cannot be told. 0, whatever was found, or -ENOMEM.
 */
int check_cmdline(const char *cmdline, const struct check_host *host,
		  struct region *region, struct check_findings *findings);

#endif
