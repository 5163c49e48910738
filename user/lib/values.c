// SPDX-License-Identifier: GPL-2.0-only
#include "values.h"

#include "core/caps.h"

void pcsc_values_add(struct pcsc_values *values,
		     const struct pcsc_rec_register *reg)
{
	for (unsigned int n = 0; n < reg->width; n++) {
		const unsigned int at = reg->offset + n;

		if (at >= PCSC_VALUES_BYTES)
			break;
		if (reg->all_ones)
			values->flags[at] |= PCSC_VALUES_ONES;
		if (reg->reads <= reg->all_ones)
			continue;
		values->value[at] = reg->last >> 8 * n;
		values->flags[at] |= PCSC_VALUES_KNOWN;
	}
}

/* Bit n: the walk cannot do without byte n of this dword. */
static u8 needed_bytes(u16 offset)
{
	if (offset >= PCSC_ECAP_BASE)
		return 0xf;
	if (offset >= PCSC_CAP_BASE)
		return 0x3; /* ID and next; pcsc_values_walk() asks for more */
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
	struct pcsc_values *values = ctx;
	u8 known = 0;

	if (offset > PCSC_VALUES_BYTES - 4)
		return -1;
	*value = 0;
	for (unsigned int n = 0; n < 4; n++) {
		const u8 flags = values->flags[offset + n];

		if (flags & PCSC_VALUES_KNOWN)
			*value |= (u32)values->value[offset + n] << 8 * n;
		else if (flags & PCSC_VALUES_ONES)
			*value |= 0xffu << 8 * n;
		else
			continue;
		known |= 1u << n;
	}
	if (!known || (known & needed_bytes(offset)) != needed_bytes(offset))
		return -1;
	if (known != 0xf)
		values->guessed[offset / 256] |= 1ull << (offset / 4 % 64);
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

enum pcsc_walk_status pcsc_values_walk(struct pcsc_values *values, u16 cfg_size,
				       struct pcsc_layout *layout)
{
	pcsc_walk(read_dword, values, cfg_size, layout);
	for (unsigned int i = 0;
	     layout->status == PCSC_WALK_OK && i < layout->nr_caps; i++) {
		const struct pcsc_cap *cap = &layout->caps[i];
		u64 guessed = values->guessed[cap->offset / 256] &
			      1ull << (cap->offset / 4 % 64);

		if (cap->ext || !guessed || !needs_upper_word(cap))
			continue;
		layout->status = PCSC_WALK_READ;
		layout->where = cap->offset;
	}
	return layout->status;
}
