/* SPDX-License-Identifier: GPL-2.0-only */
/* What this kernel leaves in the region for the next one. */
#ifndef PCSC_LEAVE_H
#define PCSC_LEAVE_H

#include <linux/types.h>

/*
 * Write restrictions and layouts into the region, seal its lines, and arm it. @lines: the
 * pool's lines are in it. @again: the second time on the way to one kexec. Returns how
 * many microseconds it took. Under pcsc_mutex.
 */
u32 pcsc_leave(const u64 boot_id[2], bool lines, bool again);

#endif
