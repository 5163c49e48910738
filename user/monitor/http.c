// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server without threads of its own: libmicrohttpd's epoll descriptor is one
 * of those that main() waits for. It binds to loopback or not at all, and it
 * answers only requests whose Host header names this host: a page elsewhere
 * that had its name rebound to 127.0.0.1 gets 403.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

#include "array.h"
#include "cleanup.h"
#include "monitor/http.h"
#include "monitor/page.h"
#include "monitor/render.h"
#include "talk.h"

struct peer;

struct http {
	struct MHD_Daemon *daemon;
	const char *dir;
	TAILQ_HEAD(peers, peer) peers; /* the one that waits longest is first */
	unsigned int nr_peers;
};

/* ---- answering ------------------------------------------------------------- */

typedef void (*render_fn)(FILE *out, const struct stats *s);

static const struct route {
	const char *path;
	const char *type;
	const char *text; /* one of these two */
	render_fn render;
} routes[] = {
	{ "/", "text/html; charset=utf-8", page_html, NULL },
	{ "/live.js", "text/javascript; charset=utf-8", page_js, NULL },
	{ "/live.css", "text/css; charset=utf-8", page_css, NULL },
	{ "/metrics", "text/plain; version=0.0.4; charset=utf-8", NULL,
	  render_metrics },
	{ "/status.json", "application/json", NULL, render_json },
};

static enum MHD_Result answer(struct MHD_Connection *c, unsigned int status,
			      const char *type, struct MHD_Response *r)
{
	enum MHD_Result ret;

	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "Content-Security-Policy",
				"default-src 'self'; img-src data:; "
				"base-uri 'none'; form-action 'none'; "
				"frame-ancestors 'none'");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	ret = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return ret;
}

/* MHD's constant texts are not const in its interface. */
static enum MHD_Result answer_text(struct MHD_Connection *c,
				   unsigned int status, const char *type,
				   const char *text)
{
	return answer(c, status, type,
		      MHD_create_response_from_buffer(strlen(text),
						      (void *)(uintptr_t)text,
						      MHD_RESPMEM_PERSISTENT));
}

static enum MHD_Result answer_rendered(struct MHD_Connection *c,
				       const struct route *route,
				       const char *dir)
{
	char *text = NULL;
	size_t size = 0;
	struct stats s;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return MHD_NO;
	stats_read(&s, dir);
	route->render(out, &s);
	if (fclose(out)) {
		free(text);
		return MHD_NO;
	}
	return answer(c, MHD_HTTP_OK, route->type,
		      MHD_create_response_from_buffer(size, text,
						      MHD_RESPMEM_MUST_FREE));
}

/* "localhost", "127.0.0.1" or "[::1]", with any port or none. */
static bool host_is_here(const char *host)
{
	static const char *const names[] = { "localhost", "127.0.0.1",
					     "[::1]" };
	unsigned int i;
	size_t n;

	for (i = 0; host && i < ARRAY_SIZE(names); i++) {
		n = strlen(names[i]);
		if (!strncasecmp(host, names[i], n) &&
		    (!host[n] ||
		     (host[n] == ':' && strspn(host + n + 1, "0123456789") ==
						strlen(host + n + 1))))
			return true;
	}
	return false;
}

static enum MHD_Result count_host(void *data, enum MHD_ValueKind kind,
				  const char *name, const char *value)
{
	unsigned int *hosts = data;

	(void)kind, (void)value;
	if (!strcasecmp(name, MHD_HTTP_HEADER_HOST))
		++*hosts;
	return MHD_YES;
}

/* MHD_YES: none was made, the request is a good one so far. */
static enum MHD_Result refuse(struct MHD_Connection *c, const char *method,
			      bool *refused)
{
	unsigned int hosts = 0;

	*refused = true;
	MHD_get_connection_values(c, MHD_HEADER_KIND, count_host, &hosts);
	if (hosts > 1)
		return answer_text(c, MHD_HTTP_BAD_REQUEST, "text/plain",
				   "More than one Host.\n");
	if (!host_is_here(MHD_lookup_connection_value(c, MHD_HEADER_KIND,
						      MHD_HTTP_HEADER_HOST)))
		return answer_text(c, MHD_HTTP_FORBIDDEN, "text/plain",
				   "Ask for localhost by name.\n");
	if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		return answer_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain",
				   "GET or HEAD.\n");
	*refused = false;
	return MHD_YES;
}

static enum MHD_Result serve(const struct http *h, struct MHD_Connection *c,
			     const char *url)
{
	const struct route *r;

	for (r = routes; r < routes + ARRAY_SIZE(routes); r++)
		if (!strcmp(url, r->path))
			return r->text ? answer_text(c, MHD_HTTP_OK, r->type,
						     r->text) :
					 answer_rendered(c, r, h->dir);
	return answer_text(c, MHD_HTTP_NOT_FOUND, "text/plain",
			   "There are /, /metrics and /status.json.\n");
}

/*
 * Called at the end of the headers, for each part of a body, and at the end of
 * the request: an answer before that ends the connection, as for a refusal it
 * should.
 */
