// SPDX-License-Identifier: GPL-2.0-only
/*
 * A report as one page: page/report.html, in which each {{word}} is a part that is
 * put here. Pictures are the SVG that --svg prints, so they need no script.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "cleanup.h"
#include "markup.h"
#include "page.h"
#include "report.h"
#include "talk.h"

/* Rows of each list in the page's JSON, registers and functions apart. */
#define MOST_ROWS 250

#define LABEL_WIDTH 12 /* of the answer's lines: "Callers:    " */

static void put_page(const unsigned char *text)
{
	fputs((const char *)text, stdout);
}

/* ---- what the page may load and run ---- */

static int put_policy(struct pcsc_view *view)
{
	(void)view;
	printf("default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
	       "style-src 'sha256-%s' 'sha256-%s' 'sha256-%s' 'sha256-%s' 'sha256-%s'; script-src 'sha256-%s'",
	       page_palette_css_sha256, page_base_css_sha256,
	       page_charts_css_sha256, page_figures_css_sha256,
	       page_report_css_sha256, page_report_js_sha256);
	return 0;
}

/* Each in an element of its own, for which the policy has its sum. */
static int put_style(struct pcsc_view *view)
{
	const unsigned char *const files[] = { page_palette_css, page_base_css,
					       page_charts_css,
					       page_figures_css,
					       page_report_css };

	(void)view;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		fputs("<style>", stdout);
		put_page(files[i]);
		puts("</style>");
	}
	return 0;
}

static int put_script(struct pcsc_view *view)
{
	(void)view;
	put_page(page_report_js);
	return 0;
}

static int put_host(struct pcsc_view *view)
{
	pcsc_put_text(view->s->rec->header.host);
	return 0;
}

static int put_version(struct pcsc_view *view)
{
	(void)view;
	pcsc_put_text(PCSC_VERSION);
	return 0;
}

/* ---- the answer ---- */

/* What pcsc_print_answer() prints, which is for stdout: glibc lets us set that. */
static int take_answer(const struct pcsc_view *view, char **answer)
{
	FILE *kept = stdout;
	size_t size = 0;
	int err;

	stdout = open_memstream(answer, &size);
	if (!stdout) {
		stdout = kept;
		return pcsc_fail(-ENOMEM, "no memory left");
	}
	err = pcsc_print_answer(view);
	if (fclose(stdout) && !err)
		err = pcsc_fail(-ENOMEM, "no memory left");
	stdout = kept;
	return err;
}

/* A number and its unit stay on one line: between them is Latin-1's blank for that. */
static void join_units(char *text)
{
	static const char *const units[] = { "%", "s", "ms", "us", "ns" };

	for (char *at = text; (at = strchr(at, ' ')); at++)
		for (size_t i = 0; i < ARRAY_SIZE(units); i++)
			if (at > text && isdigit((unsigned char)at[-1]) &&
			    !strncmp(at + 1, units[i], strlen(units[i])) &&
			    !isalpha((unsigned char)at[1 + strlen(units[i])]))
				*at = '\xa0';
}

static void put_sentence(char *text)
{
	join_units(text);
	pcsc_put_text(text);
}

static bool has_label(const char *line)
{
	return strlen(line) > LABEL_WIDTH && line[LABEL_WIDTH - 1] == ' ' &&
	       line[LABEL_WIDTH] != ' ' &&
	       (isupper((unsigned char)*line) || *line == ' ') &&
	       (*line == ' ' || memchr(line, ':', LABEL_WIDTH));
}

static void put_labelled(char *line)
{
	char label[LABEL_WIDTH + 1] = "";
	const bool is_doubt = isupper((unsigned char)line[0]) &&
			      isupper((unsigned char)line[1]);

	memcpy(label, line, strcspn(line, " "));
	printf("<p class=\"%s\"><b>%s</b> <span>", is_doubt ? "doubt" : "said",
	       label);
	line += strlen(label);
	put_sentence(line + strspn(line, " "));
	puts("</span></p>");
}

