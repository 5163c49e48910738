/* SPDX-License-Identifier: GPL-2.0-only */
/* Recordings as inputs, and files without a disk. */
#ifndef PCSC_FUZZ_REC_H
#define PCSC_FUZZ_REC_H

#include <stdbool.h>
#include <stddef.h>

#include "fuzz.h"

/*
 * A byte that says what is as the input has it, however wrong; and then what is not
 * zero in a recording's file: a place, a length, and so many bytes, again and again.
 * False: the file would be too long. @file is a static buffer.
 */
bool fuzz_recording(struct fuzz_input *in, char **file, size_t *size);

/* A file of its own, and a path to it, in a static buffer. */
int fuzz_file_of(const void *data, size_t size);
const char *fuzz_path_of(int fd);

/* Standard output is a file until fuzz_stdout_end() returns it. */
void fuzz_stdout(void);
int fuzz_stdout_end(void);

#endif
