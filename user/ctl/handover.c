// SPDX-License-Identifier: GPL-2.0-only
#include "handover.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

#include "array.h"
#include "check.h"
#include "cleanup.h"
#include "cmdline.h"
#include "core/handover.h"
#include "helper.h"
#include "hole.h"
#include "iomem.h"
#include "jsonw.h"
#include "region.h"
#include "talk.h"
#include "words.h"

#define PCI_DEVICES "/sys/bus/pci/devices"

/* ---- status, forget ---- */

static void status_json(const struct pcsc_handover *h)
{
	struct pcsc_jsonw w = { .file = stdout };

	pcsc_jsonw_object(&w, NULL);
	pcsc_jsonw_string(&w, "schema", "pcsc-ctl-handover");
	pcsc_jsonw_uint(&w, "version", 1);
	pcsc_jsonw_string(&w, "state", pcsc_handover_name(h->state));
	pcsc_jsonw_string(&w, "region", pcsc_region_name(h->region));
	pcsc_jsonw_uint(&w, "address", h->address);
	pcsc_jsonw_uint(&w, "bytes", h->bytes);
	pcsc_jsonw_uint(&w, "capacity", h->capacity);
	pcsc_jsonw_uint(&w, "wanted", h->wanted);
	pcsc_jsonw_uint(&w, "wanted_bytes", h->wanted_bytes);
	pcsc_jsonw_uint(&w, "handed", h->handed);
	pcsc_jsonw_uint(&w, "adopted", h->adopted);
	pcsc_jsonw_uint(&w, "refused", h->refused);
	pcsc_jsonw_uint(&w, "gap_ms", h->gap_ms);
	pcsc_jsonw_string(&w, "reason", h->reason);
	pcsc_jsonw_bool(&w, "session", h->session);
	pcsc_jsonw_end(&w);
}

static void print_region(const struct pcsc_handover *h)
{
	printf("region     %s, %.1f MiB", pcsc_region_name(h->region),
	       (double)h->bytes / MiB);
	/* What kexec handover keeps is here and there. */
	if (h->address)
		printf(" at 0x%llx", h->address);
	putchar('\n');
}

static void status_text(const struct pcsc_handover *h)
{
	printf("state      %s\n", pcsc_handover_words(h->state));
	if (h->region != PCSC_REGION_NONE)
		print_region(h);
	if (h->session)
		puts("session    of the live update orchestrator: a kexec begins with sealing the lines");
	printf("room       for %u %s, %u wanted%s\n", h->capacity,
	       pcsc_noun(h->capacity, "function", "functions"), h->wanted,
	       h->capacity < h->wanted ? ": see `pcsc-ctl handover setup`" :
					 "");
	printf("handed     %u %s: %u adopted, %u refused\n", h->handed,
	       pcsc_noun(h->handed, "function", "functions"), h->adopted,
	       h->refused);
	if (h->gap_ms)
		printf("gap        %u ms from the last kernel's end to this one's start\n",
		       h->gap_ms);
	if (h->reason[0])
		printf("reason     %.*s\n", (int)sizeof(h->reason), h->reason);
}

int handover_status(int fd, bool json)
{
	struct pcsc_handover h;
	int err = helper_handover(fd, PCSC_HANDOVER_STATUS, &h);

	if (err)
		return err;
	if (json)
		status_json(&h);
	else
		status_text(&h);
	return 0;
}

int handover_forget(int fd)
{
	struct pcsc_handover before, after;
	int err;

	err = helper_handover(fd, PCSC_HANDOVER_STATUS, &before);
	if (err)
		return err;
	err = helper_handover(fd, PCSC_HANDOVER_FORGET, &after);
	if (err)
		return err;
	if (before.region == PCSC_REGION_NONE)
		pcsc_info("there is no region, so there was nothing to forget");
	else
		pcsc_info(
			"forgotten: the lines of the last kernel (%u %s, %u adopted), and the region's contents for the next kernel; the state is now %s",
			before.handed,
			pcsc_noun(before.handed, "function", "functions"),
			before.adopted, pcsc_handover_name(after.state));
	return 0;
}

/* ---- what a region must hold ---- */

struct need {
	uint32_t functions;
	uint64_t bytes;
};

/*
 * A function and the VFs that it may have. VFs are counted with their PF, so
 * they are 0 here.
 */
static unsigned int count_function(const char *device)
{
	_cleanup_fclose_ FILE *file = NULL;
	char path[sizeof(PCI_DEVICES) + 300];
	unsigned int total;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/physfn", device);
	if (!access(path, F_OK))
		return 0;
	snprintf(path, sizeof(path), PCI_DEVICES "/%s/sriov_totalvfs", device);
	file = fopen(path, "re");
	return 1 + (file && fscanf(file, "%u", &total) == 1 ? total : 0);
}

