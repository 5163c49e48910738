// SPDX-License-Identifier: GPL-2.0-only
#include "wanted.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "append.h"
#include "bdf.h"
#include "cleanup.h"
#include "pcsc_events.h"
#include "pcsc_trace.skel.h"
#include "talk.h"

#define MOST_COMM (sizeof(((struct pcsc_wanted *)0)->comm) - 1)

int pcsc_wanted_comm(void *field, const char *text)
{
	if (!*text || strlen(text) > MOST_COMM)
		return pcsc_fail(
			-EINVAL,
			"-c '%s': the kernel knows a process by the first %zu characters of its name: give those",
			text, MOST_COMM);
	if (!strncmp(text, "kworker", 7))
		return pcsc_fail(
			-EINVAL,
			"-c '%s': the kernel's workers have a name each: record all, and choose in the report",
			text);
	*(const char **)field = text;
	return 0;
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

bool pcsc_wanted_partial(const struct pcsc_wanted_options *o)
{
	return o->pid || o->comm || by_identity(o);
}

bool pcsc_wanted_some_functions(const struct pcsc_wanted_options *o)
{
	return by_address(&o->filter) || by_identity(o);
}

/* ---- -p ---- */

/* The process whose thread @pid is, or 0. */
static uint32_t process_of(uint32_t pid)
{
	_cleanup_fclose_ FILE *f = NULL;
	char path[32], line[64];
	uint32_t process = 0;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	f = fopen(path, "re");
	while (f && !process && fgets(line, sizeof(line), f))
		sscanf(line, "Tgid: %u", &process);
	return process;
}

int pcsc_wanted_check(const struct pcsc_wanted_options *o)
{
	uint32_t process = o->pid ? process_of(o->pid) : 0;

	if (process == o->pid)
		return 0;
	if (!process)
		return pcsc_fail(-ESRCH, "-p %u: there is no such process",
				 o->pid);
	return pcsc_fail(
		-EINVAL,
		"-p %u: this is a thread of process %u, which can be recorded as a whole: give that",
		o->pid, process);
}

int pcsc_wanted_check_pid(const struct pcsc_wanted_options *o,
			  const struct pcsc_trace *skel)
{
	if (!o->pid || skel->bss->own_tgid == (uint32_t)getpid())
		return 0;
	return pcsc_fail(
		-EINVAL,
		"-p %u: the kernel has another number for that process, since this is a PID namespace: record from outside of it (nsenter --target 1 --pid), or by -c",
		o->pid);
}

/* ---- in words ---- */

/* "*" is any, as lspci has it. */
static void append_hex(char *out, size_t size, const char *before, int digits,
		       int value)
{
	if (value < 0)
		pcsc_append(out, size, "%s*", before);
	else
		pcsc_append(out, size, "%s%0*x", before, digits, value);
}

static void append_address(char *out, size_t size, const struct pci_filter *f)
{
	append_hex(out, size, " -s ", 4, f->domain);
	append_hex(out, size, ":", 2, f->bus);
	append_hex(out, size, ":", 2, f->slot);
	append_hex(out, size, ".", 1, f->func);
}

/* A digit that may be any is "x", as in lspci -d. */
static void append_class(char *out, size_t size, const struct pci_filter *f)
{
	pcsc_append(out, size, ":");
	for (int shift = 12; shift >= 0; shift -= 4)
		if (f->device_class_mask >> shift & 0xf)
			pcsc_append(out, size, "%x",
				    f->device_class >> shift & 0xf);
		else
			pcsc_append(out, size, "x");
}

static void append_id(char *out, size_t size, const struct pci_filter *f)
{
	append_hex(out, size, " -d ", 4, f->vendor);
	append_hex(out, size, ":", 4, f->device);
	if (f->device_class >= 0)
		append_class(out, size, f);
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
		pcsc_append(out, size, " --vf");
	if (o->pid)
		pcsc_append(out, size, " -p %u", o->pid);
	if (o->comm)
		pcsc_append(out, size, " -c %s", o->comm);
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
