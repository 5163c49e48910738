/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a model in the making is given: rules, the evidence for them, conflicts.
 * NULL and -ENOMEM mean that there is no memory; nothing is said.
 */
#ifndef PCSC_DRAFT_H
#define PCSC_DRAFT_H

#include "observe.h"
#include "profile.h"

/* Append a rule for the byte at @offset. Its length is 0: the caller counts. */
struct profile_rule *draft_rule(struct profile_model *model, u8 space, u16 cap,
				u16 offset, u8 klass, u8 basis);

/*
 * Append a rule for byte @n of @reg, with its name and source, for capability
 * @id: a row of the register table may be for any.
 */
struct profile_rule *draft_reg_rule(struct profile_model *model,
				    const struct pcsc_reg *reg, u16 id,
				    unsigned int n, u8 klass);

/*
 * How many VFs read the byte, if all had the same value and it may stand for
 * that of another VF; 0 otherwise. @reg is NULL where nobody describes it.
 */
u64 draft_siblings(const struct observed_model *seen,
		   const struct pcsc_reg *reg, const struct observed_byte *o);

/* Does a byte with so many @siblings belong into @rule, so far as that goes? */
static inline bool draft_fits(const struct profile_rule *rule, u64 siblings)
{
	return rule && (rule->siblings >= PROFILE_MIN_SIBLINGS) ==
			       (siblings >= PROFILE_MIN_SIBLINGS);
}

/* Make the evidence of @rule hold for one more byte, with its @siblings. */
void draft_evidence(struct profile_rule *rule, const struct observed_byte *o,
		    u64 siblings);

/* Append a conflict over a register; all of it is to blame for @o. */
int draft_reg_conflict(struct profile_model *model, const struct pcsc_reg *reg,
		       u16 id, enum profile_reason reason,
		       const struct observed_byte *o);

/* Append a conflict over @length bytes that no capability describes. */
int draft_raw_conflict(struct profile_model *model, u16 offset, u16 length,
		       enum profile_reason reason,
		       const struct observed_byte *o);

#endif
