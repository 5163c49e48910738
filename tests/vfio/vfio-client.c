// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfio-client: does to configuration space what a virtual machine monitor does
 * when it is given a device, in the same order and through the same interface
 * (legacy group and container, type 1 or no IOMMU), and lets go of it again.
 *
 * One device after the other: open the group and the device, ask for its
 * regions, read the whole config region at once (as QEMU does), walk both
 * capability lists by bytes and words (as small VMMs do), enable memory and bus
 * mastering, switch MSI-X on and off, reset, close.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "talk.h"

#define MAX_VECTORS 4
#define CONFIG_MAX 4096

struct options {
	bool quiet;
	bool hash;
	char **bdfs;
	int nr;
};

/* One device while it is open, and what was learned of it. */
struct client {
	char bdf[16];
	int container;
	int group;
	int device;
	struct vfio_device_info info;
	uint64_t config_offset;
	uint64_t config_size;
	uint64_t hash;
	unsigned int caps;
	unsigned int ecaps;
	unsigned int vectors;
	bool reset;
};

static int step_failed(const struct client *c, const char *step, int err)
{
	return pcsc_fail(err, "%s: %s: %s", c->bdf, step, strerror(-err));
}

static void client_close(struct client *c)
{
	/* the device's close ends its use; then the group's, the container's */
	if (c->device >= 0)
		close(c->device);
	if (c->group >= 0)
		close(c->group);
	if (c->container >= 0)
		close(c->container);
}

/* ---- opening --------------------------------------------------------------- */

/* The last part of where its iommu_group link points to. */
static int group_name(const char *bdf, char *name, size_t size)
{
	char path[96], target[256];
	const char *last;
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group",
		 bdf);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	last = strrchr(target, '/');
	if (!last || strlen(last) > size)
		return -ENAMETOOLONG;
	strcpy(name, last + 1);
	return 0;
}

/* A device without an IOMMU is in a group named noiommu-N. */
static int open_group(struct client *c, bool *noiommu)
{
	char number[64], path[96];
	int err;

	err = group_name(c->bdf, number, sizeof(number));
	if (err)
		return step_failed(c, "finding its IOMMU group", err);
	snprintf(path, sizeof(path), "/dev/vfio/%s", number);
	c->group = open(path, O_RDWR | O_CLOEXEC);
	*noiommu = false;
	if (c->group < 0 && errno == ENOENT) {
		snprintf(path, sizeof(path), "/dev/vfio/noiommu-%s", number);
		c->group = open(path, O_RDWR | O_CLOEXEC);
		*noiommu = true;
	}
	if (c->group < 0)
		return step_failed(c, "opening its VFIO group", -errno);
	return 0;
}

static int check_viable(const struct client *c)
{
	struct vfio_group_status status = { .argsz = sizeof(status) };

	if (ioctl(c->group, VFIO_GROUP_GET_STATUS, &status))
		return step_failed(c, "asking for its group's status", -errno);
	if (status.flags & VFIO_GROUP_FLAGS_VIABLE)
		return 0;
	return pcsc_fail(
		-EBUSY,
		"%s: its group is not viable: bind every device of the group to vfio-pci",
		c->bdf);
}

static int set_iommu(const struct client *c, bool noiommu)
{
	int type = noiommu ? VFIO_NOIOMMU_IOMMU : VFIO_TYPE1v2_IOMMU;

	if (ioctl(c->group, VFIO_GROUP_SET_CONTAINER, &c->container))
		return step_failed(c, "adding its group to a container",
				   -errno);
	if (ioctl(c->container, VFIO_SET_IOMMU, type))
		return step_failed(c, "setting the container's IOMMU", -errno);
	return 0;
}

static int open_device(struct client *c)
{
	bool noiommu;
	int err;

	c->container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (c->container < 0)
		return step_failed(c, "opening /dev/vfio/vfio", -errno);
	err = open_group(c, &noiommu);
	if (!err)
		err = check_viable(c);
	if (!err)
		err = set_iommu(c, noiommu);
	if (err)
		return err;
	c->device = ioctl(c->group, VFIO_GROUP_GET_DEVICE_FD, c->bdf);
	if (c->device < 0)
		return step_failed(c, "opening the device", -errno);
	return 0;
}

/* ---- regions, configuration space ---------------------------------------- */

