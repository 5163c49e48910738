/* SPDX-License-Identifier: GPL-2.0-only */
/* What the reader said last, and of it JSON. space.h has what it says of bytes. */
#ifndef PCSC_MONITOR_SAID_H
#define PCSC_MONITOR_SAID_H

#include <stdint.h>
#include <stdio.h>

#include "monitor/ring.h"
#include "sample.h"

struct said {
	void *text; /* the sample that has functions; NULL: none came yet */
	uint64_t at_ms; /* of a clock that does not jump */
	uint64_t since_ms; /* somebody looks; what is older may be of any age */
	int err; /* of the newest sample */
	struct ring ring;
};

/*
 * Take a whole sample, as the reader sends it: @text is owned by @said then. Its
 * events go into the ring.
 */
void said_take(struct said *said, void *text);
void said_free(struct said *said);

/* The spaces of a sample, head->nr_spaces of them. */
const struct sample_space *said_spaces(const struct sample_head *head);

/* An object that says whether there is a helper, which is returned. */
bool said_begin(struct pcsc_jsonw *w, const struct said *said);

void said_functions(FILE *out, const struct said *said);
void said_events(FILE *out, const struct said *said, uint64_t after);
void said_handover(FILE *out, const struct said *said);

#endif
