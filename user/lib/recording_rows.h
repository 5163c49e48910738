/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers that stay in a recording's file. While the file is checked, the checksum up
 * to each block of registers is noted. A block that is read again must continue it to the
 * next one, so that nothing is used but what was checked.
 */
#ifndef PCSC_RECORDING_ROWS_H
#define PCSC_RECORDING_ROWS_H

#include "recording_tables.h"

/* Rows that are read and checked at once. */
#define PCSC_REC_BLOCK 512u

struct pcsc_rec_file {
	char *path; /* for messages, too */
	int fd; /* of what cannot be opened again, or -1 */
	uint64_t at; /* where the registers begin */
	uint32_t *crc; /* up to each block, and behind the last */
	uint32_t *first; /* register of each function; one more for the end */
};

/* For @rec, whose header was read. NULL without memory. */
struct pcsc_rec_file *pcsc_rec_file_new(struct pcsc_rec *rec, const char *path);
void pcsc_rec_file_free(struct pcsc_rec_file *file);

/* The next @nr registers, which are sane, and the checksum up to their last. */
void pcsc_rec_file_note(struct pcsc_rec_file *file,
			const struct pcsc_rec_register *rows, uint32_t first,
			uint32_t nr, uint32_t crc);

/* After the last of them. */
void pcsc_rec_file_noted(struct pcsc_rec_file *file, uint32_t nr_functions);

/* Read @size bytes at *@at, and move it on. 0, -EBADMSG if the file ends, or another errno. */
int pcsc_rec_read_at(int fd, uint64_t *at, void *data, size_t size);

/* @nr rows of @t at *@at; @stored has room for them as they are in the file. */
int pcsc_rec_read_rows(int fd, uint64_t *at, const struct pcsc_rec_table *t,
		       uint32_t nr, void *rows, void *stored, uint32_t *crc);

#endif
