/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that grows in a place of a fixed size. */
#ifndef PCSC_APPEND_H
#define PCSC_APPEND_H

#include <stddef.h>

/* To the text in @out, of @size bytes; what does not fit is left out. */
void pcsc_append(char *out, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
