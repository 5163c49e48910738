// SPDX-License-Identifier: GPL-2.0-only
#include "btf.h"

#define BTF_MAGIC 0xeb9f
#define BTF_VERSION 1

struct btf_header {
	u16 magic;
	u8 version;
	u8 flags;
	u32 size; /* of this header; the offsets below count from its end */
	u32 types_at;
	u32 types_size;
	u32 strings_at;
	u32 strings_size;
};

struct btf_type {
	u32 name; /* offset into the strings */
	u32 info; /* number of members, kind */
	u32 type; /* another type, or a size */
};

struct btf_parameter {
	u32 name;
	u32 type;
};

enum btf_kind {
	KIND_INT = 1,
	KIND_PTR,
	KIND_ARRAY,
	KIND_STRUCT,
	KIND_UNION,
	KIND_ENUM,
	KIND_FWD,
	KIND_TYPEDEF,
	KIND_VOLATILE,
	KIND_CONST,
	KIND_RESTRICT,
	KIND_FUNC,
	KIND_FUNC_PROTO,
	KIND_VAR,
	KIND_DATASEC,
	KIND_FLOAT,
	KIND_DECL_TAG,
	KIND_TYPE_TAG,
	KIND_ENUM64,
	KINDS,
};

/* How many bytes follow a type's record, and how many for each member. */
static const struct {
	u8 fixed;
	u8 member;
} kind_sizes[KINDS] = {
	[KIND_INT] = { 4, 0 },	    [KIND_ARRAY] = { 12, 0 },
	[KIND_STRUCT] = { 0, 12 },  [KIND_UNION] = { 0, 12 },
	[KIND_ENUM] = { 0, 8 },	    [KIND_FUNC_PROTO] = { 0, 8 },
	[KIND_VAR] = { 4, 0 },	    [KIND_DATASEC] = { 0, 12 },
	[KIND_DECL_TAG] = { 4, 0 }, [KIND_ENUM64] = { 0, 12 },
};

/* No argument of a hooked function is nested as deeply as this. */
#define MAX_DEPTH 8

/* Zero today: a later encoding may mean something by it, and have other sizes. */
#define INFO_RESERVED 0x60ff0000

static u32 kind_of(const struct btf_type *type)
{
	return type->info >> 24 & 0x1f;
}

static u32 members_of(const struct btf_type *type)
{
	return type->info & 0xffff;
}

/* The bytes of the type that begins at @at. 0: it is not whole, or unknown. */
static u32 record_size(const struct pcsc_btf *btf, u32 at)
{
	const struct btf_type *type = (const void *)(btf->types + at);
	u32 size;

	if (btf->types_size - at < sizeof(*type) ||
	    type->info & INFO_RESERVED || !kind_of(type) ||
	    kind_of(type) >= KINDS)
		return 0;
	size = sizeof(*type) + kind_sizes[kind_of(type)].fixed +
	       kind_sizes[kind_of(type)].member * members_of(type);
	return size <= btf->types_size - at ? size : 0;
}

static bool count_types(struct pcsc_btf *btf)
{
	u32 at, size;

	btf->nr_types = 0;
	for (at = 0; at < btf->types_size; at += size) {
		size = record_size(btf, at);
		if (!size)
			return false;
		btf->nr_types++;
	}
	return true;
}

static bool is_inside(u32 at, u32 size, u32 whole)
{
	return at <= whole && size <= whole - at;
}

bool pcsc_btf_open(struct pcsc_btf *btf, const void *data, u32 size)
{
	const struct btf_header *header = data;
	const u8 *body;
	u32 room;

	if (size < sizeof(*header) || header->magic != BTF_MAGIC ||
	    header->version != BTF_VERSION || header->size < sizeof(*header) ||
	    header->size > size || header->size % 4)
		return false;
	body = (const u8 *)data + header->size;
	room = size - header->size;
	if (!is_inside(header->types_at, header->types_size, room) ||
	    !is_inside(header->strings_at, header->strings_size, room) ||
	    header->types_at % 4 || header->types_size % 4 ||
	    !header->strings_size)
		return false;
	*btf = (struct pcsc_btf){
		.types = body + header->types_at,
		.types_size = header->types_size,
		.strings = (const char *)body + header->strings_at,
		.strings_size = header->strings_size,
	};
	return !btf->strings[btf->strings_size - 1] && count_types(btf);
}

