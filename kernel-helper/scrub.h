/* SPDX-License-Identifier: GPL-2.0-only */
/* What is cached is compared with hardware in the background. */
#ifndef PCSC_SCRUB_H
#define PCSC_SCRUB_H

void pcsc_scrub_start(void);
void pcsc_scrub_stop(void);

#endif
