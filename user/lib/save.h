/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files are written whole or not at all: a temporary file beside the path, fsync,
 * rename, fsync of the directory. A reader sees the old file or the new one, also
 * after a crash, and a failure leaves the old one and nothing beside it.
 */
#ifndef PCSC_SAVE_H
#define PCSC_SAVE_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

enum pcsc_save {
	/* The umask decides who may read it. A pipe or a device is written as it is. */
	PCSC_SAVE_SHARED,
	/* Its owner alone may read it. What is not a regular file is refused. */
	PCSC_SAVE_PRIVATE,
};

/*
 * Write @parts, one after the other, to @path; "-" is standard output, which is
 * written as it is. 0, or a negative errno after a sentence with @path. A
 * directory that cannot be synced is a warning: the new file is in place.
 */
int pcsc_save(const char *path, const struct iovec *parts, int nr_parts,
	      enum pcsc_save how);

/*
 * The same for a regular file with this @mode, whatever the umask is, and silently.
 * A directory that cannot be synced is no failure.
 */
int pcsc_replace(const char *path, const struct iovec *parts, int nr_parts,
		 mode_t mode);

/*
 * Is @path another file than each of the @nr @inputs, which it would replace? 0, or
 * -EINVAL after a sentence with both names. What is not there replaces nothing.
 */
int pcsc_spare(const char *path, char *const *inputs, int nr);

/* All of @data, in as many writes as it takes. 0 or a negative errno, silently. */
int pcsc_write_all(int fd, const void *data, size_t size);

#endif
