/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts that collect a tracer's tables share. */
#ifndef PCSC_COLLECT_H
#define PCSC_COLLECT_H

#include <bpf/libbpf.h>
#include <stddef.h>
#include <stdint.h>

#include "inventory.h"
#include "pcsc_events.h"
#include "recording.h"

struct pcsc_tracer;
struct pcsc_process_id;

/* A whole map: key i and value i belong together. */
struct pcsc_rows {
	char *keys;
	char *values;
	size_t nr;
};

/* 0 or a negative errno, said. Free with pcsc_rows_free() in either case. */
int pcsc_rows_read(const struct bpf_map *map, struct pcsc_rows *rows);
void pcsc_rows_free(struct pcsc_rows *rows);

/* The capabilities that @v knows of, in the order of their offsets; how many. */
uint32_t pcsc_caps_of(const struct pcsc_fn_value *v, uint32_t function,
		      struct pcsc_rec_cap caps[PCSC_ATS]);

/* Printable, or a recording could drive the terminal that shows it. */
void pcsc_copy_text(char *to, size_t size, const char *from);
/* A command's name as a recording has it. */
void pcsc_copy_comm(char to[16], const char *from);

/* How the tracer's tables call a register, and who was the first to use it. */
struct pcsc_origin {
	uint32_t number;
	uint32_t caller;
};

/* What became of the tracer's numbers and keys in the recording. */
struct pcsc_ids {
	const struct pcsc_tracer *t;
	const struct pcsc_inventory *inv; /* it keeps still */
	uint32_t *callers; /* the index of a caller, by its number */
	uint32_t nr_callers;
	struct pcsc_process_id *processes; /* sorted by key */
	size_t nr_processes;
};

void pcsc_ids_free(struct pcsc_ids *ids);

/* The index of the caller with this number. */
uint32_t pcsc_id_of_caller(const struct pcsc_ids *ids, uint32_t number);
/* The index of this process, or PCSC_REC_NONE. */
uint32_t pcsc_id_of_process(const struct pcsc_ids *ids,
			    const struct pcsc_process_key *key);
/* The index of this function, or PCSC_REC_NONE. */
uint32_t pcsc_id_of_function(const struct pcsc_ids *ids,
			     const struct pcsc_fn_key *key);
/* Nanoseconds from the start of the recording. */
uint64_t pcsc_since_start(const struct pcsc_ids *ids, uint64_t ns);

/* ---- each returns 0 or a negative errno, said ---- */

/* Callers and uses of @rec, whose registers are in place; @origins has one for each. */
int pcsc_collect_callers(struct pcsc_ids *ids,
			 const struct pcsc_origin *origins,
			 struct pcsc_rec *rec);
/* Processes and visits; callers are in place. */
int pcsc_collect_processes(struct pcsc_ids *ids, struct pcsc_rec *rec);
/* Waits, paths, slow accesses, and their stacks; processes are in place. */
int pcsc_collect_waits(const struct pcsc_ids *ids, struct pcsc_rec *rec);
/* The accesses that the tracer fetched one by one; callers are in place. */
int pcsc_collect_events(const struct pcsc_ids *ids, struct pcsc_rec *rec);

#endif
