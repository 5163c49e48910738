/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of survival share: the event that is tried, whom it reaches, and
 * what has been counted. As in view.h, functions that return int return 0, or -1
 * after a sentence.
 */
#ifndef PCSC_SURVIVAL_H
#define PCSC_SURVIVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "view.h"

/* What becomes of what is held. */
enum fate { NOBODY, KEPT, EMPTIED, MIXED };

/* Whom an event reaches, as seen from the function it happens to. */
enum role { ITSELF, ITS_VFS, BELOW, PORT, ROLES, STRANGER = ROLES };

struct survival_event {
	const char *name;
	const char *of[4]; /* what it happens to */
	const char *also[4]; /* in the long form */
	enum fate itself, others;
	bool whole_device; /* all functions of it */
	bool everybody;
	bool restores; /* the kernel writes what it saved, which ends what is constant */
	/* One of them gives what is emptied other values, unless all is kept. */
	int (*begin)(struct view_function *f);
	int (*end)(struct view_function *f); /* NULL: it has none */
};

extern const struct survival_event survival_events[];
extern const unsigned int survival_nr_events;

struct survival {
	const struct survival_event *event; /* that is tried */
	struct view_function *at; /* that it happens to */
	unsigned int random; /* of rand_r() */
	bool full_form; /* every event at every function that it can happen to */
	/* In truth: before the event, before it is read after it, and then. */
	uint8_t before[VIEW_FUNCTIONS][VIEW_CONFIG];
	uint8_t now[VIEW_FUNCTIONS][VIEW_CONFIG];
	uint8_t then[VIEW_FUNCTIONS][VIEW_CONFIG];
	unsigned long events, registers, reads, hits;
	unsigned long old, wrong; /* values that were read */
	unsigned long lost; /* functions that were emptied though not reached */
};

extern struct survival survival;

enum role survival_role_of(const struct view_function *f);
/* Is @f not reached itself, and may be emptied all the same? */
bool survival_may_empty(const struct view_function *f);
enum fate survival_fate_of(const struct view_function *f);

/* What all functions really are. */
int survival_truths(uint8_t to[][VIEW_CONFIG]);

/* Read at every width, by both readers, in any order; count and tell what is old. */
int survival_read(void);

#endif
