// SPDX-License-Identifier: GPL-2.0-only
/* The description: lines, words, numbers. What they mean is in statements.c. */
#include <linux/ctype.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "parse.h"

void sim_wrong(struct parser *p, const char *format, ...)
{
	va_list args;
	int n;

	if (*p->error)
		return;
	n = scnprintf(p->error, SIM_ERROR, "line %u: ", p->line);
	va_start(args, format);
	vscnprintf(p->error + n, SIM_ERROR - n, format, args);
	va_end(args);
}

/* What follows NAME=, or NULL. */
const char *sim_key(struct parser *p, const char *name)
{
	size_t len = strlen(name);
	unsigned int i;

	for (i = 1; i < p->nr; i++) {
		if (strncmp(p->word[i], name, len) || p->word[i][len] != '=')
			continue;
		if (p->used[i])
			continue;
		p->used[i] = true;
		return p->word[i] + len + 1;
	}
	return NULL;
}

bool sim_flag(struct parser *p, const char *name)
{
	unsigned int i;

	for (i = 1; i < p->nr; i++)
		if (!p->used[i] && !strcmp(p->word[i], name)) {
			p->used[i] = true;
			return true;
		}
	return false;
}

u64 sim_number(struct parser *p, const char *what, const char *text, int base,
	       u64 max)
{
	u64 value;

	if (kstrtou64(text, base, &value)) {
		sim_wrong(p, "%s wants a %s number, not '%s'", what,
			  base == 16 ? "hexadecimal" : "decimal", text);
		return 0;
	}
	if (value > max) {
		sim_wrong(p,
			  base == 16 ? "%s is more than %llx" :
				       "%s is more than %llu",
			  what, max);
		return 0;
	}
	return value;
}

u64 sim_hex(struct parser *p, const char *name, u64 unless, u64 max)
{
	const char *text = sim_key(p, name);

	return text ? sim_number(p, name, text, 16, max) : unless;
}

u64 sim_dec(struct parser *p, const char *name, u64 unless, u64 max)
{
	const char *text = sim_key(p, name);

	return text ? sim_number(p, name, text, 10, max) : unless;
}

/* The n-th word; "" if it is missing. */
const char *sim_word(struct parser *p, unsigned int n, const char *what)
{
	if (n >= p->nr) {
		sim_wrong(p, "%s: %s is missing", p->word[0], what);
		return "";
	}
	p->used[n] = true;
	return p->word[n];
}

static void split(struct parser *p, char *line)
{
	char *comment = strchr(line, '#'), *word;

	if (comment)
		*comment = '\0';
	p->nr = 0;
	memset(p->used, 0, sizeof(p->used));
	while ((word = strsep(&line, " \t\r"))) {
		if (!*word)
			continue;
		if (p->nr == SIM_WORDS) {
			sim_wrong(p, "more than %d words", SIM_WORDS);
			return;
		}
		p->word[p->nr++] = word;
	}
}

static void check_used(struct parser *p)
{
	unsigned int i;

	for (i = 1; i < p->nr; i++)
		if (!p->used[i])
			sim_wrong(p,
				  "%s does not know '%s' here, or has it twice",
				  p->word[0], p->word[i]);
}

static void parse_line(struct parser *p, char *line)
{
	const struct statement *s;

	split(p, line);
	if (!p->nr)
		return;
	for (s = sim_statements; s->name; s++)
		if (!strcmp(s->name, p->word[0]))
			break;
	if (!s->name) {
		sim_wrong(p, "there is no statement '%s'", p->word[0]);
		return;
	}
	if (s->of_model && !p->model) {
		sim_wrong(p, "%s belongs to a model, and none has begun",
			  s->name);
		return;
	}
	s->parse(p);
	check_used(p);
}

void sim_forget(void)
{
	struct sim_model *model, *next_model;
	struct sim_group *group, *next_group;

	list_for_each_entry_safe(group, next_group, &sim.groups, node)
		kfree(group);
	list_for_each_entry_safe(model, next_model, &sim.models, node)
		kvfree(model);
	INIT_LIST_HEAD(&sim.groups);
	INIT_LIST_HEAD(&sim.models);
}

int sim_parse(const char *text, char *error)
{
	struct parser *p = kzalloc(sizeof(*p), GFP_KERNEL);
	char *copy = kvmalloc(strlen(text) + 1, GFP_KERNEL);
	char *rest = copy, *line;

	*error = '\0';
	sim_forget();
	if (p && copy) {
		strcpy(copy, text);
		p->error = error;
		while (!*error && (line = strsep(&rest, "\n"))) {
			p->line++;
			parse_line(p, line);
		}
	} else {
		strscpy(error, "no memory", SIM_ERROR);
	}
	kvfree(copy);
	kfree(p);
	if (!*error)
		return 0;
	sim_forget();
	return -EINVAL;
}
