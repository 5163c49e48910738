// SPDX-License-Identifier: GPL-2.0-only
/*
 * another COMMAND [ARGUMENT...]: in the session of the live update orchestrator whose
 * descriptor is inherited, preserve memory, too; then run the command.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup.h"
#include "liveupdate.h"
#include "talk.h"

/* The lines have 1. */
#define TOKEN 2
#define MOST_FDS 64

static bool is_session(int fd)
{
	char path[32], name[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return readlink(path, name, sizeof(name) - 1) > 0 &&
	       strstr(name, "[luo_session]");
}

static int preserve_memory(void)
{
	struct liveupdate_descriptor d = { .size = sizeof(d), .token = TOKEN };
	int session = 0;

	while (session < MOST_FDS && !is_session(session))
		session++;
	d.fd = memfd_create("another", 0);
	if (d.fd < 0 || ftruncate(d.fd, 4096))
		return pcsc_fail(-1, "there is no memory");
	return ioctl(session, LIVEUPDATE_PRESERVE_FD, &d);
}

int main(int argc, char **argv)
{
	pcsc_program = "another";
	if (argc < 2)
		return PCSC_EXIT_USAGE;
	if (preserve_memory())
		perror("another: memory is not preserved");
	else
		execvp(argv[1], argv + 1);
	return PCSC_EXIT_TROUBLE;
}
