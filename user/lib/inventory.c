// SPDX-License-Identifier: GPL-2.0-only
#include "inventory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "bdf.h"
#include "cleanup.h"
#include "talk.h"

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

static uint64_t address(const struct pcsc_rec_function *f)
{
	return (uint64_t)f->domain << 16 | f->bus << 8 | f->devfn;
}

static size_t lower_bound(const struct pcsc_inventory *inv, uint64_t wanted)
{
	size_t low = 0, high = inv->nr;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (address(&inv->fn[mid].rec) < wanted)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int make_room(struct pcsc_inventory *inv)
{
	size_t room = inv->room ? 2 * inv->room : 64;
	void *fn;

	if (inv->nr < inv->room)
		return 0;
	fn = reallocarray(inv->fn, room, sizeof(*inv->fn));
	if (!fn)
		return -ENOMEM;
	inv->fn = fn;
	inv->room = room;
	return 0;
}

uint32_t pcsc_inv_index(const struct pcsc_inventory *inv, uint32_t domain,
			uint8_t bus, uint8_t devfn)
{
	const struct pcsc_rec_function wanted = { .domain = domain,
						  .bus = bus,
						  .devfn = devfn };
	size_t i = lower_bound(inv, address(&wanted));

	if (i == inv->nr || address(&inv->fn[i].rec) != address(&wanted))
		return PCSC_REC_NONE;
	return i;
}

struct pcsc_inv_function *pcsc_inv_get(struct pcsc_inventory *inv,
				       uint32_t domain, uint8_t bus,
				       uint8_t devfn)
{
	struct pcsc_inv_function new = {
		.rec = { .domain = domain, .bus = bus, .devfn = devfn },
	};
	size_t i = lower_bound(inv, address(&new.rec));

	if (i < inv->nr && address(&inv->fn[i].rec) == address(&new.rec))
		return &inv->fn[i];
	if (make_room(inv))
		return NULL;
	memmove(&inv->fn[i + 1], &inv->fn[i], (inv->nr - i) * sizeof(new));
	inv->fn[i] = new;
	inv->nr++;
	return &inv->fn[i];
}

static bool same_identity(const struct pcsc_rec_function *a,
			  const struct pcsc_rec_function *b)
{
	return a->vendor == b->vendor && a->device == b->device &&
	       a->subvendor == b->subvendor && a->subdevice == b->subdevice &&
	       a->class_code == b->class_code && a->revision == b->revision;
}

void pcsc_inv_identify(struct pcsc_inv_function *f,
		       const struct pcsc_rec_function *id)
{
	struct pcsc_rec_function *rec = &f->rec;

	if (rec->flags & PCSC_REC_FN_IDS && !same_identity(rec, id))
		f->replaced = true;
	rec->vendor = id->vendor;
	rec->device = id->device;
	rec->subvendor = id->subvendor;
	rec->subdevice = id->subdevice;
	rec->class_code = id->class_code;
	rec->revision = id->revision;
	rec->header_type = id->header_type;
	rec->cfg_size = id->cfg_size;
	rec->flags |= id->flags | PCSC_REC_FN_IDS;
}

/* ---- sysfs ---- */

static bool read_text(int dir, const char *name, char *text, size_t size)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = '\0';
	return n > 0;
}

static bool read_number(int dir, const char *name, unsigned long *value)
{
	char text[32];

	if (!read_text(dir, name, text, sizeof(text)))
		return false;
	*value = strtoul(text, NULL, 0);
	return true;
}

/* The last part of where the link @name in @dir points to. */
static bool read_link(int dir, const char *name, char *out, size_t size)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(dir, name, target, sizeof(target) - 1);
	const char *last;

	if (n < 0)
		return false;
	target[n] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	n = strnlen(last, size - 1);
	memcpy(out, last, n);
	out[n] = '\0';
	return true;
}

static bool is_user_driver(const char *driver)
{
	return !strncmp(driver, "vfio", 4) || !strncmp(driver, "uio_", 4) ||
	       !strcmp(driver, "igb_uio") || !strcmp(driver, "pci-stub");
}

static void read_driver(int devices, const char *name,
			struct pcsc_rec_function *f)
{
	char link[NAME_MAX + sizeof("/driver")];

	memset(f->driver, 0, sizeof(f->driver));
	snprintf(link, sizeof(link), "%s/driver", name);
	if (read_link(devices, link, f->driver, sizeof(f->driver)) &&
	    is_user_driver(f->driver))
		f->flags |= PCSC_REC_FN_USER_DRIVER;
}

void pcsc_inv_bound(struct pcsc_inv_function *f, const char *driver)
{
	if (is_user_driver(driver))
		f->rec.flags |= PCSC_REC_FN_USER_DRIVER;
}

/* .../pci0000:00/0000:00:01.0: the host bridge is no function. */
static bool on_root_bus(int devices, const char *name)
{
	char target[PATH_MAX], *parent;
	ssize_t n = readlinkat(devices, name, target, sizeof(target) - 1);

	if (n < 0)
		return false;
	target[n] = '\0';
	parent = strrchr(target, '/');
	if (!parent)
		return false;
	*parent = '\0';
	parent = strrchr(target, '/');
	return parent && !strncmp(parent, "/pci", 4);
}

