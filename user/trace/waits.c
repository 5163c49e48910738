// SPDX-License-Identifier: GPL-2.0-only
/* What callers waited for, the slowest accesses, and the ways by which they came. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "collect.h"
#include "pcsc_trace.skel.h"
#include "talk.h"
#include "trace.h"

_Static_assert(PCSC_FRAMES == PCSC_REC_FRAMES, "frames");
_Static_assert((int)PCSC_WAITS == PCSC_REC_WAITS, "waits");
_Static_assert((int)PCSC_WAIT_LOCK == PCSC_REC_WAIT_LOCK, "waits");

/* A stack in the tracer's table, and the recording's index of it. */
struct known_stack {
	int32_t id;
	uint32_t index;
};

/* An address on a stack, and its name. */
struct named_address {
	uint64_t address;
	struct pcsc_rec_symbol symbol;
	uint32_t index; /* into the recording's symbols */
};

struct stacks {
	struct known_stack *known;
	uint64_t (*frames)[PCSC_FRAMES]; /* of the known ones */
	uint32_t nr;
	struct named_address *named;
	size_t nr_named;
};

static void stacks_free(struct stacks *s)
{
	free(s->known);
	free(s->frames);
	free(s->named);
}

/* ---- the tables, with the tracer's IDs for stacks ---- */

static uint32_t keep_id(int32_t stack)
{
	return stack < 0 ? PCSC_REC_NONE : (uint32_t)stack;
}

static bool fill_wait(struct pcsc_rec_wait *to, const struct pcsc_wait *w,
		      const struct pcsc_ids *ids)
{
	*to = (struct pcsc_rec_wait){
		.begin_ns = pcsc_since_start(ids, w->begin_ns),
		.ns = w->ns,
		.access_ns = w->access_ns < w->ns ? w->access_ns : w->ns,
		.process = pcsc_id_of_process(ids, &w->process),
		.caller = pcsc_id_of_caller(ids, w->caller),
		.function = pcsc_id_of_function(ids, &w->function),
		.stack = keep_id(w->stack),
		.kind = w->kind,
		.from = w->from <= 4 ? w->from : 0,
		.nested = w->nested,
	};
	return w->begin_ns && to->function != PCSC_REC_NONE;
}

static int compare_waits(const void *pa, const void *pb)
{
	const struct pcsc_rec_wait *a = pa, *b = pb;

	if (a->begin_ns != b->begin_ns)
		return a->begin_ns < b->begin_ns ? -1 : 1;
	return a->process < b->process ? -1 : a->process > b->process;
}

static int take_waits(const struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	const struct bpf_map *map = ids->t->skel->maps.waits;
	uint32_t met = ids->t->skel->bss->last_wait, nr = 0;
	uint32_t room = bpf_map__max_entries(map);
	struct pcsc_wait w;

	rec->header.waits_left_out = met > room ? met - room : 0;
	met = met > room ? room : met;
	rec->waits = calloc(met + 1ull, sizeof(*rec->waits));
	if (!rec->waits)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < met; i++)
		if (!bpf_map_lookup_elem(bpf_map__fd(map), &i, &w))
			nr += fill_wait(&rec->waits[nr], &w, ids);
	qsort(rec->waits, nr, sizeof(*rec->waits), compare_waits);
	rec->header.nr_waits = nr;
	return 0;
}

static bool fill_slow(struct pcsc_rec_slow *to,
		      const struct pcsc_slow_access *a,
		      const struct pcsc_ids *ids)
{
	*to = (struct pcsc_rec_slow){
		.end_ns = pcsc_since_start(ids, a->end_ns),
		.ns = a->ns,
		.process = pcsc_id_of_process(ids, &a->process),
		.caller = pcsc_id_of_caller(ids, a->caller),
		.function = pcsc_id_of_function(ids, &a->function),
		.stack = keep_id(a->stack),
		.offset = a->offset,
		.width = a->width,
		.family = a->family,
		.is_write = a->is_write,
	};
	return to->function != PCSC_REC_NONE;
}

static int compare_slow(const void *pa, const void *pb)
{
	const struct pcsc_rec_slow *a = pa, *b = pb;

	if (a->ns != b->ns)
		return a->ns > b->ns ? -1 : 1;
	return a->end_ns < b->end_ns ? -1 : a->end_ns > b->end_ns;
}

