/* SPDX-License-Identifier: GPL-2.0-only */
/* What every tool says and how it ends: talk on stderr, data on stdout. */
#ifndef PCSC_TALK_H
#define PCSC_TALK_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Exit status of every pcsc tool. What cannot be an input at all, such as a
 * directory, is refused; what cannot be opened or read is trouble.
 */
enum pcsc_exit {
	PCSC_EXIT_OK = 0,
	PCSC_EXIT_DIFFERS = 1,
	PCSC_EXIT_USAGE = 2,
	PCSC_EXIT_UNSUPPORTED = 3,
	PCSC_EXIT_PERMISSION = 4,
	PCSC_EXIT_REFUSED = 5,
	PCSC_EXIT_TROUBLE = 6,
	PCSC_EXITS,
};

/* What each of them means, in one line. */
extern const char *const pcsc_exit_words[];

extern const char *pcsc_program; /* set by main(), starts every message */
extern int pcsc_verbose;

void pcsc_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void pcsc_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void pcsc_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * For the start of main(): descriptors 0 to 2 that are closed are taken, so that
 * nothing that is opened later gets their numbers. Writing to one of them fails
 * as it would if it were closed still.
 */
void pcsc_reserve_stdio(void);

/* 0, or -EIO after a sentence if what was printed cannot be written. */
int pcsc_flush_stdout(void);

/* pcsc_error() and then @err: `return pcsc_fail(-EINVAL, "...");` */
int pcsc_fail(int err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * The next error goes to @to, of @size bytes, cut if it is longer, and those after it
 * nowhere: until this is called with NULL. For a reason that is told elsewhere.
 */
void pcsc_errors_to(char *to, size_t size);

/* "-": standard input where a file is read, standard output where one is written. */
bool pcsc_is_standard(const char *path);

/* What @n things are called: "1 access", "2 accesses". */
static inline const char *pcsc_noun(unsigned long long n, const char *one,
				    const char *many)
{
	return n == 1 ? one : many;
}

/* The exit status that tells a negative errno: -EPERM, -EACCES: permission... */
int pcsc_exit_of(int err);

#endif
