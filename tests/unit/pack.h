/* SPDX-License-Identifier: GPL-2.0-only */
/* Compiled profiles built by hand, for tests. */
#ifndef PCSC_TESTS_PACK_H
#define PCSC_TESTS_PACK_H

#include "core/profile.h"

#define PACK_MODELS 8
#define PACK_RULES 512

struct pack {
	struct pcsc_profile_model models[PACK_MODELS];
	struct pcsc_profile_rule rules[PACK_RULES];
	u32 nr_models;
	u32 nr_rules;
	u8 *file; /* pack_file(): exactly as long as it says */
	u32 size;
};

/* Empty it; @pack is all zero the first time. */
void pack_init(struct pack *pack);
void pack_free(struct pack *pack);
/* A model that matches @match of nothing yet: fill in the rest. */
struct pcsc_profile_model *pack_model(struct pack *pack, u32 match);
/* One more rule of the last model. */
struct pcsc_profile_rule *pack_rule(struct pack *pack, u8 space, u16 cap,
				    u16 offset, u16 length, u8 klass,
				    u16 flags);
/* Rules that call const whatever the table calls const. */
void pack_spec(struct pack *pack);
/* (Re)write pack->file. */
struct pcsc_profile_header *pack_file(struct pack *pack);

#endif
