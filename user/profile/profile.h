/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A profile as people keep it: rules, who they are for, and the evidence for
 * each. docs/profile-format.md describes the JSON and the compiled form.
 */
#ifndef PCSC_PROF_H
#define PCSC_PROF_H

#include <jansson.h>

#include "cleanup.h"
#include "core/profile.h"
#include "core/regs.h"
#include "core/walk.h"
#include "recording.h"
#include "where.h"

/* What observation must show before it speaks for a byte nobody describes. */
#define PROFILE_MIN_READS 3 /* on each of... */
#define PROFILE_MIN_FUNCTIONS 16 /* functions of the model */
#define PROFILE_MIN_RESETS 1 /* survived */

/* VFs that must have the same value, so that it may stand for a sibling's. */
#define PROFILE_MIN_SIBLINGS 64

#define PROFILE_MAX_JSON (16u << 20) /* bytes */
#define PROFILE_MAX_RULES 65536 /* in all models; fits PCSC_PROFILE_MAX_SIZE */
#define PROFILE_VERSION 1

/* What speaks for a rule. */
enum profile_basis {
	PROFILE_SPECIFICATION, /* the register table, not contradicted */
	PROFILE_EVIDENCE, /* observation alone */
	PROFILE_PERSON, /* whoever wrote the profile */
	PROFILE_BASES,
};

/* Why the register table's word, or evidence, was not taken. */
enum profile_reason {
	PROFILE_CHANGED, /* a read differed from the one before */
	PROFILE_WRITTEN, /* software wrote to it */
	PROFILE_DIFFERS, /* accesses of different widths read different values */
	PROFILE_SEEN, /* those that recordings tell of come before */
	PROFILE_DEMOTED =
		PROFILE_SEEN, /* a helper found it not to be constant */
	PROFILE_REASONS,
};

extern const char *const profile_basis_names[PROFILE_BASES];
extern const char *const profile_reason_names[PROFILE_REASONS];
extern const char *const profile_reset_names[PCSC_REC_RESETS];

/* Of a range, the figure of the byte that says least for it. */
struct profile_evidence {
	u64 functions; /* that read it, often enough if basis is evidence */
	u64 reads; /* in all */
	u64 least_reads; /* on any one of these functions */
	u64 values; /* distinct ones, of the byte with most */
	u64 writes;
	u64 changes;
	u64 silent_changes; /* without a write */
	u64 survived[PCSC_REC_RESETS];
};

struct profile_rule {
	u8 space; /* enum pcsc_space */
	u8 klass; /* enum pcsc_class */
	u8 basis; /* enum profile_basis */
	u8 attribute; /* enum pcsc_attr; PCSC_ATTRS: not said */
	u8 zero; /* seen as zero on every function */
	u8 has_evidence;
	u16 cap; /* capability ID, 0 for headers and RAW */
	u16 offset; /* bytes, relative to the space */
	u16 length; /* bytes */
	u64 siblings; /* VFs that all have the same value here; 0: not said */
	char *name; /* the register's, as the table has it, or NULL */
	char *source; /* where the specification says so, or NULL */
	struct profile_evidence evidence;
};

struct profile_conflict {
	u8 space;
	u8 reason; /* enum profile_reason */
	u16 cap;
	u16 offset;
	u16 length;
	char *name; /* the register's; NULL: no capability describes it */
	char *example; /* one function that contradicts */
	u64 functions; /* that contradict */
	u64 writes;
	u64 changes;
};

struct profile_cap {
	u8 space; /* PCSC_SPACE_CAP or PCSC_SPACE_ECAP */
	u16 cap;
	u16 offset; /* bytes, absolute */
	u16 length;
};

struct profile_model {
	struct pcsc_profile_model id; /* first_rule and nr_rules unused */
	u64 functions; /* observed */
	u64 hosts;
	u64 reads; /* when generated; in no file */
	struct profile_cap *caps;
	size_t nr_caps;
	struct profile_rule *rules;
	size_t nr_rules;
	struct profile_conflict *conflicts;
	size_t nr_conflicts;
};

struct profile {
	char name[32];
	u32 table; /* pcsc_regs_hash() of who made it */
	u8 incomplete; /* made from a recording that lost accesses */
	/* that it was made with */
	u64 min_reads, min_functions, min_resets, min_siblings;
	struct profile_model *models;
	size_t nr_models;
};

