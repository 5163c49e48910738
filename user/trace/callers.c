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

_Static_assert(sizeof(((struct pcsc_caller_key *)0)->attribute) ==
		       sizeof(((struct pcsc_rec_caller *)0)->attribute),
	       "attribute");

/* A caller's name and its number in the tracer's tables. */
struct named {
	struct pcsc_rec_caller caller;
	uint32_t number;
};

uint32_t pcsc_id_of_caller(const struct pcsc_ids *ids, uint32_t number)
{
	return ids->callers[number < ids->nr_callers ? number :
						       PCSC_CALLER_OTHERS];
}

/* ---- names ---- */

/* Which worker of the kernel's did something is chance. */
void pcsc_copy_comm(char to[16], const char *from)
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

	return pcsc_rec_compare_callers(&a->caller, &b->caller);
}

static struct named *name_all(const struct pcsc_rows *callers)
{
	const struct pcsc_caller_key *keys = (void *)callers->keys;
	const uint32_t *values = (void *)callers->values;
	struct named *all = calloc(callers->nr + 2, sizeof(*all));

	if (!all)
		return NULL;
	all[0] = (struct named){ { .name = "(interrupt)" },
				 PCSC_CALLER_INTERRUPT };
	all[1] = (struct named){ { .name = "(others)" }, PCSC_CALLER_OTHERS };
	for (size_t i = 0; i < callers->nr; i++) {
		struct pcsc_rec_caller *c = &all[2 + i].caller;

		pcsc_copy_comm(c->name, keys[i].comm.name);
		pcsc_copy_text(c->attribute, sizeof(c->attribute),
			       keys[i].attribute);
		all[2 + i].number = values[i];
	}
	qsort(all, callers->nr + 2, sizeof(*all), compare_named);
	return all;
}

static int copy_callers(struct pcsc_ids *ids, struct pcsc_rec *rec)
{
	_cleanup_(pcsc_rows_free) struct pcsc_rows rows = {};
	_cleanup_free_ struct named *all = NULL;
	uint32_t nr = 0;
	int err = pcsc_rows_read(ids->t->skel->maps.callers, &rows);

	if (err)
		return err;
	ids->nr_callers = ids->t->skel->data->last_caller + 1;
	ids->callers = calloc(ids->nr_callers, sizeof(*ids->callers));
	all = name_all(&rows);
	rec->callers = calloc(rows.nr + 2, sizeof(*rec->callers));
	if (!all || !ids->callers || !rec->callers)
		return pcsc_fail(-ENOMEM, "no memory left");
	for (size_t i = 0; i < rows.nr + 2; i++) {
		if (!i || compare_named(&all[i], &all[i - 1]))
			rec->callers[nr++] = all[i].caller;
		if (all[i].number < ids->nr_callers)
			ids->callers[all[i].number] = nr - 1;
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

	if (reg)
		memset(reg, 0xff, numbers * sizeof(*reg)); /* PCSC_REC_NONE */
	for (uint32_t i = 0; reg && i < nr; i++)
		if (origins[i].number < numbers)
			reg[origins[i].number] = i;
	return reg;
}

static int copy_uses(const struct pcsc_ids *ids,
		     const struct pcsc_origin *origins, struct pcsc_rec *rec)
{
	const uint32_t nr = rec->header.nr_registers,
		       numbers = ids->t->skel->bss->last_register + 1;
	_cleanup_free_ uint32_t *reg =
		registers_by_number(origins, nr, numbers);
	_cleanup_(pcsc_rows_free) struct pcsc_rows rows = {};
	int err = pcsc_rows_read(ids->t->skel->maps.uses, &rows);
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
			     pcsc_id_of_caller(ids, origins[i].caller));
	/* A register may get a second caller after the registers were read. */
	for (size_t i = 0; i < rows.nr; i++) {
		uint32_t of = keys[i].reg < numbers ? reg[keys[i].reg] :
						      PCSC_REC_NONE;

		if (of == PCSC_REC_NONE)
			continue;
		u[nr + i] =
			part(&values[i], of,
			     pcsc_id_of_caller(ids, keys[i].caller), &u[of]);
	}
	rec->header.nr_uses = merge(u, nr + rows.nr);
	return 0;
}

int pcsc_collect_callers(struct pcsc_ids *ids,
			 const struct pcsc_origin *origins,
			 struct pcsc_rec *rec)
{
	return copy_callers(ids, rec) ?: copy_uses(ids, origins, rec);
}
