// SPDX-License-Identifier: GPL-2.0-only
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>

#include "cleanup.h"
#include "core/text.h"
#include "save.h"
#include "talk.h"

#define CFG_SIZE 4096

/* A file that another build writes must mean the same here. */
_Static_assert(sizeof(struct pcsc_rec_header) == 216, "header");
_Static_assert(sizeof(struct pcsc_rec_function) == 68, "function");
_Static_assert(sizeof(struct pcsc_rec_register) == 96, "register");
_Static_assert(sizeof(struct pcsc_rec_hist) == 448, "histogram");

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

#define KNOWN_FLAGS (PCSC_REC_INCOMPLETE | PCSC_REC_SERVED)
#define KNOWN_FN_FLAGS                                       \
	(PCSC_REC_FN_IDS | PCSC_REC_FN_VF | PCSC_REC_FN_PF | \
	 PCSC_REC_FN_ROOT_BUS | PCSC_REC_FN_USER_DRIVER)

struct table {
	void *data;
	size_t size;
};

#define TABLES 3

static size_t hist_size(const struct pcsc_rec_header *h)
{
	return h->version == 1 ? sizeof(struct hist_v1) :
				 sizeof(struct pcsc_rec_hist);
}

/* The tables in the file's order; @hists are histograms of its version. */
static void tables_of(const struct pcsc_rec *rec, void *hists,
		      struct table t[TABLES])
{
	const struct pcsc_rec_header *h = &rec->header;

	t[0] = (struct table){ rec->functions,
			       h->nr_functions * sizeof(*rec->functions) };
	t[1] = (struct table){ rec->registers,
			       h->nr_registers * sizeof(*rec->registers) };
	t[2] = (struct table){ hists, h->nr_hists * hist_size(h) };
}

/* 32-bit counts of structs this small cannot overflow 64 bits. */
static uint64_t size_of(const struct pcsc_rec_header *h)
{
	return sizeof(*h) +
	       (uint64_t)h->nr_functions * sizeof(struct pcsc_rec_function) +
	       (uint64_t)h->nr_registers * sizeof(struct pcsc_rec_register) +
	       (uint64_t)h->nr_hists * hist_size(h);
}

static uint32_t checksum(const struct pcsc_rec *rec,
			 const struct table t[TABLES])
{
	struct pcsc_rec_header h = rec->header;
	uLong crc;

	h.crc32 = 0;
	crc = crc32_z(0, (const Bytef *)&h, sizeof(h));
	for (int i = 0; i < TABLES; i++)
		if (t[i].size)
			crc = crc32_z(crc, t[i].data, t[i].size);
	return crc;
}

void pcsc_rec_free(struct pcsc_rec *rec)
{
	if (!rec)
		return;
	free(rec->functions);
	free(rec->registers);
	free(rec->hists);
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
	h->file_size = size_of(h);
	tables_of(rec, rec->hists, t);
	h->crc32 = checksum(rec, t);
	for (int i = 0; i < TABLES; i++)
		parts[1 + i] = (struct iovec){ t[i].data, t[i].size };
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
		       struct pcsc_rec_header *h)
{
	int err;

	if (file_size < sizeof(*h))
		return pcsc_fail(
			-EBADMSG,
			"'%s' is not a recording: it has %llu of the %zu bytes of a header",
			path, (unsigned long long)file_size, sizeof(*h));
	err = read_all(fd, h, sizeof(*h));
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
	if (h->file_size != file_size || size_of(h) != file_size)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is cut off or damaged: it has %llu bytes, its header says %llu and its tables need %llu",
			path, (unsigned long long)file_size,
			(unsigned long long)h->file_size,
			(unsigned long long)size_of(h));
	return 0;
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

