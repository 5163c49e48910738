// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modes of models and of single functions: limits, the host's mode is never
 * exceeded. They outlive profiles and the mode off. Under pcsc_mutex.
 */
#include <linux/list.h>
#include <linux/slab.h>

#include "pcsc.h"

struct limit {
	struct list_head list;
	struct pcsc_mode what;
};

static LIST_HEAD(limits);
static u32 nr_limits;

#define MAX_LIMITS 1024

static bool concerns(const struct pcsc_mode *what, const struct pcsc_function *f)
{
	if (what->scope == PCSC_SCOPE_FUNCTION)
		return what->domain == f->domain && what->bus == f->bus &&
		       what->devfn == f->devfn;
	return what->vendor == f->identity.vendor &&
	       what->device == f->identity.device;
}

static u32 mode_of(const struct pcsc_function *f)
{
	const struct limit *limit;
	u32 mode = pcsc_mode;

	list_for_each_entry(limit, &limits, list)
		if (concerns(&limit->what, f))
			mode = min(mode, limit->what.mode);
	return mode;
}

void pcsc_limit_apply(struct pcsc_function *f)
{
	const u32 mode = mode_of(f);

	if (mode == PCSC_MODE_OFF &&
	    !(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_TOLD)) {
		pcsc_line_bypass(&f->line, PCSC_BYPASS_TOLD, 0);
		pcsc_line_empty(&f->line, false);
	}
	WRITE_ONCE(f->mode, mode);
	if (mode == PCSC_MODE_OFF)
		return;
	pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_TOLD);
	if (pcsc_line_bypassed(&f->line) == PCSC_BYPASS_PENDING)
		pcsc_work_later();
}

void pcsc_limits_apply(void)
{
	u32 i;

	for (i = 0; i < pcsc_pool_used(); i++)
		pcsc_limit_apply(pcsc_pool_at(i));
}

static bool same(const struct pcsc_mode *a, const struct pcsc_mode *b)
{
	return a->scope == b->scope && a->domain == b->domain &&
	       a->bus == b->bus && a->devfn == b->devfn &&
	       a->vendor == b->vendor && a->device == b->device;
}

static void drop(const struct pcsc_mode *what)
{
	struct limit *limit, *next;

	list_for_each_entry_safe(limit, next, &limits, list) {
		if (!same(&limit->what, what))
			continue;
		list_del(&limit->list);
		kfree(limit);
		nr_limits--;
	}
}

int pcsc_limit_set(const struct pcsc_mode *what, const char **reason)
{
	struct limit *limit = NULL;

	if (what->mode != PCSC_MODE_ON) {
		*reason = "there are too many of them already";
		if (nr_limits == MAX_LIMITS)
			return -ENOSPC;
		limit = kmalloc(sizeof(*limit), GFP_KERNEL);
		*reason = "out of memory";
		if (!limit)
			return -ENOMEM;
	}
	drop(what);
	if (limit) {
		limit->what = *what;
		list_add_tail(&limit->list, &limits);
		nr_limits++;
	}
	pcsc_limits_apply();
	*reason = "";
	return 0;
}

void pcsc_limits_forget(void)
{
	struct limit *limit, *next;

	list_for_each_entry_safe(limit, next, &limits, list)
		kfree(limit);
	INIT_LIST_HEAD(&limits);
	nr_limits = 0;
}

u32 pcsc_limits(void)
{
	return nr_limits;
}
