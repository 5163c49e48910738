// SPDX-License-Identifier: GPL-2.0-only
/* The processes that made the accesses that were counted, and what each did to which function. */
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

_Static_assert(PCSC_ANCESTORS == PCSC_REC_ANCESTORS, "ancestors");

struct pcsc_process_id {
	struct pcsc_process_key key;
	uint32_t index; /* into the recording's processes */
};

void pcsc_ids_free(struct pcsc_ids *ids)
{
	free(ids->callers);
	free(ids->processes);
}

uint64_t pcsc_since_start(const struct pcsc_ids *ids, uint64_t ns)
{
	return ns > ids->t->started_ns ? ns - ids->t->started_ns : 0;
}

uint32_t pcsc_id_of_function(const struct pcsc_ids *ids,
			     const struct pcsc_fn_key *key)
{
	return pcsc_inv_index(ids->inv, key->domain, key->bus, key->devfn);
}

/* ---- processes ---- */

static int compare_ids(const void *pa, const void *pb)
{
	const struct pcsc_process_key *a = pa, *b = pb;

	if (a->tgid != b->tgid)
		return a->tgid < b->tgid ? -1 : 1;
	if (a->started != b->started)
		return a->started < b->started ? -1 : 1;
	return 0;
}

uint32_t pcsc_id_of_process(const struct pcsc_ids *ids,
			    const struct pcsc_process_key *key)
{
	const struct pcsc_process_id *found =
		bsearch(key, ids->processes, ids->nr_processes,
			sizeof(*ids->processes), compare_ids);

	return found ? found->index : PCSC_REC_NONE;
}

static void add_visit(struct pcsc_rec_process *to,
		      const struct pcsc_rec_visit *v)
{
	if (v->first_ns < to->first_ns)
		to->first_ns = v->first_ns;
	if (v->last_ns > to->last_ns)
		to->last_ns = v->last_ns;
	to->reads += v->reads;
	to->writes += v->writes;
	to->errors += v->errors;
	to->read_ns += v->read_ns;
	to->write_ns += v->write_ns;
}

static struct pcsc_rec_visit visit_from(const struct pcsc_ids *ids,
					const struct pcsc_visit *v)
{
	struct pcsc_rec_visit to = {
		.first_ns = pcsc_since_start(ids, v->first_ns),
		.last_ns = pcsc_since_start(ids, v->last_ns),
		.pause_ns = pcsc_since_start(ids, v->pause_ns),
		.pause_access_ns = v->pause_access_ns,
		.reads = v->use.reads,
		.writes = v->use.writes,
		.errors = v->use.errors,
		.read_ns = v->use.read_ns,
		.write_ns = v->use.write_ns,
	};

	if (to.last_ns < to.first_ns)
		to.last_ns = to.first_ns;
	if (to.pause_ns < to.first_ns || to.pause_ns > to.last_ns)
		to.pause_ns = 0;
	return to;
}

/* What it did to functions for which there was no room; its visits come to that. */
static void fill_process(struct pcsc_rec_process *to,
			 const struct pcsc_process_key *key,
			 const struct pcsc_process *p,
			 const struct pcsc_ids *ids)
{
	struct pcsc_rec_visit rest = visit_from(ids, &p->rest);

	*to = (struct pcsc_rec_process){
		.pid = key->tgid,
		.caller = pcsc_id_of_caller(ids, p->caller),
		.first_ns = UINT64_MAX,
	};
	if (p->rest.first_ns)
		add_visit(to, &rest);
	for (int i = 0; i < PCSC_REC_ANCESTORS; i++) {
		to->ancestors[i] = p->ancestors[i].tgid;
		if (!to->ancestors[i])
			break;
		pcsc_copy_text(to->names[i], sizeof(to->names[i]),
			       p->ancestors[i].comm.name);
	}
}