void pcsc_btf_index(struct pcsc_btf *btf, u32 *at)
{
	u32 n;

	btf->at = at;
	at[0] = 0;
	if (btf->nr_types)
		at[1] = 0;
	for (n = 2; n <= btf->nr_types; n++)
		at[n] = at[n - 1] + record_size(btf, at[n - 1]);
}

/* NULL also for type 0, which is void. */
static const struct btf_type *type_at(const struct pcsc_btf *btf, u32 n)
{
	return n && n <= btf->nr_types ?
		       (const void *)(btf->types + btf->at[n]) :
		       NULL;
}

static const char *string_at(const struct pcsc_btf *btf, u32 at)
{
	return at < btf->strings_size ? btf->strings + at : "";
}

/*
 * Text that grows until @room is used up, and is full from then on. Written @again
 * it must be what is there already.
 */
struct text {
	char *to;
	u32 room;
	bool again;
	bool differs;
	bool full;
};

static void add(struct text *text, const char *s)
{
	for (; *s && text->room > 1; s++, text->room--) {
		text->differs |= text->again && *text->to != *s;
		*text->to++ = *s;
	}
	if (!text->again)
		*text->to = '\0';
	text->full |= *s;
}

static bool strings_equal(const char *a, const char *b)
{
	for (; *a && *a == *b; a++)
		b++;
	return *a == *b;
}

static void add_type(const struct pcsc_btf *btf, struct text *text, u32 n,
		     unsigned int depth)
{
	const struct btf_type *type = type_at(btf, n);

	if (!type) {
		add(text, n ? "?" : "void");
		return;
	}
	if (depth == MAX_DEPTH) {
		add(text, "?");
		return;
	}
	switch (kind_of(type)) {
	case KIND_PTR:
		add_type(btf, text, type->type, depth + 1);
		add(text, " *");
		break;
	case KIND_CONST:
		add(text, "const ");
		add_type(btf, text, type->type, depth + 1);
		break;
	case KIND_VOLATILE:
	case KIND_RESTRICT:
	case KIND_TYPE_TAG:
		add_type(btf, text, type->type, depth + 1);
		break;
	case KIND_FUNC_PROTO:
		add(text, "function");
		break;
	case KIND_STRUCT:
		add(text, "struct ");
		add(text, string_at(btf, type->name));
		break;
	case KIND_UNION:
		add(text, "union ");
		add(text, string_at(btf, type->name));
		break;
	case KIND_ENUM:
		add(text, "enum ");
		add(text, string_at(btf, type->name));
		break;
	default:
		add(text, string_at(btf, type->name));
	}
}

static void add_prototype(const struct pcsc_btf *btf, struct text *text,
			  const struct btf_type *proto)
{
	const struct btf_parameter *parameter = (const void *)(proto + 1);
	u32 i;

	add_type(btf, text, proto->type, 0);
	add(text, " (");
	for (i = 0; i < members_of(proto); i++) {
		if (i)
			add(text, ", ");
		add_type(btf, text, parameter[i].type, 0);
	}
	add(text, members_of(proto) ? ")" : "void)");
}

static bool is_function(const struct pcsc_btf *btf, u32 n, const char *name)
{
	const struct btf_type *type = type_at(btf, n);

	return kind_of(type) == KIND_FUNC &&
	       strings_equal(string_at(btf, type->name), name);
}

/* False: it has no prototype, or no room, or @again and not the same. */
static bool write_prototype(const struct pcsc_btf *btf, u32 function, char *to,
			    u32 room, bool again)
{
	struct text text = { .to = to, .room = room, .again = again };
	const struct btf_type *proto =
		type_at(btf, type_at(btf, function)->type);

	if (!proto || kind_of(proto) != KIND_FUNC_PROTO)
		return false;
	add_prototype(btf, &text, proto);
	return !text.full && !text.differs && !*text.to;
}

bool pcsc_btf_prototype(const struct pcsc_btf *btf, const char *function,
			char *to, u32 room)
{
	bool found = false;
	u32 n;

	for (n = 1; n <= btf->nr_types && room; n++) {
		if (!is_function(btf, n, function))
			continue;
		if (!write_prototype(btf, n, to, room, found))
			return false;
		found = true;
	}
	return found;
}

bool pcsc_btf_prototype_is(const char *prototype, const char *known)
{
	for (; *known && *known == *prototype; known++)
		prototype++;
	return *known == *prototype || strings_equal(known, "...)");
}
