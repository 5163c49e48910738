/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is answered to whom: the page, the metrics and the figures, to requests
 * whose Host header names this host. A page elsewhere that had its name rebound
 * to 127.0.0.1 gets 403. docs/pcsc-monitor.md has the paths and the refusals.
 */
#ifndef PCSC_MONITOR_ANSWER_H
#define PCSC_MONITOR_ANSWER_H

#include <microhttpd.h>

#include "monitor/detail.h"
#include "monitor/history.h"

struct source {
	const char *dir; /* whose numbers are read for each request */
	struct exporter *exporter;
	const struct history *history;
	struct detail *detail; /* NULL: there is none */
};

/*
 * For MHD_start_daemon(), as the handler of requests. @data is a struct source.
 * MHD calls it at the end
 * of the headers, for each part of a body, and at the end of the request.
 */
enum MHD_Result answer_request(void *data, struct MHD_Connection *c,
			       const char *url, const char *method,
			       const char *version, const char *upload,
			       size_t *upload_size, void **state);

/* For MHD_OPTION_UNESCAPE_CALLBACK. Returns the new length of @text. */
size_t answer_unescape(void *data, struct MHD_Connection *c, char *text);

#endif
