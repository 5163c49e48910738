// SPDX-License-Identifier: GPL-2.0-only
/* Of which recordings what-if and rehearse speak, and what they say of the others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile/replay.h"
#include "reported.h"
#include "said.h"

static char path[] = "/tmp/pcsc-replay.XXXXXX";

static struct pcsc_rec_event event = {
	.begin_ns = 1000,
	.ns = 30000,
	.where = 0x100 | 2 << PCSC_REC_EVENT_WIDTH | PCSC_REC_EVENT_USER,
};

/* Load the recording with these; what is said of it is then in @said. */
static int load(uint32_t flags, uint64_t events_lost, const char **said)
{
	struct pcsc_rec *loaded = NULL;
	int err;

	make(1);
	rec.header.flags = flags;
	rec.header.events_lost = events_lost;
	rec.events = &event;
	rec.header.nr_events = !!(flags & PCSC_REC_EVENTS);
	assert_int_equal(pcsc_rec_save(&rec, path), 0);
	said_start();
	err = replay_load(path, &loaded);
	*said = said_stop();
	if (loaded)
		pcsc_rec_free(loaded);
	return err;
}

static void test_whole(void **state)
{
	const char *said;

	(void)state;
	assert_int_equal(load(PCSC_REC_EVENTS, 0, &said), 0);
	assert_string_equal(said, "");
}

static void test_not_whole(void **state)
{
	const char *said;

	(void)state;
	assert_int_equal(load(PCSC_REC_EVENTS, 900, &said), 0);
	assert_non_null(strstr(said, path));
	assert_non_null(strstr(said, "900 more accesses could not be kept"));
	assert_int_equal(load(PCSC_REC_EVENTS | PCSC_REC_INCOMPLETE, 0, &said),
			 0);
	assert_non_null(strstr(said, "not all accesses are in it"));
}

static void test_refused(void **state)
{
	const char *said;

	(void)state;
	assert_int_equal(load(0, 0, &said), -EINVAL);
	assert_non_null(strstr(said, "record --events"));
	assert_int_equal(load(PCSC_REC_EVENTS | PCSC_REC_SERVED, 0, &said),
			 -EINVAL);
	assert_non_null(strstr(said, "record in mode 'off'"));
}

static int begin(void **state)
{
	const int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int end(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_not_whole),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
