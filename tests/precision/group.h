/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Functions that are alike: the same identity and layout. Told apart without a
 * recording, by what the functions are. And what is true of their bytes.
 */
#ifndef PCSC_PRECISION_GROUP_H
#define PCSC_PRECISION_GROUP_H

#include "core/profile.h"
#include "core/walk.h"
#include "world.h"

/* What holds for a byte of any of them. */
struct fact {
	uint16_t causes; /* truth.h: BY_* */
	uint16_t common; /* those that change it on each of them */
	uint8_t seen; /* SEEN_* */
	bool in_time;
	bool differs; /* from one to another */
	uint8_t is; /* of the first */
	unsigned int enough; /* functions that were read three times */
	unsigned int readers;
};

struct group {
	const char *model; /* of the description */
	struct pcsc_identity id;
	struct pcsc_layout layout;
	unsigned int functions;
	struct fact facts[WORLD_BYTES];
};

/* As the functions are now, which is when the recording ends. */
void groups_make(void);
void groups_end(void);
/* What has become known of the bytes. */
void groups_learn(void);

unsigned int groups_count(void);
struct group *group_at(unsigned int n);
/* The group of a function; NULL: not made yet. */
struct group *group_of(unsigned int fn);

#endif
