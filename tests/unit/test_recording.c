// SPDX-License-Identifier: GPL-2.0-only
/* A recording comes back as it went, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "recording.h"
#include "talk.h"

static char dir[] = "/dev/shm/pcsc-recording.XXXXXX";
static char path[64];
static int quiet, loud; /* places for stderr */

static struct pcsc_rec_function functions[] = {
	{ .bus = 1,
	  .flags = PCSC_REC_FN_IDS,
	  .vendor = 0x8086,
	  .device = 0x10d3,
	  .class_code = 0x020000,
	  .cfg_size = 4096,
	  .resets = { 2, 0, 1 },
	  .driver = "e1000e" },
	{ .bus = 1, .devfn = 1 },
	{ .domain = 0x10000, .flags = PCSC_REC_FN_IDS | PCSC_REC_FN_ROOT_BUS },
};

static struct pcsc_rec_register registers[] = {
	{ .function = 0,
	  .offset = 0,
	  .width = 4,
	  .reads = 5,
	  .first = 1,
	  .last = 1,
	  .survived = { 2, 0, 1 },
	  .latency_sum_ns = 500,
	  .latency_max_ns = 200 },
	{ .function = 0,
	  .offset = 4,
	  .width = 2,
	  .family = PCSC_REC_USER,
	  .reads = 9,
	  .writes = 2,
	  .all_ones = 1,
	  .changes = 3,
	  .silent_changes = 1 },
	{ .function = 2, .offset = 4095, .width = 1, .errors = 1 },
};

static struct pcsc_rec_hist hists[] = {
	{ .function = 0, .width = 2, .count = 11, .slots = { [12] = 11 } },
	{ .function = 0, .width = 4, .count = 5, .slots = { [3] = 5 } },
	{ .function = 0, .width = 4, .is_write = 1 },
};

static struct pcsc_rec_caller callers[] = {
	{ .name = "(others)" },
	{ .name = "lspci" },
	{ .name = "lspci", .attribute = "config" },
};

static struct pcsc_rec_use uses[] = {
	{ .reg = 0, .caller = 1, .reads = 5, .read_ns = 500 },
	{ .reg = 1, .caller = 0, .reads = 9 },
	{ .reg = 1, .caller = 1, .writes = 2, .write_ns = 7 },
};

static struct pcsc_rec_process processes[] = {
	{ .pid = 7,
	  .caller = 1,
	  .first_ns = 1,
	  .last_ns = 9,
	  .reads = 5,
	  .ancestors = { 6, 1 },
	  .names = { "bash", "init" } },
	{ .pid = 8, .caller = 2, .writes = 2 },
	{ .pid = 8, .caller = 2, .first_ns = 5, .last_ns = 6, .errors = 2 },
};

static struct pcsc_rec_cap caps[] = {
	{ .function = 0, .id = 0x10, .offset = 0x40 },
	{ .function = 0, .id = 0x01, .offset = 0x100 },
	{ .function = 2, .id = 0x05, .offset = 0x50 },
};

static struct pcsc_rec_visit visits[] = {
	{ .process = 0,
	  .function = 0,
	  .first_ns = 1,
	  .last_ns = 9,
	  .reads = 5 },
	{ .process = 0,
	  .function = 2,
	  .first_ns = 2,
	  .last_ns = 8,
	  .pause_ns = 3 },
	{ .process = 2, .function = 0, .errors = 2 },
};

static struct pcsc_rec_wait waits[] = {
	{ .begin_ns = 1,
	  .ns = 7,
	  .access_ns = 7,
	  .caller = 1,
	  .stack = PCSC_REC_NONE,
	  .kind = PCSC_REC_WAIT_RESUME,
	  .from = 4 },
	{ .begin_ns = 1,
	  .process = PCSC_REC_NONE,
	  .function = 2,
	  .stack = 1,
	  .kind = PCSC_REC_WAIT_BLOCKED,
	  .nested = 1 },
};

