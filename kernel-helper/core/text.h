/* SPDX-License-Identifier: GPL-2.0-only */
/* Text from files and other memory that anybody may have written. */
#ifndef PCSC_CORE_TEXT_H
#define PCSC_CORE_TEXT_H

#include "port.h"

/* May @s be printed? It must end within @size bytes, and be ASCII till then. */
static inline bool pcsc_is_text(const char *s, size_t size)
{
	for (; size; s++, size--) {
		if (!*s)
			return true;
		if (*s < ' ' || *s > '~')
			return false;
	}
	return false;
}

#endif
