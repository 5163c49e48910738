/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON objects as tables: one description of a struct's members serves both
 * ways, so that what is written can be read, and nothing else can.
 */
#ifndef PCSC_FIELD_H
#define PCSC_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
	FIELD_UINT, /* number; written as such */
	FIELD_HEX, /* the same, written as "0x..." with @digits digits */
	FIELD_BOOL, /* into an integer member */
	FIELD_ENUM, /* one of @names */
	FIELD_TEXT, /* char[], at most @max characters of printable ASCII */
	FIELD_STRING, /* char *, allocated, the same */
	FIELD_OTHER, /* a key the caller looks after */
};

struct field {
	const char *key;
	enum field_kind kind;
	size_t offset;
	size_t size;
	uint64_t max; /* the largest value; number of @names */
	const char *const *names;
	uint32_t bit; /* kept in *present instead of always being there */
	unsigned int digits;
	bool optional; /* left out when zero, NULL or @max for an enum */
};

#define FIELD(type, member) \
	.offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/* Where in which file we are, for messages. */
struct place {
	const char *file;
	char path[120]; /* "models[0].rules[3]" */
};

/* "FILE: PATH.KEY: what is wrong: refused". Returns -EINVAL. */
int place_refuse(const struct place *place, const char *key, const char *fmt,
		 ...) __attribute__((format(printf, 3, 4)));

/* @text with anything a terminal might obey replaced; in a static buffer. */
const char *place_printable(const char *text);

/*
 * Fill the struct at @base from @object. Unknown keys, missing ones, wrong
 * types and values out of range are refused. @present collects the bits of
 * fields that have one.
 */
int field_read(const struct place *place, json_t *object,
	       const struct field *fields, size_t nr, void *base,
	       uint32_t *present);

/* The other way: add the fields to @object. 0 or -ENOMEM. */
int field_write(json_t *object, const struct field *fields, size_t nr,
		const void *base, uint32_t present);

#endif
