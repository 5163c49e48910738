/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `pcsc-profile coverage`: how much of what a recording has is of bytes that a profile
 * lets be answered from memory. An upper bound: first reads are among them.
 */
#ifndef PCSC_PROFILE_COVERAGE_H
#define PCSC_PROFILE_COVERAGE_H

#include <stdbool.h>

/* Print to standard output. 0 or a negative errno, said. */
int coverage_command(const char *recording, const char *profile, bool json);

#endif
