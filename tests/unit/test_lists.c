// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capability lists of real configuration spaces, those that `tools/setup --corpus`
 * fetches, are those that lspci prints, offset by offset.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dump.h"

#define MOST_FUNCTIONS 512

/* What lspci says of one function. */
struct listed {
	char name[64];
	unsigned int nr;
	u16 offsets[PCSC_MAX_CAPS];
	bool broken; /* lspci could not follow its lists either */
};

struct file {
	const char *path;
	struct listed listed[MOST_FUNCTIONS];
	unsigned int nr;
	unsigned int compared, refused, caps;
};

/* "	Capabilities: [100 v1] ...", "	Capabilities: <chain looped>" */
static void take_line(struct file *f, const char *line)
{
	struct listed *l = f->nr ? &f->listed[f->nr - 1] : NULL;
	unsigned int offset;

	if (strchr("0123456789abcdef", line[0]) && strchr(line, ' ')) {
		assert_true(f->nr < MOST_FUNCTIONS);
		l = &f->listed[f->nr++];
		*l = (struct listed){};
		sscanf(line, "%63s", l->name);
		return;
	}
	if (!l || strncmp(line, "\tCapabilities: ", 15))
		return;
	if (sscanf(line + 15, "[%x", &offset) == 1 && l->nr < PCSC_MAX_CAPS)
		l->offsets[l->nr++] = offset;
	else
		l->broken = true;
}

static void ask_lspci(struct file *f)
{
	char command[4200], line[4096];
	FILE *lspci;

	snprintf(command, sizeof(command), "lspci -F '%s' -vv 2>/dev/null",
		 f->path);
	lspci = popen(command, "r");
	assert_non_null(lspci);
	while (fgets(line, sizeof(line), lspci))
		take_line(f, line);
	pclose(lspci);
}

static const struct listed *find(const struct file *f, const char *name)
{
	for (unsigned int i = 0; i < f->nr; i++)
		if (!strcmp(f->listed[i].name, name))
			return &f->listed[i];
	return NULL;
}

static bool has(const struct listed *l, u16 offset)
{
	for (unsigned int i = 0; i < l->nr; i++)
		if (l->offsets[i] == offset)
			return true;
	return false;
}

/* An empty extended list is a null capability to us, and nothing to lspci. */
static bool is_nothing(const struct pcsc_cap *cap)
{
	return cap->ext && !cap->id;
}

static void each_function(struct img *img, void *ctx)
{
	struct file *f = ctx;
	const struct listed *l = find(f, img->name);
	struct pcsc_layout layout;
	unsigned int nr = 0;

	if (!l || l->broken || img_walk(img, &layout) != PCSC_WALK_OK) {
		f->refused++;
		return;
	}
	for (unsigned int i = 0; i < layout.nr_caps; i++) {
		if (is_nothing(&layout.caps[i]))
			continue;
		nr++;
		if (!has(l, layout.caps[i].offset))
			fail_msg("%s %s: lspci has no capability at %#x",
				 f->path, img->name, layout.caps[i].offset);
	}
	if (nr != l->nr)
		fail_msg("%s %s: lspci has %u capabilities, we have %u",
			 f->path, img->name, l->nr, nr);
	f->compared++;
	f->caps += nr;
}

static void lists_are_lspcis(void **state)
{
	const char *folder = getenv("PCSC_CORPUS");
	DIR *dir = folder ? opendir(folder) : NULL;
	unsigned int compared = 0, refused = 0, caps = 0;
	struct dirent *entry;
	struct file *f;
	char path[4096];

	(void)state;
	if (!dir) {
		print_message(
			"no dumps: PCSC_CORPUS names no folder (tools/setup --corpus prints one)\n");
		skip();
	}
	f = calloc(1, sizeof(*f));
	assert_non_null(f);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		*f = (struct file){ .path = path };
		ask_lspci(f);
		dump_read(path, each_function, f);
		compared += f->compared;
		refused += f->refused;
		caps += f->caps;
	}
	closedir(dir);
	free(f);
	print_message(
		"%u functions with %u capabilities as lspci has them; %u not compared, because their lists are broken or cut\n",
		compared, caps, refused);
	assert_true(compared > 100);
	assert_true(caps > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_lspcis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
