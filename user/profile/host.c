// SPDX-License-Identifier: GPL-2.0-only
#include "host.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "bdf.h"
#include "cleanup.h"
#include "core/caps.h"
#include "identity.h"
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

static int look_at(const char *devices, const struct pcsc_rec_function *rec,
		   struct host_function *out)
{
	char name[PCSC_BDF_SIZE];
	int err;

	pcsc_bdf_format(name, rec->domain, rec->bus, rec->devfn);
	out->domain = rec->domain;
	out->bus = rec->bus;
	out->devfn = rec->devfn;
	out->identity = identity_of(rec);
	err = walk(devices, name, rec->cfg_size ?: PCSC_CFG_SIZE_EXT,
		   &out->layout);
	if (!err && out->layout.status == PCSC_WALK_READ && geteuid())
		return pcsc_fail(
			-EPERM,
			"%s: its configuration space cannot be read at 0x%03x: only root may read past 0x40; run this as root",
			name, out->layout.where);
	if (!err && out->layout.status == PCSC_WALK_READ)
		pcsc_warn(
			"%s: its configuration space cannot be read at 0x%03x: an absent function reads as all-ones",
			name, out->layout.where);
	return err;
}

int host_look(const char *devices, u32 domain, u8 bus, u8 devfn,
	      struct host_function *out)
{
	_cleanup_(pcsc_inv_free) struct pcsc_inventory inv = {};
	char name[PCSC_BDF_SIZE];
	uint32_t index;
	int err;

	err = pcsc_inv_scan(&inv, devices);
	if (err)
		return err;
	index = pcsc_inv_index(&inv, domain, bus, devfn);
	if (index != PCSC_REC_NONE && inv.fn[index].rec.flags & PCSC_REC_FN_IDS)
		return look_at(devices, &inv.fn[index].rec, out);
	return pcsc_fail(
		-ENODEV,
		"%s: this host has no such function; `lspci -D` lists those it has",
		pcsc_bdf_format(name, domain, bus, devfn));
}

int host_each(const char *devices, host_wanted wanted, host_fn each, void *ctx)
{
	_cleanup_(pcsc_inv_free) struct pcsc_inventory inv = {};
	struct host_function f;
	int err = pcsc_inv_scan(&inv, devices);

	for (size_t i = 0; i < inv.nr && !err; i++) {
		const struct pcsc_rec_function *rec = &inv.fn[i].rec;

		if (!(rec->flags & PCSC_REC_FN_IDS) ||
		    (wanted && !wanted(rec->domain, rec->bus, rec->devfn, ctx)))
			continue;
		err = look_at(devices, rec, &f);
		if (!err)
			each(&f, ctx);
	}
	return err;
}
