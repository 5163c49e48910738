/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a byte may be answered from memory, or may not: what a profile, the register
 * table and the helper's own evaluation say of it, run by run.
 */
#ifndef PCSC_PROFILE_EXPLAIN_H
#define PCSC_PROFILE_EXPLAIN_H

#include "core/map.h"
#include "host.h"
#include "live.h"
#include "profile.h"

/* The first that holds. */
enum explain_why {
	EXPLAIN_CONST, /* it may be answered */
	EXPLAIN_LAYOUT, /* the capability lists cannot be followed */
	EXPLAIN_VENDOR, /* a body whose meaning is its vendor's */
	EXPLAIN_FLOOR, /* volatile whatever a profile says */
	EXPLAIN_ADDRESS, /* restored by comparing */
	EXPLAIN_PRESENCE, /* tells whether the device is there */
	EXPLAIN_VOLATILE, /* the register table's word */
	EXPLAIN_CONFIG, /* software sets it */
	EXPLAIN_NO_MODEL, /* no model of the profile is for this function */
	EXPLAIN_DISTRUSTED, /* the profile's own word */
	EXPLAIN_CONFLICT, /* what was seen contradicts the register table */
	EXPLAIN_NO_ROOM, /* a line has no slot left */
	EXPLAIN_UNREAD, /* const by the table, but nobody read it */
	EXPLAIN_MUTE, /* evidence may not speak for functions of this kind */
	EXPLAIN_CHANGED, /* nothing describes it, and it changed */
	EXPLAIN_WRITTEN, /* undescribed bytes of this model were written */
	EXPLAIN_THIN, /* too little evidence */
	EXPLAIN_WHYS,
};

/* The word of JSON, and the sentence, which goes on with what is volatile. */
struct explain_words {
	const char *word;
	const char *sentence;
};
extern const struct explain_words explain_words[EXPLAIN_WHYS];

/* Bytes next to each other with the same answer. */
struct explained {
	u16 where, length; /* bytes */
	const struct pcsc_reg *reg; /* NULL: the table has none */
	const struct pcsc_cap *cap; /* NULL: in no capability */
	const struct profile_rule *rule; /* of the profile, or NULL */
	const struct profile_conflict *conflict; /* or NULL */
	u8 why; /* enum explain_why */
	u8 live; /* PCSC_BYTE_*; 0 without a helper */
};

/* What is explained: a function, or a model as the profile describes it. */
struct explain {
	struct profile *profile;
	const struct profile_model *model; /* NULL: none is for it */
	struct pcsc_identity identity;
	struct pcsc_layout layout;
	struct pcsc_map map; /* as the helper would make it */
	struct live live;
	struct explained *runs;
	size_t nr_runs;
};

/*
 * Evaluate e->profile for e->identity and e->layout, and divide all bytes, or
 * those @wanted, into runs. 0 or a negative errno, said.
 */
int explain_make(struct explain *e, const bool *wanted);

/* Identity and layout of a function that would match @model. */
void explain_as_model(struct explain *e, const struct profile_model *model);

void explain_free(struct explain *e);

/* "LnkCap", "Vendor Body", or "undescribed". */
const char *explain_name(const struct explained *run);

/*
 * explain_command.c: 0, or PCSC_EXIT_USAGE after a sentence, if @what is neither a
 * function nor, with a profile at @path, a model.
 */
int explain_check(const char *path, const char *what);

/*
 * Explain @what, a function in @devices (sysfs's directory) or a
 * model, by the profile at @path (NULL: the specification's), to standard output. @reg
 * NULL: all registers, in a table. 0 or a negative errno, said.
 */
int explain_command(const char *path, const char *devices, const char *what,
		    const char *reg, bool json);

/* explain_print.c */
void explain_print(const struct explain *e, FILE *out); /* each run, a line */
void explain_print_whole(const struct explain *e, const struct explained *run,
			 FILE *out); /* one run, all that is known */
void explain_print_json(const struct explain *e, FILE *out);

#endif
