/* SPDX-License-Identifier: GPL-2.0-only */
/* An event of the helper: its name, what it is about, and a sentence. */
#ifndef PCSC_EVENT_H
#define PCSC_EVENT_H

#include <stdbool.h>
#include <stdio.h>

#include "uapi/pcsc.h"

/* "mismatch", "demoted", ...; "unknown": the helper is newer. */
const char *pcsc_event_name(const struct pcsc_event *e);

/* What demoted bytes; NULL: it does not say. */
const char *pcsc_event_cause(const struct pcsc_event *e);

/* Which of its fields mean something. */
bool pcsc_event_has_function(const struct pcsc_event *e);
bool pcsc_event_has_bytes(const struct pcsc_event *e);
bool pcsc_event_has_values(const struct pcsc_event *e);

/* Registers' values are root's: they are not for every outlet. */
enum pcsc_event_say { PCSC_EVENT_WITH_VALUES, PCSC_EVENT_WITHOUT_VALUES };

/* The sentence, without the function's name and without a newline. */
void pcsc_event_print(FILE *out, const struct pcsc_event *e,
		      enum pcsc_event_say say);

#endif
