// SPDX-License-Identifier: GPL-2.0-only
/* The core's line as it is, with other threads between its steps. */
#include "yield.h"

#include "core/generation.c"
#include "core/line.c"
#include "core/seal.c"
