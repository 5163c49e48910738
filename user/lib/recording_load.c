// SPDX-License-Identifier: GPL-2.0-only
/* Reading a recording's file: once, block by block, each block checked before the next. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>

#include "cleanup.h"
#include "recording_check.h"
#include "recording_rows.h"
#include "save.h"
#include "talk.h"

struct load {
	struct pcsc_rec *rec;
	const char *path; /* for messages */
	int fd;
	bool in_file; /* nothing is kept but the functions */
	uint64_t size, at;
	uint32_t crc;
	void *stored, *block; /* room for rows that are not kept */
	const char *bad; /* what kind of row makes no sense, and which */
	uint32_t bad_row;
};

static void load_clear(struct load *load)
{
	pcsc_rec_free(load->rec);
	pcsc_closep(&load->fd);
	free(load->stored);
	free(load->block);
}

static int cannot_read(const struct load *load, int err)
{
	return pcsc_fail(err, "cannot read '%s': %s", load->path,
			 strerror(-err));
}

/* ---- header ---- */

static int read_header(struct load *load)
{
	const uint64_t file_size = load->size;
	struct pcsc_rec_header *h = &load->rec->header;
	struct pcsc_rec_table t[PCSC_TABLES];
	uint64_t need;
	int err;

	if (file_size < PCSC_REC_LEAST_HEADER)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is not a recording: it has %llu of the %zu bytes of a header",
			load->path, (unsigned long long)file_size,
			PCSC_REC_LEAST_HEADER);
	err = pcsc_rec_read_at(load->fd, &load->at, h, PCSC_REC_LEAST_HEADER);
	if (err)
		return cannot_read(load, err);
	if (memcmp(h->magic, PCSC_REC_MAGIC, sizeof(PCSC_REC_MAGIC)))
		return pcsc_fail(
			-EBADMSG,
			"'%s' is not a recording: it does not begin with " PCSC_REC_MAGIC
			"; if it is packed, unpack it into standard input, whose name is -",
			load->path);
	if (!h->version || h->version > PCSC_REC_VERSION)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is a recording of version %u, or of a host of another byte order; this tool reads versions 1 to %u",
			load->path, h->version, PCSC_REC_VERSION);
	err = pcsc_rec_read_at(load->fd, &load->at, &h->nr_callers,
			       pcsc_rec_header_size(h->version) -
				       PCSC_REC_LEAST_HEADER);
	pcsc_rec_tables(load->rec, t);
	need = pcsc_rec_table_at(h, t, PCSC_TABLES);
	if (err || h->file_size != file_size || need != file_size)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is cut off or damaged: it has %llu bytes, its header says %llu and its tables need %llu",
			load->path, (unsigned long long)file_size,
			(unsigned long long)h->file_size,
			(unsigned long long)need);
	return 0;
}

/* ---- tables ---- */

/* The first row that makes no sense is what is said, once the checksum is known. */
static void check_rows(struct load *load, int table, const char *rows,
		       size_t size, uint32_t first, uint32_t nr)
{
	const struct pcsc_rec_check *check = &pcsc_rec_checks[table];

	for (uint32_t i = 0; i < nr && !load->bad; i++)
		if (!check->sane(&load->rec->header, rows + i * size,
				 !(first + i))) {
			load->bad = check->what;
			load->bad_row = first + i;
		}
}

/* Rows that are not kept pass through one block, with the last of the block before in front. */
static int read_table(struct load *load, int table,
		      const struct pcsc_rec_table *t)
{
	const bool keep = !load->in_file || table == PCSC_TABLE_FUNCTIONS;
	const bool in_file = load->in_file && table == PCSC_TABLE_REGISTERS;
	char *rows = NULL, *block = load->block;
	uint32_t n;
	int err;

	if (keep) {
		rows = calloc(t->nr + 1ull, t->size);
		*t->rows = rows;
		if (!rows)
			return -ENOMEM;
	}
	if (in_file)
		load->rec->file->crc[0] = load->crc;
	for (uint32_t at = 0; at < t->nr; at += n) {
		n = t->nr - at < PCSC_REC_BLOCK ? t->nr - at : PCSC_REC_BLOCK;
		block = keep ? rows + at * t->size :
			       (char *)load->block + t->size;
		err = pcsc_rec_read_rows(load->fd, &load->at, t, n, block,
					 load->stored, &load->crc);
		if (err)
			return err;
		check_rows(load, table, block, t->size, at, n);
		if (in_file && !load->bad)
			pcsc_rec_file_note(load->rec->file, (void *)block, at,
					   n, load->crc);
		if (!keep)
			memcpy(load->block, block + (n - 1) * t->size, t->size);
	}
	return 0;
}

