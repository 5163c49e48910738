/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSC_TOP_TERMINAL_H
#define PCSC_TOP_TERMINAL_H

/* Why this is no terminal to draw on; NULL: it is one. */
const char *terminal_unfit(void);

#endif
