/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is true of each byte of each function: which causes change it, ever, and
 * whether one did while it was recorded. And how the accesses went that the
 * recording is of, by byte and without the recording's own way to count.
 */
#ifndef PCSC_PRECISION_TRUTH_H
#define PCSC_PRECISION_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

/* truth_byte.causes */
#define BY_TIME (1u << 0)
#define BY_READ (1u << 1)
#define BY_WRITE (1u << 2) /* to its dword */
#define BY_OTHER_WRITE (1u << 3)
#define BY_RAW_WRITE (1u << 4) /* to another dword that nobody describes */
#define BY_EVENT(event) (1u << (5 + (event))) /* enum world_event */

/* truth_byte.seen */
#define SEEN_CHANGED (1u << 0) /* by two reads of it */
#define SEEN_ONES (1u << 1) /* in an access that had nothing but ones */
#define SEEN_WRITTEN (1u << 2)
#define SEEN_SURVIVING (1u << 3) /* a reset */
#define SEEN_BY_DWORDS (1u << 4) /* accesses of it, by their width */
#define SEEN_BY_WORDS (1u << 5)

struct truth_byte {
	uint16_t causes; /* BY_* */
	uint8_t is; /* its value now */
	uint8_t last; /* that was read, not as all-ones */
	uint8_t seen; /* SEEN_* */
	uint8_t reads; /* 255: or more */
	uint8_t in_time : 1; /* a change came while it was recorded */
	uint8_t has_last : 1;
	uint8_t was_reset : 1; /* since that */
};

void truth_begin(void);
void truth_end(void);

/* All bytes of a function: */
const struct truth_byte *truth_of(unsigned int fn);

/* What has changed since the last look: it was @cause. */
void truth_look(unsigned int fn, unsigned int cause);
/* A write to this dword, of which nobody knows yet what it changes. */
void truth_look_after_write(unsigned int fn, unsigned int dword);

/* From here on nothing is recorded any more. */
void truth_recording_ends(void);

void truth_read(unsigned int fn, unsigned int where, unsigned int size,
		uint32_t value);
void truth_wrote(unsigned int fn, unsigned int where, unsigned int size);
void truth_reset(unsigned int fn);

/*
 * Everything that can happen, to everybody, after the recording: hours, reads, resets,
 * and last, since what they change resets may change back, writes. The functions are not to be used any more.
 */
void truth_find_out(void);

#endif