/* The slowest of all processors' slowest: that many are the slowest of all. */
static int take_slow(const struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	const int nr_cpus = libbpf_num_possible_cpus();
	const int fd = bpf_map__fd(ids->t->skel->maps.slowest);
	_cleanup_free_ struct pcsc_slowest *s = NULL;
	uint32_t zero = 0, nr = 0;

	if (nr_cpus <= 0)
		return 0;
	s = calloc(nr_cpus, sizeof(*s));
	rec->slow = calloc((size_t)nr_cpus * PCSC_SLOWEST, sizeof(*rec->slow));
	if (!s || !rec->slow)
		return pcsc_fail(-ENOMEM, "no memory left");
	if (bpf_map_lookup_elem(fd, &zero, s))
		return 0;
	for (int i = 0; i < nr_cpus; i++)
		for (uint32_t n = 0; n < s[i].nr && n < PCSC_SLOWEST; n++)
			nr += fill_slow(&rec->slow[nr], &s[i].rows[n], ids);
	qsort(rec->slow, nr, sizeof(*rec->slow), compare_slow);
	rec->header.nr_slow = nr < PCSC_SLOWEST ? nr : PCSC_SLOWEST;
	return 0;
}

static int compare_paths(const void *pa, const void *pb)
{
	const struct pcsc_rec_path *a = pa, *b = pb;

	if (a->caller != b->caller)
		return a->caller < b->caller ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset - b->offset;
	if (a->width != b->width)
		return a->width - b->width;
	if (a->family != b->family)
		return a->family - b->family;
	return a->is_write - b->is_write;
}

static int take_paths(const struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	_cleanup_(pcsc_rows_free) struct pcsc_rows rows = {};
	int err = pcsc_rows_read(ids->t->skel->maps.paths, &rows);
	const struct pcsc_path_key *keys = (void *)rows.keys;
	const int32_t *stack = (void *)rows.values;
	uint32_t nr = 0, kept = 0;
	struct pcsc_rec_path *p;

	if (err)
		return err;
	rec->paths = p = calloc(rows.nr + 1, sizeof(*p));
	if (!p)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < rows.nr; i++)
		if (stack[i] >= 0)
			p[nr++] = (struct pcsc_rec_path){
				.caller =
					pcsc_id_of_caller(ids, keys[i].caller),
				.stack = stack[i],
				.offset = keys[i].offset,
				.width = keys[i].width,
				.family = keys[i].family,
				.is_write = keys[i].is_write,
			};
	qsort(p, nr, sizeof(*p), compare_paths);
	/* Workers of the kernel have become one caller. */
	for (uint32_t i = 0; i < nr; i++)
		if (!kept || compare_paths(&p[kept - 1], &p[i]))
			p[kept++] = p[i];
	rec->header.nr_paths = kept;
	return 0;
}

/* ---- the stacks that they name ---- */

static int compare_known(const void *pa, const void *pb)
{
	const struct known_stack *a = pa, *b = pb;

	return a->id < b->id ? -1 : a->id > b->id;
}

/* Calls @f for the place of each stack that a table names. */
static void for_each_stack(struct pcsc_rec *rec, struct stacks *s,
			   void (*f)(struct stacks *s, uint32_t *stack))
{
	for (uint32_t i = 0; i < rec->header.nr_waits; i++)
		f(s, &rec->waits[i].stack);
	for (uint32_t i = 0; i < rec->header.nr_slow; i++)
		f(s, &rec->slow[i].stack);
	for (uint32_t i = 0; i < rec->header.nr_paths; i++)
		f(s, &rec->paths[i].stack);
}

static void know(struct stacks *s, uint32_t *stack)
{
	if (*stack != PCSC_REC_NONE)
		s->known[s->nr++].id = *stack;
}

static struct known_stack *find_known(const struct stacks *s, uint32_t stack)
{
	const struct known_stack wanted = { .id = stack };

	return bsearch(&wanted, s->known, s->nr, sizeof(*s->known),
		       compare_known);
}

static void translate(struct stacks *s, uint32_t *stack)
{
	const struct known_stack *known =
		*stack == PCSC_REC_NONE ? NULL : find_known(s, *stack);

	*stack = known ? known->index : PCSC_REC_NONE;
}

/* Each once; those that the kernel no longer has are nobody's. */
static int read_stacks(const struct pcsc_ids *ids, struct pcsc_rec *rec,
		       struct stacks *s)
{
	const int fd = bpf_map__fd(ids->t->skel->maps.stacks);
	const struct pcsc_rec_header *h = &rec->header;
	const size_t most = (size_t)h->nr_waits + h->nr_slow + h->nr_paths + 1;
	uint32_t nr = 0;

	s->known = calloc(most, sizeof(*s->known));
	s->frames = calloc(most, sizeof(*s->frames));
	if (!s->known || !s->frames)
		return pcsc_fail(-ENOMEM, "no memory left");
	for_each_stack(rec, s, know);
	qsort(s->known, s->nr, sizeof(*s->known), compare_known);
	for (uint32_t i = 0; i < s->nr; i++) {
		if (nr && s->known[nr - 1].id == s->known[i].id)
			continue;
		s->known[nr] = (struct known_stack){ s->known[i].id, nr };
		if (!bpf_map_lookup_elem(fd, &s->known[nr].id, s->frames[nr]))
			nr++;
	}
	s->nr = nr;
	return 0;
}

/* ---- names of addresses ---- */