static struct pcsc_rec_symbol symbols[] = {
	{ "pci_read_config" },
	{ "vfio_df_open [vfio]" },
};

static struct pcsc_rec_stack stacks[] = {
	{ { 1, 0, PCSC_REC_NONE } },
	{ { PCSC_REC_NONE } },
};

static struct pcsc_rec_path paths[] = {
	{ .caller = 1, .stack = 0, .offset = 4, .width = 2 },
	{ .caller = 1, .stack = 1, .offset = 4, .width = 2, .is_write = 1 },
};

static struct pcsc_rec_slow slow[] = {
	{ .ns = 9, .caller = 2, .stack = 1, .offset = 4, .width = 2 },
	{ .ns = 9,
	  .process = PCSC_REC_NONE,
	  .stack = PCSC_REC_NONE,
	  .width = 1 },
};

static struct pcsc_rec_event events[] = {
	{ .begin_ns = 3, .ns = 9, .caller = 2, .where = 0x2004 },
	{ .begin_ns = 3,
	  .ns = UINT32_MAX,
	  .function = 2,
	  .value = 0xff,
	  .caller = PCSC_REC_EVENT_FAILED | 1,
	  .where = PCSC_REC_EVENT_WRITE | PCSC_REC_EVENT_USER | 0xfff },
};

static struct pcsc_rec_mark marks[] = {
	{ 7, "vf-enable" },
	{ 7, "open" },
};

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* A recording that borrows the tables above, or copies of them. */
static struct pcsc_rec sample(void)
{
	struct pcsc_rec rec = {
		.header = {
			.duration_ns = 12345,
			.nr_functions = NR(functions),
			.nr_registers = NR(registers),
			.nr_hists = NR(hists),
			.nr_callers = NR(callers),
			.nr_uses = NR(uses),
			.nr_processes = NR(processes),
			.nr_caps = NR(caps),
			.nr_visits = NR(visits),
			.nr_waits = NR(waits),
			.nr_stacks = NR(stacks),
			.nr_symbols = NR(symbols),
			.nr_paths = NR(paths),
			.nr_slow = NR(slow),
			.nr_events = NR(events),
			.nr_marks = NR(marks),
			.events_lost = 5,
			.only = "-c lspci",
			.waits_left_out = 2,
			.boot_ns = 4,
			.initramfs_ns = 9,
			.processes_left_out = 4,
			.losses = { .own = 3 },
			.release = "6.12.0",
			.host = "unit",
		},
		.functions = functions,
		.registers = registers,
		.hists = hists,
		.callers = callers,
		.uses = uses,
		.processes = processes,
		.caps = caps,
		.visits = visits,
		.waits = waits,
		.stacks = stacks,
		.symbols = symbols,
		.paths = paths,
		.slow = slow,
		.events = events,
		.marks = marks,
	};

	return rec;
}

static size_t slurp(unsigned char **data)
{
	FILE *f = fopen(path, "r");
	struct stat st;

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*data = malloc(st.st_size);
	assert_non_null(*data);
	assert_int_equal(fread(*data, 1, st.st_size, f), st.st_size);
	fclose(f);
	return st.st_size;
}

static void spill(const unsigned char *data, size_t size)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static size_t save_sample(unsigned char **data)
{
	struct pcsc_rec rec = sample();

	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	return slurp(data);
}

/* What a liar would write: whatever the contents, a checksum that is right. */
static void forge(struct pcsc_rec *rec, uint64_t file_size)
{
	const struct pcsc_rec_header *h = &rec->header;
	unsigned char *data = NULL;
	size_t size;
	uint32_t crc;

	assert_int_equal(pcsc_rec_save(rec, path), 0);
	size = slurp(&data);
	memcpy(data + offsetof(struct pcsc_rec_header, file_size), &file_size,
	       sizeof(file_size));
	memcpy(data + offsetof(struct pcsc_rec_header, nr_functions),
	       &h->nr_functions, sizeof(h->nr_functions));
	memset(data + offsetof(struct pcsc_rec_header, crc32), 0, 4);
	crc = crc32(0, data, size);
	memcpy(data + offsetof(struct pcsc_rec_header, crc32), &crc, 4);
	spill(data, size);
	free(data);
}