static int read_regions(struct client *c)
{
	struct vfio_region_info region;
	unsigned int i;

	c->info.argsz = sizeof(c->info);
	if (ioctl(c->device, VFIO_DEVICE_GET_INFO, &c->info))
		return step_failed(c, "asking for its information", -errno);
	for (i = 0; i < c->info.num_regions; i++) {
		region = (struct vfio_region_info){ .argsz = sizeof(region),
						    .index = i };
		/* EINVAL: a region that this device does not have (VGA) */
		if (ioctl(c->device, VFIO_DEVICE_GET_REGION_INFO, &region)) {
			if (errno == EINVAL)
				continue;
			return step_failed(c, "asking for a region", -errno);
		}
		if (i == VFIO_PCI_CONFIG_REGION_INDEX) {
			c->config_offset = region.offset;
			c->config_size = region.size;
		}
	}
	if (c->config_size < PCI_STD_HEADER_SIZEOF ||
	    c->config_size > CONFIG_MAX)
		return step_failed(c, "finding its config region", -ERANGE);
	return 0;
}

static int config_read(const struct client *c, unsigned int at, void *to,
		       size_t size, const char *step)
{
	ssize_t n = pread(c->device, to, size, c->config_offset + at);

	if (n == (ssize_t)size)
		return 0;
	return step_failed(c, step, n < 0 ? -errno : -EIO);
}

/* FNV-1a: enough to tell whether two runs saw the same bytes. */
static uint64_t hash_bytes(const uint8_t *p, size_t size)
{
	uint64_t h = 0xcbf29ce484222325;

	while (size--)
		h = (h ^ *p++) * 0x100000001b3;
	return h;
}

static int bulk_read(struct client *c)
{
	uint8_t config[CONFIG_MAX];
	int err;

	err = config_read(c, 0, config, c->config_size, "the bulk read");
	if (!err)
		c->hash = hash_bytes(config, c->config_size);
	return err;
}

static int walk_caps(struct client *c)
{
	uint16_t status;
	uint8_t at, id;
	int err;

	err = config_read(c, PCI_STATUS, &status, 2, "reading Status");
	if (err || !(status & PCI_STATUS_CAP_LIST))
		return err;
	err = config_read(c, PCI_CAPABILITY_LIST, &at, 1, "reading 0x34");
	while (!err && at >= PCI_STD_HEADER_SIZEOF) {
		at &= ~3;
		if (++c->caps > 48)
			return step_failed(c, "walking its capabilities",
					   -ELOOP);
		err = config_read(c, at, &id, 1, "reading a capability's ID");
		if (!err)
			err = config_read(c, at + 1, &at, 1,
					  "reading a capability's successor");
	}
	return err;
}

static int walk_ecaps(struct client *c)
{
	unsigned int at = PCI_CFG_SPACE_SIZE;
	uint16_t head[2];
	int err = 0;

	while (!err && at >= PCI_CFG_SPACE_SIZE && at + 4 <= c->config_size) {
		err = config_read(c, at, &head[0], 2, "reading an extended ID");
		if (!err)
			err = config_read(c, at + 2, &head[1], 2,
					  "reading an extended successor");
		if (err || !head[0])
			return err;
		if (++c->ecaps > 480)
			return step_failed(
				c, "walking its extended capabilities", -ELOOP);
		at = head[1] >> 4 & ~3u;
	}
	return err;
}

static int enable(const struct client *c)
{
	const uint16_t bits = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	uint16_t command;
	int err;

	err = config_read(c, PCI_COMMAND, &command, 2, "reading Command");
	if (err)
		return err;
	command |= bits;
	if (pwrite(c->device, &command, 2, c->config_offset + PCI_COMMAND) != 2)
		return step_failed(c, "enabling memory and bus mastering",
				   -errno);
	err = config_read(c, PCI_COMMAND, &command, 2, "reading Command back");
	if (!err && (command & bits) != bits)
		return step_failed(c, "enabling memory and bus mastering",
				   -EIO);
	return err;
}

/* ---- interrupts, reset ----------------------------------------------------- */

/* @nr eventfds for the first vectors; none: MSI-X off. */
static int set_vectors(const struct client *c, const int *fds, unsigned int nr)
{
	struct {
		struct vfio_irq_set set;
		int32_t fds[MAX_VECTORS];
	} arg = { 0 };

	arg.set.argsz = sizeof(arg.set) + nr * sizeof(arg.fds[0]);
	arg.set.flags =
		VFIO_IRQ_SET_ACTION_TRIGGER |
		(nr ? VFIO_IRQ_SET_DATA_EVENTFD : VFIO_IRQ_SET_DATA_NONE);
	arg.set.index = VFIO_PCI_MSIX_IRQ_INDEX;
	arg.set.count = nr;
	memcpy(arg.fds, fds, nr * sizeof(arg.fds[0]));
	if (ioctl(c->device, VFIO_DEVICE_SET_IRQS, &arg))
		return step_failed(
			c, nr ? "switching MSI-X on" : "switching MSI-X off",
			-errno);
	return 0;
}

