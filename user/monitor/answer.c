// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/answer.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "monitor/clock.h"
#include "monitor/exporter.h"
#include "monitor/page.h"
#include "monitor/peers.h"
#include "monitor/render.h"
#include "monitor/trust.h"

#define PAGE(bytes) ((const char *)(bytes))

typedef void (*render_fn)(FILE *out, const struct stats *s);
typedef void (*detail_fn)(FILE *out, struct detail *d,
			  const struct question *q);

static const char html[] = "text/html; charset=utf-8";
static const char javascript[] = "text/javascript; charset=utf-8";
static const char css[] = "text/css; charset=utf-8";
static const char metrics[] = ""; /* the request decides */
static const char json[] = "application/json";
static const char latency[] = "/latency.json";

static const struct route {
	const char *path;
	const char *type;
	const char *text;
	render_fn render;
	detail_fn
		detail; /* for root; none of these: metrics, history, latency */
} routes[] = {
	{ "/", html, PAGE(page_index_html), NULL, NULL },
	{ "/live.js", javascript, PAGE(page_live_js), NULL, NULL },
	{ "/ask.js", javascript, PAGE(page_ask_js), NULL, NULL },
	{ "/chart.js", javascript, PAGE(page_chart_js), NULL, NULL },
	{ "/past.js", javascript, PAGE(page_past_js), NULL, NULL },
	{ "/counters.js", javascript, PAGE(page_counters_js), NULL, NULL },
	{ "/key.js", javascript, PAGE(page_key_js), NULL, NULL },
	{ "/functions.js", javascript, PAGE(page_functions_js), NULL, NULL },
	{ "/slices.js", javascript, PAGE(page_slices_js), NULL, NULL },
	{ "/table.js", javascript, PAGE(page_table_js), NULL, NULL },
	{ "/map.js", javascript, PAGE(page_map_js), NULL, NULL },
	{ "/attention.js", javascript, PAGE(page_attention_js), NULL, NULL },
	{ "/events.js", javascript, PAGE(page_events_js), NULL, NULL },
	{ "/heaviest.js", javascript, PAGE(page_heaviest_js), NULL, NULL },
	{ "/update.js", javascript, PAGE(page_update_js), NULL, NULL },
	{ "/detail.js", javascript, PAGE(page_detail_js), NULL, NULL },
	{ "/words.js", javascript, PAGE(page_words_js), NULL, NULL },
	{ "/latency.js", javascript, PAGE(page_latency_js), NULL, NULL },
	{ "/measured.js", javascript, PAGE(page_measured_js), NULL, NULL },
	{ "/dygraph.min.js", javascript, PAGE(page_dygraph_min_js), NULL,
	  NULL },
	{ "/dygraph.min.css", css, PAGE(page_dygraph_min_css), NULL, NULL },
	{ "/palette.css", css, PAGE(page_palette_css), NULL, NULL },
	{ "/base.css", css, PAGE(page_base_css), NULL, NULL },
	{ "/live.css", css, PAGE(page_live_css), NULL, NULL },
	{ "/detail.css", css, PAGE(page_detail_css), NULL, NULL },
	{ "/map.css", css, PAGE(page_map_css), NULL, NULL },
	{ "/space.js", javascript, PAGE(page_space_js), NULL, NULL },
	{ "/space_grid.js", javascript, PAGE(page_space_grid_js), NULL, NULL },
	{ "/space.css", css, PAGE(page_space_css), NULL, NULL },
	{ "/metrics", metrics, NULL, NULL, NULL },
	{ "/status.json", json, NULL, render_json, NULL },
	{ "/history.json", json, NULL, NULL, NULL },
	{ latency, json, NULL, NULL, NULL },
	{ "/functions.json", json, NULL, NULL, detail_functions },
	{ "/function.json", json, NULL, NULL, detail_function },
	{ "/events.json", json, NULL, NULL, detail_events },
	{ "/handover.json", json, NULL, NULL, detail_handover },
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
	if (peers_are_many(c))
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	if (status == MHD_HTTP_UNAUTHORIZED)
		MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	ret = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return ret;
}

/* MHD does not change a persistent text, though its interface has no const. */
static enum MHD_Result answer_text(struct MHD_Connection *c,
				   unsigned int status, const char *type,
				   const char *text)
{
	return answer(c, status, type,
		      MHD_create_response_from_buffer(strlen(text),
						      (void *)(uintptr_t)text,
						      MHD_RESPMEM_PERSISTENT));
}

/* What was written to @out, of which @text and @size are, is answered. */
static enum MHD_Result answer_written(struct MHD_Connection *c,
				      unsigned int status, FILE *out,
				      const char *type, char **text,
				      size_t *size)
{
	if (fclose(out)) {
		free(*text);
		return MHD_NO;
	}
	return answer(c, status, type,
		      MHD_create_response_from_buffer(*size, *text,
						      MHD_RESPMEM_MUST_FREE));
}

/* The page's own files are for the page. */
static bool is_for_programs(const struct route *r)
{
	return r->type == metrics || r->type == json;
}

static enum MHD_Result answer_not_found(struct MHD_Connection *c)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return MHD_NO;
	fputs("There are the page, /, and for programs", out);
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
		if (is_for_programs(&routes[i]))
			fprintf(out, " %s%s", routes[i].path,
				routes[i].detail ? " (with the key)" : "");
	fputs(".\n", out);
	return answer_written(c, MHD_HTTP_NOT_FOUND, out, "text/plain", &text,
			      &size);
}

