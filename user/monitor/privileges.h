/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSC_MONITOR_PRIVILEGES_H
#define PCSC_MONITOR_PRIVILEGES_H

/*
 * From root to the user @name, for good: no groups but its own, no capabilities,
 * and no program that it runs gets any. Call it before there are threads. 0, or a
 * negative errno after a sentence: the caller ends then, for some may be left.
 */
int privileges_drop(const char *name);

#endif
