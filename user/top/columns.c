// SPDX-License-Identifier: GPL-2.0-only
#include "columns.h"

#include <stdio.h>
#include <string.h>

#include "array.h"
#include "bdf.h"
#include "top/format.h"

#define DRIVER_WIDTH 12 /* if there is room */

const struct column_type column_types[COLUMNS] = {
	[COL_ADDRESS] = { "FUNCTION", "address", 'A', 12, true },
	[COL_STATE] = { "STATE", "state", 'T', 11, true },
	[COL_NOW_READS] = { "READS/s", "reads", 'R', 9, false },
	[COL_NOW_HITS] = { "HITS/s", "hits", 'H', 8, false },
	[COL_NOW_RATE] = { "HIT%", "rate", 'P', 6, false },
	[COL_NOW_HARDWARE] = { "HW/s", "hardware", 'W', 7, false },
	[COL_NOW_SAVED] = { "SAVED/s", "saved", 'S', 9, false },
	[COL_ALL_READS] = { "READS", NULL, 0, 8, false },
	[COL_ALL_HITS] = { "HITS", NULL, 0, 8, false },
	[COL_ALL_RATE] = { "ALL%", NULL, 0, 6, false },
	[COL_ALL_HARDWARE] = { "HW", NULL, 0, 8, false },
	[COL_ALL_SAVED] = { "SAVED", NULL, 0, 8, false },
	[COL_WRITES] = { "WRITES", "writes", 0, 8, false },
	[COL_OWN] = { "OWN", "own", 0, 7, false },
	[COL_CACHED] = { "CACHED", "cached", 'C', 9, false },
	[COL_DEMOTED] = { "DEMOTED", "demoted", 0, 9, false },
	[COL_MISMATCHES] = { "MISM", "mismatches", 0, 6, false },
	[COL_PF] = { "PF", "pf", 0, 7, true },
	[COL_DRIVER] = { "DRIVER", "driver", 'D', 9, true },
	[COL_DEVICE] = { "DEVICE", "device", 'N', 24, true },
};

enum column column_of(enum column c, bool all)
{
	if (all && c >= COL_NOW_READS && c <= COL_NOW_SAVED)
		return c + COL_ALL_READS - COL_NOW_READS;
	if (!all && c >= COL_ALL_READS && c <= COL_ALL_SAVED)
		return c + COL_NOW_READS - COL_ALL_READS;
	return c;
}

enum column column_named(const char *name)
{
	enum column c;

	for (c = 0; c < COLUMNS; c++)
		if (column_types[c].name && !strcmp(name, column_types[c].name))
			break;
	return c;
}

enum column column_by_key(int key)
{
	enum column c;

	for (c = 0; c < COLUMNS; c++)
		if (column_types[c].key && column_types[c].key == key)
			break;
	return c;
}

/* ---- what is in them ---------------------------------------------------------- */

/* A count of the interval a second, or one of all. */
static double count_value(enum column c, const struct model *m,
			  const struct row *row)
{
	const bool all = c >= COL_ALL_READS;
	const struct counts *counts = all ? &row->all : &row->now;
	double n = 0;

	switch (column_of(c, false)) {
	case COL_NOW_READS:
		n = counts->reads;
		break;
	case COL_NOW_HITS:
		n = counts->hits;
		break;
	case COL_NOW_RATE:
		return counts_rate(counts);
	case COL_NOW_HARDWARE:
		n = counts->hardware;
		break;
	default:
		n = counts_saved_us(m, counts);
	}
	return all || m->seconds <= 0 ? n : n / m->seconds;
}

double column_value(enum column c, const struct model *m, const struct row *row)
{
	const struct pcsc_function_state *f = &row->f.state;

	switch (c) {
	case COL_ADDRESS:
		return row_address(row);
	case COL_STATE:
		return row->state;
	case COL_WRITES:
		return f->writes;
	case COL_OWN:
		return f->background_reads;
	case COL_CACHED:
		return f->valid_bytes;
	case COL_DEMOTED:
		return f->demotions;
	case COL_MISMATCHES:
		return f->mismatches;
	case COL_PF:
		return row->f.pf == SAMPLE_NO_PF ?
			       -1 :
			       (double)((uint64_t)f->domain << 16 | row->f.pf);
	default:
		return count_value(c, m, row);
	}
}

