// SPDX-License-Identifier: GPL-2.0-only
#include "describe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "cleanup.h"

#define NAME 32
/* Registers of a model that nobody has thought of, each with 16 bytes to itself. */
#define ANY 6
#define ANY_FROM 0x280

uint32_t random_below(uint64_t *state, uint32_t n)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1dull >> 32) % n;
}

uint64_t random_state(uint32_t seed)
{
	return (seed * 0x9e3779b97f4a7c15ull) | 1;
}

static uint64_t state_of_model(const char *model, uint32_t seed)
{
	uint64_t state = random_state(seed);

	for (; *model; model++) {
		state = (state ^ *model) * 0x100000001b3ull | 1;
		random_below(&state, 1);
	}
	return state;
}

unsigned int describe_moved(const char *model, uint32_t seed)
{
	uint64_t state = state_of_model(model, seed);

	return 4 * random_below(&state, 16);
}

/* ---- registers that nobody has thought of ------------------------------------------- */

static void put_event(FILE *out, uint64_t *state)
{
	static const char *const events[] = { "flr", "pm", "bus", "cold",
					      "fw" };

	fprintf(out, " %s=+%x", events[random_below(state, ARRAY_SIZE(events))],
		1 + random_below(state, 255));
}

/* From what drivers write: Command, cache line size, Device Control 2. */
static void put_source(FILE *out, uint64_t *state)
{
	static const unsigned int from[] = { 0x004, 0x00c, 0x088 };

	fprintf(out, " from=%x xor=%x", from[random_below(state, 3)],
		random_below(state, 128));
}

static void put_register(FILE *out, uint64_t *state, unsigned int where)
{
	const unsigned int length = 1 << random_below(state, 3);

	fprintf(out, "reg %x ", where);
	switch (random_below(state, 9)) {
	case 0:
		fprintf(out, "%u counter value=%x rate=%u\n", length,
			random_below(state, 128),
			1 + random_below(state, 100000));
		break;
	case 1:
		fprintf(out, "%u late value=5 to=6 within=%u\n", length,
			1 + random_below(state, 1200));
		break;
	case 2:
		fprintf(out, "%u readclear value=%x every=%u\n", length,
			1 + random_below(state, 127),
			random_below(state, 5000));
		break;
	case 3:
		fprintf(out, "%u readstep value=1\n", length);
		break;
	case 4:
		fprintf(out, "%u linked", length);
		put_source(out, state);
		fputc('\n', out);
		break;
	case 5:
		fprintf(out, "8 mailbox busy=%u\n",
			1 + random_below(state, 900));
		break;
	case 6:
		fprintf(out, "%u const value=%x", length,
			random_below(state, 128));
		put_event(out, state);
		fputc('\n', out);
		break;
	case 7:
		fprintf(out, "%u rw value=%x\n", length,
			random_below(state, 128));
		break;
	default:
		fprintf(out, "%u const value=%x\n", length,
			random_below(state, 128));
	}
}

static void put_any(FILE *out, const char *model, uint32_t seed)
{
	uint64_t state = state_of_model(model, ~seed);

	for (unsigned int i = 0; i < ANY; i++)
		put_register(out, &state,
			     ANY_FROM + 16 * i + 4 * random_below(&state, 3));
}

/* ---- the text ------------------------------------------------------------------------ */

static void put_moved(FILE *out, const char *line, unsigned int by)
{
	const char *at = strchr(line, '@');
	char *rest;
	unsigned long offset;

	if (!at || *line == '#') {
		fprintf(out, "%s\n", line);
		return;
	}
	offset = strtoul(at + 1, &rest, 16);
	fprintf(out, "%.*s%lx%s\n", (int)(at - line), line, offset + by, rest);
}

char *describe(const char *text, uint32_t seed)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line, *described = NULL;
	char model[NAME] = "";
	size_t size;
	FILE *out = open_memstream(&described, &size);

	if (!copy || !out)
		return NULL;
	while ((line = strsep(&rest, "\n"))) {
		sscanf(line, "model %31s", model);
		if (!strcmp(line, "any"))
			put_any(out, model, seed);
		else
			put_moved(out, line, describe_moved(model, seed));
	}
	return fclose(out) ? NULL : described;
}
