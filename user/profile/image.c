// SPDX-License-Identifier: GPL-2.0-only
#include "image.h"

#include <string.h>

#include "core/caps.h"

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

/* Bit n: the walk cannot do without byte n of this dword. */
static u8 needed_bytes(u16 offset)
{
	if (offset >= PCSC_ECAP_BASE)
		return 0xf;
	if (offset >= PCSC_CAP_BASE)
		return 0x3; /* ID and next; image_walk() asks for more */
	switch (offset) {
	case 0x04:
		return 0xc; /* Status: is there a list? */
	case 0x0c:
		return 0x4; /* header type */
	case 0x34:
		return 0x1; /* where the list starts */
	default:
		return 0;
	}
}

static int read_dword(void *ctx, u16 offset, u32 *value)
{
	struct image *image = ctx;
	u8 known = 0;

	if (offset > IMAGE_SIZE - 4)
		return -1;
	*value = 0;
	for (unsigned int n = 0; n < 4; n++) {
		const struct image_byte *b = &image->bytes[offset + n];

		if (b->flags & IMAGE_KNOWN)
			*value |= (u32)b->value << 8 * n;
		else if (b->flags & IMAGE_ONES)
			*value |= 0xffu << 8 * n;
		else
			continue;
		known |= 1u << n;
	}
	if (!known || (known & needed_bytes(offset)) != needed_bytes(offset))
		return -1;
	if (known != 0xf)
		image->guessed[offset / 256] |= 1ull << (offset / 4 % 64);
	return 0;
}

/* Conventional capabilities whose first dword says more than ID and next. */
static bool needs_upper_word(const struct pcsc_cap *cap)
{
	switch (cap->id) {
	case PCSC_CAP_MSI: /* 64-bit and per-vector masking: its length */
	case PCSC_CAP_VNDR: /* its length */
	case PCSC_CAP_EXP: /* version and device/port type */
	case PCSC_CAP_EA: /* number of entries */
		return true;
	default:
		return false;
	}
}

enum pcsc_walk_status image_walk(struct image *image, u16 cfg_size,
				 struct pcsc_layout *layout)
{
	pcsc_walk(read_dword, image, cfg_size, layout);
	for (unsigned int i = 0;
	     layout->status == PCSC_WALK_OK && i < layout->nr_caps; i++) {
		const struct pcsc_cap *cap = &layout->caps[i];
		u64 guessed = image->guessed[cap->offset / 256] &
			      1ull << (cap->offset / 4 % 64);

		if (cap->ext || !guessed || !needs_upper_word(cap))
			continue;
		layout->status = PCSC_WALK_READ;
		layout->where = cap->offset;
	}
	return layout->status;
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
