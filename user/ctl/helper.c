// SPDX-License-Identifier: GPL-2.0-only
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "cleanup.h"
#include "talk.h"

const char *const helper_modes[3] = { "off", "shadow", "on" };

int helper_open(void)
{
	int fd = open(PCSC_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	switch (errno) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
		return pcsc_fail(
			-ENODEV,
			"%s is not there: the helper is not loaded; run `modprobe pci_pcsc` (or insmod pci_pcsc.ko) as root",
			PCSC_DEVICE);
	case EACCES:
	case EPERM:
		return pcsc_fail(
			-EPERM,
			"%s: not permitted: run as root (CAP_SYS_ADMIN); totals are readable by all in /sys/bus/pci/pcsc/stats",
			PCSC_DEVICE);
	default:
		return pcsc_fail(-errno, "%s: %s", PCSC_DEVICE,
				 strerror(errno));
	}
}

int helper_info(int fd, struct pcsc_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	if (ioctl(fd, PCSC_IOC_INFO, info))
		return pcsc_fail(-errno, "%s: %s", PCSC_DEVICE,
				 strerror(errno));
	if (info->abi != PCSC_ABI)
		return pcsc_fail(
			-EOPNOTSUPP,
			"the helper speaks ABI %u, this program %u: install both from one version",
			info->abi, PCSC_ABI);
	return 0;
}

int helper_load(int fd, int file, const char *path)
{
	struct pcsc_load load = { .size = sizeof(load), .fd = file };
	int err;

	if (ioctl(fd, PCSC_IOC_LOAD, &load)) {
		err = -errno;
		return pcsc_fail(
			err,
			"%s: refused at byte %u: %s (%s); the profile in force stays",
			path, load.error_offset,
			load.reason[0] ? load.reason : "no reason given",
			strerror(-err));
	}
	pcsc_info("%s: %u %s, %u %s in force", path, load.models,
		  pcsc_noun(load.models, "model", "models"), load.rules,
		  pcsc_noun(load.rules, "rule", "rules"));
	return 0;
}

int helper_mode(int fd, struct pcsc_mode *request)
{
	request->size = sizeof(*request);
	if (!ioctl(fd, PCSC_IOC_MODE, request))
		return 0;
	return pcsc_fail(-errno, "mode %s: %s", helper_modes[request->mode],
			 request->reason[0] ? request->reason :
					      strerror(errno));
}

int helper_flush(int fd, struct pcsc_flush *flush)
{
	flush->size = sizeof(*flush);
	if (!ioctl(fd, PCSC_IOC_FLUSH, flush))
		return 0;
	if (errno == ENODEV)
		return pcsc_fail(
			-EINVAL,
			"flush: the helper has no function at that address; `pcsc-ctl state` lists those it has");
	return pcsc_fail(-errno, "flush: %s", strerror(errno));
}

int helper_handover(int fd, __u32 command, struct pcsc_handover *h)
{
	*h = (struct pcsc_handover){ .size = sizeof(*h), .command = command };
	if (!ioctl(fd, PCSC_IOC_HANDOVER, h))
		return 0;
	if (errno == ENOTTY)
		return pcsc_fail(
			-EOPNOTSUPP,
			"this helper hands nothing over: install helper and program from one version");
	return pcsc_fail(-errno, "handover: %s",
			 h->reason[0] ? h->reason : strerror(errno));
}

static int by_address(const void *a, const void *b)
{
	const struct pcsc_function_state *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return (x->bus << 8 | x->devfn) - (y->bus << 8 | y->devfn);
}

int helper_state(int fd, struct pcsc_function_state **items)
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
			return pcsc_fail(-ENOMEM, "out of memory");
		state.count = room;
		state.items = (__u64)(uintptr_t)found;
		if (ioctl(fd, PCSC_IOC_STATE, &state))
			return pcsc_fail(-errno, "state: %s", strerror(errno));
	} while (state.count > room);
	qsort(found, state.count, sizeof(*found), by_address);
	*items = TAKE_PTR(found);
	return state.count;
}
