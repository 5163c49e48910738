/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts that collect a tracer's tables share. */
#ifndef PCSC_COLLECT_H
#define PCSC_COLLECT_H

#include <bpf/libbpf.h>
#include <stddef.h>
#include <stdint.h>

#include "recording.h"

struct pcsc_tracer;

/* A whole map: key i and value i belong together. */
struct pcsc_rows {
	char *keys;
	char *values;
	size_t nr;
};

/* 0 or a negative errno, said. Free with pcsc_rows_free() in either case. */
int pcsc_rows_read(const struct bpf_map *map, struct pcsc_rows *rows);
void pcsc_rows_free(struct pcsc_rows *rows);

/* Printable, or a recording could drive the terminal that shows it. */
void pcsc_copy_text(char *to, size_t size, const char *from);

/* How the tracer's tables call a register, and who was the first to use it. */
struct pcsc_origin {
	uint32_t number;
	uint32_t caller;
};

/*
 * Callers, uses and processes of @rec, whose registers are in place; @origins
 * has one for each. 0 or a negative errno, said.
 */
int pcsc_collect_callers(const struct pcsc_tracer *t,
			 const struct pcsc_origin *origins,
			 struct pcsc_rec *rec);

#endif
