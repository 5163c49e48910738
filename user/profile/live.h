/* SPDX-License-Identifier: GPL-2.0-only */
/* A function as the helper sees it now. */
#ifndef PCSC_PROFILE_LIVE_H
#define PCSC_PROFILE_LIVE_H

#include <stdbool.h>

#include "uapi/pcsc.h"

#define LIVE_BYTES 4096

struct live {
	bool there; /* the helper has this function; else nothing below is set */
	struct pcsc_info info;
	struct pcsc_function_state state;
	struct pcsc_bytes bytes;
	__u8 byte[LIVE_BYTES]; /* PCSC_BYTE_* */
};

/*
 * Ask the helper. Not to be loaded, or to have no such function, is no error, nor that
 * only root may ask, which is said. 0 or a negative errno, said.
 */
int live_look(__u32 domain, __u8 bus, __u8 devfn, struct live *out);

#endif