/* Loaded or opened. Thousands of refusals, each with its sentence, would bury a failure. */
static void assert_refused(void)
{
	struct pcsc_rec *rec = (void *)1;
	int err, opened;

	dup2(quiet, STDERR_FILENO);
	err = pcsc_rec_load(path, &rec);
	opened = pcsc_rec_open(path, &rec);
	dup2(loud, STDERR_FILENO);
	assert_int_equal(err, -EBADMSG);
	assert_int_equal(opened, -EBADMSG);
	assert_ptr_equal(rec, (void *)1);
}

static void comes_back_as_it_went(void **state)
{
	struct pcsc_rec *rec = NULL;
	unsigned char *data;
	size_t size = save_sample(&data);

	(void)state;
	free(data);
	assert_int_equal(pcsc_rec_load(path, &rec), 0);
	assert_int_equal(rec->header.file_size, size);
	assert_int_equal(rec->header.version, PCSC_REC_VERSION);
	assert_int_equal(rec->header.losses.own, 3);
	assert_string_equal(rec->header.host, "unit");
	assert_memory_equal(rec->functions, functions, sizeof(functions));
	assert_memory_equal(rec->registers, registers, sizeof(registers));
	assert_memory_equal(rec->hists, hists, sizeof(hists));
	assert_memory_equal(rec->callers, callers, sizeof(callers));
	assert_memory_equal(rec->uses, uses, sizeof(uses));
	assert_memory_equal(rec->processes, processes, sizeof(processes));
	assert_memory_equal(rec->caps, caps, sizeof(caps));
	assert_memory_equal(rec->visits, visits, sizeof(visits));
	assert_memory_equal(rec->waits, waits, sizeof(waits));
	assert_memory_equal(rec->stacks, stacks, sizeof(stacks));
	assert_memory_equal(rec->symbols, symbols, sizeof(symbols));
	assert_memory_equal(rec->paths, paths, sizeof(paths));
	assert_memory_equal(rec->slow, slow, sizeof(slow));
	assert_memory_equal(rec->events, events, sizeof(events));
	assert_memory_equal(rec->marks, marks, sizeof(marks));
	assert_int_equal(pcsc_rec_event_width(&rec->events[0]), 4);
	assert_int_equal(rec->header.events_lost, 5);
	assert_string_equal(rec->header.only, "-c lspci");
	assert_int_equal(rec->header.processes_left_out, 4);
	assert_int_equal(rec->header.waits_left_out, 2);
	assert_int_equal(rec->header.boot_ns, 4);
	assert_int_equal(rec->header.initramfs_ns, 9);
	pcsc_rec_free(rec);
}

static void same_contents_same_bytes(void **state)
{
	unsigned char *a, *b;
	size_t size = save_sample(&a);

	(void)state;
	assert_int_equal(save_sample(&b), size);
	assert_memory_equal(a, b, size);
	free(a);
	free(b);
}

/* Made by the tools of version 1: 100 reads of 36 us, and one of 50 ns. */
#define VERSION_1 "tests/recordings/version-1.rec"

