// SPDX-License-Identifier: GPL-2.0-only
#include "check.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "cmdline.h"

#define PAGE (4 * KiB)
#define MAX_BYTES GiB /* the helper takes no more */
#define KASLR_MEMMAPS 4

static void __attribute__((format(printf, 4, 5)))
found(struct check_findings *f, enum finding what, bool refused,
      const char *fmt, ...)
{
	va_list ap;

	f->refusals += refused;
	if (f->count == CHECK_FINDINGS)
		return;
	f->list[f->count].what = what;
	f->list[f->count].refused = refused;
	va_start(ap, fmt);
	vsnprintf(f->list[f->count].text, sizeof(f->list[0].text), fmt, ap);
	va_end(ap);
	f->count++;
}

#define refuse(f, what, ...) found(f, what, true, __VA_ARGS__)
#define warn(f, what, ...) found(f, what, false, __VA_ARGS__)

static bool parse_hole(const char *text, struct region *r)
{
	const char *end;

	r->size = cmdline_number(text, &end);
	if (*end != '@')
		return false;
	r->address = cmdline_number(end + 1, &end);
	if (*end || !r->size || !r->address || r->size > MAX_BYTES ||
	    (r->size | r->address) % PAGE || r->address > UINT64_MAX - r->size)
		return false;
	r->kind = PCSC_REGION_MEMMAP;
	return true;
}

static bool parse_name(const char *text, struct region *r)
{
	if (strlen(text) >= sizeof(r->name) || strpbrk(text, "@:$"))
		return false;
	strcpy(r->name, text);
	r->kind = PCSC_REGION_RESERVE_MEM;
	return true;
}

static bool is_kept(const char *text)
{
	return !strncmp(text, PCSC_KHO_PREFIX, strlen(PCSC_KHO_PREFIX));
}

static bool parse_kept(const char *text, struct region *r)
{
	const char *end;

	r->size = cmdline_number(text + strlen(PCSC_KHO_PREFIX), &end);
	if (*end || !r->size || r->size > MAX_BYTES || r->size % PAGE)
		return false;
	r->kind = PCSC_REGION_KHO;
	return true;
}

static bool parse_region(const char *text, struct region *r)
{
	if (is_kept(text))
		return parse_kept(text, r);
	return isdigit((unsigned char)*text) ? parse_hole(text, r) :
					       parse_name(text, r);
}

/* What pci_pcsc.handover= names. */
static void find_region(const struct cmdline *c, struct region *r,
			struct check_findings *f)
{
	const char *text = c->handover;

	*r = (struct region){ .kind = PCSC_REGION_NONE };
	if (!text || !*text)
		refuse(f, FOUND_NO_HANDOVER,
		       "pci_pcsc.handover= is missing: nothing would be handed over; add pci_pcsc.handover=SIZE@ADDRESS as in memmap=, =NAME as in reserve_mem=, or =kho:SIZE");
	else if (!parse_region(text, r))
		refuse(f, FOUND_BAD_HANDOVER,
		       "pci_pcsc.handover=%.64s: give SIZE@ADDRESS as in memmap=, whole pages and at most 1 GiB, the NAME in reserve_mem=, or kho:SIZE",
		       text);
}

static bool overlap(const struct cmdline_memmap *m, const struct region *r)
{
	return r->kind == PCSC_REGION_MEMMAP &&
	       m->address < r->address + r->size &&
	       r->address < m->address + m->size;
}

/* The place of the memmap= that makes the hole among all of them, or -1. */
static int hole_of(const struct cmdline *c, const struct region *r)
{
	for (unsigned int i = 0; i < c->nr_memmaps; i++) {
		const struct cmdline_memmap *m = &c->memmaps[i];

		if (m->form == '$' && r->kind == PCSC_REGION_MEMMAP &&
		    m->size == r->size && m->address == r->address)
			return i;
	}
	return -1;
}

static const struct cmdline_reservation *reservation_of(const struct cmdline *c,
							const struct region *r)
{
	for (unsigned int i = 0; i < c->nr_reservations; i++)
		if (r->kind == PCSC_REGION_RESERVE_MEM &&
		    !strcmp(c->reservations[i].name, r->name))
			return &c->reservations[i];
	return NULL;
}

static bool is_set_aside(const struct cmdline *c, const struct region *r)
{
	return hole_of(c, r) >= 0 || reservation_of(c, r);
}

