// SPDX-License-Identifier: GPL-2.0-only
#include "recording_tables.h"

#include <zlib.h>

/* A file that another build writes must mean the same here. */
_Static_assert(sizeof(struct pcsc_rec_header) == 408, "header");
_Static_assert(sizeof(struct pcsc_rec_function) == 68, "function");
_Static_assert(sizeof(struct pcsc_rec_register) == 136, "register");
_Static_assert(sizeof(struct pcsc_rec_hist) == 448, "histogram");
_Static_assert(sizeof(struct pcsc_rec_caller) == 40, "caller");
_Static_assert(sizeof(struct pcsc_rec_use) == 48, "use");
_Static_assert(sizeof(struct pcsc_rec_process) == 144, "process");
_Static_assert(sizeof(struct pcsc_rec_cap) == 8, "capability");
_Static_assert(sizeof(struct pcsc_rec_visit) == 80, "visit");
_Static_assert(sizeof(struct pcsc_rec_wait) == 48, "wait");
_Static_assert(sizeof(struct pcsc_rec_stack) == 64, "stack");
_Static_assert(sizeof(struct pcsc_rec_symbol) == 64, "symbol");
_Static_assert(sizeof(struct pcsc_rec_path) == 16, "path");
_Static_assert(sizeof(struct pcsc_rec_slow) == 40, "slow access");
_Static_assert(sizeof(struct pcsc_rec_event) == 24, "event");
_Static_assert(sizeof(struct pcsc_rec_mark) == 64, "mark");

/* What older versions have of the header. */
#define HEADER_V4 offsetof(struct pcsc_rec_header, nr_events)
#define HEADER_V3 offsetof(struct pcsc_rec_header, nr_visits)
#define HEADER_V2 PCSC_REC_LEAST_HEADER

_Static_assert(HEADER_V4 == 280, "version 4");
_Static_assert(HEADER_V3 == 240, "version 3");
_Static_assert(HEADER_V2 == 216, "version 2");

size_t pcsc_rec_header_size(uint32_t version)
{
	if (version < 3)
		return HEADER_V2;
	if (version < 4)
		return HEADER_V3;
	return version < 5 ? HEADER_V4 : sizeof(struct pcsc_rec_header);
}

uint32_t pcsc_rec_header_checksum(struct pcsc_rec_header h)
{
	h.crc32 = 0;
	return crc32_z(0, (const Bytef *)&h, pcsc_rec_header_size(h.version));
}

#define TABLE(rows, nr)                                                      \
	(struct pcsc_rec_table)                                              \
	{                                                                    \
		(void **)&rec->rows, sizeof(*rec->rows), sizeof(*rec->rows), \
			rec->header.nr, NULL,                                \
	}

static void older(struct pcsc_rec_table *t, size_t stored,
		  void (*convert)(void *row, const void *stored))
{
	t->stored = stored;
	t->convert = convert;
}

void pcsc_rec_tables(struct pcsc_rec *rec, struct pcsc_rec_table t[PCSC_TABLES])
{
	const uint32_t version = rec->header.version;

	t[PCSC_TABLE_FUNCTIONS] = TABLE(functions, nr_functions);
	t[PCSC_TABLE_REGISTERS] = TABLE(registers, nr_registers);
	t[PCSC_TABLE_HISTS] = TABLE(hists, nr_hists);
	t[PCSC_TABLE_CALLERS] = TABLE(callers, nr_callers);
	t[PCSC_TABLE_USES] = TABLE(uses, nr_uses);
	t[PCSC_TABLE_PROCESSES] = TABLE(processes, nr_processes);
	t[PCSC_TABLE_CAPS] = TABLE(caps, nr_caps);
	t[PCSC_TABLE_VISITS] = TABLE(visits, nr_visits);
	t[PCSC_TABLE_WAITS] = TABLE(waits, nr_waits);
	t[PCSC_TABLE_STACKS] = TABLE(stacks, nr_stacks);
	t[PCSC_TABLE_SYMBOLS] = TABLE(symbols, nr_symbols);
	t[PCSC_TABLE_PATHS] = TABLE(paths, nr_paths);
	t[PCSC_TABLE_SLOW] = TABLE(slow, nr_slow);
	t[PCSC_TABLE_EVENTS] = TABLE(events, nr_events);
	t[PCSC_TABLE_MARKS] = TABLE(marks, nr_marks);
	if (version < 4)
		older(&t[PCSC_TABLE_CALLERS], pcsc_rec_older_caller,
		      pcsc_rec_convert_caller);
	if (version < 3)
		older(&t[PCSC_TABLE_REGISTERS], pcsc_rec_older_register,
		      pcsc_rec_convert_register);
	if (version < 2)
		older(&t[PCSC_TABLE_HISTS], pcsc_rec_older_hist,
		      pcsc_rec_convert_hist);
}

/* 32-bit counts of structs this small cannot overflow 64 bits. */
uint64_t pcsc_rec_table_at(const struct pcsc_rec_header *h,
			   const struct pcsc_rec_table t[PCSC_TABLES], int n)
{
	uint64_t at = pcsc_rec_header_size(h->version);

	for (int i = 0; i < n; i++)
		at += (uint64_t)t[i].nr * t[i].stored;
	return at;
}
