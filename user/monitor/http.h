/* SPDX-License-Identifier: GPL-2.0-only */
/* What is served, on sockets of this host only. */
#ifndef PCSC_MONITOR_HTTP_H
#define PCSC_MONITOR_HTTP_H

struct detail;
struct exporter;
struct history;
struct http;
struct listener;

/*
 * Serve on @nr listeners, which are open; numbers come from @exporter's directory at
 * each request. Each listener has its own bounds for peers, so that those of one
 * cannot keep out those of another. @detail may be NULL. 0, or a negative errno after a sentence.
 */
int http_start(struct http **h, struct listener *listeners, int nr,
	       struct exporter *exporter, const struct history *history,
	       struct detail *detail);
void http_stop(struct http *h);

/* For the caller's poll(): the descriptor, how long to wait at most (-1: for
 * ever), and what to call when either has happened. */
int http_fd(const struct http *h);
int http_timeout_ms(const struct http *h);
void http_run(struct http *h);

#endif
