// SPDX-License-Identifier: GPL-2.0-only
#include "health.h"

#include <string.h>

static const struct health fine = {
	"fine",
	"good",
	"The cache answers reads, and hardware has contradicted none of them. There is nothing to do.",
};
static const struct health shadow = {
	"shadow",
	"idle",
	"Hardware answers every read, and the cache is only compared with it. While no mismatch is found, 'pcsc-ctl mode on' lets the cache answer.",
};
static const struct health off = {
	"off",
	"idle",
	"The cache is switched off, and hardware answers every read. 'pcsc-ctl mode shadow' tries the cache without using it, and 'pcsc-ctl mode on' uses it.",
};
static const struct health limited = {
	"limited",
	"warn",
	"Hooks into the kernel are missing, so bytes that only evidence speaks for are not cached. 'pcsc-ctl info' and the kernel log say which, and why.",
};
static const struct health unknown = {
	"unknown",
	"warn",
	"The numbers are there, but not the mode. Look at the file 'mode' beside 'stats'.",
};
static const struct health quarantined = {
	"quarantined",
	"bad",
	"Hardware contradicted the cache, and the function is out of service. 'pcsc-ctl events' names it; load a profile made anew, or end the quarantine by 'pcsc-ctl flush FUNCTION'.",
};
static const struct health mismatch = {
	"mismatch",
	"bad",
	"Hardware has contradicted the cache since the helper was loaded. 'pcsc-ctl events' names the register; make the profile anew. This word stays until the helper is loaded again.",
};
static const struct health missing = {
	"missing",
	"bad",
	"The kernel helper is not loaded, so nothing is cached. 'modprobe pci_pcsc' loads it, and then this goes on by itself.",
};
static const struct health unreadable = {
	"unreadable",
	"bad",
	"The helper's numbers cannot be read. pcsc-monitor has printed the reason on standard error.",
};

/* The worst is said first; that the mode is off does not undo a mismatch. */
const struct health *health_of(const struct stats *s)
{
	if (!s->up)
		return s->err ? &unreadable : &missing;
	if (stats_value(s, PCSC_STAT_QUARANTINED))
		return &quarantined;
	if (stats_value(s, PCSC_STAT_MISMATCHES))
		return &mismatch;
	if (!strcmp(s->mode, "off"))
		return &off;
	if (stats_value(s, PCSC_STAT_HOOKS_MISSING))
		return &limited;
	if (!strcmp(s->mode, "shadow"))
		return &shadow;
	return !strcmp(s->mode, "on") ? &fine : &unknown;
}
