// SPDX-License-Identifier: GPL-2.0-only
#include "summary.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "append.h"
#include "array.h"
#include "health.h"
#include "talk.h"
#include "top/format.h"

static void __attribute__((format(printf, 3, 4)))
add(struct summary *s, enum summary_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (s->nr == SUMMARY_LINES)
		return;
	s->line[s->nr].kind = kind;
	va_start(ap, fmt);
	vsnprintf(s->line[s->nr++].text, SUMMARY_WIDTH, fmt, ap);
	va_end(ap);
}

static void add_title(struct summary *s, const struct model *m, double interval)
{
	char clock[16], host[64] = "", text[SUMMARY_WIDTH] = "";
	const time_t wall = time(NULL);

	gethostname(host, sizeof(host) - 1);
	strftime(clock, sizeof(clock), "%H:%M:%S", localtime(&wall));
	if (m->stats.mode[0])
		pcsc_append(text, sizeof(text), "  mode %s", m->stats.mode);
	if (m->info.profile[0])
		pcsc_append(text, sizeof(text), "  profile %s",
			    m->info.profile);
	add(s, SUMMARY_TITLE, "pcsc-top  %s  every %g s%s  %s", clock, interval,
	    text, host);
}

/* ---- health ------------------------------------------------------------------ */

static enum summary_kind kind_of(const char *level)
{
	static const struct {
		const char *level;
		enum summary_kind kind;
	} kinds[] = { { "good", SUMMARY_GOOD },
		      { "idle", SUMMARY_IDLE },
		      { "warn", SUMMARY_WARN } };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(level, kinds[i].level))
			return kinds[i].kind;
	return SUMMARY_BAD;
}

/* How many bytes of @text are a line of @width. */
static int line_of(const char *text, int width)
{
	int n = strlen(text);

	if (n <= width)
		return n;
	for (n = width; n > 0 && text[n] != ' '; n--)
		;
	return n ? n : width;
}

static void add_wrapped(struct summary *s, enum summary_kind kind,
			const char *text, int width, int most)
{
	int n;

	for (; *text && most; most--) {
		n = most == 1 ? (int)strlen(text) : line_of(text, width);
		add(s, kind, "%.*s", n, text);
		text += n;
		text += *text == ' ';
	}
}

/* Nothing needs doing if all is fine, so that may be cut off. */
static void add_health(struct summary *s, const struct model *m,
		       const struct summary_style *style)
{
	const struct health *h = health_of(&m->stats);
	const enum summary_kind kind = kind_of(h->level);
	char text[SUMMARY_WIDTH];

	if (m->stats.err)
		snprintf(text, sizeof(text), "health %s: %s/stats: %s", h->word,
			 style->dir, strerror(-m->stats.err));
	else
		snprintf(text, sizeof(text), "health %s: %s", h->word,
			 h->advice);
	add_wrapped(s, kind, text, style->width,
		    kind == SUMMARY_GOOD || style->lines < 8 ? 1 : 3);
}

/* ---- totals ------------------------------------------------------------------ */

/* As the formats below have them: the name, and counts. */
#define NAME_COLUMN 14
#define COUNT_COLUMN 11

/* Half a number is another number, so what has no room is left out. */
static void leave_out(struct summary *s, int first, int width)
{
	const int counts = (width - NAME_COLUMN) / COUNT_COLUMN;

	for (int i = first; i < s->nr && counts > 0; i++)
		if ((int)strlen(s->line[i].text) > width)
			s->line[i].text[NAME_COLUMN + counts * COUNT_COLUMN] =
				'\0';
}

const char *summary_heads(const struct model *m, char buf[SUMMARY_WIDTH])
{
	const bool shadow = !strcmp(m->stats.mode, "shadow");

	snprintf(buf, SUMMARY_WIDTH, "%-14s%11s%11s%11s%11s%11s%11s", "",
		 "reads", shadow ? "avoidable" : "avoided", "hit rate",
		 "hardware", shadow ? "could save" : "time saved", "own reads");
	return buf;
}

