/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the helper answered reads from memory while a recording ran. */
#ifndef PCSC_SERVED_H
#define PCSC_SERVED_H

#include <stdbool.h>
#include <stdint.h>

#define PCSC_HELPER_DIR "/sys/bus/pci/pcsc"

struct pcsc_served {
	const char *dir; /* the helper's, in sysfs; need not exist */
	uint64_t hits; /* when the recording began */
	bool yes; /* the mode was on, or hits were counted */
};

/* Before anything is counted; *_look() while it is, and once at the end. */
void pcsc_served_begin(struct pcsc_served *s, const char *dir);
void pcsc_served_look(struct pcsc_served *s);

#endif
