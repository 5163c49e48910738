// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is a recording (rec.h). What is taken is the same when it was written and
 * is read again, and a profile can be made of it, which is the same if its registers are
 * read from the file one function at a time; what is refused is refused with the
 * file's name.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "profile/profile.h"
#include "rec.h"
#include "recording.h"

/* As a whole, or with its registers left in the file. */
typedef int (*read_fn)(const char *path, struct pcsc_rec **out);

static struct pcsc_rec *take(int fd, read_fn read)
{
	const char *path = fuzz_path_of(fd);
	struct pcsc_rec *rec = NULL;
	int err;

	fuzz_listen();
	err = read(path, &rec);
	MUST(!err == !!rec && !err == !*fuzz_heard(), "%d: %s", err,
	     fuzz_heard());
	if (err) {
		MUST(err == -EBADMSG, "%d: %s", err, fuzz_heard());
		MUST(strstr(fuzz_heard(), path), "no file: %s", fuzz_heard());
	}
	return rec;
}

static int save(struct pcsc_rec *rec)
{
	int err;

	fuzz_stdout();
	err = pcsc_rec_save(rec, "-");
	MUST(!err, "what was taken is not written: %s", fuzz_heard());
	return fuzz_stdout_end();
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
	struct pcsc_rec *other = take(fd, pcsc_rec_load);

	MUST(other, "what was written is refused: %s", fuzz_heard());
	again = save(other);
	MUST(same(fd, again), "written again it is another file");
	pcsc_rec_free(other);
	close(fd);
	close(again);
}

/* ---- what is made of it ---- */

/* As JSON, or NULL if none can be made. */
static char *make_profile(struct pcsc_rec *rec)
{
	_cleanup_prof_ struct profile *prof = NULL, *other = NULL;
	struct profile_tally tally = {};
	char *text = NULL;

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
	return text;
}

static void make_profiles(struct pcsc_rec *rec, struct pcsc_rec *opened)
{
	_cleanup_free_ char *text = make_profile(rec);
	_cleanup_free_ char *same = make_profile(opened);

	MUST(!text == !same && (!text || !strcmp(text, same)),
	     "by its registers in the file it is another profile: %s%s%s",
	     text ? text : "none", same ? same : "none", fuzz_heard());
}

static void check(const void *data, size_t size)
{
	int fd = fuzz_file_of(data, size);
	struct pcsc_rec *rec = take(fd, pcsc_rec_load);
	struct pcsc_rec *opened = take(fd, pcsc_rec_open);

	MUST(!rec == !opened, "one reader refuses it: %s", fuzz_heard());
	if (rec) {
		write_and_read(rec);
		make_profiles(rec, opened);
	}
	pcsc_rec_free(rec);
	pcsc_rec_free(opened);
	close(fd);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_input in = { data, size };
	char *file;

	if (fuzz_recording(&in, &file, &size))
		check(file, size);
	return 0;
}
