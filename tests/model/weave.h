/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All schedules of a few threads, by depth-first search. A thread is a
 * coroutine that stops before every step on a watched word; a schedule is the
 * order of these steps. What a thread will do follows from what it has seen, so
 * that two schedules which end in the same words and the same things seen have
 * one future, which is searched once.
 */
#ifndef PCSC_MODEL_WEAVE_H
#define PCSC_MODEL_WEAVE_H

#include "core/port.h"

#define WEAVE_THREADS 4
#define WEAVE_STEPS 512 /* more in one schedule: it does not end */
#define WEAVE_NOBODY WEAVE_THREADS

struct weave {
	/* All that changes, put back before each schedule. */
	void *world;
	u32 size;
	/* That part of it which tells states apart, besides watched words. */
	const void *ghost;
	u32 ghost_size;
	void (*bodies[WEAVE_THREADS])(void); /* NULL: no such thread */
	void (*at_rest)(void); /* all threads have ended */
	bool fine; /* stop at PCSC_YIELD() too */
	bool first_only; /* the first bad schedule will do */
};

struct weave_result {
	u64 states;
	double schedules;
	u64 bad;
};

/* Steps on this word can be seen by other threads. */
void weave_watch(const char *name, const void *word, u32 size);
/*
 * Of the words from @from to @end those that are not watched are swept only: a
 * load of @beside that follows one of theirs is seen by nobody.
 */
void weave_sweeps(const void *from, const void *end, const void *beside);
void weave_forget(void);

/* Called by threads. */
unsigned int weave_current(void);
void weave_step(const char *name); /* stop, before a step of one's own */
void weave_merge(void); /* the next step belongs to this one */
void weave_saw(unsigned long long value);
void weave_bad(const char *why);

/* The first bad schedule is printed. */
struct weave_result weave_explore(const struct weave *weave);

#endif
