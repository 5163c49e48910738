/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the helper told of one function's bytes, by register: runs of bytes next to
 * each other of which the same is known.
 */
#ifndef PCSC_RUNS_H
#define PCSC_RUNS_H

#include <stdbool.h>

#include "core/regs.h"
#include "core/walk.h"
#include "sample.h"

struct pcsc_run {
	u16 where, length;
	u8 known; /* PCSC_BYTE_* */
	const struct pcsc_reg *reg;
	const struct pcsc_cap *cap;
};

struct pcsc_runs {
	const struct sample_space *space;
	struct pcsc_layout layout; /* what the caps of runs point into */
	u16 next;
};

/* @space stays the caller's, and is needed until the last run was told. */
void pcsc_runs_begin(struct pcsc_runs *runs, const struct sample_space *space);

/* The next one, by offset. False: there is none. */
bool pcsc_runs_next(struct pcsc_runs *runs, struct pcsc_run *run);

/* The register's name; or "body" of what is described and no register; "undescribed". */
const char *pcsc_run_name(const struct pcsc_run *run);

/* What its bytes are to the helper, in one word. */
enum pcsc_run_state {
	PCSC_RUN_MEMORY,
	PCSC_RUN_MEMORY_EVIDENCE,
	PCSC_RUN_UNREAD,
	PCSC_RUN_UNREAD_EVIDENCE,
	PCSC_RUN_DEMOTED,
	PCSC_RUN_CONFIG,
	PCSC_RUN_VOLATILE,
	PCSC_RUN_VENDOR,
	PCSC_RUN_UNDESCRIBED,
	PCSC_RUN_STATES,
};

enum pcsc_run_state pcsc_run_state(const struct pcsc_run *run);
extern const char *const pcsc_run_words[PCSC_RUN_STATES];

#endif
