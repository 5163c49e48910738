// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "array.h"
#include "cleanup.h"
#include "talk.h"
#include "totals.h"

/* The most that a number of JavaScript holds exactly: 285 years. */
#define MOST_SAVED_US (UINT64_C(1) << 53)

static const char *const line_names[] = { PCSC_STATS(PCSC_STAT_NAME) };

static_assert(PCSC_STATS_END <= STATS_MAX, "room for every line");

bool stats_parse_line(struct stat_line *out, const char *text)
{
	const char *colon;

	while (isspace((unsigned char)*text))
		text++;
	colon = strchr(text, ':');
	if (!colon || colon == text ||
	    (size_t)(colon - text) >= sizeof(out->name))
		return false;
	memset(out, 0, sizeof(*out));
	memcpy(out->name, text, colon - text);
	/* a negative number is not one of the helper's */
	if (colon[1 + strspn(colon + 1, " \t")] == '-')
		return false;
	return sscanf(colon + 1, "%" SCNu64 " %7s", &out->value, out->unit) >=
	       1;
}

const struct stat_line *stats_find(const struct stats *s, const char *name)
{
	const struct stat_line *l;

	for (l = s->line; l < s->line + s->nr; l++)
		if (!strcmp(l->name, name))
			return l;
	return NULL;
}

bool stats_has(const struct stats *s, enum pcsc_stat line)
{
	return stats_find(s, line_names[line]);
}

uint64_t stats_value(const struct stats *s, enum pcsc_stat line)
{
	const struct stat_line *l = stats_find(s, line_names[line]);

	return l ? l->value : 0;
}

void stats_change(struct stats *s, enum pcsc_stat line, uint64_t value)
{
	const struct stat_line *l = stats_find(s, line_names[line]);

	if (l)
		s->line[l - s->line].value = value;
}

uint64_t stats_rest(const struct stats *s, const struct stat_rest *rest)
{
	uint64_t n = stats_value(s, rest->line), less;

	for (size_t i = 0; i < ARRAY_SIZE(rest->less) && rest->less[i]; i++) {
		less = stats_value(s, rest->less[i]);
		n = n > less ? n - less : 0;
	}
	return n;
}

/* The time in @total by the accesses in @a and @b; 0 if there were none. */
static double mean_us(const struct stats *s, enum pcsc_stat total,
		      enum pcsc_stat a, enum pcsc_stat b)
{
	const double n = (double)stats_value(s, a) + stats_value(s, b);

	return n ? stats_value(s, total) / n : 0;
}

/* A hit takes a lookup instead of an access to hardware. */
static uint64_t saved_us(const struct figures *f)
{
	const double saved = f->hits * (f->hardware_us - f->lookup_us);

	if (saved <= 0)
		return 0;
	return saved < MOST_SAVED_US ? (uint64_t)(saved + .5) : MOST_SAVED_US;
}

static uint64_t own_reads(const struct stats *s)
{
	return stats_value(s, PCSC_STAT_WALK_READS) +
	       stats_value(s, PCSC_STAT_IDENTITY_READS) +
	       stats_value(s, PCSC_STAT_POPULATE_READS) +
	       stats_value(s, PCSC_STAT_SCRUB_READS);
}

struct figures stats_figures(const struct stats *s, const char *mode)
{
	const bool shadow = !strcmp(mode, "shadow");
	const uint64_t in_shadow = stats_value(s, PCSC_STAT_SHADOW_READS);
	struct figures f = {
		.reads = stats_value(s, PCSC_STAT_READS),
		.hardware_reads = stats_value(s, PCSC_STAT_HARDWARE_READS),
		.mismatches = stats_value(s, PCSC_STAT_MISMATCHES),
		.hits = stats_value(s, shadow ? PCSC_STAT_WOULD_BE_HITS :
						PCSC_STAT_HITS),
		.lookup_us = mean_us(s, PCSC_STAT_LOOKUP_TIME, PCSC_STAT_HITS,
				     PCSC_STAT_MISSES),
		.hardware_us =
			mean_us(s, PCSC_STAT_HARDWARE_TIME,
				PCSC_STAT_HARDWARE_READS, PCSC_STAT_WRITES),
		.own_reads = own_reads(s),
		.quarantined = stats_value(s, PCSC_STAT_QUARANTINED),
		.demoted = stats_value(s, PCSC_STAT_DEMOTED),
	};

	f.saved_us = saved_us(&f);
	if (shadow)
		f.mode_reads = in_shadow;
	else if (f.reads > in_shadow)
		f.mode_reads = f.reads - in_shadow;
	return f;
}

static FILE *open_file(const char *dir, const char *name)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return fopen(path, "re");
}

/* Many more than the helper writes: another file may have no end. */
#define LINES_MAX (16 * STATS_MAX)

/* Lines that we cannot read, and those named twice, are not counted. */
static int read_lines(struct stats *s, FILE *file)
{
	struct stat_line *l = s->line;
	char text[256];

	for (int i = 0; i < LINES_MAX && s->nr < STATS_MAX; i++) {
		if (!fgets(text, sizeof(text), file))
			break;
		if (!stats_parse_line(l, text) || stats_find(s, l->name))
			continue;
		l++;
		s->nr++;
	}
	return ferror(file) ? -EIO : 0;
}

static void read_mode(struct stats *s, const char *dir)
{
	_cleanup_fclose_ FILE *file = open_file(dir, "mode");

	if (!file || fscanf(file, "%15[a-z]", s->mode) != 1)
		s->mode[0] = '\0';
}

int stats_read(struct stats *s, const char *dir)
{
	_cleanup_fclose_ FILE *file = open_file(dir, "stats");
	int err;

	s->up = false;
	s->err = 0;
	s->nr = 0;
	s->mode[0] = '\0';
	if (!file) {
		s->err = errno == ENOENT ? 0 : -errno;
		return s->err;
	}
	err = read_lines(s, file);
	/* the helper may leave between two reads: that is no trouble */
	if (err)
		return 0;
	if (!stats_has(s, PCSC_STAT_READS)) {
		s->err = -EBADMSG;
		return s->err;
	}
	read_mode(s, dir);
	s->up = true;
	return 0;
}

int stats_explain(int err, const char *dir)
{
	return pcsc_fail(
		err == -EACCES ? err : -ENODEV, "%s/stats: %s", dir,
		err == -EBADMSG ?
			"this is not the helper's: it does not count reads" :
			strerror(-err));
}
