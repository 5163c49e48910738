// SPDX-License-Identifier: GPL-2.0-only
/* A file is written whole or not at all, and may be read by those it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "said.h"
#include "save.h"

static char dir[] = "/tmp/pcsc-save.XXXXXX";
static char path[64];

static int save(const char *to, const char *text, enum pcsc_save how)
{
	const struct iovec parts[] = {
		{ (void *)text, strlen(text) },
		{ NULL, 0 },
		{ "!", 1 },
	};

	return pcsc_save(to, parts, 3, how);
}

static void holds(const char *text)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");
	char is[64] = "";

	assert_non_null(file);
	is[fread(is, 1, sizeof(is) - 1, file)] = '\0';
	assert_string_equal(is, text);
}

static void nothing_beside(void)
{
	char pattern[80];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s.*", path);
	assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);
}

static void refused(int err, int expected, const char *sentence)
{
	const char *said = said_stop();

	if (err != expected || !strstr(said, sentence))
		fail_msg("%d, not %d; said: %s", err, expected, said);
}

static mode_t mode_of(void)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void parts_are_put_together(void **state)
{
	(void)state;
	assert_int_equal(save(path, "old", PCSC_SAVE_SHARED), 0);
	holds("old!");
	assert_int_equal(save(path, "newer", PCSC_SAVE_SHARED), 0);
	holds("newer!");
	nothing_beside();
}

static void a_failure_changes_nothing(void **state)
{
	const struct iovec broken[] = { { "half", 4 }, { NULL, 4 } };

	(void)state;
	assert_int_equal(save(path, "old", PCSC_SAVE_PRIVATE), 0);
	for (int how = PCSC_SAVE_SHARED; how <= PCSC_SAVE_PRIVATE; how++) {
		said_start();
		refused(pcsc_save(path, broken, 2, how), -EFAULT,
			"nothing was changed there");
		holds("old!");
		nothing_beside();
	}
	said_start();
	refused(save("/nowhere/at/all", "new", PCSC_SAVE_SHARED), -ENOENT,
		"/nowhere/at/all");
}

static void a_mode_is_what_was_asked_for(void **state)
{
	const struct iovec part = { "new", 3 }, broken = { NULL, 4 };
	mode_t mask = umask(077);

	(void)state;
	assert_int_equal(pcsc_replace(path, &part, 1, 0644), 0);
	holds("new");
	assert_int_equal(mode_of(), 0644);
	umask(mask);
	assert_int_equal(pcsc_replace(path, &broken, 1, 0644), -EFAULT);
	holds("new");
	nothing_beside();
	assert_int_equal(pcsc_replace("/nowhere/at/all", &part, 1, 0644),
			 -ENOENT);
}

static void readers_are_whom_it_is_for(void **state)
{
	mode_t mask = umask(027);

	(void)state;
	assert_int_equal(save(path, "all", PCSC_SAVE_SHARED), 0);
	assert_int_equal(mode_of(), 0640);
	assert_int_equal(save(path, "own", PCSC_SAVE_PRIVATE), 0);
	assert_int_equal(mode_of(), 0600);
	umask(mask);
}

/*
 * A link in our directory stands for each device: root could replace the host's
 * own /dev/null, and a bug would then do so.
 */
static const char *link_to(const char *device)
{
	static char name[80];

	snprintf(name, sizeof(name), "%s/link", dir);
	unlink(name);
	assert_int_equal(symlink(device, name), 0);
	return name;
}