static void version_1_is_read(void **state)
{
	static const unsigned int from = 4 * (15 - PCSC_SLOTS_FIRST_OCTAVE);
	struct pcsc_rec *rec = NULL;

	(void)state;
	assert_int_equal(pcsc_rec_load(VERSION_1, &rec), 0);
	assert_int_equal(rec->header.version, 1);
	assert_int_equal(rec->header.nr_functions, 2);
	assert_int_equal(rec->functions[0].resets[0], 2);
	assert_string_equal(rec->functions[0].driver, "e1000e");
	assert_int_equal(rec->registers[1].silent_changes, 1);
	assert_int_equal(rec->header.nr_hists, 4);
	assert_int_equal(rec->hists[2].count, 100);
	assert_int_equal(rec->hists[2].max_ns, 36000);
	for (unsigned int i = 0; i < PCSC_REC_SLOTS; i++) {
		assert_int_equal(rec->hists[2].slots[i],
				 i / 4 == from / 4 ? 25 : 0);
		assert_int_equal(rec->hists[3].slots[i], !i);
	}
	/* 9 reads are in four slots, and none is missing. */
	assert_int_equal(rec->hists[0].slots[from] +
				 rec->hists[0].slots[from + 1] +
				 rec->hists[0].slots[from + 2] +
				 rec->hists[0].slots[from + 3],
			 9);
	/* Saved, it is of today's version. */
	assert_int_equal(pcsc_rec_save(rec, path), 0);
	pcsc_rec_free(rec);
	assert_int_equal(pcsc_rec_load(path, &rec), 0);
	assert_int_equal(rec->header.version, PCSC_REC_VERSION);
	assert_int_equal(rec->hists[2].slots[from], 25);
	pcsc_rec_free(rec);
}

#define VERSION_2 "tests/recordings/version-2.rec"

/* It did not tell reads from writes, but where there was one kind only. */
static void version_2_is_read(void **state)
{
	struct pcsc_rec *rec = NULL;

	(void)state;
	assert_int_equal(pcsc_rec_load(VERSION_2, &rec), 0);
	assert_int_equal(rec->header.version, 2);
	assert_int_equal(rec->header.nr_registers, 3);
	assert_int_equal(rec->header.nr_callers, 0);
	assert_int_equal(rec->header.nr_caps, 0);
	assert_int_equal(rec->registers[0].latency_sum_ns, 500);
	assert_int_equal(rec->registers[0].read_max_ns, 200);
	assert_int_equal(rec->registers[0].write_sum_ns, 0);
	assert_int_equal(rec->registers[1].latency_sum_ns, 1100);
	assert_int_equal(rec->registers[1].write_sum_ns, 0);
	assert_int_equal(rec->registers[2].writes, 4);
	assert_int_equal(rec->registers[2].write_sum_ns, 4000);
	assert_int_equal(rec->registers[2].write_max_ns, 1500);
	assert_int_equal(rec->registers[2].read_max_ns, 0);
	assert_int_equal(rec->registers[2].nr_written, 0);
	assert_int_equal(rec->hists[0].slots[16], 4);
	assert_int_equal(pcsc_rec_save(rec, path), 0);
	pcsc_rec_free(rec);
	assert_int_equal(pcsc_rec_load(path, &rec), 0);
	assert_int_equal(rec->header.version, PCSC_REC_VERSION);
	assert_int_equal(rec->registers[2].write_sum_ns, 4000);
	pcsc_rec_free(rec);
}

#define VERSION_3 "tests/recordings/version-3.rec"

/* Its callers used no attributes, and nobody waited. */
static void version_3_is_read(void **state)
{
	struct pcsc_rec *rec = NULL;

	(void)state;
	assert_int_equal(pcsc_rec_load(VERSION_3, &rec), 0);
	assert_int_equal(rec->header.version, 3);
	assert_int_equal(rec->header.nr_callers, 3);
	assert_string_equal(rec->callers[1].name, "lspci");
	assert_string_equal(rec->callers[1].attribute, "");
	assert_string_equal(rec->callers[2].name, "setpci");
	assert_int_equal(rec->processes[0].ancestors[1], 1);
	assert_int_equal(rec->caps[1].offset, 0x100);
	assert_int_equal(rec->header.nr_visits, 0);
	assert_int_equal(rec->header.nr_waits, 0);
	assert_int_equal(pcsc_rec_save(rec, path), 0);
	pcsc_rec_free(rec);
	assert_int_equal(pcsc_rec_load(path, &rec), 0);
	assert_int_equal(rec->header.version, PCSC_REC_VERSION);
	assert_string_equal(rec->callers[2].name, "setpci");
	pcsc_rec_free(rec);
}

