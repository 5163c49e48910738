/* SPDX-License-Identifier: GPL-2.0-only */
/* What is served, and to whom: loopback only. */
#ifndef PCSC_MONITOR_HTTP_H
#define PCSC_MONITOR_HTTP_H

struct detail;
struct history;
struct http;

/* 0, or -EINVAL if @listen is not "ADDR:PORT"; it may be of another host. */
int http_check_address(const char *listen);

/*
 * Serve on @listen, "ADDR:PORT"; numbers come from @dir at each request. @detail may
 * be NULL.
 */
int http_start(struct http **h, const char *listen, const char *dir,
	       const struct history *history, struct detail *detail);
unsigned int http_port(const struct http *h);
void http_stop(struct http *h);

/* For the caller's poll(): the descriptor, how long to wait at most (-1: for
 * ever), and what to call when either has happened. */
int http_fd(const struct http *h);
int http_timeout_ms(const struct http *h);
void http_run(struct http *h);

#endif
