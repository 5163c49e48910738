/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether what was read as a recording can be one. */
#ifndef PCSC_RECORDING_CHECK_H
#define PCSC_RECORDING_CHECK_H

#include "recording.h"

/* Every index, order and text of @rec. 0, or -EBADMSG after a sentence about @path. */
int pcsc_rec_check(const struct pcsc_rec *rec, const char *path);

#endif
