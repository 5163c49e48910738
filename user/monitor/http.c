// SPDX-License-Identifier: GPL-2.0-only
/*
 * Servers without threads of their own, one a listener: their epoll descriptors
 * are in one of ours, which is one of those that main() waits for.
 */
#include "monitor/http.h"

#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "cleanup.h"
#include "monitor/answer.h"
#include "monitor/exporter.h"
#include "monitor/listen.h"
#include "monitor/peers.h"
#include "talk.h"

struct server {
	struct MHD_Daemon *daemon;
	struct peers peers;
};

struct http {
	struct source source;
	int epoll;
	int nr;
	struct server server[LISTEN_MAX];
};

static const union MHD_DaemonInfo *info(const struct server *s,
					enum MHD_DaemonInfoType what)
{
	return MHD_get_daemon_info(s->daemon, what);
}

/* The daemon owns the socket from here on. */
static struct MHD_Daemon *start_daemon(struct http *h, struct server *s, int fd)
{
	return MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, answer_request, &h->source,
		MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)PEERS_LIMIT, MHD_OPTION_NOTIFY_CONNECTION,
		peers_notify, &s->peers, MHD_OPTION_NOTIFY_COMPLETED,
		peers_answered, &s->peers, MHD_OPTION_UNESCAPE_CALLBACK,
		answer_unescape, NULL, MHD_OPTION_END);
}

static int add_server(struct http *h, struct listener *l, struct self *self)
{
	struct server *s = &h->server[h->nr];
	struct epoll_event event = { .events = EPOLLIN };

	peers_init(&s->peers, self);
	errno = 0;
	s->daemon = start_daemon(h, s, l->fd);
	if (!s->daemon)
		return pcsc_fail(-EIO, "cannot serve HTTP: %s",
				 errno ? strerror(errno) : "no reason given");
	h->nr++;
	listen_tell(l);
	(void)TAKE_FD(l->fd);
	if (epoll_ctl(h->epoll, EPOLL_CTL_ADD,
		      info(s, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &event))
		return pcsc_fail(-errno, "cannot wait: %s", strerror(errno));
	return 0;
}

int http_start(struct http **out, struct listener *listeners, int nr,
	       struct exporter *exporter, const struct history *history,
	       struct detail *detail)
{
	struct http *h = calloc(1, sizeof(*h));
	int err = 0;

	if (!h)
		return pcsc_fail(-ENOMEM, "out of memory");
	h->source = (struct source){ exporter->dir, exporter, history, detail };
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll < 0)
		err = pcsc_fail(-errno, "cannot wait: %s", strerror(errno));
	for (int i = 0; !err && i < nr; i++)
		err = add_server(h, &listeners[i], &exporter->self);
	if (err)
		http_stop(h);
	else
		*out = h;
	return err;
}

void http_stop(struct http *h)
{
	if (!h)
		return;
	for (int i = 0; i < h->nr; i++)
		MHD_stop_daemon(h->server[i].daemon);
	pcsc_closep(&h->epoll);
	free(h);
}

int http_fd(const struct http *h)
{
	return h->epoll;
}

/* -1 is later than anything. */
static int sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

int http_timeout_ms(const struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int first = -1;

	for (int i = 0; i < h->nr; i++) {
		first = sooner(first, peers_timeout_ms(&h->server[i].peers));
		if (MHD_get_timeout(h->server[i].daemon, &ms) == MHD_YES)
			first = sooner(first, ms > INT_MAX ? INT_MAX : (int)ms);
	}
	return first;
}

void http_run(struct http *h)
{
	for (int i = 0; i < h->nr; i++) {
		/* What has come is read first, if we were kept from it. */
		MHD_run(h->server[i].daemon);
		peers_hang_up(&h->server[i].peers);
	}
}
