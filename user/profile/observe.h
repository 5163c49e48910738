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
	u64 example[PROFILE_REASONS]; /* domain << 16 | bus << 8 | devfn */
	u32 against[PROFILE_REASONS]; /* functions that contradict "const" */
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
	struct observed_byte
		*bytes; /* IMAGE_SIZE of them; NULL: only counted */
};

struct observed {
	struct observed_model *models; /* in no order */
	size_t nr;
};

/*
 * Fold @nr recordings into models. The same function (host and address) of
 * several recordings counts once. *tally is filled in, conflicts apart. Of more
 * than PCSC_PROFILE_MAX_MODELS models, those with fewest reads have no bytes.
 */
int observe(struct pcsc_rec *const *recs, size_t nr, struct observed *out,
	    struct profile_tally *tally);
void observed_free(struct observed *seen);

/* Add what is known about @from to @to: the same register, another instance. */
void observed_merge(struct observed_byte *to, const struct observed_byte *from);

#endif
