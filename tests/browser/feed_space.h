/* SPDX-License-Identifier: GPL-2.0-only */
/* A made-up configuration space, as the helper would tell it. */
#ifndef PCSC_TESTS_FEED_SPACE_H
#define PCSC_TESTS_FEED_SPACE_H

#include "sample.h"

/* Of a VF at @of: all that a byte can be is there. */
void feed_space(struct sample_space *s, const struct sample_address *of);

#endif
