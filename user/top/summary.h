/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands above the table: how the helper is, and its totals. */
#ifndef PCSC_TOP_SUMMARY_H
#define PCSC_TOP_SUMMARY_H

#include "top/model.h"

#define SUMMARY_WIDTH 256 /* the most */
#define SUMMARY_LINES 12

enum summary_kind {
	SUMMARY_TITLE,
	SUMMARY_GOOD, /* health, by its level */
	SUMMARY_IDLE,
	SUMMARY_WARN,
	SUMMARY_BAD,
	SUMMARY_HEADS,
	SUMMARY_PLAIN,
};

struct summary {
	int nr;
	struct {
		enum summary_kind kind;
		char text[SUMMARY_WIDTH];
	} line[SUMMARY_LINES];
};

struct summary_style {
	int width, lines; /* the most of both; at least one line is made */
	double interval;
	const char *dir; /* of stats */
};

void summary_make(struct summary *s, const struct model *m,
		  const struct summary_style *style);

/* A line of counts, and the titles above such lines. */
struct summary_counts {
	const char *name;
	double seconds; /* a second's worth of what was in so many; 0: all of it */
	double reads, hits, hardware, own;
	double percent, saved_us; /* percent below 0: nothing was read */
};

const char *summary_heads(const struct model *m, char buf[SUMMARY_WIDTH]);
const char *summary_counts(const struct summary_counts *c,
			   char buf[SUMMARY_WIDTH]);

/* Why there is no table, in a sentence; NULL: there is one. */
const char *summary_why_none(const struct model *m, char *buf, size_t size);

#endif
