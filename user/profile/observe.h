/* SPDX-License-Identifier: GPL-2.0-only */
/* What recordings say about every byte of every model. */
#ifndef PCSC_OBSERVE_H
#define PCSC_OBSERVE_H

#include "image.h"
#include "profile.h"

struct observed_byte {
	u64 reads;
	u64 writes;
	u64 changes;
	u64 silent_changes;
	u64 survived[PCSC_REC_RESETS];
	u64 values[4]; /* bit n: value n was seen */
	u64 least_reads; /* of functions that read it */
	u64 least_enough; /* of functions that read it often enough */
	u64 example[PROFILE_SEEN]; /* domain << 16 | bus << 8 | devfn */
	u32 against[PROFILE_SEEN]; /* functions that contradict "const" */
	u32 readers; /* functions that read it and know its value */
	u32 enough; /* functions that read it PROFILE_MIN_READS times */
	u32 ones; /* functions where it read as all-ones */
	u32 moved; /* functions where a read of it changed, explained or not */
	bool nonzero;
};

struct observed_model {
	struct pcsc_profile_model id;
	struct pcsc_layout layout; /* its first function's */
	u64 functions;
	u64 reads;
	u64 hosts;
	const char *last_host;
	bool root_bus; /* some function sits on a root bus */
	bool taken; /* its bytes are here, or were */
	struct observed_byte *bytes; /* IMAGE_SIZE of them, or NULL */
};

/*
 * Models that have bytes at one time, of 672 KiB each. The functions of all others are
 * looked at once more when it is their turn.
 */
#define OBSERVED_AT_ONCE 64

struct look;
struct sighting;

struct observed {
	struct observed_model *models; /* as they were met */
	size_t nr;
	/*
	 * The same by falling reads. Those behind the first PCSC_PROFILE_MAX_MODELS are
	 * only counted, since no profile has room for them.
	 */
	struct observed_model **busiest;
	/* What observe_next() needs. */
	struct sighting *sightings;
	size_t nr_sightings;
	struct look *look;
	struct observed_model *here[OBSERVED_AT_ONCE];
	size_t nr_here, next_here, next;
};

/*
 * Fold @nr recordings into models. The same function (host and address) of several
 * recordings counts once. *tally is filled in, conflicts apart. @recs have to last as
 * long as *out.
 */
int observe(struct pcsc_rec *const *recs, size_t nr, struct observed *out,
	    struct profile_tally *tally);
void observed_free(struct observed *seen);

/*
 * The next model for which a profile has room, with its bytes, which go with the next
 * call; each once, in no order. *out is NULL behind the last. 0 or a negative errno.
 */
int observe_next(struct observed *seen, struct observed_model **out);

/* Add what is known about @from to @to: the same register, another instance. */
void observed_merge(struct observed_byte *to, const struct observed_byte *from);

#endif
