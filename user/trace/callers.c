// SPDX-License-Identifier: GPL-2.0-only
/* The callers of the accesses that were counted. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "collect.h"
#include "pcsc_events.h"
#include "pcsc_trace.skel.h"
#include "talk.h"
#include "trace.h"

_Static_assert(PCSC_ANCESTORS == PCSC_REC_ANCESTORS, "ancestors");

/* A caller's name and its number in the tracer's tables. */
struct named {
	struct pcsc_rec_caller caller;
	uint32_t number;
};

/* The tracer's numbers as indices of the recording. */
struct numbers {
	uint32_t *index;
	uint32_t nr;
};

static void numbers_free(struct numbers *numbers)
{
	free(numbers->index);
}

static uint32_t index_of(const struct numbers *numbers, uint32_t number)
{
	return numbers
		->index[number < numbers->nr ? number : PCSC_CALLER_OTHERS];
}

/* ---- names ---- */

/* Which worker of the kernel's did something is chance. */
static void copy_name(char to[16], const char *from)
{
	static const char worker[] = "kworker/";

	memset(to, 0, 16);
	pcsc_copy_text(to, 16, from[0] ? from : "(no name)");
	if (!strncmp(to, worker, strlen(worker)))
		memset(to + strlen(worker) - 1, 0, 16 - strlen(worker) + 1);
}

static int compare_named(const void *pa, const void *pb)
{
	const struct named *a = pa, *b = pb;

	return strcmp(a->caller.name, b->caller.name);
}

static struct named *name_all(const struct pcsc_rows *comms)
{
	const struct pcsc_comm *keys = (void *)comms->keys;
	const uint32_t *values = (void *)comms->values;
	struct named *all = calloc(comms->nr + 2, sizeof(*all));

	if (!all)
		return NULL;
	all[0] = (struct named){ { "(interrupt)" }, PCSC_CALLER_INTERRUPT };
	all[1] = (struct named){ { "(others)" }, PCSC_CALLER_OTHERS };
	for (size_t i = 0; i < comms->nr; i++) {
		copy_name(all[2 + i].caller.name, keys[i].name);
		all[2 + i].number = values[i];
	}
	qsort(all, comms->nr + 2, sizeof(*all), compare_named);
	return all;
}

static int copy_callers(const struct pcsc_tracer *t, struct pcsc_rec *rec,
			struct numbers *numbers)
{
	_cleanup_(pcsc_rows_free) struct pcsc_rows comms = {};
	_cleanup_free_ struct named *all = NULL;
	uint32_t nr = 0;
	int err = pcsc_rows_read(t->skel->maps.comms, &comms);

	if (err)
		return err;
	numbers->nr = t->skel->data->last_caller + 1;
	numbers->index = calloc(numbers->nr, sizeof(*numbers->index));
	all = name_all(&comms);
	rec->callers = calloc(comms.nr + 2, sizeof(*rec->callers));
	if (!all || !numbers->index || !rec->callers)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < comms.nr + 2; i++) {
		if (!i || strcmp(all[i].caller.name, all[i - 1].caller.name))
			rec->callers[nr++] = all[i].caller;
		if (all[i].number < numbers->nr)
			numbers->index[all[i].number] = nr - 1;
	}
	rec->header.nr_callers = nr;
	return 0;
}

/* ---- uses ---- */

static void take_from(uint64_t *all, uint64_t part)
{
	*all -= part < *all ? part : *all;
}

/* The whole register's, of which the rows of others are taken. */
static struct pcsc_rec_use whole(const struct pcsc_rec_register *r,
				 uint32_t reg, uint32_t caller)
{
	return (struct pcsc_rec_use){
		.reg = reg,
		.caller = caller,
		.reads = r->reads,
		.writes = r->writes,
		.errors = r->errors,
		.read_ns = r->latency_sum_ns - r->write_sum_ns,
		.write_ns = r->write_sum_ns,
	};
}

static struct pcsc_rec_use part(const struct pcsc_use_value *v, uint32_t reg,
				uint32_t caller, struct pcsc_rec_use *first)
{
	take_from(&first->reads, v->reads);
	take_from(&first->writes, v->writes);
	take_from(&first->errors, v->errors);
	take_from(&first->read_ns, v->read_ns);
	take_from(&first->write_ns, v->write_ns);
	return (struct pcsc_rec_use){
		.reg = reg,
		.caller = caller,
		.reads = v->reads,
		.writes = v->writes,
		.errors = v->errors,
		.read_ns = v->read_ns,
		.write_ns = v->write_ns,
	};
}

static int compare_uses(const void *pa, const void *pb)
{
	const struct pcsc_rec_use *a = pa, *b = pb;

	if (a->reg != b->reg)
		return a->reg < b->reg ? -1 : 1;
	if (a->caller != b->caller)
		return a->caller < b->caller ? -1 : 1;
	return 0;
}

