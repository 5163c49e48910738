/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording shows of the values in one function's configuration space. */
#ifndef PCSC_VALUES_H
#define PCSC_VALUES_H

#include "core/walk.h"
#include "recording.h"

#define PCSC_VALUES_BYTES 4096

/* pcsc_values.flags */
#define PCSC_VALUES_KNOWN (1u << 0) /* read, and not as all-ones */
#define PCSC_VALUES_ONES (1u << 1) /* some reads of it were all-ones */

struct pcsc_values {
	u8 value[PCSC_VALUES_BYTES]; /* last read */
	u8 flags[PCSC_VALUES_BYTES]; /* PCSC_VALUES_* */
	/* Dwords that pcsc_values_walk() read with bytes that nobody knows. */
	u64 guessed[PCSC_VALUES_BYTES / 4 / 64];
};

/* Add one register's last value. Bytes past the space's end are left out. */
void pcsc_values_add(struct pcsc_values *values,
		     const struct pcsc_rec_register *reg);

/*
 * Find the layout from the bytes seen. A recording often holds a conventional
 * capability's header as a 2-byte read only: a dword may have unknown bytes,
 * taken as zero, where the walk does not need them. Where it does need them,
 * the layout's status is PCSC_WALK_READ.
 */
enum pcsc_walk_status pcsc_values_walk(struct pcsc_values *values, u16 cfg_size,
				       struct pcsc_layout *layout);

#endif