const char *column_text(enum column c, const struct model *m,
			const struct row *row)
{
	const struct sample_device *d = row_device(m, row);

	switch (c) {
	case COL_DRIVER:
		return row->f.driver;
	case COL_DEVICE:
		return d ? d->name + d->name_at : "";
	default:
		return NULL;
	}
}

static const char *pf_cell(const struct row *row, char *buf)
{
	const __s32 pf = row->f.pf;

	if (pf == SAMPLE_NO_PF)
		return "-";
	snprintf(buf, CELL_SIZE, "%02x:%02x.%x", pf >> 8 & 0xff,
		 PCSC_SLOT(pf & 0xff), PCSC_FUNC(pf));
	return buf;
}

static const char *text_cell(const char *text)
{
	return *text ? text : "-";
}

static const char *count_cell(enum column c, const struct model *m,
			      const struct row *row, char *buf)
{
	const double value = column_value(c, m, row);

	if (c < COL_ALL_READS && (!row->known || m->seconds <= 0))
		return "-";
	switch (c) {
	case COL_NOW_RATE:
	case COL_ALL_RATE:
		return format_percent(value, buf, CELL_SIZE);
	case COL_NOW_SAVED:
	case COL_ALL_SAVED:
		return format_time(value, buf, CELL_SIZE);
	default:
		return format_count(value, buf, CELL_SIZE);
	}
}

const char *column_cell(enum column c, const struct model *m,
			const struct row *row, char buf[CELL_SIZE])
{
	const struct pcsc_function_state *f = &row->f.state;

	switch (c) {
	case COL_ADDRESS:
		return pcsc_bdf_format(buf, f->domain, f->bus, f->devfn);
	case COL_STATE:
		return state_words[row->state];
	case COL_PF:
		return pf_cell(row, buf);
	case COL_DRIVER:
	case COL_DEVICE:
		return text_cell(column_text(c, m, row));
	case COL_CACHED:
		snprintf(buf, CELL_SIZE, "%u/%u", f->valid_bytes,
			 f->const_bytes);
		return buf;
	default:
		return count_cell(c, m, row, buf);
	}
}

/* ---- which of them -------------------------------------------------------------- */

static int width_of(const struct model *m, enum column c)
{
	return c == COL_ADDRESS && m->wide ? (int)PCSC_BDF_SIZE - 1 :
					     column_types[c].width;
}

/* Counts of the view before those of the other. */
static const enum column important[] = {
	COL_ADDRESS,   COL_STATE,	 COL_NOW_READS, COL_NOW_RATE,
	COL_NOW_HITS,  COL_NOW_HARDWARE, COL_NOW_SAVED, COL_DRIVER,
	COL_DEVICE,    COL_ALL_READS,	 COL_ALL_RATE,	COL_ALL_HITS,
	COL_ALL_SAVED, COL_ALL_HARDWARE, COL_PF,	COL_CACHED,
	COL_WRITES,    COL_OWN,		 COL_DEMOTED,	COL_MISMATCHES,
};

static bool is_now(enum column c)
{
	return c != column_of(c, true);
}

/* What is left when all columns have what they need. */
static int stretch(struct layout *l, enum column c, int width, int left)
{
	for (unsigned int i = 0; i < l->nr; i++)
		while (l->of[i].column == c && l->of[i].width < width && left) {
			l->of[i].width++;
			left--;
		}
	return left;
}

void layout_make(struct layout *l, const struct model *m, int width, bool all)
{
	bool shown[COLUMNS] = { false };
	int left = width + 1; /* no blank behind the last */
	enum column c;

	for (size_t i = 0; i < ARRAY_SIZE(important); i++) {
		c = important[i];
		/* Of the same count the other view's. */
		if (all)
			c = column_of(c, is_now(c));
		if (i && left < width_of(m, c) + 1)
			break;
		shown[c] = true;
		left -= width_of(m, c) + 1;
	}
	l->nr = 0;
	for (c = 0; c < COLUMNS; c++)
		if (shown[c]) {
			l->of[l->nr].column = c;
			l->of[l->nr++].width = width_of(m, c);
		}
	if (left > 0)
		left = stretch(l, COL_DRIVER, DRIVER_WIDTH, left);
	if (left > 0 && column_types[l->of[l->nr - 1].column].left)
		l->of[l->nr - 1].width += left;
	else if (l->nr == 1 && left < 0)
		l->of[0].width = width;
}
