/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Accesses counted as pcsc-trace counts them (bpf/values.bpf.h), one function after
 * the other wherever they come from, and written down by the library that it uses.
 */
#ifndef PCSC_PRECISION_RECORDER_H
#define PCSC_PRECISION_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "recording.h"

/* Of a function that was or was not read so far. */
void recorder_begin(unsigned int nr_functions);
void recorder_end(void);

void recorder_read(unsigned int fn, unsigned int where, unsigned int size,
		   uint32_t value);
void recorder_wrote(unsigned int fn, unsigned int where, unsigned int size,
		    uint32_t value);
void recorder_reset(unsigned int fn, enum pcsc_rec_reset kind);

/* All that was counted: sorted, functions as they are now. NULL: no memory. */
struct pcsc_rec *recorder_recording(uint64_t duration_ns);

#endif
