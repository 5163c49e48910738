/* SPDX-License-Identifier: GPL-2.0-only */
/* Work that the helper does in the background. */
#ifndef PCSC_BACKGROUND_H
#define PCSC_BACKGROUND_H

#include <linux/types.h>

/* For pcsc_work_init(). Under pcsc_mutex. True: to be called again later. */
bool pcsc_background_run(void);

#endif
