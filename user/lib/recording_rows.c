// SPDX-License-Identifier: GPL-2.0-only
#include "recording_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zlib.h>

#include "cleanup.h"
#include "recording_check.h"
#include "talk.h"

/* ---- what is noted of a file ---- */

static uint32_t nr_blocks(uint32_t nr_rows)
{
	return nr_rows / PCSC_REC_BLOCK + !!(nr_rows % PCSC_REC_BLOCK);
}

struct pcsc_rec_file *pcsc_rec_file_new(struct pcsc_rec *rec, const char *path)
{
	const struct pcsc_rec_header *h = &rec->header;
	struct pcsc_rec_file *file = calloc(1, sizeof(*file));
	struct pcsc_rec_table t[PCSC_TABLES];

	if (!file)
		return NULL;
	pcsc_rec_tables(rec, t);
	file->fd = -1;
	file->at = pcsc_rec_table_at(h, t, PCSC_TABLE_REGISTERS);
	file->path = strdup(path);
	file->crc =
		calloc(nr_blocks(h->nr_registers) + 1ull, sizeof(*file->crc));
	file->first = calloc(h->nr_functions + 1ull, sizeof(*file->first));
	if (file->path && file->crc && file->first)
		return file;
	pcsc_rec_file_free(file);
	return NULL;
}

void pcsc_rec_file_free(struct pcsc_rec_file *file)
{
	if (!file)
		return;
	pcsc_closep(&file->fd);
	free(file->path);
	free(file->crc);
	free(file->first);
	free(file);
}

void pcsc_rec_file_note(struct pcsc_rec_file *file,
			const struct pcsc_rec_register *rows, uint32_t first,
			uint32_t nr, uint32_t crc)
{
	/* The last of each function says where the next one begins. */
	for (uint32_t i = 0; i < nr; i++)
		file->first[rows[i].function + 1] = first + i + 1;
	file->crc[nr_blocks(first + nr)] = crc;
}

void pcsc_rec_file_noted(struct pcsc_rec_file *file, uint32_t nr_functions)
{
	/* Functions without registers have their end where they begin. */
	for (uint32_t i = 0; i < nr_functions; i++)
		if (file->first[i + 1] < file->first[i])
			file->first[i + 1] = file->first[i];
}

/* ---- reading ---- */

