/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DIR/pcsc.prom for node_exporter's textfile collector: replaced whole, readable
 * by everybody, and gone when the daemon has ended, so that old numbers are not
 * taken for those of now.
 */
#ifndef PCSC_MONITOR_TEXTFILE_H
#define PCSC_MONITOR_TEXTFILE_H

#include <stdbool.h>

struct exporter;

struct textfile {
	char *path; /* NULL: there is none */
	bool failing; /* it was said that it cannot be written */
};

/* Write it for the first time. 0, or a negative errno after a sentence. */
int textfile_start(struct textfile *t, const char *dir, struct exporter *e);

/* Write it again, if there is one. That it cannot be is said once, until it can. */
void textfile_write(struct textfile *t, struct exporter *e);

void textfile_end(struct textfile *t);

#endif
