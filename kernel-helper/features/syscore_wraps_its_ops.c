// SPDX-License-Identifier: GPL-2.0-only
/*
 * A struct syscore is registered, and its callbacks are given its data, since "syscore: Pass
 * context data to callbacks", which stable kernels took over.
 */
#include <linux/syscore_ops.h>

#if PCSC_ANSWER
void (*const enter)(struct syscore *) = register_syscore;
void (*const leave)(struct syscore *) = unregister_syscore;
void called(void *data);
const struct syscore_ops ops = { .shutdown = called };
struct syscore registered = { .ops = &ops };
#else
void (*const enter)(struct syscore_ops *) = register_syscore_ops;
void (*const leave)(struct syscore_ops *) = unregister_syscore_ops;
void called(void);
struct syscore_ops registered = { .shutdown = called };
#endif
