// SPDX-License-Identifier: GPL-2.0-only
/*
 * sweep PORT FUNCTIONS: what an event above so many functions costs, in cycles a
 * function (QEMU's -icount: in instructions). Once as the helper does it, by writes
 * of the port's Slot Status that acknowledge an event, or nothing; once the core alone,
 * emptying lines as it does, and by sweeping every word of them, twice, as it once did.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

#include "core/line.h"

#define SLOT_STATUS 0x5a /* the description has the capability at 0x40 */
#define PRESENCE_CHANGED 0x8
#define TIMES 5

static u64 write_status(int fd, u16 value)
{
	const u64 start = __rdtsc();

	if (pwrite(fd, &value, sizeof(value), SLOT_STATUS) != sizeof(value)) {
		perror("write of Slot Status");
		exit(1);
	}
	return __rdtsc() - start;
}

static u64 least_write(int fd, u16 value)
{
	u64 least = ~0ull, took;
	int i;

	for (i = 0; i < TIMES; i++) {
		took = write_status(fd, value);
		if (took < least)
			least = took;
	}
	return least;
}

static struct pcsc_map map;

static void make_lines(struct pcsc_line *lines, struct pcsc_cells *cells, u32 n)
{
	u32 i;

	map.cfg_size = 4096;
	for (i = 0; i < n; i++) {
		pcsc_line_init(&lines[i], &cells[i]);
		pcsc_line_assign(&lines[i], &map);
	}
}

static void lose(struct pcsc_line *line)
{
	pcsc_line_lose(line, PCSC_BYPASS_PENDING);
}

static void sweep_twice(struct pcsc_line *line)
{
	struct pcsc_ticket unused = { .generation = 0 };

	pcsc_line_bypass(line, PCSC_BYPASS_PENDING, 0);
	pcsc_line_recheck(line, &unused);
}

static u64 least_of(void (*empty)(struct pcsc_line *), struct pcsc_line *lines,
		    u32 n)
{
	u64 least = ~0ull, start, took;
	u32 i, round;

	for (round = 0; round < TIMES; round++) {
		start = __rdtsc();
		for (i = 0; i < n; i++)
			empty(&lines[i]);
		took = __rdtsc() - start;
		if (took < least)
			least = took;
	}
	return least;
}

int main(int argc, char **argv)
{
	const u32 n = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	struct pcsc_line *lines = calloc(n, sizeof(*lines));
	struct pcsc_cells *cells = calloc(n, sizeof(*cells));
	u64 helper, now, once;
	char path[64];
	int fd;

	if (!n || !lines || !cells) {
		fprintf(stderr, "usage: sweep PORT FUNCTIONS\n");
		return 2;
	}
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", argv[1]);
	fd = open(path, O_RDWR);
	if (fd < 0) {
		fprintf(stderr, "sweep: %s: %s\n", path, strerror(errno));
		return 1;
	}
	helper = least_write(fd, PRESENCE_CHANGED) - least_write(fd, 0);
	make_lines(lines, cells, n);
	now = least_of(lose, lines, n);
	make_lines(lines, cells, n);
	once = least_of(sweep_twice, lines, n);
	printf("helper %llu core %llu swept %llu\n",
	       (unsigned long long)(helper / n), (unsigned long long)(now / n),
	       (unsigned long long)(once / n));
	return 0;
}
