// SPDX-License-Identifier: GPL-2.0-only
/*
 * nothing COMMAND [ARG...]: run it while the two programs of nothing.bpf.c, which do
 * nothing, are attached. Debian 12's bpftool cannot attach them.
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nothing.skel.h"

static int run(char **argv)
{
	pid_t pid;
	int status;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) ||
	    waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 1;
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct nothing *programs;
	int status = 1;

	if (argc < 2) {
		fprintf(stderr, "nothing: COMMAND [ARG...]\n");
		return 2;
	}
	programs = nothing__open_and_load();
	if (programs && !nothing__attach(programs))
		status = run(argv + 1);
	nothing__destroy(programs);
	return status;
}
