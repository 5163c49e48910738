// SPDX-License-Identifier: GPL-2.0-only
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"
#include "talk.h"
#include "words.h"

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
	return pcsc_fail(-errno, "mode %s: %s", pcsc_mode_name(request->mode),
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

int helper_state(int fd, struct pcsc_function_state **items)
{
	const int count = pcsc_device_state(fd, items);

	if (count == -ENOMEM)
		return pcsc_fail(count, "out of memory");
	return count < 0 ? pcsc_fail(count, "state: %s", strerror(-count)) :
			   count;
}

int helper_bytes(int fd, struct pcsc_bytes *bytes, __u8 *items, __u32 room)
{
	const int err = pcsc_device_bytes(fd, bytes, items, room);

	if (!err || err == -ENODEV)
		return err;
	if (err == -ENOTTY || err == -E2BIG)
		return pcsc_fail(
			-EOPNOTSUPP,
			"this helper explains nothing: install helper and program from one version");
	return pcsc_fail(err, "bytes: %s", strerror(-err));
}
