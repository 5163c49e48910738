/* SPDX-License-Identifier: GPL-2.0-only */
/* What callers waited for besides accesses, and what processes did to functions. */
#ifndef PCSC_WAITING_H
#define PCSC_WAITING_H

#include "trace.h"

/* Waits of one kind. */
struct pcsc_waited {
	uint64_t ns; /* time that is no access's and no other wait's */
	uint32_t nr;
	uint32_t nested; /* of nr: in another wait, or in an access */
	uint64_t nested_ns;
	uint32_t longest; /* index into the waits, if nr is not 0 */
};

struct pcsc_waits {
	struct pcsc_waited kind[PCSC_REC_WAITS];
};

/* A visit, and what was waited for in it. */
struct pcsc_visit_sum {
	const struct pcsc_rec_visit *visit;
	struct pcsc_waits waits;
	struct pcsc_waits first_waits; /* of these, before the first pause */
	uint64_t end_ns; /* of the opening: at the first pause of a second */
	bool is_opening; /* by a program that drives the function itself */
};

struct pcsc_waiting {
	struct pcsc_waits all;
	struct pcsc_visit_sum
		*visits; /* of the chosen functions, by their beginnings */
	uint32_t nr_visits;
};

/* "FLR" and so on, by enum pcsc_rec_wait_kind; and the words of JSON. */
extern const char *const pcsc_wait_names[PCSC_REC_WAITS];
extern const char *const pcsc_wait_words[PCSC_REC_WAITS];
/* "D0", "D3cold". */
const char *pcsc_power_name(unsigned int state);

/* 0 or a negative errno, said. Free with pcsc_waiting_free() in either case. */
int pcsc_waiting_make(const struct pcsc_summary *s, struct pcsc_waiting *w);
void pcsc_waiting_free(struct pcsc_waiting *w);

/* What was waited for besides accesses, all kinds together. */
uint64_t pcsc_waits_ns(const struct pcsc_waits *w);
uint64_t pcsc_visit_access_ns(const struct pcsc_visit_sum *sum);
/* The same before the first pause. */
uint64_t pcsc_visit_first_access_ns(const struct pcsc_visit_sum *sum);
/* Those of @from, too. */
void pcsc_waits_add(struct pcsc_waits *to, const struct pcsc_rec *rec,
		    const struct pcsc_waits *from);

/*
 * The function of the kernel in which a lock was waited for; NULL: unknown. For
 * an access, the first function beyond the accessors is at @skip 0.
 */
const char *pcsc_stack_symbol(const struct pcsc_rec *rec, uint32_t stack,
			      unsigned int skip);

#endif
