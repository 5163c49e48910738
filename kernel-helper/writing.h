/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes that are under way. One that began before its function had a map, or was known at
 * all, is not followed, though it may still reach hardware; so who reads what writes change
 * asks whether there was one.
 */
#ifndef PCSC_WRITING_H
#define PCSC_WRITING_H

#include <linux/atomic.h>

#include "object.h"

/* Writes through the buses whose function has not been looked up. */
extern atomic_t pcsc_strays;

/* A number for pcsc_writes_none(), or a negative one if a write is under way. */
static inline s64 pcsc_writes_now(const struct pcsc_function *f)
{
	s64 begun;

	/* The function is known now to writes that begin, see find_to_write(). */
	smp_mb();
	begun = atomic64_read(&f->writes);
	/*
	 * A write is counted in @writing before it is counted in @writes, so @writing is
	 * read after @writes.
	 */
	smp_rmb();
	if (atomic_read(&f->writing) || atomic_read(&pcsc_strays))
		return -1;
	return begun;
}

/* No write was under way then, and none has begun since. */
static inline bool pcsc_writes_none(const struct pcsc_function *f, s64 then)
{
	/* A write that begins from here on finds the map that was given before. */
	smp_mb();
	return then >= 0 && atomic64_read(&f->writes) == then;
}

/*
 * The same of a write that is under way itself, and was counted in @writes: no other one was
 * under way then, and none has begun since?
 */
static inline s64 pcsc_writes_other(const struct pcsc_function *f)
{
	const s64 begun = atomic64_read(&f->writes);

	smp_rmb(); /* as in pcsc_writes_now() */
	return atomic_read(&f->writing) == 1 ? begun : -1;
}

/* To be called before the write is counted in @writes. */
static inline void pcsc_write_begins(struct pcsc_function *f)
{
	atomic_inc(&f->writing);
	/* Pairs with pcsc_writes_now(), which reads the two the other way round. */
	smp_mb__after_atomic();
}

static inline void pcsc_write_ends(struct pcsc_function *f)
{
	/* What the write has meant is done before it counts as over. */
	smp_mb__before_atomic();
	atomic_dec(&f->writing);
}

#endif
