/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A profile as people keep it: rules, who they are for, and the evidence for
 * each. docs/profile.md describes the JSON and the compiled form.
 */
#ifndef PCSC_PROF_H
#define PCSC_PROF_H

#include <jansson.h>

#include "cleanup.h"
#include "core/profile.h"
#include "core/regs.h"
#include "core/walk.h"
#include "recording.h"

/* What observation must show before it speaks for a byte nobody describes. */
#define PROF_MIN_READS 3 /* on each of... */
#define PROF_MIN_FUNCTIONS 16 /* functions of the model */
#define PROF_MIN_RESETS 1 /* survived */

#define PROF_MAX_JSON (16u << 20) /* bytes */
#define PROF_MAX_RULES 65536 /* in all models; fits PCSC_PF_MAX_SIZE */
#define PROF_VERSION 1

/* What speaks for a rule. */
enum prof_basis {
	PROF_SPECIFICATION, /* the register table, not contradicted */
	PROF_EVIDENCE, /* observation alone */
	PROF_PERSON, /* whoever wrote the profile */
	PROF_BASES,
};

/* Why the register table's word was not taken. */
enum prof_reason {
	PROF_CHANGED, /* a read differed from the one before */
	PROF_WRITTEN, /* software wrote to it */
	PROF_DIFFERS, /* accesses of different widths read different values */
	PROF_REASONS,
};

extern const char *const prof_basis_names[PROF_BASES];
extern const char *const prof_reason_names[PROF_REASONS];
extern const char *const prof_reset_names[PCSC_REC_RESETS];

/* Of a range, the figure of the byte that says least for it. */
struct prof_evidence {
	u64 functions; /* that read it, often enough if basis is evidence */
	u64 reads; /* in all */
	u64 least_reads; /* on any one of these functions */
	u64 values; /* distinct ones, of the byte with most */
	u64 writes;
	u64 changes;
	u64 silent_changes; /* without a write */
	u64 survived[PCSC_REC_RESETS];
};

struct prof_rule {
	u8 space; /* enum pcsc_space */
	u8 klass; /* enum pcsc_class */
	u8 basis; /* enum prof_basis */
	u8 attribute; /* enum pcsc_attr; PCSC_ATTRS: not said */
	u8 zero; /* seen as zero on every function */
	u8 has_evidence;
	u16 cap; /* capability ID, 0 for headers and RAW */
	u16 offset; /* bytes, relative to the space */
	u16 length; /* bytes */
	char *name; /* the register's, as the table has it, or NULL */
	char *source; /* where the specification says so, or NULL */
	struct prof_evidence evidence;
};

struct prof_conflict {
	u8 space;
	u8 reason; /* enum prof_reason */
	u16 cap;
	u16 offset;
	u16 length;
	char *name; /* the register's; NULL: no capability describes it */
	char *example; /* one function that contradicts */
	u64 functions; /* that contradict */
	u64 writes;
	u64 changes;
};

struct prof_cap {
	u8 space; /* PCSC_SPACE_CAP or PCSC_SPACE_ECAP */
	u16 cap;
	u16 offset; /* bytes, absolute */
	u16 length;
};

struct prof_model {
	struct pcsc_pf_model id; /* first_rule and nr_rules unused */
	u64 functions; /* observed */
	u64 hosts;
	u64 reads; /* when generated; in no file */
	struct prof_cap *caps;
	size_t nr_caps;
	struct prof_rule *rules;
	size_t nr_rules;
	struct prof_conflict *conflicts;
	size_t nr_conflicts;
};

struct prof {
	char name[32];
	u32 table; /* pcsc_regs_hash() of who made it */
	u8 incomplete; /* made from a recording that lost accesses */
	u64 min_reads, min_functions, min_resets; /* that it was made with */
	struct prof_model *models;
	size_t nr_models;
};

