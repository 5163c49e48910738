/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSC_CTL_EVENTS_H
#define PCSC_CTL_EVENTS_H

#include <stdbool.h>

/*
 * Print the events that the helper has kept, a line each, and with @follow
 * those to come, until interrupted. Lost ones are said. 0, or -errno after a
 * sentence.
 */
int events_print(int fd, bool follow, bool json);

#endif
