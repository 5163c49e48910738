/* SPDX-License-Identifier: GPL-2.0-only */
/* What /sys/bus/pci/pcsc says, read at one time. */
#ifndef PCSC_TOTALS_H
#define PCSC_TOTALS_H

#include <stdbool.h>
#include <stdint.h>

#include "uapi/stats.h"

#define PCSC_STATS_DIR "/sys/bus/pci/pcsc"
#define STATS_MAX 96

struct stat_line {
	char name[80];
	uint64_t value;
	char unit[8]; /* "%", "us" or nothing */
};

struct stats {
	bool up; /* the helper is loaded */
	int err; /* if not: why its numbers cannot be read; 0: it is not loaded */
	char mode[16]; /* "off", "shadow", "on", or "" */
	unsigned int nr;
	struct stat_line line[STATS_MAX];
};

/*
 * Without a helper: 0, and !s->up. Otherwise 0 or a negative errno; -EBADMSG: the file is
 * not the helper's, since it does not count reads.
 */
int stats_read(struct stats *s, const char *dir);

/* The reason why stats_read() has failed, as a sentence on stderr. Returns an errno. */
int stats_explain(int err, const char *dir);

/* One "Name: value[unit]" line; false if it is not one. */
bool stats_parse_line(struct stat_line *out, const char *text);

const struct stat_line *stats_find(const struct stats *s, const char *name);

/* What the line, the page and the hit rate are made of: totals. */
struct figures {
	uint64_t reads;
	uint64_t hardware_reads;
	uint64_t mismatches;
	/* The hit rate is hits in mode_reads; in shadow, would-be hits. */
	uint64_t hits;
	uint64_t mode_reads;
	/* An estimate of the time that hits saved; in shadow, would have saved. */
	uint64_t saved_us;
	/* Means, estimated too; 0: there was none. */
	double lookup_us, hardware_us;
	uint64_t own_reads; /* what the helper read for itself */
	uint64_t quarantined; /* functions, now */
	uint64_t demoted; /* bytes */
};

/* As they count in @mode. */
struct figures stats_figures(const struct stats *s, const char *mode);

bool stats_has(const struct stats *s, enum pcsc_stat line);

/* The value of one of the helper's lines, 0 if this helper does not print it. */
uint64_t stats_value(const struct stats *s, enum pcsc_stat line);

/* Another value for a line; nothing happens if this helper does not print it. */
void stats_change(struct stats *s, enum pcsc_stat line, uint64_t value);

/* A line, less those lines that it includes. */
struct stat_rest {
	enum pcsc_stat line;
	enum pcsc_stat less[3];
};

/* "Uncachable Reads" as the RFC has it includes these three. */
#define STATS_UNCACHABLE                                             \
	{                                                            \
		PCSC_STAT_UNCACHABLE,                                \
		{                                                    \
			PCSC_STAT_BYPASSED, PCSC_STAT_WOULD_BE_HITS, \
				PCSC_STAT_VERIFIED                   \
		}                                                    \
	}

uint64_t stats_rest(const struct stats *s, const struct stat_rest *rest);

#endif
