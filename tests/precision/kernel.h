/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the simulator's files need of the kernel, in user space: each of the kernel's
 * headers that they include is this one. Time is the test's own.
 */
#ifndef PCSC_PRECISION_KERNEL_H
#define PCSC_PRECISION_KERNEL_H

#include <ctype.h>
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef unsigned long long u64; /* as the kernel's formats want it */
typedef long long s64;

#define U32_MAX UINT32_MAX
#define U64_MAX ((u64)UINT64_MAX)
#define NSEC_PER_MSEC 1000000ull
#define NSEC_PER_SEC 1000000000ull
#define MSEC_PER_SEC 1000u
#define SZ_2G 0x80000000u
#define BIT(n) (1u << (n))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __force
#define __printf(text, values) __attribute__((format(printf, text, values)))

#define min(a, b) ((a) < (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))

static inline u64 mul_u64_u64_div_u64(u64 a, u64 b, u64 divisor)
{
	return (unsigned __int128)a * b / divisor;
}

static inline bool is_power_of_2(u64 n)
{
	return n && !(n & (n - 1));
}

/* ---- PCI ---- */

#define PCI_CFG_SPACE_SIZE 256
#define PCI_D3hot 3
#define PCI_DEVFN(slot, function) (((slot)&0x1f) << 3 | ((function)&7))
#define PCI_SLOT(devfn) ((devfn) >> 3 & 0x1f)
#define PCI_FUNC(devfn) ((devfn)&7)
#define PCI_DEVID(bus, devfn) ((u16)(bus) << 8 | (devfn))

struct pci_bus;
struct pci_ops;
struct seq_file;

/* ---- locks: there is one thread ---- */

typedef struct {
	int unused;
} raw_spinlock_t;

struct mutex {
	int unused;
};

#define raw_spin_lock_irqsave(lock, flags) ((void)(lock), (flags) = 0)
#define raw_spin_unlock_irqrestore(lock, flags) ((void)(lock), (void)(flags))

/* ---- memory ---- */

#define GFP_KERNEL 0
#define __GFP_NOWARN 0
#define kzalloc(size, gfp) ((void)(gfp), calloc(1, size))
#define kvzalloc(size, gfp) kzalloc(size, gfp)
#define kvmalloc(size, gfp) ((void)(gfp), malloc(size))
#define kvcalloc(nr, size, gfp) ((void)(gfp), calloc(nr, size))
#define kfree(p) free(p)
#define kvfree(p) free(p)

/* ---- text ---- */

static inline int vscnprintf(char *out, size_t size, const char *format,
			     va_list args)
{
	int n = vsnprintf(out, size, format, args);

	return n < (int)size ? n : (int)size - 1;
}

static inline __printf(3, 4) int scnprintf(char *out, size_t size,
					   const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vscnprintf(out, size, format, args);
	va_end(args);
	return n;
}

#define strscpy(to, from, size) scnprintf(to, size, "%s", from)

static inline int kstrtou64(const char *text, int base, u64 *value)
{
	char *end;

	*value = strtoull(text, &end, base);
	return end == text || *end ? -EINVAL : 0;
}

static inline u64 memparse(const char *text, char **end)
{
	u64 value = strtoull(text, end, 0);
	static const char units[] = "kMG";
	const char *unit = **end ? strchr(units, **end) : NULL;

	if (unit)
		++*end;
	return unit ? value << 10 * (unit - units + 1) : value;
}

/* ---- lists ---- */

struct list_head {
	struct list_head *next, *prev;
};

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list->prev = list;
}

static inline void list_add_tail(struct list_head *node, struct list_head *list)
{
	node->next = list;
	node->prev = list->prev;
	node->prev->next = list->prev = node;
}

#define list_entry(node, type, member) \
	((type *)((char *)(node)-offsetof(type, member)))
#define list_for_each_entry(at, list, member)                        \
	for (at = list_entry((list)->next, __typeof__(*at), member); \
	     &at->member != (list);                                  \
	     at = list_entry(at->member.next, __typeof__(*at), member))
#define list_for_each_entry_safe(at, after, list, member)                 \
	for (at = list_entry((list)->next, __typeof__(*at), member),      \
	    after = list_entry(at->member.next, __typeof__(*at), member); \
	     &at->member != (list); at = after,                           \
	    after = list_entry(after->member.next, __typeof__(*at), member))

/* ---- chance and time ---- */

struct rnd_state {
	u64 state;
};

static inline void prandom_seed_state(struct rnd_state *random, u64 seed)
{
	random->state = seed * 0x9e3779b97f4a7c15ull | 1;
}

static inline u32 prandom_u32_state(struct rnd_state *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * 0x2545f4914f6cdd1dull >> 32;
}

/* A seed of 0 is none of this test's. */
static inline u32 get_random_u32(void)
{
	return 1;
}

/* world.c */
u64 ktime_get_mono_fast_ns(void);

#endif