int pcsc_rec_read_at(int fd, uint64_t *at, void *data, size_t size)
{
	while (size) {
		ssize_t n = pread(fd, data, size, *at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EBADMSG;
		data = (char *)data + n;
		size -= n;
		*at += n;
	}
	return 0;
}

int pcsc_rec_read_rows(int fd, uint64_t *at, const struct pcsc_rec_table *t,
		       uint32_t nr, void *rows, void *stored, uint32_t *crc)
{
	void *in = t->convert ? stored : rows;
	int err = pcsc_rec_read_at(fd, at, in, nr * t->stored);

	if (err)
		return err;
	*crc = crc32_z(*crc, in, nr * t->stored);
	for (uint32_t i = 0; t->convert && i < nr; i++)
		t->convert((char *)rows + i * t->size,
			   (char *)stored + i * t->stored);
	return 0;
}

static int changed(const struct pcsc_rec_file *file)
{
	return pcsc_fail(
		-EBADMSG,
		"'%s' was changed while it was read: its registers are not those that were checked; begin again when nobody writes it",
		file->path);
}

static int open_again(const struct pcsc_rec_file *file)
{
	int fd = file->fd >= 0 ?
			 fcntl(file->fd, F_DUPFD_CLOEXEC, 0) :
			 open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? pcsc_fail(-errno, "cannot open '%s' again: %s",
				  file->path, strerror(errno)) :
			fd;
}

/* Blocks from @block to @end, into @rows. */
static int read_blocks(struct pcsc_rec *rec, uint32_t block, uint32_t end,
		       struct pcsc_rec_register *rows, void *stored)
{
	const struct pcsc_rec_file *file = rec->file;
	_cleanup_close_ int fd = open_again(file);
	struct pcsc_rec_table t[PCSC_TABLES], *registers;
	uint64_t at;
	int err;

	if (fd < 0)
		return fd;
	pcsc_rec_tables(rec, t);
	registers = &t[PCSC_TABLE_REGISTERS];
	at = file->at + (uint64_t)block * PCSC_REC_BLOCK * registers->stored;
	for (; block < end; block++, rows += PCSC_REC_BLOCK) {
		const uint32_t left = registers->nr - block * PCSC_REC_BLOCK;
		uint32_t crc = file->crc[block];

		err = pcsc_rec_read_rows(fd, &at, registers,
					 left < PCSC_REC_BLOCK ? left :
								 PCSC_REC_BLOCK,
					 rows, stored, &crc);
		if (err == -EBADMSG || (!err && crc != file->crc[block + 1]))
			return changed(file);
		if (err)
			return pcsc_fail(err, "cannot read '%s': %s",
					 file->path, strerror(-err));
	}
	return 0;
}

/* A checksum is no proof against somebody who writes the file meanwhile. */
static int check_again(const struct pcsc_rec *rec,
		       const struct pcsc_rec_rows *rows)
{
	const struct pcsc_rec_check *check =
		&pcsc_rec_checks[PCSC_TABLE_REGISTERS];

	for (uint32_t i = 0; i < rows->nr; i++)
		if (!check->sane(&rec->header, &rows->row[i], !i) ||
		    rows->row[i].function != rows->function)
			return changed(rec->file);
	return 0;
}

/* ---- the registers of one function ---- */

/* The first register, in memory, of this function or one behind it. */
static uint32_t first_of(const struct pcsc_rec *rec, uint64_t function)
{
	uint32_t low = 0, high = rec->header.nr_registers;

	while (low < high) {
		const uint32_t mid = low + (high - low) / 2;

		if (rec->registers[mid].function < function)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static int grow(struct pcsc_rec_rows *rows, size_t room)
{
	struct pcsc_rec_register *more;

	if (room <= rows->room)
		return 0;
	more = reallocarray(rows->own, room, sizeof(*more));
	if (!more)
		return -ENOMEM;
	rows->own = more;
	rows->room = room;
	return 0;
}

static int read_function(struct pcsc_rec *rec, struct pcsc_rec_rows *rows)
{
	const uint32_t *first = &rec->file->first[rows->function];
	const uint32_t block = first[0] / PCSC_REC_BLOCK;
	const uint32_t end = nr_blocks(first[1]);
	int err;

	rows->nr = first[1] - first[0];
	if (!rows->nr)
		return 0;
	if (!rows->stored)
		rows->stored = calloc(PCSC_REC_BLOCK, sizeof(*rows->own));
	if (!rows->stored || grow(rows, (size_t)(end - block) * PCSC_REC_BLOCK))
		return -ENOMEM;
	err = read_blocks(rec, block, end, rows->own, rows->stored);
	rows->row = rows->own + first[0] % PCSC_REC_BLOCK;
	return err ?: check_again(rec, rows);
}

int pcsc_rec_registers(struct pcsc_rec *rec, uint32_t function,
		       struct pcsc_rec_rows *rows)
{
	int err = 0;

	if (rows->of == rec && rows->function == function)
		return 0;
	rows->of = NULL;
	rows->function = function;
	if (rec->file) {
		err = read_function(rec, rows);
	} else {
		rows->row = rec->registers + first_of(rec, function);
		rows->nr = rec->registers + first_of(rec, function + 1ull) -
			   rows->row;
	}
	if (!err)
		rows->of = rec;
	return err;
}

void pcsc_rec_rows_free(struct pcsc_rec_rows *rows)
{
	free(rows->own);
	free(rows->stored);
	*rows = (struct pcsc_rec_rows){};
}
