// SPDX-License-Identifier: GPL-2.0-only
/*
 * recording FUNCTIONS REGISTERS FILE: a recording of so many VFs and of so many
 * registers in all, which two callers read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/synth.h"

/* The first of each function, in the recording's order. */
static uint32_t keep_registers(struct pcsc_rec *rec, uint32_t wanted)
{
	const uint32_t each = wanted / rec->header.nr_functions + 1;
	uint32_t nr = 0;

	for (uint32_t i = 0; i < rec->header.nr_registers && nr < wanted; i++) {
		struct pcsc_rec_register r = rec->registers[i];

		if (r.offset / 4 >= each)
			continue;
		r.latency_sum_ns = 90000 + i % 977;
		r.latency_max_ns = r.read_max_ns = 40000;
		rec->registers[nr++] = r;
	}
	return nr;
}

static int add_callers(struct pcsc_rec *rec)
{
	const uint32_t nr = rec->header.nr_registers;

	rec->callers = calloc(2, sizeof(*rec->callers));
	rec->uses = calloc(nr, sizeof(*rec->uses));
	if (!rec->callers || !rec->uses)
		return -1;
	strcpy(rec->callers[0].name, "lspci");
	strcpy(rec->callers[1].name, "qemu");
	rec->header.nr_callers = 2;
	rec->header.nr_uses = nr;
	for (uint32_t i = 0; i < nr; i++)
		rec->uses[i] = (struct pcsc_rec_use){
			.reg = i,
			.caller = i % 2,
			.reads = rec->registers[i].reads,
			.read_ns = rec->registers[i].latency_sum_ns,
		};
	return 0;
}

int main(int argc, char **argv)
{
	struct synth s;

	if (argc != 4) {
		fputs("usage: recording FUNCTIONS REGISTERS FILE\n", stderr);
		return 2;
	}
	synth_make(&s, atoi(argv[1]));
	s.rec.header.nr_registers = keep_registers(&s.rec, atoi(argv[2]));
	s.rec.header.duration_ns = 100000000000ull;
	if (add_callers(&s.rec)) {
		fputs("recording: no memory left\n", stderr);
		return 1;
	}
	return !!pcsc_rec_save(&s.rec, argv[3]);
}
