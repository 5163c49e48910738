/* SPDX-License-Identifier: GPL-2.0-only */
/* Brackets that were open before anybody followed the function. */
#ifndef PCSC_JOIN_H
#define PCSC_JOIN_H

#include "populate.h"

/*
 * Open those that hardware says are open, and if no write was under way since @writes, which
 * pcsc_writes_now() gave, close those of a bridge that it says are not. A VF has none.
 */
void pcsc_join_begun(const struct pcsc_reader *reader, s64 writes);

#endif
