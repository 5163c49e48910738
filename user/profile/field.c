// SPDX-License-Identifier: GPL-2.0-only
#include "field.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"
#include "talk.h"

static void put_uint(void *member, size_t size, uint64_t value)
{
	switch (size) {
	case 1:
		*(uint8_t *)member = value;
		break;
	case 2:
		*(uint16_t *)member = value;
		break;
	case 4:
		*(uint32_t *)member = value;
		break;
	default:
		*(uint64_t *)member = value;
	}
}

static uint64_t get_uint(const void *member, size_t size)
{
	switch (size) {
	case 1:
		return *(const uint8_t *)member;
	case 2:
		return *(const uint16_t *)member;
	case 4:
		return *(const uint32_t *)member;
	default:
		return *(const uint64_t *)member;
	}
}

/* A number, or a string that holds a hexadecimal one. */
static int number(json_t *value, uint64_t *out)
{
	const char *text = json_string_value(value);

	if (json_is_integer(value)) {
		*out = json_integer_value(value);
		return json_integer_value(value) < 0 ? -EINVAL : 0;
	}
	if (!text || strncmp(text, "0x", 2) || !text[2] || strlen(text) > 18 ||
	    strspn(text + 2, "0123456789abcdefABCDEF") != strlen(text + 2))
		return -EINVAL;
	*out = strtoull(text, NULL, 16);
	return 0;
}

static int read_number(const struct place *place, const struct field *f,
		       json_t *value, void *member)
{
	uint64_t n;

	if (number(value, &n))
		return place_refuse(place, f->key,
				    "not a number (10 or \"0xa\")");
	if (n > f->max)
		return place_refuse(place, f->key,
				    "0x%" PRIx64 " is more than 0x%" PRIx64, n,
				    f->max);
	put_uint(member, f->size, n);
	return 0;
}

static int read_enum(const struct place *place, const struct field *f,
		     json_t *value, void *member)
{
	const char *text = json_string_value(value);

	for (uint64_t i = 0; text && i < f->max; i++)
		if (f->names[i] && !strcmp(f->names[i], text)) {
			put_uint(member, f->size, i);
			return 0;
		}
	return place_refuse(
		place, f->key, "'%s' is not one of its values, such as '%s'",
		text ? place_printable(text) : "something that is not a string",
		f->names[0]);
}

static int read_text(const struct place *place, const struct field *f,
		     json_t *value, void *member)
{
	const char *text = json_string_value(value);

	if (!text)
		return place_refuse(place, f->key, "not a string");
	if (strlen(text) > f->max)
		return place_refuse(place, f->key,
				    "more than %" PRIu64 " characters", f->max);
	for (const char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			return place_refuse(place, f->key,
					    "not all of it is printable ASCII");
	if (f->kind == FIELD_TEXT) {
		strcpy(member, text);
		return 0;
	}
	free(*(char **)member);
	*(char **)member = strdup(text);
	return *(char **)member ?
		       0 :
		       pcsc_fail(-ENOMEM, "%s: out of memory", place->file);
}

static int read_one(const struct place *place, const struct field *f,
		    json_t *value, void *member)
{
	switch (f->kind) {
	case FIELD_UINT:
	case FIELD_HEX:
		return read_number(place, f, value, member);
	case FIELD_BOOL:
		if (!json_is_boolean(value))
			return place_refuse(place, f->key,
					    "neither true nor false");
		put_uint(member, f->size, json_is_true(value));
		return 0;
	case FIELD_ENUM:
		return read_enum(place, f, value, member);
	case FIELD_TEXT:
	case FIELD_STRING:
		return read_text(place, f, value, member);
	default:
		return 0;
	}
}

static int refuse_unknown(const struct place *place, json_t *object,
			  const struct field *fields, size_t nr)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t i = 0;

		while (i < nr && strcmp(fields[i].key, key))
			i++;
		if (i == nr)
			return place_refuse(place, NULL, "unknown key '%s'",
					    place_printable(key));
	}
	return 0;
}

int field_read(const struct place *place, json_t *object,
	       const struct field *fields, size_t nr, void *base,
	       uint32_t *present)
{
	int err;

	if (!json_is_object(object))
		return place_refuse(place, NULL, "not an object");
	err = refuse_unknown(place, object, fields, nr);
	for (size_t i = 0; i < nr && !err; i++) {
		const struct field *f = &fields[i];
		json_t *value = json_object_get(object, f->key);

		if (value) {
			err = read_one(place, f, value,
				       (char *)base + f->offset);
			if (present)
				*present |= f->bit;
		} else if (f->kind == FIELD_ENUM && f->optional) {
			put_uint((char *)base + f->offset, f->size, f->max);
		} else if (!f->optional && !f->bit) {
			err = place_refuse(place, f->key, "missing");
		}
	}
	return err;
}

/* JSON's integers are signed here. */
static json_t *integer(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : value);
}

static json_t *hex_string(const struct field *f, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%0*" PRIx64, (int)f->digits, value);
	return json_string(text);
}

static json_t *write_one(const struct field *f, const void *member)
{
	switch (f->kind) {
	case FIELD_UINT:
		return integer(get_uint(member, f->size));
	case FIELD_HEX:
		return hex_string(f, get_uint(member, f->size));
	case FIELD_BOOL:
		return json_boolean(get_uint(member, f->size));
	case FIELD_ENUM:
		return json_string(f->names[get_uint(member, f->size)]);
	case FIELD_TEXT:
		return json_string(member);
	default:
		return json_string(*(char *const *)member);
	}
}

static bool is_absent(const struct field *f, const void *member)
{
	if (!f->optional)
		return false;
	if (f->kind == FIELD_STRING)
		return !*(char *const *)member;
	if (f->kind == FIELD_ENUM)
		return get_uint(member, f->size) >= f->max;
	return !get_uint(member, f->size);
}

int field_write(json_t *object, const struct field *fields, size_t nr,
		const void *base, uint32_t present)
{
	for (size_t i = 0; i < nr; i++) {
		const struct field *f = &fields[i];
		const void *member = (const char *)base + f->offset;

		if (f->kind == FIELD_OTHER || (f->bit && !(present & f->bit)) ||
		    is_absent(f, member))
			continue;
		if (json_object_set_new(object, f->key, write_one(f, member)))
			return -ENOMEM;
	}
	return 0;
}

int field_read_array(const struct place *place, json_t *object,
		     const struct field_array *a, void *arrayp, size_t *nr)
{
	json_t *array = json_object_get(object, a->key);
	int err = 0;

	if (!array)
		return 0;
	if (!json_is_array(array))
		return place_refuse(place, a->key, "not an array");
	if (json_array_size(array) > a->max)
		return place_refuse(place, a->key,
				    "%zu of them, at most %zu fit",
				    json_array_size(array), a->max);
	for (size_t i = 0; i < json_array_size(array) && !err; i++) {
		struct place inner = place_element(place, a->key, i);
		void *element = profile_grow(arrayp, nr, a->size);

		if (!element)
			return pcsc_fail(-ENOMEM, "%s: out of memory",
					 place->file);
		err = a->read(&inner, json_array_get(array, i), element);
	}
	return err;
}

int field_write_array(json_t *object, const struct field_array *a,
		      const void *array, size_t nr)
{
	_cleanup_json_ json_t *list = json_array();

	for (size_t i = 0; i < nr; i++)
		if (json_array_append_new(
			    list, a->json((const char *)array + i * a->size)))
			return -ENOMEM;
	if (json_object_set_new(object, a->key, TAKE_PTR(list)))
		return -ENOMEM;
	return 0;
}
