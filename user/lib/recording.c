// SPDX-License-Identifier: GPL-2.0-only
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>

#include "cleanup.h"
#include "recording_check.h"
#include "save.h"
#include "talk.h"

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

/* What version 4 has of the header. */
#define HEADER_V4 offsetof(struct pcsc_rec_header, nr_events)

_Static_assert(HEADER_V4 == 280, "version 4");

/* What version 3 has of the header and of a caller. */
#define HEADER_V3 offsetof(struct pcsc_rec_header, nr_visits)
#define CALLER_V3 offsetof(struct pcsc_rec_caller, attribute)

_Static_assert(HEADER_V3 == 240 && CALLER_V3 == 16, "version 3");

/* What version 2 has of the header and of a register. */
#define HEADER_V2 offsetof(struct pcsc_rec_header, nr_callers)
#define REGISTER_V2 offsetof(struct pcsc_rec_register, write_sum_ns)

_Static_assert(HEADER_V2 == 216 && REGISTER_V2 == 96, "version 2");

#define OCTAVES 32

/* A histogram of version 1: slot n has 2^n <= ns < 2^(n+1), slot 0 has 0 too. */
struct hist_v1 {
	uint32_t function;
	uint8_t width;
	uint8_t is_write;
	uint16_t pad;
	uint64_t count;
	uint64_t sum_ns;
	uint64_t max_ns;
	uint32_t slots[OCTAVES];
};

_Static_assert(sizeof(struct hist_v1) == 160, "histogram of version 1");

/* One kind of row, in a recording's memory and in its file. */
struct table {
	void **rows; /* the pointer in struct pcsc_rec */
	size_t size; /* of a row in memory */
	size_t stored; /* of a row in the file */
	uint32_t nr;
	void (*convert)(void *row, const void *stored); /* if these differ */
};

#define TABLES 15

static void convert_caller(void *row, const void *stored);
static void convert_register(void *row, const void *stored);
static void convert_hist(void *row, const void *stored);

#define TABLE(rows, nr)                                                      \
	(struct table)                                                       \
	{                                                                    \
		(void **)&rec->rows, sizeof(*rec->rows), sizeof(*rec->rows), \
			rec->header.nr, NULL,                                \
	}

/* The tables in the file's order, as the header's version has them. */
static void tables_of(struct pcsc_rec *rec, struct table t[TABLES])
{
	t[0] = TABLE(functions, nr_functions);
	t[1] = TABLE(registers, nr_registers);
	t[2] = TABLE(hists, nr_hists);
	t[3] = TABLE(callers, nr_callers);
	t[4] = TABLE(uses, nr_uses);
	t[5] = TABLE(processes, nr_processes);
	t[6] = TABLE(caps, nr_caps);
	t[7] = TABLE(visits, nr_visits);
	t[8] = TABLE(waits, nr_waits);
	t[9] = TABLE(stacks, nr_stacks);
	t[10] = TABLE(symbols, nr_symbols);
	t[11] = TABLE(paths, nr_paths);
	t[12] = TABLE(slow, nr_slow);
	t[13] = TABLE(events, nr_events);
	t[14] = TABLE(marks, nr_marks);
	if (rec->header.version < 4) {
		t[3].stored = CALLER_V3;
		t[3].convert = convert_caller;
	}
	if (rec->header.version < 3) {
		t[1].stored = REGISTER_V2;
		t[1].convert = convert_register;
	}
	if (rec->header.version < 2) {
		t[2].stored = sizeof(struct hist_v1);
		t[2].convert = convert_hist;
	}
}

static size_t header_size(uint32_t version)
{
	if (version < 3)
		return HEADER_V2;
	if (version < 4)
		return HEADER_V3;
	return version < 5 ? HEADER_V4 : sizeof(struct pcsc_rec_header);
}

/* 32-bit counts of structs this small cannot overflow 64 bits. */
static uint64_t size_of(const struct pcsc_rec_header *h,
			const struct table t[TABLES])
{
	uint64_t size = header_size(h->version);

	for (int i = 0; i < TABLES; i++)
		size += (uint64_t)t[i].nr * t[i].stored;
	return size;
}

