/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration spaces for tests: built by hand, or read from what
 * `lspci -xxxx` printed.
 */
#ifndef PCSC_TESTS_DUMP_H
#define PCSC_TESTS_DUMP_H

#include "core/walk.h"

struct img {
	char name[64]; /* dumps: the device's address */
	u8 bytes[4096];
	u16 known; /* bytes; reads behind them fail */
	u16 cfg_size;
	unsigned int reads;
	unsigned int astray; /* reads that were unaligned or outside */
};

/* An endpoint of 256 or 4096 bytes, all zero but for its IDs. */
void img_init(struct img *img, u16 cfg_size);
void img_put8(struct img *img, u16 offset, u8 value);
void img_put16(struct img *img, u16 offset, u16 value);
void img_put32(struct img *img, u16 offset, u32 value);
u32 img_get32(const struct img *img, u16 offset);

/* Append to the lists; every call links from the one before. */
void img_cap(struct img *img, u16 offset, u8 id, u16 flags);
void img_ecap(struct img *img, u16 offset, u16 id, u8 version);

/* pcsc_read_fn: @ctx is the image. */
int img_read(void *ctx, u16 offset, u32 *value);
enum pcsc_walk_status img_walk(struct img *img, struct pcsc_layout *layout);

/* A VF as NVMe drives have them: MSI-X 0x40, PCIe 0x80, ARI 0x100. */
void img_nvme_vf(struct img *img);
/* Its PF: PM, MSI, PCIe, MSI-X, VPD, vendor; AER, DSN, SR-IOV, ATS, ... */
void img_nvme_pf(struct img *img);
/* A root port: type 1, slot, AER, ACS, DPC. */
void img_port(struct img *img);

typedef void (*dump_fn)(struct img *img, void *ctx);

/* Every function in the file at @path. How many, or -1 if it cannot be read. */
int dump_read(const char *path, dump_fn each, void *ctx);

/* Deterministic: the same numbers on every machine (xorshift64*). */
u32 img_random(u64 *state);

#endif
