// SPDX-License-Identifier: GPL-2.0-only
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define DWORDS (WORLD_BYTES / 4)
/* A read takes so long on the hosts that this is for. */
#define READ_NS 29000

struct counted {
	struct pcsc_rec_register reg;
	uint32_t seen[PCSC_REC_RESETS]; /* resets when it was read last */
	uint32_t write_seq; /* of its dword, then */
	bool has_value;
};

static struct watched {
	uint32_t resets[PCSC_REC_RESETS];
	uint32_t write_seq[DWORDS];
	uint32_t
		index[7 *
		      DWORDS]; /* of a register, by width and offset; 0: none */
} * functions;

static unsigned int nr_functions;
static struct counted *counted;
static uint32_t nr_counted, room;

void recorder_begin(unsigned int nr)
{
	nr_functions = nr;
	functions = calloc(nr, sizeof(*functions));
	if (!functions)
		abort();
}

void recorder_end(void)
{
	free(functions);
	free(counted);
	functions = NULL;
	counted = NULL;
	nr_counted = room = 0;
}

/* Bytes first, then words, then dwords. */
static unsigned int place(unsigned int where, unsigned int size)
{
	switch (size) {
	case 1:
		return where;
	case 2:
		return 4 * DWORDS + where / 2;
	default:
		return 6 * DWORDS + where / 4;
	}
}

static void grow(void)
{
	if (nr_counted + 1 < room)
		return;
	room = room ? 2 * room : 65536;
	counted = reallocarray(counted, room, sizeof(*counted));
	if (!counted)
		abort();
}

static struct counted *register_of(unsigned int fn, unsigned int where,
				   unsigned int size)
{
	uint32_t *index = &functions[fn].index[place(where, size)];

	if (!*index) {
		grow();
		*index = ++nr_counted;
		counted[*index] = (struct counted){
			.reg = {
				.function = fn,
				.offset = where,
				.width = size,
				.family = PCSC_REC_USER,
			},
		};
	}
	return &counted[*index];
}

static void account_time(struct pcsc_rec_register *reg, bool write)
{
	reg->latency_sum_ns += READ_NS;
	reg->latency_max_ns = READ_NS;
	if (write) {
		reg->write_sum_ns += READ_NS;
		reg->write_max_ns = READ_NS;
	} else {
		reg->read_max_ns = READ_NS;
	}
}

static void compare_over_resets(struct counted *c, const struct watched *w,
				bool same)
{
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++) {
		if (c->seen[kind] != w->resets[kind] && same)
			c->reg.survived[kind]++;
		c->seen[kind] = w->resets[kind];
	}
}

static void account_value(struct counted *c, const struct watched *w,
			  uint32_t value)
{
	struct pcsc_rec_register *reg = &c->reg;
	uint32_t write_seq = w->write_seq[reg->offset / 4];

	if (!c->has_value) {
		reg->first = value;
		memcpy(c->seen, w->resets, sizeof(c->seen));
	} else {
		reg->changes += value != reg->last;
		reg->silent_changes +=
			value != reg->last && write_seq == c->write_seq;
		compare_over_resets(c, w, value == reg->last);
	}
	c->has_value = true;
	c->write_seq = write_seq;
	reg->last = value;
}

void recorder_read(unsigned int fn, unsigned int where, unsigned int size,
		   uint32_t value)
{
	struct counted *c = register_of(fn, where, size);

	account_time(&c->reg, false);
	c->reg.reads++;
	if (value == (size == 4 ? ~0u : (1u << 8 * size) - 1))
		c->reg.all_ones++;
	else
		account_value(c, &functions[fn], value);
}

static void account_written(struct pcsc_rec_register *reg, uint32_t value)
{
	for (uint32_t i = 0; i < reg->nr_written && i < PCSC_REC_WRITTEN; i++)
		if (reg->written[i] == value)
			return;
	if (reg->nr_written < PCSC_REC_WRITTEN)
		reg->written[reg->nr_written] = value;
	if (reg->nr_written <= PCSC_REC_WRITTEN)
		reg->nr_written++;
}

void recorder_wrote(unsigned int fn, unsigned int where, unsigned int size,
		    uint32_t value)
{
	struct counted *c = register_of(fn, where, size);

	account_time(&c->reg, true);
	c->reg.writes++;
	account_written(&c->reg, value);
	functions[fn].write_seq[where / 4]++;
}

void recorder_reset(unsigned int fn, enum pcsc_rec_reset kind)
{
	functions[fn].resets[kind]++;
}

/* ---- as a recording --------------------------------------------------------- */

static int compare(const void *pa, const void *pb)
{
	const struct pcsc_rec_register *a = pa, *b = pb;

	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset - b->offset;
	return a->width - b->width;
}

static void describe(unsigned int fn, struct pcsc_rec_function *out)
{
	const struct world_function f = world_function(fn);

	*out = (struct pcsc_rec_function){
		.bus = f.bus,
		.devfn = f.devfn,
		.flags = PCSC_REC_FN_IDS | (f.is_vf ? PCSC_REC_FN_VF : 0) |
			 (f.is_pf ? PCSC_REC_FN_PF : 0) |
			 (f.on_root_bus ? PCSC_REC_FN_ROOT_BUS : 0),
		.vendor = f.vendor,
		.device = f.device,
		.subvendor = f.subvendor,
		.subdevice = f.subdevice,
		.class_code = f.class_code,
		.revision = f.revision,
		.header_type = f.header_type,
		.cfg_size = f.size,
	};
	memcpy(out->resets, functions[fn].resets, sizeof(out->resets));
}

struct pcsc_rec *recorder_recording(uint64_t duration_ns)
{
	struct pcsc_rec *rec = calloc(1, sizeof(*rec));

	if (!rec)
		return NULL;
	rec->functions = calloc(nr_functions, sizeof(*rec->functions));
	rec->registers = calloc(nr_counted + 1, sizeof(*rec->registers));
	if (!rec->functions || !rec->registers) {
		pcsc_rec_free(rec);
		return NULL;
	}
	for (uint32_t i = 0; i < nr_counted; i++)
		rec->registers[i] = counted[i + 1].reg;
	qsort(rec->registers, nr_counted, sizeof(*rec->registers), compare);
	for (unsigned int fn = 0; fn < nr_functions; fn++)
		describe(fn, &rec->functions[fn]);
	rec->header.nr_functions = nr_functions;
	rec->header.nr_registers = nr_counted;
	rec->header.duration_ns = duration_ns;
	strcpy(rec->header.host, "simulated");
	return rec;
}