/* sysfs does not show the header type: the class of a bridge implies it. */
static uint8_t header_type_of(uint32_t class_code)
{
	switch (class_code >> 8) {
	case 0x0604:
	case 0x0609:
		return 1;
	case 0x0607:
		return 2;
	default:
		return 0;
	}
}

static bool read_ids(int dir, struct pcsc_rec_function *f)
{
	unsigned int v, d, sv, sd, base, sub, prog;
	unsigned long rev;
	char text[80];

	/* One file instead of five: hosts have thousands of functions. */
	if (!read_text(dir, "modalias", text, sizeof(text)) ||
	    sscanf(text, "pci:v%8Xd%8Xsv%8Xsd%8Xbc%2Xsc%2Xi%2X", &v, &d, &sv,
		   &sd, &base, &sub, &prog) != 7 ||
	    !read_number(dir, "revision", &rev))
		return false;
	f->vendor = v;
	f->device = d;
	f->subvendor = sv;
	f->subdevice = sd;
	f->class_code = base << 16 | sub << 8 | prog;
	f->revision = rev;
	f->header_type = header_type_of(f->class_code);
	return true;
}

/* Its flag, if it is one. VFs that are enabled are functions of their own. */
static uint16_t read_pf(int dir, unsigned long *disabled_vfs)
{
	unsigned long total, enabled = 0;

	if (!read_number(dir, "sriov_totalvfs", &total) || !total)
		return 0;
	read_number(dir, "sriov_numvfs", &enabled);
	*disabled_vfs = total > enabled ? total - enabled : 0;
	return PCSC_REC_FN_PF;
}

static void look_at(struct pcsc_inventory *inv, int devices, const char *name,
		    struct pcsc_inv_function *f)
{
	_cleanup_close_ int dir =
		openat(devices, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct pcsc_rec_function id = {};
	unsigned long vfs = 0;
	char pf[PCSC_BDF_SIZE];
	struct stat st;

	/* It may have gone since the directory was read. */
	if (dir < 0 || !read_ids(dir, &id))
		return;
	if (!fstatat(dir, "config", &st, 0) && st.st_size <= 4096)
		id.cfg_size = st.st_size;
	if (read_link(dir, "physfn", pf, sizeof(pf)))
		id.flags |= PCSC_REC_FN_VF;
	else
		id.flags |= read_pf(dir, &vfs);
	if (on_root_bus(devices, name))
		id.flags |= PCSC_REC_FN_ROOT_BUS;
	inv->expected += 1 + vfs;
	pcsc_inv_identify(f, &id);
}

static int scan_one(struct pcsc_inventory *inv, int devices,
		    const struct pcsc_rec_function *at)
{
	struct pcsc_inv_function *f =
		pcsc_inv_get(inv, at->domain, at->bus, at->devfn);
	char name[PCSC_BDF_SIZE];

	if (!f)
		return -ENOMEM;
	pcsc_bdf_format(name, at->domain, at->bus, at->devfn);
	/* Back after an absence: perhaps somebody else. */
	if (!f->scan || f->scan != inv->scans - 1)
		look_at(inv, devices, name, f);
	f->scan = inv->scans;
	read_driver(devices, name, &f->rec);
	return 0;
}

static int compare_addresses(const void *a, const void *b)
{
	const uint64_t x = address(a), y = address(b);

	return x < y ? -1 : x > y;
}

/* In order, so that each new one is put behind those that are there. */
static int list_addresses(DIR *d, struct pcsc_rec_function **out, size_t *nr)
{
	_cleanup_free_ struct pcsc_rec_function *list = NULL;
	struct pcsc_rec_function at = {}, *more;
	size_t n = 0, room = 0;
	struct dirent *e;

	while ((e = readdir(d))) {
		if (pcsc_bdf_parse(e->d_name, &at.domain, &at.bus, &at.devfn))
			continue;
		if (n == room) {
			room = room ? 2 * room : 64;
			more = reallocarray(list, room, sizeof(*list));
			if (!more)
				return -ENOMEM;
			list = more;
		}
		list[n++] = at;
	}
	if (n)
		qsort(list, n, sizeof(*list), compare_addresses);
	*out = TAKE_PTR(list);
	*nr = n;
	return 0;
}

static void forget_drivers_of_the_gone(struct pcsc_inventory *inv)
{
	for (size_t i = 0; i < inv->nr; i++) {
		struct pcsc_inv_function *f = &inv->fn[i];

		if (f->scan != inv->scans)
			memset(f->rec.driver, 0, sizeof(f->rec.driver));
	}
}

int pcsc_inv_scan(struct pcsc_inventory *inv, const char *devices)
{
	_cleanup_(closedirp) DIR *d = opendir(devices);
	_cleanup_free_ struct pcsc_rec_function *list = NULL;
	size_t nr = 0;
	int err;

	if (!d)
		return pcsc_fail(-ENODEV, "this host shows no PCI bus: %s: %s",
				 devices, strerror(errno));
	inv->scans++;
	err = list_addresses(d, &list, &nr);
	for (size_t i = 0; !err && i < nr; i++)
		err = scan_one(inv, dirfd(d), &list[i]);
	if (err)
		return pcsc_fail(err, "no memory left");
	forget_drivers_of_the_gone(inv);
	return 0;
}

void pcsc_inv_free(struct pcsc_inventory *inv)
{
	free(inv->fn);
	memset(inv, 0, sizeof(*inv));
}
