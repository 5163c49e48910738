// SPDX-License-Identifier: GPL-2.0-only
#include "cmdline.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

uint64_t cmdline_number(const char *s, const char **end)
{
	static const char suffixes[] = "KMGTPE";
	const char *suffix;
	uint64_t value;
	char *stop;

	*end = s;
	if (!isdigit((unsigned char)*s))
		return 0;
	value = strtoull(s, &stop, 0);
	*end = stop;
	suffix = **end ? strchr(suffixes, toupper((unsigned char)**end)) : NULL;
	if (!suffix)
		return value;
	++*end;
	return value << 10 * (suffix - suffixes + 1);
}

static void take_memmap(struct cmdline *c, const char *text)
{
	struct cmdline_memmap *m = &c->memmaps[c->nr_memmaps];
	const char *end;

	if (c->nr_memmaps == CMDLINE_MEMMAPS)
		return;
	m->text = text;
	m->size = cmdline_number(text, &end);
	if (end == text)
		return; /* the kernel ignores it too */
	c->nr_memmaps++;
	m->size_length = end - text;
	m->form = *end ? *end : ' ';
	m->address = *end ? cmdline_number(end + 1, &end) : 0;
}

static void take_memmaps(struct cmdline *c, char *list)
{
	char *one;

	while ((one = strsep(&list, ",")))
		take_memmap(c, one);
}

static void take_reservation(struct cmdline *c, const char *text)
{
	struct cmdline_reservation *r = &c->reservations[c->nr_reservations];
	const char *end;

	if (c->nr_reservations == CMDLINE_RESERVATIONS)
		return;
	r->text = text;
	r->size = cmdline_number(text, &end);
	if (!r->size || *end != ':')
		return;
	r->align = cmdline_number(end + 1, &end);
	if (*end != ':')
		return;
	r->name = end + 1;
	c->nr_reservations++;
}

/* Blanks end a word, unless they are within quotes. Quotes are taken off. */
static char *next_word(char **rest)
{
	char *from = *rest + strspn(*rest, " \t\n");
	char *word = from, *to = from;
	bool quoted = false;

	if (!*from)
		return NULL;
	for (; *from && (quoted || !isspace((unsigned char)*from)); from++) {
		if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	}
	*rest = from + !!*from;
	*to = '\0';
	return word;
}

/* The value of parameter @name. To the kernel - and _ are the same in it. */
static char *value_of(char *word, const char *name)
{
	for (; *name; name++, word++)
		if (*word != *name && (*word != '-' || *name != '_'))
			return NULL;
	return *word == '=' ? word + 1 : NULL;
}

void cmdline_parse(struct cmdline *c, char *text)
{
	char *word, *value;

	while ((word = next_word(&text)) && strcmp(word, "--")) {
		value = value_of(word, "memmap");
		if (value)
			take_memmaps(c, value);
		value = value_of(word, "reserve_mem");
		if (value)
			take_reservation(c, value);
		value = value_of(word, "kho");
		if (value)
			c->kho = value;
		value = value_of(word, "pci_pcsc.handover");
		if (value)
			c->handover = value;
	}
}

bool cmdline_has_handover(const char *text)
{
	_cleanup_free_ char *copy = strdup(text);
	struct cmdline c = {};

	if (copy)
		cmdline_parse(&c, copy);
	return c.handover && *c.handover;
}
