/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One line of a description at a time. The first thing that is wrong is kept
 * in error, and all that follows is harmless: statements need not look.
 */
#ifndef PCSC_SIM_PARSE_H
#define PCSC_SIM_PARSE_H

#include "sim.h"

#define SIM_WORDS 32
#define SIM_WHERE_MAX (SIM_CONFIG - 1)

struct parser {
	unsigned int line;
	struct sim_model *model; /* the one being described */
	char *word[SIM_WORDS];
	bool used[SIM_WORDS];
	unsigned int nr;
	char *error; /* "" so far: nothing is wrong */
};

struct statement {
	const char *name;
	bool of_model;
	void (*parse)(struct parser *p);
};

extern const struct statement sim_statements[];

__printf(2, 3) void sim_wrong(struct parser *p, const char *format, ...);
const char *sim_key(struct parser *p, const char *name);
bool sim_flag(struct parser *p, const char *name);
u64 sim_number(struct parser *p, const char *what, const char *text, int base,
	       u64 max);
u64 sim_hex(struct parser *p, const char *name, u64 unless, u64 max);
u64 sim_dec(struct parser *p, const char *name, u64 unless, u64 max);
const char *sim_word(struct parser *p, unsigned int n, const char *what);

/* statements.c */
struct sim_model *sim_model_named(const char *name);
void sim_put(struct sim_model *model, unsigned int where, unsigned int len,
	     u64 value);
void sim_put_const(struct sim_model *model, unsigned int where,
		   unsigned int len, u64 value);
void sim_put_structure(struct sim_model *model, unsigned int where,
		       unsigned int len);
void sim_described(struct parser *p, enum sim_kind kind, unsigned int where,
		   unsigned int len, u64 value, u64 mask);

/* capability.c */
void sim_parse_cap(struct parser *p);
void sim_parse_ecap(struct parser *p);
void sim_parse_pm(struct parser *p);
void sim_parse_af(struct parser *p);
void sim_parse_pcie(struct parser *p);
void sim_parse_ari(struct parser *p);
void sim_parse_sriov(struct parser *p);

#endif
