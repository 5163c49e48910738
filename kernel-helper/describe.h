/* SPDX-License-Identifier: GPL-2.0-only */
/* What is said of a function: its state, and its bytes. Under pcsc_mutex. */
#ifndef PCSC_DESCRIBE_H
#define PCSC_DESCRIBE_H

#include "core/caps.h"
#include "object.h"
#include "uapi/pcsc.h"

void pcsc_describe(const struct pcsc_function *f,
		   struct pcsc_function_state *state);

/* Too much for a stack. */
struct pcsc_known {
	u8 bytes[PCSC_CFG_SIZE_EXT];
	struct pcsc_capability caps[PCSC_MAX_GUARDS];
};

/*
 * What is known of the bytes of the function that @bytes names, and where its
 * capabilities are. 0, or -ENODEV.
 */
int pcsc_describe_bytes(struct pcsc_bytes *bytes, struct pcsc_known *known);

#endif
