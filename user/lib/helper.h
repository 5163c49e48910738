/* SPDX-License-Identifier: GPL-2.0-only */
/* The talk with the helper, over /dev/pci_pcsc. */
#ifndef PCSC_HELPER_H
#define PCSC_HELPER_H

#include "uapi/pcsc.h"

/* A descriptor, or a negative errno after a sentence with the remedy. */
int helper_open(void);

int helper_info(int fd, struct pcsc_info *info);
int helper_load(int fd, int file, const char *path);
int helper_mode(int fd, struct pcsc_mode *request);
int helper_flush(int fd, struct pcsc_flush *flush);
int helper_handover(int fd, __u32 command, struct pcsc_handover *h);

/* All functions; *items is the caller's to free. Their number, or -errno. */
int helper_state(int fd, struct pcsc_function_state **items);

/*
 * What is known of @room bytes of the function that @bytes names, into @items. 0 or
 * a negative errno; -ENODEV, unsaid: the helper does not have it.
 */
int helper_bytes(int fd, struct pcsc_bytes *bytes, __u8 *items, __u32 room);

#endif
