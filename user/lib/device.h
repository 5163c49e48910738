/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to the helper over /dev/pci_pcsc, answered without a word. */
#ifndef PCSC_DEVICE_H
#define PCSC_DEVICE_H

#include "uapi/pcsc.h"

/*
 * All functions in the order of their addresses; *items is the caller's to free.
 * Their number, or a negative errno.
 */
int pcsc_device_state(int fd, struct pcsc_function_state **items);

/*
 * What is known of @room bytes of the function that @bytes names, into @items. What
 * else is in @bytes is the caller's. 0 or a negative errno.
 */
int pcsc_device_bytes(int fd, struct pcsc_bytes *bytes, __u8 *items,
		      __u32 room);

#endif
