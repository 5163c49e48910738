// SPDX-License-Identifier: GPL-2.0-only
#include "monitor/space.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "runs.h"
#include "where.h"

static bool is_of(const struct sample_address *a,
		  const struct sample_address *b)
{
	return a->domain == b->domain && a->bus == b->bus &&
	       a->devfn == b->devfn;
}

unsigned int spaces_look(struct spaces *s, const struct sample_address *of,
			 uint64_t now_ms, uint64_t since_ms)
{
	unsigned int best = 0;

	for (unsigned int i = 0; i < SAMPLE_SPACES; i++) {
		if (s->slots[i].looked_ms && is_of(&s->slots[i].of, of)) {
			if (s->slots[i].looked_ms < since_ms)
				s->slots[i].said_ms = 0;
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

static void put_run(struct pcsc_jsonw *w, const struct pcsc_run *run)
{
	char place[PCSC_PLACE_SIZE];

	pcsc_jsonw_array(w, NULL);
	pcsc_jsonw_uint(w, NULL, run->where);
	pcsc_jsonw_uint(w, NULL, run->length);
	pcsc_jsonw_string(w, NULL, pcsc_place_of(run->cap, run->where, place));
	pcsc_jsonw_string(w, NULL, pcsc_run_name(run));
	pcsc_jsonw_string(w, NULL, pcsc_run_words[pcsc_run_state(run)]);
	pcsc_jsonw_uint(w, NULL, !!(run->known & PCSC_BYTE_SHARED));
	pcsc_jsonw_uint(w, NULL, !!(run->known & PCSC_BYTE_UNPROVED));
	pcsc_jsonw_string(w, NULL, run->reg ? run->reg->source : "");
	pcsc_jsonw_end(w);
}

static void put_runs(struct pcsc_jsonw *w, const struct sample_space *s)
{
	struct pcsc_runs runs;
	struct pcsc_run run;

	pcsc_jsonw_array(w, "runs");
	for (pcsc_runs_begin(&runs, s); pcsc_runs_next(&runs, &run);)
		put_run(w, &run);
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
