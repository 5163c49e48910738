// SPDX-License-Identifier: GPL-2.0-only
/* One function: what it is, what it was read, what is known of its registers. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "append.h"
#include "array.h"
#include "bdf.h"
#include "core/walk.h"
#include "top/format.h"
#include "top/paint.h"
#include "top/summary.h"
#include "top/view.h"
#include "words.h"

#define TEXT 256
#define OWN_AT (14 + 5 * 11) /* in lines of counts */

static const struct row *row_of(const struct view *v)
{
	const struct row here = { .f.state = { .domain = v->of.domain,
					       .bus = v->of.bus,
					       .devfn = v->of.devfn } };

	return model_find(v->model, row_address(&here));
}

/* ---- what it is ---- */

static void put_name(const struct view *v, const struct row *row, int y)
{
	const struct sample_device *d = row_device(v->model, row);
	char bdf[PCSC_BDF_SIZE], text[TEXT], line[4 * TEXT + 1];

	snprintf(text, sizeof(text), "%s %s",
		 pcsc_bdf_format(bdf, v->of.domain, v->of.bus, v->of.devfn),
		 d ? d->name : "");
	if (d)
		pcsc_append(text, sizeof(text), " [%04x:%04x]", d->vendor,
			    d->device);
	format_fit(line, text, COLS < TEXT ? COLS : TEXT, true, v->utf8);
	paint_line(y, line, A_BOLD);
}

static void put_kind(const struct view *v, const struct row *row, int y)
{
	char bdf[PCSC_BDF_SIZE], text[TEXT] = "";

	if (row->f.pf != SAMPLE_NO_PF)
		pcsc_append(text, sizeof(text), "VF of %s, ",
			    pcsc_bdf_format(bdf, v->of.domain, row->f.pf >> 8,
					    row->f.pf));
	if (row->f.driver[0])
		pcsc_append(text, sizeof(text), "driver %s, ", row->f.driver);
	pcsc_append(text, sizeof(text), "mode %s",
		    pcsc_mode_name(row->f.state.mode));
	if (row->f.state.model >= 0)
		pcsc_append(text, sizeof(text), ", model %d of profile %s",
			    row->f.state.model + 1, v->model->info.profile);
	paint_line(y, text, A_NORMAL);
}

/* ---- what keeps it from being served ---- */

static int put_reasons(const struct row *row, int y, int most)
{
	const struct pcsc_function_state *f = &row->f.state;
	char text[TEXT];

	snprintf(text, sizeof(text), "state %s", state_words[row->state]);
	paint_line(y++, text, paint_state(row->state));
	for (size_t i = 0; i < PCSC_WHYS && most; i++) {
		if (!(f->why & pcsc_whys[i].bit))
			continue;
		snprintf(text, sizeof(text), "  %s: %s", pcsc_whys[i].name,
			 pcsc_whys[i].sentence);
		paint_line(y++, text, A_NORMAL);
		most--;
	}
	if (f->walk_status && f->walk_status < PCSC_WALK_STATUSES) {
		snprintf(text, sizeof(text), "  Its list of capabilities: %s.",
			 pcsc_walk_names[f->walk_status]);
		paint_line(y++, text, A_NORMAL);
	}
	return y;
}

/* ---- what it was read ---- */

static void put_counts(const struct view *v, const char *name,
		       const struct counts *c, double seconds, int y)
{
	const struct summary_counts counts = {
		.name = name,
		.seconds = seconds,
		.reads = c->reads,
		.hits = c->hits,
		.hardware = c->hardware,
		.percent = counts_rate(c),
		.saved_us = counts_saved_us(v->model, c),
	};
	char text[SUMMARY_WIDTH];

	summary_counts(&counts, text);
	/* Own reads are not counted by the interval. */
	text[OWN_AT] = '\0';
	paint_line(y, text, A_NORMAL);
}

static int put_reads(const struct view *v, const struct row *row, int y)
{
	const struct pcsc_function_state *f = &row->f.state;
	char text[TEXT];

	summary_heads(v->model, text);
	text[OWN_AT] = '\0';
	paint_line(y++, text, A_UNDERLINE);
	if (row->known && v->model->seconds > 0)
		put_counts(v, "now", &row->now, v->model->seconds, y++);
	put_counts(v, "all", &row->all, 0, y++);
	snprintf(
		text, sizeof(text),
		"%u of %u bytes cached, %llu demoted; %llu writes; %llu own reads; %llu %s",
		f->valid_bytes, f->const_bytes, f->demotions, f->writes,
		f->background_reads, f->mismatches,
		f->mismatches == 1 ? "mismatch" : "mismatches");
	paint_line(y++, text, A_NORMAL);
	return y;
}

