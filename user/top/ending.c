// SPDX-License-Identifier: GPL-2.0-only
#include "ending.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t asked;

static void ask(int signal)
{
	(void)signal;
	asked = true;
}

/* What waits is to be interrupted: no SA_RESTART. */
void ending_start(void)
{
	const struct sigaction end = { .sa_handler = ask };

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
}

bool ending(void)
{
	return asked;
}

/* A signal between the look and the wait would not be seen: slices of a second. */
void ending_wait(double at)
{
	struct timespec t;
	double left;

	while (!asked) {
		clock_gettime(CLOCK_MONOTONIC, &t);
		left = at - (t.tv_sec + t.tv_nsec / 1e9);
		if (left <= 0)
			return;
		left = left < 1 ? left : 1;
		t.tv_sec = (time_t)left;
		t.tv_nsec = (left - t.tv_sec) * 1e9;
		nanosleep(&t, NULL);
	}
}