#define VERSION_4 "tests/recordings/version-4.rec"

/* It was of everything, has no accesses one by one, and knows of no boot. */
static void version_4_is_read(void **state)
{
	struct pcsc_rec *rec = NULL;

	(void)state;
	assert_int_equal(pcsc_rec_load(VERSION_4, &rec), 0);
	assert_int_equal(rec->header.version, 4);
	assert_int_equal(rec->header.nr_slow, 1);
	assert_string_equal(rec->callers[rec->slow[0].caller].name, "setpci");
	assert_int_equal(rec->slow[0].offset, 4);
	assert_int_equal(rec->visits[0].reads, 1);
	assert_int_equal(rec->header.nr_events, 0);
	assert_string_equal(rec->header.only, "");
	assert_int_equal(rec->header.boot_ns, 0);
	assert_int_equal(pcsc_rec_save(rec, path), 0);
	pcsc_rec_free(rec);
	assert_int_equal(pcsc_rec_load(path, &rec), 0);
	assert_int_equal(rec->header.version, PCSC_REC_VERSION);
	assert_int_equal(rec->visits[0].reads, 1);
	pcsc_rec_free(rec);
}

static void is_checked(const char *file)
{
	unsigned char *data;
	struct stat st;
	FILE *f = fopen(file, "r");

	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	data = malloc(st.st_size);
	assert_int_equal(fread(data, 1, st.st_size, f), st.st_size);
	fclose(f);
	for (off_t n = 0; n < st.st_size; n++) {
		spill(data, n);
		assert_refused();
	}
	for (off_t bit = 0; bit < 8 * st.st_size; bit++) {
		data[bit / 8] ^= 1 << bit % 8;
		spill(data, st.st_size);
		assert_refused();
		data[bit / 8] ^= 1 << bit % 8;
	}
	free(data);
}

static void old_versions_are_checked(void **state)
{
	(void)state;
	is_checked(VERSION_1);
	is_checked(VERSION_2);
	is_checked(VERSION_3);
	is_checked(VERSION_4);
}

static void an_empty_one_is_one(void **state)
{
	struct pcsc_rec empty = {}, *rec = NULL;

	(void)state;
	assert_int_equal(pcsc_rec_save(&empty, path), 0);
	assert_int_equal(pcsc_rec_load(path, &rec), 0);
	assert_int_equal(rec->header.nr_functions, 0);
	pcsc_rec_free(rec);
}

static void every_truncation_is_refused(void **state)
{
	unsigned char *data;
	size_t size = save_sample(&data);

	(void)state;
	for (size_t n = 0; n < size; n++) {
		spill(data, n);
		assert_refused();
	}
	free(data);
}

static void appended_bytes_are_refused(void **state)
{
	unsigned char *data;
	size_t size = save_sample(&data);

	(void)state;
	data = realloc(data, size + 1);
	data[size] = 0;
	spill(data, size + 1);
	assert_refused();
	free(data);
}

static void every_bit_flip_is_refused(void **state)
{
	unsigned char *data;
	size_t size = save_sample(&data);

	(void)state;
	for (size_t bit = 0; bit < 8 * size; bit++) {
		data[bit / 8] ^= 1 << bit % 8;
		spill(data, size);
		assert_refused();
		data[bit / 8] ^= 1 << bit % 8;
	}
	free(data);
}

