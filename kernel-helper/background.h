/* SPDX-License-Identifier: GPL-2.0-only */
/* What the helper looks for by itself, in a while. */
#ifndef PCSC_BACKGROUND_H
#define PCSC_BACKGROUND_H

#include <linux/types.h>

/* For pcsc_work_init(): under pcsc_mutex; true: again later. */
bool pcsc_background_run(void);

#endif
