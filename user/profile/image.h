/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording says about every byte of one function: the value last seen
 * and how it behaved, whatever the widths it was accessed with.
 */
#ifndef PCSC_IMAGE_H
#define PCSC_IMAGE_H

#include "core/regs.h"
#include "core/walk.h"
#include "recording.h"
#include "values.h"

#define IMAGE_SIZE PCSC_VALUES_BYTES

/* image_byte.flags */
#define IMAGE_KNOWN (1u << 0) /* value was read, and not as all-ones */
#define IMAGE_ONES (1u << 1) /* some reads of it were all-ones */
#define IMAGE_DIFFERS (1u << 2) /* accesses disagree about the value */
#define IMAGE_NONZERO (1u << 3) /* some value was not zero */
#define IMAGE_CHANGED (1u << 4) /* image_blame(): nothing else explains it */

struct image_byte {
	u64 reads; /* of any width, all-ones included */
	u64 writes;
	u64 changes; /* of accesses it was part of */
	u64 silent_changes;
	u64 survived[PCSC_REC_RESETS];
	u8 value;
	u8 flags; /* IMAGE_* */
};

struct image {
	struct image_byte bytes[IMAGE_SIZE];
};

void image_init(struct image *image);

/* Add one register's observations. Bytes past the space's end are left out. */
void image_add(struct image *image, const struct pcsc_rec_register *reg);

/* Find the layout from the bytes seen, as pcsc_values_walk() does. */
enum pcsc_walk_status image_walk(const struct image *image, u16 cfg_size,
				 struct pcsc_layout *layout);

/*
 * One more pass over the registers, now that the layout says what they are: a
 * register that changed while its first and last values agree in this byte
 * leaves open which byte changed. A neighbour that may change explains it; if
 * there is none, every byte is to blame.
 */
void image_blame(struct image *image, const struct pcsc_layout *layout,
		 bool is_vf, const struct pcsc_rec_register *reg);

#endif
