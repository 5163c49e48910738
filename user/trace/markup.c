// SPDX-License-Identifier: GPL-2.0-only
#include "markup.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "page.h"
#include "utf8.h"

#define LONGEST 1024
/* In percent: a hundredth of a second is to be seen beside an hour. */
#define LEAST_SHARE 0.2
#define MARGIN 20
#define ALONE 720 /* the width of a picture that would take any */
#define LETTER 6.6 /* the width of an average one */

/* ---- text ---- */

/* As JSON has it: a byte beyond ASCII that is not of UTF-8 is the character of Latin-1. */
static void put_character(unsigned char c)
{
	if (c == '<')
		fputs("&lt;", stdout);
	else if (c == '>')
		fputs("&gt;", stdout);
	else if (c == '&')
		fputs("&amp;", stdout);
	else if (c == '"')
		fputs("&quot;", stdout);
	else if (c < ' ' || (c >= 0x7f && c < 0xa0))
		fputs("&#xfffd;", stdout);
	else if (c >= 0xa0)
		printf("&#x%x;", c);
	else
		putchar(c);
}

void pcsc_put_text(const char *text)
{
	while (*text) {
		size_t size = pcsc_utf8_size(text);

		if (size)
			fwrite(text, 1, size, stdout);
		else
			put_character(*text);
		text += size ?: 1;
	}
}

static void put_words(const char *format, va_list ap)
{
	char words[LONGEST];

	vsnprintf(words, sizeof(words), format, ap);
	pcsc_put_text(words);
}

/* ---- tables ---- */

static void put_row(const struct pcsc_table *t, const bool *gone,
		    const char *tag, pcsc_cells cells)
{
	fputs("<tr>", stdout);
	for (unsigned int c = 0; c < t->nr_columns; c++) {
		if (gone[c])
			continue;
		printf("<%s%s>", tag, t->columns[c].left ? " class=left" : "");
		pcsc_put_text(cells[c]);
	}
	putchar('\n');
}

void pcsc_html_table(const char *caption, const struct pcsc_table *t)
{
	bool gone[PCSC_TABLE_COLUMNS] = {};
	pcsc_cells cells;

	pcsc_table_find_gone(t, gone);
	for (unsigned int c = 0; c < t->nr_columns; c++)
		snprintf(cells[c], sizeof(cells[c]), "%s", t->columns[c].title);
	fputs("<details><summary>", stdout);
	pcsc_put_text(caption);
	fputs("</summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"",
	      stdout);
	pcsc_put_text(caption);
	fputs("\">\n<table>\n<thead>", stdout);
	put_row(t, gone, "th scope=col", cells);
	fputs("</thead>\n<tbody>\n", stdout);
	for (uint32_t row = 0; row < t->nr_rows; row++) {
		t->fill(t->context, row, cells);
		put_row(t, gone, "td", cells);
	}
	fputs("</tbody>\n</table>\n</div></details>\n", stdout);
}

/* ---- SVG ---- */

/* Around a picture that is a file: it brings its colours, and a margin. */
static void begin_file(double width, double height)
{
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart\" width=\"%.0f\" height=\"%.0f\">\n",
	       width + 2 * MARGIN, height + 2 * MARGIN);
	printf("<style>\n%s%s</style>\n", (const char *)page_palette_css,
	       (const char *)page_charts_css);
	puts("<rect class=\"card\" width=\"100%\" height=\"100%\"/>");
}

void pcsc_svg_begin(const struct pcsc_canvas *c)
{
	const double width = c->width ?: ALONE;

	if (c->alone)
		begin_file(width, c->height);
	printf("<svg class=\"chart %s\" role=\"group\" aria-label=\"", c->kind);
	pcsc_put_text(c->label);
	printf("\" data-lens=\"reads\" height=\"%.0f\"", c->height);
	if (c->alone)
		printf(" x=\"%d\" y=\"%d\"", MARGIN, MARGIN);
	if (c->alone || c->width)
		printf(" width=\"%.0f\">\n", width);
	else
		puts(" width=\"100%\">");
}

void pcsc_svg_end(const struct pcsc_canvas *c)
{
	puts(c->alone ? "</svg>\n</svg>" : "</svg>");
}

void pcsc_svg_mark(const char *format, ...)
{
	va_list ap;

	fputs("<g class=\"mark\"><title>", stdout);
	va_start(ap, format);
	put_words(format, ap);
	va_end(ap);
	fputs("</title>", stdout);
}

void pcsc_svg_mark_end(void)
{
	puts("</g>");
}

void pcsc_svg_share(const char *kind, double x, double y, double width,
		    double height)
{
	if (width < LEAST_SHARE)
		width = LEAST_SHARE;
	if (x + width > 100)
		x = 100 - width;
	printf("<rect class=\"%s\" x=\"%.2f%%\" y=\"%.0f\" width=\"%.2f%%\" height=\"%.0f\"/>",
	       kind, x, y, width, height);
}

void pcsc_svg_rect(const char *kind, double x, double y, double width,
		   double height)
{
	printf("<rect class=\"%s\" x=\"%.4g\" y=\"%.4g\" width=\"%.4g\" height=\"%.4g\"/>",
	       kind, x, y, width, height);
}

static void put_svg_text(const char *kind, double x, const char *unit, double y,
			 const char *format, va_list ap)
{
	printf("<text class=\"%s\" x=\"%.4g%s\" y=\"%.4g\">", kind, x, unit, y);
	put_words(format, ap);
	puts("</text>");
}

void pcsc_svg_text(const char *kind, double x, double y, const char *format,
		   ...)
{
	va_list ap;

	va_start(ap, format);
	put_svg_text(kind, x, "", y, format, ap);
	va_end(ap);
}

void pcsc_svg_text_at(const char *kind, double x, double y, const char *format,
		      ...)
{
	va_list ap;

	va_start(ap, format);
	put_svg_text(kind, x, "%", y, format, ap);
	va_end(ap);
}

/* ---- keys ---- */

double pcsc_svg_key(const char *kind, double x, double y, const char *words)
{
	pcsc_svg_rect(kind, x, y - 9, 10, 10);
	pcsc_svg_text("faint", x + 15, y, "%s", words);
	return x + 15 + LETTER * strlen(words) + 14;
}

unsigned int pcsc_level(const uint32_t steps[PCSC_LEVELS], uint64_t n)
{
	unsigned int level = 0;

	while (level < PCSC_LEVELS && n >= steps[level])
		level++;
	return level;
}

double pcsc_svg_levels(const char *kind, double x, double y,
		       const uint32_t steps[PCSC_LEVELS])
{
	char colour[16], words[24];

	for (unsigned int i = 0; i < PCSC_LEVELS; i++) {
		snprintf(colour, sizeof(colour), "%s%u", kind, i + 1);
		if (i + 1 == PCSC_LEVELS)
			snprintf(words, sizeof(words), "%u or more", steps[i]);
		else if (steps[i + 1] == steps[i] + 1)
			snprintf(words, sizeof(words), "%u", steps[i]);
		else
			snprintf(words, sizeof(words), "%u-%u", steps[i],
				 steps[i + 1] - 1);
		x = pcsc_svg_key(colour, x, y, words);
	}
	return x;
}
