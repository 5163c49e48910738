/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON as it is produced, without a tree in memory. @key is NULL inside an array
 * and behind pcsc_jsonw_key(), and otherwise a word that needs no escaping.
 * Nesting that makes no JSON is a bug of the caller's: it aborts. The file has
 * all of a text when its last brace is closed, not before. The text ends with a
 * newline.
 */
#ifndef PCSC_JSONW_H
#define PCSC_JSONW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define PCSC_JSONW_DEPTH 16

struct pcsc_jsonw {
	FILE *file;
	bool compact; /* without blanks and newlines inside */
	bool keyed; /* the next value's key has been written */
	unsigned int depth;
	char close[PCSC_JSONW_DEPTH];
	bool filled[PCSC_JSONW_DEPTH];
	size_t used;
	char buffer[8192];
};

void pcsc_jsonw_object(struct pcsc_jsonw *w, const char *key);
void pcsc_jsonw_array(struct pcsc_jsonw *w, const char *key);
void pcsc_jsonw_end(struct pcsc_jsonw *w);
/* Any text is the key of the value that is written next. */
void pcsc_jsonw_key(struct pcsc_jsonw *w, const char *key);
void pcsc_jsonw_string(struct pcsc_jsonw *w, const char *key, const char *s);
void pcsc_jsonw_uint(struct pcsc_jsonw *w, const char *key, uint64_t value);
/* As a text, "0x" and @digits digits, eight at most, as a profile has them. */
void pcsc_jsonw_hex(struct pcsc_jsonw *w, const char *key, int digits,
		    uint32_t value);
void pcsc_jsonw_double(struct pcsc_jsonw *w, const char *key, double value);
void pcsc_jsonw_bool(struct pcsc_jsonw *w, const char *key, bool value);

#endif
