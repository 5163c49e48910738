// SPDX-License-Identifier: GPL-2.0-only
/* Profiles that are read from files, which are bounded, and written to them. */
#include "profile.h"
#include "recording.h"
#include "save.h"
#include "talk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static int read_all(int fd, const char *path, char *buf, size_t room,
		    size_t *size)
{
	*size = 0;
	while (*size < room) {
		ssize_t n = read(fd, buf + *size, room - *size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return pcsc_fail(-errno, "%s: cannot read: %s", path,
					 strerror(errno));
		if (!n)
			break;
		*size += n;
	}
	return 0;
}

static int open_input(const char *path)
{
	if (pcsc_is_standard(path))
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	return open(path, O_RDONLY | O_CLOEXEC);
}

int profile_read_file(const char *path, size_t max, char **out, size_t *size)
{
	_cleanup_close_ int fd = open_input(path);
	_cleanup_free_ char *buf = NULL;
	struct stat st;
	int err;

	if (fd < 0)
		return pcsc_fail(-errno, "%s: cannot open: %s", path,
				 strerror(errno));
	if (fstat(fd, &st))
		return pcsc_fail(-errno, "%s: %s", path, strerror(errno));
	if (S_ISREG(st.st_mode) && (size_t)st.st_size > max)
		return pcsc_fail(
			-EFBIG,
			"%s: %lld bytes, a profile has at most %zu: refused",
			path, (long long)st.st_size, max);
	/* One byte more is read, to see whether a pipe holds too much. */
	buf = malloc(max + 2);
	if (!buf)
		return pcsc_fail(-ENOMEM, "%s: out of memory", path);
	err = read_all(fd, path, buf, max + 1, size);
	if (err)
		return err;
	if (*size > max)
		return pcsc_fail(
			-EFBIG,
			"%s: more than %zu bytes, the most a profile has: refused",
			path, max);
	buf[*size] = '\0';
	*out = TAKE_PTR(buf);
	return 0;
}

static bool looks_compiled(const char *data, size_t size)
{
	u32 magic;

	if (size < sizeof(magic))
		return false;
	memcpy(&magic, data, sizeof(magic));
	return magic == PCSC_PROFILE_MAGIC;
}

static bool looks_json(const char *data, size_t size)
{
	size_t blank = strspn(data, " \t\r\n");

	return blank < size && data[blank] == '{';
}

const char *profile_input_name(const char *path)
{
	return pcsc_is_standard(path) ? "standard input" : path;
}

static bool begins(const char *data, size_t size, const char *with)
{
	return size >= strlen(with) && !memcmp(data, with, strlen(with));
}

static const char *what_it_is(const char *data, size_t size)
{
	if (!size)
		return "it is empty";
	if (begins(data, size, "\xef\xbb\xbf") ||
	    begins(data, size, "\xff\xfe") || begins(data, size, "\xfe\xff"))
		return "it begins with a byte-order mark, save it as UTF-8 without one";
	if (begins(data, size, PCSC_REC_MAGIC))
		return "it is a recording, of which generate makes a profile";
	return "neither a JSON profile nor one compiled on a host of this byte order";
}

int profile_load(const char *path, bool floor_wins, struct profile **out,
		 bool *compiled)
{
	_cleanup_prof_ struct profile *prof = NULL;
	_cleanup_free_ char *data = NULL;
	bool binary;
	size_t size;
	int err;

	err = profile_read_file(path, PROFILE_MAX_JSON, &data, &size);
	if (err)
		return err;
	path = profile_input_name(path);
	binary = looks_compiled(data, size);
	if (binary)
		err = profile_decode(path, data, size, &prof);
	else if (looks_json(data, size))
		err = profile_parse(path, data, size, &prof);
	else
		err = pcsc_fail(-EINVAL, "%s: offset 0: %s: refused", path,
				what_it_is(data, size));
	if (err)
		return err;
	err = profile_check(path, prof, floor_wins);
	if (err)
		return err;
	if (compiled)
		*compiled = binary;
	*out = TAKE_PTR(prof);
	return 0;
}

int profile_write(const char *path, void *data, size_t size)
{
	const struct iovec whole = { data, size };

	return pcsc_save(path, &whole, 1, PCSC_SAVE_SHARED);
}

int profile_write_json(struct profile *prof, const char *path)
{
	_cleanup_free_ char *text = NULL;
	int err;

	err = profile_dump(prof, &text);
	if (err)
		return err;
	return profile_write(path, text, strlen(text));
}

int profile_load_compiled(const char *path, bool floor_wins, void **out,
			  u32 *size)
{
	_cleanup_prof_ struct profile *prof = NULL;

	return profile_load(path, floor_wins, &prof, NULL) ?:
		       profile_compile(profile_input_name(path), prof, out,
				       size);
}
