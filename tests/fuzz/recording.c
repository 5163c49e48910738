// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is what is not zero in a recording's file: a place, a length, and so many
 * bytes, again and again. What is taken is the same when it was written and is read
 * again, and a profile can be made of it; what is refused is refused with the file's
 * name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "fuzz.h"
#include "profile/profile.h"
#include "recording.h"
#include "save.h"

/* A row of each table in the file, in its order, by the version that it came with. */
static const struct {
	size_t nr; /* in the header */
	size_t size;
	uint32_t since;
	size_t old_size; /* before version 3, callers: before 4; 0: the same */
} tables[] = {
#define TABLE(nr, row, since, old)                                        \
	{                                                                 \
		offsetof(struct pcsc_rec_header, nr), sizeof(struct row), \
			since, old                                        \
	}
	TABLE(nr_functions, pcsc_rec_function, 1, 0),
	TABLE(nr_registers, pcsc_rec_register, 1, 96),
	TABLE(nr_hists, pcsc_rec_hist, 1, 0),
	TABLE(nr_callers, pcsc_rec_caller, 3, 16),
	TABLE(nr_uses, pcsc_rec_use, 3, 0),
	TABLE(nr_processes, pcsc_rec_process, 3, 0),
	TABLE(nr_caps, pcsc_rec_cap, 3, 0),
	TABLE(nr_visits, pcsc_rec_visit, 4, 0),
	TABLE(nr_waits, pcsc_rec_wait, 4, 0),
	TABLE(nr_stacks, pcsc_rec_stack, 4, 0),
	TABLE(nr_symbols, pcsc_rec_symbol, 4, 0),
	TABLE(nr_paths, pcsc_rec_path, 4, 0),
	TABLE(nr_slow, pcsc_rec_slow, 4, 0),
	TABLE(nr_events, pcsc_rec_event, 5, 0),
	TABLE(nr_marks, pcsc_rec_mark, 5, 0),
#undef TABLE
};

static size_t header_size(uint32_t version)
{
	if (version < 3)
		return offsetof(struct pcsc_rec_header, nr_callers);
	if (version < 4)
		return offsetof(struct pcsc_rec_header, nr_visits);
	return version < 5 ? offsetof(struct pcsc_rec_header, nr_events) :
			     sizeof(struct pcsc_rec_header);
}

static size_t row_size(size_t table, uint32_t version)
{
	if (table == 2 && version < 2)
		return 160;
	if (tables[table].old_size && version < (table == 3 ? 4 : 3))
		return tables[table].old_size;
	return tables[table].size;
}

/* How long a file with this header is. */
static uint64_t needed(const struct pcsc_rec_header *h)
{
	uint64_t size = header_size(h->version);
	uint32_t nr;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		if (h->version < tables[i].since)
			continue;
		memcpy(&nr, (const char *)h + tables[i].nr, sizeof(nr));
		size += nr * (uint64_t)row_size(i, h->version);
	}
	return size;
}

/* First byte: what is as the input says, however wrong. */
#define OWN_SIZE 1
#define OWN_FRAME \
	2 /* magic, version, checksum, and what the header says of its size */

static char *unfold(struct fuzz_input *in, size_t *size)
{
	static char file[1 << 16] __attribute__((aligned(8)));

	memset(file, 0, sizeof(file));
	*size = 0;
	while (in->size) {
		const size_t at = fuzz_u16(in);
		size_t n = fuzz_u8(in);

		if (n > sizeof(file) - at)
			n = sizeof(file) - at;
		if (n > in->size)
			n = in->size;
		fuzz_take(in, file + at, n);
		if (*size < at + n)
			*size = at + n;
	}
	return file;
}

