// SPDX-License-Identifier: GPL-2.0-only
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "monitor/stats.h"

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
	};

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

/* Lines that we cannot read, and those named twice, are not counted. */
static int read_lines(struct stats *s, FILE *file)
{
	struct stat_line *l = s->line;
	char text[256];

	while (s->nr < STATS_MAX && fgets(text, sizeof(text), file)) {
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
	s->nr = 0;
	s->mode[0] = '\0';
	if (!file)
		return errno == ENOENT ? 0 : -errno;
	err = read_lines(s, file);
	/* the helper may leave between two reads: that is no trouble */
	if (err)
		return 0;
	read_mode(s, dir);
	s->up = true;
	return 0;
}
