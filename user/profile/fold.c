// SPDX-License-Identifier: GPL-2.0-only
#include "fold.h"

#include <string.h>

static void against(struct observed_byte *o, enum profile_reason reason,
		    u64 where)
{
	if (!o->against[reason]++)
		o->example[reason] = where;
}

static void lower(u64 *least, u64 value, bool first)
{
	if (first || value < *least)
		*least = value;
}

static void fold_values(struct observed_byte *o, const struct image_byte *b)
{
	o->values[b->value / 64] |= 1ull << b->value % 64;
	lower(&o->least_reads, b->reads, !o->readers++);
	if (b->reads >= PROFILE_MIN_READS)
		lower(&o->least_enough, b->reads, !o->enough++);
}

static void fold_byte(struct observed_byte *o, const struct image_byte *b,
		      u64 where)
{
	o->reads += b->reads;
	o->writes += b->writes;
	o->changes += b->changes;
	o->silent_changes += b->silent_changes;
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		o->survived[kind] += b->survived[kind];
	o->ones += !!(b->flags & IMAGE_ONES);
	o->moved += !!b->changes;
	o->nonzero |= !!(b->flags & IMAGE_NONZERO);
	if (b->flags & IMAGE_KNOWN)
		fold_values(o, b);
	if (b->flags & IMAGE_CHANGED)
		against(o, PROFILE_CHANGED, where);
	else if (b->flags & IMAGE_DIFFERS)
		against(o, PROFILE_DIFFERS, where);
	if (b->writes)
		against(o, PROFILE_WRITTEN, where);
}

void fold(struct observed_model *model, const struct image *image,
	  const struct pcsc_layout *layout, const struct pcsc_rec_function *fn,
	  const char *host)
{
	const u64 where = (u64)fn->domain << 16 | fn->bus << 8 | fn->devfn;

	for (unsigned int i = 0; i < layout->cfg_size; i++)
		fold_byte(&model->bytes[i], &image->bytes[i], where);
	model->functions++;
	/* Functions come host by host. */
	if (!model->last_host || strcmp(model->last_host, host))
		model->hosts++;
	model->last_host = host;
}

static void raise_to(u32 *most, u32 value)
{
	if (value > *most)
		*most = value;
}

/* Accesses add up; functions do not, they have several instances. */
void observed_merge(struct observed_byte *to, const struct observed_byte *from)
{
	to->reads += from->reads;
	to->writes += from->writes;
	to->changes += from->changes;
	to->silent_changes += from->silent_changes;
	for (int kind = 0; kind < PCSC_REC_RESETS; kind++)
		to->survived[kind] += from->survived[kind];
	for (int i = 0; i < 4; i++)
		to->values[i] |= from->values[i];
	if (from->readers)
		lower(&to->least_reads, from->least_reads, !to->readers);
	if (from->enough)
		lower(&to->least_enough, from->least_enough, !to->enough);
	for (int reason = 0; reason < PROFILE_SEEN; reason++) {
		if (!to->against[reason])
			to->example[reason] = from->example[reason];
		raise_to(&to->against[reason], from->against[reason]);
	}
	raise_to(&to->readers, from->readers);
	raise_to(&to->enough, from->enough);
	raise_to(&to->ones, from->ones);
	raise_to(&to->moved, from->moved);
	to->nonzero |= from->nonzero;
}
