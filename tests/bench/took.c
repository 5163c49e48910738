// SPDX-License-Identifier: GPL-2.0-only
/*
 * took WHAT: do one thing with the helper and print how much processor time it
 * took, in nanoseconds, which are instructions under QEMU's -icount shift=0. WHAT:
 * mode off|shadow|on, load FILE, state, stats. Only the call itself is counted, and
 * not what it sleeps.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/ioctl.h>

#include "cleanup.h"
#include "uapi/pcsc.h"

#define STATS "/sys/bus/pci/pcsc/stats"

static int fail(const char *what, const char *reason)
{
	fprintf(stderr, "took: %s: %s\n", what, reason);
	return 1;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static int node(void)
{
	return open(PCSC_DEVICE, O_RDWR | O_CLOEXEC);
}

static int set_mode(const char *word, uint64_t *ns)
{
	static const char *const words[] = { "off", "shadow", "on" };
	struct pcsc_mode mode = { .size = sizeof(mode) };
	_cleanup_close_ int fd = node();
	uint64_t start;

	while (mode.mode < 2 && strcmp(word, words[mode.mode]))
		mode.mode++;
	start = now();
	if (ioctl(fd, PCSC_IOC_MODE, &mode))
		return fail("mode", mode.reason);
	*ns = now() - start;
	return 0;
}

static int load(const char *path, uint64_t *ns)
{
	_cleanup_close_ int profile = open(path, O_RDONLY | O_CLOEXEC);
	struct pcsc_load what = { .size = sizeof(what), .fd = profile };
	_cleanup_close_ int fd = node();
	const uint64_t start = now();

	if (ioctl(fd, PCSC_IOC_LOAD, &what))
		return fail(path, what.reason);
	*ns = now() - start;
	return 0;
}

static int read_state(uint64_t *ns)
{
	struct pcsc_state state = {
		.size = sizeof(state),
		.item_size = sizeof(struct pcsc_function_state),
	};
	_cleanup_free_ struct pcsc_function_state *items = NULL;
	_cleanup_close_ int fd = node();
	uint64_t start;

	if (ioctl(fd, PCSC_IOC_STATE, &state))
		return fail("state", strerror(errno));
	items = calloc(state.count + 1, sizeof(*items));
	if (!items)
		return fail("state", "out of memory");
	state.items = (uintptr_t)items;
	start = now();
	if (ioctl(fd, PCSC_IOC_STATE, &state))
		return fail("state", strerror(errno));
	*ns = now() - start;
	return 0;
}

static int read_stats(uint64_t *ns)
{
	_cleanup_close_ int fd = open(STATS, O_RDONLY | O_CLOEXEC);
	char text[4096];
	const uint64_t start = now();

	if (read(fd, text, sizeof(text)) <= 0)
		return fail(STATS, strerror(errno));
	*ns = now() - start;
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	uint64_t ns = 0;
	int ret;

	if (argc == 3 && !strcmp(what, "mode"))
		ret = set_mode(argv[2], &ns);
	else if (argc == 3 && !strcmp(what, "load"))
		ret = load(argv[2], &ns);
	else if (argc == 2 && !strcmp(what, "state"))
		ret = read_state(&ns);
	else if (argc == 2 && !strcmp(what, "stats"))
		ret = read_stats(&ns);
	else
		ret = fail("usage", "mode MODE | load FILE | state | stats");
	if (!ret)
		printf("%llu\n", (unsigned long long)ns);
	return ret;
}
