/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers as people read them, short enough for a column. */
#ifndef PCSC_TOP_FORMAT_H
#define PCSC_TOP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

/* Each returns @buf, of @size bytes. At most seven characters. */
const char *format_count(double n, char *buf, size_t size);
const char *format_percent(double percent, char *buf, size_t size);
const char *format_time(double us, char *buf, size_t size);

/* "0:12:04" of seconds. */
const char *format_clock(double seconds, char *buf, size_t size);

/* How many bytes the first @width characters of @text are, or all of it. */
int format_bytes(const char *text, int width);

/*
 * @text in @width places, blanks behind it, or before it if it is not @left. What does not
 * fit is cut off. A character that is not printable, or not ASCII unless @utf8, is "?".
 * Returns how many bytes went into @buf, which has room for 4 * @width + 1.
 */
int format_fit(char *buf, const char *text, int width, bool left, bool utf8);

#endif
