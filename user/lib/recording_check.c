// SPDX-License-Identifier: GPL-2.0-only
#include "recording_check.h"

#include <string.h>

#include "core/text.h"

#define CFG_SIZE 4096

#define KNOWN_FLAGS                                                    \
	(PCSC_REC_INCOMPLETE | PCSC_REC_SERVED | PCSC_REC_UNFINISHED | \
	 PCSC_REC_PARTIAL | PCSC_REC_ACCESSES_ONLY | PCSC_REC_EVENTS)
#define KNOWN_FN_FLAGS                                       \
	(PCSC_REC_FN_IDS | PCSC_REC_FN_VF | PCSC_REC_FN_PF | \
	 PCSC_REC_FN_ROOT_BUS | PCSC_REC_FN_USER_DRIVER)

/* Text is printed as it is, so it must not be able to drive a terminal. */
bool pcsc_rec_header_is_sane(const struct pcsc_rec_header *h)
{
	return !(h->flags & ~KNOWN_FLAGS) &&
	       h->initramfs_ns <= (h->boot_ns ? h->duration_ns : 0) &&
	       pcsc_is_text(h->release, sizeof(h->release)) &&
	       pcsc_is_text(h->host, sizeof(h->host)) &&
	       pcsc_is_text(h->only, sizeof(h->only));
}

static uint64_t function_key(const struct pcsc_rec_function *f)
{
	return (uint64_t)f->domain << 16 | f->bus << 8 | f->devfn;
}

static bool sane_function(const struct pcsc_rec_header *h, const void *row,
			  bool first)
{
	const struct pcsc_rec_function *f = row;

	(void)h;
	return !(f->flags & ~KNOWN_FN_FLAGS) && !(f->class_code >> 24) &&
	       f->header_type <= 0x7f && f->cfg_size <= CFG_SIZE &&
	       pcsc_is_text(f->driver, sizeof(f->driver)) &&
	       (first || function_key(f - 1) < function_key(f));
}

static bool is_width(uint8_t width)
{
	return width == 1 || width == 2 || width == 4;
}

static uint64_t register_key(const struct pcsc_rec_register *r)
{
	return (uint64_t)r->function << 32 | (uint64_t)r->offset << 16 |
	       r->width << 8 | r->family;
}

static bool sane_register(const struct pcsc_rec_header *h, const void *row,
			  bool first)
{
	const struct pcsc_rec_register *r = row;

	return r->function < h->nr_functions && is_width(r->width) &&
	       r->offset < CFG_SIZE && r->family < PCSC_REC_FAMILIES &&
	       r->all_ones <= r->reads &&
	       r->changes <= r->reads - r->all_ones &&
	       r->silent_changes <= r->changes &&
	       r->write_sum_ns <= r->latency_sum_ns &&
	       r->nr_written <= PCSC_REC_WRITTEN + 1 &&
	       (first || register_key(r - 1) < register_key(r));
}

static uint64_t hist_key(const struct pcsc_rec_hist *h)
{
	return (uint64_t)h->function << 16 | h->width << 8 | h->is_write;
}

static bool sane_hist(const struct pcsc_rec_header *h, const void *row,
		      bool first)
{
	const struct pcsc_rec_hist *x = row;
	uint64_t sum = 0;

	for (int s = 0; s < PCSC_REC_SLOTS; s++)
		sum += x->slots[s];
	/* Slots are 32 bits wide and may have wrapped. */
	return x->function < h->nr_functions && is_width(x->width) &&
	       x->is_write <= 1 && sum <= x->count &&
	       (first || hist_key(x - 1) < hist_key(x));
}

int pcsc_rec_compare_callers(const struct pcsc_rec_caller *a,
			     const struct pcsc_rec_caller *b)
{
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->attribute, b->attribute);
}

static bool sane_caller(const struct pcsc_rec_header *h, const void *row,
			bool first)
{
	const struct pcsc_rec_caller *c = row;

	(void)h;
	return pcsc_is_text(c->name, sizeof(c->name)) && c->name[0] &&
	       pcsc_is_text(c->attribute, sizeof(c->attribute)) &&
	       (first || pcsc_rec_compare_callers(c - 1, c) < 0);
}

static bool sane_use(const struct pcsc_rec_header *h, const void *row,
		     bool first)
{
	const struct pcsc_rec_use *u = row;

	return u->reg < h->nr_registers && u->caller < h->nr_callers &&
	       (first || u[-1].reg < u->reg ||
		(u[-1].reg == u->reg && u[-1].caller < u->caller));
}

static bool sane_process(const struct pcsc_rec_header *h, const void *row,
			 bool first)
{
	const struct pcsc_rec_process *p = row;

	for (int n = 0; n < PCSC_REC_ANCESTORS; n++)
		if (!pcsc_is_text(p->names[n], sizeof(p->names[n])))
			return false;
	return p->caller < h->nr_callers && p->first_ns <= p->last_ns &&
	       (first || p[-1].pid <= p->pid);
}

static bool sane_cap(const struct pcsc_rec_header *h, const void *row,
		     bool first)
{
	const struct pcsc_rec_cap *c = row;

	return c->function < h->nr_functions && c->offset >= 0x40 &&
	       c->offset < CFG_SIZE &&
	       (first || c[-1].function < c->function ||
		(c[-1].function == c->function && c[-1].offset < c->offset));
}

