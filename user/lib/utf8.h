/* SPDX-License-Identifier: GPL-2.0-only */
/* Text that may be UTF-8: names of pci.ids are, names of processes are any bytes. */
#ifndef PCSC_UTF8_H
#define PCSC_UTF8_H

#include <stddef.h>

/*
 * Bytes of the character beyond ASCII that begins at @text, which ends with a 0. 0: there
 * is none, as Unicode 15 table 3-7 has it, or it is a control character (U+0080-U+009F).
 */
size_t pcsc_utf8_size(const char *text);

#endif
