/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is root's: the state of each function and of its bytes, events, the live
 * update. A reader of its own asks the helper (reader.h); here is what it said last. While somebody
 * looks, it is asked twice a second, and otherwise every five seconds for events
 * only, of which the helper keeps few.
 */
#ifndef PCSC_MONITOR_DETAIL_H
#define PCSC_MONITOR_DETAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct detail;

/*
 * @file: of --state, or NULL for the helper. To be called before rights are dropped
 * and before other descriptors are opened. 0, or a negative errno after a sentence.
 */
int detail_start(struct detail **d, const char *file);

/*
 * Make the key and write it to @path; without one, nothing is answered. 0, or a
 * negative errno after a sentence.
 */
int detail_lock(struct detail *d, const char *path);
const char *detail_key(const struct detail *d);
void detail_stop(struct detail *d);

/* For the caller's poll(), and what to call when it can be read. */
int detail_fd(const struct detail *d);
void detail_run(struct detail *d);

/* Whether a peer that is @trusted, or this Authorization header, opens it. @d may be NULL: nothing does. */
bool detail_opens(struct detail *d, bool trusted, const char *authorization);

/* What is behind the "?" of a question. */
struct question {
	uint64_t after; /* the number of an event */
	const char *address; /* of a function, or NULL */
};

/* JSON, of what was said last. */
void detail_functions(FILE *out, struct detail *d, const struct question *q);
void detail_events(FILE *out, struct detail *d, const struct question *q);
void detail_handover(FILE *out, struct detail *d, const struct question *q);

/* One function's bytes. The first answer is that they are not known yet. */
void detail_function(FILE *out, struct detail *d, const struct question *q);

#endif
