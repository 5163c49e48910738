// SPDX-License-Identifier: GPL-2.0-only
#include "region.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "core/handover.h"

#define KiB ((uint64_t)1 << 10)
#define MiB ((uint64_t)1 << 20)
#define GiB ((uint64_t)1 << 30)

#define PAGE (4 * KiB)
#define MIN_BYTES (2 * MiB)
#define MAX_BYTES GiB /* the helper takes no more */

#define RESERVE_ALIGN (64 * MiB)

/* ---- /proc/iomem ---- */

static enum iomem_kind kind_of(const char *name)
{
	if (!strcmp(name, "System RAM"))
		return IOMEM_RAM;
	/* "reserved" before 5.x, and elsewhere than on x86 */
	return strcasecmp(name, "Reserved") ? IOMEM_OTHER : IOMEM_RESERVED;
}

static bool parse_range(char *line, struct iomem_range *range)
{
	size_t indent = strspn(line, " ");
	int name = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line + indent, "%" SCNx64 "-%" SCNx64 " : %n", &range->start,
		   &range->end, &name) != 2 ||
	    !name || range->end < range->start)
		return false;
	range->depth = indent / 2;
	range->kind = kind_of(line + indent + name);
	return true;
}

static int append(struct iomem *map, const struct iomem_range *range)
{
	struct iomem_range *ranges;

	ranges = reallocarray(map->ranges, map->count + 1, sizeof(*ranges));
	if (!ranges)
		return -ENOMEM;
	map->ranges = ranges;
	map->ranges[map->count++] = *range;
	return 0;
}

int iomem_parse(FILE *file, struct iomem *map)
{
	_cleanup_free_ char *line = NULL;
	struct iomem_range range;
	uint64_t highest = 0;
	size_t room = 0;

	*map = (struct iomem){};
	while (getline(&line, &room, file) >= 0) {
		if (!parse_range(line, &range))
			continue;
		if (append(map, &range)) {
			iomem_free(map);
			return -ENOMEM;
		}
		if (range.end > highest)
			highest = range.end;
	}
	if (highest)
		return 0;
	iomem_free(map);
	return -EPERM;
}

void iomem_free(struct iomem *map)
{
	free(map->ranges);
	*map = (struct iomem){};
}

/*
 * Is all of it of one of @kinds? The outermost ranges do not overlap, and those
 * that touch may take turns: the firmware's list is merged only by type.
 */
static bool iomem_covers(const struct iomem *map, unsigned int kinds,
			 const struct region *r)
{
	uint64_t first = r->address, last = r->address + r->size - 1;
	uint64_t covered = 0;

	for (size_t i = 0; i < map->count; i++) {
		const struct iomem_range *m = &map->ranges[i];
		uint64_t from = m->start > first ? m->start : first;
		uint64_t to = m->end < last ? m->end : last;

		if (!m->depth && (kinds & 1u << m->kind) && from <= to)
			covered += to - from + 1;
	}
	return covered == r->size;
}

/* ---- the choice of a hole ---- */

uint64_t region_bytes(uint64_t functions)
{
	return pcsc_ho_size(functions);
}

uint64_t region_round(uint64_t bytes)
{
	bytes = (bytes + MiB - 1) & ~(MiB - 1);
	return bytes < MIN_BYTES ? MIN_BYTES : bytes;
}

/*
 * In this order. Kernels, initrds and what DMAs with 24 bits crowd low memory;
 * above 4 GiB are the ranges that hosts differ in.
 */
static const struct window {
	uint64_t from, to, align;
} windows[] = {
	{ 256 * MiB, 4 * GiB, 64 * MiB },    { 256 * MiB, 4 * GiB, 2 * MiB },
	{ 256 * MiB, UINT64_MAX, 64 * MiB }, { 256 * MiB, UINT64_MAX, 2 * MiB },
	{ 16 * MiB, 256 * MiB, 2 * MiB },
};

struct search {
	const struct window *window;
	uint64_t size;
	uint64_t best; /* bytes of the largest gap so far */
	uint64_t address; /* in it */
};

