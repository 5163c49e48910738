// SPDX-License-Identifier: GPL-2.0-only
#include "talk.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "array.h"

const char *const pcsc_exit_words[] = {
	[PCSC_EXIT_OK] = "done",
	[PCSC_EXIT_DIFFERS] = "things were compared, and they differ",
	[PCSC_EXIT_USAGE] = "wrong usage",
	[PCSC_EXIT_UNSUPPORTED] =
		"this host lacks something, such as the helper",
	[PCSC_EXIT_PERMISSION] = "not permitted",
	[PCSC_EXIT_REFUSED] =
		"refused: by the kernel helper, or because of what the input is",
	[PCSC_EXIT_TROUBLE] =
		"trouble, such as I/O or memory: no fault of the command line",
};
static_assert(ARRAY_SIZE(pcsc_exit_words) == PCSC_EXITS, "a line for each");

const char *pcsc_program = "pcsc";
int pcsc_verbose;

static char *kept; /* where the first error goes instead, or NULL */
static size_t kept_size;

void pcsc_errors_to(char *to, size_t size)
{
	kept = to;
	kept_size = size;
	if (to)
		to[0] = '\0';
}

static void say(const char *level, const char *fmt, va_list ap)
{
	fprintf(stderr, "%s: %s", pcsc_program, level);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

static void say_error(const char *fmt, va_list ap)
{
	if (!kept)
		say("", fmt, ap);
	else if (!kept[0])
		vsnprintf(kept, kept_size, fmt, ap);
}

void pcsc_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_error(fmt, ap);
	va_end(ap);
}

void pcsc_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("warning: ", fmt, ap);
	va_end(ap);
}

void pcsc_info(const char *fmt, ...)
{
	va_list ap;

	if (!pcsc_verbose)
		return;
	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

void pcsc_reserve_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			/* The lowest free descriptor is this one. */
			(void)!open("/dev/null",
				    fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int pcsc_flush_stdout(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return pcsc_fail(-EIO, "standard output: %s",
			 errno ? strerror(errno) :
				 "not all of it could be written");
}

int pcsc_fail(int err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say_error(fmt, ap);
	va_end(ap);
	return err;
}

bool pcsc_is_standard(const char *path)
{
	return !strcmp(path, "-");
}

int pcsc_exit_of(int err)
{
	switch (err) {
	case 0:
		return PCSC_EXIT_OK;
	case -EPERM:
	case -EACCES:
		return PCSC_EXIT_PERMISSION;
	case -EOPNOTSUPP:
	case -ENOSYS:
	case -ENODEV:
		return PCSC_EXIT_UNSUPPORTED;
	case -EINVAL:
	case -EBADMSG:
	case -EFBIG:
	case -EBUSY:
	case -EISDIR:
		return PCSC_EXIT_REFUSED;
	default:
		return PCSC_EXIT_TROUBLE;
	}
}