/*
 * The head says of what it is a recording, and the next line that has no label is the
 * answer's sum. @nth: how many of these there were.
 */
static void put_line(char *line, unsigned int *nth)
{
	if (*nth && has_label(line)) {
		put_labelled(line);
		return;
	}
	printf("<p class=\"%s\">", *nth ? *nth == 1 ? "sum" : "plain" : "head");
	put_sentence(line);
	puts("</p>");
	++*nth;
}

static int put_answer(struct pcsc_view *view)
{
	_cleanup_free_ char *answer = NULL;
	unsigned int nth = 0;
	int err = take_answer(view, &answer);
	char *rest = answer, *line;

	while (!err && (line = strsep(&rest, "\n")))
		if (*line)
			put_line(line, &nth);
	return err;
}

/* ---- pictures, each with its table ---- */

/* @kind: "part" of the width, or "whole" */
static void begin_figure(const char *kind, bool scrolls)
{
	printf("<figure class=\"%s\">\n<div class=\"%s\">\n", kind,
	       scrolls ? "scroll" : "fit");
}

static void end_picture(void)
{
	puts("</div>\n<output></output>");
}

static void put_bars(struct pcsc_view *view, struct pcsc_groups *groups,
		     const char *kind)
{
	begin_figure(kind, false);
	pcsc_draw_bars(view, groups, false);
	end_picture();
	pcsc_print_groups(view, groups);
	puts("</figure>");
}

static int put_bars_by(struct pcsc_view *view, const struct pcsc_by *by,
		       const char *kind)
{
	_cleanup_(pcsc_groups_free) struct pcsc_groups g = {};
	int err = pcsc_groups_make(view->s, view->regnames, by, &g);

	if (!err)
		put_bars(view, &g, kind);
	return err;
}

static int put_all_bars(struct pcsc_view *view)
{
	static const struct pcsc_by models = { 1, { PCSC_BY_MODEL } };
	int err = 0;

	if (!view->shown->functions.nr)
		return 0;
	if (view->options->by.nr)
		err = put_bars_by(view, &view->options->by, "whole");
	if (view->s->rec->header.nr_callers)
		put_bars(view, view->by_caller, "whole");
	put_bars(view, view->by_register, "part");
	return err ?: put_bars_by(view, &models, "part");
}

static int put_heat(struct pcsc_view *view)
{
	int err;

	if (!view->shown->functions.nr)
		return 0;
	begin_figure("whole", true);
	err = pcsc_draw_heat(view, false);
	end_picture();
	err = err ?: pcsc_print_heat(view) ?: pcsc_print_functions(view);
	puts("</figure>");
	return err;
}

static int put_choice(const struct pcsc_view *view, uint32_t function)
{
	const struct pcsc_rec_function *f = &view->s->rec->functions[function];
	char bdf[PCSC_BDF_SIZE], name[PCSC_TABLE_CELL];

	pcsc_put_name(name, f, view->names);
	printf("<option value=\"%u\">%s ", function,
	       pcsc_bdf_format(bdf, f->domain, f->bus, f->devfn));
	pcsc_put_text(name);
	puts("</option>");
	return 0;
}

/* For each function that has a grid. */
static int for_each_grid(struct pcsc_view *view,
			 int (*put)(const struct pcsc_view *view,
				    uint32_t function))
{
	const struct pcsc_shown *shown = view->shown;
	int err = 0;

	for (uint32_t i = 0; !err && i < shown->functions.nr; i++)
		if (shown->has_grid[shown->functions.rows[i].index])
			err = put(view, shown->functions.rows[i].index);
	return err;
}

static int put_choices(struct pcsc_view *view)
{
	return for_each_grid(view, put_choice);
}