static int take_processes(struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	_cleanup_(pcsc_rows_free) struct pcsc_rows rows = {};
	int err = pcsc_rows_read(ids->t->skel->maps.processes, &rows);
	const struct pcsc_process_key *keys = (void *)rows.keys;
	const struct pcsc_process *values = (void *)rows.values;

	if (err)
		return err;
	rec->processes = calloc(rows.nr + 1, sizeof(*rec->processes));
	ids->processes = calloc(rows.nr + 1, sizeof(*ids->processes));
	if (!rec->processes || !ids->processes)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < rows.nr; i++) {
		ids->processes[i] = (struct pcsc_process_id){ keys[i], i };
		fill_process(&rec->processes[i], &keys[i], &values[i], ids);
	}
	ids->nr_processes = rows.nr;
	qsort(ids->processes, rows.nr, sizeof(*ids->processes), compare_ids);
	return 0;
}

/* ---- visits ---- */

static bool fill_visit(struct pcsc_rec_visit *to, const struct pcsc_visit *v,
		       const struct pcsc_ids *ids)
{
	*to = visit_from(ids, v);
	to->process = pcsc_id_of_process(ids, &v->key.process);
	to->function = pcsc_id_of_function(ids, &v->key.function);
	return v->first_ns && to->process != PCSC_REC_NONE &&
	       to->function != PCSC_REC_NONE;
}

static int take_visits(const struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	const struct bpf_map *map = ids->t->skel->maps.visits;
	uint32_t met = ids->t->skel->bss->last_visit, nr = 0;
	struct pcsc_rec_visit *to;
	struct pcsc_visit v;

	if (met > bpf_map__max_entries(map))
		met = bpf_map__max_entries(map);
	rec->visits = calloc(met + 1ull, sizeof(*rec->visits));
	if (!rec->visits)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (uint32_t i = 0; i < met; i++) {
		to = &rec->visits[nr];
		if (bpf_map_lookup_elem(bpf_map__fd(map), &i, &v) ||
		    !fill_visit(to, &v, ids))
			continue;
		add_visit(&rec->processes[to->process], to);
		nr++;
	}
	rec->header.nr_visits = nr;
	return 0;
}

/* ---- in order ---- */

struct sorted {
	struct pcsc_rec_process process;
	uint32_t before;
};

static int compare_processes(const void *pa, const void *pb)
{
	const struct pcsc_rec_process *a = pa, *b = pb;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	return 0;
}

static int compare_visits(const void *pa, const void *pb)
{
	const struct pcsc_rec_visit *a = pa, *b = pb;

	if (a->process != b->process)
		return a->process < b->process ? -1 : 1;
	return a->function < b->function ? -1 : a->function > b->function;
}

/* By ID, as a reader looks for them; what refers to them follows. */
static int sort_processes(struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	const size_t nr = ids->nr_processes;
	_cleanup_free_ struct sorted *s = calloc(nr + 1, sizeof(*s));
	_cleanup_free_ uint32_t *now = calloc(nr + 1, sizeof(*now));

	if (!s || !now)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < nr; i++)
		s[i] = (struct sorted){ rec->processes[i], i };
	qsort(s, nr, sizeof(*s), compare_processes);
	for (size_t i = 0; i < nr; i++) {
		rec->processes[i] = s[i].process;
		now[s[i].before] = i;
		/* It was met, and what it did was then lost. */
		if (rec->processes[i].first_ns > rec->processes[i].last_ns)
			rec->processes[i].first_ns = rec->processes[i].last_ns;
	}
	for (size_t i = 0; i < nr; i++)
		ids->processes[i].index = now[ids->processes[i].index];
	for (uint32_t i = 0; i < rec->header.nr_visits; i++)
		rec->visits[i].process = now[rec->visits[i].process];
	qsort(rec->visits, rec->header.nr_visits, sizeof(*rec->visits),
	      compare_visits);
	return 0;
}

int pcsc_collect_processes(struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	int err = take_processes(ids, rec)	?:
			  take_visits(ids, rec) ?:
						  sort_processes(ids, rec);

	if (err)
		return err;
	rec->header.nr_processes = ids->nr_processes;
	rec->header.processes_left_out = ids->t->skel->bss->processes_left_out;
	rec->header.visits_left_out = ids->t->skel->bss->visits_left_out;
	return 0;
}
