// SPDX-License-Identifier: GPL-2.0-only
#include "feed_space.h"

#include "array.h"
#include "core/caps.h"
#include "core/regs.h"
#include "core/walk.h"

static const struct pcsc_capability caps[] = {
	{ .id = PCSC_CAP_EXP, .offset = 0x40, .length = 0x3c },
	{ .id = PCSC_CAP_MSIX, .offset = 0x80, .length = 0xc },
	{ .id = PCSC_CAP_VNDR, .offset = 0xa0, .length = 0x18 },
	{ .id = PCSC_ECAP_AER, .offset = 0x100, .length = 0x48, .extended = 1 },
	{ .id = PCSC_ECAP_ARI, .offset = 0x148, .length = 8, .extended = 1 },
	{ .id = PCSC_ECAP_VNDR,
	  .offset = 0x150,
	  .length = 0x40,
	  .extended = 1 },
};

static void make_layout(struct pcsc_layout *layout)
{
	*layout = (struct pcsc_layout){ .cfg_size = 4096,
					.pcie_type = 0,
					.nr_caps = ARRAY_SIZE(caps) };
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		layout->caps[i] = (struct pcsc_cap){
			.id = caps[i].id,
			.offset = caps[i].offset,
			.length = caps[i].length,
			.ext = caps[i].extended,
			.version = 2,
		};
}

/* Evidence speaks for what is behind 0x200, and is not read yet behind 0xe00. */
static __u8 undescribed(unsigned int where)
{
	if (where < 0x200 || where >= 0xf00)
		return 0;
	return PCSC_BYTE_CONST | PCSC_BYTE_EVIDENCE | PCSC_BYTE_SHARED |
	       (where < 0xe00 ? PCSC_BYTE_CACHED : PCSC_BYTE_UNPROVED);
}

static __u8 byte_at(const struct pcsc_layout *layout, unsigned int where)
{
	const struct pcsc_cap *cap;
	const struct pcsc_reg *reg = pcsc_layout_reg(layout, where, &cap);

	if (pcsc_layout_undescribed(layout, where))
		return undescribed(where);
	if (!reg || reg->flags & PCSC_OPAQUE)
		return PCSC_BYTE_DESCRIBED | PCSC_BYTE_OPAQUE;
	if (!pcsc_reg_is_const(reg, true))
		return PCSC_BYTE_DESCRIBED;
	if (where == 0x3d)
		return PCSC_BYTE_DESCRIBED | PCSC_BYTE_CONST |
		       PCSC_BYTE_DEMOTED;
	return PCSC_BYTE_DESCRIBED | PCSC_BYTE_CONST |
	       (where < 0x100 ? PCSC_BYTE_CACHED : PCSC_BYTE_UNPROVED);
}

void feed_space(struct sample_space *s, const struct sample_address *of)
{
	struct pcsc_layout layout;

	make_layout(&layout);
	*s = (struct sample_space){
		.of = *of,
		.bytes = { .size = sizeof(s->bytes),
			   .domain = of->domain,
			   .bus = of->bus,
			   .devfn = of->devfn,
			   .count = layout.cfg_size,
			   .emptied_s = 754,
			   .verified_s = 12,
			   .nr_caps = layout.nr_caps },
	};
	for (size_t i = 0; i < ARRAY_SIZE(caps); i++)
		s->caps[i] = caps[i];
	for (unsigned int i = 0; i < layout.cfg_size; i++)
		s->byte[i] = byte_at(&layout, i);
}
