/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCSC_CTL_PRINT_H
#define PCSC_CTL_PRINT_H

#include <stdbool.h>

#include "helper.h"

void print_info(const struct pcsc_info *info, bool json);
void print_state(const struct pcsc_function_state *items, int count, bool json);

#endif
