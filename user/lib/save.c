// SPDX-License-Identifier: GPL-2.0-only
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"
#include "talk.h"

int pcsc_write_all(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		size -= n;
	}
	return 0;
}

static int write_parts(int fd, const struct iovec *parts, int nr_parts)
{
	int err = 0;

	for (int i = 0; !err && i < nr_parts; i++)
		err = pcsc_write_all(fd, parts[i].iov_base, parts[i].iov_len);
	return err;
}

static int write_stdout(const struct iovec *parts, int nr_parts)
{
	int err = write_parts(STDOUT_FILENO, parts, nr_parts);

	return err ? pcsc_fail(err, "standard output: cannot write: %s",
			       strerror(-err)) :
		     0;
}

static int write_device(const char *path, const struct iovec *parts,
			int nr_parts)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : write_parts(fd, parts, nr_parts);

	return err ? pcsc_fail(err, "cannot write '%s': %s", path,
			       strerror(-err)) :
		     0;
}

/* mkostemp() makes files that their owner alone may read. */
static mode_t mode_of(enum pcsc_save how)
{
	mode_t mask;

	if (how == PCSC_SAVE_PRIVATE)
		return 0600;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* The rename must be on disk too, or a crash brings the old file back. */
static int sync_directory(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd = -1;

	if (!copy)
		return -ENOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* Some file systems have no such thing to do. */
	return fsync(fd) && errno != EINVAL ? -errno : 0;
}

static int replace(const char *path, char *temp, const struct iovec *parts,
		   int nr_parts, mode_t mode)
{
	_cleanup_close_ int fd = mkostemp(temp, O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = fchmod(fd, mode) ? -errno : 0;
	if (!err)
		err = write_parts(fd, parts, nr_parts);
	if (!err && fsync(fd))
		err = -errno;
	if (!err && rename(temp, path))
		err = -errno;
	if (err)
		unlink(temp);
	return err;
}

/* A limit of the file's size is an error of write() then, and not the end of us. */
static int replace_or_fail(const char *path, char *temp,
			   const struct iovec *parts, int nr_parts, mode_t mode)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	int err;

	sigaction(SIGXFSZ, &ignore, &before);
	err = replace(path, temp, parts, nr_parts, mode);
	sigaction(SIGXFSZ, &before, NULL);
	return err;
}

int pcsc_replace(const char *path, const struct iovec *parts, int nr_parts,
		 mode_t mode)
{
	_cleanup_free_ char *temp = NULL;
	int err;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0) {
		temp = NULL;
		return -ENOMEM;
	}
	err = replace_or_fail(path, temp, parts, nr_parts, mode);
	if (!err)
		sync_directory(path);
	return err;
}

static int write_file(const char *path, const struct iovec *parts, int nr_parts,
		      enum pcsc_save how)
{
	_cleanup_free_ char *temp = NULL;
	int err;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return pcsc_fail(-ENOMEM, "no memory left for '%s'", path);
	err = replace_or_fail(path, temp, parts, nr_parts, mode_of(how));
	if (err)
		return pcsc_fail(
			err, "cannot write '%s': %s; nothing was changed there",
			path, strerror(-err));
	err = sync_directory(path);
	if (err)
		pcsc_warn(
			"'%s' is written, but a crash of this host may undo it: its directory cannot be synced: %s",
			path, strerror(-err));
	return 0;
}

int pcsc_save(const char *path, const struct iovec *parts, int nr_parts,
	      enum pcsc_save how)
{
	_cleanup_free_ char *named = NULL;
	struct stat st;

	if (pcsc_is_standard(path))
		return write_stdout(parts, nr_parts);
	/* A link of another user must not say where a secret goes. */
	if (how != PCSC_SAVE_PRIVATE)
		named = realpath(path, NULL);
	if (stat(path, &st) || S_ISREG(st.st_mode))
		return write_file(named ?: path, parts, nr_parts, how);
	if (how == PCSC_SAVE_PRIVATE)
		return pcsc_fail(-EINVAL, "'%s' is not a regular file", path);
	return write_device(path, parts, nr_parts);
}

int pcsc_spare(const char *path, char *const *inputs, int nr)
{
	struct stat out, in;

	if (pcsc_is_standard(path) || stat(path, &out) || !S_ISREG(out.st_mode))
		return 0;
	for (int i = 0; i < nr; i++)
		if (!stat(inputs[i], &in) && in.st_dev == out.st_dev &&
		    in.st_ino == out.st_ino)
			return pcsc_fail(
				-EINVAL,
				"'%s' would be written over '%s', which is what it is made from: give it another name",
				path, inputs[i]);
	return 0;
}
