// SPDX-License-Identifier: GPL-2.0-only
/*
 * A recording that is opened says of each function what one that is loaded says, and
 * nothing that was not checked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "recording.h"
#include "recording_rows.h"
#include "said.h"
#include "talk.h"

static char dir[] = "/dev/shm/pcsc-rows.XXXXXX";
static char path[64];

/* Registers of each function: some have none, some end with a block. */
static const uint32_t counts[] = {
	0, 3, PCSC_REC_BLOCK - 3, 0, 1, PCSC_REC_BLOCK - 1, 1300, 0, 0, 700, 0,
};

static struct pcsc_rec *make(void)
{
	struct pcsc_rec *rec = calloc(1, sizeof(*rec));
	uint32_t nr = 0;

	assert_non_null(rec);
	rec->header.nr_functions = ARRAY_SIZE(counts);
	rec->functions = calloc(ARRAY_SIZE(counts), sizeof(*rec->functions));
	rec->registers = calloc(8192, sizeof(*rec->registers));
	assert_true(rec->functions && rec->registers);
	for (uint32_t f = 0; f < ARRAY_SIZE(counts); f++) {
		rec->functions[f].devfn = f;
		for (uint32_t i = 0; i < counts[f]; i++, nr++)
			rec->registers[nr] = (struct pcsc_rec_register){
				.function = f,
				.offset = i,
				.width = 1,
				.reads = 1,
				.first = nr % 251,
				.last = nr % 251,
			};
	}
	rec->header.nr_registers = nr;
	return rec;
}

static void save(void)
{
	struct pcsc_rec *rec = make();

	assert_int_equal(pcsc_rec_save(rec, path), 0);
	pcsc_rec_free(rec);
}

static void assert_same(struct pcsc_rec *a, struct pcsc_rec *b, uint32_t f,
			struct pcsc_rec_rows rows[2])
{
	assert_int_equal(pcsc_rec_registers(a, f, &rows[0]), 0);
	assert_int_equal(pcsc_rec_registers(b, f, &rows[1]), 0);
	assert_int_equal(rows[0].nr, rows[1].nr);
	for (uint32_t i = 0; i < rows[0].nr; i++) {
		assert_int_equal(rows[0].row[i].function, f);
		assert_memory_equal(&rows[0].row[i], &rows[1].row[i],
				    sizeof(*rows[0].row));
	}
}

/* Of @file: forwards, backwards, and the same once more. */
static uint32_t assert_all_same(const char *file)
{
	struct pcsc_rec *loaded = NULL, *opened = NULL;
	struct pcsc_rec_rows rows[2] = {};
	uint32_t nr, seen = 0;

	assert_int_equal(pcsc_rec_load(file, &loaded), 0);
	assert_int_equal(pcsc_rec_open(file, &opened), 0);
	assert_null(opened->registers);
	assert_memory_equal(&loaded->header, &opened->header,
			    sizeof(loaded->header));
	nr = loaded->header.nr_functions;
	assert_memory_equal(loaded->functions, opened->functions,
			    nr * sizeof(*loaded->functions));
	for (uint32_t f = 0; f < nr; f++) {
		assert_same(loaded, opened, f, rows);
		seen += rows[0].nr;
	}
	for (uint32_t f = nr; f--;) {
		assert_same(loaded, opened, f, rows);
		assert_same(loaded, opened, f, rows);
	}
	assert_int_equal(seen, loaded->header.nr_registers);
	pcsc_rec_rows_free(&rows[0]);
	pcsc_rec_rows_free(&rows[1]);
	pcsc_rec_free(loaded);
	pcsc_rec_free(opened);
	return seen;
}

static void opened_and_loaded_say_the_same(void **state)
{
	(void)state;
	save();
	assert_int_equal(assert_all_same(path), 2 * PCSC_REC_BLOCK + 2000);
}

static void so_do_older_versions(void **state)
{
	(void)state;
	assert_true(assert_all_same("tests/recordings/version-1.rec") > 0);
	assert_true(assert_all_same("tests/recordings/version-2.rec") > 0);
	assert_true(assert_all_same("tests/recordings/version-3.rec") > 0);
	assert_true(assert_all_same("tests/recordings/version-4.rec") > 0);
}

static void standard_input_is_opened(void **state)
{
	struct pcsc_rec *rec = NULL;
	struct pcsc_rec_rows rows = {};
	int saved = dup(STDIN_FILENO), fd;

	(void)state;
	save();
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	assert_int_equal(pcsc_rec_open("-", &rec), 0);
	dup2(saved, STDIN_FILENO);
	assert_int_equal(unlink(path), 0);
	for (uint32_t f = 0; f < ARRAY_SIZE(counts); f++) {
		assert_int_equal(pcsc_rec_registers(rec, f, &rows), 0);
		assert_int_equal(rows.nr, counts[f]);
	}
	pcsc_rec_rows_free(&rows);
	pcsc_rec_free(rec);
	close(fd);
	close(saved);
}

