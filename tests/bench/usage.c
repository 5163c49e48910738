// SPDX-License-Identifier: GPL-2.0-only
/* usage COMMAND [ARG...]: run it, and print its processor time in ms and its memory in KiB. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long ms(const struct timeval *t)
{
	return t->tv_sec * 1000 + t->tv_usec / 1000;
}

int main(int argc, char **argv)
{
	struct rusage u;
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = fork();
	if (!pid) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) != pid)
		return 1;
	fprintf(stderr, "%ld %ld\n", ms(&u.ru_utime) + ms(&u.ru_stime),
		u.ru_maxrss);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}
