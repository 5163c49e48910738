// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "bdf.h"
#include "cleanup.h"
#include "core/caps.h"
#include "inventory.h"
#include "talk.h"

static int read_config(void *fd, u16 offset, u32 *value)
{
	u32 raw;

	if (pread(*(int *)fd, &raw, sizeof(raw), offset) != sizeof(raw))
		return -EIO;
	*value = le32toh(raw);
	return 0;
}

static int walk(const char *devices, const char *name, u16 cfg_size,
		struct pcsc_layout *layout)
{
	char path[512];
	_cleanup_close_ int fd = -1;

	snprintf(path, sizeof(path), "%s/%s/config", devices, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return pcsc_fail(-errno, "%s: %s", path, strerror(errno));
	pcsc_walk(read_config, &fd, cfg_size, layout);
	return 0;
}

static struct pcsc_identity identity_of(const struct pcsc_rec_function *rec)
{
	return (struct pcsc_identity){
		.vendor = rec->vendor,
		.device = rec->device,
		.subvendor = rec->subvendor,
		.subdevice = rec->subdevice,
		.class_code = rec->class_code,
		.revision = rec->revision,
		.is_vf = rec->flags & PCSC_REC_FN_VF,
		.on_root_bus = rec->flags & PCSC_REC_FN_ROOT_BUS,
	};
}

int host_look(const char *devices, u32 domain, u8 bus, u8 devfn,
	      struct host_function *out)
{
	_cleanup_(pcsc_inv_free) struct pcsc_inventory inv = {};
	const struct pcsc_rec_function *rec;
	char name[PCSC_BDF_SIZE];
	uint32_t index;
	int err;

	err = pcsc_inv_scan(&inv, devices);
	if (err)
		return err;
	pcsc_bdf_format(name, domain, bus, devfn);
	index = pcsc_inv_index(&inv, domain, bus, devfn);
	rec = index == PCSC_REC_NONE ? NULL : &inv.fn[index].rec;
	if (!rec || !(rec->flags & PCSC_REC_FN_IDS))
		return pcsc_fail(
			-ENODEV,
			"%s: this host has no such function; `lspci -D` lists those it has",
			name);
	out->identity = identity_of(rec);
	err = walk(devices, name, rec->cfg_size ?: PCSC_CFG_SIZE_EXT,
		   &out->layout);
	if (!err && out->layout.status == PCSC_WALK_READ)
		pcsc_warn(
			"%s: its configuration space cannot be read at 0x%03x: only root may read past 0x40, and an absent function reads as all-ones",
			name, out->layout.where);
	return err;
}
