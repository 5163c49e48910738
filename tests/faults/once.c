// SPDX-License-Identifier: GPL-2.0-only
/*
 * once N OPERATION ARGUMENT...: do it, and let the N-th allocation that the kernel
 * makes for it fail (/proc/thread-self/fail-nth: CONFIG_FAULT_INJECTION). What
 * user space needs is there before. One line on stdout: "reached" or "over" (there
 * were fewer), and 0 or the errno's name; status 0, or 3 if it was over.
 *
 *   insmod FILE        write FILE TEXT     read FILE
 *   load PROFILE       limit BUS DEVFN
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "talk.h"
#include "uapi/pcsc.h"

static int fail_nth = -1;
static char nth[16];

/* From here on the kernel counts this thread's allocations. */
static void begin(void)
{
	if (write(fail_nth, nth, strlen(nth)) >= 0)
		return;
	pcsc_error("fail-nth: %s", strerror(errno));
	exit(PCSC_EXIT_TROUBLE);
}

static int do_open(const char *path, int flags)
{
	const int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0) {
		pcsc_error("%s: %s", path, strerror(errno));
		exit(PCSC_EXIT_TROUBLE);
	}
	return fd;
}

static long do_insmod(char **args)
{
	_cleanup_close_ int fd = do_open(args[0], O_RDONLY);

	begin();
	return syscall(SYS_finit_module, fd, "", 0);
}

static long do_write(char **args)
{
	_cleanup_close_ int fd = do_open(args[0], O_WRONLY);

	begin();
	return write(fd, args[1], strlen(args[1]));
}

static long do_read(char **args)
{
	static char buffer[65536];
	int fd;

	begin();
	fd = open(args[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));
}

static long do_load(char **args)
{
	_cleanup_close_ int helper = do_open(PCSC_DEVICE, O_RDWR);
	struct pcsc_load load = { .size = sizeof(load),
				  .fd = do_open(args[0], O_RDONLY) };

	begin();
	return ioctl(helper, PCSC_IOC_LOAD, &load);
}

static long do_limit(char **args)
{
	_cleanup_close_ int helper = do_open(PCSC_DEVICE, O_RDWR);
	struct pcsc_mode mode = { .size = sizeof(mode),
				  .mode = PCSC_MODE_OFF,
				  .scope = PCSC_SCOPE_FUNCTION,
				  .bus = strtoul(args[0], NULL, 16),
				  .devfn = strtoul(args[1], NULL, 16) };

	begin();
	return ioctl(helper, PCSC_IOC_MODE, &mode);
}

static const struct operation {
	const char *name;
	int args;
	long (*act)(char **args);
} operations[] = {
	{ "insmod", 1, do_insmod }, { "write", 2, do_write },
	{ "read", 1, do_read },	    { "load", 1, do_load },
	{ "limit", 2, do_limit },
};

/* Not zero: so many were still to come. */
static bool was_reached(void)
{
	char left[16] = "";

	return pread(fail_nth, left, sizeof(left) - 1, 0) > 0 && !atoi(left);
}

static int run(const struct operation *o, char **args)
{
	const long result = o->act(args);
	const int err = result < 0 ? errno : 0;
	const bool reached = was_reached();

	if (!reached && write(fail_nth, "0", 1) < 0)
		return PCSC_EXIT_TROUBLE;
	printf("%s %s\n", reached ? "reached" : "over",
	       err ? strerrorname_np(err) : "0");
	return reached ? 0 : 3;
}

int main(int argc, char **argv)
{
	size_t i;

	pcsc_program = "once";
	if (argc < 3)
		goto usage;
	snprintf(nth, sizeof(nth), "%s", argv[1]);
	fail_nth = do_open("/proc/thread-self/fail-nth", O_RDWR);
	for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(operations[i].name, argv[2]) &&
		    operations[i].args == argc - 3)
			return run(&operations[i], argv + 3);
usage:
	fprintf(stderr,
		"usage: once N OPERATION ARGUMENT..., see its source\n");
	return PCSC_EXIT_USAGE;
}
