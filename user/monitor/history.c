// SPDX-License-Identifier: GPL-2.0-only
/*
 * A row is by how much the totals grew between two samples. Where they cannot be
 * compared it is a gap: there was no helper, it was loaded anew and counts from
 * 0, or the mode changed in between.
 */
#include "monitor/history.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

/* Room for rows that come while the oldest are being sent. */
#define SLOTS (HISTORY_ROWS + 64)

static const struct column {
	const char *name;
	struct stat_rest of;
} columns[] = {
	{ "hit", { PCSC_STAT_HITS, { 0 } } },
	{ "miss", { PCSC_STAT_MISSES, { 0 } } },
	{ "uncachable", STATS_UNCACHABLE },
	{ "bypass", { PCSC_STAT_BYPASSED, { 0 } } },
	{ "would_be_hit", { PCSC_STAT_WOULD_BE_HITS, { 0 } } },
	{ "verified", { PCSC_STAT_VERIFIED, { 0 } } },
	{ "shadow_reads", { PCSC_STAT_SHADOW_READS, { 0 } } },
	{ "writes", { PCSC_STAT_WRITES, { 0 } } },
	{ "invalidations", { PCSC_STAT_INVALIDATIONS, { 0 } } },
	{ "resets", { PCSC_STAT_RESETS, { 0 } } },
	{ "walk", { PCSC_STAT_WALK_READS, { 0 } } },
	{ "identity", { PCSC_STAT_IDENTITY_READS, { 0 } } },
	{ "populate", { PCSC_STAT_POPULATE_READS, { 0 } } },
	{ "scrub", { PCSC_STAT_SCRUB_READS, { 0 } } },
	{ "mismatches", { PCSC_STAT_MISMATCHES, { 0 } } },
};

#define COLUMNS ARRAY_SIZE(columns)

struct slot {
	uint64_t at_ms;
	uint64_t total[COLUMNS];
	bool known; /* there was a helper */
	bool gap; /* between this sample and the one before */
};

struct history {
	uint64_t started;
	uint64_t samples; /* so many came; they are numbered from 0 */
	char mode[16]; /* at the last of them */
	struct slot slots[SLOTS];
};

/* A number of 64 bits has 20 digits, and a comma. */
static_assert(sizeof(((struct history_text *)NULL)->piece) >
		      (COLUMNS + 1) * 21 + sizeof(",\n[]"),
	      "a row is a piece");

struct history *history_new(uint64_t started)
{
	struct history *h = calloc(1, sizeof(*h));

	if (h)
		h->started = started;
	return h;
}

void history_free(struct history *h)
{
	free(h);
}

static const struct slot *slot_of(const struct history *h, uint64_t number)
{
	return &h->slots[number % SLOTS];
}

static bool comparable(const struct slot *from, const struct slot *to)
{
	if (!from->known || !to->known)
		return false;
	for (size_t i = 0; i < COLUMNS; i++)
		if (to->total[i] < from->total[i])
			return false;
	return true;
}

void history_add(struct history *h, const struct stats *s, uint64_t at_ms)
{
	struct slot *slot = &h->slots[h->samples % SLOTS];
	const struct slot *before;

	slot->at_ms = at_ms;
	slot->known = s->up;
	for (size_t i = 0; i < COLUMNS; i++)
		slot->total[i] = stats_rest(s, &columns[i].of);
	if (h->samples) {
		before = slot_of(h, h->samples - 1);
		slot->gap = !comparable(before, slot) ||
			    strcmp(h->mode, s->mode) != 0;
	}
	memcpy(h->mode, s->mode, sizeof(h->mode));
	h->samples++;
}

/* ---- as text --------------------------------------------------------------- */

/* Sample 0 has none before it, so the first row is number 1. */
static uint64_t oldest_row(const struct history *h)
{
	return h->samples > HISTORY_ROWS ? h->samples - HISTORY_ROWS : 1;
}

void history_text_init(struct history_text *t, const struct history *h,
		       uint64_t after, uint64_t now_ms)
{
	*t = (struct history_text){
		.h = h,
		.next = oldest_row(h),
		.end = h->samples,
		.now_ms = now_ms,
	};
	/* A number that is yet to come was of another daemon's rows. */
	if (after >= t->next && after < t->end)
		t->next = after + 1;
}

static void add(struct history_text *t, const char *form, ...)
{
	va_list list;

	va_start(list, form);
	t->length += vsnprintf(t->piece + t->length,
			       sizeof(t->piece) - t->length, form, list);
	va_end(list);
	assert(t->length < sizeof(t->piece));
}

static void add_head(struct history_text *t)
{
	const struct history *h = t->h;
	const uint64_t last =
		h->samples ? slot_of(h, h->samples - 1)->at_ms : t->now_ms;

	add(t,
	    "{\"started\":%" PRIu64 ",\"first\":%" PRIu64 ",\"age_ms\":%" PRIu64
	    ",\"columns\":[\"ms\"",
	    h->started, t->next, t->now_ms > last ? t->now_ms - last : 0);
	for (size_t i = 0; i < COLUMNS; i++)
		add(t, ",\"%s\"", columns[i].name);
	add(t, "],\n\"rows\":[");
}

static void add_row(struct history_text *t, uint64_t number)
{
	const struct slot *to = slot_of(t->h, number);
	const struct slot *from = slot_of(t->h, number - 1);
	/* A reader so slow that its rows were overwritten gets gaps. */
	const bool lost = t->h->samples >= number + SLOTS;

	add(t, "%s[%" PRIu64, t->filled ? ",\n" : "\n",
	    lost ? 0 : to->at_ms - from->at_ms);
	for (size_t i = 0; !lost && !to->gap && i < COLUMNS; i++)
		add(t, ",%" PRIu64, to->total[i] - from->total[i]);
	add(t, "]");
	t->filled = true;
}

static bool make_piece(struct history_text *t)
{
	t->at = t->length = 0;
	if (t->ended)
		return false;
	if (!t->begun) {
		add_head(t);
		t->begun = true;
	} else if (t->next < t->end) {
		add_row(t, t->next++);
	} else {
		add(t, "]}\n");
		t->ended = true;
	}
	return true;
}

size_t history_text_read(struct history_text *t, char *buf, size_t size)
{
	size_t done = 0, n;

	while (done < size && (t->at < t->length || make_piece(t))) {
		n = t->length - t->at;
		if (n > size - done)
			n = size - done;
		memcpy(buf + done, t->piece + t->at, n);
		t->at += n;
		done += n;
	}
	return done;
}
