/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers as JSON. */
#ifndef PCSC_MONITOR_RENDER_H
#define PCSC_MONITOR_RENDER_H

#include <stdio.h>

#include "totals.h"

void render_json(FILE *out, const struct stats *s);

#endif
