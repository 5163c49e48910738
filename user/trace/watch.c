// SPDX-License-Identifier: GPL-2.0-only
/* pcsc-trace watch: a line for each access, while it happens. */
#include <bpf/bpf.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "collect.h"
#include "live.h"
#include "pcsc_trace.skel.h"
#include "regname.h"
#include "report.h"
#include "talk.h"

/* A recording of one function and no register: enough to name its registers. */
struct function_names {
	struct pcsc_fn_key key;
	struct pcsc_rec_function function;
	struct pcsc_rec_cap caps[PCSC_ATS];
	struct pcsc_rec rec;
	struct pcsc_regnames names;
	uint64_t asked_ns; /* when its capabilities were looked up */
};

struct watch {
	void *functions; /* a tree of struct function_names */
	struct pcsc_rec_caller *callers; /* by number; no name: unknown yet */
	uint32_t nr_callers;
	bool has_head;
};

/* ---- registers ---- */

static int compare_functions(const void *a, const void *b)
{
	return memcmp(&((const struct function_names *)a)->key,
		      &((const struct function_names *)b)->key,
		      sizeof(struct pcsc_fn_key));
}

static void free_function(void *node)
{
	struct function_names *f = node;

	pcsc_regnames_free(&f->names);
	free(f);
}

/* What the tracer has learned of the function's capabilities. */
static int learn(struct function_names *f, const struct pcsc_live *l)
{
	const int fd = bpf_map__fd(l->tracer.skel->maps.functions);
	struct pcsc_fn_value v;

	if (bpf_map_lookup_elem(fd, &f->key, &v))
		return 0;
	f->rec.header.nr_caps = pcsc_caps_of(&v, 0, f->caps);
	if (!f->function.header_type)
		f->function.header_type = v.header_type;
	if (v.flags & PCSC_FN_VF)
		f->function.flags |= PCSC_REC_FN_VF;
	pcsc_regnames_free(&f->names);
	return pcsc_regnames_init(&f->names, &f->rec);
}

static struct function_names *add(struct watch *w, const struct pcsc_live *l,
				  const struct pcsc_fn_key *key)
{
	struct function_names *f = calloc(1, sizeof(*f));
	uint32_t i = pcsc_inv_index(&l->inv, key->domain, key->bus, key->devfn);

	if (!f)
		return NULL;
	f->key = *key;
	if (i != PCSC_REC_NONE)
		f->function = l->inv.fn[i].rec;
	f->rec.header.nr_functions = 1;
	f->rec.functions = &f->function;
	f->rec.caps = f->caps;
	if (pcsc_regnames_init(&f->names, &f->rec) ||
	    !tsearch(f, &w->functions, compare_functions)) {
		free_function(f);
		return NULL;
	}
	return f;
}

/* A new function is asked again: the kernel itself finds its capabilities by reading. */
#define ASK_NS 1000000000ull

static struct function_names *names_of(struct watch *w,
				       const struct pcsc_live *l,
				       const struct pcsc_access_event *e)
{
	const struct function_names wanted = { .key = e->function };
	void **node = tfind(&wanted, &w->functions, compare_functions);
	struct function_names *f = node ? *node : add(w, l, &e->function);

	if (f && (!f->asked_ns || (!f->rec.header.nr_caps &&
				   e->begin_ns - f->asked_ns > ASK_NS))) {
		f->asked_ns = e->begin_ns;
		if (learn(f, l))
			return NULL;
	}
	return f;
}

static void name_register(struct watch *w, const struct pcsc_live *l,
			  const struct pcsc_access_event *e,
			  char out[static PCSC_REGNAME_SIZE])
{
	struct function_names *f = names_of(w, l, e);
	const struct pcsc_rec_register r = { .offset = e->offset,
					     .width = e->width };

	if (f)
		pcsc_regname(&f->names, &r, out);
	else
		snprintf(out, PCSC_REGNAME_SIZE, "0x%03x", e->offset);
}

/* ---- callers ---- */

static int learn_callers(struct watch *w, const struct pcsc_live *l)
{
	_cleanup_(pcsc_rows_free) struct pcsc_rows rows = {};
	const struct pcsc_caller_key *keys;
	const uint32_t *numbers;
	int err = pcsc_rows_read(l->tracer.skel->maps.callers, &rows);

	if (err)
		return err;
	keys = (void *)rows.keys;
	numbers = (void *)rows.values;
	free(w->callers);
	w->nr_callers = l->tracer.skel->data->last_caller + 1;
	w->callers = calloc(w->nr_callers, sizeof(*w->callers));
	if (!w->callers) {
		w->nr_callers = 0;
		return -ENOMEM;
	}
	for (size_t i = 0; i < rows.nr; i++) {
		struct pcsc_rec_caller *c;

		if (numbers[i] >= w->nr_callers)
			continue;
		c = &w->callers[numbers[i]];
		pcsc_copy_comm(c->name, keys[i].comm.name);
		pcsc_copy_text(c->attribute, sizeof(c->attribute),
			       keys[i].attribute);
	}
	return 0;
}

static const char *name_caller(struct watch *w, const struct pcsc_live *l,
			       uint32_t number)
{
	if (number == PCSC_CALLER_INTERRUPT)
		return "(interrupt)";
	if (number == PCSC_CALLER_OTHERS)
		return "(others)";
	if (number >= w->nr_callers || !w->callers[number].name[0])
		learn_callers(w, l);
	if (number >= w->nr_callers || !w->callers[number].name[0])
		return "(others)";
	return w->callers[number].name;
}

/* ---- lines ---- */

static void print_event(struct watch *w, const struct pcsc_live *l,
			const struct pcsc_access_event *e)
{
	/* One that was under way at the start began at the start. */
	const bool began = e->begin_ns > l->tracer.started_ns;
	char name[PCSC_REGNAME_SIZE];
	const struct pcsc_access_line line = {
		.begin_ns = began ? e->begin_ns - l->tracer.started_ns : 0,
		.ns = e->ns,
		.domain = e->function.domain,
		.bus = e->function.bus,
		.devfn = e->function.devfn,
		.value = e->value,
		.width = e->width,
		.is_write = e->flags & PCSC_EVENT_WRITE,
		.failed = e->flags & PCSC_EVENT_FAILED,
		.has_pid = true,
		.pid = e->pid,
		.caller = name_caller(w, l, e->caller),
		.name = name,
	};

	name_register(w, l, e, name);
	pcsc_print_access(&line);
}

static bool print_events(struct pcsc_live *l, bool last)
{
	const struct pcsc_events *e = &l->tracer.events;
	struct watch *w = l->context;

	(void)last;
	if (!w->has_head)
		pcsc_print_access_head(true);
	w->has_head = true;
	for (size_t i = 0; i < e->nr; i++)
		print_event(l->context, l, &e->rows[i]);
	return true;
}

int pcsc_watch(const struct pcsc_live_options *o)
{
	struct pcsc_live_options options = *o;
	struct watch w = {};
	struct pcsc_live live = {
		.options = &options,
		.every_ns = PCSC_EVENTS_NS,
		.tick = print_events,
		.context = &w,
	};
	int status;

	options.wanted.events = true;
	status = pcsc_live_run(&live);
	tdestroy(w.functions, free_function);
	free(w.callers);
	return status;
}
