// SPDX-License-Identifier: GPL-2.0-only
/* survival: the event that is tried, and whom it reaches. */
#include "survival.h"

struct survival survival = { .random = 1 };

static bool same_device(const struct view_function *f,
			const struct view_function *g)
{
	return f->rid >> 3 == g->rid >> 3;
}

enum role survival_role_of(const struct view_function *f)
{
	const struct view_function *at = survival.at;

	if (f == at || (survival.event->whole_device && same_device(f, at)))
		return f->port ? PORT : ITSELF;
	if (f->pf == at)
		return ITS_VFS;
	if (view_hangs_on(f, at) || survival.event->everybody)
		return BELOW;
	return STRANGER;
}

/*
 * The kernel may restore undescribed bytes, and such a write to a function 0
 * empties all functions of its device.
 */
bool survival_may_empty(const struct view_function *f)
{
	return survival.event->restores && !(survival.at->rid & 7) &&
	       same_device(f, survival.at);
}

enum fate survival_fate_of(const struct view_function *f)
{
	switch (survival_role_of(f)) {
	case ITSELF:
	case PORT:
		return survival.event->itself;
	case STRANGER:
		return KEPT;
	default:
		return survival.event->others;
	}
}
