/* SPDX-License-Identifier: GPL-2.0-only */
/* The terminal. */
#ifndef PCSC_TOP_SCREEN_H
#define PCSC_TOP_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "top/model.h"
#include "top/source.h"
#include "top/table.h"

/*
 * Until somebody ends it, or @count readings were shown. 0, or a negative errno after a
 * sentence.
 */
int screen_run(struct source *s, struct model *m, struct table *t,
	       double interval, uint32_t count);

#endif
