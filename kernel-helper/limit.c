// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modes of models and of single functions. They are limits: a function's mode
 * never exceeds the host's. They outlive profiles and the mode off. Under
 * pcsc_mutex.
 */
#include <linux/lockdep.h>
#include <linux/string.h>

#include "find.h"
#include "limit.h"
#include "state.h"
#include "work.h"

static_assert(PCSC_HANDOVER_OF_MODEL == PCSC_SCOPE_MODEL);
static_assert(PCSC_HANDOVER_OF_FUNCTION == PCSC_SCOPE_FUNCTION);
static_assert(PCSC_HANDOVER_UNLIMITED == PCSC_MODE_ON);

/* In the form of the handover. */
static struct pcsc_handover_limit limits[PCSC_HANDOVER_RESTRICTIONS];
static u32 nr_limits;

static bool concerns(const struct pcsc_handover_limit *what,
		     const struct pcsc_function *f)
{
	if (what->scope == PCSC_SCOPE_FUNCTION)
		return what->domain == f->domain && what->bus == f->bus &&
		       what->devfn == f->devfn;
	return what->vendor == f->identity.vendor &&
	       what->device == f->identity.device;
}

static u32 mode_of(const struct pcsc_function *f)
{
	u32 mode = pcsc_mode;
	u32 i;

	for (i = 0; i < nr_limits; i++)
		if (concerns(&limits[i], f))
			mode = min_t(u32, mode, limits[i].mode);
	return mode;
}

void pcsc_limit_apply(struct pcsc_function *f)
{
	const u32 mode = mode_of(f);

	if (mode == PCSC_MODE_OFF &&
	    !(pcsc_line_bypassed(&f->line) & PCSC_BYPASS_DISABLED)) {
		pcsc_line_bypass(&f->line, PCSC_BYPASS_DISABLED, 0);
		pcsc_line_empty(&f->line, false);
	}
	WRITE_ONCE(f->mode, mode);
	if (mode == PCSC_MODE_OFF)
		return;
	pcsc_line_bypass(&f->line, 0, PCSC_BYPASS_DISABLED);
	if ((pcsc_line_bypassed(&f->line) & ~PCSC_BYPASS_ABSENT) ==
	    PCSC_BYPASS_PENDING)
		pcsc_work_later();
}

void pcsc_limits_apply(void)
{
	u32 i;

	lockdep_assert_held(&pcsc_mutex);
	for (i = 0; i < pcsc_pool_used(); i++)
		pcsc_limit_apply(pcsc_pool_at(i));
}

static bool same(const struct pcsc_handover_limit *a,
		 const struct pcsc_handover_limit *b)
{
	return a->scope == b->scope && a->domain == b->domain &&
	       a->bus == b->bus && a->devfn == b->devfn &&
	       a->vendor == b->vendor && a->device == b->device;
}

static bool is_there(const struct pcsc_handover_limit *what)
{
	u32 i;

	for (i = 0; i < nr_limits; i++)
		if (same(&limits[i], what))
			return true;
	return false;
}

static void drop(const struct pcsc_handover_limit *what)
{
	u32 i = 0;

	while (i < nr_limits)
		if (same(&limits[i], what))
			limits[i] = limits[--nr_limits];
		else
			i++;
}

int pcsc_limit_set(const struct pcsc_mode *what, const char **reason)
{
	const struct pcsc_handover_limit limit = {
		.scope = what->scope,
		.mode = what->mode,
		.domain = what->domain,
		.bus = what->bus,
		.devfn = what->devfn,
		.vendor = what->vendor,
		.device = what->device,
	};

	lockdep_assert_held(&pcsc_mutex);
	if (what->mode != PCSC_MODE_ON &&
	    nr_limits == PCSC_HANDOVER_RESTRICTIONS && !is_there(&limit)) {
		*reason =
			"no room for another limit: take one away with `pcsc-ctl -s FUNCTION mode on`";
		return -ENOSPC;
	}
	WRITE_ONCE(pcsc_restricted, true);
	drop(&limit);
	if (what->mode != PCSC_MODE_ON)
		limits[nr_limits++] = limit;
	pcsc_limits_apply();
	*reason = "";
	return 0;
}

void pcsc_limits_hand(struct pcsc_handover_restrictions *to)
{
	to->nr_limits = nr_limits;
	memcpy(to->limits, limits, sizeof(limits));
}

void pcsc_limits_take(const struct pcsc_handover_restrictions *from)
{
	nr_limits = from->nr_limits;
	memcpy(limits, from->limits, sizeof(limits));
}

u32 pcsc_limits(void)
{
	return nr_limits;
}
