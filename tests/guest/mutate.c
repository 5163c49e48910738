// SPDX-License-Identifier: GPL-2.0-only
/*
 * mutate --parts BYTES FUNCTIONS: print the parts of a region of so many bytes that has so
 * many functions, each with its offset and size.
 * mutate LEFT SEED: write to stdout what the last kernel has left (the file LEFT, a whole
 * region), changed in a way that SEED chooses, and say on stderr in how many places and
 * how. A forger has made the sums right again; only the lines' seals are left to find what
 * was changed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/handover.h"

#define MAX_REGION (64 << 20)

enum what {
	HEADER,
	RESTRICTIONS,
	LAYOUTS,
	INDEX,
	LINE_BITS, /* one in each line */
	LINE_BYTES, /* some in each line */
	LINE_VALUES, /* one that is held, in each line */
	FORGED_HEADER,
	FORGED_RESTRICTIONS,
	FORGED_LAYOUTS,
	FORGED_INDEX,
	KINDS
};

static const char *const names[KINDS] = {
	[HEADER] = "header",
	[RESTRICTIONS] = "restrictions",
	[LAYOUTS] = "layouts",
	[INDEX] = "index",
	[LINE_BITS] = "a bit of each line",
	[LINE_BYTES] = "bytes of each line",
	[LINE_VALUES] = "a value of each line",
	[FORGED_HEADER] = "header, forged",
	[FORGED_RESTRICTIONS] = "restrictions, forged",
	[FORGED_LAYOUTS] = "layouts, forged",
	[FORGED_INDEX] = "index, forged",
};

static uint64_t seed;
static unsigned int places;

static uint64_t random_below(uint64_t n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % n;
}

static void flip(void *part, size_t bytes, unsigned int bits)
{
	places += bits;
	while (bits--)
		((uint8_t *)part)[random_below(bytes)] ^= 1 << random_below(8);
}

static void overwrite(void *part, size_t bytes, unsigned int times)
{
	places += times;
	while (times--)
		((uint8_t *)part)[random_below(bytes)] = random_below(256);
}

/* A bit of one dword that would be answered with */
static void change_value(struct pcsc_cells *cells)
{
	const unsigned int first = random_below(PCSC_MAX_SLOTS);
	uint64_t *slot;
	unsigned int i;

	for (i = 0; i < PCSC_MAX_SLOTS; i++) {
		slot = &cells->slots[(first + i) % PCSC_MAX_SLOTS];
		if ((*slot >> PCSC_SLOT_VALID_SHIFT & 0xf) == 0xf) {
			*slot ^= 1ull << random_below(32);
			places++;
			return;
		}
	}
}

static void change_lines(struct pcsc_handover_header *left, enum what what)
{
	struct pcsc_cells *cells = pcsc_handover_cells(left, left->size);
	uint32_t i;

	for (i = 0; i < left->nr_functions; i++)
		if (what == LINE_BITS)
			flip(&cells[i], sizeof(cells[i]), 1);
		else if (what == LINE_BYTES)
			overwrite(&cells[i], sizeof(cells[i]), 64);
		else
			change_value(&cells[i]);
}

/* What is changed of the header is behind its sum, so that forging it helps. */
static void change_header(struct pcsc_handover_header *left, bool forged)
{
	const size_t from =
		forged ? offsetof(struct pcsc_handover_header, left) : 0;

	flip((uint8_t *)left + from, sizeof(*left) - from, 1 + random_below(4));
}

static void change(struct pcsc_handover_header *left, enum what what)
{
	const uint64_t size = left->size;
	const unsigned int few = 1 + random_below(8);

	switch (what) {
	case HEADER:
	case FORGED_HEADER:
		change_header(left, what == FORGED_HEADER);
		break;
	case RESTRICTIONS:
	case FORGED_RESTRICTIONS:
		flip(pcsc_handover_restrictions(left, size),
		     sizeof(struct pcsc_handover_restrictions), few);
		break;
	case LAYOUTS:
	case FORGED_LAYOUTS:
		flip(pcsc_handover_layouts(left, size),
		     left->nr_layouts * sizeof(struct pcsc_layout), few);
		break;
	case INDEX:
	case FORGED_INDEX:
		flip(pcsc_handover_index(left, size),
		     left->nr_functions * sizeof(struct pcsc_handover_function),
		     few);
		break;
	default:
		change_lines(left, what);
	}
}

/* The sums are made of what the header says is there, so it may not say too much. */
static void forge(struct pcsc_handover_header *left, uint64_t size)
{
	const uint32_t capacity = pcsc_handover_places(size).capacity;

	left->size = size;
	left->nr_layouts %= PCSC_HANDOVER_MAX_LAYOUTS + 1;
	left->nr_functions %= capacity + 1;
	pcsc_handover_sum(left);
}

static void *load(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "re");
	void *region = malloc(MAX_REGION);

	if (!file || !region) {
		fprintf(stderr, "mutate: %s: %s\n", path, strerror(errno));
		exit(4);
	}
	*bytes = fread(region, 1, MAX_REGION, file);
	fclose(file);
	return region;
}

static void print_part(const char *name, uint64_t at, uint64_t size)
{
	printf("%s %" PRIu64 " %" PRIu64 "\n", name, at, size);
}

static int print_parts(uint64_t size, uint64_t functions)
{
	const struct pcsc_handover_places places = pcsc_handover_places(size);

	if (functions > places.capacity) {
		fprintf(stderr, "mutate: there is no room for that\n");
		return 2;
	}
	print_part("header", 0, sizeof(struct pcsc_handover_header));
	print_part("restrictions", places.restrictions,
		   sizeof(struct pcsc_handover_restrictions));
	print_part("layout", places.layouts, sizeof(struct pcsc_layout));
	print_part("index", places.index,
		   functions * sizeof(struct pcsc_handover_function));
	print_part("lines", places.cells,
		   functions * sizeof(struct pcsc_cells));
	return 0;
}

int main(int argc, char **argv)
{
	struct pcsc_handover_header *left;
	enum what what;
	size_t bytes;

	if (argc == 4 && !strcmp(argv[1], "--parts"))
		return print_parts(strtoull(argv[2], NULL, 0),
				   strtoull(argv[3], NULL, 0));
	if (argc != 3) {
		fprintf(stderr, "mutate: give what was left and a seed\n");
		return 2;
	}
	left = load(argv[1], &bytes);
	if (pcsc_handover_check_header(left) ||
	    pcsc_handover_check_lines(left, bytes)) {
		fprintf(stderr, "mutate: %s is no handover\n", argv[1]);
		return 4;
	}
	seed = strtoull(argv[2], NULL, 0);
	what = seed % KINDS;
	change(left, what);
	if (what >= FORGED_HEADER)
		forge(left, bytes);
	fprintf(stderr, "%u %s\n", places, names[what]);
	return fwrite(left, 1, bytes, stdout) == bytes ? 0 : 4;
}