const char *summary_counts(const struct summary_counts *c,
			   char buf[SUMMARY_WIDTH])
{
	const double per = c->seconds > 0 ? 1 / c->seconds : 1;
	const char *unit = c->seconds > 0 ? "/s" : "";
	const double counts[] = { c->reads * per, c->hits * per,
				  c->hardware * per, c->own * per };
	char cell[ARRAY_SIZE(counts)][24], saved[24], percent[24], n[20];

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		snprintf(cell[i], sizeof(cell[i]), "%s%s",
			 format_count(counts[i], n, sizeof(n)), unit);
	snprintf(saved, sizeof(saved), "%s%s",
		 format_time(c->saved_us * per, n, sizeof(n)), unit);
	snprintf(percent, sizeof(percent), "%s%s",
		 format_percent(c->percent, n, sizeof(n)),
		 c->percent < 0 ? "" : " %");
	snprintf(buf, SUMMARY_WIDTH, "%-14s%11s%11s%11s%11s%11s%11s", c->name,
		 cell[0], cell[1], percent, cell[2], saved, cell[3]);
	return buf;
}

static void add_span(struct summary *s, const char *name,
		     const struct span *span, bool rate)
{
	const struct summary_counts counts = {
		.name = name,
		.seconds = rate ? span->seconds : 0,
		.reads = span->reads,
		.hits = span->hits,
		.hardware = span->hardware,
		.own = span->own,
		.percent = span_rate(span),
		.saved_us = span->saved_us,
	};
	char buf[SUMMARY_WIDTH];

	add(s, SUMMARY_PLAIN, "%s", summary_counts(&counts, buf));
}

static void add_spans(struct summary *s, const struct model *m, int lines)
{
	char clock[32], name[48], heads[SUMMARY_WIDTH];

	if (lines > 1)
		add(s, SUMMARY_HEADS, "%s", summary_heads(m, heads));
	if (m->seconds > 0) {
		snprintf(name, sizeof(name), "last %.1f s", m->seconds);
		add_span(s, name, &m->now, true);
	} else {
		add(s, SUMMARY_PLAIN, "%-14s%11s", "now", "-");
	}
	if (lines > 3) {
		snprintf(name, sizeof(name), "run %s",
			 format_clock(m->run.seconds, clock, sizeof(clock)));
		add_span(s, name, &m->run, false);
	}
	if (lines > 2)
		add_span(s, "since loaded", &m->all, false);
}

static void add_functions(struct summary *s, const struct model *m)
{
	const struct figures f = stats_figures(&m->stats, m->stats.mode);
	char text[SUMMARY_WIDTH] = "";

	if (f.mismatches)
		pcsc_append(text, sizeof(text), ": %llu %s",
			    (unsigned long long)f.mismatches,
			    pcsc_noun(f.mismatches, "mismatch", "mismatches"));
	for (int i = 0; i < STATES; i++)
		if (m->in_state[i])
			pcsc_append(text, sizeof(text), "%s %u %s",
				    *text ? "," : ":", m->in_state[i],
				    state_words[i]);
	add(s, SUMMARY_PLAIN, "%u %s%s", m->nr,
	    pcsc_noun(m->nr, "function", "functions"), text);
}

const char *summary_why_none(const struct model *m, char *buf, size_t size)
{
	if (!m->up)
		return "";
	switch (m->err) {
	case 0:
		return NULL;
	case -EPERM:
	case -EACCES:
		return "Which functions these are is root's to see: run pcsc-top as root.";
	case -ENOENT:
	case -ENODEV:
		return "There are totals only: nothing here tells of functions.";
	}
	snprintf(buf, size, "There are totals only: functions: %s",
		 strerror(-m->err));
	return buf;
}

void summary_make(struct summary *s, const struct model *m,
		  const struct summary_style *style)
{
	char buf[SUMMARY_WIDTH];
	const char *none = summary_why_none(m, buf, sizeof(buf));
	int spans;

	s->nr = 0;
	add_title(s, m, style->interval);
	if (style->lines > 1)
		add_health(s, m, style);
	if (!m->up)
		return;
	if (style->lines > 2) {
		spans = s->nr;
		add_spans(s, m, style->lines - 3);
		leave_out(s, spans, style->width);
	}
	if (style->lines > 3 && none)
		add_wrapped(s, SUMMARY_WARN, none, style->width, 1);
	else if (style->lines > 3)
		add_functions(s, m);
}
