// SPDX-License-Identifier: GPL-2.0-only
#include "group.h"

#include <stdlib.h>
#include <string.h>

#include "truth.h"

#define ENOUGH_READS 3

static struct group **groups;
static struct group **by_function;
static unsigned int nr;

unsigned int groups_count(void)
{
	return nr;
}

struct group *group_at(unsigned int n)
{
	return groups[n];
}

struct group *group_of(unsigned int fn)
{
	return by_function ? by_function[fn] : NULL;
}

static struct pcsc_identity identity_of(const struct world_function *f)
{
	struct pcsc_identity id;

	/* Compared as a whole, and there is room between the fields. */
	memset(&id, 0, sizeof(id));
	id.vendor = f->vendor;
	id.device = f->device;
	id.subvendor = f->subvendor;
	id.subdevice = f->subdevice;
	id.class_code = f->class_code;
	id.revision = f->revision;
	id.is_vf = f->is_vf;
	id.on_root_bus = f->on_root_bus;
	return id;
}

static int read_dword(void *ctx, u16 offset, u32 *value)
{
	memcpy(value, (const u8 *)ctx + offset, sizeof(*value));
	return 0;
}

static struct group *find(const struct pcsc_identity *id, u32 fingerprint)
{
	for (unsigned int i = 0; i < nr; i++)
		if (!memcmp(&groups[i]->id, id, sizeof(*id)) &&
		    groups[i]->layout.fingerprint == fingerprint)
			return groups[i];
	return NULL;
}

static struct group *add(const struct world_function *f,
			 const struct pcsc_identity *id,
			 const struct pcsc_layout *layout)
{
	struct group *group = calloc(1, sizeof(*group));

	if (!group)
		abort();
	group->model = f->model;
	memcpy(&group->id, id, sizeof(*id));
	group->layout = *layout;
	groups[nr++] = group;
	return group;
}

static struct group *place(unsigned int fn)
{
	const struct world_function f = world_function(fn);
	const struct pcsc_identity id = identity_of(&f);
	struct pcsc_layout layout;
	struct group *group;

	pcsc_walk(read_dword, (void *)world_bytes(fn), f.size, &layout);
	group = find(&id, layout.fingerprint) ?: add(&f, &id, &layout);
	group->functions++;
	return group;
}

void groups_make(void)
{
	struct group **all = calloc(world_count(), sizeof(*all));

	groups = calloc(world_count(), sizeof(*groups));
	if (!groups || !all)
		abort();
	for (unsigned int fn = 0; fn < world_count(); fn++)
		all[fn] = place(fn);
	by_function = all;
}

void groups_end(void)
{
	for (unsigned int i = 0; i < nr; i++)
		free(groups[i]);
	free(groups);
	free(by_function);
	groups = NULL;
	by_function = NULL;
	nr = 0;
}

static void add_byte(struct fact *fact, const struct truth_byte *t)
{
	fact->causes |= t->causes;
	fact->common &= t->causes;
	fact->seen |= t->seen;
	fact->in_time |= t->in_time;
	fact->enough += t->reads >= ENOUGH_READS;
	if (!t->has_last)
		return;
	if (fact->readers++)
		fact->differs |= fact->is != t->last;
	else
		fact->is = t->last;
}

void groups_learn(void)
{
	for (unsigned int n = 0; n < nr; n++)
		for (unsigned int i = 0; i < WORLD_BYTES; i++)
			groups[n]->facts[i].common = ~0;
	for (unsigned int fn = 0; fn < world_count(); fn++)
		for (unsigned int i = 0; i < WORLD_BYTES; i++)
			add_byte(&group_of(fn)->facts[i], &truth_of(fn)[i]);
}
