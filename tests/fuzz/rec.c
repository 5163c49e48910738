// SPDX-License-Identifier: GPL-2.0-only
#include "rec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "fuzz.h"
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

int fuzz_file_of(const void *data, size_t size)
{
	int fd = memfd_create("fuzz.rec", 0);

	if (fd < 0 || pcsc_write_all(fd, data, size))
		abort();
	return fd;
}

const char *fuzz_path_of(int fd)
{
	static char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

bool fuzz_recording(struct fuzz_input *in, char **file, size_t *size)
{
	const u8 how = fuzz_u8(in);

	*file = unfold(in, size);
	return how & OWN_FRAME || frame(*file, size, how & OWN_SIZE);
}

struct output {
	int kept;
	int fd;
};

static struct output output = { -1, -1 };

void fuzz_stdout(void)
{
	fflush(stdout);
	output.kept = dup(STDOUT_FILENO);
	output.fd = memfd_create("fuzz.out", 0);
	if (output.kept < 0 || output.fd < 0 ||
	    dup2(output.fd, STDOUT_FILENO) < 0)
		abort();
}

int fuzz_stdout_end(void)
{
	fflush(stdout);
	dup2(output.kept, STDOUT_FILENO);
	close(output.kept);
	return output.fd;
}
