// SPDX-License-Identifier: GPL-2.0-only
#include "device.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "cleanup.h"

static int by_address(const void *a, const void *b)
{
	const struct pcsc_function_state *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return (x->bus << 8 | x->devfn) - (y->bus << 8 | y->devfn);
}

int pcsc_device_state(int fd, struct pcsc_function_state **items)
{
	struct pcsc_state state = { .size = sizeof(state),
				    .item_size = sizeof(**items) };
	_cleanup_free_ struct pcsc_function_state *found = NULL;
	__u32 room;

	do {
		room = state.count + 64;
		free(found);
		found = calloc(room, sizeof(*found));
		if (!found)
			return -ENOMEM;
		state.count = room;
		state.items = (__u64)(uintptr_t)found;
		if (ioctl(fd, PCSC_IOC_STATE, &state))
			return -errno;
	} while (state.count > room);
	qsort(found, state.count, sizeof(*found), by_address);
	*items = TAKE_PTR(found);
	return state.count;
}

int pcsc_device_bytes(int fd, struct pcsc_bytes *bytes, __u8 *items, __u32 room)
{
	bytes->size = sizeof(*bytes);
	bytes->count = room;
	bytes->items = (__u64)(uintptr_t)items;
	return ioctl(fd, PCSC_IOC_BYTES, bytes) ? -errno : 0;
}
