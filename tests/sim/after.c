// SPDX-License-Identifier: GPL-2.0-only
/*
 * after: what reads see that begin after a command has ended.
 *
 * Two threads read one dword over and over while a command runs that changes it, and
 * makes whoever caches it forget. Reads that began before the command's end may have
 * either value; later ones only the new one.
 */
#include <argp.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "talk.h"

#define THREADS 2
#define ENOUGH 2000 /* reads of each thread, before the command and after it */

static const char *path;
static long offset;
static const char *command;

static atomic_bool over; /* the command has ended */
static atomic_uint before[THREADS];

struct seen {
	int thread;
	unsigned long
		reads[2]; /* begun before the command's end, and after it */
	unsigned long old[2]; /* of them with the value of the beginning */
	bool failed;
};

static uint32_t first;

static bool read_dword(int fd, uint32_t *value)
{
	return pread(fd, value, sizeof(*value), offset) == sizeof(*value);
}

static void *reader(void *arg)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct seen *seen = arg;
	uint32_t value;
	bool after;

	while (seen->reads[1] < ENOUGH) {
		after = atomic_load(&over);
		if (fd < 0 || !read_dword(fd, &value)) {
			seen->failed = true;
			atomic_store(&before[seen->thread], ENOUGH);
			break;
		}
		seen->reads[after]++;
		seen->old[after] += value == first;
		if (!after)
			atomic_fetch_add(&before[seen->thread], 1);
	}
	return NULL;
}

static bool all_are_reading(void)
{
	for (int i = 0; i < THREADS; i++)
		if (atomic_load(&before[i]) < ENOUGH)
			return false;
	return true;
}

static int run(void)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct seen seen[THREADS] = {};
	pthread_t threads[THREADS];
	int status, bad = 0;

	if (fd < 0 || !read_dword(fd, &first))
		return pcsc_fail(1, "%s cannot be read", path);
	for (int i = 0; i < THREADS; i++) {
		seen[i].thread = i;
		if (pthread_create(&threads[i], NULL, reader, &seen[i]))
			return pcsc_fail(1, "no thread");
	}
	while (!all_are_reading())
		usleep(1000);
	status = system(command);
	atomic_store(&over, true);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		printf("thread %d: %lu reads begun before, %lu of them 0x%08x; %lu after, %lu of them 0x%08x\n",
		       i, seen[i].reads[0], seen[i].old[0], first,
		       seen[i].reads[1], seen[i].old[1], first);
		bad |= seen[i].failed || seen[i].old[1] || !seen[i].old[0];
	}
	return bad || status;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			path = arg;
		else if (state->arg_num == 1)
			offset = strtol(arg, NULL, 16);
		else if (state->arg_num == 2)
			command = arg;
		else
			argp_usage(state);
		return 0;
	case ARGP_KEY_END:
		if (!command)
			argp_usage(state);
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "CONFIG OFFSET COMMAND",
	.doc = "Read the dword at OFFSET (hexadecimal) of the file CONFIG by two threads while COMMAND runs. Ends with 0 if COMMAND did, and no read that began after its end had the value of the beginning.",
};

int main(int argc, char **argv)
{
	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	return run();
}
