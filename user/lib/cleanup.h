/* SPDX-License-Identifier: GPL-2.0-only */
/* Ownership as syntax: what a variable owns goes with its scope. */
#ifndef PCSC_CLEANUP_H
#define PCSC_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f)))

static inline void pcsc_freep(void *p)
{
	free(*(void **)p);
}

static inline void pcsc_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void pcsc_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _cleanup_free_ _cleanup_(pcsc_freep)
#define _cleanup_close_ _cleanup_(pcsc_closep)
#define _cleanup_fclose_ _cleanup_(pcsc_fclosep)

/* Hand over what @p owns: the variable no longer does. */
#define TAKE_PTR(p)                      \
	({                               \
		__typeof__(p) __p = (p); \
		(p) = NULL;              \
		__p;                     \
	})

#define TAKE_FD(fd)             \
	({                      \
		int __f = (fd); \
		(fd) = -1;      \
		__f;            \
	})

#endif