static uint32_t header_checksum(struct pcsc_rec_header h)
{
	h.crc32 = 0;
	return crc32_z(0, (const Bytef *)&h, header_size(h.version));
}

static uint32_t add_checksum(uint32_t crc, const void *rows, size_t size)
{
	return size ? crc32_z(crc, rows, size) : crc;
}

void pcsc_rec_free(struct pcsc_rec *rec)
{
	if (!rec)
		return;
	free(rec->functions);
	free(rec->registers);
	free(rec->hists);
	free(rec->callers);
	free(rec->uses);
	free(rec->processes);
	free(rec->caps);
	free(rec->visits);
	free(rec->waits);
	free(rec->stacks);
	free(rec->symbols);
	free(rec->paths);
	free(rec->slow);
	free(rec->events);
	free(rec->marks);
	free(rec);
}

static void rec_freep(struct pcsc_rec **rec)
{
	pcsc_rec_free(*rec);
}

/* ---- save ---- */

int pcsc_rec_save(struct pcsc_rec *rec, const char *path)
{
	struct pcsc_rec_header *h = &rec->header;
	struct iovec parts[1 + TABLES] = { { h, sizeof(*h) } };
	struct table t[TABLES];

	memset(h->magic, 0, sizeof(h->magic));
	memcpy(h->magic, PCSC_REC_MAGIC, sizeof(PCSC_REC_MAGIC));
	h->version = PCSC_REC_VERSION;
	tables_of(rec, t);
	h->file_size = size_of(h, t);
	h->crc32 = header_checksum(*h);
	for (int i = 0; i < TABLES; i++) {
		struct iovec *part = &parts[1 + i];

		*part = (struct iovec){ *t[i].rows, t[i].nr * t[i].size };
		h->crc32 =
			add_checksum(h->crc32, part->iov_base, part->iov_len);
	}
	return pcsc_save(path, parts, 1 + TABLES, PCSC_SAVE_PRIVATE);
}

/* ---- load ---- */

static int read_all(int fd, void *data, size_t size)
{
	while (size) {
		ssize_t n = read(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EBADMSG;
		data = (char *)data + n;
		size -= n;
	}
	return 0;
}

static int read_header(int fd, const char *path, uint64_t file_size,
		       struct pcsc_rec *rec)
{
	struct pcsc_rec_header *h = &rec->header;
	struct table t[TABLES];
	int err;

	if (file_size < HEADER_V2)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is not a recording: it has %llu of the %zu bytes of a header",
			path, (unsigned long long)file_size, HEADER_V2);
	err = read_all(fd, h, HEADER_V2);
	if (err)
		return pcsc_fail(err, "cannot read '%s': %s", path,
				 strerror(-err));
	if (memcmp(h->magic, PCSC_REC_MAGIC, sizeof(PCSC_REC_MAGIC)))
		return pcsc_fail(
			-EBADMSG,
			"'%s' is not a recording: it does not begin with " PCSC_REC_MAGIC,
			path);
	if (!h->version || h->version > PCSC_REC_VERSION)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is a recording of version %u, or of a host of another byte order; this tool reads versions 1 to %u",
			path, h->version, PCSC_REC_VERSION);
	err = read_all(fd, (char *)h + HEADER_V2,
		       header_size(h->version) - HEADER_V2);
	tables_of(rec, t);
	if (err || h->file_size != file_size || size_of(h, t) != file_size)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is cut off or damaged: it has %llu bytes, its header says %llu and its tables need %llu",
			path, (unsigned long long)file_size,
			(unsigned long long)h->file_size,
			(unsigned long long)size_of(h, t));
	return 0;
}

/* ---- older versions ---- */

static void convert_caller(void *row, const void *stored)
{
	memcpy(row, stored, CALLER_V3);
}

