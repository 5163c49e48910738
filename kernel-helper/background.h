/* SPDX-License-Identifier: GPL-2.0-only */
/* Work that the helper does in the background. */
#ifndef PCSC_BACKGROUND_H
#define PCSC_BACKGROUND_H

#include "work.h"

/* For pcsc_work_init(). Under pcsc_mutex. */
enum pcsc_again pcsc_background_run(void);

#endif
