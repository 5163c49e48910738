// SPDX-License-Identifier: GPL-2.0-only
#include "marks.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "core/text.h"
#include "talk.h"
#include "trace.h"

#define MOST_MARKS 65536

/* ---- in the recorder ---- */

static int make_socket(struct pcsc_marks *m)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (mkdir(PCSC_MARKS_DIR, 0755) && errno != EEXIST)
		return -errno;
	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (m->fd < 0)
		return -errno;
	snprintf(m->path, sizeof(m->path), PCSC_MARKS_DIR "/mark.%d", getpid());
	strcpy(address.sun_path, m->path);
	/* A process that had this ID may have been killed. */
	unlink(m->path);
	/* The file gets the mode of the socket: nobody else may write to it. */
	if (fchmod(m->fd, 0600) ||
	    bind(m->fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return 0;
}

void pcsc_marks_open(struct pcsc_marks *m)
{
	int err = make_socket(m);

	if (!err)
		return;
	pcsc_info("pcsc-trace mark will not find this recording: %s: %s",
		  PCSC_MARKS_DIR, strerror(-err));
	if (m->fd >= 0)
		close(m->fd);
	m->fd = -1;
}

static void keep(struct pcsc_marks *m, const struct pcsc_rec_mark *mark)
{
	struct pcsc_rec_mark *rows;

	if (!pcsc_is_text(mark->name, sizeof(mark->name)) || !mark->name[0])
		return;
	rows = m->nr < MOST_MARKS ?
		       reallocarray(m->rows, m->nr + 1, sizeof(*rows)) :
		       NULL;
	if (!rows) {
		m->left_out++;
		return;
	}
	m->rows = rows;
	rows[m->nr++] = *mark;
}

void pcsc_marks_fetch(struct pcsc_marks *m)
{
	struct pcsc_rec_mark mark;

	while (m->fd >= 0 && recv(m->fd, &mark, sizeof(mark), MSG_TRUNC) ==
				     (ssize_t)sizeof(mark))
		keep(m, &mark);
}

void pcsc_marks_end(struct pcsc_marks *m)
{
	if (m->fd < 0)
		return;
	unlink(m->path);
	pcsc_marks_fetch(m);
	close(TAKE_FD(m->fd));
}

void pcsc_marks_close(struct pcsc_marks *m)
{
	pcsc_marks_end(m);
	if (m->left_out)
		pcsc_warn("there was no room for %llu %s",
			  (unsigned long long)m->left_out,
			  pcsc_noun(m->left_out, "mark", "marks"));
	free(m->rows);
	*m = (struct pcsc_marks){ .fd = -1 };
}

/* ---- pcsc-trace mark ---- */

/* 1, 0 if nobody listens there any more, or a negative errno. */
static int send_to(const char *path, const struct pcsc_rec_mark *mark)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (sendto(fd, mark, sizeof(*mark), MSG_DONTWAIT,
		   (struct sockaddr *)&address,
		   sizeof(address)) == (ssize_t)sizeof(*mark))
		return 1;
	return errno == ECONNREFUSED || errno == ENOENT ? 0 : -errno;
}

static int send_all(const struct pcsc_rec_mark *mark)
{
	int err = 0, sent = 0;
	glob_t found;

	if (glob(PCSC_MARKS_DIR "/mark.*", GLOB_NOSORT, NULL, &found))
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		int now = send_to(found.gl_pathv[i], mark);

		if (now < 0)
			err = pcsc_fail(now, "cannot mark by %s: %s",
					found.gl_pathv[i], strerror(-now));
		else
			sent += now;
	}
	globfree(&found);
	return err ?: sent;
}

int pcsc_mark(const char *name)
{
	struct pcsc_rec_mark mark = { .ns = pcsc_now_ns(CLOCK_MONOTONIC) };
	int sent;

	if (!*name || strlen(name) >= sizeof(mark.name)) {
		pcsc_error("a mark's name has 1 to %zu characters, not '%s'",
			   sizeof(mark.name) - 1, name);
		return PCSC_EXIT_USAGE;
	}
	strcpy(mark.name, name);
	if (!pcsc_is_text(mark.name, sizeof(mark.name))) {
		pcsc_error("a mark's name can be printed, and is of ASCII");
		return PCSC_EXIT_USAGE;
	}
	sent = send_all(&mark);
	if (sent < 0)
		return pcsc_exit_of(sent);
	if (!sent)
		return pcsc_exit_of(pcsc_fail(
			-ENODEV,
			"nobody records at this moment: start pcsc-trace record first"));
	return PCSC_EXIT_OK;
}
