/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To be included before the line's files: the same atomic steps as port.h's, and
 * before each of them another thread may go first. What a step saw is noted:
 * all that a thread knows follows from that.
 */
#ifndef PCSC_MODEL_YIELD_H
#define PCSC_MODEL_YIELD_H

void weave_before(const volatile void *word, char kind);
void weave_saw(unsigned long long value);
void weave_yield(void);

#define PCSC_YIELD() weave_yield()

#define weave_bits(v) ((unsigned long long)(__UINTPTR_TYPE__)(v))

#define pcsc_load(p)                                          \
	({                                                    \
		weave_before(p, 'r');                         \
		const __typeof__(*(p)) __v =                  \
			__atomic_load_n(p, __ATOMIC_SEQ_CST); \
		weave_saw(weave_bits(__v));                   \
		__v;                                          \
	})
#define pcsc_load_acquire(p) pcsc_load(p)
#define pcsc_store(p, v)                                  \
	do {                                              \
		weave_before(p, 'w');                     \
		__atomic_store_n(p, v, __ATOMIC_SEQ_CST); \
	} while (0)
#define pcsc_store_release(p, v) pcsc_store(p, v)
#define pcsc_cmpxchg(p, old, new)                                    \
	({                                                           \
		__typeof__(*(p)) __old = (old);                      \
		const __typeof__(*(p)) __new = (new);                \
		weave_before(p, 'x');                                \
		__atomic_compare_exchange_n(p, &__old, __new, false, \
					    __ATOMIC_SEQ_CST,        \
					    __ATOMIC_SEQ_CST);       \
		weave_saw(weave_bits(__old));                        \
		__old;                                               \
	})

#endif
