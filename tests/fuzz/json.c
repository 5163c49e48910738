// SPDX-License-Identifier: GPL-2.0-only
/*
 * The input is a profile in JSON. What is taken can be written and read again, and
 * compiled, and is the same then; what is refused is refused with file and place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "profile/profile.h"

#define NAME "fuzz.json"

/* Sentences only, of this file, and nothing that drives a terminal. */
static void check_said(const char *said, int err)
{
	const char *last = strrchr(said, '\n');

	MUST(!err == !strstr(said, ": refused\n"), "%d, and said: %s", err,
	     said);
	for (const char *c = said; *c; c++)
		MUST((*c >= ' ' && *c <= '~') || *c == '\n', "said: %s", said);
	if (!err)
		return;
	MUST(last && !last[1], "no whole line: %s", said);
	while (last > said && last[-1] != '\n')
		last--;
	MUST(!strncmp(last, "pcsc: " NAME ":", strlen("pcsc: " NAME ":")),
	     "no file: %s", last);
	MUST(err == -EINVAL, "%d: %s", err, last);
}

static struct profile *take(const char *text, size_t size, bool floor_wins)
{
	struct profile *prof = NULL;
	int err;

	fuzz_listen();
	err = profile_parse(NAME, text, size, &prof);
	if (!err)
		err = profile_check(NAME, prof, floor_wins);
	check_said(fuzz_heard(), err);
	if (!err)
		return prof;
	profile_free(prof);
	return NULL;
}

static void write_and_read(struct profile *prof)
{
	_cleanup_free_ char *text = NULL, *again = NULL;
	_cleanup_prof_ struct profile *other = NULL;

	MUST(!profile_dump(prof, &text), "what was taken is not written");
	other = take(text, strlen(text), false);
	MUST(other, "what was written is refused: %s%s", fuzz_heard(), text);
	MUST(!profile_dump(other, &again), "what was read is not written");
	MUST(!strcmp(text, again), "other text: %s\n%s", text, again);
}

static void compile_and_decode(struct profile *prof)
{
	_cleanup_free_ void *image = NULL, *again = NULL;
	_cleanup_prof_ struct profile *other = NULL;
	u32 size, size_again;
	int err;

	fuzz_listen();
	err = profile_compile(NAME, prof, &image, &size);
	if (err == -EFBIG)
		return;
	MUST(!err, "what was taken is not compiled: %s", fuzz_heard());
	MUST(!profile_decode(NAME, image, size, &other) &&
		     !profile_check(NAME, other, false),
	     "what was compiled is refused: %s", fuzz_heard());
	MUST(!profile_compile(NAME, other, &again, &size_again) &&
		     size == size_again && !memcmp(image, again, size),
	     "compiled once more it is another: %s", fuzz_heard());
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	for (int floor_wins = 0; floor_wins < 2; floor_wins++) {
		_cleanup_prof_ struct profile *prof =
			take((const char *)data, size, floor_wins);

		if (!prof)
			continue;
		compile_and_decode(prof);
		write_and_read(prof);
	}
	return 0;
}
