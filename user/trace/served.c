// SPDX-License-Identifier: GPL-2.0-only
#include "served.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "cleanup.h"

/* The text of the file @name in @dir; empty if there is none. */
static void read_text(const char *dir, const char *name, char *text,
		      size_t size)
{
	_cleanup_close_ int d = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = -1;
	ssize_t n;

	text[0] = '\0';
	if (d < 0)
		return;
	fd = openat(d, name, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
}

static bool mode_is_on(const char *dir)
{
	char text[16];

	read_text(dir, "mode", text, sizeof(text));
	return !strcmp(text, "on\n");
}

static uint64_t hits_of(const char *dir)
{
	static const char line[] = "Cache Hits: ";
	char text[4096];
	const char *at;

	read_text(dir, "stats", text, sizeof(text));
	at = strstr(text, line);
	return at ? strtoull(at + sizeof(line) - 1, NULL, 10) : 0;
}

void pcsc_served_begin(struct pcsc_served *s, const char *dir)
{
	*s = (struct pcsc_served){ .dir = dir, .hits = hits_of(dir) };
	pcsc_served_look(s);
}

void pcsc_served_look(struct pcsc_served *s)
{
	/* Hits tell of a mode that was on between two looks, and for how little. */
	if (!s->yes)
		s->yes = mode_is_on(s->dir) || hits_of(s->dir) != s->hits;
}