static void convert(struct pcsc_rec_hist *h, const struct hist_v1 *old)
{
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

/* The header was checked: no table is larger than the file. */
static int read_tables(int fd, const char *path, struct pcsc_rec *rec)
{
	const struct pcsc_rec_header *h = &rec->header;
	_cleanup_free_ struct hist_v1 *old = NULL;
	struct table t[TABLES];
	int err = 0;

	rec->functions =
		calloc(h->nr_functions + 1ull, sizeof(*rec->functions));
	rec->registers =
		calloc(h->nr_registers + 1ull, sizeof(*rec->registers));
	rec->hists = calloc(h->nr_hists + 1ull, sizeof(*rec->hists));
	if (h->version == 1)
		old = calloc(h->nr_hists + 1ull, sizeof(*old));
	if (!rec->functions || !rec->registers || !rec->hists ||
	    (h->version == 1 && !old))
		return pcsc_fail(-ENOMEM, "no memory left for '%s'", path);

	tables_of(rec, old ?: (void *)rec->hists, t);
	for (int i = 0; !err && i < TABLES; i++)
		err = read_all(fd, t[i].data, t[i].size);
	if (err)
		return pcsc_fail(err, "cannot read '%s': %s", path,
				 strerror(-err));
	if (checksum(rec, t) != h->crc32)
		return pcsc_fail(
			-EBADMSG,
			"'%s' is damaged: its checksum is %08x, not the %08x that its header says",
			path, checksum(rec, t), h->crc32);
	for (uint32_t i = 0; old && i < h->nr_hists; i++)
		convert(&rec->hists[i], &old[i]);
	return 0;
}

/* Text is printed as it is, so it must not be able to drive a terminal. */
static bool sane_header(const struct pcsc_rec_header *h)
{
	return !(h->flags & ~KNOWN_FLAGS) &&
	       pcsc_is_text(h->release, sizeof(h->release)) &&
	       pcsc_is_text(h->host, sizeof(h->host));
}

static uint64_t function_key(const struct pcsc_rec_function *f)
{
	return (uint64_t)f->domain << 16 | f->bus << 8 | f->devfn;
}

static bool sane_function(const struct pcsc_rec *rec, uint32_t i)
{
	const struct pcsc_rec_function *f = &rec->functions[i];

	return !(f->flags & ~KNOWN_FN_FLAGS) && !(f->class_code >> 24) &&
	       f->header_type <= 0x7f && f->cfg_size <= CFG_SIZE &&
	       pcsc_is_text(f->driver, sizeof(f->driver)) &&
	       (!i || function_key(f - 1) < function_key(f));
}

static bool is_width(uint8_t width)
{
	return width == 1 || width == 2 || width == 4;
}

static uint64_t register_key(const struct pcsc_rec_register *r)
{
	return (uint64_t)r->function << 32 | (uint64_t)r->offset << 16 |
	       r->width << 8 | r->family;
}

static bool sane_register(const struct pcsc_rec *rec, uint32_t i)
{
	const struct pcsc_rec_register *r = &rec->registers[i];

	return r->function < rec->header.nr_functions && is_width(r->width) &&
	       r->offset < CFG_SIZE && r->family < PCSC_REC_FAMILIES &&
	       r->all_ones <= r->reads &&
	       r->changes <= r->reads - r->all_ones &&
	       r->silent_changes <= r->changes &&
	       (!i || register_key(r - 1) < register_key(r));
}

static uint64_t hist_key(const struct pcsc_rec_hist *h)
{
	return (uint64_t)h->function << 16 | h->width << 8 | h->is_write;
}

static bool sane_hist(const struct pcsc_rec *rec, uint32_t i)
{
	const struct pcsc_rec_hist *h = &rec->hists[i];
	uint64_t sum = 0;

	for (int s = 0; s < PCSC_REC_SLOTS; s++)
		sum += h->slots[s];
	/* Slots are 32 bits wide and may have wrapped. */
	return h->function < rec->header.nr_functions && is_width(h->width) &&
	       h->is_write <= 1 && sum <= h->count &&
	       (!i || hist_key(h - 1) < hist_key(h));
}

static int check_rows(const struct pcsc_rec *rec, const char *path,
		      const char *what, uint32_t nr,
		      bool (*sane)(const struct pcsc_rec *rec, uint32_t i))
{
	for (uint32_t i = 0; i < nr; i++)
		if (!sane(rec, i))
			return pcsc_fail(
				-EBADMSG,
				"'%s' makes no sense: %s %u is out of range or out of order",
				path, what, i);
	return 0;
}

/* A checksum finds accidents only, since anybody can compute one. */
static int check_contents(const struct pcsc_rec *rec, const char *path)
{
	const struct pcsc_rec_header *h = &rec->header;

	if (!sane_header(h))
		return pcsc_fail(
			-EBADMSG,
			"'%s' makes no sense: its header has unknown flags or unprintable text",
			path);
	return check_rows(rec, path, "function", h->nr_functions, sane_function) ?:
		       check_rows(rec, path, "register", h->nr_registers, sane_register) ?:
		       check_rows(rec, path, "histogram", h->nr_hists,
				  sane_hist);
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

	err = read_header(fd, path, st.st_size, &rec->header) ?:
		      read_tables(fd, path, rec)	      ?:
		      check_contents(rec, path);
	if (!err)
		*out = TAKE_PTR(rec);
	return err;
}
