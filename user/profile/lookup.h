/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What people call registers: "LnkCap", "COMMAND", "CAP_EXP+0xc", "0x100", "34.w".
 * Which of a function's bytes are meant.
 */
#ifndef PCSC_PROFILE_LOOKUP_H
#define PCSC_PROFILE_LOOKUP_H

#include <stdbool.h>

#include "core/walk.h"

#define LOOKUP_BYTES 4096

/*
 * Set wanted[] for each byte of @layout that @text names: a name of the register
 * table in any case; a capability as setpci spells it, alone or with an offset; an
 * offset, which without a width means the register around it; or the start of a name.
 * Offsets may have .b, .w or .l behind them.
 * -EINVAL, said, if it names nothing that this function has.
 */
int lookup_register(const char *text, const struct pcsc_layout *layout,
		    bool wanted[LOOKUP_BYTES]);

#endif
