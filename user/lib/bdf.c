// SPDX-License-Identifier: GPL-2.0-only
#include "bdf.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include "cleanup.h"
#include "recording.h"
#include "talk.h"

const char *pcsc_bdf_format(char buf[static PCSC_BDF_SIZE], uint32_t domain,
			    uint8_t bus, uint8_t devfn)
{
	snprintf(buf, PCSC_BDF_SIZE, "%04x:%02x:%02x.%x", domain, bus,
		 PCSC_SLOT(devfn), PCSC_FUNC(devfn));
	return buf;
}

int pcsc_bdf_parse(const char *text, uint32_t *domain, uint8_t *bus,
		   uint8_t *devfn)
{
	char again[PCSC_BDF_SIZE];
	unsigned int d, b, s, f;

	if (sscanf(text, "%8x:%2x:%2x.%1x", &d, &b, &s, &f) != 4 || s > 31 ||
	    f > 7)
		return -EINVAL;
	/* One spelling only: sscanf() also takes signs, blanks and 0x. */
	if (strcasecmp(pcsc_bdf_format(again, d, b, s << 3 | f), text))
		return -EINVAL;
	*domain = d;
	*bus = b;
	*devfn = s << 3 | f;
	return 0;
}

/* Where a lookup goes on when libpci reports an error, which must not return. */
static jmp_buf lookup_failed;
static bool only_numbers;

static void names_quiet(char *fmt, ...)
{
	(void)fmt;
}

static void __attribute__((noreturn, format(printf, 1, 2)))
names_error(char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text[strcspn(text, "\n")] = '\0';
	pcsc_warn(
		"libpci cannot look up names: %s; devices are shown by their numbers",
		text);
	longjmp(lookup_failed, 1);
}

/*
 * Names need no bus, so pci_init(), which looks for one, is not called. It
 * would also have set the callbacks, which a lookup calls.
 */
struct pci_access *pcsc_names_open(void)
{
	struct pci_access *names = pci_alloc();

	if (!names)
		return NULL;
	names->error = names_error;
	names->warning = names_quiet;
	names->debug = names_quiet;
	/*
	 * No cache in somebody's home, of names that `lspci -q` has once asked for: a
	 * daemon has no use for it, and libpci 3.13 leaks its path.
	 */
	pci_set_param(names, (char *)"net.cache_name", (char *)"");
	return names;
}

/* @what: PCI_LOOKUP_... */
static const char *look_up(struct pci_access *names, int what, uint16_t vendor,
			   uint16_t device, char *buf, size_t size)
{
	if (setjmp(lookup_failed))
		only_numbers = true;
	if (!only_numbers)
		return pci_lookup_name(names, buf, size, what, vendor, device);
	snprintf(buf, size, "Device %04x:%04x", vendor, device);
	return buf;
}

const char *pcsc_names_device(struct pci_access *names, uint16_t vendor,
			      uint16_t device, char *buf, size_t size)
{
	return look_up(names, PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE, vendor,
		       device, buf, size);
}

const char *pcsc_names_short(struct pci_access *names, uint16_t vendor,
			     uint16_t device, char *buf, size_t size)
{
	return look_up(names, PCI_LOOKUP_DEVICE, vendor, device, buf, size);
}

void pcsc_names_closep(struct pci_access **names)
{
	if (*names)
		pci_cleanup(*names);
}

void pcsc_filter_init(struct pci_filter *filter)
{
	pci_filter_init(NULL, filter);
}

static int parse(struct pci_filter *filter, const char *option,
		 const char *text,
		 char *(*parser)(struct pci_filter *filter, char *text))
{
	_cleanup_free_ char *copy = strdup(text);
	const char *wrong;

	if (!copy)
		return pcsc_fail(-ENOMEM, "no memory left");
	wrong = parser(filter, copy);
	if (wrong)
		return pcsc_fail(-EINVAL, "%s '%s': %s", option, text, wrong);
	return 0;
}

int pcsc_filter_slot(struct pci_filter *filter, const char *text)
{
	return parse(filter, "-s", text, pci_filter_parse_slot);
}

int pcsc_filter_id(struct pci_filter *filter, const char *text)
{
	return parse(filter, "-d", text, pci_filter_parse_id);
}

static bool is(int wanted, unsigned int value)
{
	return wanted < 0 || (unsigned int)wanted == value;
}

static bool match_id(const struct pci_filter *filter,
		     const struct pcsc_rec_function *f)
{
	unsigned int class = f->class_code >> 8;

	if (filter->vendor < 0 && filter->device < 0 &&
	    filter->device_class < 0 && filter->prog_if < 0)
		return true;
	if (!(f->flags & PCSC_REC_FN_IDS))
		return false;
	return is(filter->vendor, f->vendor) && is(filter->device, f->device) &&
	       (filter->device_class < 0 || !((class ^ filter->device_class) &
					      filter->device_class_mask)) &&
	       is(filter->prog_if, f->class_code & 0xff);
}

bool pcsc_filter_match(const struct pci_filter *filter,
		       const struct pcsc_rec_function *f)
{
	return is(filter->domain, f->domain) && is(filter->bus, f->bus) &&
	       is(filter->slot, PCSC_SLOT(f->devfn)) &&
	       is(filter->func, PCSC_FUNC(f->devfn)) && match_id(filter, f);
}
