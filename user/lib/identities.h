/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What functions are, as sysfs tells it: the kernel has read their IDs long ago, so
 * this reads no configuration space.
 */
#ifndef PCSC_IDENTITIES_H
#define PCSC_IDENTITIES_H

#include "sample.h"

struct identities {
	struct pci_access *names;
	struct sample_device *devices;
	struct sample_function *functions; /* of the last time, by address */
	__u32 nr_devices, nr_functions;
	__u64 taken_ns; /* the last time */
	unsigned int round;
};

#define IDENTITY_NO_DEVICE 0xffff

/*
 * Fill in functions[i].state from @state, and what sysfs says of each: anew if it was
 * not there the last time, or if that is long ago, and otherwise of one in sixteen the
 * driver, which changes, and of one in 128 all.
 * 0, or -ENOMEM.
 */
int identities_take(struct identities *ids,
		    const struct pcsc_function_state *state, __u32 count,
		    __u64 now_ns);

#endif
