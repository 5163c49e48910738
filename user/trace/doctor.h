/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSC_DOCTOR_H
#define PCSC_DOCTOR_H

#include <stdbool.h>

/*
 * Say whether this host can be recorded and, of what stands in the way, how to
 * remove it. Programs are attached and taken away again; nothing is left behind.
 * An exit status: that of a recording that fails for the first of these reasons.
 */
int pcsc_doctor(bool json);

#endif
