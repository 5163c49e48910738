/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last hour: a ring of totals, a sample a second. All memory is taken at the
 * start. docs/pcsc-monitor.md describes the text that is made of it.
 */
#ifndef PCSC_MONITOR_HISTORY_H
#define PCSC_MONITOR_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "totals.h"

#define HISTORY_INTERVAL 1.0 /* seconds */
#define HISTORY_ROWS 3600

struct history;

/* NULL: out of memory. @started is an id: another one is another history. */
struct history *history_new(uint64_t started);
void history_free(struct history *h);

/* @at_ms: of a clock that does not jump. */
void history_add(struct history *h, const struct stats *s, uint64_t at_ms);

/*
 * The rows behind the one whose number is @after, as JSON, made piece by piece as
 * it is sent, so that a reader who is slow costs no more than one row.
 */
struct history_text {
	const struct history *h;
	uint64_t next, end, now_ms;
	bool begun, filled, ended;
	size_t at, length;
	char piece[512];
};

void history_text_init(struct history_text *t, const struct history *h,
		       uint64_t after, uint64_t now_ms);

/* Returns how many bytes it put into @buf, 0 at the end. */
size_t history_text_read(struct history_text *t, char *buf, size_t size);

#endif
