/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the core needs from the place it is compiled in: fixed-width types and
 * a few atomic operations. The core itself knows neither kernel nor libc.
 */
#ifndef PCSC_CORE_PORT_H
#define PCSC_CORE_PORT_H

#ifdef __KERNEL__

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/jiffies.h>
#include <linux/types.h>

#define pcsc_load(p) READ_ONCE(*(p))
#define pcsc_load_acquire(p) smp_load_acquire(p)
#define pcsc_store(p, v) WRITE_ONCE(*(p), v)
#define pcsc_store_release(p, v) smp_store_release(p, v)
#define pcsc_cmpxchg(p, old, new) cmpxchg(p, old, new)
/*
 * A clock that people are told, and that decides nothing. It is read for each function that
 * an event empties, so it is not divided. 32 bits of it last eight years with HZ=1000.
 */
#define PCSC_NOW_JIFFIES 64
#define pcsc_now() ((u32)(jiffies / PCSC_NOW_JIFFIES))

#else

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define pcsc_now() 0

/* The interleaving search in tests brings its own. */
#ifndef pcsc_load
#define pcsc_load(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define pcsc_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define pcsc_store(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#define pcsc_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#define pcsc_cmpxchg(p, old, new)                                  \
	({                                                         \
		__typeof__(*(p)) __old = (old);                    \
		__atomic_compare_exchange_n(p, &__old, new, false, \
					    __ATOMIC_SEQ_CST,      \
					    __ATOMIC_SEQ_CST);     \
		__old;                                             \
	})
#endif

#endif

/* Bytes; every 64-bit processor that runs Linux on such hosts has this much. */
#define PCSC_CACHE_LINE 64

/* Errors the core returns, as negative numbers; the callers' errno values. */
#define PCSC_EINVAL 22

/*
 * Yield points for the interleaving search in tests: nothing otherwise.
 */
#ifndef PCSC_YIELD
#define PCSC_YIELD() \
	do {         \
	} while (0)
#endif

#endif
