// SPDX-License-Identifier: GPL-2.0-only
#include "truth.h"

#include <stdlib.h>
#include <string.h>

#include "core/regs.h"
#include "group.h"
#include "world.h"

#define MINUTE_NS 60000000000ull

static struct truth_byte *bytes;
static bool recording;

const struct truth_byte *truth_of(unsigned int fn)
{
	return &bytes[(size_t)fn * WORLD_BYTES];
}

static struct truth_byte *own(unsigned int fn)
{
	return &bytes[(size_t)fn * WORLD_BYTES];
}

void truth_begin(void)
{
	bytes = calloc((size_t)world_count() * WORLD_BYTES, sizeof(*bytes));
	if (!bytes)
		abort();
	for (unsigned int fn = 0; fn < world_count(); fn++)
		for (unsigned int i = 0; i < WORLD_BYTES; i++)
			own(fn)[i].is = world_bytes(fn)[i];
	recording = true;
}

void truth_end(void)
{
	free(bytes);
	bytes = NULL;
}

void truth_recording_ends(void)
{
	recording = false;
}

/* ---- what changes ------------------------------------------------------------ */

static void changed(struct truth_byte *t, uint8_t value, unsigned int cause)
{
	t->is = value;
	/* What comes before the first read nobody can know of. */
	if (recording && !t->reads)
		return;
	/* What lives by time has changed by it, whatever else was just done. */
	if (!(t->causes & BY_TIME))
		t->causes |= cause;
	t->in_time |= recording;
}

void truth_look(unsigned int fn, unsigned int cause)
{
	const uint8_t *now = world_bytes(fn);

	for (unsigned int i = 0; now && i < WORLD_BYTES; i++)
		if (own(fn)[i].is != now[i])
			changed(&own(fn)[i], now[i], cause);
}

/* A write to such bytes empties all that the helper has of the function. */
static bool is_raw(unsigned int fn, unsigned int dword)
{
	const struct group *group = group_of(fn);
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg;

	if (!group)
		return false;
	reg = pcsc_layout_reg(&group->layout, dword, &cap);
	return !reg || reg->flags & PCSC_OPAQUE;
}

void truth_look_after_write(unsigned int fn, unsigned int dword)
{
	const unsigned int elsewhere =
		is_raw(fn, dword) ? BY_RAW_WRITE : BY_OTHER_WRITE;
	const uint8_t *now = world_bytes(fn);

	for (unsigned int i = 0; now && i < WORLD_BYTES; i++)
		if (own(fn)[i].is != now[i])
			changed(&own(fn)[i], now[i],
				i / 4 == dword / 4 ? BY_WRITE : elsewhere);
}

/* ---- how it was recorded ----------------------------------------------------- */

static void saw_byte(struct truth_byte *t, uint8_t value)
{
	if (t->has_last && t->last != value)
		t->seen |= SEEN_CHANGED;
	if (t->has_last && t->last == value && t->was_reset)
		t->seen |= SEEN_SURVIVING;
	t->last = value;
	t->has_last = true;
	t->was_reset = false;
}

void truth_read(unsigned int fn, unsigned int where, unsigned int size,
		uint32_t value)
{
	const bool ones = value == (size == 4 ? ~0u : (1u << 8 * size) - 1);

	for (unsigned int i = 0; i < size; i++) {
		struct truth_byte *t = &own(fn)[where + i];

		t->reads += t->reads < 255;
		t->seen |= size == 4 ? SEEN_BY_DWORDS :
			   size == 2 ? SEEN_BY_WORDS :
				       0;
		if (ones)
			t->seen |= SEEN_ONES;
		else
			saw_byte(t, value >> 8 * i);
	}
}

void truth_wrote(unsigned int fn, unsigned int where, unsigned int size)
{
	for (unsigned int i = 0; i < size; i++)
		own(fn)[where + i].seen |= SEEN_WRITTEN;
}

void truth_reset(unsigned int fn)
{
	for (unsigned int i = 0; i < WORLD_BYTES; i++)
		own(fn)[i].was_reset = true;
}

/* ---- everything that can happen ---------------------------------------------- */

static void look_at_all(unsigned int cause)
{
	for (unsigned int fn = 0; fn < world_count(); fn++)
		truth_look(fn, cause);
}

/* Ten minutes, then a month for what takes longer. */
static void let_time_pass(void)
{
	for (int i = 0; i < 11; i++) {
		world_pass_ns(MINUTE_NS);
		look_at_all(BY_TIME);
	}
	world_pass_ns(30 * 24 * 60 * MINUTE_NS);
	look_at_all(BY_TIME);
}

static void read_all(void)
{
	for (unsigned int fn = 0; fn < world_count(); fn++) {
		for (unsigned int at = 0; at < WORLD_BYTES; at += 4)
			world_read(fn, at, 4);
		truth_look(fn, BY_READ);
	}
}

/* Both values of each bit; and what a command does, it has done by then. */
static void write_dword(unsigned int fn, unsigned int at)
{
	for (int i = 0; i < 2; i++) {
		world_write(fn, at, 4, ~world_read(fn, at, 4));
		truth_look_after_write(fn, at);
		world_pass_ns(1000000000);
		truth_look_after_write(fn, at);
	}
}

static void write_all(void)
{
	for (unsigned int fn = 0; fn < world_count(); fn++)
		for (unsigned int at = 0; at < WORLD_BYTES; at += 4)
			if (world_is_writable(fn, at) &&
			    !world_is_control(fn, at))
				write_dword(fn, at);
}

/* What the kernel saves before and restores after: of what it knows, what changed. */
static void happen(unsigned int fn, enum world_event event)
{
	uint8_t before[WORLD_BYTES];

	memcpy(before, world_bytes(fn), sizeof(before));
	world_event(fn, event);
	world_pass_ns(1000000000);
	for (unsigned int at = 0; at < WORLD_BYTES; at += 4) {
		const uint8_t *now = world_bytes(fn);
		uint32_t value;

		if (!memcmp(now + at, before + at, 4) ||
		    !world_is_writable(fn, at) || world_is_control(fn, at) ||
		    is_raw(fn, at))
			continue;
		memcpy(&value, before + at, 4);
		world_write(fn, at, 4, value);
	}
	truth_look(fn, BY_EVENT(event));
}

static void let_happen(enum world_event event)
{
	for (unsigned int fn = 0; fn < world_count(); fn++)
		if (!world_function(fn).header_type)
			happen(fn, event);
}

void truth_find_out(void)
{
	let_time_pass();
	read_all();
	for (enum world_event event = 0; event < WORLD_EVENTS; event++)
		let_happen(event);
	write_all();
}
