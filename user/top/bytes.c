// SPDX-License-Identifier: GPL-2.0-only
#include "bytes.h"

#include <stdio.h>
#include <string.h>

#include "where.h"

/* In the order in which a dword takes the state of its bytes. */
static const struct {
	enum pcsc_run_state state;
	char letter;
	const char *meaning;
} states[PCSC_RUN_STATES] = {
	{ PCSC_RUN_DEMOTED, 'D', "demoted: hardware answers" },
	{ PCSC_RUN_UNREAD, 'U', "unread, by specification" },
	{ PCSC_RUN_UNREAD_EVIDENCE, 'u', "unread, by evidence" },
	{ PCSC_RUN_MEMORY, 'M', "in memory, by specification" },
	{ PCSC_RUN_MEMORY_EVIDENCE, 'm', "in memory, by evidence" },
	{ PCSC_RUN_CONFIG, 'C', "software's" },
	{ PCSC_RUN_VOLATILE, 'H', "always hardware" },
	{ PCSC_RUN_VENDOR, 'V', "vendor's" },
	{ PCSC_RUN_UNDESCRIBED, '.', "undescribed" },
};

static unsigned int rank_of(enum pcsc_run_state state)
{
	unsigned int i = 0;

	while (i < PCSC_RUN_STATES - 1 && states[i].state != state)
		i++;
	return i;
}

char bytes_letter(enum pcsc_run_state state)
{
	return states[rank_of(state)].letter;
}

const char *bytes_meaning(enum pcsc_run_state state)
{
	return states[rank_of(state)].meaning;
}

void bytes_take(struct bytes *b, const struct sample_space *s)
{
	struct pcsc_run run;

	b->nr = 0;
	memset(b->in_state, 0, sizeof(b->in_state));
	for (pcsc_runs_begin(&b->runs, s); pcsc_runs_next(&b->runs, &run);) {
		b->in_state[pcsc_run_state(&run)] += run.length;
		b->run[b->nr++] = run;
	}
}

const char *bytes_heads(char line[BYTES_LINE])
{
	snprintf(line, BYTES_LINE, "%-6s %5s %-15s %-30s %-20s %-5s %s",
		 "OFFSET", "BYTES", "STATE", "REGISTER", "PLACE", "NOTES",
		 "SECTION");
	return line;
}

static const char *notes_of(const struct pcsc_run *run)
{
	static const char *const notes[2][2] = { { "", "?" }, { "s", "s ?" } };

	return notes[!!(run->known & PCSC_BYTE_SHARED)]
		    [!!(run->known & PCSC_BYTE_UNPROVED)];
}

const char *bytes_run(const struct bytes *b, uint32_t nth,
		      char line[BYTES_LINE])
{
	const struct pcsc_run *run = &b->run[nth];
	char place[PCSC_PLACE_SIZE];

	snprintf(line, BYTES_LINE, "0x%03x  %5u %-15s %-30.30s %-20s %-5s %s",
		 run->where, run->length, pcsc_run_words[pcsc_run_state(run)],
		 pcsc_run_name(run), pcsc_place_of(run->cap, run->where, place),
		 notes_of(run), run->reg ? run->reg->source : "");
	return line;
}

uint32_t bytes_map_lines(const struct bytes *b)
{
	const uint32_t of_line = 4 * BYTES_MAP_DWORDS;

	return (b->runs.layout.cfg_size + of_line - 1) / of_line;
}

/* Runs come by offset, so those of a line are next to each other. */
static void fill_ranks(const struct bytes *b, uint32_t from,
		       unsigned int rank[BYTES_MAP_DWORDS])
{
	const uint32_t to = from + 4 * BYTES_MAP_DWORDS;

	for (uint32_t i = 0; i < b->nr; i++) {
		const struct pcsc_run *run = &b->run[i];
		const unsigned int is = rank_of(pcsc_run_state(run));
		uint32_t at = run->where < from ? from : run->where;

		for (; at < (uint32_t)run->where + run->length && at < to; at++)
			if (is < rank[(at - from) / 4])
				rank[(at - from) / 4] = is;
	}
}

const char *bytes_map(const struct bytes *b, uint32_t nth,
		      char line[BYTES_LINE])
{
	const uint32_t from = nth * 4 * BYTES_MAP_DWORDS;
	unsigned int rank[BYTES_MAP_DWORDS];
	char *at = line;

	for (unsigned int i = 0; i < BYTES_MAP_DWORDS; i++)
		rank[i] = PCSC_RUN_STATES;
	fill_ranks(b, from, rank);
	at += sprintf(at, "0x%03x ", from);
	for (unsigned int i = 0; i < BYTES_MAP_DWORDS; i++) {
		if (i && i % 16 == 0)
			*at++ = ' ';
		*at++ = rank[i] < PCSC_RUN_STATES ? states[rank[i]].letter :
						    ' ';
	}
	*at = '\0';
	return line;
}
