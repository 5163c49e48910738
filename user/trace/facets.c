// SPDX-License-Identifier: GPL-2.0-only
/* The words of --by and --sort. */
#include <errno.h>
#include <string.h>

#include "cleanup.h"
#include "groups.h"
#include "talk.h"

static const struct {
	const char *title;
	const char *words[2]; /* the second one means the same */
} facets[PCSC_FACETS] = {
	[PCSC_BY_FUNCTION] = { "FUNCTION", { "device", "function" } },
	[PCSC_BY_MODEL] = { "MODEL", { "model" } },
	[PCSC_BY_REGISTER] = { "REGISTER", { "register" } },
	[PCSC_BY_CAPABILITY] = { "CAPABILITY", { "capability" } },
	[PCSC_BY_CALLER] = { "CALLER", { "caller", "comm" } },
	[PCSC_BY_ATTRIBUTE] = { "ATTRIBUTE", { "attribute" } },
	[PCSC_BY_WIDTH] = { "WIDTH", { "width" } },
	[PCSC_BY_DRIVER] = { "DRIVER", { "driver" } },
	[PCSC_BY_PATH] = { "PATH", { "path" } },
	[PCSC_BY_PHASE] = { "PHASE", { "phase" } },
	[PCSC_BY_PATTERN] = { "PATTERN", { "pattern" } },
};

const char *const pcsc_facet_words[] = {
	"device", "function", "model",	   "register", "capability",
	"caller", "comm",     "attribute", "width",    "driver",
	"path",	  "phase",    "pattern",   NULL,
};

const char *const pcsc_sort_words[PCSC_SORTS + 1] = {
	[PCSC_SORT_TIME] = "time",     [PCSC_SORT_READS] = "reads",
	[PCSC_SORT_WRITES] = "writes", [PCSC_SORT_REPEATS] = "repeats",
	[PCSC_SORT_MAX] = "max",
};

const char *pcsc_facet_title(enum pcsc_facet facet)
{
	return facets[facet].title;
}

const char *pcsc_facet_key(enum pcsc_facet facet)
{
	return facets[facet].words[0];
}

static int find_facet(const char *word)
{
	for (int i = 0; i < PCSC_FACETS; i++)
		for (int n = 0; n < 2; n++)
			if (facets[i].words[n] &&
			    !strcmp(facets[i].words[n], word))
				return i;
	return -1;
}

bool pcsc_by_has(const struct pcsc_by *by, enum pcsc_facet facet)
{
	for (unsigned int i = 0; i < by->nr; i++)
		if (by->facets[i] == facet)
			return true;
	return false;
}

bool pcsc_by_tells_parts(const struct pcsc_by *by)
{
	return pcsc_by_has(by, PCSC_BY_CALLER) ||
	       pcsc_by_has(by, PCSC_BY_ATTRIBUTE) ||
	       pcsc_by_has(by, PCSC_BY_PHASE);
}

int pcsc_by_parse(struct pcsc_by *by, const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *word;
	int facet;

	if (!copy)
		return pcsc_fail(-ENOMEM, "no memory left");
	by->nr = 0;
	while ((word = strsep(&rest, ","))) {
		facet = find_facet(word);
		if (facet < 0)
			return pcsc_fail(
				-EINVAL,
				"--by '%s': accesses cannot be grouped by '%s', but by device, model, register, capability, caller, attribute, width, driver, path, phase, pattern",
				text, word);
		if (pcsc_by_has(by, facet))
			return pcsc_fail(
				-EINVAL,
				"--by '%s': '%s' says a second time what is there",
				text, word);
		if (by->nr == PCSC_MOST_FACETS)
			return pcsc_fail(-EINVAL, "--by '%s': at most %d words",
					 text, PCSC_MOST_FACETS);
		by->facets[by->nr++] = facet;
	}
	return 0;
}

int pcsc_sort_parse(enum pcsc_sort *sort, const char *text)
{
	for (int i = 0; i < PCSC_SORTS; i++) {
		if (strcmp(pcsc_sort_words[i], text))
			continue;
		*sort = i;
		return 0;
	}
	return pcsc_fail(
		-EINVAL,
		"--sort '%s': it is not one of time, reads, writes, repeats, max",
		text);
}
