/* SPDX-License-Identifier: GPL-2.0-only */
/* A recording of a boot: it begins in the initramfs, in the background, and goes on after it. */
#ifndef PCSC_BOOT_H
#define PCSC_BOOT_H

#include <stdint.h>
#include <sys/types.h>

#include "recording.h"

struct pcsc_boot {
	uint64_t
		began_ns; /* CLOCK_BOOTTIME; 0: nothing is recorded yet, or no boot */
	uint64_t
		initramfs_ns; /* from then until the root was switched; 0: it was not */
	char *title; /* argv[0], which "@" begins until then */
	char letter; /* what it began with before */
	int ready; /* a byte to the process that waits for the beginning */
	int proc; /* /proc, which is moved to the new root */
	dev_t device; /* the root that there was first */
	ino_t inode;
};

/*
 * Go on in a process of its own. There: 0; and @path is relative to a directory that
 * will be moved to the new root, as all of /run is. In the process that called: 1 when
 * that one records or has failed; @status is an exit status, and if it is 0 its ID has
 * been printed. A negative errno after a sentence.
 */
int pcsc_boot_begin(struct pcsc_boot *b, char *title, const char **path,
		    int *status);

/* What comes now is recorded. */
void pcsc_boot_recording(struct pcsc_boot *b);

/* Look whether the root was switched since, @now_ns after the beginning, and go there. */
void pcsc_boot_follow(struct pcsc_boot *b, uint64_t now_ns);

void pcsc_boot_fill(const struct pcsc_boot *b, struct pcsc_rec_header *h);
void pcsc_boot_end(struct pcsc_boot *b);

#endif
