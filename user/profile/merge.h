/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Profiles of many hosts as one. What is merged byte by byte does not depend on the
 * order of the profiles, nor on which of them were merged before:
 *
 * - Of two classes of a byte the stricter one holds. A byte that one profile does not
 *   speak of is as the other says.
 * - A conflict of any profile takes the const rules of its bytes from all; a write to
 *   undescribed bytes takes all evidence of the model.
 * - Functions, hosts, reads and survived resets are added, least_reads is the least,
 *   values the most. Siblings are added, unless they differed in one of the profiles.
 */
#ifndef PCSC_PROFILE_MERGE_H
#define PCSC_PROFILE_MERGE_H

#include "profile.h"

/* Add @from to @to; *@from is used up. 0 or -ENOMEM. */
int merge_into(struct profile *to, struct profile *from);

/*
 * Take out of @to what conflicts contradict, and join what is the same; once, after the
 * last merge_into(). 0 or -ENOMEM.
 */
int merge_finish(struct profile *to);

/* A write to bytes that nobody describes may have changed any of them. */
bool merge_ends_evidence(const struct profile_conflict *c);

/* Does @c contradict a const rule of @model that stays, since a person made it? */
bool merge_spares_person(const struct profile_model *model,
			 const struct profile_conflict *c);

/* Take out what names hosts and functions: examples. */
void merge_redact(struct profile *prof);

#endif
