/* SPDX-License-Identifier: GPL-2.0-only */
/* What the helper that runs here would hand over if a kexec came now. */
#ifndef PCSC_PROFILE_OUTLOOK_H
#define PCSC_PROFILE_OUTLOOK_H

#include "uapi/pcsc.h"

enum outlook_verdict {
	OUTLOOK_UNASKED, /* the helper is not loaded, or only root may ask it */
	OUTLOOK_REFUSED, /* a kexec would hand nothing over */
	OUTLOOK_PARTLY, /* the region has no room for all */
	OUTLOOK_TAKEN,
};

/* A function that would come cold, and why. */
struct outlook_cold {
	__u32 domain;
	__u8 bus, devfn;
	const char *why;
};

struct outlook {
	enum outlook_verdict verdict;
	struct pcsc_handover handover;
	__u32 functions; /* that the helper knows */
	__u32 nr_cold;
	struct outlook_cold *cold; /* outlook_free() */
};

/* 0 or a negative errno, said. */
int outlook_look(struct outlook *o);
void outlook_free(struct outlook *o);

#endif
