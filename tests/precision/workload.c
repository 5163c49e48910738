// SPDX-License-Identifier: GPL-2.0-only
#include "workload.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "describe.h"
#include "recorder.h"
#include "truth.h"
#include "world.h"

#define MS 1000000ull
#define COMMAND 0x04
#define DEVCAP2 0x84
#define READ_UP_TO 0x300 /* of 4 KiB, so that the recording stays small */

static uint64_t state;
static uint64_t begun_ns;
static uint32_t seed;

static uint32_t below(uint32_t n)
{
	return random_below(&state, n);
}

static bool is(unsigned int fn, const char *model)
{
	return !strcmp(world_function(fn).model, model);
}

/* Where the offset of its behaviour went. */
static unsigned int moved(unsigned int fn, unsigned int where)
{
	return where + (where < 0x200 ?
				0 :
				describe_moved(world_function(fn).model, seed));
}

/* ---- accesses ----------------------------------------------------------------- */

/* Where the tables below hold. */
static bool is_card(unsigned int fn)
{
	const struct world_function f = world_function(fn);

	return f.size == WORLD_BYTES && !f.header_type && !f.is_vf &&
	       !is(fn, "integrated");
}

static uint32_t read_one(unsigned int fn, unsigned int where, unsigned int size)
{
	const uint32_t value = world_read(fn, where, size);

	recorder_read(fn, where, size, value);
	truth_read(fn, where, size, value);
	return value;
}

static void write_one(unsigned int fn, unsigned int where, unsigned int size,
		      uint32_t value)
{
	truth_look(fn, BY_TIME);
	world_write(fn, where, size, value);
	recorder_wrote(fn, where, size, value);
	truth_wrote(fn, where, size);
	truth_look_after_write(fn, where & ~3);
}

static bool is_narrow(unsigned int fn)
{
	return fn % 20 == 7;
}

/* Most programs read dwords; some words or bytes, now and then. */
static unsigned int width_of(unsigned int fn, unsigned int where,
			     unsigned int usual)
{
	if (where < 0x200 || !is(fn, "upper"))
		return usual;
	return where >> 2 == moved(fn, 0x200) >> 2 ? 1 : usual;
}

static void read_whole(unsigned int fn)
{
	const unsigned int usual = is_narrow(fn) ? 1 << below(3) : 4;
	const unsigned int size = world_function(fn).size;
	unsigned int width;

	truth_look(fn, BY_TIME);
	for (unsigned int at = 0; at < READ_UP_TO && at < size; at += width) {
		width = width_of(fn, at, usual);
		read_one(fn, at, width);
	}
	truth_look(fn, BY_READ);
}

/* What the kernel restores after a reset, if it differs. */
static const struct {
	uint16_t where;
	uint8_t size;
} saved[] = {
	{ 0x04, 2 }, /* Command */
	{ 0x0c, 1 }, /* cache line size */
	{ 0x88, 2 }, /* Device Control 2 */
	{ 0x9e, 2 }, /* MSI-X Message Control */
	{ 0x128, 4 }, /* AER's mask */
};

static void restore(unsigned int fn, const uint32_t *values)
{
	for (size_t i = 0; i < ARRAY_SIZE(saved); i++) {
		const unsigned int where = saved[i].where;

		if (read_one(fn, where, saved[i].size) == values[i])
			continue;
		world_write(fn, where, saved[i].size, values[i]);
		recorder_wrote(fn, where, saved[i].size, values[i]);
		truth_wrote(fn, where, saved[i].size);
	}
}

/* The truth is looked at before and after: in between nobody is answered from memory. */
static void reset(unsigned int fn)
{
	const bool has_all = is_card(fn) || world_function(fn).is_vf;
	uint32_t values[ARRAY_SIZE(saved)];

	truth_look(fn, BY_TIME);
	for (size_t i = 0; has_all && i < ARRAY_SIZE(saved); i++)
		values[i] = read_one(fn, saved[i].where, saved[i].size);
	truth_look(fn, BY_READ);
	world_event(fn, WORLD_FLR);
	recorder_reset(fn, PCSC_REC_RESET_FLR);
	truth_reset(fn);
	world_pass_ns(5 * MS);
	while (read_one(fn, COMMAND, 2) == 0xffff)
		world_pass_ns(20 * MS);
	if (has_all)
		restore(fn, values);
	truth_look(fn, BY_EVENT(WORLD_FLR));
}

/* ---- drivers -------------------------------------------------------------------- */

static const struct {
	const char *model; /* NULL: all endpoints */
	uint16_t where;
	uint8_t size;
	uint32_t mask; /* of what is written */
} writes[] = {
	{ NULL, 0x04, 2, 0x0006 }, /* Command */
	{ NULL, 0x88, 2, 0x000f }, /* Device Control 2 */
	{ NULL, 0x9e, 2, 0xc000 }, /* MSI-X Message Control */
	{ NULL, 0x128, 4, 0xffff }, /* AER's mask */
	{ "selfclearing", 0x200, 4, 0xffff },
	{ "selfclearing", 0x210, 4, 0x0f },
	{ "selfclearing", 0x214, 4, 0xffff },
	{ "kept", 0x200, 4, ~0u },
	{ "masked", 0x200, 4, ~0u },
	{ "elsewhere", 0x04, 2, 0x0006 },
	{ "vendor", 0xba, 2, 0x7ffc }, /* VPD's address */
	{ "vendor", 0x190, 4, 0x0f },
	{ "vendor", 0x1c8, 4, 0x01 }, /* DOE's control */
};

static bool has_driver(unsigned int fn)
{
	return !(fn % 2);
}

