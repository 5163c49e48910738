/* SPDX-License-Identifier: GPL-2.0-only */
/* Names that somebody gives to moments of a recording while it runs. */
#ifndef PCSC_MARKS_H
#define PCSC_MARKS_H

#include <stddef.h>
#include <stdint.h>

#include "recording.h"

/* Where recorders that run can be found: a socket for each. */
#define PCSC_MARKS_DIR "/run/pci-pcsc"

struct pcsc_marks {
	int fd; /* -1: none can be made */
	char path[64];
	struct pcsc_rec_mark *rows; /* times of CLOCK_MONOTONIC */
	size_t nr;
	uint64_t left_out;
};

/* If it does not work, the recording is one without marks, which is said with -v. */
void pcsc_marks_open(struct pcsc_marks *m);
void pcsc_marks_fetch(struct pcsc_marks *m);
/* From here on a program that marks is told that nobody records; what there was is kept. */
void pcsc_marks_end(struct pcsc_marks *m);
void pcsc_marks_close(struct pcsc_marks *m);

/* pcsc-trace mark: @name to every recorder that runs. An exit status. */
int pcsc_mark(const char *name);

#endif