static void judge_eaten(const struct cmdline_memmap *m,
			struct check_findings *f)
{
	if (m->form == '\\')
		refuse(f, FOUND_BACKSLASH,
		       "memmap=%.64s: with that backslash the kernel would take all memory above %.*s away, and the host would not boot; only GRUB and a shell take backslashes off: leave them out here",
		       m->text, m->size_length, m->text);
	else
		refuse(f, FOUND_EATEN,
		       "memmap=%.64s: its `$` is missing: the kernel would take all memory above %.*s away, and the host would not boot; quote the `$` as `pcsc-ctl handover setup` says",
		       m->text, m->size_length, m->text);
}

static void judge_memmap(const struct cmdline_memmap *m,
			 const struct cmdline *c, const struct region *r,
			 struct check_findings *f)
{
	switch (m->form) {
	case '$':
		if (!m->address)
			refuse(f, FOUND_NO_ADDRESS,
			       "memmap=%.64s: no address follows the `$`; quote it as `pcsc-ctl handover setup` says",
			       m->text);
		return;
	case '%':
		refuse(f, FOUND_PERCENT,
		       "memmap=%.64s: the %% form makes the kernel's decompressor believe that the host has %.*s of memory only; use memmap=SIZE$ADDRESS",
		       m->text, m->size_length, m->text);
		return;
	case '!':
		/* Another range may be meant for a pmem driver. */
		if (overlap(m, r) || !is_set_aside(c, r))
			refuse(f, FOUND_PMEM,
			       "memmap=%.64s: the ! form gives the range to a pmem driver; use memmap=SIZE$ADDRESS",
			       m->text);
		return;
	case '@':
	case '#':
		/* Where ranges overlap, a hole wins over RAM, not over ACPI. */
		if (overlap(m, r) && (m->form == '#' || !is_set_aside(c, r)))
			refuse(f, FOUND_NO_HOLE,
			       "memmap=%.64s: the %c form makes no hole; use memmap=SIZE$ADDRESS",
			       m->text, m->form);
		return;
	default:
		judge_eaten(m, f);
	}
}

/* The hole that may have been meant: one that overlaps, or any. */
static const struct cmdline_memmap *nearly_hole_of(const struct cmdline *c,
						   const struct region *r)
{
	const struct cmdline_memmap *any = NULL;

	for (unsigned int i = 0; i < c->nr_memmaps; i++) {
		if (c->memmaps[i].form != '$')
			continue;
		any = &c->memmaps[i];
		if (overlap(any, r))
			break;
	}
	return any;
}

static void judge_hole_missing(const struct cmdline *c, const struct region *r,
			       struct check_findings *f)
{
	const struct cmdline_memmap *meant = nearly_hole_of(c, r);
	char args[REGION_ARGS];

	if (meant)
		refuse(f, FOUND_MISMATCH,
		       "memmap=%.64s and pci_pcsc.handover=%.64s differ: size and address must be the same",
		       meant->text, c->handover);
	else
		refuse(f, FOUND_NO_REGION,
		       "pci_pcsc.handover=%.64s names memory that nothing sets aside; use %s",
		       c->handover, region_args(args, r));
}

static void judge_reservation_missing(const struct cmdline *c,
				      struct check_findings *f)
{
	if (c->nr_reservations)
		refuse(f, FOUND_MISMATCH,
		       "reserve_mem=%.64s and pci_pcsc.handover=%.64s differ: the name must be the same",
		       c->reservations[0].text, c->handover);
	else
		refuse(f, FOUND_NO_REGION,
		       "pci_pcsc.handover=%.64s names memory that nothing sets aside; add reserve_mem=SIZE:64M:%.64s",
		       c->handover, c->handover);
}

static bool too_old(const char *release)
{
	unsigned int major, minor;

	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major < 6 || (major == 6 && minor < 12));
}

static void judge_reservation(const struct cmdline_reservation *r,
			      const struct check_host *host,
			      struct check_findings *f)
{
	if (too_old(host->release))
		found(f, FOUND_OLD_KERNEL, host->booted,
		      "this kernel is %.64s: reserve_mem= needs 6.12 or later, before a kexec and after; `pcsc-ctl handover setup memmap` has arguments for any",
		      host->release);
	if (r->align < REGION_ALIGN)
		warn(f, FOUND_UNALIGNED,
		     "reserve_mem=%.64s: a region aligned to less than 64M is elsewhere after most kexecs, and nothing is handed over; use reserve_mem=SIZE:64M:%s",
		     r->text, r->name);
}

