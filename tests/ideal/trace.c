// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's trace of configuration accesses: parsed, and what it tells of widths. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "ideal.h"
#include "talk.h"

/* The function now at each address, plus one. */
static uint32_t by_rid[65536];

int function_at(const struct trace *t, unsigned int rid)
{
	(void)t;
	return rid < 65536 ? (int)by_rid[rid] - 1 : -1;
}

static void *grow(void *array, size_t nr, size_t size)
{
	void *p = array;

	if (!(nr & (nr - 1)))
		p = realloc(array, (nr ? nr * 2 : 1) * size);
	if (!p)
		exit(pcsc_fail(PCSC_EXIT_TROUBLE, "out of memory"));
	return p;
}

/* Another model at the same address is another function. */
static uint32_t find_function(struct trace *t, unsigned int rid,
			      const char *model)
{
	struct function *f;

	if (by_rid[rid] && !strcmp(t->functions[by_rid[rid] - 1]->model, model))
		return by_rid[rid] - 1;
	f = calloc(1, sizeof(*f));
	t->functions = grow(t->functions, t->nr_functions, sizeof(f));
	if (!f)
		exit(pcsc_fail(PCSC_EXIT_TROUBLE, "out of memory"));
	snprintf(f->model, sizeof(f->model), "%s", model);
	f->rid = rid;
	f->pf = -1;
	t->functions[t->nr_functions] = f;
	by_rid[rid] = ++t->nr_functions;
	return t->nr_functions - 1;
}

static void set_widths(struct event *e)
{
	e->most = e->offset & 1 ? 1 : e->offset & 2 ? 2 : 4;
	e->need = e->value > 0xffff ? 4 : e->value > 0xff ? 2 : 1;
	if (e->need > e->most)
		e->need = e->most;
}

/* All-ones at the widest the access can have been: 0xff may be a small number. */
bool all_ones(const struct event *e)
{
	return e->value == 0xffffffffu >> (32 - 8 * e->most);
}

/* "pci_cfg_read MODEL BB:DD.F @0xOFF -> 0xVALUE", anything before it. */
static bool parse_line(struct trace *t, const char *line, struct event *e)
{
	unsigned int bus, device, fn, offset, value;
	const char *p = strstr(line, "pci_cfg_");
	char model[24], verb[8], arrow[4];

	if (!p ||
	    sscanf(p, "pci_cfg_%7s %23s %x:%x.%x @0x%x %3s 0x%x", verb, model,
		   &bus, &device, &fn, &offset, arrow, &value) != 8)
		return false;
	/* QEMU 10 also traces accesses to addresses where nothing is. */
	if (!strcmp(model, "empty"))
		return false;
	if (bus > 255 || device > 31 || fn > 7 || offset >= CONFIG_SIZE)
		return false;
	e->write = !strcmp(verb, "write");
	e->offset = offset;
	e->value = value;
	e->function = find_function(t, bus << 8 | device << 3 | fn, model);
	set_widths(e);
	return true;
}

/* What the whole trace says of each byte: seen, written, changed. */
static void learn(struct trace *t, const struct event *e)
{
	struct function *f = t->functions[e->function];
	unsigned int i, at;
	uint8_t byte;

	if (!e->write && e->offset == 0) {
		f->blank_ids |= (e->value & 0xffff) == 0xffff;
		f->other_ids |= (e->value & 0xffff) != 0xffff;
	}
	for (i = 0; i < e->need; i++) {
		at = e->offset + i;
		byte = e->value >> 8 * i;
		if (e->write)
			f->why[at] = WRITTEN;
		else if (!all_ones(e) && f->seen[at] && f->value[at] != byte &&
			 f->why[at] == KEPT)
			f->why[at] = CHANGED;
		if (e->write || all_ones(e))
			continue;
		f->seen[at] = true;
		f->value[at] = byte;
	}
}

int trace_read(struct trace *t, const char *path)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	_cleanup_free_ char *line = NULL;
	struct event e = { 0 };
	size_t size = 0;

	if (!file)
		return pcsc_fail(-errno, "%s: %s", path, strerror(errno));
	while (getline(&line, &size, file) > 0) {
		e.line++;
		if (!parse_line(t, line, &e))
			continue;
		t->events = grow(t->events, t->nr_events, sizeof(e));
		t->events[t->nr_events++] = e;
		learn(t, &e);
	}
	if (!t->nr_events)
		return pcsc_fail(-EINVAL,
				 "%s: no pci_cfg_read or pci_cfg_write line",
				 path);
	return 0;
}

void trace_free(struct trace *t)
{
	size_t i;

	for (i = 0; i < t->nr_functions; i++)
		free(t->functions[i]);
	free(t->functions);
	free(t->events);
}