static int compare_addresses(const void *pa, const void *pb)
{
	const struct named_address *a = pa, *b = pb;

	return a->address < b->address ? -1 : a->address > b->address;
}

static int compare_symbols(const void *pa, const void *pb)
{
	const struct named_address *a = pa, *b = pb;

	return strcmp(a->symbol.name, b->symbol.name);
}

/* A frame has the address to return to, which may be behind the call's function. */
static void name_address(const struct pcsc_tracer *t, struct named_address *a)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts);

	t->skel->bss->symbol_address = a->address - 1;
	if (bpf_prog_test_run_opts(bpf_program__fd(t->skel->progs.name_symbol),
				   &opts))
		return;
	pcsc_copy_text(a->symbol.name, sizeof(a->symbol.name),
		       t->skel->bss->symbol_name);
}

/* Programs and trampolines of BPF are the recorder's own, or another one's. */
static bool is_of_kernel(const struct named_address *a)
{
	const char *name = a->symbol.name;

	return name[0] && strncmp(name, "0x", 2) && strncmp(name, "bpf_", 4) &&
	       strncmp(name, "__bpf_", 6);
}

static int name_addresses(const struct pcsc_tracer *t, struct stacks *s)
{
	size_t nr = 0, kept = 0;

	s->named = calloc((size_t)s->nr * PCSC_FRAMES + 1, sizeof(*s->named));
	if (!s->named)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < s->nr; i++)
		for (int n = 0; n < PCSC_FRAMES && s->frames[i][n]; n++)
			s->named[nr++].address = s->frames[i][n];
	qsort(s->named, nr, sizeof(*s->named), compare_addresses);
	for (size_t i = 0; i < nr; i++) {
		if (kept && s->named[kept - 1].address == s->named[i].address)
			continue;
		s->named[kept] = s->named[i];
		name_address(t, &s->named[kept++]);
	}
	s->nr_named = kept;
	return 0;
}

/* Several addresses are in one function. */
static int copy_symbols(struct stacks *s, struct pcsc_rec *rec)
{
	uint32_t nr = 0;

	rec->symbols = calloc(s->nr_named + 1, sizeof(*rec->symbols));
	if (!rec->symbols)
		return pcsc_fail(-ENOMEM, "no memory left");
	qsort(s->named, s->nr_named, sizeof(*s->named), compare_symbols);
	for (size_t i = 0; i < s->nr_named; i++) {
		s->named[i].index = PCSC_REC_NONE;
		if (!is_of_kernel(&s->named[i]))
			continue;
		if (!nr ||
		    strcmp(rec->symbols[nr - 1].name, s->named[i].symbol.name))
			rec->symbols[nr++] = s->named[i].symbol;
		s->named[i].index = nr - 1;
	}
	rec->header.nr_symbols = nr;
	qsort(s->named, s->nr_named, sizeof(*s->named), compare_addresses);
	return 0;
}

static uint32_t symbol_of(const struct stacks *s, uint64_t address)
{
	const struct named_address wanted = { .address = address };
	const struct named_address *a =
		bsearch(&wanted, s->named, s->nr_named, sizeof(*s->named),
			compare_addresses);

	return a ? a->index : PCSC_REC_NONE;
}

static int copy_stacks(const struct stacks *s, struct pcsc_rec *rec)
{
	rec->stacks = calloc(s->nr + 1, sizeof(*rec->stacks));
	if (!rec->stacks)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < s->nr; i++) {
		struct pcsc_rec_stack *to = &rec->stacks[i];
		int kept = 0;

		memset(to, 0xff, sizeof(*to));
		/* A trampoline's caller is on the stack twice. */
		for (int n = 0; n < PCSC_FRAMES && s->frames[i][n]; n++) {
			uint32_t symbol = symbol_of(s, s->frames[i][n]);

			if (symbol != PCSC_REC_NONE &&
			    (!kept || to->symbols[kept - 1] != symbol))
				to->symbols[kept++] = symbol;
		}
	}
	rec->header.nr_stacks = s->nr;
	return 0;
}

/* A path without a stack says nothing. */
static void drop_paths(struct pcsc_rec *rec)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < rec->header.nr_paths; i++)
		if (rec->paths[i].stack != PCSC_REC_NONE)
			rec->paths[kept++] = rec->paths[i];
	rec->header.nr_paths = kept;
}

int pcsc_collect_waits(const struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	_cleanup_(stacks_free) struct stacks s = {};
	int err = take_waits(ids, rec)		     ?:
			  take_slow(ids, rec)	     ?:
			  take_paths(ids, rec)	     ?:
			  read_stacks(ids, rec, &s)  ?:
			  name_addresses(ids->t, &s) ?:
			  copy_symbols(&s, rec)	     ?:
						       copy_stacks(&s, rec);

	if (err)
		return err;
	for_each_stack(rec, &s, translate);
	drop_paths(rec);
	return 0;
}
