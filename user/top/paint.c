// SPDX-License-Identifier: GPL-2.0-only
#include "paint.h"

#include <stdint.h>
#include <string.h>

#include "top/format.h"

enum { GOOD = 1, IDLE, WARN, BAD };

void paint_start(bool colour)
{
	if (!colour || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(GOOD, COLOR_GREEN, -1);
	init_pair(IDLE, COLOR_CYAN, -1);
	init_pair(WARN, COLOR_YELLOW, -1);
	init_pair(BAD, COLOR_RED, -1);
}

attr_t paint_summary(enum summary_kind kind)
{
	switch (kind) {
	case SUMMARY_TITLE:
		return A_BOLD;
	case SUMMARY_GOOD:
		return COLOR_PAIR(GOOD);
	case SUMMARY_IDLE:
		return COLOR_PAIR(IDLE);
	case SUMMARY_WARN:
		return COLOR_PAIR(WARN) | A_BOLD;
	case SUMMARY_BAD:
		return COLOR_PAIR(BAD) | A_BOLD;
	case SUMMARY_HEADS:
		return A_UNDERLINE;
	default:
		return A_NORMAL;
	}
}

attr_t paint_state(enum state state)
{
	switch (state) {
	case STATE_QUARANTINED:
		return COLOR_PAIR(BAD) | A_BOLD;
	case STATE_LIMITED:
	case STATE_DEMOTED:
		return COLOR_PAIR(WARN);
	case STATE_WAITING:
		return COLOR_PAIR(IDLE);
	default:
		return A_NORMAL;
	}
}

attr_t paint_run(enum pcsc_run_state state)
{
	switch (state) {
	case PCSC_RUN_DEMOTED:
		return COLOR_PAIR(BAD) | A_BOLD;
	case PCSC_RUN_UNREAD:
	case PCSC_RUN_UNREAD_EVIDENCE:
		return COLOR_PAIR(IDLE);
	case PCSC_RUN_MEMORY:
	case PCSC_RUN_MEMORY_EVIDENCE:
		return COLOR_PAIR(GOOD);
	case PCSC_RUN_CONFIG:
		return COLOR_PAIR(WARN);
	default:
		return A_NORMAL;
	}
}

/*
 * ncurses moves over what has not changed in a line, and calls write() for each move:
 * hundreds of calls a second for a table of numbers. So a line that has changed is sent
 * as a whole, and one that has not is not.
 */
#define LINES_KNOWN 512
#define LINE_CELLS 512
static uint32_t was[LINES_KNOWN], is[LINES_KNOWN];

static void mix(int y, const void *data, size_t size)
{
	const unsigned char *byte = data;

	if (y >= LINES_KNOWN)
		return;
	while (size--)
		is[y] = (is[y] ^ *byte++) * 16777619;
}

void paint_begin(void)
{
	memset(is, 0, sizeof(is));
	erase();
}

void paint_end(void)
{
	for (int y = 0; y < LINES; y++)
		if (y >= LINES_KNOWN || is[y] != was[y])
			wredrawln(stdscr, y, 1);
	memcpy(was, is, sizeof(was));
}

/* ncurses asks of each character of a string how wide it is, which is most of a screen's cost. */
static int add_ascii(chtype *cell, const char *text, int size, attr_t attr)
{
	int n;

	for (n = 0; n < size && text[n] >= ' ' && text[n] <= '~'; n++)
		cell[n] = (chtype)text[n] | attr;
	return n;
}

void paint_text(int y, int x, const char *text, attr_t attr)
{
	chtype cell[LINE_CELLS];
	int size, n;

	if (y < 0 || y >= LINES || x >= COLS)
		return;
	size = format_bytes(text, COLS - x);
	mix(y, text, size);
	mix(y, &attr, sizeof(attr));
	n = add_ascii(cell, text, size < LINE_CELLS ? size : LINE_CELLS, attr);
	mvaddchnstr(y, x, cell, n);
	attrset(attr);
	mvaddnstr(y, x + n, text + n, size - n);
	attrset(A_NORMAL);
}

void paint_at(int y, int x, int n, attr_t attr)
{
	if (y < 0 || y >= LINES || x >= COLS || n <= 0)
		return;
	mix(y, &x, sizeof(x));
	mix(y, &attr, sizeof(attr));
	mvchgat(y, x, n, attr & ~A_COLOR, PAIR_NUMBER(attr), NULL);
}
