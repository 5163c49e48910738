/* SPDX-License-Identifier: GPL-2.0-only */
/* The tables of a recording, in memory and in its file: what saving, reading and checking share. */
#ifndef PCSC_RECORDING_TABLES_H
#define PCSC_RECORDING_TABLES_H

#include "recording.h"

/* In the file's order. */
enum pcsc_rec_index {
	PCSC_TABLE_FUNCTIONS,
	PCSC_TABLE_REGISTERS,
	PCSC_TABLE_HISTS,
	PCSC_TABLE_CALLERS,
	PCSC_TABLE_USES,
	PCSC_TABLE_PROCESSES,
	PCSC_TABLE_CAPS,
	PCSC_TABLE_VISITS,
	PCSC_TABLE_WAITS,
	PCSC_TABLE_STACKS,
	PCSC_TABLE_SYMBOLS,
	PCSC_TABLE_PATHS,
	PCSC_TABLE_SLOW,
	PCSC_TABLE_EVENTS,
	PCSC_TABLE_MARKS,
	PCSC_TABLES,
};

/* One kind of row. */
struct pcsc_rec_table {
	void **rows; /* the pointer in struct pcsc_rec */
	size_t size; /* of a row in memory */
	size_t stored; /* of a row in the file */
	uint32_t nr;
	void (*convert)(void *row, const void *stored); /* if these differ */
};

/* Bytes of any row have room in so many. */
#define PCSC_REC_LARGEST_ROW sizeof(struct pcsc_rec_hist)

/* What the oldest version has of the header. */
#define PCSC_REC_LEAST_HEADER offsetof(struct pcsc_rec_header, nr_callers)

size_t pcsc_rec_header_size(uint32_t version);

/* Of the header, with crc32 taken as 0. */
uint32_t pcsc_rec_header_checksum(struct pcsc_rec_header h);

/* The tables of @rec, as its header's version has them. */
void pcsc_rec_tables(struct pcsc_rec *rec,
		     struct pcsc_rec_table t[PCSC_TABLES]);

/* Where table @n begins in the file; PCSC_TABLES: the file's size. */
uint64_t pcsc_rec_table_at(const struct pcsc_rec_header *h,
			   const struct pcsc_rec_table t[PCSC_TABLES], int n);

/* recording_older.c: rows of versions before this one. */
void pcsc_rec_convert_caller(void *row, const void *stored);
void pcsc_rec_convert_register(void *row, const void *stored);
void pcsc_rec_convert_hist(void *row, const void *stored);

/* Sizes of the rows that these take. */
extern const size_t pcsc_rec_older_caller, pcsc_rec_older_register,
	pcsc_rec_older_hist;

#endif