static void drive(unsigned int fn)
{
	const unsigned int n = below(ARRAY_SIZE(writes));
	const char *model = writes[n].model;

	if (model ? is(fn, model) : is_card(fn))
		write_one(fn, moved(fn, writes[n].where), writes[n].size,
			  below(0x10000) * 0x10001u & writes[n].mask);
}

static void bind(unsigned int fn)
{
	if (!world_function(fn).header_type)
		write_one(fn, COMMAND, 2, 0x0006);
}

/* ---- a minute ------------------------------------------------------------------- */

/* Of these nobody takes notice after the beginning, so that little is known of them. */
static bool is_ignored(unsigned int fn)
{
	return is(fn, "few") || is(fn, "seldom");
}

/* A bit that is set for a while: what is read first and last is the same. */
static void flip(uint8_t value)
{
	for (unsigned int fn = 0; fn < world_count(); fn++) {
		if (!is(fn, "counting"))
			continue;
		world_set(fn, moved(fn, 0x218), 1, value);
		truth_look(fn, BY_TIME);
	}
}

/* What `lspci -xxxx` does. */
static void read_everybody(void)
{
	for (unsigned int fn = 0; fn < world_count(); fn++) {
		world_pass_ns(3 * MS);
		read_whole(fn);
	}
}

static void begin(void)
{
	for (unsigned int fn = 0; fn < world_count(); fn++)
		bind(fn);
	read_everybody();
	flip(1);
	for (unsigned int fn = 0; fn < world_count(); fn++)
		if (is_ignored(fn))
			reset(fn);
	for (unsigned int fn = 0; fn < world_count(); fn++) {
		world_pass_ns(3 * MS);
		read_whole(fn);
		if (!is(fn, "seldom"))
			read_whole(fn);
	}
	flip(0);
}

/* It sleeps until somebody wants it, and is read while it does. */
static void sleep_a_while(unsigned int fn)
{
	truth_look(fn, BY_TIME);
	world_sleep(fn, true);
	read_whole(fn);
	world_pass_ns(1 * MS);
	world_sleep(fn, false);
	world_pass_ns(200 * MS);
	truth_look(fn, BY_EVENT(WORLD_COLD));
}

/* A PF's VFs would go with it. */
static bool may_be_reset(unsigned int fn)
{
	return !is(fn, "pf") && !is(fn, "unreset");
}

static void act(unsigned int fn)
{
	switch (below(6)) {
	case 0: /* a VMM opens it */
		read_whole(fn);
		read_whole(fn);
		break;
	case 1: /* and resets it before */
		if (!may_be_reset(fn))
			break;
		read_whole(fn);
		reset(fn);
		read_whole(fn);
		break;
	case 2:
		if (is(fn, "asleep") && !below(4))
			sleep_a_while(fn);
		break;
	default:
		for (int i = 0; has_driver(fn) && i < 8; i++)
			drive(fn);
	}
}

/* Of those that nobody looks at half, and a register that may not change. */
static void change_some(void)
{
	for (unsigned int fn = 0; fn < world_count(); fn++) {
		if (is(fn, "odd"))
			world_set(fn, DEVCAP2, 4, 0x12);
		else if (is_ignored(fn) && !below(2))
			world_set(fn, moved(fn, 0x200), 4, 2);
		else
			continue;
		truth_look(fn, BY_TIME);
	}
}

static uint64_t elapsed_ns(void)
{
	return world_ns() - begun_ns;
}

static void go_on(void)
{
	while (elapsed_ns() < WORKLOAD_NS - 1000 * MS) {
		const unsigned int fn = below(world_count());
		const struct world_function f = world_function(fn);

		world_pass_ns(below(8) * MS);
		if (!is_ignored(fn) && !f.header_type)
			act(fn);
	}
}

void workload_personal(uint32_t of_seed)
{
	unsigned int vfs = 0;

	seed = of_seed;
	state = random_state(seed);
	for (unsigned int fn = 0; fn < world_count(); fn++) {
		if (is_card(fn))
			world_set(fn, 0x114, 4, state ^ below(~0u));
		if (is(fn, "constant") || world_function(fn).is_vf)
			world_set(fn, moved(fn, 0x210), 4, below(~0u));
		vfs += world_function(fn).is_vf;
		if (world_function(fn).is_vf && vfs == 50)
			world_set(fn, DEVCAP2, 4, 0x10);
		if (world_function(fn).is_vf && vfs == 60)
			world_set(fn, moved(fn, 0x220), 4, 0x10);
	}
}

void workload_minute(void)
{
	begun_ns = world_ns();
	begin();
	go_on();
	change_some();
	while (elapsed_ns() < WORKLOAD_NS)
		world_pass_ns(MS);
	/* In no time, so that nothing is recorded that no read can show. */
	for (unsigned int fn = 0; fn < world_count(); fn++)
		if (!is_ignored(fn))
			read_whole(fn);
	for (unsigned int fn = 0; fn < world_count(); fn++)
		truth_look(fn, BY_TIME);
	truth_recording_ends();
}

/* What the table calls changed by MSI, slot power, the link and SR-IOV is among it. */
void workload_afterwards(void)
{
	static const uint16_t where[] = { 0x063, 0x066, 0x067, 0x06d,
					  0x06e, 0x0a5, 0x200 };

	for (unsigned int fn = 0; fn < world_count(); fn++) {
		if (!is(fn, "after"))
			continue;
		world_pass_ns((1 + below(5000)) * MS);
		for (size_t i = 0; i < ARRAY_SIZE(where); i++)
			world_set(fn, moved(fn, where[i]), 1, 2);
		truth_look(fn, BY_TIME);
	}
}
