// SPDX-License-Identifier: GPL-2.0-only
/* The choice between two types, as RFC 9110 12.5.1 has it. */
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "monitor/metrics.h"

/* How much a request likes something: the closest range that matches counts. */
struct liking {
	int closeness; /* 0: no range matched; 3: the type itself is named */
	int q; /* in thousandths */
};

struct word {
	const char *at;
	size_t size;
};

struct type {
	const char *name, *any_of_it, *version;
};

static const struct type openmetrics = {
	"application/openmetrics-text",
	"application/*",
	"1.0.0",
};
static const struct type plain = { "text/plain", "text/*", "0.0.4" };

/* What stands before the next @end, without blanks and quotes around it. */
static struct word next_word(const char **text, const char *end)
{
	static const char blanks[] = " \t\"";
	struct word w = { *text, strcspn(*text, end) };

	*text += w.size;
	while (w.size && strchr(blanks, w.at[0])) {
		w.at++;
		w.size--;
	}
	while (w.size && strchr(blanks, w.at[w.size - 1]))
		w.size--;
	return w;
}

static bool is(struct word w, const char *text)
{
	return w.size == strlen(text) && !strncasecmp(w.at, text, w.size);
}

/* "1", "0.5", "0.333"; -1: it is no weight. */
static int weight(struct word w)
{
	int q = 0, digit = 1000;

	if (!w.size || (w.size > 1 && w.at[1] != '.') || w.size > 5)
		return -1;
	for (size_t i = 0; i < w.size; i++) {
		if (i == 1)
			continue;
		if (w.at[i] < '0' || w.at[i] > '9')
			return -1;
		q += (w.at[i] - '0') * digit;
		digit /= 10;
	}
	return q > 1000 ? -1 : q;
}

static int closeness(struct word range, const struct type *type)
{
	if (is(range, type->name))
		return 3;
	if (is(range, type->any_of_it))
		return 2;
	return is(range, "*/*");
}

/* A range, up to its comma: it does not match if it wants another version. */
static struct liking liked(const char **text, const struct type *type)
{
	struct liking l = { closeness(next_word(text, ",;"), type), 1000 };
	struct word name, value;

	while (**text == ';') {
		++*text;
		name = next_word(text, ",;=");
		*text += **text == '=';
		value = next_word(text, ",;");
		if (is(name, "q"))
			l.q = weight(value);
		if (is(name, "version") && !is(value, type->version))
			l.closeness = 0;
	}
	if (l.q < 0)
		l.closeness = 0;
	return l;
}

static struct liking liking_of(const char *text, const struct type *type)
{
	struct liking best = { 0, 0 }, l;

	while (*text) {
		l = liked(&text, type);
		if (l.closeness > best.closeness ||
		    (l.closeness == best.closeness && l.q > best.q))
			best = l;
		text += *text == ',';
	}
	return best.closeness ? best : (struct liking){ 0, 0 };
}

/* The older format is for those that like both as much and name neither. */
enum metrics_format metrics_accepted(const char *accept)
{
	const struct liking open = liking_of(accept ?: "*/*", &openmetrics);
	const struct liking text = liking_of(accept ?: "*/*", &plain);
	const bool rather =
		open.q > text.q || (open.q == text.q && open.q > 0 &&
				    open.closeness > text.closeness);

	return rather ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}