static int put_since(const struct sample_space *s, int y)
{
	char forgotten[32], verified[32], text[TEXT];

	snprintf(
		text, sizeof(text), "values forgotten %s ago",
		format_clock(s->bytes.emptied_s, forgotten, sizeof(forgotten)));
	if (s->bytes.verified_s == PCSC_NEVER)
		pcsc_append(text, sizeof(text),
			    "; hardware has not confirmed a hit yet");
	else
		pcsc_append(text, sizeof(text),
			    "; hardware confirmed a hit %s ago",
			    format_clock(s->bytes.verified_s, verified,
					 sizeof(verified)));
	paint_line(y, text, A_NORMAL);
	return y + 1;
}

/* ---- its registers ---- */

static const char *why_no_bytes(const struct model *m)
{
	if (!m->has_space)
		return "Its registers have not been asked for yet.";
	switch (m->space.err) {
	case 0:
		return m->space.bytes.count ?
			       NULL :
			       "It is not evaluated, so hardware answers for all of it.";
	case -ENODEV:
		return "The helper has no such function any more.";
	case -ENODATA:
		return "The file of --state has no bytes of it.";
	case -ENOTTY:
	case -E2BIG:
		return "This helper does not tell of bytes: install helper and program from one version.";
	}
	return strerror(-m->space.err);
}

static void put_registers(struct view *v, int y)
{
	char line[BYTES_LINE];

	v->lines = v->bytes.nr;
	paint_line(y, bytes_heads(line), A_REVERSE);
	paint_at(y++, 0, COLS, A_REVERSE);
	v->page_lines = LINES - y - 1 > 0 ? LINES - y - 1 : 0;
	if (v->line + v->page_lines > v->lines)
		v->line =
			v->lines > v->page_lines ? v->lines - v->page_lines : 0;
	for (uint32_t i = 0; i < v->page_lines && v->line + i < v->lines; i++) {
		paint_line(y, bytes_run(&v->bytes, v->line + i, line),
			   A_NORMAL);
		paint_at(y++, 13, 15,
			 paint_run(pcsc_run_state(&v->bytes.run[v->line + i])));
	}
}

static void paint_letters(const char *line, int y)
{
	for (int x = 6; line[x]; x++)
		for (int s = 0; s < PCSC_RUN_STATES; s++)
			if (line[x] != ' ' && bytes_letter(s) == line[x])
				paint_at(y, x, 1, paint_run(s));
}

#define LEGEND_WIDTH 40

static void put_legend(const struct view *v, int y)
{
	const int per = COLS >= 2 * LEGEND_WIDTH ? COLS / LEGEND_WIDTH : 1;
	char text[TEXT];
	int n = 0, x;

	for (int s = 0; s < PCSC_RUN_STATES; s++) {
		if (!v->bytes.in_state[s])
			continue;
		snprintf(text, sizeof(text), "%c %-30s %5u", bytes_letter(s),
			 bytes_meaning(s), v->bytes.in_state[s]);
		x = n % per * LEGEND_WIDTH;
		if (y + n / per < LINES - 1) {
			paint_text(y + n / per, x, text, A_NORMAL);
			paint_at(y + n / per, x, 1, paint_run(s));
		}
		n++;
	}
}

static void put_map(struct view *v, int y)
{
	const uint32_t lines = bytes_map_lines(&v->bytes);
	char line[BYTES_LINE];

	v->lines = lines;
	v->page_lines = lines;
	for (uint32_t i = 0; i < lines && y < LINES - 1; i++) {
		bytes_map(&v->bytes, i, line);
		paint_line(y, line, A_NORMAL);
		paint_letters(line, y++);
	}
	put_legend(v, y);
}

static void put_bytes(struct view *v, int y)
{
	const char *none = why_no_bytes(v->model);

	if (none) {
		paint_line(y + 1, none, A_BOLD);
		return;
	}
	bytes_take(&v->bytes, &v->model->space);
	if (v->map)
		put_map(v, y);
	else
		put_registers(v, put_since(&v->model->space, y));
}

static const char map_foot[] =
	"q back  m registers  ? help  A letter is a dword; below, bytes are counted.";
static const char registers_foot[] =
	"q back  m map  ? help  NOTES s: siblings answer, ?: header not seen yet";

void draw_bytes(struct view *v)
{
	const struct row *row = row_of(v);
	int y = 2;

	if (row) {
		put_name(v, row, 0);
		put_kind(v, row, 1);
		y = put_reasons(row, y, v->map ? 0 : LINES > 30 ? 16 : 2);
		if (!v->map)
			y = put_reads(v, row, y);
		put_bytes(v, y);
	} else {
		paint_line(0, "This function is not there any more.", A_BOLD);
	}
	paint_line(LINES - 1, v->map ? map_foot : registers_foot, A_NORMAL);
}