/* prof.c */
struct prof *prof_new(const char *name);
void prof_free(struct prof *prof);
/* What a model owns; it is empty then. */
void prof_model_clear(struct prof_model *model);
/* Append one zeroed element to an array; NULL without memory. */
void *prof_grow(void *arrayp, size_t *nr, size_t size);
/* Into the one canonical order: models by falling specificity, then rules. */
void prof_sort(struct prof *prof);
int prof_model_compare(const void *a, const void *b);
/* "ECAP_AER", or "0x0001" if the table has no name for it. */
const char *prof_cap_string(u8 space, u16 cap, char buf[16]);
/* The other way, names and numbers; -EINVAL if it is neither. */
int prof_cap_parse(u8 space, const char *text, u16 *cap);
/* "CAP_EXP+0x4", "header 0x34", for messages. */
const char *prof_place(u8 space, u16 cap, u16 offset, char buf[48]);
/* The table's register that holds this byte, NULL for RAW and unknown ones. */
const struct pcsc_reg *prof_reg(u8 space, u16 cap, u16 offset);
/* The register a floor rule is about: also looks behind HEADER. */
const struct pcsc_reg *prof_floor_reg(u8 space, u16 cap, u16 offset);

static inline void prof_freep(struct prof **prof)
{
	prof_free(*prof);
}

static inline void prof_json_decrefp(json_t **json)
{
	json_decref(*json);
}

#define _cleanup_prof_ _cleanup_(prof_freep)
#define _cleanup_json_ _cleanup_(prof_json_decrefp)

/*
 * observe.c: how many of @nr recordings may be evidence: they come first then.
 * The others are named in a warning each. None left: -EINVAL, said.
 */
ssize_t prof_take_evidence(struct pcsc_rec **recs, char *const *paths,
			   size_t nr);

/* generate.c */
struct prof_tally {
	size_t functions; /* in all recordings, each once */
	size_t without_ids;
	size_t unread; /* that nobody read, so that nothing is known of them */
	size_t unwalkable; /* of those that somebody read */
	size_t conflicts;
	struct pcsc_pf_model *left_out; /* models without room, busiest first */
	size_t nr_left_out;
};
int prof_generate(struct pcsc_rec *const *recs, size_t nr, const char *name,
		  struct prof **out, struct prof_tally *tally);
int prof_specification(const char *name, struct prof **out);

/* fit.c */
/* Add a model to those of @tally that have no room. 0 or -ENOMEM. */
int prof_leave_out(struct prof_tally *tally, const struct pcsc_pf_model *id);
/*
 * Take the models with fewest reads out of @prof, until it has at most
 * @max_json bytes as JSON and @max_compiled compiled; add them to @tally.
 */
int prof_fit(struct prof *prof, size_t max_json, size_t max_compiled,
	     struct prof_tally *tally);

/* json.c: sorts @prof first, so that equal profiles are equal bytes. */
json_t *prof_to_json(struct prof *prof);
int prof_dump(struct prof *prof, char **text);
/* @file is for messages; checks form only: prof_check() for sense. */
int prof_parse(const char *file, const char *text, size_t size,
	       struct prof **out);

/*
 * check.c: does the profile make sense: ranges, overlaps, twins, floor, bases.
 * With @floor_wins floor bytes are taken out of rules, each with a warning,
 * instead of refusing. -EINVAL after a sentence with file, place, reason.
 */
int prof_check(const char *file, struct prof *prof, bool floor_wins);

/* compile.c */
/* Bytes that a sorted model and its rules take compiled; 0 without memory. */
size_t prof_compiled_size(const struct prof_model *model);
int prof_compile(const char *file, struct prof *prof, void **out, u32 *size);
int prof_decode(const char *file, const void *data, size_t size,
		struct prof **out);

/* file.c: "-" is standard input */
/* What messages call a file that is read. */
const char *prof_input_name(const char *path);
/* At most @max bytes, else -EFBIG; *out has a NUL behind them. */
int prof_read_file(const char *path, size_t max, char **out, size_t *size);
/* Either form, checked. @compiled, if not NULL: which one it was. */
int prof_load(const char *path, bool floor_wins, struct prof **out,
	      bool *compiled);

/* show.c */
int prof_show(struct prof *prof, FILE *out);

#endif
