/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where in which file a profile's reader is, and refusals that say so. Errors
 * are negative errno, and a sentence on standard error has been said.
 */
#ifndef PCSC_PLACE_H
#define PCSC_PLACE_H

#include <stddef.h>

struct place {
	const char *file;
	char path[120]; /* "models[0].rules[3]"; "": the whole file */
};

/* The place of member @key of what is at @place; of its element @index. */
struct place place_member(const struct place *place, const char *key);
struct place place_element(const struct place *place, const char *key,
			   size_t index);

/* "FILE: PATH.KEY: what is wrong: refused". @key may be NULL. Returns -EINVAL. */
int place_refuse(const struct place *place, const char *key, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

/* @text with anything a terminal might obey replaced; in a static buffer. */
const char *place_printable(const char *text);

#endif
