/* SPDX-License-Identifier: GPL-2.0-only */
/* The accesses of a recording, put together by what they have in common. */
#ifndef PCSC_GROUPS_H
#define PCSC_GROUPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace.h"

/* What accesses can have in common. */
enum pcsc_facet {
	PCSC_BY_FUNCTION,
	PCSC_BY_MODEL,
	PCSC_BY_REGISTER,
	PCSC_BY_CAPABILITY,
	PCSC_BY_CALLER,
	PCSC_BY_ATTRIBUTE, /* of sysfs, that the caller used */
	PCSC_BY_WIDTH,
	PCSC_BY_DRIVER,
	PCSC_BY_PATH, /* kernel or user space */
	PCSC_BY_PHASE, /* between two marks */
	PCSC_BY_PATTERN, /* how the register behaved: pcsc_pattern() */
	PCSC_FACETS,
};

#define PCSC_MOST_FACETS 4

struct pcsc_by {
	unsigned int nr;
	enum pcsc_facet facets[PCSC_MOST_FACETS];
};

/* "model,register". 0 or -EINVAL after a sentence. */
int pcsc_by_parse(struct pcsc_by *by, const char *text);
/* Every word that pcsc_by_parse() knows, one after the other; NULL at the end. */
extern const char *const pcsc_facet_words[];
/* The heading of a facet's column. */
const char *pcsc_facet_title(enum pcsc_facet facet);
/* Its key in JSON, which is the word of --by. */
const char *pcsc_facet_key(enum pcsc_facet facet);
bool pcsc_by_has(const struct pcsc_by *by, enum pcsc_facet facet);
/* Is a register's group that of a part of its accesses, not of the whole? */
bool pcsc_by_tells_parts(const struct pcsc_by *by);

/* "never changed": what all reads and writes of a register have in common. */
const char *pcsc_pattern(const struct pcsc_rec_register *r);

#define PCSC_NO_OFFSET 0xffff

struct pcsc_group {
	uint32_t keys[PCSC_MOST_FACETS]; /* for pcsc_groups_label() */
	uint64_t reads;
	uint64_t writes;
	uint64_t errors;
	uint64_t read_ns;
	uint64_t write_ns;
	struct pcsc_clean clean;
	/* Of the registers as a whole, if the callers are not told apart: */
	uint64_t read_max_ns;
	uint64_t write_max_ns;
	uint64_t repeats; /* reads that returned what the read before did */
	uint64_t
		const_repeats; /* of registers that the specification has constant */
	uint64_t
		const_ns; /* time in those, but for registers that failed, too */
	uint64_t changes;
	uint32_t registers;
	uint32_t functions;
	uint32_t vfs; /* of the functions */
	uint32_t function; /* the first of them */
	uint32_t last_function; /* while groups are made */
	uint32_t last_register; /* likewise */
	uint16_t offset; /* of all registers, or PCSC_NO_OFFSET */
};

struct pcsc_groups {
	const struct pcsc_summary *s;
	struct pcsc_by by;
	struct pcsc_group *groups; /* in the order of their first registers */
	size_t nr;
	char **names; /* of what is called by a text: key n's is names[n] */
	size_t nr_names;
	/* While groups are made, if phases are told apart; else the recording's uses are: */
	struct pcsc_part *parts;
	size_t nr_parts;
	/* For tsearch(), while groups are made and for as long as names are used: */
	void *name_index;
	void *group_index;
};

struct pcsc_regnames;

/* 0 or a negative errno, said. Free with pcsc_groups_free() in either case. */
int pcsc_groups_make(const struct pcsc_summary *s, struct pcsc_regnames *names,
		     const struct pcsc_by *by, struct pcsc_groups *out);
void pcsc_groups_free(struct pcsc_groups *groups);

/* What @key of the @nth facet stands for; in @buf, or as long as @groups. */
const char *pcsc_groups_label(const struct pcsc_groups *groups,
			      const struct pcsc_group *group, unsigned int nth,
			      char *buf, size_t size);

static inline uint64_t pcsc_group_ns(const struct pcsc_group *g)
{
	return g->read_ns + g->write_ns;
}

static inline uint64_t pcsc_group_accesses(const struct pcsc_group *g)
{
	return g->reads + g->writes + g->errors;
}

/* What groups are sorted by, the largest first. */
enum pcsc_sort {
	PCSC_SORT_TIME,
	PCSC_SORT_READS,
	PCSC_SORT_WRITES,
	PCSC_SORT_REPEATS,
	PCSC_SORT_MAX,
	PCSC_SORTS,
};

/* Callers of one register share its repeats and maxima, so they go by time. */
enum pcsc_sort pcsc_sort_of(const struct pcsc_by *by, enum pcsc_sort wanted);
/* 0 or -EINVAL after a sentence. */
int pcsc_sort_parse(enum pcsc_sort *sort, const char *text);
extern const char *const pcsc_sort_words[PCSC_SORTS + 1]; /* NULL at the end */
/* By @wanted, or what pcsc_sort_of() makes of it. */
void pcsc_groups_sort(struct pcsc_groups *groups, enum pcsc_sort wanted);

#endif
