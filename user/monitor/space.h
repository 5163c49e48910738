/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration spaces that somebody looks at: which ones the reader is to be
 * asked for, and what it said of them.
 */
#ifndef PCSC_MONITOR_SPACE_H
#define PCSC_MONITOR_SPACE_H

#include <stdbool.h>
#include <stdint.h>

#include "jsonw.h"
#include "sample.h"

struct spaces {
	struct {
		struct sample_address of;
		uint64_t looked_ms; /* 0: nobody ever did */
		uint64_t said_ms; /* 0: the reader has not said it yet */
		struct sample_space said;
	} slots[SAMPLE_SPACES];
};

/*
 * Somebody looks at @of. One that nobody has looked at for longest makes room. What was
 * said of it before is forgotten if nobody has looked at it since @since_ms. The number of
 * its slot.
 */
unsigned int spaces_look(struct spaces *s, const struct sample_address *of,
			 uint64_t now_ms, uint64_t since_ms);

/* Put those into @ask that somebody has looked at since @since_ms. */
void spaces_ask(const struct spaces *s, struct sample_ask *ask,
		uint64_t since_ms);

void spaces_take(struct spaces *s, const struct sample_space *said, __u32 nr,
		 uint64_t now_ms);

/* The helper is gone, and what it said holds no longer. */
void spaces_forget(struct spaces *s);

/* Members of an object, without a value of a register. */
void space_json(const struct spaces *s, unsigned int slot, struct pcsc_jsonw *w,
		uint64_t now_ms);

#endif