static bool sane_visit(const struct pcsc_rec_header *h, const void *row,
		       bool first)
{
	const struct pcsc_rec_visit *v = row;

	return v->process < h->nr_processes && v->function < h->nr_functions &&
	       v->first_ns <= v->last_ns &&
	       (!v->pause_ns ||
		(v->first_ns <= v->pause_ns && v->pause_ns <= v->last_ns)) &&
	       (first || v[-1].process < v->process ||
		(v[-1].process == v->process && v[-1].function < v->function));
}

static bool is_index(uint32_t index, uint32_t nr)
{
	return index < nr || index == PCSC_REC_NONE;
}

#define D3COLD 4 /* pci_power_t, which counts from D0 on */

static bool sane_wait(const struct pcsc_rec_header *h, const void *row,
		      bool first)
{
	const struct pcsc_rec_wait *w = row;

	return is_index(w->process, h->nr_processes) &&
	       w->caller < h->nr_callers && w->function < h->nr_functions &&
	       is_index(w->stack, h->nr_stacks) && w->kind < PCSC_REC_WAITS &&
	       w->from <= D3COLD && w->nested <= 1 && w->access_ns <= w->ns &&
	       (first || w[-1].begin_ns <= w->begin_ns);
}

static bool sane_stack(const struct pcsc_rec_header *h, const void *row,
		       bool first)
{
	const struct pcsc_rec_stack *s = row;

	(void)first;
	for (int n = 0; n < PCSC_REC_FRAMES; n++)
		if (!is_index(s->symbols[n], h->nr_symbols))
			return false;
	return true;
}

static bool sane_symbol(const struct pcsc_rec_header *h, const void *row,
			bool first)
{
	const struct pcsc_rec_symbol *s = row;

	(void)h;
	return pcsc_is_text(s->name, sizeof(s->name)) && s->name[0] &&
	       (first || strcmp(s[-1].name, s->name) < 0);
}

static uint64_t path_key(const struct pcsc_rec_path *p)
{
	return (uint64_t)p->offset << 24 | p->width << 16 | p->family << 8 |
	       p->is_write;
}

static bool sane_path(const struct pcsc_rec_header *h, const void *row,
		      bool first)
{
	const struct pcsc_rec_path *p = row;

	return p->caller < h->nr_callers && p->stack < h->nr_stacks &&
	       p->offset < CFG_SIZE && is_width(p->width) &&
	       p->family < PCSC_REC_FAMILIES && p->is_write <= 1 &&
	       (first || p[-1].caller < p->caller ||
		(p[-1].caller == p->caller && path_key(p - 1) < path_key(p)));
}

static bool sane_slow(const struct pcsc_rec_header *h, const void *row,
		      bool first)
{
	const struct pcsc_rec_slow *s = row;

	return is_index(s->process, h->nr_processes) &&
	       s->caller < h->nr_callers && s->function < h->nr_functions &&
	       is_index(s->stack, h->nr_stacks) && s->offset < CFG_SIZE &&
	       is_width(s->width) && s->family < PCSC_REC_FAMILIES &&
	       s->is_write <= 1 && (first || s[-1].ns >= s->ns);
}

static bool sane_event(const struct pcsc_rec_header *h, const void *row,
		       bool first)
{
	const struct pcsc_rec_event *e = row;

	return e->function < h->nr_functions &&
	       (e->caller & PCSC_REC_EVENT_CALLER) < h->nr_callers &&
	       is_width(pcsc_rec_event_width(e)) &&
	       (first || e[-1].begin_ns <= e->begin_ns);
}

static bool sane_mark(const struct pcsc_rec_header *h, const void *row,
		      bool first)
{
	const struct pcsc_rec_mark *m = row;

	return pcsc_is_text(m->name, sizeof(m->name)) && m->name[0] &&
	       m->ns <= h->duration_ns && (first || m[-1].ns <= m->ns);
}

const struct pcsc_rec_check pcsc_rec_checks[PCSC_TABLES] = {
	[PCSC_TABLE_FUNCTIONS] = { "function", sane_function },
	[PCSC_TABLE_REGISTERS] = { "register", sane_register },
	[PCSC_TABLE_HISTS] = { "histogram", sane_hist },
	[PCSC_TABLE_CALLERS] = { "caller", sane_caller },
	[PCSC_TABLE_USES] = { "use", sane_use },
	[PCSC_TABLE_PROCESSES] = { "process", sane_process },
	[PCSC_TABLE_CAPS] = { "capability", sane_cap },
	[PCSC_TABLE_VISITS] = { "visit", sane_visit },
	[PCSC_TABLE_WAITS] = { "wait", sane_wait },
	[PCSC_TABLE_STACKS] = { "stack", sane_stack },
	[PCSC_TABLE_SYMBOLS] = { "symbol", sane_symbol },
	[PCSC_TABLE_PATHS] = { "path", sane_path },
	[PCSC_TABLE_SLOW] = { "slow access", sane_slow },
	[PCSC_TABLE_EVENTS] = { "event", sane_event },
	[PCSC_TABLE_MARKS] = { "mark", sane_mark },
};
