// SPDX-License-Identifier: GPL-2.0-only
#include "wanted.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "bdf.h"
#include "pcsc_events.h"
#include "pcsc_trace.skel.h"
#include "talk.h"

#define MOST_COMM (sizeof(((struct pcsc_wanted *)0)->comm) - 1)

int pcsc_wanted_check(const struct pcsc_wanted_options *o)
{
	if (!o->comm || (*o->comm && strlen(o->comm) <= MOST_COMM))
		return 0;
	return pcsc_fail(
		-EINVAL,
		"-c '%s': the kernel knows a process by the first %zu characters of its name: give those",
		o->comm, MOST_COMM);
}

static bool by_address(const struct pci_filter *f)
{
	return f->domain >= 0 || f->bus >= 0 || f->slot >= 0 || f->func >= 0;
}

static bool by_identity(const struct pcsc_wanted_options *o)
{
	const struct pci_filter *f = &o->filter;

	return o->vfs || f->vendor >= 0 || f->device >= 0 ||
	       f->device_class >= 0 || f->prog_if >= 0;
}

bool pcsc_wanted_some_functions(const struct pcsc_wanted_options *o)
{
	return by_address(&o->filter) || by_identity(o);
}

/* ---- in words ---- */

static void __attribute__((format(printf, 3, 4)))
append(char *out, size_t size, const char *fmt, ...)
{
	const size_t used = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + used, size - used, fmt, ap);
	va_end(ap);
}

/* "*" is any, as lspci has it. */
static void append_hex(char *out, size_t size, const char *before, int digits,
		       int value)
{
	if (value < 0)
		append(out, size, "%s*", before);
	else
		append(out, size, "%s%0*x", before, digits, value);
}

static void append_address(char *out, size_t size, const struct pci_filter *f)
{
	append_hex(out, size, " -s ", 4, f->domain);
	append_hex(out, size, ":", 2, f->bus);
	append_hex(out, size, ":", 2, f->slot);
	append_hex(out, size, ".", 1, f->func);
}

static void append_id(char *out, size_t size, const struct pci_filter *f)
{
	append_hex(out, size, " -d ", 4, f->vendor);
	append_hex(out, size, ":", 4, f->device);
	if (f->device_class >= 0)
		append_hex(out, size, ":", 4, f->device_class);
	if (f->prog_if >= 0)
		append_hex(out, size, ":", 2, f->prog_if);
}

void pcsc_wanted_format(const struct pcsc_wanted_options *o, char *out,
			size_t size)
{
	const struct pci_filter *f = &o->filter;

	*out = '\0';
	if (by_address(f))
		append_address(out, size, f);
	if (f->vendor >= 0 || f->device >= 0 || f->device_class >= 0 ||
	    f->prog_if >= 0)
		append_id(out, size, f);
	if (o->vfs)
		append(out, size, " --vf");
	if (o->pid)
		append(out, size, " -p %u", o->pid);
	if (o->comm)
		append(out, size, " -c %s", o->comm);
	if (*out)
		memmove(out, out + 1, strlen(out));
}

/* ---- to the kernel ---- */

static void set_class(const struct pci_filter *f, struct pcsc_wanted *w)
{
	if (f->device_class >= 0) {
		w->class_code |= f->device_class << 8;
		w->class_mask |= f->device_class_mask << 8;
	}
	if (f->prog_if >= 0) {
		w->class_code |= f->prog_if;
		w->class_mask |= 0xff;
	}
}

void pcsc_wanted_set(const struct pcsc_wanted_options *o,
		     struct pcsc_trace *skel)
{
	const struct pci_filter *f = &o->filter;
	struct pcsc_wanted w = {
		.domain = f->domain,
		.bus = f->bus,
		.slot = f->slot,
		.func = f->func,
		.vendor = f->vendor,
		.device = f->device,
		.pid = o->pid,
	};

	if (by_address(f))
		w.flags |= PCSC_WANTED_ADDRESS;
	if (by_identity(o))
		w.flags |= PCSC_WANTED_IDENTITY;
	if (o->vfs)
		w.flags |= PCSC_WANTED_VFS;
	if (o->pid)
		w.flags |= PCSC_WANTED_PID;
	if (o->events)
		w.flags |= PCSC_WANTED_EVENTS;
	set_class(f, &w);
	if (o->comm) {
		w.flags |= PCSC_WANTED_COMM;
		strncpy(w.comm, o->comm, MOST_COMM);
	}
	/* Constant for the verifier; libbpf lets it be written until the load. */
	memcpy((void *)&skel->rodata->wanted, &w, sizeof(w));
}

int pcsc_wanted_choose(const struct pcsc_wanted_options *o,
		       const struct pcsc_inventory *inv,
		       const struct pcsc_trace *skel)
{
	const int fd = bpf_map__fd(skel->maps.chosen);
	uint8_t yes = 1;

	for (size_t i = 0; by_identity(o) && i < inv->nr; i++) {
		const struct pcsc_rec_function *f = &inv->fn[i].rec;
		struct pcsc_fn_key key = { .domain = f->domain,
					   .bus = f->bus,
					   .devfn = f->devfn };
		int err;

		if (!pcsc_filter_match(&o->filter, f) ||
		    (o->vfs && !(f->flags & PCSC_REC_FN_VF)))
			continue;
		err = bpf_map_update_elem(fd, &key, &yes, BPF_ANY);
		if (err)
			return pcsc_fail(err, "cannot choose functions: %s",
					 strerror(-err));
	}
	return 0;
}