/* The aligned place nearest the middle of [@start, @end); 0: none. */
static uint64_t middle(uint64_t start, uint64_t end, uint64_t size,
		       uint64_t align)
{
	uint64_t lowest = (start + align - 1) & ~(align - 1);
	uint64_t at;

	if (end - start < size)
		return 0;
	at = start + (end - start - size) / 2 + align / 2;
	at &= ~(align - 1);
	if (at < lowest)
		at = lowest;
	if (at + size > end)
		at = (end - size) & ~(align - 1);
	return at < start ? 0 : at;
}

static void consider(struct search *s, uint64_t start, uint64_t end)
{
	uint64_t at;

	if (start < s->window->from)
		start = s->window->from;
	if (end > s->window->to)
		end = s->window->to;
	if (start >= end || end - start <= s->best)
		return;
	at = middle(start, end, s->size, s->window->align);
	if (!at)
		return;
	s->best = end - start;
	s->address = at;
}

/* What lies between the ranges within the RAM at @i. */
static void consider_ram(struct search *s, const struct iomem *map, size_t i)
{
	const struct iomem_range *ram = &map->ranges[i];
	uint64_t free_from = ram->start;

	while (++i < map->count && map->ranges[i].depth) {
		const struct iomem_range *child = &map->ranges[i];

		if (child->start > free_from)
			consider(s, free_from, child->start);
		if (child->end >= free_from)
			free_from = child->end + 1;
	}
	consider(s, free_from, ram->end + 1);
}

int choose_hole(const struct iomem *map, uint64_t size, uint64_t *address)
{
	for (size_t w = 0; w < sizeof(windows) / sizeof(windows[0]); w++) {
		struct search s = { .window = &windows[w], .size = size };

		for (size_t i = 0; i < map->count; i++)
			if (!map->ranges[i].depth &&
			    map->ranges[i].kind == IOMEM_RAM)
				consider_ram(&s, map, i);
		if (s.best) {
			*address = s.address;
			return 0;
		}
	}
	return -ENOSPC;
}

/* ---- arguments, written ---- */

const char *region_size(char text[24], uint64_t size)
{
	if (size % MiB == 0)
		snprintf(text, 24, "%" PRIu64 "M", size / MiB);
	else if (size % KiB == 0)
		snprintf(text, 24, "%" PRIu64 "K", size / KiB);
	else
		snprintf(text, 24, "%" PRIu64, size);
	return text;
}

const char *region_args(char text[REGION_ARGS], const struct region *region)
{
	char size[24];

	region_size(size, region->size);
	if (region->kind == PCSC_REGION_RESERVE_MEM)
		snprintf(text, REGION_ARGS,
			 "reserve_mem=%s:%" PRIu64 "M:%s pci_pcsc.handover=%s",
			 size, RESERVE_ALIGN / MiB, region->name, region->name);
	else
		snprintf(text, REGION_ARGS,
			 "memmap=%s$0x%" PRIx64
			 " pci_pcsc.handover=%s@0x%" PRIx64,
			 size, region->address, size, region->address);
	return text;
}

/* ---- arguments, read ---- */

#define MAX_MEMMAPS 256 /* a command line has 2,048 bytes */
#define MAX_RESERVATIONS 8 /* the kernel takes no more */
#define KASLR_MEMMAPS 4

struct memmap {
	const char *text; /* what follows memmap=, or a comma */
	int size_length; /* of the size in it */
	uint64_t size, address;
	char form; /* what follows the size; ' ': nothing */
};

struct reservation {
	const char *text;
	uint64_t size, align;
	const char *name;
};

struct arguments {
	struct memmap memmaps[MAX_MEMMAPS];
	unsigned int nr_memmaps;
	struct reservation reservations[MAX_RESERVATIONS];
	unsigned int nr_reservations;
	const char *handover; /* NULL: none; the last one counts */
};

/* The kernel's: a number of any base with a suffix. */
static uint64_t memparse(const char *s, const char **end)
{
	static const char suffixes[] = "KMGTPE";
	const char *suffix;
	uint64_t value;
	char *stop;

	*end = s;
	if (!isdigit((unsigned char)*s))
		return 0;
	value = strtoull(s, &stop, 0);
	*end = stop;
	suffix = **end ? strchr(suffixes, toupper((unsigned char)**end)) : NULL;
	if (!suffix)
		return value;
	++*end;
	return value << 10 * (suffix - suffixes + 1);
}

