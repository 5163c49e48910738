// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of vmalloc() and blobs with a size are kept by kexec handover as soon as they
 * are named. Before 7.3 blobs had none, and before 6.19 a notifier named them; before
 * 6.16 there was no handover.
 */
#include <linux/types.h>

#if PCSC_ANSWER
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>

int (*const keep)(void *memory,
		  struct kho_vmalloc *kept) = kho_preserve_vmalloc;
int (*const add)(const char *name, void *blob, size_t size) = kho_add_subtree;
#elif __has_include(<linux/kexec_handover.h>)
#include <linux/kexec_handover.h>

struct kho_serialization;
_Static_assert(
	__builtin_types_compatible_p(typeof(&kho_add_subtree),
				     int (*)(const char *, void *)) ||
		__builtin_types_compatible_p(typeof(&kho_add_subtree),
					     int (*)(struct kho_serialization *,
						     const char *, void *)),
	"a form of before 7.3");
#endif