/*
 * As pcsc_pool_wanted() of the helper counts: every function, every VF that there
 * could be, and a quarter more.
 */
static struct need need_of_host(void)
{
	DIR *dir = opendir(PCI_DEVICES);
	const struct dirent *entry;
	uint32_t n = 64;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			n += count_function(entry->d_name);
	if (dir)
		closedir(dir);
	n += n / 4;
	return (struct need){ n, pcsc_handover_size(n) };
}

/* What the helper says of the handover; all 0 if it is not loaded. */
static struct pcsc_handover ask_helper(void)
{
	_cleanup_close_ int fd = -1;
	struct pcsc_handover h;

	/* It is no error if the helper is not loaded, so nothing is said then. */
	if (!access(PCSC_DEVICE, R_OK | W_OK))
		fd = helper_open();
	if (fd < 0 || helper_handover(fd, PCSC_HANDOVER_STATUS, &h))
		return (struct pcsc_handover){};
	return h;
}

static struct need find_need(const struct pcsc_handover *h)
{
	if (!h->wanted_bytes)
		return need_of_host();
	return (struct need){ h->wanted, h->wanted_bytes };
}

/* ---- setup ---- */

static int read_iomem(struct iomem *map)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/iomem", "re");

	if (!file)
		return -errno;
	return iomem_parse(file, map);
}

static int read_iomem_as_root(struct iomem *map)
{
	int err = read_iomem(map);

	if (err == -EPERM)
		return pcsc_fail(
			err,
			"/proc/iomem shows all addresses as 0: run as root (CAP_SYS_ADMIN)");
	if (err)
		return pcsc_fail(err, "/proc/iomem: %s", strerror(-err));
	return 0;
}

static int read_cmdline(char **cmdline)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/cmdline", "re");
	size_t room = 0;

	*cmdline = NULL;
	if (!file || getline(cmdline, &room, file) < 0)
		return pcsc_fail(-EIO, "/proc/cmdline cannot be read");
	return 0;
}

static const char *running_release(void)
{
	static struct utsname name;

	uname(&name);
	return name.release;
}

static void say_hole(const struct region *r, const struct need *need)
{
	char size[REGION_SIZE];

	region_size(size, r->size);
	fprintf(stderr,
		"%1$s: for %2$" PRIu32
		" functions; add these arguments to the kernel's, and to every kexec's:\n"
		"%1$s:   GRUB: in /etc/default/grub, in double quotes: memmap=%3$s\\\\\\$0x%4$" PRIx64
		" pci_pcsc.handover=%3$s@0x%4$" PRIx64 "; then update-grub\n"
		"%1$s:   kexec: --append='... memmap=%3$s$0x%4$" PRIx64
		" pci_pcsc.handover=%3$s@0x%4$" PRIx64 "', in single quotes\n"
		"%1$s: A `$` that a shell or GRUB eats leaves memmap=%3$s..., which takes the host's memory away: it will not boot.\n"
		"%1$s: Check what the kernel will get by `pcsc-ctl handover setup check '...'`, and after the boot by `pcsc-ctl handover setup`.\n"
		"%1$s: Never write %% or ! in place of the `$`. The address is this host's: choose on every host.\n",
		pcsc_program, need->functions, size, r->address);
}

static void say_reservation(const struct need *need)
{
	fprintf(stderr,
		"%1$s: for %2$" PRIu32
		" functions; add these arguments to the kernel's, and to every kexec's.\n"
		"%1$s: Kernels before 6.12 do not know them, and the region is elsewhere after some kexecs: memmap= (`pcsc-ctl handover setup memmap`) is surer.\n"
		"%1$s: After the boot `pcsc-ctl handover setup` checks.\n",
		pcsc_program, need->functions);
}

static void say_kept(const struct need *need)
{
	fprintf(stderr,
		"%1$s: for %2$" PRIu32
		" functions; add these arguments to the kernel's, and to every kexec's, which must be `kexec -s`.\n"
		"%1$s: It takes a 7.3 kernel or later with CONFIG_KEXEC_HANDOVER on both sides, which Debian's do not have.\n"
		"%1$s: After the boot `pcsc-ctl handover setup` checks.\n",
		pcsc_program, need->functions);
}

static void say_chosen(const struct region *r, const struct need *need)
{
	if (r->kind == PCSC_REGION_MEMMAP)
		say_hole(r, need);
	else if (r->kind == PCSC_REGION_KHO)
		say_kept(need);
	else
		say_reservation(need);
}

static int find_hole(struct region *r)
{
	_cleanup_(iomem_free) struct iomem map = {};
	int err = read_iomem_as_root(&map);

	if (err)
		return err;
	if (hole_choose(&map, r->size, &r->address))
		return pcsc_fail(
			-EOPNOTSUPP,
			"no range of System RAM in /proc/iomem has room for %" PRIu64
			" MiB",
			r->size / MiB);
	return 0;
}