static void take_memmap(struct arguments *a, const char *text)
{
	struct memmap *m = &a->memmaps[a->nr_memmaps];
	const char *end;

	if (a->nr_memmaps == MAX_MEMMAPS)
		return;
	m->text = text;
	m->size = memparse(text, &end);
	if (end == text)
		return; /* so does the kernel */
	a->nr_memmaps++;
	m->size_length = end - text;
	m->form = *end ? *end : ' ';
	m->address = *end ? memparse(end + 1, &end) : 0;
}

static void take_memmaps(struct arguments *a, char *list)
{
	char *one;

	while ((one = strsep(&list, ",")))
		take_memmap(a, one);
}

static void take_reservation(struct arguments *a, const char *text)
{
	struct reservation *r = &a->reservations[a->nr_reservations];
	const char *end;

	if (a->nr_reservations == MAX_RESERVATIONS)
		return;
	r->text = text;
	r->size = memparse(text, &end);
	if (!r->size || *end != ':')
		return;
	r->align = memparse(end + 1, &end);
	if (*end != ':')
		return;
	r->name = end + 1;
	a->nr_reservations++;
}

/* As the kernel: blanks part, unless within quotes, which are taken off. */
static char *next_word(char **rest)
{
	char *from = *rest + strspn(*rest, " \t\n");
	char *word = from, *to = from;
	bool quoted = false;

	if (!*from)
		return NULL;
	for (; *from && (quoted || !isspace((unsigned char)*from)); from++) {
		if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	}
	*rest = from + !!*from;
	*to = '\0';
	return word;
}

/* The value of parameter @name; to the kernel - and _ are one. */
static char *value_of(char *word, const char *name)
{
	for (; *name; name++, word++)
		if (*word != *name && (*word != '-' || *name != '_'))
			return NULL;
	return *word == '=' ? word + 1 : NULL;
}

/* All in @text, which is taken apart. What follows -- is for init. */
static void parse_words(struct arguments *a, char *text)
{
	char *word, *value;

	while ((word = next_word(&text)) && strcmp(word, "--")) {
		value = value_of(word, "memmap");
		if (value)
			take_memmaps(a, value);
		value = value_of(word, "reserve_mem");
		if (value)
			take_reservation(a, value);
		value = value_of(word, "pci_pcsc.handover");
		if (value)
			a->handover = value;
	}
}

bool cmdline_has_handover(const char *cmdline)
{
	_cleanup_free_ char *copy = strdup(cmdline);
	struct arguments a = {};

	if (copy)
		parse_words(&a, copy);
	return a.handover && *a.handover;
}

/* ---- findings ---- */

