// SPDX-License-Identifier: GPL-2.0-only
#include "place.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "talk.h"

const char *place_printable(const char *text)
{
	static char buf[64];
	size_t i;

	for (i = 0; text[i] && i < sizeof(buf) - 1; i++)
		buf[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	buf[i] = '\0';
	return buf;
}

int place_refuse(const struct place *place, const char *key, const char *fmt,
		 ...)
{
	bool dot = *place->path && key && *key != '[';
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return pcsc_fail(-EINVAL, "%s: %s%s%s%s%s: refused", place->file,
			 place->path, dot ? "." : "", key ? key : "",
			 *place->path || key ? ": " : "", text);
}

struct place place_element(const struct place *place, const char *key,
			   size_t index)
{
	struct place inner = *place;
	size_t n = strlen(inner.path);

	snprintf(inner.path + n, sizeof(inner.path) - n, "%s%s[%zu]",
		 n ? "." : "", key, index);
	return inner;
}

struct place place_member(const struct place *place, const char *key)
{
	struct place inner = *place;
	size_t n = strlen(inner.path);

	snprintf(inner.path + n, sizeof(inner.path) - n, "%s%s", n ? "." : "",
		 key);
	return inner;
}
