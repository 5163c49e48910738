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

#include "cleanup.h"
#include "monitor/http.h"
#include "monitor/page.h"
#include "monitor/render.h"
#include "talk.h"

struct http {
	struct MHD_Daemon *daemon;
	const char *dir;
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

	for (i = 0; host && i < 3; i++) {
		n = strlen(names[i]);
		if (!strncasecmp(host, names[i], n) &&
		    (!host[n] ||
		     (host[n] == ':' && strspn(host + n + 1, "0123456789") ==
						strlen(host + n + 1))))
			return true;
	}
	return false;
}

static enum MHD_Result handle(void *data, struct MHD_Connection *c,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
						       MHD_HTTP_HEADER_HOST);
	const struct http *h = data;
	const struct route *r;

	(void)version, (void)upload, (void)upload_size, (void)state;
	if (!host_is_here(host))
		return answer_text(c, MHD_HTTP_FORBIDDEN, "text/plain",
				   "Ask for localhost by name.\n");
	if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		return answer_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain",
				   "GET or HEAD.\n");
	for (r = routes; r < routes + sizeof(routes) / sizeof(*r); r++)
		if (!strcmp(url, r->path))
			return r->text ? answer_text(c, MHD_HTTP_OK, r->type,
						     r->text) :
					 answer_rendered(c, r, h->dir);
	return answer_text(c, MHD_HTTP_NOT_FOUND, "text/plain",
			   "There are /, /metrics and /status.json.\n");
}

/* ---- listening ------------------------------------------------------------- */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static int parse_port(const char *text, in_port_t *port)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n > 65535)
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
	char host[64];

	memset(a, 0, sizeof(*a));
	if (!colon || colon - text >= (int)sizeof(host))
		return -EINVAL;
	memcpy(host, text, colon - text);
	host[colon - text] = '\0';
	if (!strcmp(host, "localhost"))
		strcpy(host, "127.0.0.1");
	if (host[0] == '[') {
		a->v6.sin6_family = AF_INET6;
		host[strcspn(host, "]")] = '\0';
		if (inet_pton(AF_INET6, host + 1, &a->v6.sin6_addr) != 1)
			return -EINVAL;
		return parse_port(colon + 1, &a->v6.sin6_port);
	}
	a->v4.sin_family = AF_INET;
	if (inet_pton(AF_INET, host, &a->v4.sin_addr) != 1)
		return -EINVAL;
	return parse_port(colon + 1, &a->v4.sin_port);
}

static struct MHD_Daemon *start_daemon(struct http *h, const union address *a)
{
	bool v6 = a->any.sa_family == AF_INET6;

	return MHD_start_daemon(
		MHD_USE_EPOLL | (v6 ? MHD_USE_IPv6 : 0), 0, NULL, NULL, handle,
		h, MHD_OPTION_SOCK_ADDR, &a->any, MHD_OPTION_CONNECTION_LIMIT,
		32u, MHD_OPTION_CONNECTION_TIMEOUT, 10u, MHD_OPTION_END);
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

	if (MHD_get_timeout(h->daemon, &ms) != MHD_YES)
		return -1;
	return ms > INT_MAX ? INT_MAX : (int)ms;
}

void http_run(struct http *h)
{
	MHD_run(h->daemon);
}