static void __attribute__((format(printf, 4, 5)))
found(struct findings *f, enum finding what, bool refused, const char *fmt, ...)
{
	va_list ap;

	f->refusals += refused;
	if (f->count == MAX_FINDINGS)
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

	r->size = memparse(text, &end);
	if (*end != '@')
		return false;
	r->address = memparse(end + 1, &end);
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

static void find_region(const struct arguments *a, struct region *r,
			struct findings *f)
{
	const char *text = a->handover;

	*r = (struct region){ .kind = PCSC_REGION_NONE };
	if (!text || !*text)
		refuse(f, FOUND_NO_HANDOVER,
		       "pci_pcsc.handover= is missing: nothing would be handed over; add pci_pcsc.handover=SIZE@ADDRESS as in memmap=, or =NAME as in reserve_mem=");
	else if (isdigit((unsigned char)*text) ? !parse_hole(text, r) :
						 !parse_name(text, r))
		refuse(f, FOUND_BAD_HANDOVER,
		       "pci_pcsc.handover=%.64s: give SIZE@ADDRESS as in memmap=, whole pages and at most 1 GiB, or the NAME in reserve_mem=",
		       text);
}

static bool overlap(const struct memmap *m, const struct region *r)
{
	return r->kind == PCSC_REGION_MEMMAP &&
	       m->address < r->address + r->size &&
	       r->address < m->address + m->size;
}

/* The memmap= that makes the hole; its place among all, or -1. */
static int hole_of(const struct arguments *a, const struct region *r)
{
	for (unsigned int i = 0; i < a->nr_memmaps; i++) {
		const struct memmap *m = &a->memmaps[i];

		if (m->form == '$' && r->kind == PCSC_REGION_MEMMAP &&
		    m->size == r->size && m->address == r->address)
			return i;
	}
	return -1;
}

static const struct reservation *reservation_of(const struct arguments *a,
						const struct region *r)
{
	for (unsigned int i = 0; i < a->nr_reservations; i++)
		if (r->kind == PCSC_REGION_RESERVE_MEM &&
		    !strcmp(a->reservations[i].name, r->name))
			return &a->reservations[i];
	return NULL;
}

static bool is_set_aside(const struct arguments *a, const struct region *r)
{
	return hole_of(a, r) >= 0 || reservation_of(a, r);
}

static void judge_eaten(const struct memmap *m, struct findings *f)
{
	if (m->form == '\\')
		refuse(f, FOUND_BACKSLASH,
		       "memmap=%.64s: with that backslash the kernel would take all memory above %.*s away: the host would not boot; backslashes are for GRUB and the shell to take off, leave them out here",
		       m->text, m->size_length, m->text);
	else
		refuse(f, FOUND_EATEN,
		       "memmap=%.64s: its `$` was eaten or forgotten; it would take all memory above %.*s away: the host would not boot; quote the `$` as `pcsc-ctl handover setup` says",
		       m->text, m->size_length, m->text);
}

static void judge_memmap(const struct memmap *m, const struct arguments *a,
			 const struct region *r, struct findings *f)
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
		       "memmap=%.64s: the %% form makes the kernel's decompressor take %.*s for all the memory there is; use memmap=SIZE$ADDRESS",
		       m->text, m->size_length, m->text);
		return;
	case '!':
		/* Somebody else's pmem is none of our business. */
		if (overlap(m, r) || !is_set_aside(a, r))
			refuse(f, FOUND_PMEM,
			       "memmap=%.64s: the ! form gives the range to a pmem driver; use memmap=SIZE$ADDRESS",
			       m->text);
		return;
	case '@':
	case '#':
		/* Where ranges overlap, a hole wins over RAM, not over ACPI. */
		if (overlap(m, r) && (m->form == '#' || !is_set_aside(a, r)))
			refuse(f, FOUND_NO_HOLE,
			       "memmap=%.64s: the %c form makes no hole; use memmap=SIZE$ADDRESS",
			       m->text, m->form);
		return;
	default:
		judge_eaten(m, f);
	}
}

/* The hole that may have been meant: one that overlaps, or any. */
static const struct memmap *nearly_hole_of(const struct arguments *a,
					   const struct region *r)
{
	const struct memmap *any = NULL;

	for (unsigned int i = 0; i < a->nr_memmaps; i++) {
		if (a->memmaps[i].form != '$')
			continue;
		any = &a->memmaps[i];
		if (overlap(any, r))
			break;
	}
	return any;
}

static void judge_hole_missing(const struct arguments *a,
			       const struct region *r, struct findings *f)
{
	const struct memmap *meant = nearly_hole_of(a, r);
	char args[REGION_ARGS];

	if (meant)
		refuse(f, FOUND_MISMATCH,
		       "memmap=%.64s and pci_pcsc.handover=%.64s differ: size and address must be the same",
		       meant->text, a->handover);
	else
		refuse(f, FOUND_NO_REGION,
		       "pci_pcsc.handover=%.64s names memory that nothing sets aside; use %s",
		       a->handover, region_args(args, r));
}

static void judge_reservation_missing(const struct arguments *a,
				      struct findings *f)
{
	if (a->nr_reservations)
		refuse(f, FOUND_MISMATCH,
		       "reserve_mem=%.64s and pci_pcsc.handover=%.64s differ: the name must be the same",
		       a->reservations[0].text, a->handover);
	else
		refuse(f, FOUND_NO_REGION,
		       "pci_pcsc.handover=%.64s names memory that nothing sets aside; add reserve_mem=SIZE:64M:%.64s",
		       a->handover, a->handover);
}

