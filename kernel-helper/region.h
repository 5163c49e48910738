/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSC_REGION_H
#define PCSC_REGION_H

#include <linux/types.h>

struct pcsc_region {
	u32 kind; /* PCSC_REGION_* of the ABI */
	u64 address; /* physical; 0: the pages are not contiguous */
	u64 bytes;
	void *memory; /* NULL: there is none */
	/* Why what the last kernel has left is of no use, though it is there; or NULL */
	const char *unusable;
};

extern struct pcsc_region pcsc_region;

/*
 * @where: "SIZE@ADDRESS" of a memmap= hole, the name of a reserve_mem=
 * region, or "kho:SIZE". NULL, or why there is no region (static).
 */
const char *pcsc_region_open(struct pcsc_region *r, const char *where);

/* Have it kept for the next kernel. NULL, or why it is not. */
const char *pcsc_region_keep(const struct pcsc_region *r);
/* @missing: what was taken from it is lost with us, and the next one is to know. */
void pcsc_region_close(struct pcsc_region *r, bool missing);

/* Disarm the region, so that no kernel takes anything from it. */
void pcsc_handover_disarm(void);

#endif