/* Otherwise nothing behind the header would ever be looked at. */
static bool frame(char *file, size_t *size, bool own_size)
{
	struct pcsc_rec_header *h = (void *)file;

	memcpy(h->magic, PCSC_REC_MAGIC, sizeof(PCSC_REC_MAGIC));
	if (!h->version || h->version > PCSC_REC_VERSION)
		h->version = PCSC_REC_VERSION;
	h->file_size = needed(h);
	if (!own_size && h->file_size > 1 << 16)
		return false;
	if (!own_size)
		*size = h->file_size;
	h->crc32 = 0;
	h->crc32 = crc32(0, (const Bytef *)file, *size);
	return true;
}

/* ---- files without a disk ---- */

static int file_of(const void *data, size_t size)
{
	int fd = memfd_create("fuzz.rec", 0);

	if (fd < 0 || pcsc_write_all(fd, data, size))
		abort();
	return fd;
}

static const char *path_of(int fd)
{
	static char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static struct pcsc_rec *load(int fd)
{
	const char *path = path_of(fd);
	struct pcsc_rec *rec = NULL;
	int err;

	fuzz_listen();
	err = pcsc_rec_load(path, &rec);
	MUST(!err == !!rec && !err == !*fuzz_heard(), "%d: %s", err,
	     fuzz_heard());
	if (err) {
		MUST(err == -EBADMSG, "%d: %s", err, fuzz_heard());
		MUST(strstr(fuzz_heard(), path), "no file: %s", fuzz_heard());
	}
	return rec;
}

/* Standard output is a file of ours while it is written to. */
static int save(struct pcsc_rec *rec)
{
	int out = dup(STDOUT_FILENO);
	int fd = memfd_create("fuzz.out", 0);

	if (out < 0 || fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		abort();
	MUST(!pcsc_rec_save(rec, "-"), "what was taken is not written: %s",
	     fuzz_heard());
	dup2(out, STDOUT_FILENO);
	close(out);
	return fd;
}

static bool same(int a, int b)
{
	off_t size = lseek(a, 0, SEEK_END);
	void *at, *other;
	bool is_same;

	if (size != lseek(b, 0, SEEK_END))
		return false;
	at = mmap(NULL, size, PROT_READ, MAP_SHARED, a, 0);
	other = mmap(NULL, size, PROT_READ, MAP_SHARED, b, 0);
	if (at == MAP_FAILED || other == MAP_FAILED)
		abort();
	is_same = !memcmp(at, other, size);
	munmap(at, size);
	munmap(other, size);
	return is_same;
}

static void write_and_read(struct pcsc_rec *rec)
{
	int fd = save(rec), again;
	struct pcsc_rec *other = load(fd);

	MUST(other, "what was written is refused: %s", fuzz_heard());
	again = save(other);
	MUST(same(fd, again), "written again it is another file");
	pcsc_rec_free(other);
	close(fd);
	close(again);
}

/* ---- what is made of it ---- */

static void make_profile(struct pcsc_rec *rec)
{
	_cleanup_prof_ struct profile *prof = NULL, *other = NULL;
	_cleanup_free_ char *text = NULL;
	struct profile_tally tally = {};

	fuzz_listen();
	if (!profile_generate(&rec, 1, "fuzz", &prof, &tally)) {
		MUST(!profile_check("generated", prof, false),
		     "what was generated is refused: %s", fuzz_heard());
		MUST(!profile_dump(prof, &text) &&
			     !profile_parse("generated", text, strlen(text),
					    &other) &&
			     !profile_check("generated", other, false),
		     "what was generated is refused as JSON: %s\n%s",
		     fuzz_heard(), text ? text : "");
	}
	free(tally.left_out);
}

static void check(const void *data, size_t size)
{
	int fd = file_of(data, size);
	struct pcsc_rec *rec = load(fd);

	if (rec) {
		write_and_read(rec);
		make_profile(rec);
	}
	pcsc_rec_free(rec);
	close(fd);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	const u8 how = fuzz_u8(&in);
	char *file = unfold(&in, &size);

	if (how & OWN_FRAME || frame(file, &size, how & OWN_SIZE))
		check(file, size);
	return 0;
}