/* ---- rows on both sides of a block's end ---- */

static void assert_refused_at(struct pcsc_rec *rec, const char *where)
{
	struct pcsc_rec *back = NULL;
	const char *said;

	assert_int_equal(pcsc_rec_save(rec, path), 0);
	said_start();
	assert_int_equal(pcsc_rec_open(path, &back), -EBADMSG);
	said = said_stop();
	assert_non_null(strstr(said, path));
	assert_non_null(strstr(said, where));
	said_start();
	assert_int_equal(pcsc_rec_load(path, &back), -EBADMSG);
	assert_non_null(strstr(said_stop(), where));
	assert_null(back);
}

static void rows_are_compared_across_blocks(void **state)
{
	struct pcsc_rec *rec = make();

	(void)state;
	rec->registers[PCSC_REC_BLOCK] = rec->registers[PCSC_REC_BLOCK - 1];
	assert_refused_at(rec, "register 512 is out of range");
	pcsc_rec_free(rec);
	rec = make();
	rec->registers[2 * PCSC_REC_BLOCK - 1].function = 0;
	assert_refused_at(rec, "register 1023 is out of range");
	/* Only the first of them is named. */
	rec->registers[700].function = UINT32_MAX;
	assert_refused_at(rec, "register 700 is out of range");
	pcsc_rec_free(rec);
}

/* ---- somebody writes the file ---- */

static struct pcsc_rec *open_it(void)
{
	struct pcsc_rec *rec = NULL;

	save();
	assert_int_equal(pcsc_rec_open(path, &rec), 0);
	return rec;
}

static void assert_changed(struct pcsc_rec *rec, uint32_t function, int want)
{
	struct pcsc_rec_rows rows = {};
	const char *said;

	said_start();
	assert_int_equal(pcsc_rec_registers(rec, function, &rows), want);
	said = said_stop();
	if (want) {
		assert_non_null(strstr(said, path));
		assert_non_null(strstr(said, "was changed while it was read"));
	}
	pcsc_rec_rows_free(&rows);
}

/* Write @value over the byte of @rec that is @back bytes before its end. */
static void overwrite(const struct pcsc_rec *rec, size_t back, uint8_t value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_int_equal(pwrite(fd, &value, 1, rec->header.file_size - back),
			 1);
	close(fd);
}

static void a_changed_byte_is_noticed(void **state)
{
	struct pcsc_rec *rec = open_it();

	(void)state;
	overwrite(rec, sizeof(struct pcsc_rec_register) * 2, 1);
	assert_changed(rec, 1, 0);
	assert_changed(rec, 9, -EBADMSG);
	pcsc_rec_free(rec);
}

static void a_shorter_file_is_noticed(void **state)
{
	struct pcsc_rec *rec = open_it();

	(void)state;
	assert_int_equal(truncate(path, rec->header.file_size - 1), 0);
	assert_changed(rec, 1, 0);
	assert_changed(rec, 9, -EBADMSG);
	pcsc_rec_free(rec);
}

static void another_recording_is_noticed(void **state)
{
	struct pcsc_rec *rec = open_it(), *other = make();
	struct pcsc_rec_rows rows = {};

	(void)state;
	other->registers[0].reads = 2;
	assert_int_equal(pcsc_rec_save(other, path), 0);
	assert_changed(rec, 1, -EBADMSG);
	assert_int_equal(unlink(path), 0);
	said_start();
	assert_int_equal(pcsc_rec_registers(rec, 1, &rows), -ENOENT);
	assert_non_null(strstr(said_stop(), path));
	pcsc_rec_rows_free(&rows);
	pcsc_rec_free(other);
	pcsc_rec_free(rec);
}

/* A checksum can be made to fit: what it covers is looked at once more. */
static void rows_are_checked_again(void **state)
{
	struct pcsc_rec *rec = open_it(), *other = make(), *forged = NULL;

	(void)state;
	other->registers[0].function = 0;
	assert_int_equal(pcsc_rec_save(other, path), 0);
	assert_int_equal(pcsc_rec_open(path, &forged), 0);
	memcpy(rec->file->crc, forged->file->crc, 2 * sizeof(uint32_t));
	assert_changed(rec, 1, -EBADMSG);
	pcsc_rec_free(other);
	pcsc_rec_free(forged);
	pcsc_rec_free(rec);
}

static int make_dir(void **state)
{
	(void)state;
	pcsc_program = "test_recording_rows";
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/rec", dir);
	return 0;
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
		cmocka_unit_test(opened_and_loaded_say_the_same),
		cmocka_unit_test(so_do_older_versions),
		cmocka_unit_test(standard_input_is_opened),
		cmocka_unit_test(rows_are_compared_across_blocks),
		cmocka_unit_test(a_changed_byte_is_noticed),
		cmocka_unit_test(a_shorter_file_is_noticed),
		cmocka_unit_test(another_recording_is_noticed),
		cmocka_unit_test(rows_are_checked_again),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