/* Say the warnings, and the refusals if @refusals. -EINVAL: there are refusals. */
static int say_findings(const struct check_findings *f, bool refusals)
{
	for (unsigned int i = 0; i < f->count; i++) {
		if (f->list[i].refused && refusals)
			pcsc_error("%s", f->list[i].text);
		else if (!f->list[i].refused)
			pcsc_warn("%s", f->list[i].text);
	}
	return f->refusals ? -EINVAL : 0;
}

static int check(const char *cmdline, const struct check_host *host,
		 struct region *region, struct check_findings *findings)
{
	int err = check_cmdline(cmdline, host, region, findings);

	return err ? pcsc_fail(err, "out of memory") : 0;
}

/*
 * Only warnings are said: the new arguments may be one memmap= too many
 * beside those of @cmdline.
 */
static int warn_of_company(const char *args, const char *cmdline)
{
	const struct check_host host = { .release = running_release() };
	_cleanup_free_ char *both = NULL;
	struct check_findings findings;
	struct region region;
	int err;

	if (asprintf(&both, "%s %s", cmdline, args) < 0)
		return pcsc_fail(-ENOMEM, "out of memory");
	err = check(both, &host, &region, &findings);
	if (!err)
		say_findings(&findings, false);
	return err;
}

static int choose(__u32 kind, const char *cmdline)
{
	const struct pcsc_handover h = ask_helper();
	const struct need need = find_need(&h);
	struct region region = { .kind = kind,
				 .size = region_round(need.bytes),
				 .name = "pcsc" };
	char args[REGION_ARGS];
	int err;

	if (kind == PCSC_REGION_MEMMAP) {
		err = find_hole(&region);
		if (err)
			return err;
	}
	puts(region_args(args, &region));
	fflush(stdout);
	say_chosen(&region, &need);
	return warn_of_company(args, cmdline);
}

/* ---- checks ---- */

static void warn_if_unused(const struct region *r)
{
	const struct pcsc_handover h = ask_helper();
	const struct need need = find_need(&h);
	char size[REGION_SIZE];

	if (r->size < need.bytes)
		pcsc_warn(
			"the region has %s; for the %" PRIu32
			" functions of this host %" PRIu64
			" MiB are wanted, what finds no room starts cold: `pcsc-ctl handover setup %s` has arguments",
			region_size(size, r->size), need.functions,
			region_round(need.bytes) / MiB,
			pcsc_region_name(r->kind));
	if (h.size && h.region == PCSC_REGION_NONE)
		pcsc_warn("the helper does not use the region: %.*s",
			  (int)sizeof(h.reason),
			  h.reason[0] ? h.reason : "no reason given");
}

static int check_booted(const char *cmdline)
{
	_cleanup_(iomem_free) struct iomem map = {};
	struct check_host host = { NULL, running_release(), true };
	struct check_findings findings;
	struct region region;
	char args[REGION_ARGS];
	int err;

	/* Only a hole is seen in /proc/iomem, and only root sees its addresses. */
	err = check(cmdline, &host, &region, &findings);
	if (!err && region.kind == PCSC_REGION_MEMMAP) {
		err = read_iomem_as_root(&map);
		if (err)
			return err;
		host.iomem = &map;
		err = check(cmdline, &host, &region, &findings);
	}
	if (!err)
		err = say_findings(&findings, true);
	if (err)
		return err;
	puts(region_args(args, &region));
	fflush(stdout);
	fprintf(stderr,
		"%s: this host is set up; every kexec's command line needs the same arguments\n",
		pcsc_program);
	warn_if_unused(&region);
	return 0;
}

int handover_setup(__u32 kind)
{
	_cleanup_free_ char *cmdline = NULL;
	int err = read_cmdline(&cmdline);

	if (err)
		return err;
	if (kind != PCSC_REGION_NONE)
		return choose(kind, cmdline);
	if (cmdline_has_handover(cmdline))
		return check_booted(cmdline);
	return choose(PCSC_REGION_MEMMAP, cmdline);
}

int handover_check(const char *cmdline)
{
	_cleanup_(iomem_free) struct iomem map = {};
	struct check_host host = { .release = running_release() };
	struct check_findings findings;
	struct region region;
	int err;

	if (!read_iomem(&map))
		host.iomem = &map;
	err = check(cmdline, &host, &region, &findings);
	if (err)
		return err;
	err = say_findings(&findings, true);
	if (!host.iomem && region.kind == PCSC_REGION_MEMMAP)
		pcsc_warn(
			"/proc/iomem shows no addresses: whether that is System RAM was not checked; run as root");
	if (!err)
		fprintf(stderr, "%s: nothing is wrong with these arguments\n",
			pcsc_program);
	return err;
}