/* Callers whose names became one have one row; who has nothing left has none. */
static uint32_t merge(struct pcsc_rec_use *u, size_t nr)
{
	uint32_t kept = 0;

	qsort(u, nr, sizeof(*u), compare_uses);
	for (size_t i = 0; i < nr; i++) {
		if (!u[i].reads && !u[i].writes && !u[i].errors)
			continue;
		if (!kept || compare_uses(&u[kept - 1], &u[i])) {
			u[kept++] = u[i];
			continue;
		}
		u[kept - 1].reads += u[i].reads;
		u[kept - 1].writes += u[i].writes;
		u[kept - 1].errors += u[i].errors;
		u[kept - 1].read_ns += u[i].read_ns;
		u[kept - 1].write_ns += u[i].write_ns;
	}
	return kept;
}

static uint32_t *registers_by_number(const struct pcsc_origin *origins,
				     uint32_t nr, uint32_t numbers)
{
	uint32_t *reg = calloc(numbers, sizeof(*reg));

	for (uint32_t i = 0; reg && i < nr; i++)
		if (origins[i].number < numbers)
			reg[origins[i].number] = i;
	return reg;
}

static int copy_uses(const struct pcsc_tracer *t,
		     const struct pcsc_origin *origins,
		     const struct numbers *callers, struct pcsc_rec *rec)
{
	const uint32_t nr = rec->header.nr_registers,
		       numbers = t->skel->bss->last_register + 1;
	_cleanup_free_ uint32_t *reg =
		registers_by_number(origins, nr, numbers);
	_cleanup_(pcsc_rows_free) struct pcsc_rows rows = {};
	int err = pcsc_rows_read(t->skel->maps.uses, &rows);
	const struct pcsc_use_key *keys = (void *)rows.keys;
	const struct pcsc_use_value *values = (void *)rows.values;
	struct pcsc_rec_use *u;

	if (err)
		return err;
	u = calloc(nr + rows.nr + 1, sizeof(*u));
	if (!reg || !u)
		return pcsc_fail(-ENOMEM, "no memory left");
	rec->uses = u;
	for (uint32_t i = 0; i < nr; i++)
		u[i] = whole(&rec->registers[i], i,
			     index_of(callers, origins[i].caller));
	for (size_t i = 0; i < rows.nr; i++) {
		uint32_t of = keys[i].reg < numbers ? reg[keys[i].reg] : 0;

		u[nr + i] = part(&values[i], of,
				 index_of(callers, keys[i].caller), &u[of]);
	}
	rec->header.nr_uses = merge(u, nr + rows.nr);
	return 0;
}

/* ---- processes ---- */

static uint64_t since(const struct pcsc_tracer *t, uint64_t ns)
{
	return ns > t->started_ns ? ns - t->started_ns : 0;
}

static void fill_process(struct pcsc_rec_process *to,
			 const struct pcsc_process_key *key,
			 const struct pcsc_process *p,
			 const struct pcsc_tracer *t,
			 const struct numbers *callers)
{
	*to = (struct pcsc_rec_process){
		.pid = key->tgid,
		.caller = index_of(callers, p->caller),
		.first_ns = since(t, p->first_ns),
		.last_ns = since(t, p->last_ns),
		.reads = p->use.reads,
		.writes = p->use.writes,
		.errors = p->use.errors,
		.read_ns = p->use.read_ns,
		.write_ns = p->use.write_ns,
	};
	if (to->last_ns < to->first_ns)
		to->last_ns = to->first_ns;
	for (int i = 0; i < PCSC_REC_ANCESTORS; i++) {
		to->ancestors[i] = p->ancestors[i].tgid;
		if (!to->ancestors[i])
			break;
		pcsc_copy_text(to->names[i], sizeof(to->names[i]),
			       p->ancestors[i].comm.name);
	}
}

static int compare_processes(const void *pa, const void *pb)
{
	const struct pcsc_rec_process *a = pa, *b = pb;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	return 0;
}

static int copy_processes(const struct pcsc_tracer *t,
			  const struct numbers *callers, struct pcsc_rec *rec)
{
	_cleanup_(pcsc_rows_free) struct pcsc_rows rows = {};
	int err = pcsc_rows_read(t->skel->maps.processes, &rows);
	const struct pcsc_process_key *keys = (void *)rows.keys;
	const struct pcsc_process *values = (void *)rows.values;

	if (err)
		return err;
	rec->processes = calloc(rows.nr + 1, sizeof(*rec->processes));
	if (!rec->processes)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < rows.nr; i++)
		fill_process(&rec->processes[i], &keys[i], &values[i], t,
			     callers);
	qsort(rec->processes, rows.nr, sizeof(*rec->processes),
	      compare_processes);
	rec->header.nr_processes = rows.nr;
	rec->header.processes_left_out = t->skel->bss->processes_left_out;
	return 0;
}

int pcsc_collect_callers(const struct pcsc_tracer *t,
			 const struct pcsc_origin *origins,
			 struct pcsc_rec *rec)
{
	_cleanup_(numbers_free) struct numbers callers = {};

	return copy_callers(t, rec, &callers)		    ?:
		       copy_uses(t, origins, &callers, rec) ?:
		       copy_processes(t, &callers, rec);
}
