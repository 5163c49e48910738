// SPDX-License-Identifier: GPL-2.0-only
#include "append.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pcsc_append(char *out, size_t size, const char *fmt, ...)
{
	const size_t used = strnlen(out, size);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + used, size - used, fmt, ap);
	va_end(ap);
}