/* profile.c */
struct profile *profile_new(const char *name);
void profile_free(struct profile *prof);
/* What a model owns; it is empty then. */
void profile_model_clear(struct profile_model *model);
/* Append one zeroed element to an array; NULL without memory. */
void *profile_grow(void *arrayp, size_t *nr, size_t size);
/* Into the one canonical order: models by falling specificity, then rules. */
void profile_sort(struct profile *prof);
int profile_model_compare(const void *a, const void *b);
/* The other way, names and numbers; -EINVAL if it is neither. */
int profile_cap_parse(u8 space, const char *text, u16 *cap);
/* The table's register that holds this byte, NULL for RAW and unknown ones. */
const struct pcsc_reg *profile_reg(u8 space, u16 cap, u16 offset);
/* The floor's register at this byte, or NULL: also looks behind HEADER. */
const struct pcsc_reg *profile_floor_reg(u8 space, u16 cap, u16 offset,
					 bool is_vf);
/* Are the functions that the model is for VFs, and nothing else? */
bool profile_is_for_vfs(const struct profile_model *model);

static inline void profile_freep(struct profile **prof)
{
	profile_free(*prof);
}

static inline void profile_json_decrefp(json_t **json)
{
	json_decref(*json);
}

#define _cleanup_prof_ _cleanup_(profile_freep)
#define _cleanup_json_ _cleanup_(profile_json_decrefp)

/*
 * observe.c: how many of @nr recordings may be evidence: they come first then.
 * The others are named in a warning each. None left: -EINVAL, said.
 */
ssize_t profile_take_evidence(struct pcsc_rec **recs, char *const *paths,
			      size_t nr);

/* generate.c */
struct profile_tally {
	size_t functions; /* in all recordings, each once */
	size_t without_ids;
	size_t unread; /* that nobody read, so that nothing is known of them */
	size_t unwalkable; /* of those that somebody read */
	size_t conflicts;
	struct pcsc_profile_model
		*left_out; /* models without room, busiest first */
	size_t nr_left_out;
};
int profile_generate(struct pcsc_rec *const *recs, size_t nr, const char *name,
		     struct profile **out, struct profile_tally *tally);
int profile_specification(const char *name, struct profile **out);

/* fit.c */
/* Add a model to those of @tally that have no room. 0 or -ENOMEM. */
int profile_leave_out(struct profile_tally *tally,
		      const struct pcsc_profile_model *id);
/*
 * Take the models with fewest reads out of @prof, until it has at most
 * @max_json bytes as JSON and @max_compiled compiled; add them to @tally.
 */
int profile_fit(struct profile *prof, size_t max_json, size_t max_compiled,
		struct profile_tally *tally);

/* json.c: sorts @prof first, so that equal profiles are equal bytes. */
json_t *profile_to_json(struct profile *prof);
int profile_dump(struct profile *prof, char **text);
/* @file is for messages; checks form only: profile_check() for sense. */
int profile_parse(const char *file, const char *text, size_t size,
		  struct profile **out);

/*
 * check.c: does the profile make sense: ranges, overlaps, twins, floor, bases.
 * With @floor_wins floor bytes are taken out of rules, each with a warning,
 * instead of refusing. -EINVAL after a sentence with file, place, reason.
 */
int profile_check(const char *file, struct profile *prof, bool floor_wins);

/* Does the register table call byte @offset of @rule what the rule does? */
bool profile_is_specified(const struct profile_rule *rule, u16 offset,
			  bool is_vf);

/*
 * older.c: a profile that was made with another register table: rules that this one
 * does not bear out are left out, with a warning; names are this table's.
 */
void profile_settle(const char *file, struct profile *prof);

/* compile.c */
/* Bytes that a sorted model and its rules take compiled; 0 without memory. */
size_t profile_compiled_size(const struct profile_model *model);
int profile_compile(const char *file, struct profile *prof, void **out,
		    u32 *size);
int profile_decode(const char *file, const void *data, size_t size,
		   struct profile **out);

/* file.c: "-" is standard input */
/* What messages call a file that is read. */
const char *profile_input_name(const char *path);
/* At most @max bytes, else -EFBIG; *out has a NUL behind them. */
int profile_read_file(const char *path, size_t max, char **out, size_t *size);
/* Either form, checked. @compiled, if not NULL: which one it was. */
int profile_load(const char *path, bool floor_wins, struct profile **out,
		 bool *compiled);
/* The same, compiled, as the helper would load it. */
int profile_load_compiled(const char *path, bool floor_wins, void **out,
			  u32 *size);

/* Whole or not at all; "-" is standard output. */
int profile_write(const char *path, void *data, size_t size);
int profile_write_json(struct profile *prof, const char *path);

/* show.c */
int profile_show(struct profile *prof, FILE *out);

#endif
