// SPDX-License-Identifier: GPL-2.0-only
#include "live.h"

#include <errno.h>
#include <unistd.h>

#include "cleanup.h"
#include "helper.h"
#include "talk.h"

static int find_state(int fd, struct live *live)
{
	_cleanup_free_ struct pcsc_function_state *items = NULL;
	int nr = helper_state(fd, &items);

	for (int i = 0; i < nr; i++)
		if (items[i].domain == live->bytes.domain &&
		    items[i].bus == live->bytes.bus &&
		    items[i].devfn == live->bytes.devfn)
			live->state = items[i];
	return nr < 0 ? nr : 0;
}

int live_look(__u32 domain, __u8 bus, __u8 devfn, struct live *out)
{
	_cleanup_close_ int fd = -1;
	int err;

	*out = (struct live){
		.bytes = { .domain = domain, .bus = bus, .devfn = devfn },
	};
	if (access(PCSC_DEVICE, F_OK))
		return 0;
	if (access(PCSC_DEVICE, R_OK | W_OK)) {
		pcsc_warn(
			"only root may ask the helper, so what it has in memory is not shown");
		return 0;
	}
	fd = helper_open();
	if (fd < 0)
		return fd;
	err = helper_info(fd, &out->info) ?:
		      helper_bytes(fd, &out->bytes, out->byte, LIVE_BYTES);
	if (err == -ENODEV)
		return 0;
	err = err ?: find_state(fd, out);
	out->there = !err;
	return err;
}
