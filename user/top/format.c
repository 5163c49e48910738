// SPDX-License-Identifier: GPL-2.0-only
#include "top/format.h"

#include <stdio.h>
#include <string.h>

#include "array.h"
#include "utf8.h"

const char *format_count(double n, char *buf, size_t size)
{
	static const char units[] = "kMGTPE";
	size_t unit = 0;

	if (n > 0 && n < 9.95 && n != (int)n) {
		snprintf(buf, size, "%.1f", n);
		return buf;
	}
	if (n < 9999999.5) {
		snprintf(buf, size, "%.0f", n);
		return buf;
	}
	/* What is 1000.0 when it is rounded is 1.0 of the next unit. */
	for (n /= 1000; n >= 999.95 && units[unit + 1]; n /= 1000)
		unit++;
	snprintf(buf, size, "%.1f%c", n, units[unit]);
	return buf;
}

const char *format_percent(double percent, char *buf, size_t size)
{
	if (percent < 0)
		snprintf(buf, size, "-");
	else
		snprintf(buf, size, "%.1f", percent);
	return buf;
}

const char *format_time(double us, char *buf, size_t size)
{
	static const struct {
		double most, unit;
		int digits;
		const char *name;
	} steps[] = {
		{ .05, 1, 0, "us" },	     { 99.95, 1, 1, "us" },
		{ 999.5, 1, 0, "us" },	     { 99950, 1e3, 1, "ms" },
		{ 999500, 1e3, 0, "ms" },    { 99.95e6, 1e6, 1, "s" },
		{ 5999.5e6, 1e6, 0, "s" },   { 359.82e9, 3.6e9, 1, "h" },
		{ 3598.2e9, 3.6e9, 0, "h" }, { 0, 86.4e9, 0, "d" },
	};
	size_t i = 0;

	if (us <= 0) {
		snprintf(buf, size, "0");
		return buf;
	}
	while (i < ARRAY_SIZE(steps) - 1 && us >= steps[i].most)
		i++;
	snprintf(buf, size, "%.*f%s", steps[i].digits, us / steps[i].unit,
		 steps[i].name);
	return buf;
}

const char *format_clock(double seconds, char *buf, size_t size)
{
	const unsigned long s = seconds > 0 ? (unsigned long)seconds : 0;

	snprintf(buf, size, "%lu:%02lu:%02lu", s / 3600, s / 60 % 60, s % 60);
	return buf;
}

/* The bytes of the character at @text that can be shown; 0: it is to be a "?". */
static size_t shown(const char *text, bool utf8)
{
	const unsigned char c = *text;

	if (c < 0x80)
		return c >= ' ' && c < 0x7f;
	return utf8 ? pcsc_utf8_size(text) : 0;
}

static size_t step(const char *text)
{
	const size_t n = (unsigned char)*text < 0x80 ? 1 : pcsc_utf8_size(text);

	return n ? n : 1;
}

static int length_of(const char *text, int most)
{
	int n = 0;

	for (; *text && n < most; text += step(text))
		n++;
	return n;
}

int format_fit(char *buf, const char *text, int width, bool left, bool utf8)
{
	const int length = length_of(text, width);
	char *at = buf;

	if (!left) {
		memset(at, ' ', width - length);
		at += width - length;
	}
	for (int i = 0; i < length; i++, text += step(text)) {
		const size_t n = shown(text, utf8);

		if (n)
			memcpy(at, text, n);
		else
			*at = '?';
		at += n ? n : 1;
	}
	if (left) {
		memset(at, ' ', width - length);
		at += width - length;
	}
	*at = '\0';
	return at - buf;
}

int format_bytes(const char *text, int width)
{
	const char *at = text;

	while (*at && width--)
		at += step(at);
	return at - text;
}