static uint64_t after_of(struct MHD_Connection *c)
{
	const char *after =
		MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "after");

	return after ? strtoull(after, NULL, 10) : 0;
}

/* Nothing is said to a wrong key but that it is wrong, whatever there is. */
static enum MHD_Result answer_detail(struct MHD_Connection *c,
				     const struct route *route,
				     struct detail *detail)
{
	char *text = NULL;
	size_t size = 0;
	const struct question question = {
		.after = after_of(c),
		.address = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND,
						       "address"),
	};
	FILE *out;

	if (!detail_opens(
		    detail, peer_is_trusted(c),
		    MHD_lookup_connection_value(c, MHD_HEADER_KIND,
						MHD_HTTP_HEADER_AUTHORIZATION)))
		return answer_text(
			c, MHD_HTTP_UNAUTHORIZED, "text/plain",
			"This is root's: 'pcsc-monitor --url' as root prints the key.\n");
	out = open_memstream(&text, &size);
	if (!out)
		return MHD_NO;
	route->detail(out, detail, &question);
	return answer_written(c, MHD_HTTP_OK, out, route->type, &text, &size);
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
	return answer_written(c, MHD_HTTP_OK, out, route->type, &text, &size);
}

static enum MHD_Result answer_metrics(struct MHD_Connection *c,
				      struct exporter *e)
{
	const enum metrics_format format =
		metrics_accepted(MHD_lookup_connection_value(
			c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT));
	char *text = NULL;
	size_t size = 0;

	if (exporter_scrape(e, format, &text, &size))
		return MHD_NO;
	return answer(c, MHD_HTTP_OK, metrics_type(format),
		      MHD_create_response_from_buffer(size, text,
						      MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result answer_latency(struct MHD_Connection *c,
				      const struct tracer *t)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return MHD_NO;
	tracer_json(out, t);
	return answer_written(c, MHD_HTTP_OK, out, json, &text, &size);
}

static ssize_t read_history(void *text, uint64_t at, char *buf, size_t size)
{
	const size_t n = history_text_read(text, buf, size);

	(void)at;
	return n ? (ssize_t)n : MHD_CONTENT_READER_END_OF_STREAM;
}

/* "?after" is the number of a row; other words than numbers mean all. */
static enum MHD_Result answer_history(struct MHD_Connection *c,
				      const struct route *route,
				      const struct history *h)
{
	struct history_text *text = malloc(sizeof(*text));
	struct MHD_Response *r;

	if (!text)
		return MHD_NO;
	history_text_init(text, h, after_of(c), now_ms());
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384,
					      read_history, text, free);
	if (!r)
		free(text);
	return answer(c, MHD_HTTP_OK, route->type, r);
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

/* Refuse what may not ask, or not so. @refused: whether the answer is made. */
static enum MHD_Result refuse(struct MHD_Connection *c, const char *method,
			      bool *refused)
{
	unsigned int hosts = 0;

	*refused = true;
	MHD_get_connection_values(c, MHD_HEADER_KIND, count_host, &hosts);
	if (hosts > 1)
		return answer_text(c, MHD_HTTP_BAD_REQUEST, "text/plain",
				   "More than one Host.\n");
	if (!peer_is_local(c) &&
	    !host_is_here(MHD_lookup_connection_value(c, MHD_HEADER_KIND,
						      MHD_HTTP_HEADER_HOST)))
		return answer_text(c, MHD_HTTP_FORBIDDEN, "text/plain",
				   "Ask for localhost by name.\n");
	if (strcmp(method, "GET") && strcmp(method, "HEAD"))
		return answer_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain",
				   "GET or HEAD.\n");
	*refused = false;
	return MHD_YES;
}

static enum MHD_Result serve(const struct source *source,
			     struct MHD_Connection *c, const char *url)
{
	const struct route *r = routes;
	const struct route *const end = routes + ARRAY_SIZE(routes);

	while (r < end && strcmp(url, r->path))
		r++;
	if (r == end)
		return answer_not_found(c);
	if (r->text)
		return answer_text(c, MHD_HTTP_OK, r->type, r->text);
	if (r->render)
		return answer_rendered(c, r, source->dir);
	if (r->detail)
		return answer_detail(c, r, source->detail);
	if (r->type == metrics)
		return answer_metrics(c, source->exporter);
	if (r->path == latency)
		return answer_latency(c, source->exporter->tracer);
	return answer_history(c, r, source->history);
}

/*
 * An answer before the end of the request ends the connection, as it should
 * after a refusal. A body is read and dropped.
 */
enum MHD_Result answer_request(void *data, struct MHD_Connection *c,
			       const char *url, const char *method,
			       const char *version, const char *upload,
			       size_t *upload_size, void **state)
{
	static char accepted;
	const struct source *source = data;
	enum MHD_Result ret;
	bool refused;

	(void)version, (void)upload;
	if (!*state) {
		ret = refuse(c, method, &refused);
		if (refused)
			source->exporter->self.refused++;
		else
			*state = &accepted;
		return ret;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	source->exporter->self.answered++;
	return serve(source, c, url);
}

/* A path with a NUL is left as it is: the NUL would end it here, but not in a proxy. */
size_t answer_unescape(void *data, struct MHD_Connection *c, char *text)
{
	(void)data, (void)c;
	return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
}
