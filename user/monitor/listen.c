// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "cleanup.h"
#include "monitor/service.h"
#include "talk.h"

#define BACKLOG 1024

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

static int parse_port(const char *text, in_port_t *port)
{
	const size_t digits = strspn(text, "0123456789");
	unsigned long n = strtoul(text, NULL, 10);

	/* No port has more than five digits; leading zeros count among them. */
	if (!digits || digits > 5 || text[digits] || n > 65535)
		return -EINVAL;
	*port = htons(n);
	return 0;
}

static bool is_here(const union address *a)
{
	if (a->any.sa_family == AF_UNIX)
		return true;
	if (a->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
	return a->any.sa_family == AF_INET &&
	       ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
}

static socklen_t size_of(const union address *a)
{
	switch (a->any.sa_family) {
	case AF_UNIX:
		return sizeof(a->local);
	case AF_INET6:
		return sizeof(a->v6);
	default:
		return sizeof(a->v4);
	}
}

/* An absolute path: the daemon's directory is nobody's business. */
static int parse_path(const char *path, union address *a)
{
	if (path[0] != '/' || strlen(path) >= sizeof(a->local.sun_path))
		return -EINVAL;
	a->local.sun_family = AF_UNIX;
	strcpy(a->local.sun_path, path);
	return 0;
}

/* "127.0.0.1:9753", "localhost:9753", "[::1]:9753", "unix:/run/x.sock" */
static int parse_address(const char *text, union address *a)
{
	const char *colon = strrchr(text, ':');
	char host[64], *end;

	memset(a, 0, sizeof(*a));
	if (!strncmp(text, "unix:", 5))
		return parse_path(text + 5, a);
	if (!colon || colon - text >= (int)sizeof(host))
		return -EINVAL;
	memcpy(host, text, colon - text);
	host[colon - text] = '\0';
	if (!strcmp(host, "localhost"))
		strcpy(host, "127.0.0.1");
	if (host[0] == '[') {
		a->v6.sin6_family = AF_INET6;
		/* The only bracket that closes is the last character. */
		end = host + strcspn(host, "]");
		if (strcmp(end, "]"))
			return -EINVAL;
		*end = '\0';
		if (inet_pton(AF_INET6, host + 1, &a->v6.sin6_addr) != 1)
			return -EINVAL;
		return parse_port(colon + 1, &a->v6.sin6_port);
	}
	a->v4.sin_family = AF_INET;
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) != 1)
		return -EINVAL;
	return parse_port(colon + 1, &a->v4.sin_port);
}

int listen_check(const char *text)
{
	union address a;

	return parse_address(text, &a);
}

