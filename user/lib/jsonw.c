// SPDX-License-Identifier: GPL-2.0-only
#include "jsonw.h"

#include <inttypes.h>
#include <stdlib.h>

static void quote(FILE *f, const char *s)
{
	fputc('"', f);
	for (; *s; s++) {
		unsigned char c = *s;

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c < ' ' || c > '~')
			fprintf(f, "\\u%04x", c);
		else
			fputc(c, f);
	}
	fputc('"', f);
}

static void next(struct pcsc_jsonw *w, const char *key)
{
	if (w->depth) {
		bool *filled = &w->filled[w->depth - 1];

		fputs(*filled ? ",\n" : "\n", w->file);
		*filled = true;
	}
	fprintf(w->file, "%*s", 2 * (int)w->depth, "");
	if (key) {
		quote(w->file, key);
		fputs(": ", w->file);
	}
}

static void begin(struct pcsc_jsonw *w, const char *key, const char *braces)
{
	next(w, key);
	if (w->depth == PCSC_JSONW_DEPTH)
		abort();
	fputc(braces[0], w->file);
	w->close[w->depth] = braces[1];
	w->filled[w->depth] = false;
	w->depth++;
}

void pcsc_jsonw_object(struct pcsc_jsonw *w, const char *key)
{
	begin(w, key, "{}");
}

void pcsc_jsonw_array(struct pcsc_jsonw *w, const char *key)
{
	begin(w, key, "[]");
}

void pcsc_jsonw_end(struct pcsc_jsonw *w)
{
	if (!w->depth)
		abort();
	w->depth--;
	if (w->filled[w->depth])
		fprintf(w->file, "\n%*s", 2 * (int)w->depth, "");
	fputc(w->close[w->depth], w->file);
	if (!w->depth)
		fputc('\n', w->file);
}

void pcsc_jsonw_string(struct pcsc_jsonw *w, const char *key, const char *s)
{
	next(w, key);
	quote(w->file, s);
}

void pcsc_jsonw_uint(struct pcsc_jsonw *w, const char *key, uint64_t value)
{
	next(w, key);
	fprintf(w->file, "%" PRIu64, value);
}

void pcsc_jsonw_double(struct pcsc_jsonw *w, const char *key, double value)
{
	next(w, key);
	fprintf(w->file, "%.3f", value);
}

void pcsc_jsonw_bool(struct pcsc_jsonw *w, const char *key, bool value)
{
	next(w, key);
	fputs(value ? "true" : "false", w->file);
}
