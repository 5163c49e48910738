// SPDX-License-Identifier: GPL-2.0-only
/*
 * NAME DIRECTORY: give every file of the directory to the target, without
 * libFuzzer, and say how many there were, in TAP. A failure names the file.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

/* So that a sanitizer's finding comes to tell(), as any other does. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

const char *__asan_default_options(void)
{
	return "abort_on_error=1";
}

const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:print_stacktrace=1";
}

static char current[4096];
static const char *target;

static void tell(int signal)
{
	dprintf(STDOUT_FILENO, "not ok - the fuzz target %s fails with %s\n",
		target, current);
	_exit(128 + signal);
}

static void replay(const char *path)
{
	static u8 data[1 << 20];
	FILE *file = fopen(path, "rb");
	size_t size;
	u8 *copy;

	if (!file) {
		perror(path);
		exit(1);
	}
	size = fread(data, 1, sizeof(data), file);
	fclose(file);
	copy = fuzz_copy(data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE,
				       SIGALRM };
	struct dirent **entries;
	int nr;

	if (argc != 2) {
		fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
		return 2;
	}
	target = strrchr(argv[1], '/') ? strrchr(argv[1], '/') + 1 : argv[1];
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], tell);
	nr = scandir(argv[1], &entries, is_input, alphasort);
	if (nr <= 0) {
		printf("not ok - there is nothing in %s\n", argv[1]);
		return 1;
	}
	for (int i = 0; i < nr; i++) {
		snprintf(current, sizeof(current), "%s/%s", argv[1],
			 entries[i]->d_name);
		alarm(20);
		replay(current);
		free(entries[i]);
	}
	free(entries);
	printf("ok - the fuzz target %s holds with %d inputs\n", target, nr);
	return 0;
}
