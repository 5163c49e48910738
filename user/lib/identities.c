// SPDX-License-Identifier: GPL-2.0-only
#include "identities.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bdf.h"
#include "cleanup.h"

#define DEVICES "/sys/bus/pci/devices"
/* One in so many is looked at again each time: its driver; and all of it. */
#define DRIVER_ROUNDS 16
#define ROUNDS 128
#define OLD_NS 10000000000ull /* nobody has asked for so long */

struct place {
	char path[sizeof(DEVICES) + 64];
};

static const char *path_of(struct place *p, const struct pcsc_function_state *f,
			   const char *name)
{
	char bdf[PCSC_BDF_SIZE];

	snprintf(p->path, sizeof(p->path), DEVICES "/%s/%s",
		 pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn), name);
	return p->path;
}

static __u16 read_id(const struct pcsc_function_state *f, const char *name)
{
	struct place p;
	_cleanup_fclose_ FILE *file = fopen(path_of(&p, f, name), "re");
	unsigned int id;

	return file && fscanf(file, "%x", &id) == 1 ? id : 0;
}

/* The last part of what a link leads to; "" if there is none. */
static void read_link(const struct pcsc_function_state *f, const char *name,
		      char *buf, size_t size)
{
	char to[PATH_MAX];
	struct place p;
	const ssize_t n = readlink(path_of(&p, f, name), to, sizeof(to) - 1);
	const char *slash;

	to[n > 0 ? n : 0] = '\0';
	slash = strrchr(to, '/');
	snprintf(buf, size, "%s", slash ? slash + 1 : "");
}

static __s32 read_pf(const struct pcsc_function_state *f)
{
	char bdf[PCSC_BDF_SIZE];
	uint8_t bus, devfn;
	uint32_t domain;

	read_link(f, "physfn", bdf, sizeof(bdf));
	if (pcsc_bdf_parse(bdf, &domain, &bus, &devfn))
		return SAMPLE_NO_PF;
	return bus << 8 | devfn;
}

static __u16 add_device(struct identities *ids, __u16 vendor, __u16 device)
{
	struct sample_device *d = ids->devices + ids->nr_devices;
	char name[PCSC_NAME_SIZE], alone[PCSC_NAME_SIZE];
	size_t before;

	if (ids->nr_devices == SAMPLE_DEVICES)
		return IDENTITY_NO_DEVICE;
	if (!ids->names)
		ids->names = pcsc_names_open();
	if (!ids->names)
		return IDENTITY_NO_DEVICE;
	pcsc_names_short(ids->names, vendor, device, alone, sizeof(alone));
	pcsc_names_device(ids->names, vendor, device, name, sizeof(name));
	*d = (struct sample_device){ .vendor = vendor, .device = device };
	snprintf(d->name, sizeof(d->name), "%.*s", (int)sizeof(d->name) - 1,
		 name);
	/* Of a vendor that nobody knows the long name does not end with the short one. */
	before = strlen(name) - strlen(alone);
	if (strlen(alone) < strlen(name) && !strcmp(name + before, alone))
		d->name_at = before;
	if (d->name_at >= strlen(d->name))
		d->name_at = 0;
	return ids->nr_devices++;
}

static __u16 device_of(struct identities *ids, __u16 vendor, __u16 device)
{
	for (__u32 i = 0; i < ids->nr_devices; i++)
		if (ids->devices[i].vendor == vendor &&
		    ids->devices[i].device == device)
			return i;
	return add_device(ids, vendor, device);
}

static void read_driver(struct sample_function *f)
{
	read_link(&f->state, "driver", f->driver, sizeof(f->driver));
}

static void identify(struct identities *ids, struct sample_function *f)
{
	const __u16 vendor = read_id(&f->state, "vendor");

	f->device =
		vendor ? device_of(ids, vendor, read_id(&f->state, "device")) :
			 IDENTITY_NO_DEVICE;
	f->pf = f->state.is_vf ? read_pf(&f->state) : SAMPLE_NO_PF;
	read_driver(f);
}

static __u64 address(const struct pcsc_function_state *f)
{
	return (__u64)f->domain << 16 | f->bus << 8 | f->devfn;
}

/* What was known of it; *@at goes on from function to function. */
static const struct sample_function *known(const struct identities *ids,
					   const struct pcsc_function_state *f,
					   __u32 *at)
{
	while (*at < ids->nr_functions &&
	       address(&ids->functions[*at].state) < address(f))
		++*at;
	if (*at == ids->nr_functions ||
	    address(&ids->functions[*at].state) != address(f))
		return NULL;
	return &ids->functions[*at];
}

int identities_take(struct identities *ids,
		    const struct pcsc_function_state *state, __u32 count,
		    __u64 now_ns)
{
	const bool anew = now_ns - ids->taken_ns > OLD_NS;
	struct sample_function *functions =
		calloc(count + 1, sizeof(*functions));
	const struct sample_function *was;
	__u32 at = 0;

	if (!ids->devices)
		ids->devices = calloc(SAMPLE_DEVICES, sizeof(*ids->devices));
	if (!functions || !ids->devices) {
		free(functions);
		return -ENOMEM;
	}
	ids->round++;
	ids->taken_ns = now_ns;
	for (__u32 i = 0; i < count; i++) {
		was = known(ids, &state[i], &at);
		if (was)
			functions[i] = *was;
		functions[i].state = state[i];
		if (!was || anew || (i + ids->round) % ROUNDS == 0)
			identify(ids, &functions[i]);
		else if ((i + ids->round) % DRIVER_ROUNDS == 0)
			read_driver(&functions[i]);
	}
	free(ids->functions);
	ids->functions = functions;
	ids->nr_functions = count;
	return 0;
}