static int on_and_off(const struct client *c)
{
	int fds[MAX_VECTORS];
	unsigned int i, nr;
	int err = 0;

	for (nr = 0; nr < c->vectors && nr < MAX_VECTORS; nr++) {
		fds[nr] = eventfd(0, EFD_CLOEXEC);
		if (fds[nr] < 0) {
			err = step_failed(c, "making an eventfd", -errno);
			break;
		}
	}
	if (!err)
		err = set_vectors(c, fds, nr);
	if (!err)
		err = set_vectors(c, fds, 0);
	for (i = 0; i < nr; i++)
		close(fds[i]);
	return err;
}

static int msix(struct client *c)
{
	struct vfio_irq_info irq = { .argsz = sizeof(irq),
				     .index = VFIO_PCI_MSIX_IRQ_INDEX };

	if (ioctl(c->device, VFIO_DEVICE_GET_IRQ_INFO, &irq))
		return step_failed(c, "asking for its MSI-X vectors", -errno);
	c->vectors = irq.count;
	return c->vectors ? on_and_off(c) : 0;
}

static int reset(struct client *c)
{
	c->reset = c->info.flags & VFIO_DEVICE_FLAGS_RESET;
	if (c->reset && ioctl(c->device, VFIO_DEVICE_RESET))
		return step_failed(c, "resetting it", -errno);
	return 0;
}

/* ---- one device, all devices ----------------------------------------------- */

typedef int (*step_fn)(struct client *c);

static int enable_step(struct client *c)
{
	return enable(c);
}

static const step_fn steps[] = {
	open_device, read_regions, bulk_read, walk_caps,
	walk_ecaps,  enable_step,  msix,      reset,
};

static void print_client(const struct client *c, bool hash, double ms)
{
	printf("%s config %" PRIu64 " caps %u+%u msix %u reset %s %.1f ms",
	       c->bdf, c->config_size, c->caps, c->ecaps, c->vectors,
	       c->reset ? "yes" : "no", ms);
	if (hash)
		printf(" hash %016" PRIx64, c->hash);
	putchar('\n');
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int run_one(const char *bdf, const struct options *o, uint64_t *hash)
{
	_cleanup_(client_close) struct client c = {
		.container = -1,
		.group = -1,
		.device = -1,
	};
	double start = now_ms();
	size_t i;
	int err;

	snprintf(c.bdf, sizeof(c.bdf), "%s%s", strlen(bdf) < 8 ? "0000:" : "",
		 bdf);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		err = steps[i](&c);
		if (err)
			return err;
	}
	*hash = *hash * 31 + c.hash;
	if (!o->quiet)
		print_client(&c, o->hash, now_ms() - start);
	return 0;
}

static int run_all(const struct options *o)
{
	double start = now_ms();
	uint64_t hash = 0;
	int err = 0;
	int i;

	for (i = 0; i < o->nr && !err; i++)
		err = run_one(o->bdfs[i], o, &hash);
	if (err || !o->quiet)
		return err;
	printf("%d devices in %.1f ms", o->nr, now_ms() - start);
	if (o->hash)
		printf(" hash %016" PRIx64, hash);
	putchar('\n');
	return 0;
}

static const struct argp_option option_table[] = {
	{ "quiet", 'q', NULL, 0, "One line for all devices", 0 },
	{ "hash", 'H', NULL, 0,
	  "Print a checksum of the bytes of the bulk read, all of them (BARs and status too)",
	  0 },
	{ 0 }
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'q':
		o->quiet = true;
		return 0;
	case 'H':
		o->hash = true;
		return 0;
	case ARGP_KEY_ARGS:
		o->bdfs = state->argv + state->next;
		o->nr = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "name at least one device, as 0000:01:00.1");
		return EINVAL;
	default:
		(void)arg;
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse_option,
		"DEVICE...",
		"Open devices that are bound to vfio-pci as a VMM does, one after the other.",
		NULL,
		NULL,
		NULL
	};
	struct options o = { 0 };

	pcsc_program = "vfio-client";
	argp_err_exit_status = PCSC_EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, 0, NULL, &o))
		return PCSC_EXIT_USAGE;
	return pcsc_exit_of(run_all(&o));
}
