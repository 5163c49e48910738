// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server without threads of its own: libmicrohttpd's epoll descriptor is one
 * of those that main() waits for. It binds to loopback or not at all.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "monitor/answer.h"
#include "monitor/http.h"
#include "monitor/peers.h"
#include "talk.h"

struct http {
	struct MHD_Daemon *daemon;
	struct source source;
	struct peers peers;
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
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

static bool is_loopback(const union address *a)
{
	if (a->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
	return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
}

/* "127.0.0.1:9753", "localhost:9753", "[::1]:9753" */
static int parse_address(const char *text, union address *a)
{
	const char *colon = strrchr(text, ':');
	char host[64], *end;

	memset(a, 0, sizeof(*a));
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

int http_check_address(const char *listen)
{
	union address a;

	return parse_address(listen, &a);
}

static struct MHD_Daemon *start_daemon(struct http *h, const union address *a)
{
	bool v6 = a->any.sa_family == AF_INET6;

	return MHD_start_daemon(
		MHD_USE_EPOLL | (v6 ? MHD_USE_IPv6 : 0), 0, NULL, NULL,
		answer_request, &h->source, MHD_OPTION_SOCK_ADDR, &a->any,
		MHD_OPTION_CONNECTION_LIMIT, 2u * PEERS_MAX,
		MHD_OPTION_NOTIFY_CONNECTION, peers_notify, &h->peers,
		MHD_OPTION_NOTIFY_COMPLETED, peers_answered, &h->peers,
		MHD_OPTION_UNESCAPE_CALLBACK, answer_unescape, NULL,
		MHD_OPTION_END);
}

int http_start(struct http **out, const char *listen, const char *dir,
	       const struct history *history, struct detail *detail)
{
	_cleanup_free_ struct http *h = calloc(1, sizeof(*h));
	union address a;

	if (!h)
		return pcsc_fail(-ENOMEM, "out of memory");
	if (parse_address(listen, &a))
		return pcsc_fail(
			-EINVAL,
			"'%s' is not an address and a port, as 127.0.0.1:9753",
			listen);
	if (!is_loopback(&a))
		return pcsc_fail(
			-EINVAL,
			"'%s' is not a loopback address: give 127.0.0.1:PORT or [::1]:PORT; to serve other hosts, put a proxy with authentication in front",
			listen);
	h->source = (struct source){ dir, history, detail };
	peers_init(&h->peers);
	errno = 0;
	h->daemon = start_daemon(h, &a);
	if (!h->daemon)
		return pcsc_fail(-EIO, "cannot listen on %s: %s", listen,
				 errno ? strerror(errno) : "no reason given");
	pcsc_info("serving on port %u", http_port(h));
	*out = TAKE_PTR(h);
	return 0;
}

unsigned int http_port(const struct http *h)
{
	return MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void http_stop(struct http *h)
{
	if (h)
		MHD_stop_daemon(h->daemon);
	free(h);
}

int http_fd(const struct http *h)
{
	return MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD)
		->epoll_fd;
}

int http_timeout_ms(const struct http *h)
{
	MHD_UNSIGNED_LONG_LONG ms;
	int peers = peers_timeout_ms(&h->peers), mhd = -1;

	if (MHD_get_timeout(h->daemon, &ms) == MHD_YES)
		mhd = ms > INT_MAX ? INT_MAX : (int)ms;
	if (mhd < 0 || peers < 0)
		return mhd < 0 ? peers : mhd;
	return mhd < peers ? mhd : peers;
}

void http_run(struct http *h)
{
	peers_hang_up(&h->peers);
	MHD_run(h->daemon);
}