static void hostile_counts_are_refused(void **state)
{
	static const uint32_t counts[] = { 0,	       1,	   2,	      4,
					   0x7fffffff, 0x80000000, 0xffffffff };
	unsigned char *data;
	size_t size = save_sample(&data);
	static const size_t places[] = {
		offsetof(struct pcsc_rec_header, nr_functions),
		offsetof(struct pcsc_rec_header, nr_registers),
		offsetof(struct pcsc_rec_header, nr_hists),
		offsetof(struct pcsc_rec_header, nr_callers),
		offsetof(struct pcsc_rec_header, nr_uses),
		offsetof(struct pcsc_rec_header, nr_processes),
		offsetof(struct pcsc_rec_header, nr_caps),
		offsetof(struct pcsc_rec_header, nr_visits),
		offsetof(struct pcsc_rec_header, nr_waits),
		offsetof(struct pcsc_rec_header, nr_stacks),
		offsetof(struct pcsc_rec_header, nr_symbols),
		offsetof(struct pcsc_rec_header, nr_paths),
		offsetof(struct pcsc_rec_header, nr_slow),
	};

	(void)state;
	for (size_t i = 0; i < NR(places) * NR(counts); i++) {
		unsigned char *copy;
		uint32_t crc;

		/* That is what it says. */
		if (!memcmp(data + places[i / NR(counts)],
			    &counts[i % NR(counts)], sizeof(uint32_t)))
			continue;
		copy = malloc(size);
		memcpy(copy, data, size);
		memcpy(copy + places[i / NR(counts)], &counts[i % NR(counts)],
		       sizeof(uint32_t));
		memset(copy + offsetof(struct pcsc_rec_header, crc32), 0, 4);
		crc = crc32(0, copy, size);
		memcpy(copy + offsetof(struct pcsc_rec_header, crc32), &crc, 4);
		spill(copy, size);
		assert_refused();
		free(copy);
	}
	free(data);
}

static void another_version_is_refused(void **state)
{
	unsigned char *data;
	size_t size = save_sample(&data);
	static const uint32_t versions[] = { 0, 1, PCSC_REC_VERSION + 1,
					     PCSC_REC_VERSION << 24 };

	(void)state;
	for (size_t i = 0; i < NR(versions); i++) {
		memcpy(data + offsetof(struct pcsc_rec_header, version),
		       &versions[i], sizeof(uint32_t));
		spill(data, size);
		assert_refused();
	}
	free(data);
}

/* One lie at a time, each with a checksum that is right. */
#define LIE(table, index, change)                                \
	do {                                                     \
		__typeof__(table[0]) saved_ = table[index];      \
		struct pcsc_rec rec_ = sample();                 \
		table[index].change;                             \
		assert_int_equal(pcsc_rec_save(&rec_, path), 0); \
		assert_refused();                                \
		table[index] = saved_;                           \
	} while (0)

static void nonsense_is_refused(void **state)
{
	(void)state;
	LIE(functions, 0, flags = 0x8000);
	LIE(functions, 0, class_code = 0x1000000);
	LIE(functions, 0, header_type = 0x80);
	LIE(functions, 0, cfg_size = 4097);
	LIE(functions, 0, driver[0] = '\033');
	LIE(functions, 1, devfn = 0);
	LIE(functions, 2, domain = 0);

	LIE(registers, 0, function = 3);
	LIE(registers, 0, offset = 4096);
	LIE(registers, 0, width = 3);
	LIE(registers, 0, width = 0);
	LIE(registers, 0, family = PCSC_REC_FAMILIES);
	LIE(registers, 1, offset = 0);
	LIE(registers, 1, all_ones = 10);
	LIE(registers, 1, changes = 9);
	LIE(registers, 1, silent_changes = 4);

	LIE(hists, 0, function = 3);
	LIE(hists, 0, width = 8);
	LIE(hists, 0, is_write = 2);
	LIE(hists, 0, slots[0] = 1);
	LIE(hists, 1, width = 2);
}

static void nonsense_about_callers_is_refused(void **state)
{
	(void)state;
	LIE(registers, 0, write_sum_ns = 501);
	LIE(registers, 0, nr_written = PCSC_REC_WRITTEN + 2);

	LIE(callers, 0, name[0] = '\0');
	LIE(callers, 0, name[0] = '\033');
	LIE(callers, 1, name[0] = ' ');

	LIE(uses, 0, reg = 3);
	LIE(uses, 0, reg = 1);
	LIE(uses, 0, caller = 3);
	LIE(uses, 2, caller = 0);

	LIE(processes, 0, caller = 3);
	LIE(processes, 0, first_ns = 10);
	LIE(processes, 0, pid = 9);
	LIE(processes, 0, names[0][2] = '\n');

	LIE(caps, 0, function = 3);
	LIE(caps, 0, offset = 0x3f);
	LIE(caps, 0, offset = 0x100);
	LIE(caps, 2, offset = 4096);
}

