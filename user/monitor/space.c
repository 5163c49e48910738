// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/space.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "core/regs.h"
#include "where.h"

static bool is_of(const struct sample_address *a,
		  const struct sample_address *b)
{
	return a->domain == b->domain && a->bus == b->bus &&
	       a->devfn == b->devfn;
}

unsigned int spaces_look(struct spaces *s, const struct sample_address *of,
			 uint64_t now_ms)
{
	unsigned int best = 0;

	for (unsigned int i = 0; i < SAMPLE_SPACES; i++) {
		if (s->slots[i].looked_ms && is_of(&s->slots[i].of, of)) {
			s->slots[i].looked_ms = now_ms;
			return i;
		}
		if (s->slots[i].looked_ms < s->slots[best].looked_ms)
			best = i;
	}
	s->slots[best].of = *of;
	s->slots[best].looked_ms = now_ms;
	s->slots[best].said_ms = 0;
	return best;
}

void spaces_ask(const struct spaces *s, struct sample_ask *ask,
		uint64_t since_ms)
{
	for (unsigned int i = 0; i < SAMPLE_SPACES; i++)
		if (s->slots[i].looked_ms && s->slots[i].looked_ms >= since_ms)
			ask->spaces[ask->nr_spaces++] = s->slots[i].of;
}

void spaces_take(struct spaces *s, const struct sample_space *said, __u32 nr,
		 uint64_t now_ms)
{
	for (; nr--; said++)
		for (unsigned int i = 0; i < SAMPLE_SPACES; i++)
			if (s->slots[i].looked_ms &&
			    is_of(&s->slots[i].of, &said->of)) {
				s->slots[i].said = *said;
				s->slots[i].said_ms = now_ms;
			}
}

void spaces_forget(struct spaces *s)
{
	for (unsigned int i = 0; i < SAMPLE_SPACES; i++)
		s->slots[i].said_ms = 0;
}

/* ---- what is said of it ---- */

/* The layout as far as the helper tells it. */
static void layout_of(const struct sample_space *s, struct pcsc_layout *layout)
{
	*layout = (struct pcsc_layout){
		.cfg_size = s->bytes.count,
		.header_type = s->bytes.header_type,
		.pcie_type = PCSC_NO_PCIE,
	};
	for (__u32 i = 0; i < s->bytes.nr_caps && i < SAMPLE_CAPS &&
			  layout->nr_caps < PCSC_MAX_CAPS;
	     i++)
		layout->caps[layout->nr_caps++] = (struct pcsc_cap){
			.id = s->caps[i].id,
			.offset = s->caps[i].offset,
			.length = s->caps[i].length,
			.ext = s->caps[i].extended,
		};
}

/* Bytes next to each other of which the same is known. */
struct run {
	u16 where, length;
	u8 known; /* PCSC_BYTE_* */
	const struct pcsc_reg *reg;
	const struct pcsc_cap *cap;
};

static struct run byte_at(const struct sample_space *s,
			  const struct pcsc_layout *layout, u16 where)
{
	struct run run = { .where = where,
			   .length = 1,
			   .known = s->byte[where] };

	run.reg = pcsc_layout_reg(layout, where, &run.cap);
	/* The helper knows better than its layout does what it took to be opaque. */
	if (run.known & PCSC_BYTE_OPAQUE || !(run.known & PCSC_BYTE_DESCRIBED))
		run.reg = NULL;
	return run;
}

static const char *name_of(const struct run *run)
{
	if (run->reg)
		return run->reg->name;
	return run->known & PCSC_BYTE_DESCRIBED ? "body" : "undescribed";
}

/* One word, as the page has a colour for it. */
static const char *state_of(const struct run *run)
{
	const bool evidence = run->known & PCSC_BYTE_EVIDENCE;

	if (run->known & PCSC_BYTE_DEMOTED)
		return "demoted";
	if (run->known & PCSC_BYTE_CONST && run->known & PCSC_BYTE_CACHED)
		return evidence ? "memory-evidence" : "memory";
	if (run->known & PCSC_BYTE_CONST)
		return evidence ? "unread-evidence" : "unread";
	if (run->known & PCSC_BYTE_OPAQUE)
		return "vendor";
	if (!run->reg)
		return "undescribed";
	return run->reg->klass == PCSC_CONFIG ? "config" : "volatile";
}

static void put_run(struct pcsc_jsonw *w, const struct run *run)
{
	char place[PCSC_PLACE_SIZE];

	pcsc_jsonw_array(w, NULL);
	pcsc_jsonw_uint(w, NULL, run->where);
	pcsc_jsonw_uint(w, NULL, run->length);
	pcsc_jsonw_string(w, NULL, pcsc_place_of(run->cap, run->where, place));
	pcsc_jsonw_string(w, NULL, name_of(run));
	pcsc_jsonw_string(w, NULL, state_of(run));
	pcsc_jsonw_uint(w, NULL, !!(run->known & PCSC_BYTE_SHARED));
	pcsc_jsonw_uint(w, NULL, !!(run->known & PCSC_BYTE_UNPROVED));
	pcsc_jsonw_string(w, NULL, run->reg ? run->reg->source : "");
	pcsc_jsonw_end(w);
}

static bool goes_on(const struct run *run, const struct run *byte)
{
	return run->reg == byte->reg && run->cap == byte->cap &&
	       run->known == byte->known;
}

static void put_runs(struct pcsc_jsonw *w, const struct sample_space *s)
{
	struct pcsc_layout layout;
	struct run run, byte;

	layout_of(s, &layout);
	pcsc_jsonw_array(w, "runs");
	if (layout.cfg_size)
		run = byte_at(s, &layout, 0);
	for (unsigned int i = 1; i <= layout.cfg_size; i++) {
		if (i < layout.cfg_size) {
			byte = byte_at(s, &layout, i);
			if (goes_on(&run, &byte)) {
				run.length++;
				continue;
			}
		}
		put_run(w, &run);
		run = byte;
	}
	pcsc_jsonw_end(w);
}

static const char *const columns[] = {
	"offset", "length", "place",	"register",
	"state",  "shared", "unproved", "source",
};

static void put_said(struct pcsc_jsonw *w, const struct sample_space *s)
{
	pcsc_jsonw_uint(w, "bytes", s->bytes.count);
	pcsc_jsonw_uint(w, "forgotten_s", s->bytes.emptied_s);
	if (s->bytes.verified_s != PCSC_NEVER)
		pcsc_jsonw_uint(w, "verified_s", s->bytes.verified_s);
	pcsc_jsonw_array(w, "columns");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		pcsc_jsonw_string(w, NULL, columns[i]);
	pcsc_jsonw_end(w);
	put_runs(w, s);
}

void space_json(const struct spaces *s, unsigned int slot, struct pcsc_jsonw *w,
		uint64_t now_ms)
{
	const struct sample_address *of = &s->slots[slot].of;
	const struct sample_space *said = &s->slots[slot].said;
	const bool known = s->slots[slot].said_ms;
	char bdf[PCSC_BDF_SIZE];

	pcsc_jsonw_string(w, "address",
			  pcsc_bdf_format(bdf, of->domain, of->bus, of->devfn));
	pcsc_jsonw_bool(w, "known", known);
	if (!known)
		return;
	pcsc_jsonw_uint(w, "age_ms", now_ms - s->slots[slot].said_ms);
	if (said->err == -ENODEV)
		pcsc_jsonw_string(w, "reason",
				  "the helper has no such function");
	else if (said->err)
		pcsc_jsonw_string(w, "reason", strerror(-said->err));
	else
		put_said(w, said);
}
