/* SPDX-License-Identifier: GPL-2.0-only */
/* Colours. Whatever they say is said by a word or a sign, too. */
#ifndef PCSC_TOP_PAINT_H
#define PCSC_TOP_PAINT_H

#include <curses.h>
#include <stdbool.h>

#include "runs.h"
#include "top/model.h"
#include "top/summary.h"

void paint_start(bool colour);

attr_t paint_summary(enum summary_kind kind);
attr_t paint_state(enum state state);
attr_t paint_run(enum pcsc_run_state state);

/* Around all that is painted on a screen. */
void paint_begin(void);
void paint_end(void);

/* From @x on, cut off at the end of the line. */
void paint_text(int y, int x, const char *text, attr_t attr);

static inline void paint_line(int y, const char *text, attr_t attr)
{
	paint_text(y, 0, text, attr);
}

/* @n places from @x on look so. */
void paint_at(int y, int x, int n, attr_t attr);

#endif
