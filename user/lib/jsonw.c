// SPDX-License-Identifier: GPL-2.0-only
#include "jsonw.h"

#include <stdlib.h>
#include <string.h>

#include "utf8.h"

/*
 * Reports have millions of values, so there is no printf() here, and a value
 * and what comes before it are put together in one piece.
 */

#define INDENT 2
#define MAX_INDENT (INDENT * PCSC_JSONW_DEPTH)
#define PIECE 256 /* characters of a string */
#define ESCAPED 6 /* characters for one: \\u00e4 */
#define DIGITS 20 /* of the largest value */

static void flush(struct pcsc_jsonw *w)
{
	fwrite(w->buffer, 1, w->used, w->file);
	w->used = 0;
}

/* Where @size bytes may be written; used() then says up to where. */
static char *room(struct pcsc_jsonw *w, size_t size)
{
	if (size > sizeof(w->buffer) - w->used)
		flush(w);
	if (size > sizeof(w->buffer))
		abort();
	return w->buffer + w->used;
}

static void used(struct pcsc_jsonw *w, const char *end)
{
	w->used = end - w->buffer;
}

static char *append(char *to, const char *text, size_t size)
{
	return (char *)memcpy(to, text, size) + size;
}

/* All of the indentation is copied, so that its size is a constant and no call is made. */
static char *indent(const struct pcsc_jsonw *w, char *to)
{
	static const char spaces[MAX_INDENT + 1] =
		"                                ";

	if (w->compact)
		return to;
	*to++ = '\n';
	memcpy(to, spaces, MAX_INDENT);
	return to + INDENT * w->depth;
}

/* All that comes before a value, which may be written to what is returned. */
static inline __attribute__((always_inline)) char *
next(struct pcsc_jsonw *w, const char *key, size_t value_size)
{
	size_t size = key ? strlen(key) : 0;
	char *to =
		room(w, size + MAX_INDENT + sizeof(",\n\"\": ") + value_size);

	if (w->keyed) {
		w->keyed = false;
	} else if (w->depth) {
		bool *filled = &w->filled[w->depth - 1];

		*to = ',';
		to += *filled;
		*filled = true;
		to = indent(w, to);
	}
	if (key) {
		*to++ = '"';
		to = append(to, key, size);
		to = append(to, "\": ", 3) - w->compact;
	}
	return to;
}

static void begin(struct pcsc_jsonw *w, const char *key, const char *braces)
{
	char *to = next(w, key, 1);

	if (w->depth == PCSC_JSONW_DEPTH)
		abort();
	*to++ = braces[0];
	used(w, to);
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
	char *to = room(w, MAX_INDENT + sizeof("\n}\n"));

	if (!w->depth || w->keyed)
		abort();
	w->depth--;
	if (w->filled[w->depth])
		to = indent(w, to);
	*to++ = w->close[w->depth];
	if (!w->depth)
		*to++ = '\n';
	used(w, to);
	if (!w->depth)
		flush(w);
}

/*
 * Characters that cannot stand in a string as they are, and the NUL at its end.
 * "<" could, but then a page that has the JSON in it would end at "</script>".
 */
static const bool special[256] = {
	[0 ... ' ' - 1] = true,	  ['"'] = true, ['<'] = true, ['\\'] = true,
	['~' + 1 ... 255] = true,
};

static char *escape(char *to, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	*to++ = '\\';
	if (c == '"' || c == '\\') {
		*to++ = c;
		return to;
	}
	to = append(to, "u00", 3);
	*to++ = digits[c >> 4];
	*to++ = digits[c & 15];
	return to;
}

/* The character at @s, of @size bytes: as it is if it is UTF-8, or else that of Latin-1. */
static char *put_special(char *to, const char *s, size_t *size)
{
	*size = pcsc_utf8_size(s);
	if (*size)
		return append(to, s, *size);
	*size = 1;
	return escape(to, *s);
}

/* At most a piece of @s into @to; what is left of it is returned. */
static const char *quote(char **to, const char *s)
{
	const char *const end = *to + ESCAPED * (PIECE - 1);
	char *at = *to;

	while (at <= end) {
		unsigned char c = *s;
		size_t size = 1;

		if (!special[c])
			*at++ = c;
		else if (!c)
			break;
		else
			at = put_special(at, s, &size);
		s += size;
	}
	*to = at;
	return s;
}

/* @s in quotes behind @to, for which next() has made room. */
static void put_quoted(struct pcsc_jsonw *w, char *to, const char *s)
{
	*to++ = '"';
	s = quote(&to, s);
	while (*s) {
		used(w, to);
		to = room(w, ESCAPED * PIECE + 1);
		s = quote(&to, s);
	}
	*to++ = '"';
	used(w, to);
}

void pcsc_jsonw_string(struct pcsc_jsonw *w, const char *key, const char *s)
{
	put_quoted(w, next(w, key, ESCAPED * PIECE + 2), s);
}

void pcsc_jsonw_key(struct pcsc_jsonw *w, const char *key)
{
	char *to;

	pcsc_jsonw_string(w, NULL, key);
	to = room(w, 2);
	to = append(to, ": ", 2);
	used(w, to - w->compact);
	w->keyed = true;
}

/* As many digits as any value has; the first one is returned. */
static const char *to_digits(uint64_t value, char *end)
{
	for (; value >= 10; value /= 10)
		*--end = '0' + value % 10;
	*--end = '0' + value;
	return end;
}

void pcsc_jsonw_uint(struct pcsc_jsonw *w, const char *key, uint64_t value)
{
	char *to = next(w, key, DIGITS), digits[DIGITS];
	const char *first;

	if (value < 10) {
		*to++ = '0' + value;
	} else {
		first = to_digits(value, digits + DIGITS);
		to = append(to, first, digits + DIGITS - first);
	}
	used(w, to);
}

void pcsc_jsonw_hex(struct pcsc_jsonw *w, const char *key, int digits,
		    uint32_t value)
{
	char text[sizeof("0x12345678")];

	snprintf(text, sizeof(text), "0x%0*x", digits, value);
	pcsc_jsonw_string(w, key, text);
}

void pcsc_jsonw_double(struct pcsc_jsonw *w, const char *key, double value)
{
	char text[512];
	int size = snprintf(text, sizeof(text), "%.3f", value);

	used(w, append(next(w, key, size), text, size));
}

void pcsc_jsonw_bool(struct pcsc_jsonw *w, const char *key, bool value)
{
	char *to = next(w, key, sizeof("false"));

	used(w, value ? append(to, "true", 4) : append(to, "false", 5));
}
