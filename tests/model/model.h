/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a line must do, one call at a time: written from the promises in
 * core/line.h and core/map.h, byte by byte. It shares the core's map and
 * nothing else: no packed words, no generations.
 */
#ifndef PCSC_MODEL_H
#define PCSC_MODEL_H

#include "core/line.h"

#define MODEL_BYTES (4 * PCSC_DWORDS)
#define MODEL_TICKETS 12
#define MODEL_GUARDS 64

struct model_ticket {
	const struct pcsc_map *map; /* NULL: nothing can be filled with it */
	u16 where;
	u8 size;
	bool fresh; /* nothing has come since that ends it */
};

struct model {
	const struct pcsc_map *map;
	u32 bypass;
	bool evidence_over;
	bool seen[MODEL_GUARDS];
	bool held[MODEL_BYTES];
	bool dead[MODEL_BYTES];
	u8 value[MODEL_BYTES];
	struct model_ticket tickets[MODEL_TICKETS];
};

/* Which answers a lookup may give, and with what value if it is a hit. */
struct model_answer {
	unsigned int allowed; /* bit n: enum pcsc_answer's n */
	u32 value;
	bool evidence; /* what the ticket says, if it is a miss */
};

/*
 * How many bytes a call may say it demoted. Two numbers, since a byte may be
 * over for two reasons, its own and all evidence's, and the core counts both.
 */
struct model_count {
	unsigned int least, most;
};

void model_init(struct model *m);
struct model_answer model_lookup(struct model *m, u16 where, u8 size,
				 unsigned int ticket);
int model_fill(struct model *m, unsigned int ticket, u32 value);
bool model_current(const struct model *m, unsigned int ticket);
struct model_count model_write(struct model *m, u16 where, u8 size, u32 value);
struct model_count model_demote(struct model *m, u16 where, u8 size);
unsigned int model_drop_evidence(struct model *m);
bool model_undescribed(const struct model *m, u16 where, u8 size);
bool model_opaque(const struct model *m, u16 where, u8 size);
bool model_denies_absence(const struct model *m, u16 where, u8 size);
void model_bypass(struct model *m, u32 set, u32 clear);
void model_lose(struct model *m, u32 set);
/* @held: the reasons of @clear for which others are open still. */
void model_end(struct model *m, u32 clear, u32 held, bool keep);
bool model_proved(struct model *m, unsigned int ticket);
void model_recheck(struct model *m);
void model_empty(struct model *m, bool reborn);
void model_assign(struct model *m, const struct pcsc_map *map);
void model_trust_layout(struct model *m);
unsigned int model_valid_bytes(const struct model *m);

#endif