/* Only where all accesses were of one kind is it known whose the latency was. */
static void convert_register(void *row, const void *stored)
{
	struct pcsc_rec_register *r = row;

	memcpy(r, stored, REGISTER_V2);
	r->nr_written = 0;
	if (r->writes && !r->reads) {
		r->write_sum_ns = r->latency_sum_ns;
		r->write_max_ns = r->latency_max_ns;
	} else {
		r->read_max_ns = r->latency_max_ns;
	}
}

/* An octave's count is spread evenly over its slots, since nothing finer is known. */
static void spread(uint32_t slots[PCSC_REC_SLOTS], int octave, uint32_t n)
{
	int slot = (octave - PCSC_SLOTS_FIRST_OCTAVE) * PCSC_SLOTS_PER_OCTAVE;

	if (octave < PCSC_SLOTS_FIRST_OCTAVE) {
		slots[0] += n;
		return;
	}
	for (uint32_t i = 0; i < PCSC_SLOTS_PER_OCTAVE; i++)
		slots[slot + i] += (n + i) / PCSC_SLOTS_PER_OCTAVE;
}

static void convert_hist(void *row, const void *stored)
{
	const struct hist_v1 *old = stored;
	struct pcsc_rec_hist *h = row;

	*h = (struct pcsc_rec_hist){
		.function = old->function,
		.width = old->width,
		.is_write = old->is_write,
		.count = old->count,
		.sum_ns = old->sum_ns,
		.max_ns = old->max_ns,
	};
	for (int i = 0; i < OCTAVES; i++)
		spread(h->slots, i, old->slots[i]);
}

/* ---- tables ---- */

static int read_table(int fd, const struct table *t, uint32_t *crc)
{
	_cleanup_free_ char *old = NULL;
	size_t size = t->nr * t->stored;
	char *rows = calloc(t->nr + 1ull, t->size);
	int err;

	*t->rows = rows;
	if (t->convert)
		old = calloc(t->nr + 1ull, t->stored);
	if (!rows || (t->convert && !old))
		return -ENOMEM;
	err = read_all(fd, old ?: rows, size);
	if (err)
		return err;
	*crc = add_checksum(*crc, old ?: rows, size);
	for (uint32_t i = 0; old && i < t->nr; i++)
		t->convert(rows + i * t->size, old + i * t->stored);
	return 0;
}

/* The header was checked: no table is larger than the file. */
static int read_tables(int fd, const char *path, struct pcsc_rec *rec)
{
	uint32_t crc = header_checksum(rec->header);
	struct table t[TABLES];
	int err = 0;

	tables_of(rec, t);
	for (int i = 0; !err && i < TABLES; i++)
		err = read_table(fd, &t[i], &crc);
	if (err)
		return pcsc_fail(err, "cannot read '%s': %s", path,
				 strerror(-err));
	if (crc != rec->header.crc32)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is damaged: its checksum is %08x, not the %08x that its header says",
			path, crc, rec->header.crc32);
	return 0;
}

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
	if (!err && (n < 0 || lseek(fd, 0, SEEK_SET)))
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

int pcsc_rec_load(const char *path, struct pcsc_rec **out)
{
	_cleanup_(rec_freep) struct pcsc_rec *rec = calloc(1, sizeof(*rec));
	_cleanup_close_ int fd = -1;
	struct stat st;
	int err;

	if (!rec)
		return pcsc_fail(-ENOMEM, "no memory left for '%s'", path);
	fd = open_input(path);
	if (fd < 0)
		return pcsc_fail(fd, "cannot open '%s': %s", path,
				 strerror(-fd));
	if (pcsc_is_standard(path))
		path = "standard input";
	if (fstat(fd, &st)) {
		err = -errno;
		return pcsc_fail(err, "cannot open '%s': %s", path,
				 strerror(-err));
	}
	if (!S_ISREG(st.st_mode))
		return pcsc_fail(-EINVAL, "'%s' is not a regular file", path);

	err = read_header(fd, path, st.st_size, rec) ?:
		      read_tables(fd, path, rec)     ?:
						       pcsc_rec_check(rec, path);
	if (!err)
		*out = TAKE_PTR(rec);
	return err;
}