static void nonsense_about_waits_is_refused(void **state)
{
	(void)state;
	LIE(visits, 0, process = 3);
	LIE(visits, 0, function = 3);
	LIE(visits, 0, first_ns = 10);
	LIE(visits, 0, function = 2);
	LIE(visits, 1, pause_ns = 1);
	LIE(visits, 1, pause_ns = 9);
	LIE(visits, 2, process = 0);
	LIE(waits, 0, process = 3);
	LIE(waits, 0, caller = 3);
	LIE(waits, 0, function = 3);
	LIE(waits, 0, stack = 2);
	LIE(waits, 0, kind = PCSC_REC_WAITS);
	LIE(waits, 0, from = 5);
	LIE(waits, 0, nested = 2);
	LIE(waits, 0, access_ns = 8);
	LIE(waits, 1, begin_ns = 0);
	LIE(stacks, 0, symbols[0] = 2);
	LIE(symbols, 0, name[0] = '\0');
	LIE(symbols, 0, name[0] = '\33');
	LIE(symbols, 1, name[0] = 'a');
	LIE(paths, 0, caller = 3);
	LIE(paths, 0, stack = 2);
	LIE(paths, 0, stack = PCSC_REC_NONE);
	LIE(paths, 0, offset = 4096);
	LIE(paths, 0, width = 3);
	LIE(paths, 0, family = PCSC_REC_FAMILIES);
	LIE(paths, 0, is_write = 2);
	LIE(paths, 1, is_write = 0);
	LIE(slow, 0, process = 3);
	LIE(slow, 0, caller = 3);
	LIE(slow, 0, function = 3);
	LIE(slow, 0, stack = 2);
	LIE(slow, 0, offset = 4096);
	LIE(slow, 0, width = 0);
	LIE(slow, 0, is_write = 2);
	LIE(slow, 1, ns = 10);
}

static void nonsense_about_events_is_refused(void **state)
{
	(void)state;
	LIE(events, 0, function = 3);
	LIE(events, 0, caller = 3);
	LIE(events, 0, where = 0x3004);
	LIE(events, 1, begin_ns = 2);
	LIE(marks, 0, ns = 8);
	LIE(marks, 1, ns = 12346);
	LIE(marks, 0, name[0] = '\0');
	LIE(marks, 0, name[0] = '\33');
}

static void flags_come_back_or_are_refused(void **state)
{
	struct pcsc_rec rec = sample(), *back = NULL;

	(void)state;
	rec.header.flags = PCSC_REC_INCOMPLETE | PCSC_REC_SERVED |
			   PCSC_REC_PARTIAL | PCSC_REC_ACCESSES_ONLY;
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	assert_int_equal(pcsc_rec_load(path, &back), 0);
	assert_int_equal(back->header.flags, rec.header.flags);
	pcsc_rec_free(back);
	rec.header.flags = PCSC_REC_EVENTS << 1;
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	assert_refused();
}

static void times_of_a_boot_are_checked(void **state)
{
	struct pcsc_rec rec = sample();

	(void)state;
	rec.header.initramfs_ns = rec.header.duration_ns + 1;
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	assert_refused();
	rec.header.initramfs_ns = 1;
	rec.header.boot_ns = 0;
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	assert_refused();
}

static void text_without_an_end_is_refused(void **state)
{
	struct pcsc_rec rec = sample();

	(void)state;
	memset(rec.header.host, 'x', sizeof(rec.header.host));
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	assert_refused();
	memset(functions[0].driver, 'x', sizeof(functions[0].driver));
	rec = sample();
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	assert_refused();
	memset(functions[0].driver, 0, sizeof(functions[0].driver));
}

