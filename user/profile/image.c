// SPDX-License-Identifier: GPL-2.0-only
#include "image.h"

#include <string.h>

void image_init(struct image *image)
{
	memset(image, 0, sizeof(*image));
}

static u64 max64(u64 a, u64 b)
{
	return a > b ? a : b;
}

static void add_value(struct image_byte *b, u8 first, u8 last)
{
	if (first != last || (b->flags & IMAGE_KNOWN && b->value != last))
		b->flags |= IMAGE_DIFFERS;
	if (first || last)
		b->flags |= IMAGE_NONZERO;
	b->value = last;
	b->flags |= IMAGE_KNOWN;
}

static void add_byte(struct image_byte *b, const struct pcsc_rec_register *reg,
		     unsigned int n)
{
	b->reads += reg->reads;
	b->writes += reg->writes;
	b->changes += reg->changes;
	b->silent_changes += reg->silent_changes;
	/* Two widths see the same reset: not to be counted twice. */
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		b->survived[kind] =
			max64(b->survived[kind], reg->survived[kind]);
	if (reg->all_ones)
		b->flags |= IMAGE_ONES;
	if (reg->reads > reg->all_ones)
		add_value(b, reg->first >> 8 * n, reg->last >> 8 * n);
}

void image_add(struct image *image, const struct pcsc_rec_register *reg)
{
	for (unsigned int n = 0; n < reg->width; n++)
		if (reg->offset + n < IMAGE_SIZE)
			add_byte(&image->bytes[reg->offset + n], reg, n);
}

enum pcsc_walk_status image_walk(const struct image *image, u16 cfg_size,
				 struct pcsc_layout *layout)
{
	struct pcsc_values values = {};

	for (unsigned int at = 0; at < IMAGE_SIZE; at++) {
		const struct image_byte *b = &image->bytes[at];

		values.value[at] = b->value;
		if (b->flags & IMAGE_KNOWN)
			values.flags[at] |= PCSC_VALUES_KNOWN;
		if (b->flags & IMAGE_ONES)
			values.flags[at] |= PCSC_VALUES_ONES;
	}
	return pcsc_values_walk(&values, cfg_size, layout);
}

/* May this byte change without anybody being wrong? */
static bool may_change(const struct pcsc_layout *layout, bool is_vf, u16 offset)
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg = pcsc_layout_reg(layout, offset, &cap);

	if (reg)
		return !pcsc_reg_is_const(reg, is_vf) && reg->attr != PCSC_RSVD;
	return !pcsc_layout_undescribed(layout, offset);
}

static bool explained(const struct pcsc_layout *layout, bool is_vf,
		      const struct pcsc_rec_register *reg)
{
	for (unsigned int n = 0; n < reg->width; n++)
		if (reg->offset + n < layout->cfg_size &&
		    may_change(layout, is_vf, reg->offset + n))
			return true;
	return false;
}

void image_blame(struct image *image, const struct pcsc_layout *layout,
		 bool is_vf, const struct pcsc_rec_register *reg)
{
	u32 seen = reg->first ^ reg->last;
	bool excuse;

	if (!reg->changes)
		return;
	excuse = explained(layout, is_vf, reg);
	for (unsigned int n = 0; n < reg->width; n++)
		if (reg->offset + n < IMAGE_SIZE &&
		    (!excuse || (seen >> 8 * n & 0xff)))
			image->bytes[reg->offset + n].flags |= IMAGE_CHANGED;
}
