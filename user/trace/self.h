/* SPDX-License-Identifier: GPL-2.0-only */
/* What recording itself costs, as the kernel's BPF statistics have it. */
#ifndef PCSC_SELF_H
#define PCSC_SELF_H

#include "trace.h"

/*
 * From now on the kernel measures how long BPF programs run, all of the host's, until the
 * descriptor that is returned is closed. A negative errno, said.
 */
int pcsc_self_measure(void);
/* How often the tracer's programs ran meanwhile and how long that took, on stderr. */
void pcsc_self_say(const struct pcsc_tracer *t);

#endif