/* Host, release, what was recorded and driver are printed: every byte, at every place. */
static void text_that_drives_a_terminal_is_refused(void **state)
{
	struct pcsc_rec rec = sample();
	char *texts[] = { rec.header.host, rec.header.release, rec.header.only,
			  functions[0].driver };
	const size_t sizes[] = { sizeof(rec.header.host),
				 sizeof(rec.header.release),
				 sizeof(rec.header.only),
				 sizeof(functions[0].driver) };

	(void)state;
	for (int t = 0; t < 4; t++)
		for (unsigned int byte = 0x7f; byte != ' ';
		     byte = (byte + 1) & 0xff) {
			if (!byte)
				continue;
			memset(texts[t], 0, sizes[t]);
			memset(texts[t], 'x', byte % (sizes[t] - 2));
			texts[t][byte % (sizes[t] - 2)] = byte;
			assert_int_equal(pcsc_rec_save(&rec, path), 0);
			assert_refused();
			memset(texts[t], 0, sizes[t]);
		}
}

static void a_wrong_size_is_refused(void **state)
{
	struct pcsc_rec rec = sample();

	(void)state;
	forge(&rec, 0);
	assert_refused();
	forge(&rec, UINT64_MAX);
	assert_refused();
}

static void what_is_no_file_is_refused(void **state)
{
	struct pcsc_rec *rec = NULL, mine = sample();

	(void)state;
	assert_int_equal(pcsc_rec_load(dir, &rec), -EINVAL);
	assert_int_equal(pcsc_rec_load("/dev/null", &rec), -EINVAL);
	assert_int_equal(pcsc_rec_load("/nowhere/at/all", &rec), -ENOENT);
	/* By a link of ours: a bug must not replace the host's own /dev/null. */
	assert_int_equal(unlink(path) && errno != ENOENT, 0);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(pcsc_rec_save(&mine, path), -EINVAL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(pcsc_rec_save(&mine, "/nowhere/at/all"), -ENOENT);
}

/* A save that fails leaves the old recording, and nothing beside it. */
static void a_failed_save_changes_nothing(void **state)
{
	struct pcsc_rec rec = sample();
	unsigned char *before, *after;
	size_t size = save_sample(&before);
	char pattern[80];
	glob_t found;

	(void)state;
	rec.registers = NULL;
	assert_int_not_equal(pcsc_rec_save(&rec, path), 0);
	assert_int_equal(slurp(&after), size);
	assert_memory_equal(before, after, size);
	snprintf(pattern, sizeof(pattern), "%s.*", path);
	assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);
	free(before);
	free(after);
}

static int make_dir(void **state)
{
	(void)state;
	pcsc_program = "test_recording";
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/rec", dir);
	quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	loud = dup(STDERR_FILENO);
	return quiet < 0 || loud < 0 ? -1 : 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_back_as_it_went),
		cmocka_unit_test(same_contents_same_bytes),
		cmocka_unit_test(version_1_is_read),
		cmocka_unit_test(version_2_is_read),
		cmocka_unit_test(version_3_is_read),
		cmocka_unit_test(version_4_is_read),
		cmocka_unit_test(old_versions_are_checked),
		cmocka_unit_test(an_empty_one_is_one),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(appended_bytes_are_refused),
		cmocka_unit_test(every_bit_flip_is_refused),
		cmocka_unit_test(hostile_counts_are_refused),
		cmocka_unit_test(another_version_is_refused),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(nonsense_about_callers_is_refused),
		cmocka_unit_test(nonsense_about_waits_is_refused),
		cmocka_unit_test(nonsense_about_events_is_refused),
		cmocka_unit_test(flags_come_back_or_are_refused),
		cmocka_unit_test(times_of_a_boot_are_checked),
		cmocka_unit_test(text_without_an_end_is_refused),
		cmocka_unit_test(text_that_drives_a_terminal_is_refused),
		cmocka_unit_test(a_wrong_size_is_refused),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(a_failed_save_changes_nothing),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
