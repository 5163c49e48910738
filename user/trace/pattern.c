// SPDX-License-Identifier: GPL-2.0-only
/* How a register behaved while it was watched, in two or three words. */
#include "groups.h"

const char *pcsc_pattern(const struct pcsc_rec_register *r)
{
	if (!r->reads)
		return r->writes ? "only written" : "failed";
	if (r->all_ones == r->reads)
		return "all-ones";
	if (r->silent_changes)
		return "changes by itself";
	if (r->changes)
		return "changes by writes";
	return r->reads - r->all_ones > 1 ? "never changed" : "read once";
}