static enum MHD_Result handle(void *data, struct MHD_Connection *c,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	static char accepted;
	enum MHD_Result ret;
	bool refused;

	(void)version, (void)upload;
	if (!*state) {
		ret = refuse(c, method, &refused);
		if (!refused)
			*state = &accepted;
		return ret;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	return serve(data, c, url);
}

/* A decoded NUL would end the path for us, and not for a proxy before us. */
static size_t unescape(void *data, struct MHD_Connection *c, char *text)
{
	(void)data, (void)c;
	return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
}

/* ---- peers ----------------------------------------------------------------- */

/*
 * All peers have this host's address, so they cannot be told apart. That some of
 * them are slow must not keep others out: each has its time for a whole request,
 * and if too many wait at once, the one that has waited longest has to go.
 */
#define MAX_PEERS 32
#define PEER_SECONDS 5

struct peer {
	TAILQ_ENTRY(peer) entry;
	double since; /* it was accepted, or had its last answer */
	int fd;
	bool gone; /* hung up on, and no longer in the list */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* MHD sees the end of the connection, closes it and tells peer_notify(). */
static void hang_up(struct http *h, struct peer *p)
{
	TAILQ_REMOVE(&h->peers, p, entry);
	h->nr_peers--;
	p->gone = true;
	shutdown(p->fd, SHUT_RDWR);
}

static void peer_wait(struct http *h, struct peer *p)
{
	p->since = now();
	TAILQ_INSERT_TAIL(&h->peers, p, entry);
	if (++h->nr_peers > MAX_PEERS)
		hang_up(h, TAILQ_FIRST(&h->peers));
}

static void peer_leave(struct http *h, struct peer *p)
{
	if (!p->gone) {
		TAILQ_REMOVE(&h->peers, p, entry);
		h->nr_peers--;
	}
	free(p);
}

static void peer_notify(void *data, struct MHD_Connection *c, void **context,
			enum MHD_ConnectionNotificationCode code)
{
	int fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
			 ->connect_fd;
	struct peer *p = *context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (p)
			peer_leave(data, p);
		return;
	}
	p = calloc(1, sizeof(*p));
	*context = p;
	if (!p) {
		shutdown(fd, SHUT_RDWR);
		return;
	}
	p->fd = fd;
	peer_wait(data, p);
}

/* A new request may follow on the connection, and has its own time. */
static void peer_answered(void *data, struct MHD_Connection *c, void **state,
			  enum MHD_RequestTerminationCode code)
{
	struct peer *p =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
			->socket_context;
	struct http *h = data;

	(void)state, (void)code;
	if (!p || p->gone)
		return;
	TAILQ_REMOVE(&h->peers, p, entry);
	h->nr_peers--;
	peer_wait(h, p);
}

/* How long the first of them still has; -1: there is none. */
static int peers_timeout_ms(const struct http *h)
{
	const struct peer *first = TAILQ_FIRST(&h->peers);
	double left;

	if (!first)
		return -1;
	left = first->since + PEER_SECONDS - now();
	return left > 0 ? (int)(left * 1000) + 1 : 0;
}

static void hang_up_on_late(struct http *h)
{
	while (!peers_timeout_ms(h))
		hang_up(h, TAILQ_FIRST(&h->peers));
}

/* ---- listening ------------------------------------------------------------- */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int parse_port(const char *text, in_port_t *port)
{
	const size_t digits = strspn(text, "0123456789");
	unsigned long n = strtoul(text, NULL, 10);

	/* Leading zeros are not worth a word; no port has more than five digits. */
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
		MHD_USE_EPOLL | (v6 ? MHD_USE_IPv6 : 0), 0, NULL, NULL, handle,
		h, MHD_OPTION_SOCK_ADDR, &a->any, MHD_OPTION_CONNECTION_LIMIT,
		2u * MAX_PEERS, MHD_OPTION_NOTIFY_CONNECTION, peer_notify, h,
		MHD_OPTION_NOTIFY_COMPLETED, peer_answered, h,
		MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_END);
}

int http_start(struct http **out, const char *listen, const char *dir)
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
			"'%s' is not this host's loopback: that or nothing; put a proxy that asks who is there in front of it",
			listen);
	h->dir = dir;
	TAILQ_INIT(&h->peers);
	errno = 0;
	h->daemon = start_daemon(h, &a);
	if (!h->daemon)
		return pcsc_fail(-EIO, "cannot listen on %s: %s", listen,
				 errno ? strerror(errno) : "no reason given");
	pcsc_info("serving on port %u",
		  MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT)
			  ->port);
	*out = TAKE_PTR(h);
	return 0;
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
	int peers = peers_timeout_ms(h), mhd = -1;

	if (MHD_get_timeout(h->daemon, &ms) == MHD_YES)
		mhd = ms > INT_MAX ? INT_MAX : (int)ms;
	if (mhd < 0 || peers < 0)
		return mhd < 0 ? peers : mhd;
	return mhd < peers ? mhd : peers;
}

void http_run(struct http *h)
{
	hang_up_on_late(h);
	MHD_run(h->daemon);
}