static bool is_all(const struct iomem *map, enum iomem_kind kind,
		   const struct region *r)
{
	return iomem_covers(map, 1u << kind, r->address, r->size);
}

static void judge_place(const struct region *r, const struct check_host *host,
			struct check_findings *f)
{
	char size[REGION_SIZE];

	if (!host->iomem || is_all(host->iomem, IOMEM_RESERVED, r))
		return;
	region_size(size, r->size);
	if (host->booted)
		refuse(f, FOUND_NOT_RESERVED,
		       "the %s at 0x%" PRIx64
		       " are not Reserved in /proc/iomem: the kernel did not make that hole, its log (memmap, e820) may say why; use the arguments of `pcsc-ctl handover setup memmap`",
		       size, r->address);
	else if (!is_all(host->iomem, IOMEM_RAM, r))
		refuse(f, FOUND_NOT_RAM,
		       "the %s at 0x%" PRIx64
		       " are not this host's System RAM (/proc/iomem), they may be a device's; use the arguments of `pcsc-ctl handover setup memmap`",
		       size, r->address);
}

/*
 * KASLR keeps the kernel out of the first four ranges. With more than four in one
 * argument it is switched off; arguments after the fourth range are not looked at
 * by 6.1 and 6.12 (mem_avoid_memmap() in arch/x86/boot/compressed/kaslr.c).
 */
static void judge_number(const struct cmdline *c, const struct region *r,
			 struct check_findings *f)
{
	unsigned int n = 0, before = 0;
	int hole = hole_of(c, r);

	for (unsigned int i = 0; i < c->nr_memmaps; i++) {
		if (!strchr("$!#", c->memmaps[i].form))
			continue;
		n++;
		before += (int)i < hole;
	}
	if (n <= KASLR_MEMMAPS)
		return;
	warn(f, FOUND_MANY,
	     "%u memmap= ranges are more than the four that KASLR heeds: it is switched off, or may put the kernel into those that follow%s%.64s",
	     n, before < KASLR_MEMMAPS ? "" : "; put first memmap=",
	     before < KASLR_MEMMAPS ? "" : c->memmaps[hole].text);
}

/* As kstrtobool() reads it. */
static bool is_on(const char *value)
{
	return value &&
	       (strchr("yYtT1", *value) ? *value :
					  !strncasecmp(value, "on", 2));
}

/* The kernel may have it on by default, which its command line does not say. */
static void judge_kho(const struct cmdline *c, struct check_findings *f)
{
	if (!is_on(c->kho))
		warn(f, FOUND_NO_KHO,
		     "pci_pcsc.handover=%.64s wants kexec handover, which is off on most kernels that have it; add kho=on",
		     c->handover);
}

static void judge_region(const struct cmdline *c, const struct check_host *host,
			 struct region *r, struct check_findings *f)
{
	const struct cmdline_reservation *reservation = reservation_of(c, r);

	if (reservation) {
		r->size = reservation->size;
		judge_reservation(reservation, host, f);
	} else if (r->kind == PCSC_REGION_RESERVE_MEM) {
		judge_reservation_missing(c, f);
	} else if (r->kind == PCSC_REGION_KHO) {
		judge_kho(c, f);
	} else if (r->kind == PCSC_REGION_MEMMAP) {
		/* A refused memmap= has already said why the hole is missing. */
		if (hole_of(c, r) < 0 && !f->refusals)
			judge_hole_missing(c, r, f);
		judge_place(r, host, f);
	}
}

int check_cmdline(const char *cmdline, const struct check_host *host,
		  struct region *region, struct check_findings *findings)
{
	_cleanup_free_ char *copy = strdup(cmdline);
	struct cmdline c = {};

	*findings = (struct check_findings){};
	if (!copy)
		return -ENOMEM;
	cmdline_parse(&c, copy);
	find_region(&c, region, findings);
	for (unsigned int i = 0; i < c.nr_memmaps; i++)
		judge_memmap(&c.memmaps[i], &c, region, findings);
	judge_region(&c, host, region, findings);
	judge_number(&c, region, findings);
	return 0;
}
