/* SPDX-License-Identifier: GPL-2.0-only */
/* Modes of models and of single functions. Under pcsc_mutex. */
#ifndef PCSC_LIMIT_H
#define PCSC_LIMIT_H

#include <linux/types.h>

#include "core/handover.h"
#include "object.h"
#include "uapi/pcsc.h"

int pcsc_limit_set(const struct pcsc_mode *what, const char **reason);
void pcsc_limit_apply(struct pcsc_function *f);
void pcsc_limits_apply(void);
u32 pcsc_limits(void);
void pcsc_limits_hand(struct pcsc_handover_restrictions *to);
void pcsc_limits_take(const struct pcsc_handover_restrictions *from);

#endif
