/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JSON objects as tables: one description of a struct's members serves both
 * ways, so that what is written can be read, and nothing else can. Errors are
 * negative errno; what is read wrong has been said in a sentence.
 */
#ifndef PCSC_FIELD_H
#define PCSC_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "array.h"
#include "place.h"

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

/* What profiles are made of: to be followed by FIELD(), but OTHER by nothing. */
#define OTHER(name)                              \
	{                                        \
		.key = name, .kind = FIELD_OTHER \
	}
#define OTHER_OPTIONAL(name)                                       \
	{                                                          \
		.key = name, .kind = FIELD_OTHER, .optional = true \
	}
#define NAMES(array, n) .kind = FIELD_ENUM, .names = array, .max = n
#define COUNT .kind = FIELD_UINT, .max = INT64_MAX
#define HEX(n) .kind = FIELD_HEX, .digits = n, .max = (1ull << 4 * (n)) - 1
#define OFFSET .kind = FIELD_HEX, .digits = 2, .max = 0xfff
#define LENGTH .kind = FIELD_UINT, .max = 0x1000
#define TEXT(n) .kind = FIELD_STRING, .max = n, .optional = true

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

#define READ(place, json, fields, base, present) \
	field_read(place, json, fields, ARRAY_SIZE(fields), base, present)
#define WRITE(json, fields, base, present) \
	field_write(json, fields, ARRAY_SIZE(fields), base, present)

/* A key whose value is an array of objects, each of them a struct. */
struct field_array {
	const char *key;
	size_t max; /* elements */
	size_t size; /* of one struct */
	int (*read)(const struct place *place, json_t *object, void *out);
	json_t *(*json)(const void *in); /* NULL without memory */
};

/* Append what @object has of it to a profile_grow() array; 0 if it has not the key. */
int field_read_array(const struct place *place, json_t *object,
		     const struct field_array *a, void *arrayp, size_t *nr);

/* The other way. 0 or -ENOMEM. */
int field_write_array(json_t *object, const struct field_array *a,
		      const void *array, size_t nr);

#endif
