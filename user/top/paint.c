// SPDX-License-Identifier: GPL-2.0-only
#include "paint.h"

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
	case STATE_SERVED:
		return COLOR_PAIR(GOOD);
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

void paint_line(int y, const char *text, attr_t attr)
{
	if (y < 0 || y >= LINES)
		return;
	move(y, 0);
	attrset(attr);
	addnstr(text, format_bytes(text, COLS));
	attrset(A_NORMAL);
}

void paint_at(int y, int x, int n, attr_t attr)
{
	if (y < 0 || y >= LINES || x >= COLS || n <= 0)
		return;
	mvchgat(y, x, n, attr & ~A_COLOR, PAIR_NUMBER(attr), NULL);
}
