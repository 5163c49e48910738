// SPDX-License-Identifier: GPL-2.0-only
#include "where.h"

#include <stdio.h>

#include "core/caps.h"
#include "core/regs.h"

const char *pcsc_cap_string(u8 space, u16 cap, char buf[16])
{
	const char *name = pcsc_cap_name(space == PCSC_SPACE_ECAP, cap);

	if (cap == PCSC_ANY_CAP)
		return "any";
	if (name)
		return name;
	snprintf(buf, 16, "0x%04x", cap);
	return buf;
}

const char *pcsc_place(u8 space, u16 cap, u16 offset, char buf[PCSC_PLACE_SIZE])
{
	char id[16];

	if (space == PCSC_SPACE_CAP || space == PCSC_SPACE_ECAP)
		snprintf(buf, PCSC_PLACE_SIZE, "%s%s+0x%x",
			 pcsc_cap_name(space == PCSC_SPACE_ECAP, cap) ? "" :
			 space == PCSC_SPACE_ECAP ? "ecap " :
						    "cap ",
			 pcsc_cap_string(space, cap, id), offset);
	else
		snprintf(buf, PCSC_PLACE_SIZE, "%s 0x%02x",
			 pcsc_space_names[space], offset);
	return buf;
}

const char *pcsc_place_of(const struct pcsc_cap *cap, u16 where,
			  char buf[PCSC_PLACE_SIZE])
{
	if (cap)
		return pcsc_place(cap->ext ? PCSC_SPACE_ECAP : PCSC_SPACE_CAP,
				  cap->id, where - cap->offset, buf);
	return pcsc_place(where < PCSC_CAP_BASE ? PCSC_SPACE_HEADER :
						  PCSC_SPACE_RAW,
			  0, where, buf);
}