static void is_still_a_link(const char *name)
{
	struct stat st;

	assert_int_equal(lstat(name, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	unlink(name);
}

static void what_is_no_file(void **state)
{
	const char *name = link_to("/dev/null");

	(void)state;
	assert_int_equal(save(name, "text", PCSC_SAVE_SHARED), 0);
	is_still_a_link(name);
	name = link_to("/dev/null");
	said_start();
	refused(save(name, "text", PCSC_SAVE_PRIVATE), -EINVAL,
		"is not a regular file");
	is_still_a_link(name);
	name = link_to("/dev/full");
	said_start();
	refused(save(name, "text", PCSC_SAVE_SHARED), -ENOSPC, name);
	is_still_a_link(name);
	said_start();
	refused(save(dir, "text", PCSC_SAVE_SHARED), -EISDIR, dir);
	said_start();
	refused(save(dir, "text", PCSC_SAVE_PRIVATE), -EINVAL, dir);
}

/* A secret goes to no other directory: there the link itself is replaced. */
static void a_link_to_a_file_stays(void **state)
{
	const char *name = link_to(path);
	struct stat st;

	(void)state;
	assert_int_equal(save(path, "old", PCSC_SAVE_SHARED), 0);
	assert_int_equal(save(name, "new", PCSC_SAVE_SHARED), 0);
	holds("new!");
	nothing_beside();
	assert_int_equal(save(name, "secret", PCSC_SAVE_PRIVATE), 0);
	holds("new!");
	assert_int_equal(lstat(name, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	unlink(name);
}

/* Without care the signal ends the program between the write and the removal. */
static void a_file_that_may_not_be_so_large(void **state)
{
	static char large[8192];
	const struct iovec part = { large, sizeof(large) };
	struct rlimit limit, small;
	int err;

	(void)state;
	assert_int_equal(save(path, "old", PCSC_SAVE_SHARED), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small = limit;
	small.rlim_cur = sizeof(large) / 2;
	said_start();
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	err = pcsc_save(path, &part, 1, PCSC_SAVE_SHARED);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	refused(err, -EFBIG, "nothing was changed there");
	holds("old!");
	nothing_beside();
}

#define NOBODY 65534

/* Root reads every directory, so that it is done by another user. */
static void become(uid_t uid)
{
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(dir, uid, -1), 0);
	assert_int_equal(seteuid(uid), 0);
}

/* A directory that cannot be read cannot be synced. */
static void an_unsynced_directory_is_a_warning(void **state)
{
	bool root = !geteuid();
	int err;

	(void)state;
	if (root)
		become(NOBODY);
	assert_int_equal(chmod(dir, 0300), 0);
	said_start();
	err = save(path, "new", PCSC_SAVE_SHARED);
	assert_int_equal(chmod(dir, 0700), 0);
	if (root)
		become(0);
	refused(err, 0, "cannot be synced");
	holds("new!");
}

static void what_it_is_made_from_is_spared(void **state)
{
	char other[80], link_to[80];
	char *inputs[] = { other, path };

	(void)state;
	snprintf(other, sizeof(other), "%s/other", dir);
	snprintf(link_to, sizeof(link_to), "%s/link", dir);
	assert_int_equal(save(path, "in", PCSC_SAVE_SHARED), 0);
	assert_int_equal(save(other, "in", PCSC_SAVE_SHARED), 0);
	assert_int_equal(link(path, link_to), 0);
	said_start();
	refused(pcsc_spare(link_to, inputs, 2), -EINVAL,
		"would be written over");
	said_start();
	refused(pcsc_spare(path, inputs, 2), -EINVAL, "would be written over");
	assert_int_equal(pcsc_spare(path, inputs, 1), 0);
	assert_int_equal(pcsc_spare("-", inputs, 2), 0);
	assert_int_equal(pcsc_spare("/dev/null", inputs, 2), 0);
	assert_int_equal(unlink(link_to), 0);
	assert_int_equal(pcsc_spare(link_to, inputs, 2), 0);
	assert_int_equal(unlink(other), 0);
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_are_put_together),
		cmocka_unit_test(a_failure_changes_nothing),
		cmocka_unit_test(a_mode_is_what_was_asked_for),
		cmocka_unit_test(readers_are_whom_it_is_for),
		cmocka_unit_test(a_link_to_a_file_stays),
		cmocka_unit_test(a_file_that_may_not_be_so_large),
		cmocka_unit_test(what_is_no_file),
		cmocka_unit_test(an_unsynced_directory_is_a_warning),
		cmocka_unit_test(what_it_is_made_from_is_spared),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
