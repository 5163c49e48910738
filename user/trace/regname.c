// SPDX-License-Identifier: GPL-2.0-only
#include "regname.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/caps.h"
#include "talk.h"
#include "values.h"

#define FIRST_CAP 0x40
#define FIRST_ECAP 0x100

/* A function, and what is known of its capabilities. */
struct where {
	const struct pcsc_rec_function *function;
	const struct pcsc_known *known;
};

/* A byte's place: the row of the register table, and the capability around it. */
struct place {
	const struct pcsc_reg *reg; /* NULL: no row */
	const struct pcsc_known_cap *cap; /* NULL: in no capability */
};

/* ---- a function's capabilities ---- */

/* The first of @nr rows of @size bytes, the function first in them, that is @function's. */
static uint32_t first_of(const void *rows, size_t size, uint32_t nr,
			 uint32_t function)
{
	uint32_t low = 0, high = nr, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (*(const uint32_t *)((const char *)rows + middle * size) <
		    function)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The recording's capabilities, and those that its values show. */
#define MOST_CAPS (2 * PCSC_MAX_CAPS)

static void add_cap(struct pcsc_known *k, uint16_t id, uint16_t offset)
{
	if (k->nr < MOST_CAPS)
		k->caps[k->nr++] = (struct pcsc_known_cap){ id, offset };
}

/* Whatever ended the walk, what it had found before is right. */
static void walk_values(const struct pcsc_rec *rec, uint32_t function,
			struct pcsc_known *k)
{
	const uint32_t nr = rec->header.nr_registers;
	struct pcsc_values values = {};
	struct pcsc_layout layout;

	for (uint32_t i = first_of(rec->registers, sizeof(*rec->registers), nr,
				   function);
	     i < nr && rec->registers[i].function == function; i++)
		pcsc_values_add(&values, &rec->registers[i]);
	pcsc_values_walk(&values, rec->functions[function].cfg_size ?: 4096,
			 &layout);
	for (unsigned int i = 0; i < layout.nr_caps; i++)
		add_cap(k, layout.caps[i].id, layout.caps[i].offset);
}

static int compare_caps(const void *pa, const void *pb)
{
	const struct pcsc_known_cap *a = pa, *b = pb;

	return a->offset - b->offset;
}

static struct pcsc_known *look_at(const struct pcsc_rec *rec, uint32_t function)
{
	struct pcsc_known *k =
		malloc(sizeof(*k) + MOST_CAPS * sizeof(k->caps[0]));
	const uint32_t nr = rec->header.nr_caps;

	if (!k)
		return NULL;
	k->nr = 0;
	walk_values(rec, function, k);
	for (uint32_t i = first_of(rec->caps, sizeof(*rec->caps), nr, function);
	     i < nr && rec->caps[i].function == function; i++)
		add_cap(k, rec->caps[i].id, rec->caps[i].offset);
	qsort(k->caps, k->nr, sizeof(k->caps[0]), compare_caps);
	return realloc(k, sizeof(*k) + k->nr * sizeof(k->caps[0])) ?: k;
}

static struct where find(struct pcsc_regnames *n, uint32_t function)
{
	static const struct pcsc_known nothing;

	/* Without memory, what is in no capability has a name still. */
	if (!n->known[function])
		n->known[function] = look_at(n->rec, function);
	return (struct where){ &n->rec->functions[function],
			       n->known[function] ?: &nothing };
}

int pcsc_regnames_init(struct pcsc_regnames *n, const struct pcsc_rec *rec)
{
	n->rec = rec;
	n->known = calloc(rec->header.nr_functions + 1ull, sizeof(*n->known));
	return n->known ? 0 : pcsc_fail(-ENOMEM, "no memory left");
}

void pcsc_regnames_free(struct pcsc_regnames *n)
{
	for (uint32_t i = 0; n->known && i < n->rec->header.nr_functions; i++)
		free(n->known[i]);
	free(n->known);
}

/* ---- a byte ---- */

static bool is_extended(const struct pcsc_known_cap *cap)
{
	return cap->offset >= FIRST_ECAP;
}

/* The last capability that begins at or before @offset, in the same list. */
static const struct pcsc_known_cap *cap_of(const struct pcsc_known *k,
					   uint16_t offset)
{
	const struct pcsc_known_cap *found = NULL;

	for (unsigned int i = 0; i < k->nr && k->caps[i].offset <= offset; i++)
		if (is_extended(&k->caps[i]) == (offset >= FIRST_ECAP))
			found = &k->caps[i];
	return found;
}

/* An extended list begins there, whichever capability it begins with. */
static bool is_list_head(uint16_t offset)
{
	return offset >= FIRST_ECAP && offset < FIRST_ECAP + 4;
}

/* As the walk has it (core/walk.c), which follows no list of other types. */
static enum pcsc_space header_of(const struct pcsc_rec_function *f)
{
	return f->header_type == 0 ? PCSC_SPACE_HEADER0 :
	       f->header_type == 1 ? PCSC_SPACE_HEADER1 :
				     PCSC_SPACE_HEADER;
}

static struct place place_of(const struct where *w, uint16_t offset)
{
	struct place p = {};

	if (offset < FIRST_CAP) {
		p.reg = pcsc_reg_find(header_of(w->function), 0, offset);
		return p;
	}
	p.cap = cap_of(w->known, offset);
	if (p.cap)
		p.reg = pcsc_reg_find(is_extended(p.cap) ? PCSC_SPACE_ECAP :
							   PCSC_SPACE_CAP,
				      p.cap->id, offset - p.cap->offset);
	else if (is_list_head(offset))
		p.reg = pcsc_reg_find(PCSC_SPACE_ECAP, PCSC_ECAP_NULL,
				      offset - FIRST_ECAP);
	/* Behind the last register of a capability that the table describes. */
	if (!p.reg && p.cap && pcsc_cap_known(is_extended(p.cap), p.cap->id))
		p.cap = NULL;
	return p;
}

static void cap_name(const struct pcsc_known_cap *cap,
		     char out[static PCSC_REGNAME_SIZE])
{
	const char *name = pcsc_cap_name(is_extended(cap), cap->id);

	if (name)
		snprintf(out, PCSC_REGNAME_SIZE, "%s", name);
	else
		snprintf(out, PCSC_REGNAME_SIZE, "%s 0x%0*x",
			 is_extended(cap) ? "ECAP" : "CAP",
			 is_extended(cap) ? 4 : 2, cap->id);
}

/* The name without what it says of single bytes: "LnkCap" of "LnkCap: Speed". */
static void stem(const struct pcsc_reg *reg, char out[static PCSC_REGNAME_SIZE])
{
	snprintf(out, PCSC_REGNAME_SIZE, "%.*s", (int)strcspn(reg->name, ":"),
		 reg->name);
}

static void name_of(const struct where *w, uint16_t offset,
		    char out[static PCSC_REGNAME_SIZE])
{
	const struct place p = place_of(w, offset);
	char name[PCSC_REGNAME_SIZE];

	if (is_list_head(offset)) {
		strcpy(out, "ECAP header 0x100");
	} else if (p.cap &&
		   offset - p.cap->offset < (is_extended(p.cap) ? 4 : 2)) {
		cap_name(p.cap, name);
		snprintf(out, PCSC_REGNAME_SIZE, "%.30s header", name);
	} else if (p.reg && !(p.reg->flags & PCSC_OPAQUE)) {
		stem(p.reg, out);
	} else if (p.cap) {
		cap_name(p.cap, name);
		snprintf(out, PCSC_REGNAME_SIZE, "%.30s+0x%02x", name,
			 offset - p.cap->offset);
	} else {
		snprintf(out, PCSC_REGNAME_SIZE, "0x%03x", offset);
	}
}

/* ---- a register ---- */

void pcsc_regname(struct pcsc_regnames *n, const struct pcsc_rec_register *r,
		  char out[static PCSC_REGNAME_SIZE])
{
	char name[PCSC_REGNAME_SIZE], last[PCSC_REGNAME_SIZE];
	const struct where w = find(n, r->function);
	unsigned int names = 1;

	name_of(&w, r->offset, out);
	strcpy(last, out);
	/* An offset speaks for what is behind it. */
	if (strstr(out, "0x"))
		return;
	for (unsigned int i = 1; i < r->width; i++) {
		name_of(&w, r->offset + i, name);
		if (!strcmp(name, last) || strstr(name, "0x"))
			continue;
		strcpy(last, name);
		names++;
	}
	if (names > 1)
		snprintf(out + strlen(out), PCSC_REGNAME_SIZE - strlen(out),
			 "%s%.26s", names == 2 ? "/" : "..", last);
}

void pcsc_regname_holder(struct pcsc_regnames *n,
			 const struct pcsc_rec_register *r,
			 char out[static PCSC_REGNAME_SIZE])
{
	const struct where w = find(n, r->function);
	const struct place p = place_of(&w, r->offset);

	if (p.cap)
		cap_name(p.cap, out);
	else if (is_list_head(r->offset))
		strcpy(out, "ECAP");
	else
		strcpy(out, p.reg ? "header" : "undescribed");
}

/* As may_be_const() of core/map.c has it, with no profile but the specification. */
static bool byte_is_const(const struct where *w, uint16_t offset)
{
	const struct pcsc_reg *reg = place_of(w, offset).reg;
	const bool is_vf = w->function->flags & PCSC_REC_FN_VF;

	if (!reg || !pcsc_reg_is_const(reg, is_vf))
		return false;
	if (reg->flags & PCSC_ADDRESS)
		return reg->flags & PCSC_VF_CONST && is_vf;
	return !(reg->flags & PCSC_PROBE) || is_vf;
}

bool pcsc_regname_is_const(struct pcsc_regnames *n,
			   const struct pcsc_rec_register *r)
{
	const struct where w = find(n, r->function);

	for (unsigned int i = 0; i < r->width; i++)
		if (!byte_is_const(&w, r->offset + i))
			return false;
	return true;
}