/* The header was checked: no table is larger than the file. */
static int read_tables(struct load *load)
{
	struct pcsc_rec *rec = load->rec;
	struct pcsc_rec_table t[PCSC_TABLES];
	int err = 0;

	load->block = calloc(PCSC_REC_BLOCK + 1, PCSC_REC_LARGEST_ROW);
	load->stored = calloc(PCSC_REC_BLOCK, PCSC_REC_LARGEST_ROW);
	if (!load->block || !load->stored)
		err = -ENOMEM;
	if (!err && load->in_file) {
		rec->file = pcsc_rec_file_new(rec, load->path);
		err = rec->file ? 0 : -ENOMEM;
	}
	load->crc = pcsc_rec_header_checksum(rec->header);
	pcsc_rec_tables(rec, t);
	for (int i = 0; !err && i < PCSC_TABLES; i++)
		err = read_table(load, i, &t[i]);
	return err ? cannot_read(load, err) : 0;
}

static int say_what_is_wrong(const struct load *load)
{
	const struct pcsc_rec_header *h = &load->rec->header;

	if (load->crc != h->crc32)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is damaged: its checksum is %08x, not the %08x that its header says",
			load->path, load->crc, h->crc32);
	if (!pcsc_rec_header_is_sane(h))
		return pcsc_fail(
			-EBADMSG,
			"'%s' makes no sense: its header has unknown flags, a time past its end or unprintable text",
			load->path);
	if (load->bad)
		return pcsc_fail(
			-EBADMSG,
			"'%s' makes no sense: %s %u is out of range or out of order",
			load->path, load->bad, load->bad_row);
	return 0;
}

/* ---- files ---- */

/* A header's counts are believed only if the file's size is known: a pipe is copied first. */
static int spool_stdin(void)
{
	_cleanup_close_ int fd = memfd_create("recording", MFD_CLOEXEC);
	char buf[65536];
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return -errno;
	while (!err) {
		n = read(STDIN_FILENO, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		err = pcsc_write_all(fd, buf, n);
	}
	if (!err && n < 0)
		err = -errno;
	return err ?: TAKE_FD(fd);
}

static int open_input(const char *path)
{
	int fd;

	if (pcsc_is_standard(path))
		return spool_stdin();
	/* O_NONBLOCK, so that a FIFO does not hang us: it is refused later. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static int open_file(struct load *load)
{
	const char *path = load->path;
	struct stat st;

	load->rec = calloc(1, sizeof(*load->rec));
	if (!load->rec)
		return pcsc_fail(-ENOMEM, "no memory left for '%s'", path);
	load->fd = open_input(path);
	if (load->fd < 0)
		return pcsc_fail(load->fd, "cannot open '%s': %s", path,
				 strerror(-load->fd));
	if (pcsc_is_standard(path))
		load->path = "standard input";
	if (fstat(load->fd, &st)) {
		const int err = -errno;

		return pcsc_fail(err, "cannot open '%s': %s", load->path,
				 strerror(-err));
	}
	if (!S_ISREG(st.st_mode))
		return pcsc_fail(
			-EINVAL,
			"'%s' is not a regular file; standard input is called -",
			load->path);
	load->size = st.st_size;
	return 0;
}

static int load_file(const char *path, bool in_file, struct pcsc_rec **out)
{
	_cleanup_(load_clear) struct load load = { .path = path,
						   .fd = -1,
						   .in_file = in_file };
	int err;

	err = open_file(&load)		 ?:
		      read_header(&load) ?:
		      read_tables(&load) ?:
					   say_what_is_wrong(&load);
	if (err)
		return err;
	if (load.rec->file) {
		pcsc_rec_file_noted(load.rec->file,
				    load.rec->header.nr_functions);
		if (pcsc_is_standard(path))
			load.rec->file->fd = TAKE_FD(load.fd);
	}
	*out = TAKE_PTR(load.rec);
	return 0;
}

int pcsc_rec_load(const char *path, struct pcsc_rec **out)
{
	return load_file(path, false, out);
}

int pcsc_rec_open(const char *path, struct pcsc_rec **out)
{
	return load_file(path, true, out);
}