static int new_socket(const union address *a)
{
	return socket(a->any.sa_family,
		      SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static int option_of(int fd, int option)
{
	int value = -1;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) ? -1 : value;
}

/* A sandbox's kernel refuses a moment later, and not within connect(). */
static bool refused_later(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	return poll(&wait, 1, 1000) == 1 &&
	       option_of(fd, SO_ERROR) == ECONNREFUSED;
}

/* Any other failure may be of somebody who answers, such as a full backlog. */
static bool somebody_answers(const union address *a)
{
	_cleanup_close_ int fd = new_socket(a);

	if (fd < 0 || !connect(fd, &a->any, size_of(a)))
		return true;
	return errno == EINPROGRESS ? !refused_later(fd) :
				      errno != ECONNREFUSED;
}

bool listen_answers(const char *text)
{
	union address a;

	return !parse_address(text, &a) && somebody_answers(&a);
}

/* A daemon that was killed leaves its socket; nothing else may be removed. */
static int remove_stale(const union address *a)
{
	const char *path = a->local.sun_path;
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	if (somebody_answers(a))
		return -EADDRINUSE;
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

/* The mode is there from the first moment on: there are no threads yet. */
static int bind_local(struct listener *l, const union address *a)
{
	mode_t mask = umask(0117);
	int err = bind(l->fd, &a->any, size_of(a)) ? -errno : 0;
	struct stat st;

	umask(mask);
	if (err)
		return err;
	l->path = strdup(a->local.sun_path);
	if (!l->path || stat(l->path, &st))
		return -ENOMEM;
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	return 0;
}

static int bind_here(struct listener *l, const union address *a)
{
	const int on = 1;
	int err;

	l->local = a->any.sa_family == AF_UNIX;
	if (!l->local) {
		setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		return bind(l->fd, &a->any, size_of(a)) ? -errno : 0;
	}
	err = remove_stale(a);
	return err ? err : bind_local(l, a);
}

int listen_open(struct listener *l, const char *text)
{
	union address a;
	int err = 0;

	*l = (struct listener){ .fd = -1 };
	if (parse_address(text, &a))
		return pcsc_fail(
			-EINVAL,
			"'%s' is not an address and a port, as 127.0.0.1:9753, nor unix:/PATH",
			text);
	if (!is_here(&a))
		return pcsc_fail(
			-EINVAL,
			"'%s' is not a loopback address: give 127.0.0.1:PORT, [::1]:PORT or unix:/PATH; to serve other hosts, put a proxy with authentication in front",
			text);
	l->fd = new_socket(&a);
	if (l->fd < 0)
		err = -errno;
	if (!err)
		err = bind_here(l, &a);
	if (!err && listen(l->fd, BACKLOG))
		err = -errno;
	if (!err)
		return 0;
	listen_close(l);
	if (err == -ENOTSOCK)
		return pcsc_fail(
			-EEXIST,
			"cannot listen on %s: there is a file that is not a socket; remove it or give another path",
			text);
	return pcsc_fail(err, "cannot listen on %s: %s", text, strerror(-err));
}

int listen_adopt(struct listener *l, int fd)
{
	union address a = { 0 };
	socklen_t size = sizeof(a);

	*l = (struct listener){ .fd = -1 };
	if (option_of(fd, SO_TYPE) != SOCK_STREAM ||
	    option_of(fd, SO_ACCEPTCONN) != 1 || getsockname(fd, &a.any, &size))
		return pcsc_fail(
			-EINVAL,
			"descriptor %d of the service manager is not a stream socket that listens; give the .socket unit ListenStream=, and Accept=no",
			fd);
	if (!is_here(&a))
		return pcsc_fail(
			-EINVAL,
			"descriptor %d of the service manager listens to other hosts: give the .socket unit a loopback address or a path in ListenStream=",
			fd);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	l->fd = fd;
	l->local = a.any.sa_family == AF_UNIX;
	return 0;
}

/* Returns how many are open, also if @err is set. */
static int open_all(struct listener *l, const char *const *texts,
		    const char *fallback, int handed, int *err)
{
	int nr = 0;

	for (; !*err && nr < handed; nr += !*err)
		*err = listen_adopt(&l[nr], SERVICE_FIRST_FD + nr);
	for (int i = 0; !*err && i < LISTEN_MAX && texts[i]; i++) {
		if (nr == LISTEN_MAX)
			*err = pcsc_fail(
				-E2BIG,
				"'%s' is one too many: there may be %d sockets, with those of the service manager",
				texts[i], LISTEN_MAX);
		else
			*err = listen_open(&l[nr], texts[i]);
		nr += !*err;
	}
	if (!*err && !nr) {
		*err = listen_open(&l[0], fallback);
		nr += !*err;
	}
	return nr;
}

int listen_all(struct listener l[static LISTEN_MAX], const char *const *texts,
	       const char *fallback)
{
	const int handed = service_sockets();
	int nr, err = 0;

	if (handed > LISTEN_MAX)
		return pcsc_fail(
			-E2BIG,
			"the service manager handed over %d sockets, and there may be %d: take some out of the .socket unit",
			handed, LISTEN_MAX);
	nr = open_all(l, texts, fallback, handed, &err);
	for (int i = 0; err && i < nr; i++)
		listen_close(&l[i]);
	return err ? err : nr;
}

const char *listen_name(const struct listener *l, char name[static LISTEN_NAME])
{
	union address a = { 0 };
	socklen_t size = sizeof(a);
	char host[INET6_ADDRSTRLEN] = "";

	if (getsockname(l->fd, &a.any, &size))
		name[0] = '\0';
	else if (l->local)
		snprintf(name, LISTEN_NAME, "%s", a.local.sun_path);
	else if (a.any.sa_family == AF_INET6)
		snprintf(name, LISTEN_NAME, "[%s]:%u",
			 inet_ntop(AF_INET6, &a.v6.sin6_addr, host,
				   sizeof(host)),
			 ntohs(a.v6.sin6_port));
	else
		snprintf(name, LISTEN_NAME, "%s:%u",
			 inet_ntop(AF_INET, &a.v4.sin_addr, host, sizeof(host)),
			 ntohs(a.v4.sin_port));
	return name;
}

void listen_tell(const struct listener *l)
{
	char name[LISTEN_NAME];

	listen_name(l, name);
	if (l->local)
		pcsc_info("serving on %s", name);
	else
		pcsc_info("%.*s: serving on port %s",
			  (int)(strrchr(name, ':') - name), name,
			  strrchr(name, ':') + 1);
}

void listen_close(struct listener *l)
{
	struct stat st;

	if (l->path && !lstat(l->path, &st) && st.st_dev == l->dev &&
	    st.st_ino == l->ino && unlink(l->path))
		pcsc_info("cannot remove '%s': %s; the next start does",
			  l->path, strerror(errno));
	free(TAKE_PTR(l->path));
	pcsc_closep(&l->fd);
	l->fd = -1;
}
