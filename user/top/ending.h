/* SPDX-License-Identifier: GPL-2.0-only */
/* SIGINT and SIGTERM end the program as `q` does. */
#ifndef PCSC_TOP_ENDING_H
#define PCSC_TOP_ENDING_H

#include <stdbool.h>

void ending_start(void);
bool ending(void);

/* Wait until @at, of the clock of readings, or until it is to end. */
void ending_wait(double at);

#endif
