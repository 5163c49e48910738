/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers as text: Prometheus, JSON. */
#ifndef PCSC_MONITOR_RENDER_H
#define PCSC_MONITOR_RENDER_H

#include <stdio.h>

#include "monitor/stats.h"

void render_metrics(FILE *out, const struct stats *s);
void render_json(FILE *out, const struct stats *s);

#endif
