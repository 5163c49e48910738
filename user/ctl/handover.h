/* SPDX-License-Identifier: GPL-2.0-only */
/* The handover between kernels: what it is in for, and how to set it up. */
#ifndef PCSC_CTL_HANDOVER_H
#define PCSC_CTL_HANDOVER_H

#include <stdbool.h>

#include <linux/types.h>

int handover_status(int fd, bool json);
int handover_forget(int fd);

/*
 * Print kernel arguments for a region of that kind. PCSC_REGION_NONE: check
 * those that this kernel was started with, or else print some for a hole.
 */
int handover_setup(__u32 kind);

/* Check @cmdline, the next kernel's. */
int handover_check(const char *cmdline);

#endif