static int put_grid(const struct pcsc_view *view, uint32_t function)
{
	int err;

	printf("<div class=\"space\" data-function=\"%u\">\n", function);
	begin_figure("whole", true);
	pcsc_draw_grid(view, function, false);
	end_picture();
	err = pcsc_print_registers_of(view, function);
	puts("</figure>\n</div>");
	return err;
}

static int put_grids(struct pcsc_view *view)
{
	return for_each_grid(view, put_grid);
}

static int put_lanes(struct pcsc_view *view)
{
	int err;

	begin_figure("whole", false);
	err = pcsc_draw_lanes(view, false);
	end_picture();
	err = err ?: pcsc_print_lanes(view);
	puts("</figure>");
	return err;
}

/* ---- the data ---- */

static bool cuts_lists(const struct pcsc_view *view)
{
	const struct pcsc_rec_header *h = &view->s->rec->header;

	return view->options->top &&
	       (h->nr_processes > MOST_ROWS || h->nr_waits > MOST_ROWS ||
		h->nr_paths > MOST_ROWS ||
		view->waiting->nr_visits > MOST_ROWS);
}

static int put_left_out(struct pcsc_view *view)
{
	const struct pcsc_shown *shown = view->shown;
	const uint32_t lanes = pcsc_count_lanes(view);
	const uint32_t visits = view->waiting->nr_visits;

	if (shown->nr_grids < shown->functions.met)
		printf("<p>Latencies are those of the %u %s with most time, of %u that were accessed. "
		       "There was room for the registers of %u of them.</p>\n",
		       shown->functions.nr,
		       pcsc_noun(shown->functions.nr, "function", "functions"),
		       shown->functions.met, shown->nr_grids);
	if (lanes < visits)
		printf("<p>Of %u visits, the %u with most time are drawn.</p>\n",
		       visits, lanes);
	if (cuts_lists(view))
		printf("<p>The data in this page has the first %d of each longer list; pcsc-trace report -j has all.</p>\n",
		       MOST_ROWS);
	if (shown->nr_grids < shown->functions.met || lanes < visits)
		puts("<p>The option -n sets how many, and 0 is all.</p>");
	return 0;
}

static int put_data(struct pcsc_view *view)
{
	int err;

	view->listed = view->shown->has_grid;
	view->most = view->options->top ? MOST_ROWS : 0;
	err = pcsc_report_json(view);
	view->listed = NULL;
	view->most = 0;
	return err;
}

/* ---- the page ---- */

static const struct part {
	const char *word;
	int (*put)(struct pcsc_view *view);
} parts[] = {
	{ "policy", put_policy },   { "style", put_style },
	{ "host", put_host },	    { "answer", put_answer },
	{ "bars", put_all_bars },   { "heat", put_heat },
	{ "choices", put_choices }, { "grids", put_grids },
	{ "lanes", put_lanes },	    { "left-out", put_left_out },
	{ "data", put_data },	    { "script", put_script },
	{ "version", put_version },
};

static int put_part(struct pcsc_view *view, const char *word, size_t size)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (strlen(parts[i].word) == size &&
		    !strncmp(parts[i].word, word, size))
			return parts[i].put(view);
	abort();
}

static int put_parts(struct pcsc_view *view)
{
	const char *text = (const char *)page_report_html, *word, *end;
	int err = 0;

	while (!err && (word = strstr(text, "{{")) &&
	       (end = strstr(word, "}}"))) {
		printf("%.*s", (int)(word - text), text);
		err = put_part(view, word + 2, end - word - 2);
		text = end + 2;
	}
	if (!err)
		fputs(text, stdout);
	return err;
}

int pcsc_report_html(struct pcsc_view *view)
{
	_cleanup_(pcsc_shown_free) struct pcsc_shown shown = {};
	int err = pcsc_shown_make(view, &shown);

	if (err)
		return err;
	view->shown = &shown;
	view->table = pcsc_html_table;
	return put_parts(view);
}
