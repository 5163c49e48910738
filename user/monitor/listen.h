/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sockets to serve on: of loopback or of the file system, never of other hosts.
 * They are made by us or handed over by the service manager; both are held to that.
 */
#ifndef PCSC_MONITOR_LISTEN_H
#define PCSC_MONITOR_LISTEN_H

#include <stdbool.h>
#include <sys/types.h>

#define LISTEN_MAX 4

struct listener {
	int fd;
	bool local; /* a Unix socket, which has no name that could be rebound */
	char *path; /* of the socket that we made and remove, or NULL */
	dev_t dev; /* which file that was */
	ino_t ino;
};

/* 0, or -EINVAL if @text is neither "ADDR:PORT" nor "unix:/PATH"; it may be of
 * another host. */
int listen_check(const char *text);

/* Whether somebody listens at @text, which listen_check() takes, or may do so. */
bool listen_answers(const char *text);

/* 0, or a negative errno after a sentence. */
int listen_open(struct listener *l, const char *text);

/* Take @fd, which the service manager opened. The same, and @fd is not closed. */
int listen_adopt(struct listener *l, int fd);

/*
 * All that the service manager handed over and all that is named in @texts, which ends
 * with a NULL or has LISTEN_MAX; if that is none, @fallback. How many are in @l, or a
 * negative errno after a sentence, and none is open.
 */
int listen_all(struct listener l[static LISTEN_MAX], const char *const *texts,
	       const char *fallback);

/* "127.0.0.1:9753", "[::1]:9753" or a path. Returns @name. */
#define LISTEN_NAME 128
const char *listen_name(const struct listener *l,
			char name[static LISTEN_NAME]);

/* With -v: where it is. */
void listen_tell(const struct listener *l);

/* Close it, unless it is served, and remove what was made. */
void listen_close(struct listener *l);

#endif
