// SPDX-License-Identifier: GPL-2.0-only
#include "synth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	uint16_t offset;
	uint32_t value;
} image[] = {
	{ 0x00, 0xffffffff }, /* a VF's */
	{ 0x04, 0x00100000 }, /* there is a list */
	{ 0x08, 0x02000001 },
	{ 0x2c, 0x00018086 },
	{ 0x34, 0x00000040 },
	{ 0x40, 0x00028010 }, /* version 2, endpoint; next 0x80 */
	{ 0x44, 0x10008fe1 },
	{ 0x4c, 0x0003f481 },
	{ 0x80, 0x00029011 }, /* next 0x90 */
	{ 0x84, 0x00000003 },
	{ 0x90, 0x00100009 }, /* 16 bytes, the last */
	{ 0x100, 0x15020001 }, /* next 0x150 */
	{ 0x150, 0x16010003 }, /* next 0x160 */
	{ 0x154, 0x12345678 },
	{ 0x160, 0x0001000b }, /* the last */
	{ 0x164, 0x02010abc }, /* 32 bytes */
	{ SYNTH_NONZERO, 0xcafe0001 },
};

struct pcsc_rec_register *synth_reg(struct synth *s, unsigned int fn,
				    unsigned int offset)
{
	return &s->rec.registers[fn * SYNTH_DWORDS + offset / 4];
}

void synth_value(struct synth *s, unsigned int offset, uint32_t value)
{
	for (unsigned int fn = 0; fn < s->nr; fn++) {
		struct pcsc_rec_register *reg = synth_reg(s, fn, offset);

		reg->first = value;
		reg->last = value;
	}
}

static void make_function(struct synth *s, unsigned int fn)
{
	s->rec.functions[fn] = (struct pcsc_rec_function){
		.bus = 1 + fn / 256,
		.devfn = fn % 256,
		.flags = PCSC_REC_FN_IDS | PCSC_REC_FN_VF,
		.vendor = 0x8086,
		.device = 0x154c,
		.subvendor = 0x8086,
		.subdevice = 1,
		.class_code = 0x020000,
		.revision = 1,
		.cfg_size = 4096,
		.resets = { [PCSC_REC_RESET_FLR] = 1 },
	};
	for (unsigned int i = 0; i < SYNTH_DWORDS; i++)
		*synth_reg(s, fn, 4 * i) = (struct pcsc_rec_register){
			.function = fn,
			.offset = 4 * i,
			.width = 4,
			.family = PCSC_REC_USER,
			.reads = 3,
			.survived = { [PCSC_REC_RESET_FLR] = 1 },
		};
	synth_reg(s, fn, 0)->all_ones = 3;
}

void synth_make(struct synth *s, unsigned int nr)
{
	memset(s, 0, sizeof(*s));
	s->nr = nr;
	s->rec.functions = calloc(nr, sizeof(*s->rec.functions));
	s->rec.registers =
		calloc((size_t)nr * SYNTH_DWORDS, sizeof(*s->rec.registers));
	if (!s->rec.functions || !s->rec.registers)
		abort();
	s->rec.header.nr_functions = nr;
	s->rec.header.nr_registers = nr * SYNTH_DWORDS;
	snprintf(s->rec.header.host, sizeof(s->rec.header.host), "synthetic");
	for (unsigned int fn = 0; fn < nr; fn++)
		make_function(s, fn);
	for (size_t i = 1; i < sizeof(image) / sizeof(image[0]); i++)
		synth_value(s, image[i].offset, image[i].value);
}

void synth_free(struct synth *s)
{
	free(s->rec.functions);
	free(s->rec.registers);
	memset(s, 0, sizeof(*s));
}
