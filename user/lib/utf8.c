// SPDX-License-Identifier: GPL-2.0-only
#include "utf8.h"

#include <stdint.h>

/* First bytes, and what the second one may be: it excludes what has a shorter form. */
struct lead {
	uint8_t first, last;
	uint8_t low, high;
	uint8_t size;
};

static const struct lead leads[] = {
	{ 0xc2, 0xc2, 0xa0, 0xbf, 2 }, { 0xc3, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

static size_t size_by(const struct lead *l, const uint8_t *text)
{
	if (text[1] < l->low || text[1] > l->high)
		return 0;
	for (size_t i = 2; i < l->size; i++)
		if (text[i] < 0x80 || text[i] > 0xbf)
			return 0;
	return l->size;
}

size_t pcsc_utf8_size(const char *text)
{
	const uint8_t *bytes = (const uint8_t *)text;

	for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
		if (bytes[0] >= leads[i].first && bytes[0] <= leads[i].last)
			return size_by(&leads[i], bytes);
	return 0;
}