static bool too_old(const char *release)
{
	unsigned int major, minor;

	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major < 6 || (major == 6 && minor < 12));
}

static void judge_reservation(const struct reservation *r,
			      const struct cmdline_host *host,
			      struct findings *f)
{
	if (too_old(host->release))
		found(f, FOUND_OLD_KERNEL, host->booted,
		      "this kernel is %.64s: reserve_mem= needs 6.12 or later, before a kexec and after; `pcsc-ctl handover setup memmap` has arguments for any",
		      host->release);
	if (r->align < RESERVE_ALIGN)
		warn(f, FOUND_UNALIGNED,
		     "reserve_mem=%.64s: a region aligned to less than 64M is elsewhere after most kexecs, and nothing is handed over; use reserve_mem=SIZE:64M:%s",
		     r->text, r->name);
}

static void judge_place(const struct region *r, const struct cmdline_host *host,
			struct findings *f)
{
	const unsigned int reserved = 1u << IOMEM_RESERVED;
	const unsigned int ram = 1u << IOMEM_RAM;
	char size[24];

	if (!host->iomem || iomem_covers(host->iomem, reserved, r))
		return;
	region_size(size, r->size);
	if (host->booted)
		refuse(f, FOUND_NOT_RESERVED,
		       "the %s at 0x%" PRIx64
		       " are not Reserved in /proc/iomem: the kernel did not make that hole, its log (memmap, e820) may say why; use the arguments of `pcsc-ctl handover setup memmap`",
		       size, r->address);
	else if (!iomem_covers(host->iomem, ram, r))
		refuse(f, FOUND_NOT_RAM,
		       "the %s at 0x%" PRIx64
		       " are not this host's System RAM (/proc/iomem), they may be a device's; use the arguments of `pcsc-ctl handover setup memmap`",
		       size, r->address);
}

/*
 * The decompressor keeps the kernel out of four. With more in one argument it
 * gives KASLR up; further arguments 6.1 and 6.12 do not even look at.
 */
static void judge_number(const struct arguments *a, const struct region *r,
			 struct findings *f)
{
	unsigned int n = 0, before = 0;
	int hole = hole_of(a, r);

	for (unsigned int i = 0; i < a->nr_memmaps; i++) {
		if (!strchr("$!#", a->memmaps[i].form))
			continue;
		n++;
		before += (int)i < hole;
	}
	if (n <= KASLR_MEMMAPS)
		return;
	warn(f, FOUND_MANY,
	     "%u memmap= ranges are more than the four that KASLR heeds: it is switched off, or may put the kernel into those that follow%s%.64s",
	     n, before < KASLR_MEMMAPS ? "" : "; put first memmap=",
	     before < KASLR_MEMMAPS ? "" : a->memmaps[hole].text);
}

static void judge_region(const struct arguments *a,
			 const struct cmdline_host *host, struct region *r,
			 struct findings *f)
{
	const struct reservation *reservation = reservation_of(a, r);

	if (reservation) {
		r->size = reservation->size;
		judge_reservation(reservation, host, f);
	} else if (r->kind == PCSC_REGION_RESERVE_MEM) {
		judge_reservation_missing(a, f);
	} else if (r->kind == PCSC_REGION_MEMMAP) {
		/* What spoilt memmap= has said why the hole is missing. */
		if (hole_of(a, r) < 0 && !f->refusals)
			judge_hole_missing(a, r, f);
		judge_place(r, host, f);
	}
}

int check_cmdline(const char *cmdline, const struct cmdline_host *host,
		  struct region *region, struct findings *findings)
{
	_cleanup_free_ char *copy = strdup(cmdline);
	struct arguments a = {};

	*findings = (struct findings){};
	if (!copy)
		return -ENOMEM;
	parse_words(&a, copy);
	find_region(&a, region, findings);
	for (unsigned int i = 0; i < a.nr_memmaps; i++)
		judge_memmap(&a.memmaps[i], &a, region, findings);
	judge_region(&a, host, region, findings);
	judge_number(&a, region, findings);
	return 0;
}
